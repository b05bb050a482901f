// What this page holds of the node: one picture, replaced whole when the stream of news says that something changed.
// Nothing here decides anything: what may be said stands in `session.agreements[].may`, and the node judges it again.
import { api, Trouble } from "./api/client.ts";
import { follow, type Stream } from "./api/stream.ts";
import type { Agreement, Findings, Inbox, Item, Links, Operation, Picture, Session } from "./api/types.ts";
import { alarm } from "./sound.ts";
import { prefer } from "./words/words.svelte.ts";

export interface Selection {
  kind: "operation" | "area" | "site" | "item";
  agreement: string;
  subject: string;
}

const SETTLE_MS = 60; // several entries of one exchange come together; the picture is fetched once for all of them

class Centre {
  session = $state<Session | null>(null);
  ended = $state(false);
  picture = $state.raw<Picture | null>(null);
  findings = $state.raw<Findings | null>(null);
  inbox = $state.raw<Inbox | null>(null);
  links = $state.raw<Links | null>(null);
  selected = $state<Selection | null>(null);
  /** Which page of the centre is open; what of the desk is open stands with it, as `#desk/coverage`. */
  page = $state<"situation" | "desk">("situation");
  desk = $state<{ tab: string; subject: string }>({ tab: "", subject: "" });
  /** The line of the inbox that was opened last, for what is no operation. */
  item = $state.raw<Item | null>(null);
  /** The moment that map and timeline show; null is now, and goes on with the clock. */
  moment = $state<Date | null>(null);
  lostSince = $state<Date | null>(null);
  /** The node's time less this machine's [ms]: exercises run on a clock of their own. */
  shift = $state(0);
  tick = $state(Date.now());
  /** Grows with every new picture, so that an open item knows to look again. */
  round = $state(0);
  trouble = $state("");

  #stream: Stream | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heard = new Set<string>();

  now = $derived(new Date(this.tick + this.shift));
  shown = $derived(this.moment ?? this.now);
  /** Who flies first, then by name: the same order, and so the same colours, at every party's page. */
  parties = $derived.by((): string[] => {
    const known = new Map((this.session?.agreements ?? []).flatMap((one) => one.parties).map((p) => [p.id, p.flies] as const));
    return [...known].sort(([a, x], [b, y]) => Number(y) - Number(x) || (a < b ? -1 : 1)).map(([id]) => id);
  });

  begin(session: Session): void {
    this.session = session;
    this.ended = false;
    this.shift = Date.parse(session.now) - Date.now();
    setInterval(() => (this.tick = Date.now()), 1000);
    this.#stream = follow({ news: () => this.changed(), alive: (yes) => this.#alive(yes), time: (now) => (this.shift = Date.parse(now) - Date.now()), ended: () => this.end() });
    void this.refresh();
  }

  changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), SETTLE_MS);
  }

  async refresh(): Promise<void> {
    const spoken = prefer.language; // what was asked in another language comes too late to be shown
    try {
      const [session, picture, inbox, links] = await Promise.all([api.session(), api.picture(null), api.inbox(), api.links()]);
      if (spoken !== prefer.language) return;
      this.session = session;
      this.shift = Date.parse(picture.now) - Date.now();
      [this.picture, this.inbox, this.links] = [picture, inbox, links];
      this.round += 1;
      this.trouble = "";
      this.#sound(inbox.items);
      const findings = await api.findings(); // takes longest, and nothing above waits for it
      if (spoken === prefer.language) this.findings = findings;
    } catch (error) {
      if (error instanceof Trouble && error.status === 401) this.end();
      else if (error instanceof Trouble && error.code === "unreachable") this.#alive(false);
      else this.trouble = error instanceof Error ? error.message : String(error);
    }
  }

  end(): void {
    this.#stream?.close();
    this.session = null;
    this.ended = true;
  }

  async leave(): Promise<void> {
    await api.leave().catch(() => undefined); // a node that is gone has no session to end
    this.end();
  }

  agreement(id: string): Agreement | undefined {
    return this.session?.agreements.find((one) => one.id === id);
  }

  /** The offices in which this officer may say a verb under an agreement; empty shows no button. */
  may(agreement: string, verb: string): readonly string[] {
    return this.agreement(agreement)?.may.find((one) => one.verb === verb)?.offices ?? [];
  }

  operation(agreement: string, subject: string): Operation | undefined {
    return this.picture?.operations.find((one) => one.agreement === agreement && one.row.subject === subject);
  }

  select(kind: Selection["kind"], agreement: string, subject: string): void {
    this.selected = { kind, agreement, subject };
  }

  /** Open the desk at one of its tabs, and there at one list or movement. */
  open(tab: string, subject = ""): void {
    this.desk = { tab, subject };
    this.page = "desk";
  }

  #alive(yes: boolean): void {
    if (!yes) this.lostSince ??= this.now;
    else if (this.lostSince) {
      this.lostSince = null;
      this.changed();
    }
  }

  #sound(items: readonly Item[]): void {
    const urgent = items.filter((item) => item.urgent).map((item) => `${item.code} ${item.subject} ${item.leaf}`);
    if (urgent.some((name) => !this.#heard.has(name))) alarm();
    this.#heard = new Set(urgent);
  }
}

export const centre = new Centre();
