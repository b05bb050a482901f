// Checks a disclosure by spec/disclosure.md: what it is (DISC-1 to DISC-13). Of a file that is false in anything nothing is
// returned; what follows from a true one is told by told.mjs.
import { card, follows } from "./keys.mjs";
import { consistent, cosignerKey, fork, included, leafHash, logKeys, signedBy, vkey } from "./log.mjs";
import { canonical, exactly, HASH, hex, isObject, join, require, same, sha256, sha3, spell, text, unbase64, wide } from "./spelling.mjs";

const MOST = { bytes: 64 << 20, agreements: 64, cards: 64, feeds: 64, entries: 4096, cited: 4096, forks: 16, parts: 512, proof: 64 };

const count = (value) => Number.isSafeInteger(value) && value >= 0;
const listOf = (value, most) => {
  require(Array.isArray(value) && value.length <= most, "a list that is none, or too long");
  return value;
};
const hash = (value) => {
  const data = unbase64(value);
  require(data.length === 32, "a hash of another length");
  return data;
};
const hashes = (value, most) => listOf(value, most).map(hash);

/** Each item stands behind the one before it: `key` gives lists that are compared item by item (DISC-4). */
function inOrder(items, key) {
  for (let at = 1; at < items.length; at += 1) {
    const [one, other] = [key(items[at - 1]), key(items[at])];
    const where = one.findIndex((value, n) => value !== other[n]);
    require(where >= 0 && one[where] < other[where], "things out of order, or twice");
  }
}

// -- the file: DISC-1 to DISC-4 ---------------------------------------------------------------------------------------

export function read(data) {
  require(data.length <= MOST.bytes, "a file that is too long");
  const file = canonical(data);
  const names = ["v", "agreements", "cards", "feeds"];
  require((file.v === 1 && exactly(file, names)) || (file.v === 2 && exactly(file, [...names, "roots"])), "no disclosure");
  const made = {
    v: file.v,
    agreements: listOf(file.agreements, MOST.agreements).map(unbase64),
    cards: listOf(file.cards, MOST.cards).map(unbase64),
    roots: listOf(file.roots ?? [], MOST.cards).map(unbase64),
    feeds: listOf(file.feeds, MOST.feeds).map(feedOf),
  };
  inOrder(made.feeds, (one) => [one.origin]);
  const all = (name) => made.feeds.reduce((sum, one) => sum + one[name].length, 0);
  for (const name of ["entries", "cited", "forks"]) require(all(name) <= MOST[name], `too many ${name}`);
  return made;
}

function feedOf(value) {
  require(exactly(value, ["origin", "head", "entries", "cited", "forks"]), "no feed");
  const made = {
    origin: value.origin,
    head: unbase64(value.head),
    entries: listOf(value.entries, MOST.entries).map(entryOf),
    cited: listOf(value.cited, MOST.cited).map(citedOf),
    forks: listOf(value.forks, MOST.forks).map(unbase64),
  };
  inOrder(made.entries, (one) => [one.seq]);
  inOrder(made.cited, (one) => [one.size]);
  inOrder(made.forks, (one) => [hex(one)]);
  return made;
}

function entryOf(value) {
  require(exactly(value, ["seq", "leaf", "proof", "commitments", "parts"]) && count(value.seq), "no entry");
  const parts = listOf(value.parts, MOST.parts).map((part) => {
    require(exactly(part, ["index", "name", "salt", "data"]) && count(part.index) && typeof part.name === "string", "no part");
    return { index: part.index, name: part.name, salt: hash(part.salt), data: unbase64(part.data) };
  });
  inOrder(parts, (one) => [one.index]);
  const [proof, commitments] = [hashes(value.proof, MOST.proof), hashes(value.commitments, MOST.parts)];
  return { seq: value.seq, leaf: unbase64(value.leaf), proof, commitments, parts };
}

function citedOf(value) {
  require(exactly(value, ["size", "root", "proof", "last", "last_proof"]) && count(value.size), "no cited head");
  const [proof, lastProof] = [hashes(value.proof, MOST.proof), hashes(value.last_proof, MOST.proof)];
  return { size: value.size, root: hash(value.root), proof, last: unbase64(value.last), lastProof };
}

// -- whom it rests on: DISC-7, DISC-8 ---------------------------------------------------------------------------------

/** JOINT-33: of an agreement's text, what a check of records reads. */
function agreementOf(data) {
  const value = canonical(data);
  require(isObject(value) && texts(value, ["id", "title", "kind", "starts"]) && value.rules === 1, "no agreement");
  require(value.exercise === value.id.startsWith("exercise-"), "an exercise that does not say so, or the reverse");
  require(Array.isArray(value.party) && value.party.length > 1 && new Set(value.party.map((one) => one.id)).size === value.party.length, "no parties");
  require(value.party.every((one) => texts(one, ["id", "name"]) && HASH.test(one.root)), "no parties");
  require(["predecessor", "witness"].every((name) => value[name] === undefined || typeof value[name] === "string"), "no agreement");
  require(value.predecessor === undefined || value.predecessor === "" || HASH.test(value.predecessor), "no agreement");
  return value;
}

