// Keys of persons and roots, and what they sign: spec/feed.md SIGN-1 to SIGN-7, spec/keys.md KEY-1 to KEY-5, spec/tlog.md TLOG-16.
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { ml_dsa44, ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { canonical, exactly, HASH, hex, isObject, join, require, same, sha256, spell, text, unbase64 } from "./spelling.mjs";

export { ml_dsa44, ml_dsa65 };

/** RFC 8032 as noble has it (not ZIP 215): keys of small order and second spellings are refused. */
export function edVerify(signature, message, key) {
  try {
    return ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    return false;
  }
}

/** TLOG-16: besides, without the cofactor. S·B − k·A is spelled as R, byte for byte. */
export function edStrict(signature, message, key) {
  if (!edVerify(signature, message, key)) return false;
  const Point = ed25519.Point;
  const little = (data) => BigInt(`0x${hex(Uint8Array.from(data).reverse())}`);
  const r = signature.subarray(0, 32);
  const k = little(sha512(join(r, key, message))) % Point.Fn.ORDER;
  const s = little(signature.subarray(32));
  return same(Point.BASE.multiplyUnsafe(s).subtract(Point.fromBytes(key).multiplyUnsafe(k)).toBytes(), r);
}

export function mlVerify(scheme, signature, message, key, context) {
  try {
    return scheme.verify(signature, message, key, context.length ? { context } : {});
  } catch {
    return false;
  }
}

export const STATEMENT = "application/vnd.entente.statement+json";
export const CARD = "application/vnd.entente.card+json";
export const ROOT = "application/vnd.entente.root+json";
const CONTEXT = text("entente/v1");

export const pae = (kind, body) => join(text(`DSSEv1 ${text(kind).length} ${kind} ${body.length} `), body);

/** A suite E1 key as it stands in JSON: its fingerprint and its two halves. */
export function e1Key(value) {
  require(exactly(value, ["ed25519", "mldsa65", "suite"]) && value.suite === "E1", "a key that is none");
  const [ed, ml] = [unbase64(value.ed25519), unbase64(value.mldsa65)];
  require(ed.length === 32 && ml.length === 1952, "a key of another length");
  return { suite: "E1", ed, ml, fingerprint: sha256(text("entente/key/E1\0"), ed, ml) };
}

function halves(key, kind, body, ed, ml) {
  const message = pae(kind, body);
  return edStrict(ed, message, key.ed) && mlVerify(ml_dsa65, ml, message, key.ml, CONTEXT);
}

/** SIGN-3; the key is as `e1Key` gives it. */
export function e1(key, kind, body, signature) {
  if (!exactly(signature, ["ed25519", "mldsa65"])) return false;
  try {
    return halves(key, kind, body, unbase64(signature.ed25519), unbase64(signature.mldsa65));
  } catch {
    return false;
  }
}

/** KEY-1, KEY-2: a root document, or the key alone in its place. */
export function root(value, party) {
  if (isKey(value)) {
    const key = e1Key(value);
    return { party, version: 1, keys: [key], threshold: 1, previous: "", pin: key.fingerprint, alone: true };
  }
  const made = document(value);
  require(made.party === party, "a root of another party");
  require(made.version > 1 || made.keys.length > 1, "a first root of one key, spelled as a document");
  return made;
}

const isKey = (value) => exactly(value, ["ed25519", "mldsa65", "suite"]);

export function document(value) {
  require(exactly(value, ["v", "party", "version", "keys", "threshold", "previous"]) && value.v === 1, "no root document");
  const count = (number) => Number.isSafeInteger(number) && number >= 1;
  require(Array.isArray(value.keys) && value.keys.length >= 1 && value.keys.length <= 5, "a root of too many keys or none");
  const keys = value.keys.map(e1Key);
  require(count(value.version) && count(value.threshold) && value.threshold <= keys.length, "a root with another threshold");
  require(value.version === 1 ? value.previous === "" : HASH.test(value.previous), "a root without the one before it");
  const names = keys.map((key) => key.fingerprint);
  require(names.join() === [...names].sort().join(), "keys out of order");
  const parts = keys.flatMap((key) => [hex(key.ed), hex(key.ml)]);
  require(new Set(parts).size === parts.length, "a key twice");
  const { party, version, threshold, previous } = value;
  const pin = sha256(text("entente/root/v1\0"), text(spell(value)));
  return { party, version, keys, threshold, previous, pin, alone: false };
}

/**
 * KEY-5: each signature listed is of a key of the document, or of the one `beside` it, and verifies; there are enough of
 * its own that were not revoked (`without` has their names).
 */
export function rooted(made, kind, body, signatures, without = new Map(), beside = null) {
  if (!isObject(signatures)) return false;
  let counted = 0;
  for (const [name, value] of Object.entries(signatures)) {
    const own = made.keys.find((one) => one.fingerprint === name);
    const key = own ?? beside?.keys.find((one) => one.fingerprint === name);
    const data = key ? unbase64(value) : [];
    if (data.length !== 64 + 3309 || !halves(key, kind, body, data.subarray(0, 64), data.subarray(64))) return false;
    if (own && !without.has(name)) counted += 1;
  }
  return counted >= made.threshold;
}

/** KEY-4: the next document, signed under the one before it and under itself, and without a revoked key. */
export function follows(before, body, party, without = new Map()) {
  require(exactly(body, ["document", "signatures"]), "no step of a root");
  const next = root(body.document, party);
  require(next.version === before.version + 1 && next.previous === before.pin, "a step elsewhere");
  require(next.keys.every((key) => !without.has(key.fingerprint)), "a step to a revoked key");
  const words = text(spell(body.document));
  const signed = rooted(before, ROOT, words, body.signatures, without, next) && rooted(next, ROOT, words, body.signatures, new Map(), before);
  require(signed, "a step that is not signed");
  return next;
}

const ROLES = ["log", "log_pq", "cosigner", "exchange", "seal", "tls"];

/** KEY-20, DISC-8: a card of either version, with its root; its own root has signed it. */
export function card(data) {
  const value = canonical(data);
  require(isObject(value) && isObject(value.keys) && (value.v === 1 || value.v === 2), "no card");
  require([value.party, value.name, value.url, ...Object.values(value.keys)].every((one) => typeof one === "string"), "no card");
  const made = root(value.root, value.party);
  const { signature, ...rest } = value;
  const words = text(spell(rest));
  if (value.v === 1) require(made.alone && e1(made.keys[0], CARD, words, signature), "a card that its root has not signed");
  else {
    const whole = exactly(value, ["v", "party", "name", "url", "root", "keys", "number", "signature"]) && exactly(value.keys, ROLES);
    require(whole && Number.isSafeInteger(value.number) && value.number >= 1, "no card of version 2");
    require(rooted(made, CARD, words, signature), "a card that its root has not signed");
  }
  return { ...value, number: value.v === 1 ? 0 : value.number, root: made };
}
