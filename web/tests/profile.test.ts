// Heights along a route, against answers worked out by hand on the equator, where a degree is 111.32 km both ways.
import assert from "node:assert/strict";
import { test } from "node:test";
import { along, hasWay, panels, type Other, type Own } from "../src/map/profile.ts";

const HOUR = 3_600_000;
const band = (lower: string, lower_m: number, upper: string, upper_m: number) => ({ text: `${lower}-${upper}`, lower, lower_m, upper, upper_m });
const square = (x: number, y: number, half: number) => [[[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half], [x - half, y - half]]];
const route: Own = { path: [[0, 0], [1, 0]], reach_m: 1000, rings: [[[-0.01, -0.01], [1.01, -0.01], [1.01, 0.01], [-0.01, 0.01], [-0.01, -0.01]]], band: band("AMSL", 300, "AMSL", 900), start: 0, end: HOUR };
const other = (more: Partial<Other>): Other => ({ key: "x", kind: "operation", label: "Other", code: "south", rings: square(0.5, 0, 0.1), band: band("FL", 1000, "FL", 2000), start: 0, end: HOUR, ...more });

test("what crosses a route is found where it crosses, widened by the route's half width", () => {
  const found = along([route], [other({})], [], "way");
  const [piece] = found?.others[0]?.pieces ?? [];
  const degree = 111_320;
  assert.equal(Math.round(found?.to ?? 0), degree);
  assert.ok(Math.abs((piece?.from ?? 0) - (0.4 * degree - 1000)) < degree / 150, String(piece?.from));
  assert.ok(Math.abs((piece?.to ?? 0) - (0.6 * degree + 1000)) < degree / 150, String(piece?.to));
});

test("what is beside the route, before it or after it does not cross it", () => {
  const none = [other({ rings: square(0.5, 1, 0.1) }), other({ start: HOUR, end: 2 * HOUR }), other({ start: -HOUR, end: 0 })];
  for (const axis of ["way", "time"] as const) assert.deepEqual(along([route], none, [], axis)?.others, []);
});

test("against time, what crosses is shown while both are there", () => {
  const found = along([route], [other({ start: HOUR / 2, end: 3 * HOUR })], [], "time");
  assert.deepEqual(found?.others[0]?.pieces.map(({ from, to }) => [from, to]), [[HOUR / 2, HOUR]]);
});

test("a circle has no way, and is shown against time", () => {
  const circle: Own = { ...route, path: [[0, 0]], rings: square(0, 0, 0.01) };
  assert.equal(hasWay([circle]), false);
  assert.equal(hasWay([route]), true);
  assert.equal(along([circle], [], [], "way")?.axis, "time");
});

test("a finding stands where on the way it is nearest", () => {
  const found = along([route], [], [{ place: [0.25, 0.05], start: null, text: "near" }], "way");
  assert.ok(Math.abs((found?.spots[0]?.at ?? 0) - 0.25 * 111_320) < 700);
});

test("unlike references never share a panel, and what has no heights stands in each", () => {
  const ground = band("AGL", 0, "AMSL", 500);
  const area = other({ kind: "area", label: "Area", band: null });
  const mixed = other({ label: "Mixed", band: band("AMSL", 500, "FL", 3000) });
  const found = along([{ ...route, band: ground }], [other({}), area, mixed], [], "way");
  assert.ok(found);
  const shown = panels(found);
  assert.deepEqual(shown.map(({ reference }) => reference), ["AMSL", "FL"]);
  for (const panel of shown)
    for (const piece of [...panel.own, ...panel.others.flatMap(({ pieces }) => pieces)]) assert.ok(piece.band === null || piece.band.upper === panel.reference);
  const [amsl, fl] = shown;
  assert.deepEqual(amsl?.others.map(({ what }) => what.label), ["Area"]);
  assert.deepEqual(fl?.others.map(({ what }) => what.label), ["Other", "Area", "Mixed"]);
  assert.equal(amsl?.own[0]?.open, false); // the ground is the bottom of what is told by sea level
  assert.equal(fl?.others.find(({ what }) => what.label === "Mixed")?.pieces[0]?.open, true);
  assert.deepEqual(fl?.own, []);
});
