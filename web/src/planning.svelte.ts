// A plan while it is being made: the form's fields as text, what they mean, and what the node finds as they change.
import { api, Trouble } from "./api/client.ts";
import type { Detail, PlanForm, Screened, Shape } from "./api/types.ts";
import { centre } from "./centre.svelte.ts";
import { places } from "./map/basemap.ts";
import type { Drawn } from "./map/drawing.ts";
import { pen } from "./map/pen.svelte.ts";
import { position, type Point } from "./map/where.ts";
import { dtg, instant } from "./words/time.ts";

const NM = 1852;
const SETTLE_MS = 350;

export type Form = ReturnType<typeof blank>;

function blank() {
  return {
    agreement: "", circle: "all", name: "", title: "", callsign: "", note: "",
    kind: "humanitarian" as PlanForm["kind"], crew: "crewed" as PlanForm["crew"],
    shape: "circle" as Shape["type"], points: "", reach: "2", altitude: "GND-5000 ft AMSL", start: "", end: "", to: [] as string[],
  };
}

/** A time as the form shows it: a date-time group, or, where there are seconds, the whole time. */
const field = (time: string | Date): string => {
  const at = new Date(time);
  return at.getTime() % 60_000 === 0 ? dtg(at) : at.toISOString().slice(0, 19).replace("T", " ");
};

class Planning {
  open = $state(false);
  form = $state(blank());
  /** The operation that is being changed, and the version that was looked at. */
  changing = $state.raw<{ subject: string; leaf: string; version: number } | null>(null);
  screened = $state.raw<Screened | null>(null);
  busy = $state(false);
  trouble = $state("");
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  /** A plan that the form cannot hold, of several volumes or with holes: it is kept whole, and ways out move it. */
  whole = $state.raw<PlanForm | null>(null);
  /** Timing links of the version that is changed go along, and the areas and the third party that its act names. */
  links = $state.raw<PlanForm["links"]>([]);
  named = $state.raw<{ areas: string[]; proxy_for: string }>({ areas: [], proxy_for: "" });
  /** The form's shape before each stroke of the hand, newest last. */
  strokes = $state.raw<Pick<Form, "shape" | "points" | "reach">[]>([]);

  start(): void {
    const first = this.agreements[0];
    const soon = new Date(Math.ceil((centre.now.getTime() + 3_600_000) / 900_000) * 900_000);
    this.form = { ...blank(), agreement: first?.id ?? "", start: field(soon), end: field(new Date(soon.getTime() + 3_600_000)) };
    Object.assign(this, { open: true, changing: null, screened: null, trouble: "", whole: null, links: [], named: { areas: [], proxy_for: "" }, strokes: [] });
  }

  change(detail: Detail): void {
    const version = detail.versions.at(-1);
    if (!version?.plan) return;
    const { row, agreement } = detail.operation;
    this.form = { ...blank(), agreement, circle: row.circle, name: row.subject.split("/")[2] ?? "", to: [...detail.released_to], ...fields(version.plan) };
    Object.assign(this, { open: true, changing: { subject: row.subject, leaf: row.leaf, version: row.version }, screened: null, trouble: "", strokes: [] });
    this.#keep(version.plan);
    this.named = { areas: version.areas, proxy_for: version.proxy_for };
    this.changed();
  }

  take(plan: PlanForm): void {
    Object.assign(this.form, fields(plan));
    this.#keep(plan);
    void this.screen(false);
  }

