// Symbol codes of MIL-STD-2525D (APP-6D), twenty digits: version, context, identity, set, status, two spare, entity, two
// modifiers. Identity is relative to whoever looks: our own are friends, all others neutral. Nobody is hostile or
// suspect here, and nothing on this map says so: who has not signed with us is not on it.
import type { Operation } from "../api/types.ts";

export const FRIEND = "3";
export const NEUTRAL = "4";
const AIR = "01";
const INSTALLATION = "20";
/** Whether wings turn or not, and whose service it is, is not said in a plan: so neither is said here. */
const CREWED = "000000";
const UNCREWED = "110300";
/** What an operation is for, as the standard's first modifier in the air; for the other kinds it has none. */
export const KINDS: Readonly<Record<string, string>> = {
  transport: "03", refuelling: "06", general: "07", medical_evacuation: "14", patrol: "17", reconnaissance: "18", training: "19", personnel_recovery: "21",
};
export const SITES: Readonly<Record<string, string>> = {
  medical: "120702", school: "120402", water_and_power: "121400", food_and_relief: "120105", displaced_persons: "111901",
};

/** `PREFIX` + code: names of images that the map makes when it first needs one. */
export const PREFIX = "app6-";

const code = (exercise: boolean, identity: string, set: string, status: string, entity: string, first = "00"): string =>
  `${PREFIX}10${exercise ? "1" : "0"}${identity}${set}${status}000${entity}${first}00`;

export function operationCode(own: boolean, kind: string, crew: string, planned: boolean, exercise: boolean): string {
  return code(exercise, own ? FRIEND : NEUTRAL, AIR, planned ? "1" : "0", crew === "uncrewed" ? UNCREWED : CREWED, KINDS[kind] ?? "00");
}

export const operationSymbol = (row: Operation["row"], own: string, exercise: boolean): string =>
  operationCode(row.owner === own, row.kind, row.crew, row.phase === "planned", exercise);

export const siteSymbol = (category: string, exercise: boolean): string =>
  code(exercise, NEUTRAL, INSTALLATION, "0", SITES[category] ?? "120000");