function agreementsOf(file) {
  const found = new Map();
  for (const data of file.agreements) {
    const value = agreementOf(data);
    const before = value.predecessor ?? "";
    require(found.size === 0 ? before === "" : found.has(before), "an agreement without the one before it");
    found.set(sha256(data), value);
  }
  require(found.size === file.agreements.length && found.size > 0, "no agreement, or one twice");
  require(new Set([...found.values()].map((one) => one.id)).size === 1, "agreements of two names");
  return found;
}

/** Each party's cards, its chain of roots, and its keys. */
function partiesOf(file, agreements) {
  const cards = file.cards.map(card);
  inOrder(cards, (one) => (file.v === 2 ? [one.party, one.number] : [one.party]));
  const steps = file.roots.map((data) => canonical(data));
  require(steps.every((one) => exactly(one, ["document", "signatures"]) && isObject(one.document)), "no root document");
  inOrder(steps, (one) => [one.document.party, one.document.version]);
  const parties = new Map();
  for (const name of new Set(cards.map((one) => one.party))) {
    const own = cards.filter((one) => one.party === name);
    parties.set(name, { name, cards: own, roots: rootsOf(name, own, steps, agreements) });
  }
  require(steps.every((one) => parties.has(one.document.party)), "roots of a party without a card");
  return parties;
}

/** DISC-8, DISC-9: the pinned root and those that lead from it; each card's is one of them. */
function rootsOf(name, cards, steps, agreements) {
  const pins = new Set();
  for (const agreement of agreements.values()) {
    for (const party of agreement.party.filter((one) => one.id === name)) pins.add(party.root);
  }
  require(pins.size > 0, "a card of a party that no agreement has");
  const own = steps.filter((one) => one.document.party === name);
  const first = cards.map((one) => one.root).find((one) => pins.has(one.pin));
  require(first, "no card with the root that the agreement pins");
  const chain = [first];
  for (const step of own) chain.push(follows(chain.at(-1), step, name));
  const known = new Set(chain.map((one) => one.pin));
  require(cards.every((one) => known.has(one.root.pin)) && [...pins].every((pin) => known.has(pin)), "a card of another root");
  return chain;
}

// -- feeds: DISC-9 to DISC-13 -----------------------------------------------------------------------------------------

const LEAF = ["v", "origin", "seq", "t", "kind", "tag", "size", "com", "com2", "env"];

export function leaf(data, feed, seq) {
  require(data.length <= 2048, "a leaf that is too long");
  const value = canonical(data);
  require(exactly(value, LEAF) && value.v === 1 && value.origin === feed && value.seq === seq, "a leaf of another place");
  require([value.seq, value.size, value.t].every(count) && ["act", "ctl", "pad"].includes(value.kind), "no leaf");
  require([value.com, value.com2].every((one) => HASH.test(one)) && /^[0-9a-f]{32}$/.test(value.tag), "no leaf");
  require(value.env === "" || HASH.test(value.env), "no leaf");
  return value;
}

/** Whoever may cosign: the parties by their cards, and the agreements' witnesses. */
function cosignersOf(parties, agreements) {
  const keys = [];
  const add = (key, who) => {
    if (!keys.some((one) => one.key.id === key.id && one.key.name === key.name)) keys.push({ key, who });
  };
  for (const { name, cards } of parties.values()) {
    for (const { keys: own } of cards) if (own.cosigner !== undefined) add(cosignerKey(name, own), name);
  }
  for (const { witness } of agreements.values()) if (witness) add(vkey(witness), "");
  return keys;
}

/** DISC-9: under the newest pair of the log's keys under which it counts, and under the other parties' cosigners. */
function headOf(feed, party, cosigners) {
  const others = cosigners.filter((one) => one.who !== party.name).map((one) => one.key);
  let why = null;
  for (const { keys } of [...party.cards].reverse()) {
    const own = logKeys(feed.origin, keys);
    try {
      const head = signedBy(feed.head, own, others);
      require(head.origin === feed.origin, "a head of another feed");
      return { ...head, own };
    } catch (error) {
      why ??= error;
    }
  }
  throw why;
}

