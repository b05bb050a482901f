// What the desk's views share: who keeps the register, to whom something may be given, and asking with its trouble shown.
import { centre } from "../centre.svelte.ts";
import { t } from "../words/words.svelte.ts";

/** Agreements in which one of this officer's offices may say a verb. */
export const agreements = (verb: string): string[] =>
  (centre.session?.agreements ?? []).filter((one) => centre.may(one.id, verb).length > 0).map((one) => one.id);

/** The other parties of an agreement, all of which have a node. */
export const parties = (agreement: string): { id: string; name: string }[] =>
  (centre.agreement(agreement)?.parties ?? []).filter((one) => one.id !== centre.session?.party);

export const short = (subject: string): string => subject.split("/").slice(2).join("/") || subject;

/** Questions to the node, with what it said when it refused. */
export class Asking {
  busy = $state(false);
  trouble = $state("");
  code = $state("");
  #asked = 0;
  /** Ask again for what is shown. An answer to an older question may come last, and is not taken. */
  async newest<T>(work: () => Promise<T>, take: (found: T) => void): Promise<void> {
    const mine = ++this.#asked;
    const found = await this.run(work);
    if (found !== null && mine === this.#asked) take(found);
  }
  async run<T>(work: () => Promise<T>): Promise<T | null> {
    Object.assign(this, { busy: true, trouble: "", code: "" });
    try {
      return await work();
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : String(error);
      this.code = String((error as { code?: string }).code ?? "");
      return null;
    } finally {
      this.busy = false;
    }
  }
}

/** A file's bytes in base64, made by the browser: a long list does not stop the page. */
export const base64 = (file: File): Promise<string> =>
  new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onerror = () => failed(reader.error ?? new Error("file"));
    reader.onload = () => done(String(reader.result).replace(/^[^,]*,/, ""));
    reader.readAsDataURL(file);
  });

/** A distance as a person says it: metres, or kilometres from ten of them. */
export const apart = (metres: number | null | undefined): string =>
  !metres ? "" : metres < 10_000 ? t("desk.apart", { metres: Math.round(metres) }) : t("desk.apart.km", { km: Math.round(metres / 1000) });
