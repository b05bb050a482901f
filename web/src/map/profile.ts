// Heights along a route: a plan's own bands, and whatever else of the picture comes over or under its way, against the
// way flown or against time. Made of what this reader's map holds, so it shows nothing that the map does not.
//
// Heights above sea level, flight levels and heights above ground stand on no common scale: each has a panel of its own,
// and a band stands in that of its upper end. Where its lower end is told from something else, `open` says so.
import type { Position } from "geojson";

export interface Band {
  text: string;
  lower_m: number;
  lower: string;
  upper_m: number;
  upper: string;
}

export interface Volume {
  rings: readonly (readonly Position[])[];
  /** Null reaches from the ground up without end. */
  band: Band | null;
  start: number;
  end: number;
}

export interface Own extends Volume {
  band: Band;
  path: readonly Position[];
  reach_m: number;
}

export interface Other extends Volume {
  key: string;
  kind: "operation" | "area" | "site" | "movement";
  label: string;
  code: string;
}

export interface Spot {
  place: Position | null;
  start: number | null;
  text: string;
}

/** A stretch of the axis, [m] along the way or [ms] of time, and the band that lies there. */
export interface Piece {
  from: number;
  to: number;
  band: Band | null;
}

export interface Along {
  axis: "way" | "time";
  from: number;
  to: number;
  own: Piece[];
  others: { what: Other; pieces: Piece[] }[];
  spots: { at: number; text: string }[];
}

const SAMPLES = 200;
const DEGREE_M = 111_320;

interface Step {
  at: number;
  x: number;
  y: number;
  volume: number;
}

/** The way as points on a plane [m], each with how far along it lies and of which volume it is. */
function steps(own: readonly Own[], plane: (at: Position) => [number, number]): Step[] {
  const corners: Step[] = [];
  let [far, last] = [0, null as [number, number] | null];
  own.forEach((volume, i) => {
    const points = volume.path.length ? volume.path : [centre(volume.rings[0] ?? [])];
    for (const point of points) {
      const [x, y] = plane(point);
      far += last ? Math.hypot(x - last[0], y - last[1]) : 0;
      corners.push({ at: far, x, y, volume: i });
      last = [x, y];
    }
  });
  if (far === 0) return corners;
  const between = corners.flatMap((to, i): Step[] => {
    const from = corners[i - 1];
    if (!from) return [];
    const count = Math.floor(((to.at - from.at) / far) * SAMPLES);
    return Array.from({ length: count }, (_, n) => {
      const part = (n + 1) / (count + 1);
      return { at: from.at + part * (to.at - from.at), x: from.x + part * (to.x - from.x), y: from.y + part * (to.y - from.y), volume: to.volume };
    });
  });
  return [...corners, ...between].sort((a, b) => a.at - b.at || a.volume - b.volume);
}

function centre(ring: readonly Position[]): Position {
  const sum = ring.reduce<Position>(([x = 0, y = 0], [u = 0, v = 0]) => [x + u, y + v], [0, 0]);
  return [(sum[0] ?? 0) / Math.max(ring.length, 1), (sum[1] ?? 0) / Math.max(ring.length, 1)];
}

/** How far a point lies outside a shape [m]; nothing when it lies within. */
function outside(x: number, y: number, rings: readonly (readonly [number, number][])[]): number {
  let [within, nearest] = [false, Infinity];
  for (const ring of rings)
    for (let i = 1; i < ring.length; i++) {
      const [[a, b], [c, d]] = [ring[i - 1] as [number, number], ring[i] as [number, number]];
      if (b > y !== d > y && x < a + ((c - a) * (y - b)) / (d - b)) within = !within;
      const along = Math.min(1, Math.max(0, ((x - a) * (c - a) + (y - b) * (d - b)) / ((c - a) ** 2 + (d - b) ** 2 || 1)));
      nearest = Math.min(nearest, Math.hypot(x - a - along * (c - a), y - b - along * (d - b)));
    }
  return within ? 0 : nearest;
}

/** A circle or an area has no way; then the axis is time. */
export const hasWay = (own: readonly Own[]): boolean => new Set(own.flatMap(({ path }) => path.map(String))).size > 1;

