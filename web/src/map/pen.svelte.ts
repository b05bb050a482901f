// What the planning form and the map say to each other: the shape, in the form's fields and under the hand; the plan's
// outline as the node sees it; where to look.
import type { Feature } from "geojson";
import type { Drawn } from "./drawing.ts";
import type { Point } from "./where.ts";

class Pen {
  active = $state(false);
  /** The shape as the form has it. */
  form = $state.raw<Drawn | null>(null);
  /** Hears of what a hand drew. */
  ondrawn: (drawn: Drawn) => void = () => undefined;
  outline = $state.raw<Point[][][]>([]);
  /** Where the map is to look next; the map takes it and sets it back. */
  goal = $state<Point | null>(null);

  features = $derived.by((): Feature[] => [
    ...this.outline.map((rings): Feature => ({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: rings } })),
    ...(this.active ? [] : (this.form?.points ?? [])).map((at): Feature => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: at } })),
  ]);

  clear(): void {
    this.active = false;
    this.form = null;
    this.outline = [];
  }
}

export const pen = new Pen();
