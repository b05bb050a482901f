// Requests to the node that served this page. Every error is the node's own sentence with its stable code (RFC 9457).
import { prefer, t } from "../words/words.svelte.ts";
import type { Detail, Disclosed, Draft, Entries, Entry, Findings, Hit, Inbox, Links, Picture, PlanForm, Problem, Proof, Receipt, Screened, Session, Story } from "./types.ts";

/**
 * The node refused, or could not be reached (`code` is then `unreachable`). The message is for the reader; where it says
 * less than the node's own English sentence, that one is its second line (`Refusal.svelte`).
 */
export class Trouble extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number, text: string, detail = "") {
    super(detail ? `${text}\n${detail}` : text);
    this.code = code;
    this.status = status;
  }
}

const PATIENCE_MS = 30_000;

/** Ask the node; `patience` [ms] is how long this page waits: a long list takes its time. */
export async function ask<T>(method: string, path: string, body?: unknown, patience = PATIENCE_MS): Promise<T> {
  // Everything that the node tells in words it tells in the reader's language. What is read here an effect asks anew.
  const headers: Record<string, string> = { accept: "application/json", "accept-language": prefer.language };
  if (method !== "GET") headers["x-entente"] = "1"; // no other site's page can send this header unasked (CSRF)
  if (body !== undefined) headers["content-type"] = "application/json";
  const init: RequestInit = { method, headers, signal: AbortSignal.timeout(patience), cache: "no-store" };
  if (body !== undefined) init.body = JSON.stringify(body);
  let answer: Response;
  try {
    answer = await fetch(`/api${path}`, init);
  } catch (error) {
    throw new Trouble("unreachable", 0, t("trouble.unreachable"), String(error));
  }
  if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as T;
  const problem = (await answer.json().catch(() => null)) as Problem | null;
  if (!problem?.code) throw new Trouble("unknown", answer.status, t("trouble.unknown"), answer.statusText);
  throw new Trouble(problem.code, answer.status, problem.text, problem.whole ? "" : problem.detail);
}

export const query = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString();

const feed = (agreement: string, party: string): string => `/record/${encodeURIComponent(agreement)}/${encodeURIComponent(party)}`;

/** Where what was drawn up is said, by what its name begins with; a statement's draft begins with neither. */
const SAID_AT: Readonly<Record<string, string>> = { paper: "desk/papers", export: "exports" };

/** Which of its party's feeds an entry stands in: PARTY/AGREEMENT/EPOCH. */
const epoch = ({ origin }: Entry): { epoch: string } => ({ epoch: origin.split("/")[2] ?? "0" });

const place = (entry: Entry, end = ""): string => `${feed(entry.agreement, entry.party)}/${entry.seq}${end}?${query(epoch(entry))}`;

export const api = {
  redeem: (token: string) => ask<Session>("POST", "/session", { token }),
  session: () => ask<Session>("GET", "/session"),
  leave: () => ask<void>("DELETE", "/session"),
  picture: (at: Date | null) => ask<Picture>("GET", `/picture${at ? `?${query({ at: at.toISOString() })}` : ""}`),
  findings: () => ask<Findings>("GET", "/findings"),
  inbox: () => ask<Inbox>("GET", "/inbox"),
  links: () => ask<Links>("GET", "/links"),
  operation: (agreement: string, subject: string) => ask<Detail>("GET", `/operations/${subject.split("/").slice(1).map(encodeURIComponent).join("/")}?${query({ agreement })}`),
  search: (q: string) => ask<{ hits: Hit[] }>("GET", `/lookup/search?${query({ q })}`),
  screen: (agreement: string, plan: PlanForm, subject: string, ways: boolean) =>
    ask<Screened>("POST", "/screening", { agreement, plan, subject, ways }),
  entries: (agreement: string, party: string, subject: string, last: number, before: Entry | undefined) =>
    ask<Entries>("GET", `${feed(agreement, party)}?${query({ subject, last: String(last), ...(before ? { before: String(before.seq), ...epoch(before) } : {}) })}`),
  story: (entry: Entry) => ask<Story>("GET", place(entry)),
  proof: (entry: Entry) => ask<Proof>("GET", place(entry, "/proof")),
  disclose: (entry: Entry, asked: object) => ask<Disclosed>("POST", place(entry, "/disclosure"), asked),
  draft: (command: object) => ask<Draft>("POST", "/drafts", command),
  paper: (asked: object) => ask<Draft>("POST", "/desk/papers", asked, 120_000),
  order: (asked: object) => ask<Draft>("POST", "/exports", asked, 120_000),
  say: (draft: string, signatures: readonly object[]) =>
    ask<{ receipts: Receipt[] }>("POST", `/${SAID_AT[draft.split("-")[0] ?? ""] ?? "drafts"}/${encodeURIComponent(draft)}/say`, { signatures }, 120_000),
  release: (agreement: string, subject: string, leaf: string, to: string) => ask<{ to: string[] }>("POST", `/operations/${subject.split("/").slice(1).map(encodeURIComponent).join("/")}/release`, { agreement, leaf, to }),
};
