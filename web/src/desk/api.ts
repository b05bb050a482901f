// What the desk asks of the node, beside what every page asks; loaded with the desk's views alone.
import { ask, query } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";

type S = components["schemas"];
export type RegisterPage = S["RegisterPage"];
export type PlaceRow = S["PlaceRow"];
export type PlaceDetail = S["PlaceDetail"];
export type Pairs = S["Pairs"];
export type Pair = S["PairView"];
export type Entry = S["EntryView"];
export type Columns = S["ColumnsView"];
export type Staged = S["StagedView"];
export type Outcome = S["OutcomeView"];
export type Recipient = S["RecipientView"];
export type Preview = S["PreviewView"];
export type Packages = S["Packages"];
export type Package = S["PackageView"];
export type Coverage = S["Coverage"];
export type CoverageRow = S["CoverageRow"];
export type Step = S["StepView"];
export type Export = S["ExportView"];
export type Notice = S["Notice"];
export type Movement = S["MovementDetail"];
export type Journey = S["JourneyForm"];
export type Compared = S["Compared"];

const LONG_MS = 600_000;
const path = (subject: string): string => subject.split("/").slice(1).map(encodeURIComponent).join("/");
const named = (agreement: string, circle: string): string => query({ agreement, circle });

export const desk = {
  register: (fields: Record<string, string>) => ask<RegisterPage>("GET", `/desk/register?${query(fields)}`),
  place: (id: string) => ask<PlaceDetail>("GET", `/desk/register/${encodeURIComponent(id)}`),
  end: (places: string[], again: boolean) => ask<PlaceDetail>("POST", "/desk/register/end", { places, again }),
  merge: (kept: string, other: string) => ask<PlaceDetail>("POST", "/desk/register/merge", { kept, other }),
  pairs: (place: string, page: number) => ask<Pairs>("GET", `/desk/pairs?${query({ place, page: String(page) })}`),
  review: (said: object) => ask<void>("POST", "/desk/pairs", said),
  columns: (upload: object) => ask<Columns>("POST", "/desk/columns", upload, LONG_MS),
  read: (upload: object) => ask<Staged>("POST", "/desk/imports", upload, LONG_MS),
  staged: (list: string, kind: string, page: number) => ask<Staged>("GET", `/desk/imports/${encodeURIComponent(list)}?${query({ kind, page: String(page) })}`),
  accept: (list: string, said: object) => ask<{ rows: number; counts: Record<string, number> }>("POST", `/desk/imports/${encodeURIComponent(list)}/accept`, said, LONG_MS),
  forget: (list: string) => ask<void>("DELETE", `/desk/imports/${encodeURIComponent(list)}`),
  recipients: () => ask<{ recipients: Recipient[] }>("GET", "/desk/recipients"),
  preview: (asked: object) => ask<{ previews: Preview[] }>("POST", "/desk/preview", asked, LONG_MS),
  packages: () => ask<Packages>("GET", "/desk/packages"),
  hear: (said: object) => ask<Packages>("POST", "/desk/heard", said),
  coverage: (everything: boolean) => ask<Coverage>("GET", `/coverage?${query({ everything: String(everything) })}`),
  movement: (subject: string, agreement = "", circle = "") => ask<Movement>("GET", `/movements/${path(subject)}?${named(agreement, circle)}`),
  notice: (subject: string, agreement = "", circle = "") => ask<Notice>("GET", `/notices/${path(subject)}?${named(agreement, circle)}`),
  compare: (asked: object) => ask<{ places: Compared[]; left: number }>("POST", "/compare", asked),
  exports: (subject: string) => ask<{ exports: Export[] }>("GET", `/exports?${query({ subject })}`),
  sites: (subject: string, agreement: string, page: number) => ask<S["ListDetail"]>("GET", `/lists/${path(subject)}?${query({ agreement, page: String(page) })}`),
};

/** Where a package's files are fetched from: a link of this page's own node, with its session's cookie. */
export const archive = (one: Package): string =>
  `/api/desk/packages/${encodeURIComponent(one.recipient)}/${one.number}${one.movement ? `?${query({ movement: one.movement })}` : ""}`;

/** Where the file of an order is fetched from that two officers have signed. */
export const exported = (one: Export): string => `/api/exports/${encodeURIComponent(one.id)}/file`;
