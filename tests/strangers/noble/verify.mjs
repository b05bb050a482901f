// Reads what Entente signs and spells with code that nobody of Entente wrote: @noble/curves, @noble/post-quantum and
// ECMAScript's own JSON, on which RFC 8785 rests. What stands here and beside it follows spec/ and nothing else.
//
//   node verify.mjs vectors DIR                 negative vectors: a verdict each
//   node verify.mjs acts FILE ROOT              how many of a feed's acts (acts.jsonl) persons signed, from the root key on
//   node verify.mjs disclosure FILE [HASH]      what a disclosure proves and what not; ends with 1 when it is none
//   node verify.mjs disclosures HASH FILE …     of each, what it proves and what not, or one sentence why it is none
import { readFileSync, readdirSync } from "node:fs";
import { join as path } from "node:path";
import { checked, leaf } from "./disclosure.mjs";
import { e1, e1Key, edVerify, ml_dsa44, ml_dsa65, mlVerify, pae, STATEMENT } from "./keys.mjs";
import { fork, included, consistent, signedBy, vkey } from "./log.mjs";
import { w1, w1Key } from "./passkeys.mjs";
import { opened } from "./sealed.mjs";
import { bytes, canonical, hex, sha256, spell, text, unbase64 } from "./spelling.mjs";
import { told } from "./told.mjs";

// The statement is a slice of the act: what was signed is taken from the bytes, not spelled again.
function statementIn(act) {
  const whole = Buffer.from(act).toString("utf8");
  const value = canonical(act);
  const slice = spell(value.statement);
  if (!whole.includes(`"statement":${slice}`)) throw new Error("slice");
  return [value, text(slice)];
}

function acts(file, root) {
  const keys = new Map();
  let persons = 0;
  for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
    const [act, signed] = statementIn(unbase64(JSON.parse(line).act));
    const { signer, verb, body } = act.statement;
    if (!signer) continue;
    if (verb === "keys.certify" && e1Key(body.card.root).fingerprint === root) keys.set(root, e1Key(body.card.root));
    if (!e1(keys.get(signer.key), STATEMENT, signed, act.signature)) throw new Error(line.slice(-40));
    if (verb === "staff.enrol" && signer.key === root) keys.set(e1Key(body.key).fingerprint, e1Key(body.key));
    persons += 1;
  }
  return { persons_acts: persons };
}

// -- FEED-40, FEED-41 -------------------------------------------------------------------------------------------------

function frame(data, at) {
  const view = new DataView(data.buffer, data.byteOffset);
  if (data.length < at + 9) throw new Error("short");
  const [lane, head, body] = [view.getUint8(at), view.getUint32(at + 1), view.getUint32(at + 5)];
  const start = at + 9;
  const end = start + head + body;
  if (lane > 5 || head > 65536 || body > 2097152 || data.length < end) throw new Error("frame");
  const value = canonical(data.subarray(start, start + head));
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Error("head");
  return { lane, value, head: data.subarray(start, start + head), body: data.subarray(start + head, end), end };
}

function bundle(data, key) {
  if (Buffer.from(data.subarray(0, 8)).toString("latin1") !== "ENTENTE1") return false;
  const first = frame(data, 8);
  const rest = data.subarray(first.end);
  const named = ["agreement", "body", "from", "to"].every((name) => typeof first.value[name] === "string");
  if (first.lane !== 0 || !named || first.value.v !== 1 || first.value.body !== sha256(rest)) return false;
  const kind = "application/vnd.entente.bundle+json";
  if (!edVerify(first.body, pae(kind, first.head), key)) return false;
  for (let at = 0; at < rest.length; ) at = frame(rest, at).end;
  return true;
}

// -- vectors ----------------------------------------------------------------------------------------------------------

function edited(data, edits = [], length = data.length) {
  const made = new Uint8Array(length);
  made.set(data.subarray(0, length));
  for (const [at, put] of edits) made.set(bytes(put), at);
  return made;
}

function mldsa(scheme, base, row) {
  const take = (name) => bytes(row[name] ?? base[name]);
  const signature = edited(bytes(base.signature), row.edits, row.length);
  const key = edited(bytes(base.public), row.public_edits, row.public_length);
  return mlVerify(scheme, signature, take("message"), key, take("context"));
}

const bigger = BigInt;
const steps = (row) => row.proof.map(bytes);

const JUDGES = {
  ed25519: (row) => edVerify(bytes(row.signature), bytes(row.message), bytes(row.public)),
  mldsa44: (row, file) => mldsa(ml_dsa44, file.base, row),
  mldsa65: (row, file) => mldsa(ml_dsa65, file.base, row),
  e1: (row, file) => {
    const take = (name) => row[name] ?? file.base[name];
    return e1(e1Key(take("public")), take("kind"), text(take("body")), row.signature);
  },
  w1: (row, file) => {
    const take = (name) => row[name] ?? file.base[name];
    return w1(w1Key(take("public")), take("kind"), text(take("body")), take("signature"));
  },
  canonical: (row) => canonical(bytes(row.data)) !== undefined,
  base64: (row) => unbase64(row.text) !== undefined,
  leaf: (row, file) => leaf(text(row.leaf), file.feed, file.seq) !== undefined,
  bundle: (row, file) => bundle(bytes(row.bundle), bytes(file.exchange)),
  note: (row, file) => signedBy(text(row.note), file.vkeys.map(vkey)) !== undefined,
  cosignature: (row, file) => signedBy(text(row.note), file.vkeys.map(vkey)) !== undefined,
  apart: (row, file) => fork(text(row.evidence), (data) => signedBy(data, file.vkeys.map(vkey))) !== undefined,
  grant: (row, file) => {
    const sealed = edited(bytes(file.base.sealed), row.edits, row.length);
    const recipient = Object.fromEntries(Object.entries(file.recipient).map(([name, value]) => [name, bytes(value)]));
    return hex(opened(sealed, text(row.info ?? file.base.info), recipient)) === file.base.grant;
  },
  fork: (row, file) => fork(text(row.evidence), (data) => signedBy(data, file.vkeys.map(vkey))) !== undefined,
  proof: (row) => {
    if (row.type === "inclusion") included(bigger(row.index), bigger(row.size), bytes(row.leaf), bytes(row.root), steps(row));
    else consistent(bigger(row.small), bigger(row.large), bytes(row.small_root), bytes(row.large_root), steps(row));
    return true;
  },
};

function judged(judge, row, file) {
  try {
    return judge(row, file);
  } catch {
    return false;
  }
}

function vectors(folder) {
  const found = {};
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".json"))) {
    const file = JSON.parse(readFileSync(path(folder, name), "utf8"));
    const judge = JUDGES[file.kind];
    if (judge) found[file.kind] = file.cases.map((row) => judged(judge, row, file));
  }
  return found;
}

// -- disclosures ------------------------------------------------------------------------------------------------------

const disclosure = (file, known = "") => told(checked(readFileSync(file), known));

function disclosures(known, ...files) {
  return files.map((file) => {
    try {
      return disclosure(file, known);
    } catch (error) {
      return error.message;
    }
  });
}

const COMMANDS = { acts, vectors, disclosure, disclosures };
const [what, ...rest] = process.argv.slice(2);
try {
  console.log(JSON.stringify(COMMANDS[what](...rest)));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
