"""Keys: which root speaks for a party, which keys it has certified for its node, and which were taken back.

What counts for an act stands in its causal past, as everywhere: the newest root document that follows the one which the
agreement pins, the newest card, and the revocations. All three are entries of the party's own feed, in `all`, so that
every change has a number there, and no clock has a say (spec/keys.md).

    keys.certify   a card: the node's keys by role, signed by the root
    keys.root      a root document that follows the one in force, signed by enough keys of both
    keys.revoke    a key is void as of an entry of this feed
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from entente.ids import Hash, Origin, SubjectId, epoch_of
from entente.joint.act import Act, Signer
from entente.joint.rules import Case, Checks, Event, Past, Rule, body_of, said
from entente.joint.staff import PASSKEY, Certify, Enrol, Office, certified, keys_subject, may_enrol


class Role(StrEnum):
    """What a key is for. A key has one role, for ever (KEY-8)."""

    ROOT = "root"
    OFFICER = "officer"
    LOG = "log"
    COSIGNER = "cosigner"
    EXCHANGE = "exchange"
    SEAL = "seal"
    TLS = "tls"


NODE = (Role.LOG, Role.COSIGNER, Role.EXCHANGE, Role.SEAL, Role.TLS)
"""The roles of a node's own keys; `log` has two, which change together."""

# -- what can be said --------------------------------------------------------------------------------------------------


class NewRoot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`keys.root`: a root document and the signatures of root keys under it, by fingerprint."""

    document: dict[str, Any]
    signatures: dict[str, str]


class Revoke(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`keys.revoke`: what this key signed at or after entry `since` of this feed is void. `key` is its name (KEY-9)."""

    role: Role
    key: Hash
    since: int


# -- what is then true -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """A key of a party, void as of entry `since` of the feed `origin`."""

    role: Role
    key: Hash
    origin: Origin
    since: int
    leaf: Hash

    def covers(self, origin: Origin, seq: int) -> bool:
        """Whether an entry of the party stands at or after that one; a later epoch's all do."""
        mine, other = epoch_of(self.origin), epoch_of(origin)
        return other > mine or (other == mine and seq >= self.since)


def number(card: Mapping[str, Any]) -> int:
    """Return a card's number; the first form of cards has none, which counts as 0."""
    found = card.get("number", 0)
    return found if type(found) is int else 0


def cards(past: Past, party: str) -> list[tuple[Event, dict[str, Any]]]:
    """Return a party's certified cards, newest last, each with its entry."""
    return [(event, body_of(event.act, Certify).card) for event in certified(past, party)]


def documents(past: Past, party: str) -> list[Event]:
    """Return the entries by which a party has changed its root, newest last."""
    return said(past, keys_subject(party), "keys.root", party)


def root(past: Past, party: str, pinned: str, checks: Checks, besides: Iterable[Any] = ()) -> Any | None:
    """Return the root document in force, as cards spell it; None when the pinned one is not known.

    It is the one with the pin `pinned`, found in a card or among `besides`, or the last that follows it (KEY-6).
    """
    later = [body_of(event.act, NewRoot).document for event in documents(past, party)]
    known = [*besides, *(card.get("root") for _, card in cards(past, party)), *later]
    found = next((one for one in known if checks.pin(one, party) == pinned), None)
    for document in later:
        if found is not None and document.get("previous") == checks.pin(found, party):
            found = document
    return found


def revocations(past: Past, party: str) -> Iterator[Revocation]:
    """Yield what a party has revoked."""
    for event in said(past, keys_subject(party), "keys.revoke", party):
        body = body_of(event.act, Revoke)
        yield Revocation(role=body.role, key=body.key, origin=event.origin, since=body.since, leaf=event.act.leaf)


def revoked(past: Past, party: str, role: Role) -> frozenset[Hash]:
    """Return the names of a party's revoked keys of a role."""
    return frozenset(one.key for one in revocations(past, party) if one.role is role)


