// What is read on the page is what is signed: tied by a hash in a statement, and in a paper by its own bytes.
import type { Draft, Statement } from "../api/types.ts";
import { unb64 } from "./bytes.ts";

const STATEMENT = "application/vnd.entente.statement+json";
const PAPERS = /^application\/vnd\.entente\.(recipient|package|movement|export)\+json$/;

/** Tell what a message says, a field a line, in the order of its bytes; as the node tells a paper. */
export function told(plain: unknown, name = ""): string[] {
  const under = (key: string | number): string => `${name} ${key}`.trim();
  if (Array.isArray(plain) && plain.some((one) => typeof one === "object" && one !== null)) return plain.flatMap((one, i) => told(one, under(i + 1)));
  if (typeof plain === "object" && plain !== null && !Array.isArray(plain)) return Object.entries(plain).flatMap(([key, value]) => told(value, under(key)));
  return [`${name}: ${Array.isArray(plain) ? plain.map(scalar).join(", ") : scalar(plain)}`];
}

const scalar = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Whether every text of a draft is what its bytes say, or what they name by its hash; all are signed at once. */
export const matches = async (draft: Draft): Promise<boolean> =>
  draft.statements.length > 0 && (await Promise.all(draft.statements.map((one) => says(one, draft)))).every(Boolean);

async function says(one: Statement, draft: Draft): Promise<boolean> {
  const message: unknown = JSON.parse(new TextDecoder().decode(unb64(one.statement)));
  if (PAPERS.test(one.kind)) return told(message).join("\n") === one.text;
  if (one.kind !== STATEMENT) return false;
  const [{ sha256 }, { bytesToHex }] = await Promise.all([import("@noble/hashes/sha2.js"), import("@noble/hashes/utils.js")]);
  const { signer } = message as { signer: { shown: string; officer: string; office: string } };
  const same = signer.officer === draft.officer && signer.office === draft.office;
  return same && signer.shown === bytesToHex(sha256(new TextEncoder().encode(one.text)));
}
