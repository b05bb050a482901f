// Pictures of APP-6 symbols for the map and its legend. The library that draws them is a large one, and is loaded when
// somebody first switches symbols on.
import type { Map as GlMap } from "maplibre-gl";
import { ms, numberair, numberlandinstallation } from "milsymbol/parts";
import { PREFIX } from "./codes.ts";

ms.addIcons(numberair);
ms.addIcons(numberlandinstallation);

const SIZE = 22;
const SHARP = 2;

export const drawn = (name: string): HTMLCanvasElement =>
  new ms.Symbol(name.slice(PREFIX.length), { size: SIZE, outlineWidth: 3, outlineColor: "#ffffff" }).asCanvas(SHARP);

/** Give a map the symbols that it asks for. */
export function supply(map: GlMap): void {
  map.setMissingStyleImageResolver((id) => {
    if (!id.startsWith(PREFIX) || map.hasImage(id)) return;
    const canvas = drawn(id);
    const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height);
    if (pixels) map.addImage(id, pixels, { pixelRatio: SHARP });
  });
}
