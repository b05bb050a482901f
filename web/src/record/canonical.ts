// Canonical values (spec/feed.md, CANON-1 to CANON-3): ASCII keys in order, whole numbers and JSON's own escapes.

export type Plain = Record<string, unknown>;

export const text = (data: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(data);

export const parse = (data: Uint8Array): Plain => JSON.parse(text(data)) as Plain;

export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const plain = value as Plain;
  return `{${Object.keys(plain).sort().map((key) => `${JSON.stringify(key)}:${canonical(plain[key])}`).join(",")}}`;
}
