// What follows from a disclosure, and what does not: spec/disclosure.md DISC-14 to DISC-20 and its table of sentences. Each
// is [about, code]; the words are the reader's own.
import { cosignerKey, stated } from "./log.mjs";
import { exactly, hex, sha256, unbase64 } from "./spelling.mjs";
import { Staff } from "./staff.mjs";

const NEVER = ["never.true", "never.first", "never.read", "never.valid", "never.relieved"];

/** Returns {proved, flaw, not_proved}, each a list of [about, code]. */
export function told(file) {
  const report = { proved: [], flaw: [], not_proved: [] };
  const say = (sort, about, code) => report[sort].push([about, code]);
  trust(file, say);
  for (const feed of file.feeds) {
    head(feed, file, say);
    order(feed, say);
    const staff = staffOf(feed, file, say);
    if (feed.epoch > 1) opened(feed, file, say);
    for (const entry of feed.entries) entryOf(feed, entry, file, staff, say);
  }
  for (const code of NEVER) say("not_proved", "", code);
  return report;
}

export const called = (feed) => (feed.epoch === 1 ? feed.party : `${feed.party}/${feed.epoch}`);
const place = (feed, entry) => `${called(feed)} ${entry.seq}`;

// -- epochs: DISC-43 --------------------------------------------------------------------------------------------------

/** The feed that a later epoch goes on from, and how many of its entries, when the root is shown to have said so. */
function base(feed, file) {
  const [entry] = feed.entries;
  const statement = entry?.seq === 0 && feed.epoch > 1 ? entry.act?.statement : null;
  if (statement?.verb !== "epoch.open" || statement.signer?.office !== "root") return null;
  const { body } = statement;
  const reasons = ["fork", "key_lost", "restored"];
  if (!exactly(body, ["previous", "size", "root", "reason"]) || !reasons.includes(body.reason)) return null;
  const before = file.feeds.find((one) => one.origin === body.previous);
  const agreement = file.agreements.get(statement.agreement);
  if (!before || !agreement || before.party !== feed.party || before.epoch >= feed.epoch) return null;
  const own = entry.act.seen.filter(([origin]) => origin.split("/")[0] === feed.party);
  if (own.length !== 1 || own[0].join() !== [body.previous, body.size, body.root].join()) return null;
  const cited = before.cited.find((one) => one.size === body.size);
  if (!cited || hex(cited.root) !== body.root) return null;
  const heard = [];
  new Staff(feed, file, (sort, _, code) => heard.push(`${sort} ${code}`)).hear(entry, agreement, "");
  return heard.join() === "proved act.signed" ? { before, size: body.size } : null;
}

function staffOf(feed, file, say) {
  const found = base(feed, file);
  const staff = found ? staffOf(found.before, file, () => {}) : new Staff(feed, file, say);
  if (!found) return staff;
  for (const entry of found.before.entries) {
    const agreement = file.agreements.get(entry.act?.statement.agreement);
    if (entry.seq < found.size && agreement) staff.hear(entry, agreement, "");
  }
  staff.signed = [];
  staff.say = say;
  return staff;
}

function opened(feed, file, say) {
  const found = base(feed, file);
  say(found ? "proved" : "not_proved", called(feed), found ? "epoch.opened" : "epoch.unshown");
}

function trust({ agreements, parties, known }, say) {
  say(known ? "proved" : "not_proved", "", "trust.agreement");
  say("proved", "", "trust.roots");
  for (const { cards, roots } of parties.values()) {
    for (let at = 1; at < roots.length; at += 1) say("proved", "", "trust.followed");
    if (cards.length > 1) {
      say("proved", "", "trust.cards");
      say("not_proved", "", "trust.since");
    }
  }
  if (agreements.size > 1) say("not_proved", "", "trust.successor");
}

// -- heads ------------------------------------------------------------------------------------------------------------

function head(feed, file, say) {
  const about = called(feed);
  const { times, own, strangers, size } = feed.head;
  if (feed.forks.length) say("flaw", about, "feed.forked");
  say("proved", about, "head.signed");
  const others = [...times.keys()].filter((key) => !own.includes(key));
  for (const key of own) if (times.get(key) !== null) say("proved", about, "head.time");
  const witnesses = file.cosigners.filter((one) => one.who === "").map((one) => one.key);
  for (const key of others) say("proved", about, witnesses.includes(key) ? "head.witnessed" : "head.cosigned");
  const most = acknowledged(feed, file, say);
  if (others.length === 0 && BigInt(most) < size) say("not_proved", about, "head.alone");
  if (strangers) say("not_proved", about, "head.unknown");
  for (const run of runs(feed.entries.map((one) => one.seq))) if (run > 1) say("proved", about, "entries.all");
  if (BigInt(feed.entries.length) < size) say("not_proved", about, "entries.chosen");
}

/** Lengths of rows of neighbours. */
function runs(seqs) {
  const found = [];
  seqs.forEach((seq, at) => {
    if (at > 0 && seqs[at - 1] === seq - 1) found[found.length - 1] += 1;
    else found.push(1);
  });
  return found;
}

