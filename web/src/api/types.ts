// The API's types by their short names. `schema.d.ts` is made from docs/reference/openapi.json before each build, so a
// field that the node renames fails the page's type check.
import type { components } from "./schema.d.ts";

type S = components["schemas"];
export type Session = S["Session"];
export type Agreement = S["AgreementView"];
export type Picture = S["Picture"];
export type Operation = S["OperationView"];
export type Area = S["AreaView"];
export type Site = S["SiteView"];
export type StopView = S["StopView"];
export type Finding = S["FindingView"];
export type Findings = S["Findings"];
export type Item = S["Item"];
export type Inbox = S["Inbox"];
export type Links = S["Links"];
export type Detail = S["OperationDetail"];
export type Draft = S["DraftView"];
export type Statement = S["StatementView"];
export type Difference = S["Difference"];
export type Holding = S["Holding"];
export type Receipt = S["Receipt"];
export type Entry = S["Entry"];
export type Entries = S["Entries"];
export type Story = S["EntryStory"];
export type Proof = S["Proof"];
export type Disclosed = S["Disclosed"];
export type PlanForm = S["PlanForm"];
export type Shape = PlanForm["volumes"][number]["shape"];
export type Screened = S["Screened"];
export type Hit = S["Hit"];
export type Problem = S["Problem"];
