// Who signed an act, and whose key it was: spec/disclosure.md DISC-14, DISC-15; spec/joint.md JOINT-16 and JOINT-200 to
// JOINT-204; spec/keys.md KEY-4 to KEY-6, KEY-14. Acts are heard in their feed's order; only those shown count.
import { e1, e1Key, follows, rooted, STATEMENT } from "./keys.mjs";
import { w1, w1Key } from "./passkeys.mjs";
import { exactly, HASH } from "./spelling.mjs";
import { isTime } from "./disclosure.mjs";

const COMMAND = ["senior", "deputy"];
const FLYING = [...COMMAND, "air_operations"];
const DUTY = [...FLYING, "intelligence", "protection", "legal_adviser", "watch", "records"];
const MANAGING = ["root", "senior"];
const HANDLING = [...FLYING, "protection", "watch"];
const LISTING = [...COMMAND, "protection"];

/** JOINT-201. */
const AUTHORITY = {
  "keys.certify": ["root"], "keys.root": ["root"], "epoch.open": ["root"],
  "keys.revoke": MANAGING, "staff.enrol": MANAGING, "staff.appoint": MANAGING, "staff.relieve": MANAGING,
  "agreement.sign": ["senior"], "standing_decision.give": ["senior"], "standing_decision.revoke": COMMAND,
  "operation.propose": FLYING, "operation.change": FLYING, "operation.withdraw": FLYING, "operation.activate": FLYING,
  "operation.lapse": FLYING, "decision.give": FLYING,
  "operation.deviate": [...FLYING, "watch"], "operation.end": [...FLYING, "watch"],
  "dissent.give": DUTY, "stop.send": DUTY, "stop.acknowledge": DUTY, "movement.report": DUTY, "fork.report": DUTY,
  "stop.lift": [...COMMAND, "watch"],
  "sites.notify": LISTING, "release.onward": LISTING, "movement.notify": LISTING, "movement.amend": LISTING, "movement.end": LISTING,
  "release.terms": [...FLYING, "protection"], "release.grant": [...FLYING, "protection"],
  "sites.acknowledge": HANDLING, "release.acknowledge": HANDLING, "release.withdraw": HANDLING, "movement.acknowledge": HANDLING,
  "ladder.read_back": HANDLING, "ladder.relay": HANDLING, "ladder.load": HANDLING, "dispute.give": HANDLING, "dispute.end": HANDLING,
  "record.acknowledge": ["records"], "record.witnessed": ["records"], "record.reanchor": [...COMMAND, "records"],
};

/** An officer's key of either suite (SIGN-5, SIGN-11). */
const keyOf = (value) => (value?.suite === "W1" ? w1Key(value) : e1Key(value));
const verifies = (key, act) => (key.suite === "W1" ? w1 : e1)(key, STATEMENT, act.words, act.signature);
const isText = (value) => typeof value === "string";

export class Staff {
  constructor(feed, file, say) {
    this.party = feed.party;
    this.chain = file.parties.get(feed.party).roots;
    [this.root] = this.chain;
    this.say = say;
    this.enrolled = new Map();
    this.terms = new Map();
    this.revoked = new Map();
    this.signed = [];
  }

  /** Returns whether it is shown that a person signed the act who might. */
  hear(entry, agreement, about) {
    const { statement } = entry.act;
    const { signer, verb } = statement;
    if (verb === "keys.root") this.step(statement.body, about);
    if (!signer) {
      this.say("proved", about, "act.machine");
      return false;
    }
    const signed = this.isSigned(entry.act, agreement.passkeys === true, about);
    const fit = this.isFit(entry.act, agreement, about);
    if (signed && this.revoked.has(signer.key)) {
      this.say("flaw", about, "key.revoked");
      return false;
    }
    if (signed) this.signed.push([entry.seq, about, signer.key]);
    if (signed && fit && verb === "keys.revoke") this.revoke(statement.body);
    if (signed && fit && verb.startsWith("staff.")) this.remember(statement);
    return signed && fit;
  }

  step(body, about) {
    try {
      this.root = follows(this.root, body, this.party, this.revoked);
      this.say("proved", about, "root.changed");
    } catch {
      this.say("flaw", about, "root.false");
    }
  }