/** JOINT-101: cosignatures of earlier heads in others' acknowledgements. Returns the size of the largest. */
function acknowledged(feed, file, say) {
  let most = 0;
  const said = new Set();
  for (const other of file.feeds.filter((one) => one.party !== feed.party)) {
    const keys = file.parties.get(other.party).cards.filter((one) => one.keys.cosigner).map((one) => cosignerKey(other.party, one.keys));
    for (const entry of other.entries) {
      const statement = entry.act?.statement;
      const held = statement?.verb === "record.acknowledge" && Array.isArray(statement.body.held) ? statement.body.held : [];
      for (const row of held) {
        if (!Array.isArray(row) || row.length !== 3 || row[0] !== feed.origin || !Number.isSafeInteger(row[1])) continue;
        if (typeof row[2] !== "string" || !row[2]) continue;
        const cited = feed.cited.find((one) => one.size === row[1]);
        if (!cited || said.has(`${other.party} ${row[1]}`)) continue;
        const words = `${feed.origin}\n${row[1]}\n${Buffer.from(cited.root).toString("base64")}\n`;
        if (keys.some((key) => holds(() => stated(key, unbase64(row[2]), { words })))) {
          said.add(`${other.party} ${row[1]}`);
          most = Math.max(most, row[1]);
          say("proved", called(feed), "head.cosigned");
        } else say("flaw", place(other, entry), "cosignature.false");
      }
    }
  }
  return most;
}

function holds(check) {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

// -- entries ----------------------------------------------------------------------------------------------------------

const milliseconds = (at) => Date.parse(at);

/** DISC-18. */
function order(feed, say) {
  feed.entries.slice(1).forEach((after, n) => {
    const before = feed.entries[n];
    const acts = before.act && after.act && milliseconds(after.act.at) < milliseconds(before.act.at);
    if (after.leaf.t < before.leaf.t || acts) say("flaw", place(feed, after), "time.back");
  });
}

function entryOf(feed, entry, file, staff, say) {
  const about = place(feed, entry);
  say("proved", about, "entry.held");
  for (const other of file.feeds.filter((one) => one.party !== feed.party)) {
    if (other.entries.some((one) => one.act && covers(one.act, feed, entry.seq))) say("proved", about, "time.by");
  }
  if (entry.act) acted(feed, entry, file, staff, about, say);
  else say("not_proved", about, entry.parts[0]?.index === 0 ? "act.unreadable" : "act.closed");
  parts(entry, about, say);
}

/** DISC-16. */
function covers(act, feed, seq) {
  return act.seen.some(([origin, size, root]) => {
    const cited = origin === feed.origin && size > seq && feed.cited.find((one) => one.size === size);
    return cited && hex(cited.root) === root;
  });
}

function acted(feed, entry, file, staff, about, say) {
  const { act } = entry;
  const { statement } = act;
  say("proved", about, "act.said");
  const agreement = file.agreements.get(statement.agreement);
  if (!agreement) {
    say("flaw", about, "act.agreement");
    return;
  }
  const [first] = file.agreements.values();
  const cadence = first.times?.cadence_s ?? 60;
  const seconds = Math.floor(milliseconds(act.at) / 1000);
  if (entry.leaf.t !== seconds - (((seconds % cadence) + cadence) % cadence)) say("flaw", about, "time.leaf");
  const named = statement.verb === "agreement.sign" && exactly(statement.body, ["digest"]) && statement.body.digest;
  if (staff.hear(entry, agreement, about) && file.agreements.has(named)) say("proved", about, "agreement.signed");
  cites(act, file, seconds, about, say);
}

/** DISC-17: what the node cites and what the signer had seen, each head once. */
function cites(act, file, seconds, about, say) {
  const heads = new Map([...act.seen, ...(act.statement.signer?.seen ?? [])].map((one) => [one.join(), one]));
  for (const [origin, size, root] of heads.values()) {
    const cited = file.feeds.find((one) => one.origin === origin)?.cited.find((one) => one.size === size);
    if (!cited) continue;
    if (hex(cited.root) !== root) {
      say("flaw", about, "cites.other");
      continue;
    }
    say("proved", about, "time.after");
    if (seconds < cited.last.t) say("flaw", about, "time.before_cited");
  }
}

/** DISC-12, DISC-19. */
function parts(entry, about, say) {
  const opened = entry.parts.filter((part) => part.index > 0);
  for (const _ of opened) say("proved", about, "part.opened");
  const signer = entry.act?.statement.signer;
  if (signer) {
    const shown = entry.parts.find((part) => part.name === "shown");
    if (!shown) say("not_proved", about, "shown.closed");
    else if (sha256(shown.data) === signer.shown) say("proved", about, "shown.text");
    else say("flaw", about, "shown.other");
  }
  if (entry.act) {
    if (opened.length < entry.act.statement.details.length) say("not_proved", about, "part.closed");
  } else if (entry.commitments.length) say("proved", about, "parts.bound");
}