function checkedFeed(feed, id, parties, cosigners) {
  const [, name, agreement, epoch] = feed.origin.match(/^([a-z0-9-]+)\/([a-z0-9-]+)\/([1-9][0-9]?)$/) ?? require(false, "no feed");
  require(agreement === id && parties.has(name), "a feed of nobody's");
  const party = parties.get(name);
  const head = headOf(feed, party, cosigners);
  const placed = (seq, data, proof, size, root) => included(BigInt(seq), size, leafHash(data), root, proof);
  const entries = feed.entries.map((one) => {
    placed(one.seq, one.leaf, one.proof, head.size, head.root);
    const made = leaf(one.leaf, feed.origin, one.seq);
    return { ...one, leaf: made, ...content(one, made) };
  });
  const cited = feed.cited.map((one) => {
    require(one.size > 0, "an empty head is cited by nobody");
    consistent(BigInt(one.size), head.size, one.root, head.root, one.proof);
    placed(one.size - 1, one.last, one.lastProof, BigInt(one.size), one.root);
    return { ...one, last: leaf(one.last, feed.origin, one.size - 1) };
  });
  const under = (data) => {
    for (const { keys } of party.cards) {
      try {
        return signedBy(data, logKeys(feed.origin, keys));
      } catch {
        continue;
      }
    }
    return require(false, "a head in evidence that its log has not signed");
  };
  const forks = feed.forks.map((data) => {
    const found = fork(data, under);
    require(found.origin === feed.origin, "evidence of another feed's");
    return found;
  });
  return { origin: feed.origin, party: name, epoch: Number(epoch), head, entries, cited, forks };
}

/** DISC-11, DISC-12. */
function content(entry, made) {
  if (entry.commitments.length === 0) {
    require(entry.parts.length === 0, "parts of an entry that shows no commitments");
    return { act: null };
  }
  const bound = join(text("entente/parts/v1\0"), wide(entry.commitments.length, 4), ...entry.commitments);
  require(sha256(bound) === made.com && sha3(bound) === made.com2, "commitments of another entry");
  let act = null;
  for (const part of entry.parts) {
    const name = text(part.name);
    const commitment = sha256(text("entente/part/v1\0"), wide(name.length, 2), name, part.salt, wide(part.data.length, 8), part.data);
    require(part.index < entry.commitments.length && commitment === hex(entry.commitments[part.index]), "a part of another entry");
    require((part.index === 0) === (part.name === "act"), "an act that is none, or none that is one");
    if (part.index === 0) act = actOf(part.data);
  }
  if (act) {
    const listed = act.statement.details;
    require(spell(listed.map((one) => one[1])) === spell(entry.commitments.slice(1).map(hex)), "an act of other details");
    for (const part of entry.parts.slice(1)) require(listed[part.index - 1][0] === part.name, "a detail under another name");
  }
  return { act };
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
export const isTime = (value) => {
  const at = typeof value === "string" && TIME.test(value) ? new Date(value) : NaN;
  return !Number.isNaN(Number(at)) && at.toISOString() === value;
};
const texts = (value, names) => names.every((name) => typeof value[name] === "string");

/** JOINT-4. */
function isCut(value) {
  if (!Array.isArray(value)) return false;
  const heads = value.every((one) => Array.isArray(one) && one.length === 3 && typeof one[0] === "string" && count(one[1]) && one[1] > 0 && HASH.test(one[2]));
  if (heads) inOrder(value, (one) => one);
  return heads;
}

function isSigner(value) {
  const named = ["office", "officer", "key", "suite", "shown", "language", "catalogue", "nonce", "expires"];
  return exactly(value, [...named, "seen"]) && texts(value, named) && isCut(value.seen) && isTime(value.expires);
}

/** An act as JOINT-1 to JOINT-5 have it, of rules that are known here; null for anything else (DISC-41). */
function actOf(data) {
  try {
    const act = canonical(data);
    require(exactly(act, ["rules", "at", "seen", "statement", "signature"]) && act.rules === 1, "no act");
    require(isTime(act.at) && isCut(act.seen) && (act.signature === null || isObject(act.signature)), "no act");
    require(act.signature === null || texts(act.signature, Object.keys(act.signature)), "no signature");
    const { statement } = act;
    const named = ["agreement", "circle", "verb", "subject"];
    require(exactly(statement, [...named, "body", "details", "signer"]) && texts(statement, named), "no statement");
    require(isObject(statement.body) && (statement.signer === null || isSigner(statement.signer)), "no statement");
    const pairs = Array.isArray(statement.details) && statement.details.every((one) => Array.isArray(one) && one.length === 2 && texts(one, [0, 1]));
    require(pairs, "no details");
    const long = statement.verb.startsWith("keys.") || statement.signer?.suite === "R1";
    require(data.length <= (long ? 65536 : 16384), "an act that is too long");
    act.words = text(spell(statement));
    return act;
  } catch {
    return null;
  }
}

/** The whole file, checked. `known` is the hash of the agreement, or empty. */
export function checked(data, known) {
  const file = read(data);
  const agreements = agreementsOf(file);
  require(!known || agreements.has(known), "it rests on another agreement");
  const parties = partiesOf(file, agreements);
  const [{ id }] = agreements.values();
  const cosigners = cosignersOf(parties, agreements);
  const feeds = file.feeds.map((feed) => checkedFeed(feed, id, parties, cosigners));
  return { agreements, parties, cosigners, feeds, known };
}
