// One set of keys: every catalogue has exactly those of the English one, with the same gaps, and the page uses each.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ar } from "../src/words/ar.ts";
import { category, filled, FORMS } from "../src/words/plurals.ts";
import { en } from "../src/words/en.ts";
import { ru } from "../src/words/ru.ts";

const GAP = /\{(\w+)(?::([^}]*))?\}/g;
const gaps = (text: string): string[] => [...new Set([...text.matchAll(GAP)].map(([, name]) => name ?? ""))].sort();
const source = (readdirSync(new URL("../src", import.meta.url), { recursive: true }) as string[])
  .filter((name) => /\.(ts|svelte)$/.test(name) && !/words.(en|ru|ar)\.ts$/.test(name))
  .map((name) => readFileSync(new URL(`../src/${name}`, import.meta.url), "utf8"))
  .join("\n");
/** Lists whose keys are made from a node's codes, or from a list in the page. */
const CODED = /^(item|standing|phase|kind|crew|area|category|office|reason|reference|draw|tab|do|step|desk.tab|rung|outcome|outcomes|place|flag|means|changed|field|change|purpose|limit|why|format|dispute|moves|mark|how|vehicle|day|night|guards|release|left|status|method|tongue)\./;

for (const [name, catalogue] of Object.entries({ ru, ar }))
  test(`the catalogue ${name} has the English one's keys, and in each the same gaps`, () => {
    assert.deepEqual(Object.keys(catalogue).sort(), Object.keys(en).sort());
    for (const [key, text] of Object.entries(en)) {
      assert.deepEqual(gaps(catalogue[key as keyof typeof en]), gaps(text), key);
      assert.notEqual(catalogue[key as keyof typeof en].trim(), "", key);
    }
  });

for (const [name, catalogue] of Object.entries({ en, ru, ar }))
  test(`a sentence of ${name} that counts has every form of its language`, () => {
    for (const [key, text] of Object.entries(catalogue))
      for (const [, , forms] of text.matchAll(GAP)) if (forms) assert.equal(forms.split("|").length, FORMS[name]?.length, key);
  });

// The same examples as tests/picture/test_retelling.py: the browser and the node count alike.
const PLURALS: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  en: { one: [1], other: [0, 2, 5, 11, 21, 101] },
  ru: { one: [1, 21, 101, 1001], few: [2, 3, 4, 22, 104], many: [0, 5, 11, 12, 14, 20, 111, 112, 1000] },
  ar: { zero: [0], one: [1], two: [2], few: [3, 10, 103, 1010], many: [11, 26, 99, 111, 1999], other: [100, 101, 102, 200, 1000] },
};

test("a number counts as the language has it, and takes its form", () => {
  for (const [language, classes] of Object.entries(PLURALS))
    for (const [wanted, numbers] of Object.entries(classes)) for (const one of numbers) assert.equal(category(language, one), wanted, `${language} ${one}`);
  assert.equal(filled("ru", "{n:# план|# плана|# планов}", { n: 1203 }), "1\u00a0203 плана");
  assert.equal(filled("ar", "{n:لا شيء|واحد|اثنان|# أشياء|# شيئاً|# شيء}", { n: 2 }), "اثنان");
  assert.equal(filled("ar", "حتى {t}", { t: "010600ZDEC26" }), "حتى \u2068010600ZDEC26\u2069");
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
