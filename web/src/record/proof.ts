// Verifying one entry in this page, with no question to the node: the file is a disclosure (spec/disclosure.md), and each
// step here is arithmetic over its bytes. What this page cannot check is its own code, which the node served; who needs
// more gives the file to `entente-verify` on another machine.
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { sha3_256 } from "@noble/hashes/sha3.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { b64, joined, same, unb64, utf8 } from "../signing/bytes.ts";
import { fingerprint as ofKeyFile, pae, STATEMENT } from "../signing/e1.ts";
import { SHEET, wordsAt } from "../signing/sheet.ts";
import { edVerify, open, type Head, type LogKey } from "./head.ts";
import { leafHash, rootOf } from "./merkle.ts";

export type StepName = "agreement" | "card" | "leaf" | "path" | "head" | "cosigned" | "act" | "words" | "person";

/** One step: whether it holds (null when the file does not show it), and the facts that it found, to be compared by eye. */
export interface Step {
  name: StepName;
  holds: boolean | null;
  facts: Record<string, string>;
}

type Plain = Record<string, unknown>;
interface Part { index: number; name: string; salt: string; data: string }
interface Entry { seq: number; leaf: string; proof: string[]; commitments: string[]; parts: Part[] }
interface Feed { origin: string; head: string; entries: Entry[] }
interface File { agreements: string[]; cards: string[]; feeds: Feed[]; roots?: string[] }

const text = (data: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(data);
const parse = (data: Uint8Array): Plain => JSON.parse(text(data)) as Plain;
const party = (origin: string): string => origin.split("/")[0] ?? "";

/** Canonical values have ASCII keys in order, whole numbers and JSON's own escapes (CANON-1 to CANON-3). */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const plain = value as Plain;
  return `{${Object.keys(plain).sort().map((key) => `${JSON.stringify(key)}:${canonical(plain[key])}`).join(",")}}`;
}

const u = (size: 2 | 4 | 8, value: number): Uint8Array => {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setBigUint64(0, BigInt(value));
  return data.slice(8 - size);
};

/** FEED-11. */
function commitment(part: Part): Uint8Array {
  const [name, data] = [utf8(part.name), unb64(part.data)];
  return sha256(joined(utf8("entente/part/v1\0"), u(2, name.length), name, unb64(part.salt), u(8, data.length), data));
}

/** SIGN-2, SIGN-3. */
function keyFileSigned(key: Plain, kind: string, body: Uint8Array, signature: Plain): boolean {
  const message = pae(kind, body);
  try {
    const ml = ml_dsa65.verify(unb64(signature.mldsa65), message, unb64(key.mldsa65), { context: utf8("entente/v1") });
    return ml && edVerify(unb64(signature.ed25519), message, unb64(key.ed25519));
  } catch {
    return false;
  }
}

