// The reader's language, clock and theme: chosen once, kept by this browser, and read by every component through `t`.
import { ar } from "./ar.ts";
import { en, type Catalogue, type Key } from "./en.ts";
import { filled } from "./plurals.ts";
import { ru } from "./ru.ts";

export type Language = "en" | "ru" | "ar";
export const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en, ru, ar };
export const LANGUAGES: readonly [Language, string][] = [["en", "English"], ["ru", "Русский"], ["ar", "العربية"]];

const kept = <T extends string>(name: string, allowed: readonly T[], otherwise: T): T => {
  const found = globalThis.localStorage?.getItem(`entente.${name}`) as T | null;
  return found !== null && allowed.includes(found) ? found : otherwise;
};
const spoken = (): Language =>
  LANGUAGES.map(([code]) => code).find((code) => globalThis.navigator?.language?.startsWith(code)) ?? "en";

export const prefer = $state({
  language: kept("language", ["en", "ru", "ar"], spoken()),
  clock: kept("clock", ["zulu", "local"], "zulu"),
  theme: kept("theme", ["auto", "light", "dark"], "auto"),
  sound: kept("sound", ["on", "off"], "off"),
  symbols: kept("symbols", ["off", "on"], "off"),
});

/** Keep the choices and put them on the page: direction, language and theme are attributes that the styles read. */
export function apply(): void {
  for (const [name, value] of Object.entries(prefer)) localStorage.setItem(`entente.${name}`, value);
  const root = document.documentElement;
  root.lang = prefer.language;
  root.dir = prefer.language === "ar" ? "rtl" : "ltr";
  root.dataset.theme = isDark() ? "dark" : "light";
}

export const isDark = (): boolean =>
  prefer.theme === "dark" || (prefer.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);

/** A sentence of the catalogue with its gaps filled; a gap may list the forms of what is counted. */
export function t(key: Key, gaps: Readonly<Record<string, string | number>> = {}): string {
  return filled(prefer.language, CATALOGUES[prefer.language][key], gaps);
}

/** The word for a code of a closed list; a code that this version does not know is shown as it is. */
export function word(list: string, code: string): string {
  const found = (CATALOGUES[prefer.language] as Readonly<Record<string, string>>)[`${list}.${code}`];
  return found ?? code.replaceAll("_", " ");
}

/** What stands between items of a list, and between parts of a line. */
export const comma = (): string => (prefer.language === "ar" ? "، " : ", ");
export const semicolon = (): string => (prefer.language === "ar" ? "؛ " : "; ");
