// What is shown at the moment of the slider: what is held now, or, at a past one, what had been said by then. The node
// says since when and until when its answer stands, so that playing asks once for each time somebody spoke.
import { api, Trouble } from "./api/client.ts";
import type { Picture } from "./api/types.ts";
import { centre } from "./centre.svelte.ts";

const KEPT = 60;

interface Held {
  from: number;
  to: number;
  picture: Picture;
}

class Past {
  #held = $state.raw<Held | null>(null);
  trouble = $state("");
  #known: Held[] = [];
  #round = -1;
  /** The round whose question is on its way; -1 is none. */
  #asking = -1;

  is = $derived(centre.moment !== null && centre.moment.getTime() < centre.now.getTime());
  /** The picture to draw. While an answer is on its way the one before stays. */
  picture = $derived(this.is ? (this.#held?.picture ?? centre.picture) : centre.picture);
  /** Whether what is drawn is of the moment shown. */
  settled = $derived(!this.is || (this.#held !== null && covers(this.#held, centre.moment?.getTime() ?? 0)));

  /** See that the moment shown is held; to be called whenever it, or the picture, changes. */
  async want(): Promise<void> {
    if (this.#round !== centre.round) {
      this.#round = centre.round; // something came: it may have been said long ago
      this.#known = [];
    }
    if (!this.is || !centre.moment) {
      this.#held = null;
      return;
    }
    const at = centre.moment.getTime();
    const held = this.#known.find((one) => covers(one, at));
    if (held) this.#held = held;
    else await this.#ask(at);
    const next = this.#held && covers(this.#held, at) ? this.#held.to : Infinity;
    if (next < centre.now.getTime() && !this.#known.some((one) => covers(one, next))) await this.#ask(next, false);
  }

  async #ask(at: number, shown = true): Promise<void> {
    const round = this.#round;
    if (this.#asking === round) return; // one at a time: whoever waits is served below
    this.#asking = round;
    let answered = false;
    try {
      const picture = await api.picture(new Date(at));
      if (this.#round !== round) return;
      const held = { picture, from: picture.since ? Date.parse(picture.since) : -Infinity, to: picture.until ? Date.parse(picture.until) : Infinity };
      this.#known = [...this.#known.slice(1 - KEPT), held];
      if (shown && this.is) this.#held = held;
      this.trouble = "";
      answered = true;
    } catch (error) {
      this.trouble = error instanceof Trouble && error.code === "unreachable" ? "" : String(error);
    } finally {
      if (this.#asking === round) this.#asking = -1;
    }
    // The moment may have moved while the answer, even to a question asked ahead, was on its way.
    if (answered && !this.settled) void this.want();
  }
}

const covers = ({ from, to }: Held, at: number): boolean => from <= at && at < to;

export const past = new Past();