  isSigned(act, admitted, about) {
    const { signer } = act.statement;
    if (!["E1", "R1", "W1"].includes(signer.suite)) {
      this.say("not_proved", about, "act.suite");
      return false;
    }
    if (signer.office === "root") return this.isRoots(act, about);
    const key = this.enrolled.get(signer.officer);
    if (!key) this.say("not_proved", about, "act.key");
    else if (key.fingerprint !== signer.key) this.say("flaw", about, "act.other_key");
    else if (key.suite === "W1" && !admitted) this.say("flaw", about, "act.passkey");
    else if ((key.suite === "W1") !== (signer.suite === "W1")) this.say("flaw", about, "act.other_suite");
    else if (!verifies(key, act)) this.say("flaw", about, "act.signature");
    else {
      this.say("proved", about, "act.signed");
      if (key.suite === "W1") this.say("not_proved", about, "act.passkey_limits");
      return true;
    }
    return false;
  }

  isRoots(act, about) {
    const { signer } = act.statement;
    const named = (root) => (root.keys.length > 1 ? ["R1", root.pin] : ["E1", root.keys[0].fingerprint]);
    const root = [this.root, ...this.chain].find((one) => named(one).join() === [signer.suite, signer.key].join());
    if (!root) {
      this.say("flaw", about, "act.other_key");
      return false;
    }
    const one = root.keys.length === 1;
    const sound = one ? e1(root.keys[0], STATEMENT, act.words, act.signature) : this.several(root, act);
    this.say(sound ? "proved" : "flaw", about, sound ? "act.signed" : "act.signature");
    return sound;
  }

  several(root, act) {
    try {
      return rooted(root, STATEMENT, act.words, act.signature, this.revoked);
    } catch {
      return false;
    }
  }

  isFit(act, agreement, about) {
    const { signer, verb } = act.statement;
    const at = Date.parse(act.at);
    const offices = agreement.authority?.[verb] ?? AUTHORITY[verb] ?? [];
    if (!signer.officer.startsWith(`${this.party}/`)) this.say("flaw", about, "act.other_party");
    else if (!offices.includes(signer.office)) this.say("flaw", about, "office.authority");
    else if (at > Date.parse(signer.expires)) this.say("flaw", about, "statement.expired");
    else return signer.office === "root" || this.isHeld(signer, at, about);
    return false;
  }

  isHeld(signer, at, about) {
    const term = this.terms.get(`${signer.officer} ${signer.office}`);
    if (!term) this.say("not_proved", about, "office.unshown");
    else if (at < Date.parse(term.start) || (term.until && at >= Date.parse(term.until))) this.say("flaw", about, "office.outside");
    else {
      this.say("proved", about, "office.held");
      return true;
    }
    return false;
  }

  revoke(body) {
    if (!exactly(body, ["role", "key", "since"]) || !HASH.test(body.key) || !Number.isSafeInteger(body.since)) return;
    this.revoked.set(body.key, body.since);
    for (const [seq, about, key] of this.signed) if (key === body.key && seq >= body.since) this.say("flaw", about, "key.doubtful");
  }

  remember({ verb, body, subject, circle }) {
    const [party, label] = isText(body.officer) ? body.officer.split(/\/(.*)/s) : [];
    if (party !== this.party || subject !== `staff/${party}/${label}` || circle !== "all") return;
    if (verb === "staff.enrol" && exactly({ rank: "", ...body }, ["officer", "key", "fingerprint", "rank"])) {
      try {
        const key = keyOf(body.key);
        if (key.fingerprint === body.fingerprint) this.enrolled.set(body.officer, key);
      } catch {
        // what cannot be read enrols nobody
      }
    }
    const term = { until: "", ...body };
    const times = isTime(term.start) && (term.until === "" || isTime(term.until));
    if (verb === "staff.appoint" && exactly(term, ["officer", "office", "start", "until"]) && times) {
      this.terms.set(`${term.officer} ${term.office}`, term);
    }
    if (verb === "staff.relieve" && exactly(body, ["officer", "office"])) this.terms.delete(`${body.officer} ${body.office}`);
  }
}
