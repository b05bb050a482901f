// Positions in three spellings: read back, they are where they were; what is no position is none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decimal, dms, mgrs, position, type Point } from "../src/map/where.ts";

const PLACES: [Point, string][] = [
  [[35.93, 31.95], "36R YV 7698 3932"],
  [[-70.5, -33.4], "19H CD 6057 0283"],
  [[0, 0], "31N AA 6602 0000"],
];

test("each spelling is read back to within its last digit", () => {
  for (const [at] of PLACES)
    for (const [spell, within] of [[decimal, 1e-4], [dms, 1 / 3600], [mgrs, 2e-4]] as const) {
      const found = position(spell(at));
      assert.ok(found, spell(at));
      assert.ok(Math.abs(found[0] - at[0]) <= within && Math.abs(found[1] - at[1]) <= within, `${spell(at)} → ${found}`);
    }
});

test("latitude comes first, and what is no position is none", () => {
  assert.deepEqual(position("31.95, 35.93"), [35.93, 31.95]);
  assert.deepEqual(position("31 57 00 N 35 55 48 E"), [35 + 55 / 60 + 48 / 3600, 31.95]);
  for (const text of ["", "OJAI", "91 0", "0 181", "31.95", "12 abc", "36R IO 1 2", "99X AA 11 11"]) assert.equal(position(text), null, text);
});