export function along(own: readonly Own[], others: readonly Other[], spots: readonly Spot[], axis: Along["axis"]): Along | null {
  const [first] = own;
  if (!first) return null;
  const [lon0 = 0, lat0 = 0] = first.path[0] ?? centre(first.rings[0] ?? []);
  const wide = DEGREE_M * Math.max(Math.cos((lat0 * Math.PI) / 180), 0.02);
  const plane = ([lon = 0, lat = 0]: Position): [number, number] => [(lon - lon0 - 360 * Math.round((lon - lon0) / 360)) * wide, (lat - lat0) * DEGREE_M];
  const way = steps(own, plane);
  const far = way.at(-1)?.at ?? 0;
  const shapes = own.map(({ rings }) => rings.map((ring) => ring.map(plane)));
  const bounds = box(shapes.flat(2));
  const time = axis === "time" || far === 0;
  const from = time ? Math.min(...own.map(({ start }) => start)) : 0;
  const to = time ? Math.max(...own.map(({ end }) => end)) : far;

  const crossing = others.flatMap((what): Along["others"] => {
    const rings = what.rings.map((ring) => ring.map(plane));
    if (apart(bounds, box(rings.flat())) || what.end <= Math.min(...own.map(({ start }) => start)) || what.start >= Math.max(...own.map(({ end }) => end))) return [];
    const meets = (i: number): boolean => what.start < (own[i]?.end ?? 0) && what.end > (own[i]?.start ?? 0);
    const near = (step: Step): boolean => meets(step.volume) && reaches(step, own[step.volume], shapes[step.volume] ?? [], rings);
    const met = way.map(near);
    const pieces = time
      ? own.flatMap((volume, i): Piece[] => {
          const touched = way.some((step, n) => step.volume === i && met[n]);
          return touched ? [{ from: Math.max(what.start, volume.start), to: Math.min(what.end, volume.end), band: what.band }] : [];
        })
      : stretches(way, met).map(([a, b]): Piece => ({ from: a, to: b, band: what.band }));
    return pieces.length ? [{ what, pieces }] : [];
  });

  const marked = spots.flatMap(({ place, start, text }) => {
    if (time) return start === null ? [] : [{ at: Math.min(Math.max(start, from), to), text }];
    if (!place) return [];
    const [x, y] = plane(place);
    const nearest = way.reduce((best, step) => (Math.hypot(step.x - x, step.y - y) < Math.hypot(best.x - x, best.y - y) ? step : best));
    return [{ at: nearest.at, text }];
  });
  const ownPieces = own.map((volume, i): Piece => {
    const mine = way.filter((step) => step.volume === i);
    return time ? { from: volume.start, to: volume.end, band: volume.band } : { from: mine[0]?.at ?? 0, to: mine.at(-1)?.at ?? far, band: volume.band };
  });
  return { axis: time ? "time" : "way", from, to, own: ownPieces, others: crossing, spots: marked };
}

/** Whether a shape comes within a volume's reach of a step; of a volume without a way, whether the two overlap. */
function reaches(step: Step, own: Own | undefined, shape: [number, number][][], rings: [number, number][][]): boolean {
  if (own?.path.length) return outside(step.x, step.y, rings) <= own.reach_m;
  const corners = (list: [number, number][][]): [number, number][] => list[0] ?? [];
  return corners(rings).some(([x, y]) => outside(x, y, shape) === 0) || corners(shape).some(([x, y]) => outside(x, y, rings) === 0);
}

function stretches(way: readonly Step[], met: readonly boolean[]): [number, number][] {
  const found: [number, number][] = [];
  way.forEach(({ at }, i) => {
    const last = found.at(-1);
    if (met[i] && met[i - 1] && last) last[1] = at;
    else if (met[i]) found.push([at, at]);
  });
  return found;
}

type Box = [number, number, number, number];
function box(points: readonly [number, number][]): Box {
  const found: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    found[0] = Math.min(found[0], x);
    found[1] = Math.min(found[1], y);
    found[2] = Math.max(found[2], x);
    found[3] = Math.max(found[3], y);
  }
  return found;
}
const apart = (a: Box, b: Box): boolean => a[2] < b[0] || b[2] < a[0] || a[3] < b[1] || b[3] < a[1];

export const REFERENCES = ["AMSL", "FL", "AGL", "WGS84"] as const;
export type Reference = (typeof REFERENCES)[number];

export interface Panel {
  reference: Reference;
  bottom: number;
  top: number;
  own: (Piece & { open: boolean })[];
  others: { what: Other; pieces: (Piece & { open: boolean })[] }[];
}

/** A panel for each reference that something stands in. What has no band stands in every one, from bottom to top. */
export function panels({ own, others }: Along): Panel[] {
  const named = REFERENCES.filter((one) => [...own, ...others.flatMap(({ pieces }) => pieces)].some(({ band }) => band?.upper === one));
  return named.map((reference): Panel => {
    const here = (pieces: Piece[]) =>
      pieces.filter(({ band }) => band === null || band.upper === reference)
        .map((piece) => ({ ...piece, open: piece.band !== null && piece.band.lower !== reference && !(piece.band.lower === "AGL" && piece.band.lower_m === 0) }));
    const mine = here(own);
    const theirs = others.map(({ what, pieces }) => ({ what, pieces: here(pieces) })).filter(({ pieces }) => pieces.length > 0);
    const bands = [...mine, ...theirs.flatMap(({ pieces }) => pieces)].flatMap(({ band }) => (band ? [band] : []));
    const tops = (mine.length ? mine.flatMap(({ band }) => (band ? [band] : [])) : bands).map(({ upper_m }) => upper_m);
    const lows = bands.flatMap((band) => (band.lower === reference ? [band.lower_m] : []));
    return { reference, bottom: Math.min(0, ...lows), top: 1.3 * Math.max(...tops, 300), own: mine, others: theirs };
  });
}
