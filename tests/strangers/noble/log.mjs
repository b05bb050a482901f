// Logs, heads, notes and proofs: spec/tlog.md; forks: spec/feed.md FEED-30, FEED-32, FEED-74.
import { edStrict, ml_dsa44, mlVerify } from "./keys.mjs";
import { bytes, canonical, exactly, HASH, hashed, hex, join, require, same, text, unbase64, wide } from "./spelling.mjs";

// -- tree: TLOG-1 to TLOG-5 -------------------------------------------------------------------------------------------

const node = (left, right) => hashed(Uint8Array.of(1), left, right);
export const leafHash = (data) => hashed(Uint8Array.of(0), data);
const EMPTY = hashed();

/** RFC 9162 §2.1.3.2. Indexes are big integers: a size has up to 63 bits. */
export function included(index, size, leaf, root, proof) {
  require(same(rootOver(index, size, leaf, proof), root), "a proof that leads elsewhere");
}

export function rootOver(index, size, leaf, proof) {
  require(index >= 0n && index < size, "an index beyond the log");
  let [at, last, made] = [index, size - 1n, leaf];
  for (const step of proof) {
    require(last !== 0n, "a proof that is too long");
    if (at % 2n === 1n || at === last) {
      made = node(step, made);
      while (at % 2n === 0n && at !== 0n) [at, last] = [at / 2n, last / 2n];
    } else made = node(made, step);
    [at, last] = [at / 2n, last / 2n];
  }
  require(last === 0n, "a proof that leads elsewhere");
  return made;
}

/** RFC 9162 §2.1.4.2, with the two cases that it leaves to others (TLOG-5). */
export function consistent(small, large, smallRoot, largeRoot, proof) {
  require(small <= large, "a log that shrinks");
  if (small === 0n) require(same(smallRoot, EMPTY), "nothing has another root");
  if (small === 0n || small === large) {
    require(proof.length === 0 && (small !== large || same(smallRoot, largeRoot)), "a proof where none is due");
    return;
  }
  const steps = [...proof];
  require(steps.length > 0, "no proof");
  let [at, last] = [small - 1n, large - 1n];
  while (at % 2n === 1n) [at, last] = [at / 2n, last / 2n];
  const first = at === 0n ? smallRoot : steps.shift();
  let [one, other] = [first, first];
  for (const step of steps) {
    require(last !== 0n, "a proof that is too long");
    if (at % 2n === 1n || at === last) {
      [one, other] = [node(step, one), node(step, other)];
      while (at % 2n === 0n && at !== 0n) [at, last] = [at / 2n, last / 2n];
    } else other = node(other, step);
    [at, last] = [at / 2n, last / 2n];
  }
  require(last === 0n && same(one, smallRoot) && same(other, largeRoot), "a proof that leads elsewhere");
}

// -- heads and notes: TLOG-6 to TLOG-13 -------------------------------------------------------------------------------

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function origin(value) {
  const length = text(value).length;
  require(length >= 1 && length <= 255 && !/[\s+\p{C}\p{Z}]/u.test(value), "an origin that is none");
  return value;
}

export function checkpoint(words) {
  const lines = words.split("\n");
  require(lines.length === 4 && lines[3] === "", "a head of other lines");
  require(/^(0|[1-9][0-9]*)$/.test(lines[1]), "a size that is none");
  const size = BigInt(lines[1]);
  require(size < 2n ** 63n, "a size beyond all logs");
  const made = unbase64(lines[2]);
  require(made.length === 32, "a root of another length");
  return { origin: origin(lines[0]), size, root: made, words };
}

export function note(data) {
  require(data.length <= 262144, "a note that is too long");
  const whole = utf8.decode(data);
  require(!/[^\P{Cc}\n]/u.test(whole), "a note with control characters");
  const at = whole.lastIndexOf("\n\n");
  require(at > 0 && whole.endsWith("\n"), "no note");
  const lines = whole.slice(at + 2, -1).split("\n").map((line) => {
    const [, name, rest] = line.match(/^— ([^\s+]+) (\S+)$/u) ?? require(false, "a line that is none");
    const put = unbase64(rest);
    require(put.length > 4, "a line without a signature");
    return { name, id: hex(put.subarray(0, 4)), put: put.subarray(4) };
  });
  return { words: whole.slice(0, at + 1), lines };
}

const ED25519 = 0x01;
const COSIGNER = 0x04;
const MLDSA44 = 0x06;

/** TLOG-11: a key under a name. */
export function noteKey(name, kind, key) {
  require(key.length === (kind === MLDSA44 ? 1312 : 32), "a key of another length");
  const id = hex(hashed(text(`${name}\n`), Uint8Array.of(kind), key).subarray(0, 4));
  return { name, kind, key, id };
}

