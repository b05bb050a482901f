// What the page verifies by itself, against the vector of disclosures that the node's own code made and strangers read.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { rootOf, leafHash } from "../src/record/merkle.ts";
import { stands, verify, type Step } from "../src/record/proof.ts";
import { same, unb64, utf8 } from "../src/signing/bytes.ts";

const vector = JSON.parse(readFileSync(new URL("../../spec/vectors/disclosure/two-parties.json", import.meta.url), "utf8"));
const file = JSON.parse(vector.disclosure);
const entries = file.feeds.flatMap((feed: { origin: string; entries: { seq: number }[] }) => feed.entries.map((one) => [feed.origin, one.seq] as const));
const run = (data: string, origin: string, seq: number, known = vector.agreement): Step[] => verify(utf8(data), origin, seq, known);
const broken = (steps: Step[]): string[] => steps.filter((one) => one.holds === false).map((one) => one.name);

test("every entry of the vector verifies, each step of it", () => {
  assert.ok(entries.length > 5);
  for (const [origin, seq] of entries) {
    const steps = run(vector.disclosure, origin, seq);
    assert.deepEqual(broken(steps), [], `${origin} ${seq}`);
    for (const name of ["agreement", "card", "leaf", "path", "head"]) assert.equal(steps.find((one) => one.name === name)?.holds, true, `${name} of ${origin} ${seq}`);
  }
  assert.ok(entries.some(([origin, seq]: readonly [string, number]) => run(vector.disclosure, origin, seq).some((one) => one.name === "person" && one.holds)));
});

test("a file that leaves out what an entry rests on breaks nothing, and shows nothing", () => {
  const [origin, seq] = entries[0];
  assert.equal(stands(run(vector.disclosure, origin, seq)), true);
  const steps = run(JSON.stringify({ ...file, cards: [] }), origin, seq);
  assert.deepEqual(broken(steps), []);
  assert.equal(stands(steps), false);
  assert.equal(stands(run(vector.disclosure, origin, seq, "0".repeat(64))), false);
});

test("another agreement than the known one is named before anything else", () => {
  const [origin, seq] = entries[0];
  assert.deepEqual(run(vector.disclosure, origin, seq, "0".repeat(64)).map((one) => [one.name, one.holds]), [["agreement", false]]);
});

test("a changed byte of what an entry rests on breaks a step", () => {
  const [origin, seq] = entries.find(([, at]: readonly [string, number]) => at > 2);
  const turned = (text: string): string => {
    const data = unb64(text);
    data[Math.floor(data.length / 2)]! ^= 1;
    return Buffer.from(data).toString("base64");
  };
  const whole = () => JSON.parse(vector.disclosure);
  const at = (plain: typeof file) => plain.feeds.find((one: { origin: string }) => one.origin === origin);
  const own = (plain: typeof file) => at(plain).entries.find((one: { seq: number }) => one.seq === seq);
  const changes: Record<string, (plain: typeof file) => void> = {
    agreement: (plain) => (plain.agreements[0] = turned(plain.agreements[0])),
    leaf: (plain) => (own(plain).leaf = turned(own(plain).leaf)),
    path: (plain) => (own(plain).proof[0] = turned(own(plain).proof[0])),
    head: (plain) => (at(plain).head = turned(at(plain).head)),
    commitment: (plain) => (own(plain).commitments[0] = turned(own(plain).commitments[0])),
    act: (plain) => (own(plain).parts[0].data = turned(own(plain).parts[0].data)),
    salt: (plain) => (own(plain).parts[0].salt = turned(own(plain).parts[0].salt)),
    place: (plain) => (own(plain).seq += 1),
  };
  for (const [name, change] of Object.entries(changes)) {
    const plain = whole();
    change(plain);
    assert.notDeepEqual(broken(run(JSON.stringify(plain), origin, seq)), [], name);
  }
});

test("a path has exactly the length that its place and size ask for", () => {
  const [one, two, three] = ["a", "b", "c"].map((text) => leafHash(utf8(text))) as [Uint8Array, Uint8Array, Uint8Array];
  assert.ok(same(rootOf(0, 1, one, [])!, one));
  const pair = rootOf(0, 2, one, [two])!;
  assert.ok(same(rootOf(1, 2, two, [one])!, pair));
  assert.ok(same(rootOf(2, 3, three, [pair])!, rootOf(0, 3, one, [two, three])!));
  for (const [index, size, path] of [[0, 1, [two]], [0, 2, []], [2, 2, [one]], [2, 3, [pair, two]]] as const)
    assert.equal(rootOf(index, size, one, path), null);
});

