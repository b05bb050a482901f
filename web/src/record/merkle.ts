// RFC 6962's tree (spec/tlog.md, TLOG-1 to TLOG-4): what a leaf hashes to, and whether a path leads from it to a root.
import { sha256 } from "@noble/hashes/sha2.js";
import { joined } from "../signing/bytes.ts";

export const leafHash = (leaf: Uint8Array): Uint8Array => sha256(joined(Uint8Array.of(0), leaf));
const node = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(joined(Uint8Array.of(1), left, right));

/** The largest power of two below a count (RFC 6962 §2.1). */
const split = (count: number): number => 2 ** Math.floor(Math.log2(count - 1));

/** The root over leaf hashes, at least one. */
export function treeRoot(hashes: readonly Uint8Array[]): Uint8Array {
  const [first] = hashes;
  if (!first) throw new Error("tree");
  if (hashes.length === 1) return first;
  const at = split(hashes.length);
  return node(treeRoot(hashes.slice(0, at)), treeRoot(hashes.slice(at)));
}

/** The path from a leaf to that root, the lowest hash first. */
export function pathFrom(index: number, hashes: readonly Uint8Array[]): Uint8Array[] {
  if (hashes.length === 1) return [];
  const at = split(hashes.length);
  const [left, right] = [hashes.slice(0, at), hashes.slice(at)];
  return index < at ? [...pathFrom(index, left), treeRoot(right)] : [...pathFrom(index - at, right), treeRoot(left)];
}

/** The root that a path leads to from the leaf at `index` of `size`; null when it has another length than it must (RFC 9162 §2.1.3.2). */
export function rootOf(index: number, size: number, leaf: Uint8Array, path: readonly Uint8Array[]): Uint8Array | null {
  if (index >= size) return null;
  let [place, last, hash] = [index, size - 1, leaf];
  for (const step of path) {
    if (last === 0 || step.length !== 32) return null;
    if (place % 2 === 1 || place === last) {
      hash = node(step, hash);
      while (place % 2 === 0 && place !== 0) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
    } else hash = node(hash, step);
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hash : null;
}
