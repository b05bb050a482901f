// Times as they are read: date-time groups in Zulu, or the reader's local time. Both run from the left on every page.
import { prefer } from "./words.svelte.ts";

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const two = (n: number): string => String(n).padStart(2, "0");

/** A date-time group: `010600ZDEC26`. Seconds are shown where they are not zero and somebody asked for them. */
export function dtg(at: Date, seconds = false): string {
  const clock = `${two(at.getUTCHours())}${two(at.getUTCMinutes())}${seconds ? two(at.getUTCSeconds()) : ""}`;
  return `${two(at.getUTCDate())}${clock}Z${MONTHS[at.getUTCMonth()]}${two(at.getUTCFullYear() % 100)}`;
}

export function local(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The time in the reader's choice. */
export function when(at: Date | string | null | undefined): string {
  if (!at) return "–";
  const date = typeof at === "string" ? new Date(at) : at;
  return prefer.clock === "zulu" ? dtg(date) : local(date);
}

/** Only the hour and minute, for the marks of a scale. */
export function hour(at: Date): string {
  return prefer.clock === "zulu" ? `${two(at.getUTCHours())}${two(at.getUTCMinutes())}Z` : `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Read a time in Zulu: `010600ZDEC26`, or `2026-12-01 06:00` with or without `T` and `Z`; null when it is none. */
export function instant(text: string): Date | null {
  const plain = text.trim().toUpperCase();
  const group = /^(\d\d)(\d\d)(\d\d)Z([A-Z]{3})(\d\d)$/.exec(plain);
  const spelt = group
    ? `20${group[5]}-${two(MONTHS.indexOf(group[4] ?? "") + 1)}-${group[1]}T${group[2]}:${group[3]}:00`
    : plain.replace(" ", "T").replace(/Z$/, "").replace(/T(\d\d:\d\d)$/, "T$1:00");
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(spelt)) return null;
  const at = new Date(`${spelt}Z`);
  // A date that the calendar lacks would come back as another one.
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(spelt) ? at : null;
}