const changed = JSON.parse(readFileSync(new URL("../../spec/vectors/disclosure/changed-keys.json", import.meta.url), "utf8"));
const later = JSON.parse(changed.disclosure);
// The cards of a, in order: the first; one with new keys by the same root; one with those keys by the root that followed.
const story = (plain: typeof later, origin: string, seq: number): Step[] => run(JSON.stringify(plain), origin, seq, changed.agreement);
const step = (steps: Step[], name: string): Step | undefined => steps.find((one) => one.name === name);
const less = (...left: number[]): typeof later => ({ ...later, cards: later.cards.filter((_: string, at: number) => !left.includes(at)) });

test("where a root has changed, each entry is followed to it, and what several of its keys signed together", () => {
  const [a] = later.feeds;
  for (const feed of later.feeds)
    for (const { seq } of feed.entries.filter((one: { seq: number }) => feed !== a || [1, 12, 17, 18, 19].includes(one.seq)))
      assert.ok(stands(story(later, feed.origin, seq)), `${feed.origin} ${seq}`);
  const person = (seq: number): Step | undefined => step(story(later, a.origin, seq), "person");
  assert.deepEqual([1, 12, 17, 18].map((seq) => [person(seq)?.holds, person(seq)?.facts.suite]), [[true, "E1"], [true, "E1"], [true, "E1"], [true, "R1"]]);
});

test("a head under keys that only a later root's card names is read, and which root it is now is told", () => {
  const [a] = later.feeds;
  const steps = story(less(1), a.origin, 19);
  assert.ok(stands(steps));
  const { root, now } = step(steps, "card")!.facts;
  const pinned = JSON.parse(Buffer.from(later.agreements[0], "base64").toString()).party.map((one: { root: string }) => one.root);
  assert.deepEqual([pinned.includes(root), pinned.includes(now)], [true, false]);
});

test("where the card with the newest keys is not shown, the head is unread and not called broken", () => {
  const [a] = later.feeds;
  const steps = story(less(1, 2), a.origin, 19);
  assert.deepEqual([broken(steps), step(steps, "path")?.holds, stands(steps)], [[], null, false]);
});

test("a card, a root document or a signature that leads from no pinned root proves nothing of anybody", () => {
  const patched = (patch: Record<string, { order?: number[]; put?: [number, unknown][] }>): typeof later => {
    const plain = JSON.parse(changed.disclosure);
    for (const [key, edit] of Object.entries(patch).filter(([name]) => name !== "feed")) {
      if (edit.order) plain[key] = edit.order.map((at) => plain[key][at]);
      for (const [at, item] of edit.put ?? []) plain[key][at] = item;
    }
    return plain;
  };
  const cases = changed.bad.filter((one: { patch: object }) => !("feed" in one.patch));
  assert.ok(cases.length > 8);
  for (const { why, patch } of cases)
    for (const feed of later.feeds) {
      const steps = story(patched(patch), feed.origin, feed.entries.at(-1).seq);
      const leaves = why === "no card with the new keys" && feed.origin !== later.feeds[0].origin; // they rest on other cards
      assert.equal(stands(steps), leaves, `${why}: ${feed.origin}`);
    }
});

test("one of three that a passkey signed at one touch is verified without the others, and at its own place alone", () => {
  const touched = JSON.parse(readFileSync(new URL("../../spec/vectors/disclosure/one-touch.json", import.meta.url), "utf8"));
  const whole = JSON.parse(touched.disclosure);
  const [feed] = whole.feeds;
  const stop = feed.entries.at(-1);
  const steps = run(touched.disclosure, feed.origin, stop.seq, touched.agreement);
  assert.deepEqual(broken(steps), []);
  const person = steps.find((one) => one.name === "person");
  assert.equal(person?.holds, true);
  assert.equal(person?.facts.suite, "W1");
  const act = JSON.parse(Buffer.from(stop.parts[0].data, "base64").toString());
  assert.equal(unb64(act.signature.sheet).length, 2 + 2 * 32);
  // The act is bound by its leaf, so a changed place breaks more than the signature; what it breaks is told first.
  act.signature.sheet = Buffer.from([1, 2, ...unb64(act.signature.sheet).slice(2)]).toString("base64");
  stop.parts[0].data = Buffer.from(JSON.stringify(act)).toString("base64");
  assert.notDeepEqual(broken(run(JSON.stringify(whole), feed.origin, stop.seq, touched.agreement)), []);
});
