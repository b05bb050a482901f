// Drawing by hand: circle, corridor and polygon with handles. Loaded when somebody first draws. What is drawn is points
// and a reach, as the form has them; the form is where they stand, and what is typed there is drawn here.
import type { Position } from "geojson";
import type { Map as GlMap } from "maplibre-gl";
import {
  TerraDraw, TerraDrawCircleMode, TerraDrawLineStringMode, TerraDrawPolygonMode, TerraDrawSelectMode, type GeoJSONStoreFeatures,
} from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import type { Point } from "./where.ts";

export type Kind = "circle" | "corridor" | "polygon";

/** A drawn shape: a circle's centre, a corridor's path, a polygon's ring (not closed); `reach` [m] is a circle's radius. */
export interface Drawn {
  kind: Kind;
  points: Point[];
  reach: number | null;
}

const MODES = { circle: "circle", corridor: "linestring", polygon: "polygon" } as const;
const DIGITS = 5; // about a metre, and finer than a hand
const EARTH_M = 6_371_008.8;
const rounded = ([lon = 0, lat = 0]: Position): Point => [Number(lon.toFixed(DIGITS)), Number(lat.toFixed(DIGITS))];
const NEAR_M = 5; // a radius is typed in thousandths of a nautical mile
const same = (a: Drawn, b: Drawn | null): boolean =>
  b !== null && a.kind === b.kind && JSON.stringify(a.points) === JSON.stringify(b.points) && Math.abs((a.reach ?? 0) - (b.reach ?? 0)) < NEAR_M;

function metres([x = 0, y = 0]: Position, [u = 0, v = 0]: Position): number {
  const [a, b] = [(y * Math.PI) / 180, (v * Math.PI) / 180];
  const h = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(((u - x) * Math.PI) / 360) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(h));
}

/** Where one comes to from a place, so far [m], in a direction [rad from north]. */
function along([lon, lat]: Point, reach: number, towards: number): Position {
  const [d, a] = [reach / EARTH_M, (lat * Math.PI) / 180];
  const b = Math.asin(Math.sin(a) * Math.cos(d) + Math.cos(a) * Math.sin(d) * Math.cos(towards));
  const turned = Math.atan2(Math.sin(towards) * Math.sin(d) * Math.cos(a), Math.cos(d) - Math.sin(a) * Math.sin(b));
  return [Number((lon + (turned * 180) / Math.PI).toFixed(9)), Number(((b * 180) / Math.PI).toFixed(9))];
}

const CORNERS = 64;

function geometry({ kind, points, reach }: Drawn): GeoJSONStoreFeatures["geometry"] | null {
  const [first] = points;
  const closed = (ring: Position[]): GeoJSONStoreFeatures["geometry"] => ({ type: "Polygon", coordinates: [[...ring, ring[0] as Position]] });
  if (!first) return null;
  if (kind === "circle") return reach ? closed(Array.from({ length: CORNERS }, (_, i) => along(first, reach, (-2 * Math.PI * i) / CORNERS))) : null;
  if (kind === "corridor") return points.length > 1 ? { type: "LineString", coordinates: points } : null;
  return points.length > 2 ? closed(points) : null;
}

function read(kind: Kind, found: GeoJSONStoreFeatures["geometry"]): Drawn {
  if (found.type === "LineString") return { kind, points: found.coordinates.map(rounded), reach: null };
  const ring = (found.type === "Polygon" ? (found.coordinates[0] ?? []) : []).slice(0, -1);
  if (kind === "polygon") return { kind, points: ring.map(rounded), reach: null };
  const [a, b] = [ring[0] ?? [0, 0], ring[Math.floor(ring.length / 2)] ?? [0, 0]];
  const lats = ring.map((at) => at[1] ?? 0);
  const centre: Position = [((a[0] ?? 0) + (b[0] ?? 0)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
  return { kind, points: [rounded(centre)], reach: Math.round(metres(centre, [centre[0] ?? 0, Math.max(...lats)])) };
}

const HANDLES = { selectionPointWidth: 7, selectionPointColor: "#ffffff", selectionPointOutlineColor: "#00619a", selectionPointOutlineWidth: 3, midPointWidth: 4, midPointColor: "#00619a", midPointOutlineColor: "#ffffff", midPointOutlineWidth: 2, selectedPolygonColor: "#00619a", selectedPolygonFillOpacity: 0.15, selectedPolygonOutlineColor: "#00619a", selectedLineStringColor: "#00619a" } as const;
const LINES = { fillColor: "#00619a", fillOpacity: 0.15, outlineColor: "#00619a" } as const;
const EDITED = { feature: { draggable: true, coordinates: { draggable: true, midpoints: { draggable: true }, deletable: true } } };

/** One shape on a map, drawn or put there. `ondrawn` hears of what a hand did, never of what was put. */
export class Drawing {
  #draw: TerraDraw;
  #kind: Kind;
  #held: Drawn | null = null;
  #putting = false;

  constructor(map: GlMap, kind: Kind, ondrawn: (drawn: Drawn) => void) {
    this.#kind = kind;
    this.#draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 9 }),
      modes: [
        new TerraDrawCircleMode({ styles: LINES, drawInteraction: "click-move-or-drag", segments: CORNERS }),
        new TerraDrawLineStringMode({ styles: { lineStringColor: "#00619a" } }),
        new TerraDrawPolygonMode({ styles: LINES }),
        new TerraDrawSelectMode({
          styles: HANDLES,
          dragEventThrottle: Number.MAX_SAFE_INTEGER, // of so many moves it leaves out one; a handle stays where it was let go
          flags: {
            circle: { feature: { draggable: true, coordinates: { resizable: "center" } } },
            linestring: EDITED,
            polygon: EDITED,
          },
        }),
      ],
    });
    this.#draw.start();
    const tell = (): void => {
      const [shape] = this.#shapes();
      if (this.#putting || !shape) return;
      const drawn = read(this.#kind, shape.geometry);
      if (same(drawn, this.#held)) return;
      this.#held = drawn;
      ondrawn(drawn);
    };
    this.#draw.on("finish", (id, { action }) => {
      if (action === "draw") {
        this.#putting = true;
        this.#draw.removeFeatures(this.#shapes().filter((one) => one.id !== id).map((one) => one.id as string)); // one plan, one shape
        this.#draw.selectFeature(id);
        this.#putting = false;
      }
      tell();
    });
    this.#draw.setMode(MODES[kind]);
  }

  /** Show what the form says: it is drawn with its handles; where it is no shape yet, the hand may draw one. */
  put(wanted: Drawn): void {
    const rounding: Drawn = { ...wanted, points: wanted.points.map(rounded), reach: wanted.kind === "circle" && wanted.reach ? Math.round(wanted.reach) : null };
    if (same(rounding, this.#held) || this.#draw.getModeState() === "drawing") return;
    this.#kind = wanted.kind;
    this.#held = rounding;
    this.#putting = true;
    this.#draw.setMode(MODES[wanted.kind]);
    this.#draw.clear();
    const shape = geometry(rounding);
    const id = this.#draw.getFeatureId();
    if (shape) {
      const [added] = this.#draw.addFeatures([{ type: "Feature", id, geometry: shape, properties: { mode: MODES[wanted.kind] } }]);
      if (added?.valid) this.#draw.selectFeature(id);
    }
    this.#putting = false;
  }

  end(): void {
    this.#draw.stop();
  }

  #shapes() {
    const drawn: ReadonlySet<unknown> = new Set(Object.values(MODES));
    return this.#draw.getSnapshot().filter(({ properties, geometry }) => drawn.has(properties.mode) && geometry.type !== "Point");
  }
}
