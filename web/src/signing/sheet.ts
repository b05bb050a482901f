// Sheets (spec/feed.md, SIGN-20 to SIGN-24): what one touch of a passkey signs together, and each of it verified alone.
//
// The page makes the tree from the very bytes that it shows. So nothing is signed that was not on the screen: a node has
// no way to put a leaf into it.
import { bytesToHex } from "@noble/hashes/utils.js";
import { leafHash, pathFrom, rootOf, treeRoot } from "../record/merkle.ts";
import { b64, joined, unb64, utf8 } from "./bytes.ts";
import { pae } from "./e1.ts";

export const SHEET = "application/vnd.entente.sheet+json";
const MOST = 64;
const HASH = 32;

/** What is signed: its type and its bytes. */
export interface Item {
  kind: string;
  body: Uint8Array;
}

const leaf = (item: Item): Uint8Array => leafHash(pae(item.kind, item.body));

/** SIGN-21, in its one spelling: the members are ASCII, and stand in their order. */
const spelt = (root: Uint8Array, size: number): Uint8Array => utf8(JSON.stringify({ root: bytesToHex(root), size, v: 1 }));

/** The words that are signed for these items in this order, and each item's place and path on the sheet (SIGN-22). */
export function listed(items: readonly Item[]): { words: Uint8Array; places: string[] } {
  if (items.length < 2 || items.length > MOST) throw new Error("sheet.size");
  const leaves = items.map(leaf);
  const places = leaves.map((_, at) => b64(joined(Uint8Array.of(at, leaves.length), ...pathFrom(at, leaves))));
  return { words: spelt(treeRoot(leaves), leaves.length), places };
}

/** The words of the sheet on which an item stands where its signature says; null when no sheet has such a place. */
export function wordsAt(place: string, item: Item): Uint8Array | null {
  const data = unb64(place);
  const [index = 0, size = 0] = data;
  if (size < 2 || size > MOST || (data.length - 2) % HASH !== 0) return null;
  const path = Array.from({ length: (data.length - 2) / HASH }, (_, at) => data.slice(2 + at * HASH, 2 + (at + 1) * HASH));
  const root = rootOf(index, size, leaf(item), path);
  return root && spelt(root, size);
}
