// The picture as GeoJSON, and the style that draws it. Every operation is drawn twice over: strongly while its time
// holds the moment shown, faintly otherwise. Which of the two is a state of the feature (`moment.ts`), so that playing
// moves no geometry and lays out no tile anew.
import type { Feature, Position } from "geojson";
import type { ExpressionSpecification, FilterSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Picture } from "../api/types.ts";
import { collection } from "./basemap.ts";
import { operationSymbol, siteSymbol } from "./codes.ts";
import { AREAS, OTHER, party, SITE, STANDINGS, STOPPED } from "./colours.ts";

export interface Spot {
  place: [number, number] | null;
  shown: boolean;
}

const polygon = (rings: Position[][], properties: Record<string, unknown>): Feature => ({
  type: "Feature",
  properties,
  geometry: { type: "Polygon", coordinates: rings },
});
const point = (at: Position, properties: Record<string, unknown>): Feature => ({
  type: "Feature",
  properties,
  geometry: { type: "Point", coordinates: at },
});

export const keyOf = (kind: string, agreement: string, subject: string): string => `${kind}|${agreement}|${subject}`;
/** The middle of what is drawn: a path's middle point, else the middle of the ring's bounds. */
export function middle(rings: readonly Position[][], path: readonly Position[] = []): Position {
  const half = path[Math.floor(path.length / 2)];
  if (half) return half;
  const ring = rings[0] ?? [];
  const ends = (axis: 0 | 1): number => (Math.min(...ring.map((at) => at[axis] ?? 0)) + Math.max(...ring.map((at) => at[axis] ?? 0))) / 2;
  return ring.length ? [ends(0), ends(1)] : [0, 0];
}

const AROUND = Array.from({ length: 32 }, (_, i) => (2 * Math.PI * i) / 32);
const DEGREE_M = 111_320;

/** A ring `reach` metres around a place, to be looked at: on a sphere, and round to the eye. */
function ringAround([lon = 0, lat = 0]: Position, reach: number): Position[] {
  const [high, wide] = [reach / DEGREE_M, reach / DEGREE_M / Math.max(Math.cos((lat * Math.PI) / 180), 0.02)];
  const ring = AROUND.map((angle): Position => [lon + wide * Math.sin(angle), lat + high * Math.cos(angle)]);
  return [...ring, ring[0] as Position];
}

const moment = (text: string | null | undefined, otherwise: number): number => (text ? Date.parse(text) : otherwise);
const EVER = 8.64e15;
export const shortName = (subject: string): string => subject.split("/").slice(2).join("/") || subject;

/** Who looks at a picture, and how. */
export interface Eyes {
  own: string;
  parties: readonly string[];
  dark: boolean;
}

/** Everything of a picture, by source. */
export function features(picture: Picture, { own, parties, dark }: Eyes): Record<string, Feature[]> {
  const points: Feature[] = [];
  const operations = picture.operations.filter((o) => !["withdrawn"].includes(o.row.phase)).flatMap((one) => {
    const { row } = one;
    const stopped = row.stops.length > 0;
    const first = one.drawn[0];
    if (first)
      points.push(
        point(middle(first.rings as Position[][], first.path as Position[]), {
          key: keyOf("operation", one.agreement, row.subject),
          label: `${row.owner}: ${row.title || shortName(row.subject)}`,
          symbol: operationSymbol(row, own, picture.exercise),
        }),
      );
    return one.drawn.map((volume) =>
      polygon(volume.rings as Position[][], {
        key: keyOf("operation", one.agreement, row.subject),
        colour: party(parties.indexOf(row.owner), dark),
        ring: stopped ? STOPPED : (STANDINGS[row.standing] ?? OTHER).colour,
        standing: stopped ? "stopped" : STANDINGS[row.standing] ? row.standing : "other",
        start: moment(volume.start, -EVER),
        // What has ended early holds no moment from now on; when it did end is not on the map, only in its story.
        end: row.phase === "ended" ? Math.min(Date.parse(picture.now) - 60_000, moment(volume.end, EVER)) : moment(volume.end, EVER),
      }),
    );
  });
  const areas = picture.areas.flatMap((area) =>
    area.drawn.map((rings) =>
      polygon(rings as Position[][], {
        key: keyOf("area", area.agreement, area.id),
        kind: area.area_class,
        colour: AREAS[area.area_class]?.colour ?? OTHER.colour,
        label: area.title,
        start: moment(area.start, -EVER),
        end: moment(area.end, EVER),
      }),
    ),
  );
  const held = picture.sites.filter((site) => site.protected);
  const buffers = held.flatMap((site) => {
    const properties = { key: keyOf("site", site.list, site.id) };
    const footprint = site.rings.length ? [polygon(site.rings as Position[][], properties)] : [];
    return site.position ? [...footprint, polygon([ringAround(site.position as Position, site.buffer_m)], properties)] : footprint;
  });
  const sites = held.flatMap((site) => {
    const at = (site.position as Position | null) ?? (site.rings.length ? middle(site.rings as Position[][]) : null);
    const properties = { key: keyOf("site", site.list, site.id), kind: site.category, label: site.name, doubt: site.expired || site.disputed || site.withdrawn };
    return at ? [point(at, { ...properties, symbol: siteSymbol(site.category, picture.exercise) })] : [];
  });
  [...operations, ...areas].forEach((feature, i) => (feature.id = i + 1)); // what a feature's state is kept by
  return { operations, areas, buffers, sites, points };
}

