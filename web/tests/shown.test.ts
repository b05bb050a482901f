// What is read is what is signed: a paper's lines are made from its bytes, as `entente.web.desk.papers.told` makes them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Draft } from "../src/api/types.ts";
import { b64, utf8 } from "../src/signing/bytes.ts";
import { matches, told } from "../src/signing/shown.ts";

const MESSAGE = '{"files":[{"bytes":3,"name":"a.pdf"}],"limits":["not_combined"],"v":1}';
const LINES = ["files 1 bytes: 3", "files 1 name: a.pdf", "limits: not_combined", "v: 1"];
const KIND = "application/vnd.entente.package+json";
const papers = (...every: [text: string, kind?: string][]): Draft =>
  ({ statements: every.map(([text, kind = KIND]) => ({ statement: b64(utf8(MESSAGE)), kind, text })) }) as unknown as Draft;

test("a paper is told line by line, as the node tells it", () => assert.deepEqual(told(JSON.parse(MESSAGE)), LINES));

test("a paper whose text is not what its bytes say is not signed", async () => {
  assert.equal(await matches(papers([LINES.join("\n")])), true);
  assert.equal(await matches(papers([LINES.join("\n").replace("a.pdf", "b.pdf")])), false);
  assert.equal(await matches(papers([LINES.slice(1).join("\n")])), false);
});

test("one of several whose text is not its bytes' keeps all from being signed, and nothing is not signed at all", async () => {
  assert.equal(await matches(papers([LINES.join("\n")], [LINES.join("\n")])), true);
  assert.equal(await matches(papers([LINES.join("\n")], [LINES.slice(1).join("\n")])), false);
  assert.equal(await matches(papers()), false);
});

test("a kind that this page does not know is not signed", async () =>
  assert.equal(await matches(papers([LINES.join("\n"), "application/vnd.entente.other+json"])), false));
