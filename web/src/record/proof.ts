// Verifying one entry in this page, with no question to the node: the file is a disclosure (spec/disclosure.md), and each
// step here is arithmetic over its bytes. What this page cannot check is its own code, which the node served; who needs
// more gives the file to `entente-verify` on another machine.
import { sha256 } from "@noble/hashes/sha2.js";
import { sha3_256 } from "@noble/hashes/sha3.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { joined, same, unb64, utf8 } from "../signing/bytes.ts";
import { STATEMENT } from "../signing/e1.ts";
import { canonical, parse, text, type Plain } from "./canonical.ts";
import { open, type Head, type LogKey } from "./head.ts";
import { named, personSigned } from "./keys.ts";
import { leafHash, rootOf } from "./merkle.ts";
import { signedBy, trusted, type Root, type Trusted } from "./roots.ts";

export type StepName = "agreement" | "card" | "leaf" | "path" | "head" | "cosigned" | "act" | "words" | "person";

/** One step: whether it holds (null when the file does not show it), and the facts that it found, to be compared by eye. */
export interface Step {
  name: StepName;
  holds: boolean | null;
  facts: Record<string, string>;
}

interface Part { index: number; name: string; salt: string; data: string }
interface Entry { seq: number; leaf: string; proof: string[]; commitments: string[]; parts: Part[] }
interface Feed { origin: string; head: string; entries: Entry[] }
interface File { agreements: string[]; cards: string[]; feeds: Feed[]; roots?: string[] }

/** What an act must be signed with: one key, or enough of a root document's. */
type Signer = { key: Plain } | { root: Root };

const party = (origin: string): string => origin.split("/")[0] ?? "";

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

function logKeys(card: Plain, origin: string): LogKey[] {
  const keys = card.keys as Plain;
  return [
    { name: origin, kind: 0x01, key: unb64(keys.log) },
    { name: origin, kind: 0x06, key: unb64(keys.log_pq) },
  ];
}

/** The roots that agreements pin, by party (DISC-8). */
function pins(agreements: readonly Plain[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const one of agreements)
    for (const each of one.party as Plain[]) found.set(String(each.id), (found.get(String(each.id)) ?? new Set()).add(String(each.root)));
  return found;
}

/** The keys with which the others cosign heads of a party's feed. */
function cosigners(keys: ReadonlyMap<string, Trusted>, author: string): LogKey[] {
  const all = [...keys].filter(([one]) => one !== author)
    .flatMap(([one, { cards }]) => cards.map((card): LogKey => ({ name: `${one}/cosigner`, kind: 0x04, key: unb64((card.keys as Plain).cosigner) })));
  return all.filter((key, at) => all.findIndex((one) => one.name === key.name && same(one.key, key.key)) === at);
}

type Reading = ReturnType<typeof open>;
const bothSigned = (one: Reading): boolean => one !== null && [0x01, 0x06].every((kind) => one.signed.some((line) => line.by.kind === kind));

/** A feed's head as the keys of its author's cards read it, from the newest to the one under which it holds (KEY-11). */
function read(feed: Feed, author: Trusted, others: readonly LogKey[]): Reading[] {
  const found: Reading[] = [];
  for (const card of author.cards.toReversed())
    if (!found.some(bothSigned)) found.push(open(unb64(feed.head), [...logKeys(card, feed.origin), ...others]));
  return found;
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
  const agreements = texts.map(parse);
  const follow = agreements.every((one, at) => at === 0 || (hashes.slice(0, at).includes(String(one.predecessor)) && one.id === agreements[0]?.id));
  if (!told("agreement", hashes[0] === known && follow, { hash: hashes[0] ?? "" })) return;

  const keys = trusted(file.cards, file.roots ?? [], pins(agreements));
  const mine = keys.get(party(origin));
  if (!told("card", mine ? true : null, { root: mine?.roots[0]?.pin ?? "", now: mine?.roots.at(-1)?.pin ?? "" }) || !mine) return;

  const feed = file.feeds.find((one) => one.origin === origin);
  const entry = feed?.entries.find((one) => one.seq === seq);
  if (!feed || !entry) throw new Error("entry");
  const leaf = unb64(entry.leaf);
  const header = parse(leaf);
  const hash = leafHash(leaf);
  if (!told("leaf", header.origin === origin && header.seq === seq, { hash: bytesToHex(hash), time: String(header.t) })) return;

  const readings = read(feed, mine, cosigners(keys, party(origin)));
  const opened = readings.find(bothSigned);
  const head = opened?.head;
  const root = head ? rootOf(seq, head.size, hash, entry.proof.map(unb64)) : null;
  // Signed by none of the keys shown, though by nobody falsely: the card is missing that certifies them.
  const unread = head === undefined && readings.some((one) => one !== null);
  if (!told("path", unread ? null : root !== null && head !== undefined && same(root, head.root), { size: String(head?.size ?? ""), hashes: String(entry.proof.length) })) return;
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
  told("person", signedAs(act, signer, signerOf(feed, entry, signer, mine, head)), { officer: String(signer.officer), suite: String(signer.suite), key: String(signer.key) });
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

/** Whether who an act names signed it (SIGN-5, KEY-5); null when the file does not show whose the key is. */
function signedAs(act: Plain, signer: Plain, by: Signer | null): boolean | null {
  if (by === null) return null;
  const [body, signature] = [utf8(canonical(act.statement)), act.signature as Plain];
  if ("key" in by) return named(by.key) === signer.key && personSigned(by.key, body, signature);
  return signedBy(by.root, STATEMENT, body, signature);
}

/**
 * Who signs as an act's signer says: the root's own key, several of a root document's, or the key that this feed enrolled
 * last for the officer before the entry, the enrolment itself verified up to the root. Null when the file does not show it.
 */
function signerOf(feed: Feed, entry: Entry, signer: Plain, trust: Trusted, head: Head | undefined): Signer | null {
  if (signer.office === "root") {
    const root = trust.roots.find((one) => (one.keys.size > 1 ? signer.suite === "R1" && one.pin === signer.key : signer.suite === "E1" && one.keys.has(String(signer.key))));
    const [key] = root?.keys.values() ?? [];
    return root && key ? (root.keys.size > 1 ? { root } : { key }) : null;
  }
  for (const earlier of feed.entries.filter((one) => one.seq < entry.seq).reverse()) {
    const act = earlier.parts.some((one) => one.index === 0) ? actOf(earlier, feed.origin, head) : null;
    const statement = act?.statement as Plain | undefined;
    const body = statement?.body as Plain | undefined;
    const by = statement?.signer as Plain | null | undefined;
    if (!act || !body || statement?.verb !== "staff.enrol" || body.officer !== signer.officer || !by) continue;
    return signedAs(act, by, signerOf(feed, earlier, by, trust, head)) ? { key: body.key as Plain } : null;
  }
  return null;
}
