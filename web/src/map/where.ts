// Positions as people write them: decimal degrees, degrees-minutes-seconds, MGRS. What the node receives are degrees.
import { forward, toPoint } from "mgrs/dist/mgrs.esm.js";

export type Point = [number, number];

export const decimal = ([lon, lat]: Point): string => `${lat.toFixed(4)} ${lon.toFixed(4)}`;

export function dms([lon, lat]: Point): string {
  return `${spelled(lat, "N", "S", 2)} ${spelled(lon, "E", "W", 3)}`;
}

function spelled(degrees: number, positive: string, negative: string, digits: number): string {
  const seconds = Math.round(Math.abs(degrees) * 3600);
  const [d, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const pad = (n: number, width: number): string => String(n).padStart(width, "0");
  return `${pad(d, digits)}°${pad(m, 2)}′${pad(s, 2)}″${degrees < 0 ? negative : positive}`;
}

/** MGRS to ten metres; beyond 84° N and 80° S, where it does not reach, nothing. */
export function mgrs([lon, lat]: Point): string {
  if (lat > 84 || lat < -80) return "";
  const found = forward([((lon + 540) % 360) - 180, lat], 4);
  const split = /^(\d{1,2}[A-Z])([A-Z]{2})(\d+)$/.exec(found);
  if (!split) return found;
  const [, zone = "", square = "", digits = ""] = split;
  return `${zone} ${square} ${digits.slice(0, digits.length / 2)} ${digits.slice(digits.length / 2)}`;
}

/** Read a position in any of the three spellings; null when it is none. Latitude comes first, as on paper. */
export function position(text: string): Point | null {
  const plain = text.trim().replace(/,/g, " ").replace(/\s+/g, " ");
  const pair = /^(-?\d{1,2}(?:\.\d+)?) (-?\d{1,3}(?:\.\d+)?)$/.exec(plain);
  if (pair) return within(Number(pair[2]), Number(pair[1]));
  const angle = String.raw`(\d{1,3})[°d ]\s?(\d{1,2})[′'m ]\s?(\d{1,2}(?:\.\d+)?)[″"s]?\s?`;
  const both = new RegExp(`^${angle}([NS])\\s?${angle}([EW])$`, "i").exec(plain);
  if (both) {
    const part = (i: number): number => Number(both[i]) + Number(both[i + 1]) / 60 + Number(both[i + 2]) / 3600;
    const sign = (i: number): number => (/[SW]/i.test(both[i] ?? "") ? -1 : 1);
    return within(sign(8) * part(5), sign(4) * part(1));
  }
  const grid = plain.replace(/ /g, "").toUpperCase();
  if (!/^\d{1,2}[C-HJ-NP-X][A-HJ-NP-Z]{2}(\d\d){1,5}$/.test(grid)) return null;
  try {
    const [lon, lat] = toPoint(grid);
    return within(lon, lat);
  } catch {
    return null;
  }
}

const within = (lon: number, lat: number): Point | null =>
  Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? [lon, lat] : null;
