// What a key's signature is worth: key files, which sign twice (SIGN-2), and passkeys (SIGN-12 to SIGN-16).
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { b64, joined, same, unb64, utf8 } from "../signing/bytes.ts";
import { fingerprint, pae, STATEMENT } from "../signing/e1.ts";
import { SHEET, wordsAt } from "../signing/sheet.ts";
import { canonical, text, type Plain } from "./canonical.ts";
import { edVerify } from "./head.ts";

/** How a key is named, from its own bytes (SIGN-5, SIGN-12). */
export function named(key: Plain): string {
  if (key.suite === "W1") return bytesToHex(sha256(joined(utf8("entente/key/W1\0"), utf8(canonical(key)))));
  return fingerprint(unb64(key.ed25519), unb64(key.mldsa65));
}

/** SIGN-2, SIGN-3. */
export function keyFileSigned(key: Plain, kind: string, body: Uint8Array, signature: Plain): boolean {
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

export const personSigned = (key: Plain, body: Uint8Array, signature: Plain): boolean =>
  key.suite === "W1" ? passkeySigned(key, STATEMENT, body, signature) : keyFileSigned(key, STATEMENT, body, signature);