def doubtful(past: Past, act: Act) -> Revocation | None:
    """Return the revocation, known in this past, of the very key that signed an act at or after its entry (KEY-16)."""
    signer = act.statement.signer
    role = Role.ROOT if signer is not None and signer.office == Office.ROOT else Role.OFFICER
    for one in revocations(past, act.party) if signer is not None else ():
        if signer is not None and (one.role, one.key) == (role, signer.key) and one.covers(act.origin, act.seq):
            return one
    return None


def row(name: SubjectId, past: Past) -> Mapping[str, Any]:
    """Return the row of a party's keys: the acts that certified its node's or changed its root, and what was revoked.

    What never happened is left out, so that the row of a party whose keys never changed is what it always was.
    """
    party = name.partition("/")[2]
    found: dict[str, Any] = {"certified": [event.act.leaf for event in said(past, name, "keys.certify")]}
    if roots := [event.act.leaf for event in said(past, name, "keys.root")]:
        found["root"] = roots
    if taken := [[str(one.role), one.key, one.since, one.leaf] for one in revocations(past, party)]:
        found["revoked"] = taken
    return found


# -- what may be said --------------------------------------------------------------------------------------------------


def signed_by_root(case: Case, signer: Signer, pinned: str) -> str | None:
    """Whether the root in force put this signature: the code of what is wrong, None when nothing is."""
    own = case.act.statement.verb == "keys.certify"
    besides = [case.body(Certify).card.get("root")] if own else []
    party = case.act.party
    found = root(case.past, party, pinned, case.checks, besides)
    return case.checks.by_root(found, party, revoked(case.past, party, Role.ROOT), signer.key, case.act)


def _pinned(case: Case) -> str:
    return case.agreement.party(case.act.party).root


def _certify(case: Case) -> str | None:
    card, party = case.body(Certify).card, case.act.party
    if case.act.statement.subject != keys_subject(party) or card.get("party") != party:
        return "staff.other_party"
    before = cards(case.past, party)
    found = root(case.past, party, _pinned(case), case.checks, [card.get("root")])
    if found is None or case.checks.pin(card.get("root"), party) != case.checks.pin(found, party):
        return "keys.root"
    if case.act.statement.signer is None and not case.checks.card(
        found, party, revoked(case.past, party, Role.ROOT), card
    ):
        return "keys.card"
    if not before:
        return None
    if case.act.statement.signer is not None:
        return "keys.card"  # a later one is the card itself, so that whoever lacks this entry can be shown it apart
    if number(card) <= number(before[-1][1]):
        return "keys.number"
    return _one_role_each(case, card, [held for _, held in before])


def _one_role_each(case: Case, card: Mapping[str, Any], before: list[dict[str, Any]]) -> str | None:
    """Whether each key of a new card is the one before in the same role, or has never served anywhere (KEY-8)."""
    now = case.checks.publics(card)
    if now is None:
        return "keys.card"
    last = case.checks.publics(before[-1]) or {}
    served = _of_node(case) | _of_persons(case)
    fresh = [half for role, (name, halves) in now.items() if last.get(role, ("",))[0] != name for half in halves]
    every = [half for _, halves in now.values() for half in halves]
    taken = {revocation.key for revocation in revocations(case.past, case.act.party)}
    if len(set(every)) != len(every) or served & set(fresh) or taken & {name for name, _ in now.values()}:
        return "keys.role"
    return None


def _of_persons(case: Case) -> set[str]:
    """Return the halves of every key that a party's root documents hold or that was enrolled for an officer of it."""
    past, party = case.past, case.act.party
    roots: list[Any] = [card.get("root") for _, card in cards(past, party)]
    roots += [body_of(event.act, NewRoot).document for event in documents(past, party)]
    held = {half for plain in roots for half in case.checks.halves(plain, case.act.party)}
    return held | {half for enrol in _enrolments(case) for half in _of_officer(case, enrol)}


