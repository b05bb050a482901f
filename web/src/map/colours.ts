// Colours of Okabe and Ito (2008), told apart by every common kind of colour vision; and since colour alone is never
// enough, standings differ in dashes, area classes in hatching and site categories in letters too.
export const PARTIES = ["#0072b2", "#cc79a7", "#e69f00", "#56b4e9", "#b8a800", "#7f7f7f"];
const PARTIES_DARK = ["#4aa8e8", "#e39bc4", "#f2b134", "#8ad0f5", "#f0e442", "#a8a8a8"];

export const party = (index: number, dark: boolean): string =>
  (dark ? PARTIES_DARK : PARTIES)[index < 0 ? 5 : index % 6] ?? "#7f7f7f";

/** A standing's colour and its dashes, in widths of the line; an empty list is a whole line. */
export const STANDINGS: Readonly<Record<string, { colour: string; dash: readonly number[] }>> = {
  no_objection: { colour: "#009e73", dash: [] },
  concurred: { colour: "#009e73", dash: [] },
  notified: { colour: "#56b4e9", dash: [6, 2] },
  unopposed: { colour: "#e69f00", dash: [6, 2, 1, 2] },
  noticed: { colour: "#e69f00", dash: [3, 2] },
  objected: { colour: "#d55e00", dash: [1, 1] },
};
export const OTHER = { colour: "#8a8a8a", dash: [3, 3] } as const;
export const STOPPED = "#c00000";

export const AREAS: Readonly<Record<string, { colour: string; hatch: Hatch }>> = {
  restricted: { colour: "#e69f00", hatch: "rising" },
  no_fly: { colour: "#d55e00", hatch: "crossed" },
  humanitarian_corridor: { colour: "#009e73", hatch: "level" },
  others_forces_present: { colour: "#777777", hatch: "dotted" },
  coordination_required: { colour: "#0072b2", hatch: "falling" },
};

export const SITE = "#00785a";
export const LETTERS: Readonly<Record<string, string>> = {
  medical: "M", school: "S", water_and_power: "W", food_and_relief: "F", displaced_persons: "D", worship: "R",
  cultural: "C", humanitarian_office: "H", humanitarian_movement: "V", other_civilian: "O",
};

export type Hatch = "rising" | "falling" | "crossed" | "level" | "dotted";

/** A tile of hatching, 16 pixels square, that joins itself on every side. */
export function hatch(kind: Hatch, colour: string): ImageData {
  const side = 16;
  const image = new ImageData(side, side);
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) as [number, number, number];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const on = {
        rising: (x + y) % 8 < 1.5,
        falling: (x - y + side) % 8 < 1.5,
        crossed: (x + y) % 8 < 1.5 || (x - y + side) % 8 < 1.5,
        level: y % 8 < 1.5,
        dotted: x % 8 < 2 && y % 8 < 2,
      }[kind];
      image.data.set([r, g, b, on ? 190 : 26], 4 * (y * side + x));
    }
  return image;
}
