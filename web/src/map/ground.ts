// A map of the node's own (PMTiles), drawn under everything. Loaded only where the node was started with one. Its layers
// are whatever its maker named: those that carry a usual name get that name's colours, all others thin lines.
import { addProtocol, type LayerSpecification, type Map as GlMap } from "maplibre-gl";
import { FetchSource, PMTiles, Protocol } from "pmtiles";

interface Look {
  fill?: readonly [light: string, dark: string];
  line?: readonly [light: string, dark: string, width: number];
}

const LOOKS: Readonly<Record<string, Look>> = {
  earth: { fill: ["#f4f1ea", "#262c30"] },
  land: { fill: ["#f4f1ea", "#262c30"] },
  landcover: { fill: ["#e4ead9", "#2a332c"] },
  landuse: { fill: ["#e9e6dc", "#2c3133"] },
  water: { fill: ["#cfe1ec", "#16222c"] },
  ocean: { fill: ["#cfe1ec", "#16222c"] },
  buildings: { fill: ["#ddd6cb", "#353b40"] },
  building: { fill: ["#ddd6cb", "#353b40"] },
  roads: { line: ["#b9ab98", "#5a5f63", 1.1] },
  transportation: { line: ["#b9ab98", "#5a5f63", 1.1] },
  boundaries: { line: ["#b59b8b", "#7a6657", 0.9] },
  boundary: { line: ["#b59b8b", "#7a6657", 0.9] },
};
const OTHER: Look = { line: ["#93a3ad", "#566470", 0.7] };
const SOURCE = "ground";
const UNDER = "coast"; // what is shipped with the page keeps its coasts, borders and names above

let protocol: Protocol | null = null;

/** Draw the node's own map on a map; what it says of its makers is returned. */
export async function lay(map: GlMap, dark: boolean): Promise<string> {
  const url = `${location.origin}/api/map`;
  if (!protocol) {
    protocol = new Protocol();
    addProtocol("pmtiles", protocol.tile);
    protocol.add(new PMTiles(new FetchSource(url)));
  }
  const file = protocol.get(url);
  if (!file) return "";
  const [header, told] = await Promise.all([file.getHeader(), file.getMetadata() as Promise<{ attribution?: unknown; vector_layers?: { id: string }[] }>]);
  if (map.getSource(SOURCE)) return "";
  const vector = header.tileType === 1;
  map.addSource(SOURCE, { type: vector ? "vector" : "raster", url: `pmtiles://${url}`, ...(vector ? {} : { tileSize: 256 }) } as never);
  const layers = vector ? (told.vector_layers ?? []).flatMap(({ id }) => looks(id, dark)) : [{ id: "ground", type: "raster", source: SOURCE, paint: { "raster-opacity": dark ? 0.5 : 0.9 } } as LayerSpecification];
  for (const layer of layers) map.addLayer(layer, UNDER);
  const parsed = new DOMParser().parseFromString(String(told.attribution ?? ""), "text/html");
  return parsed.body.textContent.trim();
}

function looks(name: string, dark: boolean): LayerSpecification[] {
  const { fill, line } = LOOKS[name] ?? OTHER;
  const common = { source: SOURCE, "source-layer": name };
  const at = dark ? 1 : 0;
  return [
    ...(fill ? [{ ...common, id: `ground-${name}`, type: "fill", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": fill[at] } } as LayerSpecification] : []),
    ...(line ? [{ ...common, id: `ground-${name}-line`, type: "line", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": line[at], "line-width": line[2] } } as LayerSpecification] : []),
  ];
}
