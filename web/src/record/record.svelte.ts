// The record as this page looks at it: what is open, and the proof of one entry, verified here.
import { api, Trouble } from "../api/client.ts";
import type { Entries, Entry, Story } from "../api/types.ts";
import { listed, next, type Fetched } from "./pages.ts";
import type { Step } from "./proof.ts";

export const PAGE = 30;

class Record {
  shown = $state(false);
  agreement = $state("");
  /** Entries about this subject alone; empty text is everything. */
  subject = $state("");
  entries = $state.raw<readonly Entry[]>([]);
  story = $state.raw<Story | null>(null);
  steps = $state.raw<readonly Step[] | null>(null);
  /** Whether those steps show that the entry stands in the record. */
  stands = $state(false);
  /** Whether some party's feed holds older entries than those listed. */
  more = $state(false);
  busy = $state(false);
  trouble = $state("");
  #feeds: readonly Fetched<Entry>[] = [];
  /** Which opening the list is of: an answer to an earlier one changes nothing. */
  #opening = 0;

  open(agreement: string, parties: readonly string[], subject = ""): void {
    Object.assign(this, { shown: true, agreement, subject, story: null, steps: null, entries: [], more: false, trouble: "" });
    void this.#load(parties);
  }

  close(): void {
    this.shown = false;
  }

  /** The newest entries of each party. */
  async #load(parties: readonly string[]): Promise<void> {
    this.#feeds = parties.map((party) => ({ party, entries: [], older: true }));
    await this.#further(++this.#opening);
  }

  /** List older entries: at least one more, mostly a page for each party. */
  async older(): Promise<void> {
    await this.#further(this.#opening);
  }

  /** Fetch until the list has grown, or there is no more. */
  async #further(opening: number): Promise<void> {
    await this.#work(async () => {
      const before = listed(this.#feeds).length;
      do {
        const asked = next(this.#feeds);
        const pages = await Promise.all(asked.map((one) => this.#page(one)));
        if (opening !== this.#opening) return;
        this.#feeds = this.#feeds.map((one) => pages[asked.indexOf(one)] ?? one);
      } while (listed(this.#feeds).length === before && next(this.#feeds).length);
      this.entries = listed(this.#feeds);
      this.more = next(this.#feeds).length > 0;
    });
  }

  async #page({ party, entries }: Fetched<Entry>): Promise<Fetched<Entry>> {
    const page = await api.entries(this.agreement, party, this.subject, PAGE, entries.at(-1)).catch(nothingHeld);
    return { party, entries: [...entries, ...page.entries.toReversed()], older: page.older };
  }

  /** Ask for an entry's story; again, when news says that more has become of it. */
  async look(entry: Entry): Promise<void> {
    if (this.story?.entry.leaf !== entry.leaf) this.steps = null;
    await this.#work(async () => {
      this.story = await api.story(entry);
    });
  }

  /** Fetch what proves the entry, and verify it in this page: the node is not asked whether it is so. */
  async verify(): Promise<void> {
    const entry = this.story?.entry;
    if (!entry) return;
    await this.#work(async () => {
      const [{ stands, verify }, { unb64 }] = await Promise.all([import("./proof.ts"), import("../signing/bytes.ts")]);
      const proof = await api.proof(entry);
      this.steps = verify(unb64(proof.file), entry.origin, entry.seq, proof.agreement);
      this.stands = stands(this.steps);
    });
  }

  /** Have the node make a disclosure, which it notes, and hand it to the browser as a file. */
  async disclose(details: readonly string[], reason: string): Promise<string> {
    const entry = this.story?.entry;
    let told = "";
    if (entry)
      await this.#work(async () => {
        const { unb64 } = await import("../signing/bytes.ts");
        const made = await api.disclose(entry, { details, reason });
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([unb64(made.file) as BlobPart], { type: "application/json" }));
        link.download = made.name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
        told = made.sha256;
      });
    return told;
  }

  async #work(work: () => Promise<void>): Promise<void> {
    Object.assign(this, { busy: true, trouble: "" });
    try {
      await work();
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : String(error);
    }
    this.busy = false;
  }
}

/** Of a party that has said nothing yet, nothing is held; any other trouble is told. */
function nothingHeld(error: unknown): Entries {
  if (error instanceof Trouble && error.status === 404) return { entries: [], older: false };
  throw error;
}

export const record = new Record();