export const spots = (found: readonly Spot[]): Feature[] =>
  found.flatMap((one) => (one.place ? [point(one.place as Position, {})] : []));

const DASHED = [...Object.entries(STANDINGS), ["other", OTHER] as const, ["stopped", { colour: STOPPED, dash: [] }] as const];
const get = (name: string): ExpressionSpecification => ["get", name];

/** A value while the moment shown lies within a feature's time, and another while it does not. */
const now = (within: number, otherwise: number): ExpressionSpecification => ["case", ["boolean", ["feature-state", "now"], false], within, otherwise];
const SINGLE: FilterSpecification = ["!", ["has", "point_count"]];
export const CROWD = 300;
/** From so many sites on, those that lie together are counted in one mark until the map comes near. */
export const crowded = (count: number) => ({ cluster: count > CROWD, clusterRadius: 40, clusterMaxZoom: 9 });

/** The whole style, with no address in it but those of this page. */
export function style(dark: boolean): StyleSpecification {
  const c = dark
    ? { sea: "#121b23", land: "#262c30", coast: "#566470", border: "#7a6657", grid: "#22303b", halo: "#14181c", ink: "#e9edf1", soft: "#a3adb7", site: "#4fd0a8" }
    : { sea: "#dbe8f0", land: "#f4f1ea", coast: "#93a3ad", border: "#b59b8b", grid: "#c3d2dc", halo: "#ffffff", ink: "#1b1f24", soft: "#5b6570", site: SITE };
  const empty = { type: "geojson" as const, data: collection([]) };
  const named = (id: string, source: string, size: number, extra: object = {}, layout: object = {}): LayerSpecification =>
    ({
      id, source, type: "symbol",
      layout: { "text-field": get("name"), "text-size": size, "text-padding": 6, ...layout },
      paint: { "text-color": c.soft, "text-halo-color": c.halo, "text-halo-width": 1.2 },
      ...extra,
    }) as LayerSpecification;
  const lines = DASHED.map(([name, { colour, dash }]): LayerSpecification => ({
    id: `operation-line-${name}`, source: "operations", type: "line", filter: ["==", get("standing"), name],
    paint: { "line-color": colour, "line-width": 2.5, "line-opacity": now(1, 0), ...(dash.length ? { "line-dasharray": [...dash] } : {}) },
  }));
  return {
    version: 8,
    sources: Object.fromEntries(
      ["grid", "land", "borders", "names", "places", "aerodromes", "operations", "points", "areas", "buffers", "sites", "picked", "findings", "drawing"].map((name) => [name, empty]),
    ),
    layers: [
      { id: "sea", type: "background", paint: { "background-color": c.sea } },
      { id: "land", source: "land", type: "fill", paint: { "fill-color": c.land } },
      { id: "coast", source: "land", type: "line", paint: { "line-color": c.coast, "line-width": 0.7 } },
      { id: "borders", source: "borders", type: "line", paint: { "line-color": c.border, "line-width": 0.9, "line-dasharray": [4, 2] } },
      { id: "grid", source: "grid", type: "line", paint: { "line-color": c.grid, "line-width": 0.6 } },
      named("names", "names", 12, { maxzoom: 8 }, { "text-transform": "uppercase", "text-letter-spacing": 0.1, "symbol-sort-key": ["-", 0, get("size")] }),
      { id: "area-faint", source: "areas", type: "line", paint: { "line-color": get("colour"), "line-width": 1, "line-opacity": now(0, 0.6) } },
      { id: "area-fill", source: "areas", type: "fill", paint: { "fill-pattern": ["concat", "hatch-", get("kind")], "fill-opacity": now(0.55, 0) } },
      { id: "area-line", source: "areas", type: "line", paint: { "line-color": get("colour"), "line-width": 1.4 } },
      { id: "buffers", source: "buffers", type: "fill", minzoom: NEAR, paint: { "fill-color": c.site, "fill-opacity": 0.13 } },
      { id: "buffer-line", source: "buffers", type: "line", minzoom: NEAR, paint: { "line-color": c.site, "line-width": 1, "line-dasharray": [2, 1.5] } },
      { id: "operation-faint", source: "operations", type: "line", paint: { "line-color": get("colour"), "line-width": 1.6, "line-opacity": now(0, 0.85), "line-dasharray": [2, 1.5] } },
      { id: "operation-fill", source: "operations", type: "fill", paint: { "fill-color": get("colour"), "fill-opacity": now(0.3, 0) } },
      ...lines,
      { id: "picked", source: "picked", type: "line", paint: { "line-color": dark ? "#ffffff" : "#000000", "line-width": 2.5 } },
      { id: "aerodromes", source: "aerodromes", type: "circle", minzoom: 6, paint: { "circle-radius": 3, "circle-color": c.halo, "circle-stroke-color": c.soft, "circle-stroke-width": 1.4 } },
      named("aerodrome-names", "aerodromes", 10.5, { minzoom: 7 }, { "text-field": get("code"), "text-offset": [0, 1.1] }),
      named("places", "places", 11, { minzoom: 4.2 }, { "symbol-sort-key": ["-", 0, get("people")] }),
      {
        id: "site-crowd", source: "sites", type: "circle", filter: ["has", "point_count"],
        paint: { "circle-radius": ["step", get("point_count"), 11, 50, 14, 500, 18], "circle-color": c.site, "circle-opacity": 0.85, "circle-stroke-color": c.halo, "circle-stroke-width": 3 },
      },
      {
        id: "site-count", source: "sites", type: "symbol", filter: ["has", "point_count"],
        layout: { "text-field": get("point_count_abbreviated"), "text-size": 11, "text-allow-overlap": true, "text-ignore-placement": true },
        paint: { "text-color": dark ? "#000000" : "#ffffff" },
      },
      { id: "site-mark", source: "sites", type: "circle", filter: SINGLE, paint: { "circle-radius": 8, "circle-color": c.site, "circle-stroke-color": ["case", get("doubt"), "#d55e00", c.halo], "circle-stroke-width": 2 } },
      {
        id: "site-letter", source: "sites", type: "symbol", filter: SINGLE,
        layout: { "text-field": ["match", get("kind"), ...letters(), "O"] as ExpressionSpecification, "text-size": 10, "text-allow-overlap": true, "text-ignore-placement": true },
        paint: { "text-color": dark ? "#000000" : "#ffffff" },
      },
      { id: "site-symbol", source: "sites", type: "symbol", filter: SINGLE, layout: { "icon-image": get("symbol"), "icon-allow-overlap": true, "icon-ignore-placement": true, visibility: "none" } },
      named("site-name", "sites", 11, { minzoom: 7.5, filter: SINGLE }, { "text-field": get("label"), "text-offset": [0, 1.4], "text-optional": true }),
      named("area-name", "areas", 11, {}, { "text-field": get("label") }),
      {
        id: "operation-symbol", source: "points", type: "symbol",
        layout: { "icon-image": get("symbol"), "icon-allow-overlap": true, "icon-ignore-placement": true, visibility: "none" },
      },
      {
        id: "operation-name", source: "points", type: "symbol",
        layout: { "text-field": get("label"), "text-size": 12.5, "text-padding": 3 },
        paint: { "text-color": c.ink, "text-halo-color": c.halo, "text-halo-width": 1.8 },
      },
      { id: "drawing", source: "drawing", type: "line", paint: { "line-color": dark ? "#ffffff" : "#000000", "line-width": 2, "line-dasharray": [2, 1] } },
      { id: "drawing-points", source: "drawing", type: "circle", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 5, "circle-color": dark ? "#000000" : "#ffffff", "circle-stroke-color": dark ? "#ffffff" : "#000000", "circle-stroke-width": 2 } },
      { id: "finding-halo", source: "findings", type: "circle", paint: { "circle-radius": 11, "circle-color": "rgba(0,0,0,0)", "circle-stroke-color": "#ffffff", "circle-stroke-width": 5 } },
      { id: "finding", source: "findings", type: "circle", paint: { "circle-radius": 11, "circle-color": "rgba(213,94,0,0.18)", "circle-stroke-color": "#d55e00", "circle-stroke-width": 2.5 } },
      {
        id: "finding-mark", source: "findings", type: "symbol",
        layout: { "text-field": "!", "text-size": 15, "text-allow-overlap": true, "text-ignore-placement": true },
        paint: { "text-color": dark ? "#ffb080" : "#a03c00", "text-halo-color": c.halo, "text-halo-width": 1 },
      },
    ],
  };
}

/** The zoom from which a site's distance is wider than its mark. */
const NEAR = 6;

const letters = (): string[] =>
  ["medical", "M", "school", "S", "water_and_power", "W", "food_and_relief", "F", "displaced_persons", "D", "worship", "R", "cultural", "C", "humanitarian_office", "H", "humanitarian_movement", "V"];
