// Reads what persons sign, and the spellings of feeds, with code that nobody of Entente wrote: @noble/curves,
// @noble/post-quantum and ECMAScript's own JSON, on which RFC 8785 rests. What stands here follows spec/feed.md.
//
//   node verify.mjs vectors DIR     negative vectors: a verdict each
//   node verify.mjs acts FILE ROOT  how many of a feed's acts (acts.jsonl) persons signed, from the root key on
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ed25519 } from "@noble/curves/ed25519.js";
import { ml_dsa44, ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";

const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const text = (value) => new TextEncoder().encode(value);
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest("hex");

// RFC 8032, not ZIP 215: keys of small order and second spellings are refused.
function edVerify(signature, message, key) {
  try {
    return ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    return false;
  }
}

function mlVerify(scheme, signature, message, key, context) {
  try {
    return scheme.verify(signature, message, key, context.length ? { context } : {});
  } catch {
    return false;
  }
}

// -- CANON ------------------------------------------------------------------------------------------------------------

const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\p{Cc}]/u;

function spell(value, depth = 0) {
  if (depth > 16) throw new Error("deep");
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new Error("number");
    return String(value);
  }
  if (typeof value === "string") {
    if (!value.isWellFormed() || value !== value.normalize("NFC") || DIRECTION.test(value)) throw new Error("text");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => spell(item, depth + 1)).join(",")}]`;
  const keys = Object.keys(value).sort();
  if (keys.some((key) => /[^\x20-\x7e]/.test(key))) throw new Error("key");
  return `{${keys.map((key) => `${JSON.stringify(key)}:${spell(value[key], depth + 1)}`).join(",")}}`;
}

function canonical(data) {
  const whole = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  const value = JSON.parse(whole);
  if (spell(value) !== whole) throw new Error("spelling");
  return value;
}

// -- SIGN -------------------------------------------------------------------------------------------------------------

function unbase64(value) {
  const groups = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
  if (typeof value !== "string" || value.endsWith("\n") || !groups.test(value)) throw new Error("base64");
  const data = Buffer.from(value, "base64");
  if (data.toString("base64") !== value) throw new Error("base64");
  return Uint8Array.from(data);
}

function exactly(value, keys) {
  return value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).sort().join() === keys.join();
}

function e1(key, kind, body, signature) {
  if (!exactly(key, ["ed25519", "mldsa65", "suite"]) || key.suite !== "E1") return false;
  if (!exactly(signature, ["ed25519", "mldsa65"])) return false;
  const message = Buffer.concat([text(`DSSEv1 ${text(kind).length} ${kind} ${body.length} `), body]);
  try {
    const ed = edVerify(unbase64(signature.ed25519), message, unbase64(key.ed25519));
    return ed && mlVerify(ml_dsa65, unbase64(signature.mldsa65), message, unbase64(key.mldsa65), text("entente/v1"));
  } catch {
    return false;
  }
}

const fingerprint = (key) => sha256(text("entente/key/E1\0"), unbase64(key.ed25519), unbase64(key.mldsa65));

// The statement is a slice of the act: what was signed is taken from the bytes, not spelled again.
function statementIn(act) {
  const whole = Buffer.from(act).toString("utf8");
  const value = canonical(act);
  const slice = spell(value.statement);
  if (!whole.includes(`"statement":${slice}`)) throw new Error("slice");
  return [value, text(slice)];
}

function acts(file, root) {
  const keys = new Map();
  let persons = 0;
  for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
    const [act, signed] = statementIn(unbase64(JSON.parse(line).act));
    const { signer, verb, body } = act.statement;
    if (!signer) continue;
    if (verb === "keys.certify" && fingerprint(body.card.root) === root) keys.set(root, body.card.root);
    if (!e1(keys.get(signer.key), "application/vnd.entente.statement+json", signed, act.signature)) throw new Error(line.slice(-40));
    if (verb === "staff.enrol" && signer.key === root) keys.set(fingerprint(body.key), body.key);
    persons += 1;
  }
  return { persons_acts: persons };
}

// -- FEED -------------------------------------------------------------------------------------------------------------

const HASH = /^[0-9a-f]{64}$/;
const FIELDS = ["com", "com2", "env", "kind", "origin", "seq", "size", "t", "tag", "v"];

function leaf(data, feed, seq) {
  const value = canonical(data);
  const counts = [value.seq, value.size, value.t];
  return (
    data.length <= 2048 && exactly(value, FIELDS) && value.v === 1 && value.origin === feed && value.seq === seq &&
    counts.every((count) => Number.isSafeInteger(count) && count >= 0) && ["act", "ctl", "pad"].includes(value.kind) &&
    HASH.test(value.com) && HASH.test(value.com2) && (value.env === "" || HASH.test(value.env)) &&
    /^[0-9a-f]{32}$/.test(value.tag)
  );
}

function frame(data, at) {
  const view = new DataView(data.buffer, data.byteOffset);
  if (data.length < at + 9) throw new Error("short");
  const [lane, head, body] = [view.getUint8(at), view.getUint32(at + 1), view.getUint32(at + 5)];
  const start = at + 9;
  const end = start + head + body;
  if (lane > 5 || head > 65536 || body > 2097152 || data.length < end) throw new Error("frame");
  const value = canonical(data.subarray(start, start + head));
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Error("head");
  return { lane, value, head: data.subarray(start, start + head), body: data.subarray(start + head, end), end };
}

function bundle(data, key) {
  if (Buffer.from(data.subarray(0, 8)).toString("latin1") !== "ENTENTE1") return false;
  const first = frame(data, 8);
  const rest = data.subarray(first.end);
  const named = ["agreement", "body", "from", "to"].every((name) => typeof first.value[name] === "string");
  if (first.lane !== 0 || !named || first.value.v !== 1 || first.value.body !== sha256(rest)) return false;
  const kind = "application/vnd.entente.bundle+json";
  const message = Buffer.concat([text(`DSSEv1 ${kind.length} ${kind} ${first.head.length} `), first.head]);
  if (!edVerify(first.body, message, key)) return false;
  for (let at = 0; at < rest.length; ) at = frame(rest, at).end;
  return true;
}

// -- vectors ----------------------------------------------------------------------------------------------------------

function edited(data, edits = [], length = data.length) {
  const made = new Uint8Array(length);
  made.set(data.subarray(0, length));
  for (const [at, put] of edits) made.set(bytes(put), at);
  return made;
}

function mldsa(scheme, base, row) {
  const take = (name) => bytes(row[name] ?? base[name]);
  const signature = edited(bytes(base.signature), row.edits, row.length);
  const key = edited(bytes(base.public), row.public_edits, row.public_length);
  return mlVerify(scheme, signature, take("message"), key, take("context"));
}

const JUDGES = {
  ed25519: (row) => edVerify(bytes(row.signature), bytes(row.message), bytes(row.public)),
  mldsa44: (row, file) => mldsa(ml_dsa44, file.base, row),
  mldsa65: (row, file) => mldsa(ml_dsa65, file.base, row),
  e1: (row, file) => {
    const take = (name) => row[name] ?? file.base[name];
    return e1(take("public"), take("kind"), text(take("body")), row.signature);
  },
  canonical: (row) => canonical(bytes(row.data)) !== undefined,
  base64: (row) => unbase64(row.text) !== undefined,
  leaf: (row, file) => leaf(text(row.leaf), file.feed, file.seq),
  bundle: (row, file) => bundle(bytes(row.bundle), bytes(file.exchange)),
};

function judged(judge, row, file) {
  try {
    return judge(row, file);
  } catch {
    return false;
  }
}

function vectors(folder) {
  const found = {};
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".json"))) {
    const file = JSON.parse(readFileSync(join(folder, name), "utf8"));
    const judge = JUDGES[file.kind];
    if (judge) found[file.kind] = file.cases.map((row) => judged(judge, row, file));
  }
  return found;
}

const [what, ...rest] = process.argv.slice(2);
console.log(JSON.stringify(what === "acts" ? acts(...rest) : vectors(...rest)));
