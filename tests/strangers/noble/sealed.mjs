// Sealed grants: spec/feed.md, FEED-17. HPKE (RFC 9180, base mode) by its parts: noble has each, and not the whole.
import { gcm } from "@noble/ciphers/aes.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { sha3_256 } from "@noble/hashes/sha3.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { join, require, same, text, wide } from "./spelling.mjs";

const SUITE = join(text("HPKE"), wide(0x647a, 2), wide(0x0001, 2), wide(0x0002, 2));
const NONE = new Uint8Array();
const KEM = 1088;
const HEAD = KEM + 32;

const extracted = (salt, label, data) => extract(sha256, join(text("HPKE-v1"), SUITE, text(label), data), salt);
const expanded = (key, label, info, length) => expand(sha256, key, join(wide(length, 2), text("HPKE-v1"), SUITE, text(label), info), length);

/** What `recipient` ({mlkem_seed, x25519, seal}, bytes) opens, or an error. */
export function opened(sealed, info, recipient) {
  const { secretKey, publicKey } = ml_kem768.keygen(recipient.mlkem_seed);
  const own = x25519.getPublicKey(recipient.x25519);
  require(same(join(publicKey, own), recipient.seal), "another key than the card's");
  require(sealed.length >= HEAD + 16, "a sealed grant that is too short");
  const [first, second] = [sealed.subarray(0, KEM), sealed.subarray(KEM, HEAD)];
  const shared = [ml_kem768.decapsulate(first, secretKey), x25519.getSharedSecret(recipient.x25519, second)];
  const secret = extracted(sha3_256(join(...shared, second, own, text("\\.//^\\"))), "secret", NONE);
  const context = join(Uint8Array.of(0), extracted(NONE, "psk_id_hash", NONE), extracted(NONE, "info_hash", info));
  const [key, nonce] = [expanded(secret, "key", context, 32), expanded(secret, "base_nonce", context, 12)];
  return gcm(key, nonce).decrypt(sealed.subarray(HEAD));
}