export const logKeys = (name, keys) => [noteKey(name, ED25519, unbase64(keys.log)), noteKey(name, MLDSA44, unbase64(keys.log_pq))];
export const cosignerKey = (party, keys) => noteKey(`${party}/cosigner`, COSIGNER, unbase64(keys.cosigner));

export function vkey(value) {
  const [, name, id, rest] = value.match(/^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u) ?? require(false, "no key");
  const put = unbase64(rest);
  const made = noteKey(name, put[0], put.subarray(1));
  require(made.id === id, "a key under another id");
  return made;
}

/** Does a line's signature verify? Returns the time that it states [s since 1970], null for kind 0x01. */
export function stated(key, put, head) {
  if (key.kind === ED25519) {
    require(put.length === 64 && edStrict(put, text(head.words), key.key), "a false signature");
    return null;
  }
  const at = BigInt(`0x${hex(put.subarray(0, 8)) || "0"}`);
  require(at < 2n ** 63n, "a time beyond all clocks");
  const signature = put.subarray(8);
  if (key.kind === COSIGNER) {
    const words = text(`cosignature/v1\ntime ${at}\n${head.words}`);
    require(signature.length === 64 && edStrict(signature, words, key.key), "a false signature");
    return at;
  }
  require(key.kind === MLDSA44, "a key of another kind");
  const names = [key.name, head.origin].map(text);
  const message = join(
    text("subtree/v1\n\0"), wide(names[0].length, 1), names[0], wide(at, 8),
    wide(names[1].length, 1), names[1], wide(0, 8), wide(head.size, 8), head.root,
  );
  const sound = signature.length === 2420 && mlVerify(ml_dsa44, signature, message, key.key, new Uint8Array());
  require(sound, "a false signature");
  return at;
}

/** TLOG-10, TLOG-12: the head of a note that every one of `keys` signed, and the times of those and of `others` who did. */
export function signedBy(data, keys, others = []) {
  const { words, lines } = note(data);
  const head = checkpoint(words);
  const times = new Map();
  const strangers = new Set();
  for (const line of lines) {
    const key = [...keys, ...others].find((one) => one.name === line.name && one.id === line.id);
    if (key) times.set(key, stated(key, line.put, head));
    else strangers.add(`${line.name} ${line.id}`);
  }
  require(keys.every((key) => times.has(key)), "a head that its log has not signed");
  return { ...head, times, strangers: strangers.size };
}

// -- forks ------------------------------------------------------------------------------------------------------------

const hash = (value) => {
  require(typeof value === "string" && HASH.test(value), "no hash");
  return bytes(value);
};
const sizeOf = (value) => {
  require(Number.isSafeInteger(value) && value >= 0, "no size");
  return BigInt(value);
};

/** Returns the feed that is proven to have forked and the size at which it is; `under(note)` opens a head. */
export function fork(data, under) {
  const value = canonical(data);
  if (value.v === 2) return forkBySteps(value, under);
  require(exactly(value, ["v", "smaller", "larger", "other_root", "proof"]) && value.v === 1, "no evidence");
  const [smaller, larger] = [under(unbase64(value.smaller)), under(unbase64(value.larger))];
  const other = hash(value.other_root);
  require(smaller.origin === larger.origin && smaller.size <= larger.size, "heads of two logs");
  require(!same(other, smaller.root), "both heads are true");
  if (smaller.size === larger.size) require(value.proof.length === 0 && same(other, larger.root), "another root");
  else consistent(smaller.size, larger.size, other, larger.root, value.proof.map(hash));
  return { origin: smaller.origin, size: smaller.size };
}

function forkBySteps(value, under) {
  require(exactly(value, ["v", "size", "sides"]) && Array.isArray(value.sides) && value.sides.length === 2, "no evidence");
  const size = sizeOf(value.size);
  require(size > 0n, "two logs of nothing are one");
  const sides = value.sides.map((side) => {
    require(exactly(side, ["head", "root", "steps"]), "no side");
    const head = under(unbase64(side.head));
    let [at, root] = [size, hash(side.root)];
    for (const step of side.steps) {
      require(step.length === 3, "no step");
      const [next, further] = [sizeOf(step[0]), hash(step[1])];
      require(next > at && next <= head.size, "steps that do not rise");
      consistent(at, next, root, further, step[2].map(hash));
      [at, root] = [next, further];
    }
    require(at === head.size && same(root, head.root), "steps that lead elsewhere");
    return { head, root: hash(side.root) };
  });
  require(sides[0].head.origin === sides[1].head.origin, "heads of two logs");
  require(!same(sides[0].root, sides[1].root), "both sides are one");
  return { origin: sides[0].head.origin, size };
}
