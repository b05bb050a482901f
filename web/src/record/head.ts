// Signed heads (spec/tlog.md, TLOG-6 to TLOG-12): a note's text, its lines, and the keys under which they verify.
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
import { joined, same, unb64, utf8 } from "../signing/bytes.ts";

export interface LogKey {
  name: string;
  kind: 0x01 | 0x04 | 0x06;
  key: Uint8Array;
}

export interface Head {
  origin: string;
  size: number;
  root: Uint8Array;
}

/** A line that verified: whose, and the time that it states [s since 1970], 0 where it states none. */
export interface Signed {
  by: LogKey;
  at: number;
}

const u64 = (value: number): Uint8Array => {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setBigUint64(0, BigInt(value));
  return data;
};

/** RFC 8032, not ZIP 215, and no key of small order (TLOG-16). */
export function edVerify(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  try {
    return !ed25519.Point.fromBytes(key).isSmallOrder() && ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    return false;
  }
}

function lineHolds(key: LogKey, text: string, head: Head, data: Uint8Array): number | null {
  if (key.kind === 0x01) return edVerify(data, utf8(text), key.key) ? 0 : null;
  const at = Number(new DataView(data.buffer, data.byteOffset).getBigUint64(0));
  const signature = data.slice(8);
  if (key.kind === 0x04) return edVerify(signature, utf8(`cosignature/v1\ntime ${at}\n${text}`), key.key) ? at : null;
  const [name, origin] = [utf8(key.name), utf8(head.origin)];
  const message = joined(
    utf8("subtree/v1\n\0"), Uint8Array.of(name.length), name, u64(at), Uint8Array.of(origin.length), origin, u64(0), u64(head.size), head.root,
  );
  try {
    return ml_dsa44.verify(signature, message, key.key) ? at : null;
  } catch {
    return null;
  }
}

/** Read a head and say which keys signed it; null when it is none, or a line of a known key does not verify. */
export function open(note: Uint8Array, keys: readonly LogKey[]): { head: Head; signed: Signed[] } | null {
  const whole = new TextDecoder("utf-8", { fatal: true }).decode(note);
  const split = whole.lastIndexOf("\n\n");
  const text = whole.slice(0, split + 1);
  const [origin, size, root, ...more] = text.split("\n");
  if (split < 0 || !origin || !/^(0|[1-9][0-9]{0,15})$/.test(size ?? "") || more.join("") !== "") return null;
  const head: Head = { origin, size: Number(size), root: unb64(root) };
  const signed: Signed[] = [];
  for (const line of whole.slice(split + 2).split("\n").filter(Boolean)) {
    const [dash, name, spelt] = line.split(" ");
    if (dash !== "—" || !name) return null;
    const data = unb64(spelt);
    const key = keys.find((one) => one.name === name && same(sha256(joined(utf8(`${name}\n`), Uint8Array.of(one.kind), one.key)).slice(0, 4), data.slice(0, 4)));
    if (!key) continue;
    const at = lineHolds(key, text, head, data.slice(4));
    if (at === null) return null;
    signed.push({ by: key, at });
  }
  return head.root.length === 32 ? { head, signed } : null;
}
