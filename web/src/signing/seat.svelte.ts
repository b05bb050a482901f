// What is being signed now: a command becomes the node's draft, the draft is shown, and only then is the key asked for.
// The signing code is fetched when somebody opens a draft; nobody who only reads loads it.
import { api, Trouble } from "../api/client.ts";
import type { Draft, Saying } from "../api/types.ts";
import { unb64 } from "./bytes.ts";
import { centre } from "../centre.svelte.ts";
import { prefer, t } from "../words/words.svelte.ts";

export type Command = { say: string; agreement: string } & Record<string, unknown>;

class Seat {
  command = $state.raw<Command | null>(null);
  draft = $state.raw<Draft | null>(null);
  said = $state.raw<Saying | null>(null);
  trouble = $state("");
  stale = $state(false);
  busy = $state(false);
  /** The key file that was chosen stays in this page until it is closed; the passphrase is asked each time. */
  file = $state.raw<import("./keyfile.ts").KeyFile | null>(null);
  /** Which statement of its command is shown, from 1. */
  step = $state(1);
  #after: (() => void) | undefined;

  async open(command: Command, after?: () => void): Promise<void> {
    this.#after = after;
    this.command = command;
    this.step = 1;
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
      this.draft = await (asked.say.startsWith("paper_") ? api.paper(asked) : api.draft({ ...asked, agreement, language: prefer.language }));
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
    const { draft, file } = this;
    if (!draft || !file) return;
    Object.assign(this, { trouble: "", stale: false, busy: true });
    try {
      const [{ unlock, KeyTrouble }, e1] = await Promise.all([import("./keyfile.ts"), import("./e1.ts")]);
      try {
        const key = await unlock(file, passphrase);
        const signature = e1.sign(key, draft.kind, unb64(draft.statement));
        key.ed25519.fill(0); // as far as a browser lets us; the page holds no key between signatures
        key.mldsa65.fill(0);
        await this.#kept(draft, await api.say(draft.id, signature));
      } catch (error) {
        if (error instanceof KeyTrouble) this.trouble = t(error.code);
        else this.#refused(error);
      }
    } finally {
      this.busy = false;
    }
  }

  /** Have the officer's passkey sign: the device asks its person, and answers for these bytes alone. */
  async touch(): Promise<void> {
    const { draft } = this;
    if (!draft) return;
    Object.assign(this, { trouble: "", stale: false, busy: true });
    const { sign, PasskeyTrouble } = await import("./passkey.ts");
    try {
      await this.#kept(draft, await api.say(draft.id, await sign(draft.credential, draft.kind, unb64(draft.statement))));
    } catch (error) {
      if (error instanceof PasskeyTrouble) this.trouble = t(error.code);
      else this.#refused(error);
    } finally {
      this.busy = false;
    }
  }

  /** One more statement stands; where the command takes another, it is drafted now, on what has been said. */
  async #kept(draft: Draft, said: Saying): Promise<void> {
    centre.changed();
    if (draft.more) {
      this.step += 1;
      return this.look();
    }
    this.said = said;
    this.#after?.();
  }

  close(): void {
    Object.assign(this, { command: null, draft: null, said: null, trouble: "", stale: false });
  }

  #refused(error: unknown): void {
    this.stale = error instanceof Trouble && (error.status === 409 || STALE.has(error.code));
    this.trouble = error instanceof Error ? error.message : String(error);
  }
}

/** Codes that mean: what was shown is no longer so. Whoever signed must look again, and nothing was said. */
const STALE = new Set(["decision.stale", "decision.findings_changed", "draft.stale", "centre.stale", "centre.draft", "statement.expired", "statement.repeated"]);

export const seat = new Seat();