/** SIGN-13 to SIGN-16; what was signed with others stands on a sheet, whose words are then what was signed (SIGN-22). */
function passkeySigned(key: Plain, kind: string, body: Uint8Array, signature: Plain): boolean {
  try {
    if ("sheet" in signature) {
      const { sheet, ...rest } = signature;
      const words = wordsAt(String(sheet), { kind, body });
      return words !== null && passkeySigned(key, SHEET, words, rest);
    }
    const [data, client, cose] = [unb64(signature.authenticator_data), unb64(signature.client_data), unb64(key.cose)];
    const asked = b64(sha256(pae(kind, body))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    const origin = String(key.origin);
    const start = `{"type":"webauthn.get","challenge":"${asked}","origin":"${origin}"`;
    const said = text(client);
    const rest = said.slice(start.length);
    const fits = rest === "}" || rest === ',"crossOrigin":false}' || (rest.startsWith(',"crossOrigin":false,') && rest.endsWith("}"));
    const rp = sha256(utf8(new URL(origin).hostname));
    if (!said.startsWith(start) || !fits || data.length !== 37 || ![0x05, 0x0d, 0x1d].includes(data[32] ?? 0)) return false;
    if (!same(data.slice(0, 32), rp)) return false;
    const message = joined(data, sha256(client));
    if (cose.length === 42) return edVerify(unb64(signature.signature), message, cose.slice(10));
    const point = joined(Uint8Array.of(4), cose.slice(10, 42), cose.slice(45));
    return p256.verify(unb64(signature.signature), message, point, { format: "der", lowS: false });
  } catch {
    return false;
  }
}

/** How a person's key is named, from its own bytes (SIGN-5, SIGN-12). */
function named(key: Plain): string {
  if (key.suite === "W1") return bytesToHex(sha256(joined(utf8("entente/key/W1\0"), utf8(canonical(key)))));
  return ofKeyFile(unb64(key.ed25519), unb64(key.mldsa65));
}

const personSigned = (key: Plain, body: Uint8Array, signature: Plain): boolean =>
  key.suite === "W1" ? passkeySigned(key, STATEMENT, body, signature) : keyFileSigned(key, STATEMENT, body, signature);

/** What an agreement pins of a root, and whether enough of the root's keys signed a card (KEY-2, KEY-5, KEY-20). */
function cardHolds(card: Plain, pinned: string): boolean {
  const { signature, ...body } = card;
  const [root, kind, bytes] = [card.root as Plain, "application/vnd.entente.card+json", utf8(canonical(body))];
  if (root.suite === "E1") {
    const halves = card.v === 1 ? (signature as Plain) : ofRoot((signature as Plain)[named(root)]);
    return named(root) === pinned && keyFileSigned(root, kind, bytes, halves);
  }
  const keys = root.keys as Plain[];
  const pin = bytesToHex(sha256(joined(utf8("entente/root/v1\0"), utf8(canonical(root)))));
  const signed = keys.filter((key) => named(key) in (signature as Plain) && keyFileSigned(key, kind, bytes, ofRoot((signature as Plain)[named(key)])));
  return pin === pinned && signed.length >= Number(root.threshold);
}

/** A root key's signature among several: 64 bytes of Ed25519, then ML-DSA-65's (KEY-5). */
function ofRoot(spelt: unknown): Plain {
  const data = unb64(spelt);
  return { ed25519: b64(data.slice(0, 64)), mldsa65: b64(data.slice(64)) };
}

function logKeys(card: Plain, origin: string): LogKey[] {
  const keys = card.keys as Plain;
  return [
    { name: origin, kind: 0x01, key: unb64(keys.log) },
    { name: origin, kind: 0x06, key: unb64(keys.log_pq) },
  ];
}

/** Verify what a file proves of one entry, step by step; a step that fails leaves what rests on it unsaid. */
export function verify(data: Uint8Array, origin: string, seq: number, known: string): Step[] {
  const steps: Step[] = [];
  const told = (name: StepName, holds: boolean | null, facts: Record<string, string> = {}): boolean => {
    steps.push({ name, holds, facts });
    return holds === true;
  };
  try {
    walk(JSON.parse(text(data)) as File, origin, seq, known, told);
  } catch {
    steps.push({ name: STEPS[steps.length] ?? "act", holds: false, facts: {} }); // bytes that are not what they must be
  }
  return steps;
}

/** Whether the file shows that the entry stands in its author's record: a step that is not shown proves nothing. */
export const stands = (steps: readonly Step[]): boolean =>
  (["agreement", "card", "leaf", "path", "head"] as const).every((name) => steps.some((one) => one.name === name && one.holds === true)) &&
  steps.every((one) => one.holds !== false);

const STEPS: readonly StepName[] = ["agreement", "card", "leaf", "path", "head", "cosigned", "act", "words", "person"];

function walk(file: File, origin: string, seq: number, known: string, told: (name: StepName, holds: boolean | null, facts?: Record<string, string>) => boolean): void {
  const texts = file.agreements.map(unb64);
  const hashes = texts.map((one) => bytesToHex(sha256(one)));
  if (!told("agreement", hashes[0] === known, { hash: hashes[0] ?? "" })) return;

  const pins = new Map<string, string>();
  for (const one of (parse(texts[0] ?? new Uint8Array()).party as Plain[])) pins.set(String(one.id), String(one.root));
  const cards = file.cards.map((one) => parse(unb64(one)));
  const mine = cards.filter((card) => card.party === party(origin) && cardHolds(card, pins.get(party(origin)) ?? ""));
  const newest = mine.at(-1);
  if (!told("card", newest ? true : null, { root: pins.get(party(origin)) ?? "" }) || !newest) return;

  const feed = file.feeds.find((one) => one.origin === origin);
  const entry = feed?.entries.find((one) => one.seq === seq);
  if (!feed || !entry) throw new Error("entry");
  const leaf = unb64(entry.leaf);
  const header = parse(leaf);
  const hash = leafHash(leaf);
  if (!told("leaf", header.origin === origin && header.seq === seq, { hash: bytesToHex(hash), time: String(header.t) })) return;

  const cosigners = cards
    .filter((card) => card.party !== party(origin) && cardHolds(card, pins.get(String(card.party)) ?? ""))
    .map((card): LogKey => ({ name: `${String(card.party)}/cosigner`, kind: 0x04, key: unb64((card.keys as Plain).cosigner) }));
  // A log's keys may have changed: the newest card under whose keys the head holds is the one that counts (KEY-11).
  const opened = mine.map((card) => open(unb64(feed.head), [...logKeys(card, origin), ...cosigners])).reverse()
    .find((one) => one !== null && [0x01, 0x06].every((kind) => one.signed.some((line) => line.by.kind === kind)));
  const head = opened?.head;
  const root = head ? rootOf(seq, head.size, hash, entry.proof.map(unb64)) : null;
  // A root that changed is followed by `entente-verify`; here a head under keys that only a later root certifies stays unread.
  const holds = head === undefined && file.roots?.length ? null : head !== undefined && root !== null && same(root, head.root);
  if (!told("path", holds, { size: String(head?.size ?? ""), hashes: String(entry.proof.length) })) return;
  const times = opened?.signed.filter((line) => line.by.kind === 0x06).map((line) => line.at) ?? [];
  if (!told("head", opened !== undefined && head?.origin === origin, { root: bytesToHex(head?.root ?? new Uint8Array()), time: String(times[0] ?? "") })) return;
  const others = opened?.signed.filter((line) => line.by.kind === 0x04).map((line) => line.by.name.split("/")[0]) ?? [];
  told("cosigned", others.length ? true : null, { by: others.join(", ") });

  if (!entry.parts.some((one) => one.index === 0)) return void told("act", null);
  const act = actOf(entry, origin, head);
  const statement = act?.statement as Plain;
  if (!told("act", act !== null, { verb: String(statement?.verb), subject: String(statement?.subject) }) || !act) return;

  const signer = statement.signer as Plain | null;
  if (!signer) return void told("person", null);
  const shown = entry.parts.find((one) => one.name === "shown");
  told("words", shown ? opens(shown, entry) && bytesToHex(sha256(unb64(shown.data))) === signer.shown : null, { hash: String(signer.shown) });
  const key = keyOf(feed, entry, signer, mine, head);
  const signed = key ? named(key) === signer.key && personSigned(key, utf8(canonical(statement)), act.signature as Plain) : null;
  told("person", signed, { officer: String(signer.officer), suite: String(signer.suite), key: String(signer.key) });
}

const opens = (part: Part, entry: Entry): boolean => same(commitment(part), unb64(entry.commitments[part.index]));

/** An entry's act, when its leaf stands under the head and binds it (TLOG-4, FEED-11, FEED-12); else null. */
function actOf(entry: Entry, origin: string, head: Head | undefined): Plain | null {
  const part = entry.parts.find((one) => one.index === 0);
  const leaf = unb64(entry.leaf);
  const header = parse(leaf);
  const root = head ? rootOf(entry.seq, head.size, leafHash(leaf), entry.proof.map(unb64)) : null;
  if (!part || !head || root === null || !same(root, head.root) || header.origin !== origin || header.seq !== entry.seq) return null;
  const listed = joined(utf8("entente/parts/v1\0"), u(4, entry.commitments.length), ...entry.commitments.map(unb64));
  if (bytesToHex(sha256(listed)) !== header.com || bytesToHex(sha3_256(listed)) !== header.com2 || !opens(part, entry)) return null;
  const act = parse(unb64(part.data));
  const details = ((act.statement as Plain).details as [string, string][]).map(([, digest]) => digest);
  const lists = details.length === entry.commitments.length - 1 && details.every((digest, at) => digest === bytesToHex(unb64(entry.commitments[at + 1])));
  return lists ? act : null;
}

/**
 * The key that this feed enrolled last for a signer before an entry, the enrolment itself verified up to the root; the
 * root's own stands in its card. Null when the file does not show it.
 */
function keyOf(feed: Feed, entry: Entry, signer: Plain, cards: Plain[], head: Head | undefined): Plain | null {
  if (signer.office === "root") return cards.map((card) => card.root as Plain).find((root) => root.suite === "E1" && named(root) === signer.key) ?? null;
  for (const earlier of feed.entries.filter((one) => one.seq < entry.seq).reverse()) {
    const act = earlier.parts.some((one) => one.index === 0) ? actOf(earlier, feed.origin, head) : null;
    const statement = act?.statement as Plain | undefined;
    const body = statement?.body as Plain | undefined;
    if (!act || !statement || !body || statement.verb !== "staff.enrol" || body.officer !== signer.officer || !statement.signer) continue;
    const by = keyOf(feed, earlier, statement.signer as Plain, cards, head);
    const holds = by !== null && named(by) === (statement.signer as Plain).key && personSigned(by, utf8(canonical(statement)), act.signature as Plain);
    return holds ? (body.key as Plain) : null;
  }
  return null;
}
