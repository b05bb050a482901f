// Sentences with their gaps filled. A gap that counts lists the forms of the language in the order of FORMS, `#` being the
// number: "{count:# plan|# plans}". The node fills its own in the same way (picture/catalogues/plurals.py).
export const FORMS: Readonly<Record<string, readonly Intl.LDMLPluralRule[]>> = {
  en: ["one", "other"],
  ru: ["one", "few", "many"],
  ar: ["zero", "one", "two", "few", "many", "other"],
};
const THOUSANDS: Readonly<Record<string, string>> = { en: ",", ru: "\u00a0", ar: "" };
const GAP = /\{(\w+)(?::([^}]*))?\}/g;
const rules = new Map<string, Intl.PluralRules>();

/** What a whole number counts as. */
export function category(language: string, value: number): Intl.LDMLPluralRule {
  let found = rules.get(language);
  if (!found) rules.set(language, (found = new Intl.PluralRules(language)));
  return found.select(value);
}

/** A whole figure in threes, as the node tells it: in Russian a comma would make 1,500 m one and a half. */
export const figure = (language: string, value: number): string =>
  Number.isInteger(value) ? String(value).replace(/\B(?=(\d{3})+$)/g, THOUSANDS[language] ?? "") : String(value);

/** What stands in a gap between words from the right keeps its own direction and order (UAX #9, isolates). */
const kept = (language: string, text: string): string => (language === "ar" && text ? `\u2068${text}\u2069` : text);

export function filled(language: string, sentence: string, gaps: Readonly<Record<string, string | number>>): string {
  return sentence.replace(GAP, (whole, name: string, forms: string | undefined) => {
    const value = gaps[name];
    if (value === undefined) return whole;
    const told = typeof value === "number" ? figure(language, value) : value;
    if (forms === undefined) return kept(language, told);
    const at = (FORMS[language] ?? []).indexOf(category(language, Number(value)));
    return (forms.split("|")[at] ?? whole).replace("#", kept(language, told));
  });
}
