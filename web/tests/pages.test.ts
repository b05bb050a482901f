// Several feeds as one list: whatever is fetched in whatever pages, the list grows at its end alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { listed, next, type Fetched, type Placed } from "../src/record/pages.ts";

interface Said extends Placed { party: string }

/** Seeded, so that a failure can be had again. */
function dice(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

const at = (seconds: number, roll: number): string => new Date(1_800_000_000_000 + seconds * 1000 + roll).toISOString();

/** Feeds whose clocks run forward mostly, and agree to the second at times. */
function feeds(roll: (most: number) => number): Map<string, Said[]> {
  return new Map(["a", "b", "c"].map((party) => {
    let clock = roll(500);
    return [party, Array.from({ length: roll(40) }, (_, seq) => ({ party, seq, at: at((clock += roll(30) - 3), roll(2) * roll(1000)) }))];
  }));
}

function fetched(all: Map<string, Said[]>, one: Fetched<Said>, page: number): Fetched<Said> {
  const before = one.entries.at(-1)?.seq ?? Infinity;
  const rest = all.get(one.party)!.filter((each) => each.seq < before);
  return { party: one.party, entries: [...one.entries, ...rest.slice(-page).reverse()], older: rest.length > page };
}

test("older entries come behind those listed, each once, every feed in its own order", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const roll = dice(seed);
    const all = feeds(roll);
    let held: Fetched<Said>[] = [...all.keys()].map((party) => ({ party, entries: [], older: true }));
    let before: Said[] = [];
    for (let steps = 0; next(held).length; steps++) {
      assert.ok(steps < 200, `seed ${seed}: paging comes to an end`);
      const asked = next(held);
      held = held.map((one) => (asked.includes(one) ? fetched(all, one, 1 + roll(6)) : one));
      const now = listed(held);
      assert.deepEqual(now.slice(0, before.length), before, `seed ${seed}: nothing slips in between`);
      before = now;
    }
    const total = [...all.values()].reduce((sum, one) => sum + one.length, 0);
    assert.deepEqual([new Set(before).size, before.length], [total, total], `seed ${seed}`);
    for (const party of all.keys()) assert.deepEqual(before.filter((one) => one.party === party), all.get(party)!.toReversed(), `seed ${seed}`);
  }
});

test("between feeds the newer comes first by the moment, not by how it is spelt", () => {
  const one = (party: string, when: string): Fetched<Said> => ({ party, entries: [{ party, seq: 0, at: when }], older: false });
  const both = [one("a", "2026-12-01T06:00:10Z"), one("b", "2026-12-01T06:00:10.500Z")];
  assert.deepEqual(listed(both).map((each) => each.party), ["b", "a"]);
});

test("a feed that is far behind holds the list back no further than to what has been fetched of it", () => {
  const long: Fetched<Said> = { party: "a", entries: [1, 2].map((seq) => ({ party: "a", seq: 10 - seq, at: at(100 - seq, 0) })), older: true };
  const short: Fetched<Said> = { party: "b", entries: [{ party: "b", seq: 0, at: at(5, 0) }], older: false };
  assert.deepEqual(listed([long, short]).map((each) => each.seq), [9]);
  assert.deepEqual(next([long, short]).map((each) => each.party), ["a"]);
  assert.deepEqual(listed([{ ...long, older: false }, short]).map((each) => each.party), ["a", "a", "b"]);
});
