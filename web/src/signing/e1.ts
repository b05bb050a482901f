// Suite E1 (spec/feed.md, SIGN-1 to SIGN-5): Ed25519 and ML-DSA-65 over the same pre-authentication encoding.
//
// The arithmetic is @noble's and runs in the page, so that it works where a browser withholds WebCrypto: on a plain
// address of the local network. What makes it slower than WebCrypto is some tens of milliseconds a signature.
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { b64, joined, utf8 } from "./bytes.ts";

export const STATEMENT = "application/vnd.entente.statement+json";
const CONTEXT = utf8("entente/v1");

export interface PublicKey {
  suite: "E1";
  ed25519: string;
  mldsa65: string;
}

export interface Signature {
  ed25519: string;
  mldsa65: string;
}

/** Both private halves, each its 32-byte seed. */
export interface PrivateKey {
  ed25519: Uint8Array;
  mldsa65: Uint8Array;
}

/** SIGN-1: DSSE's pre-authentication encoding of `body` as `kind`. */
export function pae(kind: string, body: Uint8Array): Uint8Array {
  return joined(utf8(`DSSEv1 ${utf8(kind).length} ${kind} ${body.length} `), body);
}

/** SIGN-2. ML-DSA is hedged with fresh randomness, as FIPS 204 advises. */
export function sign(key: PrivateKey, kind: string, body: Uint8Array): Signature {
  const message = pae(kind, body);
  const { secretKey } = ml_dsa65.keygen(key.mldsa65);
  return {
    ed25519: b64(ed25519.sign(message, key.ed25519)),
    mldsa65: b64(ml_dsa65.sign(message, secretKey, { context: CONTEXT })),
  };
}

export function publicHalf(key: PrivateKey): PublicKey {
  return {
    suite: "E1",
    ed25519: b64(ed25519.getPublicKey(key.ed25519)),
    mldsa65: b64(ml_dsa65.keygen(key.mldsa65).publicKey),
  };
}

/** SIGN-5: how a key is named wherever it is pinned. */
export function fingerprint(ed: Uint8Array, ml: Uint8Array): string {
  return bytesToHex(sha256(joined(utf8("entente/key/E1\0"), ed, ml)));
}
