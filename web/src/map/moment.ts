// What of the map holds a moment: kept as a state of each feature, of which only those are told that begin or end.
import type { Feature } from "geojson";
import type { Map as GlMap } from "maplibre-gl";

interface Stretch {
  source: string;
  id: number;
  key: string;
  start: number;
  end: number;
}

export class Moment {
  #all: Stretch[] = [];
  #now = new Set<Stretch>();

  /** Take what was newly given to the map's sources; its features have no state yet. */
  take(map: GlMap, found: Readonly<Record<string, Feature[]>>, sources: readonly string[]): void {
    for (const source of sources) map.removeFeatureState({ source });
    this.#now.clear();
    this.#all = sources.flatMap((source) =>
      (found[source] ?? []).map(({ id, properties }) => ({ source, id: Number(id), key: String(properties?.key), start: Number(properties?.start), end: Number(properties?.end) })),
    );
  }

  /** Show a moment; true when something begins or ends by it. */
  show(map: GlMap, at: number): boolean {
    let changed = false;
    for (const one of this.#all) {
      const now = one.start <= at && at < one.end;
      if (now === this.#now.has(one)) continue;
      changed = true;
      if (now) this.#now.add(one);
      else this.#now.delete(one);
      map.setFeatureState({ source: one.source, id: one.id }, { now });
    }
    return changed;
  }

  /** The keys of what holds the moment shown last. */
  get keys(): Set<string> {
    return new Set([...this.#now].map(({ key }) => key));
  }
}
