// Base64 in its one spelling (SIGN-4), and UTF-8.

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export function b64(data: Uint8Array): string {
  let text = "";
  for (const byte of data) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Read padded standard base64; anything that would be spelled otherwise is refused. */
export function unb64(text: unknown): Uint8Array {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Error("base64.spelling");
  let data: Uint8Array;
  try {
    data = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch {
    throw new Error("base64.spelling");
  }
  if (b64(data) !== text) throw new Error("base64.spelling");
  return data;
}

export function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((x, i) => x === b[i]);
