// What the planning form and the map say to each other: points taken from the map, the plan's outline, where to look.
import type { Feature } from "geojson";
import type { Point } from "./where.ts";

class Pen {
  active = $state(false);
  points = $state<Point[]>([]);
  outline = $state.raw<Point[][][]>([]);
  /** Where the map is to look next; the map takes it and sets it back. */
  goal = $state<Point | null>(null);

  features = $derived.by((): Feature[] => [
    ...this.outline.map((rings): Feature => ({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: rings } })),
    ...this.points.map((at): Feature => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: at } })),
  ]);

  add(at: Point): void {
    this.points = [...this.points, at];
  }

  clear(): void {
    this.active = false;
    this.points = [];
    this.outline = [];
  }
}

export const pen = new Pen();
