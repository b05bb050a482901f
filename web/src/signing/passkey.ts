// Suite W1 (spec/feed.md, SIGN-10 to SIGN-17): a passkey asked, at this very address, for SHA-256 of what E1 signs.
//
// The page makes a passkey and a file with its public half; who holds the party's root key enrols it. The node has no
// part in that. Bytes that an authenticator answers are taken apart only as far as the file needs, and judged elsewhere.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { b64, joined, unb64, utf8 } from "./bytes.ts";
import { pae } from "./e1.ts";
import { listed, SHEET, type Item } from "./sheet.ts";

const KIND = "application/vnd.entente.passkey+json";
const ES256 = -7;
const EDDSA = -8;
const PATIENCE_MS = 120_000;

export interface Passkey {
  cose: string;
  credential: string;
  origin: string;
  suite: "W1";
}

export interface Assertion {
  authenticator_data: string;
  client_data: string;
  signature: string;
}

/** Whether this page stands where browsers lend passkeys: HTTPS with a name, or NAME.localhost. */
export const possible = (): boolean => isSecureContext && "PublicKeyCredential" in globalThis && /[a-z]$/.test(location.hostname);

/** Why a passkey did not sign; `code` is a key of the catalogue. */
export class PasskeyTrouble extends Error {
  readonly code: "passkey.refused" | "passkey.elsewhere" | "passkey.kind";
  constructor(code: PasskeyTrouble["code"]) {
    super(code);
    this.code = code;
  }
}

const plain = (data: ArrayBuffer): string => b64(new Uint8Array(data));

/** Have a passkey sign `body` as `kind`: its person is verified by the device, now. */
export async function sign(credential: string, kind: string, body: Uint8Array): Promise<Assertion> {
  let answer: PublicKeyCredential | null;
  try {
    answer = (await navigator.credentials.get({
      publicKey: {
        challenge: sha256(pae(kind, body)) as BufferSource,
        rpId: location.hostname,
        allowCredentials: [{ type: "public-key", id: unb64(credential) as BufferSource }],
        userVerification: "required",
        timeout: PATIENCE_MS,
      },
    })) as PublicKeyCredential | null;
  } catch {
    throw new PasskeyTrouble("passkey.refused");
  }
  if (!answer) throw new PasskeyTrouble("passkey.refused");
  const { authenticatorData, clientDataJSON, signature } = answer.response as AuthenticatorAssertionResponse;
  return { authenticator_data: plain(authenticatorData), client_data: plain(clientDataJSON), signature: plain(signature) };
}

/** Have one touch sign everything that is listed, in its order; one alone is signed by itself (SIGN-20). */
export async function signAll(credential: string, items: readonly Item[]): Promise<(Assertion & { sheet?: string })[]> {
  const [only, ...more] = items;
  if (!only || !more.length) return only ? [await sign(credential, only.kind, only.body)] : [];
  const { words, places } = listed(items);
  const made = await sign(credential, SHEET, words);
  return places.map((sheet) => ({ ...made, sheet }));
}

/** SIGN-12: how the key is named. Its four members are ASCII, and stand in their order here, so this is their one spelling. */
export const fingerprint = (key: Passkey): string => bytesToHex(sha256(joined(utf8("entente/key/W1\0"), utf8(JSON.stringify(key)))));

/** Make a passkey for an officer, and have it sign the file that says so (SIGN-17). */
export async function make(owner: string): Promise<{ file: string; key: Passkey }> {
  if (!possible()) throw new PasskeyTrouble("passkey.elsewhere");
  let made: PublicKeyCredential | null;
  try {
    made = (await navigator.credentials.create({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)), // no attestation is asked for, so nothing rests on it
        rp: { id: location.hostname, name: location.hostname },
        user: { id: crypto.getRandomValues(new Uint8Array(16)), name: owner, displayName: owner },
        pubKeyCredParams: [EDDSA, ES256].map((alg) => ({ type: "public-key", alg })),
        authenticatorSelection: { userVerification: "required", residentKey: "discouraged" },
        attestation: "none",
        timeout: PATIENCE_MS,
      },
    })) as PublicKeyCredential | null;
  } catch {
    throw new PasskeyTrouble("passkey.refused");
  }
  if (!made) throw new PasskeyTrouble("passkey.refused");
  const data = new Uint8Array((made.response as AuthenticatorAttestationResponse).getAuthenticatorData());
  const id = new Uint8Array(made.rawId);
  // 32 bytes of the host's hash, flags, counter, 16 of the device's make, the credential with its length, the COSE key.
  const cose = data.slice(55 + id.length);
  if (cose.length !== 77 && cose.length !== 42) throw new PasskeyTrouble("passkey.kind");
  const key: Passkey = { cose: b64(cose), credential: b64(id), origin: location.origin, suite: "W1" };
  const body = { owner, public: key, v: 1 };
  const proof = await sign(key.credential, KIND, utf8(JSON.stringify(body)));
  return { file: JSON.stringify({ owner, proof, public: key, v: 1 }), key };
}
