// Whose keys speak for a party (spec/keys.md): from the root that the agreement pins, through the documents that follow
// it, to the cards that they signed (KEY-1 to KEY-6, KEY-20, DISC-9). Whatever is false throws, and then nothing counts.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { b64, joined, unb64, utf8 } from "../signing/bytes.ts";
import { canonical, parse, type Plain } from "./canonical.ts";
import { keyFileSigned, named } from "./keys.ts";

const CARD = "application/vnd.entente.card+json";
const ROOT = "application/vnd.entente.root+json";
const MOST = 5;
const [ED25519, E1] = [64, 64 + 3309];

/** A root document; `spelt` are the bytes that its keys sign, `pin` what agreements pin and people compare (KEY-2). */
export interface Root {
  party: string;
  version: number;
  keys: ReadonlyMap<string, Plain>;
  threshold: number;
  previous: string;
  spelt: Uint8Array;
  pin: string;
}

/** What a file shows of one party's keys: its cards, the oldest first, and its roots from the pinned one on. */
export interface Trusted {
  cards: readonly Plain[];
  roots: readonly Root[];
}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Read a document as cards spell it: the key alone where that stands for it (KEY-1, KEY-2). */
function read(plain: Plain, party: string): Root {
  if ("suite" in plain) return document({ v: 1, party, version: 1, keys: [plain], threshold: 1, previous: "" });
  const found = document(plain);
  must(found.party === party && !(found.version === 1 && found.keys.size === 1), "root.document");
  return found;
}

function document(plain: Plain): Root {
  const { party, version, threshold, previous } = plain as unknown as Root;
  const listed = plain.keys as Plain[];
  const names = listed.map(named);
  const halves = new Set(listed.flatMap((key) => [key.ed25519, key.mldsa65]));
  const whole = [version, threshold].every((one) => Number.isSafeInteger(one) && one >= 1) && plain.v === 1;
  const sorted = names.every((one, at) => at === 0 || (names[at - 1] ?? "") < one);
  const fits = whole && sorted && listed.length >= 1 && listed.length <= MOST && halves.size === 2 * listed.length;
  must(fits && listed.every((key) => key.suite === "E1") && threshold <= listed.length && (version === 1) === (previous === ""), "root.document");
  const spelt = utf8(canonical(plain));
  const pin = version === 1 && listed.length === 1 ? names[0]! : bytesToHex(sha256(joined(utf8("entente/root/v1\0"), spelt)));
  return { party, version, threshold, previous, spelt, pin, keys: new Map(listed.map((key) => [named(key), key])) };
}

/** KEY-5: every signature that is listed is of a key of the document, or of `beside`'s, and holds; and enough are. */
export function signedBy(root: Root, kind: string, body: Uint8Array, signatures: Plain, beside?: Root): boolean {
  const listed = Object.entries(signatures);
  const each = listed.every(([name, spelt]) => {
    const [key, data] = [root.keys.get(name) ?? beside?.keys.get(name), unb64(spelt)];
    const halves = { ed25519: b64(data.slice(0, ED25519)), mldsa65: b64(data.slice(ED25519)) };
    return key !== undefined && data.length === E1 && keyFileSigned(key, kind, body, halves);
  });
  return each && listed.filter(([name]) => root.keys.has(name)).length >= root.threshold;
}

/** Read a card that the root named in it signed (KEY-20); whether that is the right one, the chain says. */
function card(data: Uint8Array): { plain: Plain; root: Root } {
  const plain = parse(data);
  const { signature, ...body } = plain as Plain & { signature: Plain };
  const [root, bytes] = [read(plain.root as Plain, String(plain.party)), utf8(canonical(body))];
  const alone = plain.v === 1 && root.version === 1 && root.keys.size === 1;
  const holds = alone ? keyFileSigned(plain.root as Plain, CARD, bytes, signature) : plain.v === 2 && signedBy(root, CARD, bytes, signature);
  must(holds, "card.signature");
  return { plain, root };
}

/** KEY-4: the same party, the next version, the pin of the one before; and both thresholds are met. */
function follows(before: Root, root: Root, signatures: Plain): boolean {
  const next = root.party === before.party && root.version === before.version + 1 && root.previous === before.pin;
  return next && signedBy(before, ROOT, root.spelt, signatures, root) && signedBy(root, ROOT, root.spelt, signatures, before);
}

/**
 * Return each party's cards and roots, by party. `pinned` are the roots that the agreements pin, by party. A party of
 * which no card is shown is absent.
 *
 * @throws when a signature is false, a card's root is not one that leads from a pinned one, or a document leads nowhere.
 */
export function trusted(cards: readonly string[], steps: readonly string[], pinned: ReadonlyMap<string, ReadonlySet<string>>): Map<string, Trusted> {
  const read_ = cards.map((one) => card(unb64(one)));
  const given = steps.map((one) => parse(unb64(one)) as { document: Plain; signatures: Plain });
  const documents = given.map(({ document: plain, signatures }) => ({ root: read(plain, String(plain.party)), signatures }));
  must(ordered(read_.map(({ plain }) => [String(plain.party), Number(plain.number ?? 0)])), "cards.order");
  must(ordered(documents.map(({ root }) => [root.party, root.version])), "roots.order");
  const found = new Map<string, Trusted>();
  for (const party of new Set(read_.map(({ root }) => root.party))) {
    const own = read_.filter(({ root }) => root.party === party);
    const pins = pinned.get(party) ?? new Set();
    const first = own.find(({ root }) => pins.has(root.pin)) ?? own[0];
    const chain = first ? [first.root] : [];
    for (const { root, signatures } of documents.filter((one) => one.root.party === party)) {
      must(follows(chain.at(-1)!, root, signatures), "root.follows");
      chain.push(root);
    }
    const led = new Set(chain.map((root) => root.pin));
    must(pins.size > 0 && [...pins, ...own.map(({ root }) => root.pin)].every((pin) => led.has(pin)), "card.root");
    found.set(party, { cards: own.map(({ plain }) => plain), roots: chain });
  }
  must(documents.every(({ root }) => found.has(root.party)), "root.follows");
  return found;
}

const ordered = (places: readonly (readonly [string, number])[]): boolean =>
  places.every(([party, number], at) => {
    const before = places[at - 1];
    return before === undefined || before[0] < party || (before[0] === party && before[1] < number);
  });
