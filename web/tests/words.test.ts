// One set of keys: every catalogue has exactly those of the English one, with the same gaps, and the page uses each.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ar } from "../src/words/ar.ts";
import { en } from "../src/words/en.ts";
import { ru } from "../src/words/ru.ts";

const gaps = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([gap]) => gap).sort();
const source = (readdirSync(new URL("../src", import.meta.url), { recursive: true }) as string[])
  .filter((name) => /\.(ts|svelte)$/.test(name) && !/words.(en|ru|ar)\.ts$/.test(name))
  .map((name) => readFileSync(new URL(`../src/${name}`, import.meta.url), "utf8"))
  .join("\n");
/** Lists whose keys are made from a node's codes, or from a list in the page. */
const CODED = /^(item|standing|phase|kind|crew|area|category|office|reason|reference|draw|tab|do|step|desk.tab|rung|outcome|outcomes|place|flag|means|changed|field|change|purpose|limit|why|format|dispute|moves|mark|how|vehicle|day|night|guards)\./;

for (const [name, catalogue] of Object.entries({ ru, ar }))
  test(`the catalogue ${name} has the English one's keys, and in each the same gaps`, () => {
    assert.deepEqual(Object.keys(catalogue).sort(), Object.keys(en).sort());
    for (const [key, text] of Object.entries(en)) {
      assert.deepEqual(gaps(catalogue[key as keyof typeof en]), gaps(text), key);
      assert.notEqual(catalogue[key as keyof typeof en].trim(), "", key);
    }
  });

test("every key is used, and every key that is used is there", () => {
  const idle = Object.keys(en).filter((key) => !CODED.test(key) && !source.includes(`"${key}"`));
  assert.deepEqual(idle, []);
  const used = [...source.matchAll(/\bt\("([\w.]+)"/g)].map(([, key]) => key ?? "");
  assert.deepEqual(used.filter((key) => !(key in en)), []);
});

test("no word of what this never does", () => {
  for (const text of Object.values(en)) assert.doesNotMatch(text, /\b(cleared?|approv\w+|target\w*|authoris\w+)\b(?! nothing)/i);
});