def _of_officer(case: Case, enrol: Enrol) -> Collection[str]:
    """Return the halves of an enrolled key; where passkeys are not admitted one is no key, and has none (JOINT-135)."""
    admitted = case.agreement.passkeys or enrol.key.get("suite") != PASSKEY
    return case.checks.halves(enrol.key, case.act.party) if admitted else ()


def _enrolments(case: Case) -> Iterator[Enrol]:
    """Yield every enrolment that stands in the act's own feed."""
    for event in case.past.back(case.act.origin):
        if event.verb == "staff.enrol":
            yield body_of(event.act, Enrol)


def _of_node(case: Case) -> set[str]:
    """Return the halves of every key that was certified for the party's node."""
    held = (case.checks.publics(card) or {} for _, card in cards(case.past, case.act.party))
    return {half for one in held for _, halves in one.values() for half in halves}


def _root(case: Case) -> str | None:
    body, party = case.body(NewRoot), case.act.party
    if case.act.statement.subject != keys_subject(party):
        return "staff.other_party"
    before = root(case.past, party, _pinned(case), case.checks)
    taken = revoked(case.past, party, Role.ROOT)
    if before is None or not case.checks.follows(before, body.document, party, body.signatures, taken):
        return "keys.follows"
    others = _of_node(case) | {half for enrol in _enrolments(case) for half in _of_officer(case, enrol)}
    return "keys.role" if others & set(case.checks.halves(body.document, party)) else None


def _enrol(case: Case) -> str | None:
    """An officer's key is none of the party's root or node, and was never taken back (KEY-8, KEY-14)."""
    body, past, party = case.body(Enrol), case.past, case.act.party
    if code := may_enrol(case):
        return code
    if body.fingerprint in revoked(past, party, Role.OFFICER):
        return "keys.revoked"
    roots: list[Any] = [card.get("root") for _, card in cards(past, party)]
    roots += [body_of(event.act, NewRoot).document for event in documents(past, party)]
    others = _of_node(case) | {half for plain in roots for half in case.checks.halves(plain, case.act.party)}
    return "keys.role" if others & set(_of_officer(case, body)) else None


def _revoke(case: Case) -> str | None:
    body, act, past = case.body(Revoke), case.act, case.past
    if act.statement.subject != keys_subject(act.party):
        return "staff.other_party"
    if body.since < 0 or (act.seq >= 0 and body.since > act.seq):
        return "keys.since"
    signer = act.statement.signer
    if body.role is not Role.OFFICER and signer is not None and signer.office != Office.ROOT:
        return "staff.authority"
    if body.role is Role.OFFICER:
        return None if any(enrol.fingerprint == body.key for enrol in _enrolments(case)) else "keys.unknown"
    if body.role is Role.ROOT:
        return _revoke_root(case, body.key)
    held = [case.checks.publics(card) or {} for _, card in cards(past, act.party)]
    names = [one[body.role][0] for one in held if body.role in one]
    if body.key not in names:
        return "keys.unknown"
    return "keys.current" if body.key == names[-1] else None


def _revoke_root(case: Case, key: Hash) -> str | None:
    """A root key may be taken back as long as enough others are left to sign for the party."""
    past, party = case.past, case.act.party
    now = root(past, party, _pinned(case), case.checks)
    every = {name for _, card in cards(past, party) for name in case.checks.names(card.get("root"), party)}
    for event in documents(past, party):
        every |= set(case.checks.names(body_of(event.act, NewRoot).document, party))
    if key not in every:
        return "keys.unknown"
    left = set(case.checks.names(now, party)) - revoked(past, party, Role.ROOT) - {key}
    takes = now.get("threshold", 1) if isinstance(now, dict) else 1
    return None if len(left) >= takes else "keys.too_few"


RULES: Mapping[str, Rule] = {
    "keys.certify": Rule(judge=_certify, before_force=True, only_all=True, machine=True),
    "keys.root": Rule(judge=_root, before_force=True, only_all=True, machine=True),
    "keys.revoke": Rule(judge=_revoke, before_force=True, only_all=True),
    "staff.enrol": Rule(judge=_enrol, before_force=True, only_all=True),
}
