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
