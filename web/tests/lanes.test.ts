// The timeline's rows and links, and that what is out of sight is not made.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inSight, ROW, rows, ties, troubles } from "../src/map/lanes.ts";

const HOUR = 3_600_000;
const at = (hour: number): string => new Date(hour * HOUR).toISOString();
const operation = (name: string, from: number, to: number, links: object[] = []) =>
  ({ agreement: "a", links, row: { subject: `operation/${name}`, owner: name.split("/")[0], start: at(from), end: at(to), phase: "planned" } }) as never;

test("five thousand rows make no more elements than fit the window", () => {
  const [first, last] = inSight(5000, 40_000, 220);
  assert.ok(first <= 40_000 / ROW && last >= (40_000 + 220) / ROW);
  assert.ok(last - first < 30);
  assert.deepEqual(inSight(3, 0, 220), [0, 3]);
});

test("rows are those of the stretch shown, by party", () => {
  const found = rows([operation("n/a", 0, 1), operation("n/b", 5, 6), operation("s/c", 0, 9)], ["s", "n"], [0, 2 * HOUR]);
  assert.deepEqual(found.map((row) => (row.kind === "party" ? row.party : row.one.row.subject)), ["s", "operation/s/c", "n", "operation/n/a"]);
});

test("a timing link goes from the earlier end to the later start, and says whether it is kept", () => {
  const link = (kind: string, seconds: number) => [{ kind, other: "operation/n/a", seconds }];
  const tie = (from: number, to: number, kind: string, seconds: number) =>
    ties(rows([operation("n/a", 2, 3), operation("n/b", from, to, link(kind, seconds))], ["n"], [0, 9 * HOUR]), [0, 9])[0];
  assert.deepEqual(tie(4, 5, "not_before_end", 1800), { from: { row: 1, time: 3 * HOUR }, to: { row: 2, time: 4 * HOUR }, kind: "not_before_end", kept: true });
  assert.equal(tie(3, 5, "not_before_end", 1800)?.kept, false);
  assert.equal(tie(0, 1, "not_before_end", 0)?.kept, false);
  assert.deepEqual(tie(0, 1, "apart_at_least", 1800), { from: { row: 2, time: HOUR }, to: { row: 1, time: 2 * HOUR }, kind: "apart_at_least", kept: true });
});

test("a link to what is not shown, and one with both ends out of sight, is not drawn", () => {
  const linked = operation("n/b", 4, 5, [{ kind: "not_before_end", other: "operation/n/gone", seconds: 0 }]);
  assert.deepEqual(ties(rows([linked], ["n"], [0, 9 * HOUR]), [0, 9]), []);
  const both = [operation("n/a", 2, 3), operation("n/b", 4, 5, [{ kind: "not_before_end", other: "operation/n/a", seconds: 0 }])];
  assert.deepEqual(ties(rows(both, ["n"], [0, 9 * HOUR]), [10, 20]), []);
});

test("findings stand at both their operations, a few at each", () => {
  const one = (other: string) => ({ plan: "operation/n/a", other, start: at(1) }) as never;
  const found = troubles([one("operation/s/b"), one("sites/s/x/1"), ...Array.from({ length: 9 }, () => one("operation/s/c"))]);
  assert.deepEqual(found.get("operation/s/b"), [HOUR]);
  assert.equal(found.get("operation/n/a")?.length, 4);
  assert.equal(found.has("sites/s/x/1"), false);
});
