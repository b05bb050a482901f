// RFC 6962's tree (spec/tlog.md, TLOG-1 to TLOG-4): what a leaf hashes to, and whether a path leads from it to a root.
import { sha256 } from "@noble/hashes/sha2.js";
import { joined } from "../signing/bytes.ts";

export const leafHash = (leaf: Uint8Array): Uint8Array => sha256(joined(Uint8Array.of(0), leaf));
const node = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(joined(Uint8Array.of(1), left, right));

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
