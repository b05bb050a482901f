// Passkeys: spec/feed.md, SIGN-10 to SIGN-16, and several at one touch, SIGN-20 to SIGN-22. One spelling of each thing, so it is built anew and compared.
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { edVerify, pae } from "./keys.mjs";
import { leafHash, rootOver } from "./log.mjs";
import { bytes, exactly, hashed, hex, join, require, same, sha256, spell, text, unbase64 } from "./spelling.mjs";

/** SIGN-11: what verifies under a COSE key. */
function coseKey(cose) {
  const es256 = /^a5010203262001215820([0-9a-f]{64})225820([0-9a-f]{64})$/.exec(hex(cose));
  if (es256) {
    const key = bytes(`04${es256[1]}${es256[2]}`);
    p256.Point.fromBytes(key).assertValidity();
    return (signature, message) => p256.verify(signature, message, key, { format: "der", lowS: false });
  }
  const edwards = /^a4010103272006215820([0-9a-f]{64})$/.exec(hex(cose)) ?? require(false, "a COSE key that is none");
  const key = bytes(edwards[1]);
  require(!ed25519.Point.fromBytes(key).isSmallOrder(), "a key of small order");
  return (signature, message) => edVerify(signature, message, key);
}

function host(origin) {
  const url = new URL(origin);
  const named = url.protocol === "https:" ? /^[a-z0-9.-]*\.[a-z][a-z0-9-]*$/ : /^(.+\.)?localhost$/;
  require(url.origin === origin && named.test(url.hostname), "an address at which no passkey signs");
  return url.hostname;
}

/** SIGN-11, SIGN-12. */
export function w1Key(value) {
  require(exactly(value, ["cose", "credential", "origin", "suite"]) && value.suite === "W1", "no passkey");
  const credential = unbase64(value.credential);
  require(credential.length >= 1 && credential.length <= 1023, "no credential");
  const fingerprint = sha256(text("entente/key/W1\0"), text(spell(value)));
  return { suite: "W1", fingerprint, origin: value.origin, party: hashed(text(host(value.origin))), verify: coseKey(unbase64(value.cose)) };
}

/** SIGN-21, SIGN-22: the words that one touch signed, from one of the things that they list and its path. */
function sheetWords(spelled, kind, body) {
  const data = unbase64(spelled);
  const [place, size] = data;
  require(size >= 2 && size <= 64 && data.length % 32 === 2, "no sheet");
  const path = [];
  for (let at = 2; at < data.length; at += 32) path.push(data.subarray(at, at + 32));
  const root = rootOver(BigInt(place), BigInt(size), leafHash(pae(kind, body)), path);
  return text(spell({ v: 1, size, root: hex(root) }));
}

/** SIGN-10, SIGN-13 to SIGN-16; the key is as `w1Key` gives it. */
export function w1(key, kind, body, signature) {
  try {
    if (exactly(signature, ["authenticator_data", "client_data", "sheet", "signature"])) {
      const { sheet, ...single } = signature;
      return w1(key, "application/vnd.entente.sheet+json", sheetWords(sheet, kind, body), single);
    }
    require(exactly(signature, ["authenticator_data", "client_data", "signature"]), "no assertion");
    const [data, client, made] = [signature.authenticator_data, signature.client_data, signature.signature].map(unbase64);
    const asked = Buffer.from(hashed(pae(kind, body))).toString("base64url");
    require(data.length === 37 && same(data.subarray(0, 32), key.party) && [0x05, 0x0d, 0x1d].includes(data[32]), "no assertion");
    const said = Buffer.from(client).toString("latin1");
    const head = `{"type":"webauthn.get","challenge":"${asked}","origin":"${key.origin}"`;
    const rest = said.slice(head.length);
    const whole = rest === "}" || rest === ',"crossOrigin":false}' || /^,"crossOrigin":false,[^]*\}$/.test(rest);
    require(said.startsWith(head) && whole && client.length <= 2048, "no assertion");
    return key.verify(made, join(data, hashed(client)));
  } catch {
    return false;
  }
}
