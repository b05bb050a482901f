// What is being signed now: a command becomes the node's draft, all of the draft is shown, and only then is the key asked
// for: one passphrase or one touch for all that the command says at once.
// The signing code is fetched when somebody opens a draft; nobody who only reads loads it.
import { api, Trouble } from "../api/client.ts";
import type { Draft, Receipt, Statement } from "../api/types.ts";
import { unb64 } from "./bytes.ts";
import { centre } from "../centre.svelte.ts";
import { CATALOGUES, prefer, t } from "../words/words.svelte.ts";
import type { Item } from "./sheet.ts";

export type Command = { say: string; agreement: string } & Record<string, unknown>;

class Seat {
  command = $state.raw<Command | null>(null);
  draft = $state.raw<Draft | null>(null);
  said = $state.raw<Receipt[] | null>(null);
  trouble = $state("");
  stale = $state(false);
  busy = $state(false);
  /** The key file that was chosen stays in this page until it is closed; the passphrase is asked each time. */
  file = $state.raw<import("./keyfile.ts").KeyFile | null>(null);
  /** How many statements of its command were said by drafts before this one. */
  before = $state(0);
  #after: (() => void) | undefined;

  async open(command: Command, after?: () => void): Promise<void> {
    this.#after = after;
    this.command = command;
    this.before = 0;
    await this.look();
  }

  /** Ask for the draft again: what is to be signed, on what is held now. */
  async look(): Promise<void> {
    if (!this.command) return;
    Object.assign(this, { draft: null, said: null, trouble: "", stale: false, busy: true });
    try {
      // Drafted in the language of the page: what is read is what is hashed, and what the record keeps.
      // A paper has no such language: its text is what its bytes say.
      const { agreement, ...asked } = this.command;
      if (asked.say.startsWith("paper_")) this.draft = await api.paper(asked);
      else if (asked.say === "export_second") this.draft = await api.order(asked);
      else if (asked.say === "export_order") this.draft = await api.order({ ...asked, agreement });
      else this.draft = await api.draft({ ...asked, agreement, language: prefer.language });
    } catch (error) {
      this.#refused(error);
    }
    this.busy = false;
  }

  async choose(text: string): Promise<void> {
    const { read } = await import("./keyfile.ts");
    try {
      this.file = read(text);
      this.trouble = "";
    } catch {
      this.trouble = t("key.file");
    }
  }

  async sign(passphrase: string): Promise<void> {
    const { file } = this;
    if (!file) return;
    await this.#signed(async (draft) => {
      const [{ unlock }, e1] = await Promise.all([import("./keyfile.ts"), import("./e1.ts")]);
      const key = await unlock(file, passphrase);
      const made = items(draft.statements).map((one) => e1.sign(key, one.kind, one.body));
      key.ed25519.fill(0); // as far as a browser lets us; the page holds no key between signatures
      key.mldsa65.fill(0);
      return made;
    });
  }

  /** Have the officer's passkey sign: the device asks its person once, and answers for these bytes alone. */
  async touch(): Promise<void> {
    await this.#signed(async (draft) => {
      const { signAll } = await import("./passkey.ts");
      return signAll(draft.credential, items(draft.statements));
    });
  }

  /** Sign what is shown, and say it: all of it is kept, or none. */
  async #signed(sign: (draft: Draft) => Promise<object[]>): Promise<void> {
    const { draft } = this;
    if (!draft) return;
    Object.assign(this, { trouble: "", stale: false, busy: true });
    try {
      await this.#kept(draft, await api.say(draft.id, await sign(draft)));
    } catch (error) {
      this.#refused(error);
    } finally {
      this.busy = false;
    }
  }

  /** All of it stands; where the command says more, that is drafted now, on what has been said. */
  async #kept(draft: Draft, said: { receipts: Receipt[] }): Promise<void> {
    centre.changed();
    if (draft.more) {
      this.before += draft.statements.length;
      return this.look();
    }
    this.said = said.receipts;
    this.#after?.();
  }

  close(): void {
    Object.assign(this, { command: null, draft: null, said: null, trouble: "", stale: false });
  }

  #refused(error: unknown): void {
    this.stale = error instanceof Trouble && (error.status === 409 || STALE.has(error.code));
    this.trouble = own(error) ? t(error.code) : error instanceof Error ? error.message : String(error);
  }
}

/** What went wrong with a key in this page is told from the catalogue; what the node refuses, in its own words. */
const own = (error: unknown): error is { code: import("../words/en.ts").Key } => !(error instanceof Trouble) && error instanceof Error && "code" in error && String(error.code) in CATALOGUES.en;

const items = (statements: readonly Statement[]): Item[] => statements.map((one) => ({ kind: one.kind, body: unb64(one.statement) }));

/** Codes that mean: what was shown is no longer so. Whoever signed must look again, and nothing was said. */
const STALE = new Set(["decision.stale", "decision.findings_changed", "draft.stale", "centre.stale", "centre.draft", "statement.expired", "statement.repeated"]);

export const seat = new Seat();
