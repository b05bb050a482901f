// Canonical values, base64 and hashes: spec/feed.md, CANON-1 to CANON-6 and SIGN-4. ECMAScript's own JSON is what RFC 8785
// rests on.
import { createHash } from "node:crypto";

export const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
export const hex = (data) => Buffer.from(data).toString("hex");
export const text = (value) => new TextEncoder().encode(value);
export const join = (...parts) => Uint8Array.from(Buffer.concat(parts));
export const hashed = (...parts) => Uint8Array.from(createHash("sha256").update(Buffer.concat(parts)).digest());
export const sha256 = (...parts) => hex(hashed(...parts));
export const sha3 = (...parts) => createHash("sha3-256").update(Buffer.concat(parts)).digest("hex");
export const same = (a, b) => Buffer.compare(a, b) === 0;

export const HASH = /^[0-9a-f]{64}$/;

/** What is not as its page says ends the check. */
export function require(holds, why) {
  if (!holds) throw new Error(why);
}

/** A number as `width` bytes, high byte first. */
export function wide(value, width) {
  return bytes(BigInt(value).toString(16).padStart(2 * width, "0"));
}

const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\p{Cc}]/u;

export function spell(value, depth = 0) {
  require(depth <= 16, "it nests too deep");
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    require(Number.isSafeInteger(value) && !Object.is(value, -0), "a number that is none");
    return String(value);
  }
  if (typeof value === "string") {
    require(value.isWellFormed() && value === value.normalize("NFC") && !DIRECTION.test(value), "text that is none");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => spell(item, depth + 1)).join(",")}]`;
  const keys = Object.keys(value).sort();
  require(keys.every((key) => !/[^\x20-\x7e]/.test(key)), "a key that is none");
  return `{${keys.map((key) => `${JSON.stringify(key)}:${spell(value[key], depth + 1)}`).join(",")}}`;
}

export function canonical(data) {
  const whole = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  const value = JSON.parse(whole);
  require(spell(value) === whole, "it is not in its one spelling");
  return value;
}

export function unbase64(value) {
  const groups = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
  require(typeof value === "string" && !value.endsWith("\n") && groups.test(value), "base64 that is none");
  const data = Buffer.from(value, "base64");
  require(data.toString("base64") === value, "base64 that is not in its one spelling");
  return Uint8Array.from(data);
}

export function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

export function exactly(value, keys) {
  return isObject(value) && Object.keys(value).sort().join() === [...keys].sort().join();
}
