// Several feeds as one list, newest first, fetched page by page. Only its feed's order is proven of an entry; between
// feeds its author's clock has to do. What is shown reaches back only as far as every feed has been fetched, so that
// nothing older slips in between later.

/** What paging asks of an entry. */
export interface Placed {
  seq: number;
  at: string;
}

/** What was fetched of one party's feed, newest first, and whether it holds older entries. */
export interface Fetched<E extends Placed> {
  party: string;
  entries: readonly E[];
  older: boolean;
}

/** The times by which a feed's entries are listed [ms]: their own, but none later than a newer entry's, so that a feed stays in its order. */
function times(entries: readonly Placed[]): number[] {
  let last = Infinity;
  return entries.map((one) => (last = Math.min(last, Date.parse(one.at))));
}

const end = (one: Fetched<Placed>): number => times(one.entries).at(-1) ?? Infinity;

/** Until which time something may be missing: of that moment itself a feed may hold more than was fetched. */
const horizon = (feeds: readonly Fetched<Placed>[]): number => Math.max(-Infinity, ...feeds.filter((one) => one.older).map(end));

/** Return what can be listed, newest first. */
export function listed<E extends Placed>(feeds: readonly Fetched<E>[]): E[] {
  const missing = horizon(feeds);
  const timed = feeds.flatMap(({ entries }) => {
    const each = times(entries);
    return entries.map((entry, at) => ({ entry, time: each[at] ?? 0 }));
  });
  // A stable sort: entries of one time stay in their feed's order.
  return timed.filter(({ time }) => time > missing).sort((a, b) => b.time - a.time).map(({ entry }) => entry);
}

/** Return the feeds whose older entries come next; none when all has been fetched. */
export function next<E extends Placed>(feeds: readonly Fetched<E>[]): Fetched<E>[] {
  return feeds.filter((one) => one.older && end(one) === horizon(feeds));
}