  #keep(plan: PlanForm): void {
    const simple = plan.volumes.length === 1 && plan.volumes.every(({ shape }) => shape.type !== "polygon" || !shape.holes?.length);
    this.whole = simple ? null : plan;
    this.links = plan.links ?? [];
  }

  close(): void {
    this.open = false;
    this.screened = null;
    pen.clear();
  }

  agreements = $derived((centre.session?.agreements ?? []).filter((one) => one.state === "in force" && one.may.some((may) => may.verb === "operation.propose") && one.parties.some((p) => p.id === centre.session?.party && p.flies)));
  others = $derived((centre.agreement(this.form.agreement)?.parties ?? []).filter((p) => p.id !== centre.session?.party && this.members.has(p.id)));
  get members(): Set<string> {
    const circle = centre.agreement(this.form.agreement)?.circles.find((one) => one.id === this.form.circle);
    return new Set([...(circle?.deciders ?? []), ...(circle?.readers ?? [])]);
  }

  /** The positions as typed; a line that is none is told by `bad`. */
  points = $derived(this.form.points.split("\n").filter((line) => line.trim()).map((line) => ({ line, at: position(line) ?? this.aerodromes.get(line.trim().toUpperCase()) ?? null })));
  bad = $derived(this.points.find((one) => one.at === null)?.line ?? "");
  aerodromes = $state.raw(new Map<string, Point>());

  /** The shape as far as the form has one, for the map to draw; null while a line of it is no position. */
  drawing = $derived.by((): Drawn | null => {
    if (this.whole || this.bad) return null;
    const reach = Number(this.form.reach) * NM;
    return { kind: this.form.shape, points: this.points.map((one) => one.at as Point), reach: this.form.shape === "circle" && reach > 0 ? reach : null };
  });

  /** Take what a hand drew into the form. */
  drawn({ kind, points, reach }: Drawn): void {
    const { shape, points: before, reach: wide } = this.form;
    this.strokes = [...this.strokes, { shape, points: before, reach: wide }];
    Object.assign(this.form, { shape: kind, points: points.map(exact).join("\n"), ...(reach ? { reach: String(Number((reach / NM).toFixed(3))) } : {}) });
    this.changed();
  }

  undo(): void {
    const before = this.strokes.at(-1);
    if (!before) return;
    this.strokes = this.strokes.slice(0, -1);
    Object.assign(this.form, before);
    this.changed();
  }

  missing = $derived.by((): string[] => {
    const f = this.form;
    const [start, end] = [instant(f.start), instant(f.end)];
    const wanted: [string, boolean][] = [
      ["plan.flight", f.title.trim() === ""],
      ["plan.points", !this.whole && (this.bad !== "" || this.points.length < { circle: 1, corridor: 2, polygon: 3 }[f.shape])],
      ["plan.radius", !this.whole && f.shape !== "polygon" && !(Number(f.reach) > 0)],
      ["plan.altitude", !this.whole && f.altitude.trim() === ""],
      ["plan.start", !this.whole && start === null],
      ["plan.end", !this.whole && (end === null || (start !== null && end <= start))],
    ];
    return wanted.filter(([, is]) => is).map(([name]) => name);
  });

  plan = $derived.by((): PlanForm | null => {
    if (this.missing.length) return null;
    const f = this.form;
    const named = { title: f.title.trim(), callsign: f.callsign.trim(), note: f.note.trim(), kind: f.kind, crew: f.crew };
    if (this.whole) return { ...this.whole, ...named };
    const at = this.points.map((one) => one.at as Point);
    const reach = Number(f.reach) * NM;
    const shape: Shape =
      f.shape === "circle" ? { type: "circle", centre: at[0] as Point, radius_m: reach }
      : f.shape === "corridor" ? { type: "corridor", path: at, half_width_m: reach }
      : { type: "polygon", ring: at, holes: [] };
    return { ...named, links: this.links ?? [], volumes: [{ shape, altitude: f.altitude.trim(), start: instant(f.start)?.toISOString() ?? "", end: instant(f.end)?.toISOString() ?? "" }] };
  });

  changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.screen(false), SETTLE_MS);
    if (/^[A-Za-z]{4}\s*$/m.test(this.form.points) && this.aerodromes.size === 0) void this.#learn();
  }

  async screen(ways: boolean): Promise<void> {
    clearTimeout(this.#timer); // what was to be asked soon is asked now
    const { plan } = this;
    if (!plan || !this.open) return;
    const number = ++this.#asked;
    this.busy = true;
    try {
      const found = await api.screen(this.form.agreement, plan, this.changing?.subject ?? "", ways);
      if (number !== this.#asked) return; // the form has moved on
      this.screened = found;
      this.trouble = "";
      pen.outline = found.drawn.map((volume) => volume.rings as Point[][]);
    } catch (error) {
      if (number === this.#asked) {
        this.trouble = error instanceof Trouble ? error.message : String(error);
        this.screened = null;
      }
    } finally {
      if (number === this.#asked) this.busy = false;
    }
  }

  async #learn(): Promise<void> {
    const { aerodromes } = await places();
    this.aerodromes = new Map(aerodromes.map((one) => [String(one.properties?.code), one.geometry.coordinates as Point]));
  }
}

/** The form's fields for a plan; of several volumes the first is shown, and the plan is kept whole. */
function fields(plan: PlanForm): Partial<Form> {
  const volume = plan.volumes[0];
  const shape = volume?.shape;
  const reach = shape?.type === "circle" ? shape.radius_m : shape?.type === "corridor" ? shape.half_width_m : 0;
  const points = (shape?.type === "circle" ? [shape.centre] : shape?.type === "corridor" ? shape.path : (shape?.ring ?? [])) as Point[];
  return {
    title: plan.title, callsign: plan.callsign ?? "", note: plan.note ?? "", kind: plan.kind, crew: plan.crew,
    shape: shape?.type ?? "circle", points: points.map(exact).join("\n"), reach: String(Number((reach / NM).toFixed(4))),
    altitude: volume?.altitude ?? "", start: volume ? field(volume.start) : "", end: volume ? field(volume.end) : "",
  };
}

const exact = ([lon, lat]: Point): string => `${lat} ${lon}`;

export const planning = new Planning();
