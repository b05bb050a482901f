// The timeline's rows, links and findings, as numbers. Rows are made for all; a page makes elements only for those in
// sight (`inSight`), so that five thousand operations cost no more to look at than fifty.
import type { Finding, Operation } from "../api/types.ts";

export const ROW = 22;
const SPARE = 6; // rows above and below what is in sight, so that a quick turn of the wheel meets no gap

export type Row =
  | { kind: "party"; party: string; count: number }
  | { kind: "operation"; one: Operation; start: number; end: number };

/** What has to do with a stretch of time, by party and by start. */
export function rows(operations: readonly Operation[], parties: readonly string[], [from, to]: readonly [number, number]): Row[] {
  const by = new Map<string, Row[]>(parties.map((id) => [id, []]));
  for (const one of operations) {
    const [start, end] = [Date.parse(one.row.start), Date.parse(one.row.end)];
    if (one.row.phase !== "withdrawn" && end >= from && start <= to) by.get(one.row.owner)?.push({ kind: "operation", one, start, end });
  }
  return [...by].flatMap(([party, list]): Row[] => (list.length ? [{ kind: "party", party, count: list.length }, ...list] : []));
}

/** The rows in sight of a window, from one to before another. */
export function inSight(count: number, top: number, height: number): [number, number] {
  const first = Math.max(0, Math.floor(top / ROW) - SPARE);
  return [first, Math.min(count, Math.ceil((top + height) / ROW) + SPARE)];
}

export interface Tie {
  from: { row: number; time: number };
  to: { row: number; time: number };
  kind: string;
  kept: boolean;
}

const name = (agreement: string, subject: string): string => `${agreement} ${subject}`;

/** Timing links with at least one end among some rows; both ends have a row. */
export function ties(all: readonly Row[], [first, last]: readonly [number, number]): Tie[] {
  const at = new Map(all.flatMap((row, i) => (row.kind === "operation" ? [[name(row.one.agreement, row.one.row.subject), i] as const] : [])));
  return all.flatMap((row, i) =>
    row.kind !== "operation" ? [] : row.one.links.flatMap((link): Tie[] => {
      const j = at.get(name(row.one.agreement, link.other));
      const other = j === undefined ? undefined : all[j];
      if (j === undefined || other?.kind !== "operation" || (Math.max(i, j) < first || Math.min(i, j) >= last)) return [];
      const wait = link.seconds * 1000;
      const after = row.start - other.end >= wait;
      const before = link.kind === "apart_at_least" && other.start - row.end >= wait;
      const later = row.start >= other.start; // the line goes from whoever is first to whoever is later
      return [{
        from: later ? { row: j, time: other.end } : { row: i, time: row.end },
        to: later ? { row: i, time: row.start } : { row: j, time: other.start },
        kind: link.kind, kept: after || before,
      }];
    }),
  );
}

const MOST_MARKS = 4;

/** When each operation's findings begin, by its subject; a few each, since marks upon marks tell nothing. */
export function troubles(findings: readonly Finding[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const one of findings)
    for (const subject of new Set([one.plan, one.other])) {
      const held = found.get(subject) ?? [];
      if (subject.startsWith("operation/") && held.length < MOST_MARKS) found.set(subject, [...held, one.start ? Date.parse(one.start) : NaN]);
    }
  return found;
}
