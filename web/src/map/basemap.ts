// The world that is shipped with the page: land, borders and names (Natural Earth 1:50m), places and aerodromes. It
// shows the reader where he is, is good to about a kilometre, and is evidence of nothing. Nothing is fetched elsewhere.
import type { Feature, FeatureCollection, Point as AtPoint, Position } from "geojson";
import worldUrl from "../../../src/entente/report/page/basemap.json.gz?url";
import placesUrl from "../../places.json.gz?url";

interface World {
  land: number[][][];
  borders: number[][];
  names: [string, number, number, number][];
}

interface Packed {
  places: [string, number, number, number][];
  aerodromes: [string, string, number, number][];
}

export interface Places {
  places: Feature<AtPoint>[];
  aerodromes: Feature<AtPoint>[];
}

const UNITS = 1000; // both files count thousandths of a degree

async function unpacked<T>(url: string): Promise<T> {
  const packed = await fetch(url);
  if (!packed.ok || !packed.body) throw new Error(`${url}: ${packed.status}`);
  return (await new Response(packed.body.pipeThrough(new DecompressionStream("gzip"))).json()) as T;
}

function line(flat: readonly number[]): Position[] {
  let [x, y] = [0, 0];
  const points: Position[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    x += flat[i] ?? 0;
    y += flat[i + 1] ?? 0;
    points.push([x / UNITS, y / UNITS]);
  }
  return points;
}

const point = (lon: number, lat: number, properties: Record<string, unknown>): Feature<AtPoint> => ({
  type: "Feature",
  properties,
  geometry: { type: "Point", coordinates: [lon / UNITS, lat / UNITS] },
});

export const collection = (features: Feature[]): FeatureCollection => ({ type: "FeatureCollection", features });

export async function world(): Promise<{ land: FeatureCollection; borders: FeatureCollection; names: FeatureCollection }> {
  const found = await unpacked<World>(worldUrl);
  const land = found.land.map((rings): Feature => {
    const closed = rings.map((ring) => line(ring)).map((ring) => [...ring, ring[0] ?? [0, 0]]);
    return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: closed } };
  });
  const borders: Feature = {
    type: "Feature",
    properties: {},
    geometry: { type: "MultiLineString", coordinates: found.borders.map(line) },
  };
  const names = found.names.map(([name, x, y, size]) => point(x, y, { name, size }));
  return { land: collection(land), borders: collection([borders]), names: collection(names) };
}

let held: Promise<Places> | null = null;

/** Places and aerodromes, fetched when the map comes near enough to name them, and once. */
export function places(): Promise<Places> {
  held ??= unpacked<Packed>(placesUrl).then((found) => ({
    places: found.places.map(([name, x, y, people]) => point(x, y, { name, people })),
    aerodromes: found.aerodromes.map(([code, name, x, y]) => point(x, y, { code, name })),
  }));
  return held;
}

/** Lines of latitude and longitude every `step` degrees. */
export function graticule(step: number): FeatureCollection {
  const lines: Position[][] = [];
  for (let lon = -180; lon <= 180; lon += step) lines.push([[lon, -85], [lon, 0], [lon, 85]]);
  for (let lat = -80; lat <= 80; lat += step) lines.push([-180, -90, 0, 90, 180].map((lon) => [lon, lat]));
  return collection([{ type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: lines } }]);
}
