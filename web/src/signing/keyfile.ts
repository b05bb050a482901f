// A key file of the house: JSON with the public half in the clear and the private half, two seeds of 32 bytes, in
// AES-256-GCM under scrypt of the passphrase (src/entente/node/custody.py). File, passphrase and key stay in this page.
import { gcm } from "@noble/ciphers/aes.js";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { same, unb64, utf8 } from "./bytes.ts";
import { fingerprint, publicHalf, type PrivateKey } from "./e1.ts";

const AAD = utf8("entente/key-file/v1");
const SCRYPT = { N: 1 << 15, r: 8, p: 1, dkLen: 32 };

/** What a key file tells before it is unlocked. */
export interface KeyFile {
  owner: string;
  fingerprint: string;
  /** False for the keys of exercises, which have no passphrase. */
  locked: boolean;
  salt: Uint8Array;
  nonce: Uint8Array;
  box: Uint8Array;
  ed25519: Uint8Array;
  mldsa65: Uint8Array;
}

/** Why a key file was not taken; `code` is a key of the catalogue. */
export class KeyTrouble extends Error {
  readonly code: "key.file" | "key.passphrase";
  constructor(code: "key.file" | "key.passphrase") {
    super(code);
    this.code = code;
  }
}

export function read(text: string): KeyFile {
  try {
    const plain = JSON.parse(text) as Record<string, unknown>;
    const key = plain.public as Record<string, unknown>;
    const [ed, ml] = [unb64(key.ed25519), unb64(key.mldsa65)];
    if (plain.v !== 1 || key.suite !== "E1" || ed.length !== 32 || ml.length !== 1952) throw new Error("suite");
    if (typeof plain.owner !== "string" || typeof plain.passphrase !== "string") throw new Error("fields");
    return {
      owner: plain.owner,
      fingerprint: fingerprint(ed, ml),
      locked: !plain.passphrase.startsWith("none"),
      salt: unb64(plain.salt),
      nonce: unb64(plain.nonce),
      box: unb64(plain.box),
      ed25519: ed,
      mldsa65: ml,
    };
  } catch {
    throw new KeyTrouble("key.file");
  }
}

export async function unlock(file: KeyFile, passphrase: string): Promise<PrivateKey> {
  const secret = await scryptAsync(utf8(passphrase), file.salt, SCRYPT);
  let seeds: Uint8Array;
  try {
    seeds = gcm(secret, file.nonce, AAD).decrypt(file.box);
  } catch {
    throw new KeyTrouble("key.passphrase");
  }
  const key = { ed25519: seeds.slice(0, 32), mldsa65: seeds.slice(32) };
  if (seeds.length !== 64) throw new KeyTrouble("key.file");
  const half = publicHalf(key);
  // A file whose halves do not belong together would sign what nobody can verify.
  if (!same(unb64(half.ed25519), file.ed25519) || !same(unb64(half.mldsa65), file.mldsa65)) throw new KeyTrouble("key.file");
  return key;
}
