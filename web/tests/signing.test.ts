// Our signatures against the golden vectors that Python and OpenSSL made (spec/vectors/feed/statement.json), and a key
// file that the node's own code wrote (tests/centre/test_keyfiles.py opens it there).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { b64, unb64, utf8 } from "../src/signing/bytes.ts";
import { fingerprint, pae, publicHalf, sign } from "../src/signing/e1.ts";
import { KeyTrouble, read, unlock } from "../src/signing/keyfile.ts";
import { listed, wordsAt } from "../src/signing/sheet.ts";

const vector = JSON.parse(readFileSync(new URL("../../spec/vectors/feed/statement.json", import.meta.url), "utf8"));
const zero = { ed25519: new Uint8Array(32), mldsa65: new Uint8Array(32) };

test("a statement is encoded as the vector says", () => {
  assert.equal(Buffer.from(pae(vector.kind, utf8(vector.statement))).toString("hex"), vector.pae);
});

test("the public halves and the fingerprint are those of the vector", () => {
  assert.deepEqual(publicHalf(zero), vector.public);
  assert.equal(fingerprint(unb64(vector.public.ed25519), unb64(vector.public.mldsa65)), vector.fingerprint);
});

test("both halves verify under the vector's keys; the Ed25519 half is the same, byte for byte", () => {
  const signed = sign(zero, vector.kind, utf8(vector.statement));
  const message = pae(vector.kind, utf8(vector.statement));

  assert.equal(signed.ed25519, vector.signature.ed25519);
  assert.ok(ed25519.verify(unb64(signed.ed25519), message, unb64(vector.public.ed25519)));
  const context = { context: utf8("entente/v1") };
  assert.ok(ml_dsa65.verify(unb64(signed.mldsa65), message, unb64(vector.public.mldsa65), context));
  assert.ok(!ml_dsa65.verify(unb64(signed.mldsa65), message, unb64(vector.public.mldsa65)), "the context counts");
});

const file = readFileSync(new URL("keyfile.json", import.meta.url), "utf8");

test("a key file opens with its passphrase and with no other", async () => {
  const key = await unlock(read(file), "correct horse");

  assert.deepEqual(publicHalf(key), JSON.parse(file).public);
  await assert.rejects(unlock(read(file), "correct horse "), (e) => e instanceof KeyTrouble && e.code === "key.passphrase");
});

test("a key file that is not one is refused, and so is one whose halves do not belong together", async () => {
  const plain = JSON.parse(file);
  for (const bad of ["", "[]", "{}", JSON.stringify({ ...plain, v: 2 }), JSON.stringify({ ...plain, box: `${plain.box}=` })])
    assert.throws(() => read(bad), (e) => e instanceof KeyTrouble && e.code === "key.file");
  const swapped = { ...plain, public: { ...plain.public, ed25519: b64(new Uint8Array(32).fill(7)) } };
  await assert.rejects(unlock(read(JSON.stringify(swapped)), "correct horse"), (e) => e instanceof KeyTrouble);
});

test("base64 has one spelling", () => {
  for (const bad of ["AA", "AB==", "A===", "AA==\n", "-_==", 7]) assert.throws(() => unb64(bad));
  assert.deepEqual([...unb64("AAEC")], [0, 1, 2]);
});

interface Row { kind: string; body: string }
const several = JSON.parse(readFileSync(new URL("../../spec/vectors/feed/sheet.json", import.meta.url), "utf8"));
const items = (several.items as Row[]).map((one) => ({ kind: one.kind, body: utf8(one.body) }));
const places: string[] = several.cases[0].signatures.map((one: { sheet: string }) => one.sheet);

test("what one touch signs is listed as the vector says, and each is found at its own place alone", () => {
  const made = listed(items);
  assert.equal(Buffer.from(made.words).toString(), several.words);
  assert.deepEqual(made.places, places);
  for (const [at, item] of items.entries())
    for (const [other, place] of places.entries()) assert.equal(String(wordsAt(place, item)) === String(utf8(several.words)), at === other);
});

test("one alone is no sheet, and neither are sixty-five", () => {
  for (const count of [0, 1, 65]) assert.throws(() => listed(Array.from({ length: count }, () => items[0]!)));
  assert.equal(wordsAt(b64(Uint8Array.of(0, 1)), items[0]!), null);
  assert.equal(wordsAt("", items[0]!), null);
});
