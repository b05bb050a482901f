"""Persons: who signed an act, with which key, and who says that it was theirs (DISC-14…DISC-17).

The chain is short: the agreement pins a party's root; the root signs that a key is an officer's, and that the officer
holds an office; the officer signs words. A senior officer may enrol and appoint like the root, once the root has made
him one. Acts are heard in their feed's order, and only those that are shown count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from entente.errors import EntenteError
from entente.feed import passkey, person, sheet, suite
from entente.feed import root as roots
from entente.feed.passkey import Passkey
from entente.feed.root import Root
from entente.ids import PartyId
from entente.joint import authority, staff
from entente.joint.act import ALL, Act, Signer, moment
from entente.joint.agreement import Agreement
from entente.joint.keys import NewRoot, Revoke
from entente.joint.rules import body_of
from entente.verify.report import Report, utc


@dataclass(frozen=True, slots=True)
class _Enrolled:
    key: person.Key
    seq: int
    by: str


@dataclass(frozen=True, slots=True)
class _Term:
    start: datetime
    until: datetime | None
    seq: int


@dataclass(slots=True)
class Staff:
    """What the acts heard so far say of one party's officers."""

    party: PartyId
    root: Root
    """The root document that the agreement pins, and then the last that is shown to follow it."""
    chain: tuple[Root, ...] = ()
    """Root documents that are shown to follow the pinned one, whether or not the entries that brought them are."""
    enrolled: dict[str, _Enrolled] = field(default_factory=dict)
    terms: dict[tuple[str, str], _Term] = field(default_factory=dict)
    signed: list[tuple[int, str, str]] = field(default_factory=list)
    """What persons and roots signed so far: the entry, what a report calls it, and the key."""
    revoked: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Keys that were taken back: as of which entry, and by which."""
    followed: bool = False
    """Whether the root has changed since the one that is pinned."""

    def hear(self, act: Act, agreement: Agreement, about: str, report: Report) -> bool:
        """Report who signed an act; remember what it says of staff when root or a senior officer signed it.

        Returns whether it is shown that a person signed it who might.
        """
        signer = act.statement.signer
        if act.statement.verb == "keys.root":
            self._follow(act, about, report)
        if signer is None:
            report.proved(
                about, "act.machine", f"No person signed it: {self.party}'s node recorded it, under its keys alone."
            )
            return False
        signed = self._signed(act, signer, agreement.passkeys, about, report)
        fit = self._office(act, signer, agreement, about, report)
        if signed and signer.key in self.revoked:
            since, by = self.revoked[signer.key]
            report.flaw(about, "key.revoked", f"Its key was revoked as of entry {since}, in entry {by}: it is void.")
            return False
        if signed:
            self.signed.append((act.seq, about, signer.key))
        if signed and fit and act.statement.verb == "keys.revoke":
            self._revoke(act, report)
        if signed and fit and act.statement.verb.startswith("staff."):
            self._remember(act, signer)
        return signed and fit

    def _follow(self, act: Act, about: str, report: Report) -> None:
        """Take a root document that follows the one in force (KEY-4)."""
        try:
            body = body_of(act, NewRoot)
            new = roots.read(body.document, self.party)
            roots.require_following(self.root, new, body.signatures, without=self.revoked)
        except EntenteError as error:
            report.flaw(about, "root.false", f"The root document in it is not one that counts: {error.sentence}.")
            return
        report.proved(
            about, "root.changed",
            f"From here on {self.party}'s root is version {new.version}: {new.threshold} of {len(new.keys)} keys, "
            f"fingerprint {new.pin}. Enough keys of version {self.root.version} signed it, and enough of its own.",
            root=new.pin, version=new.version,
        )  # fmt: skip
        self.root, self.followed = new, True

    def _revoke(self, act: Act, report: Report) -> None:
        """Take a key back, and name what of it is shown from that entry on (KEY-14, KEY-16)."""
        try:
            body = body_of(act, Revoke)
        except EntenteError:
            return
        self.revoked[body.key] = (body.since, act.seq)
        for seq, about, key in self.signed:
            if key == body.key and seq >= body.since:
                report.flaw(
                    about, "key.doubtful",
                    f"Its key was later revoked as of entry {body.since}, in entry {act.seq}: whether its officer "
                    "signed this is open.",
                )  # fmt: skip

    def _signed(self, act: Act, signer: Signer, admitted: bool, about: str, report: Report) -> bool:
        who, named = f"{signer.officer} as {signer.office.replace('_', ' ')}", f"key {signer.key[:16]}…"
        if signer.suite not in (suite.SUITE, roots.SUITE, passkey.SUITE):
            report.unproved(about, "act.suite", f"It is signed in suite {signer.suite!r}, which this program lacks.")
            return False
        if signer.office == staff.Office.ROOT:
            return self._signed_by_root(act, signer, about, report)
        if found := self.enrolled.get(signer.officer):
            key, how = found.key, f"enrolled in entry {found.seq} of {self.party}, signed by {found.by}"
        else:
            report.unproved(about, "act.key", f"Whose {named} is: no enrolment of {signer.officer} is shown.")
            return False
        if key.fingerprint != signer.key:
            report.flaw(about, "act.other_key", f"It names {named}, and the key shown for {signer.officer} is another.")
            return False
        if isinstance(key, Passkey) and not admitted:
            report.flaw(about, "act.passkey", f"It is signed with a passkey, {named}; the agreement admits none.")
            return False
        if isinstance(key, Passkey) != (signer.suite == passkey.SUITE):
            report.flaw(about, "act.other_suite", f"It names suite {signer.suite!r}, which is not that of {named}.")
            return False
        try:
            person.verify(key, suite.STATEMENT, act.statement.encode(), act.signature)
        except EntenteError:
            report.flaw(about, "act.signature", f"The signature on it is not that of {named}: {who} did not sign it.")
            return False
        sentence = f"{who} signed these very words with {named} ({_means(key)}){_touch(act)}, {how}."
        report.proved(about, "act.signed", sentence, officer=signer.officer, office=signer.office, key=signer.key)
        if isinstance(key, Passkey):
            report.unproved(about, "act.passkey_limits", _LIMITS.format(origin=key.origin))
        return True

    def _signed_by_root(self, act: Act, signer: Signer, about: str, report: Report) -> bool:
        fitting = [root for root in (self.root, *self.chain) if _named(root) == (signer.suite, signer.key)]
        root, message = fitting[0] if fitting else self.root, act.statement.encode()
        many = len(root.keys) > 1
        if not fitting:
            report.flaw(about, "act.other_key", f"It names key {signer.key[:16]}…, and the root shown is another.")
            return False
        try:
            if many:
                roots.require(root, suite.STATEMENT, message, act.signature, without=self.revoked)
            else:
                suite.verify(root.keys[0], suite.STATEMENT, message, act.signature)
        except EntenteError:
            report.flaw(about, "act.signature", f"It is not signed by {self.party}'s root, though it says so.")
            return False
        first = not self.followed and root is self.root
        whose = "which the agreement pins" if first else f"version {root.version}, which follows the pinned one"
        by = f"{len(act.signature or {})} keys" if many else f"key {signer.key[:16]}…"
        sentence = (
            f"{signer.officer} as root signed these very words with {by} (Ed25519 and ML-DSA-65), {self.party}'s root "
            f"{'keys' if many else 'key'}, {whose}."
        )
        report.proved(about, "act.signed", sentence, officer=signer.officer, office=signer.office, key=signer.key)
        return True

    def _office(self, act: Act, signer: Signer, agreement: Agreement, about: str, report: Report) -> bool:
        """Report whether the signer might speak so; an office that is not shown leaves it open."""
        who, office = signer.officer, signer.office.replace("_", " ")
        verb = act.statement.verb
        if not who.startswith(f"{self.party}/"):
            report.flaw(about, "act.other_party", f"{who} is no officer of {self.party}.")
            return False
        if signer.office not in authority.offices(verb, agreement.authority):
            report.flaw(about, "office.authority", f"The office of {office} may not say {verb}.")
            return False
        if act.at > moment(signer.expires):
            report.flaw(about, "statement.expired", f"It was signed for use until {utc(moment(signer.expires))} only.")
            return False
        if signer.office == staff.Office.ROOT:
            return True
        term = self.terms.get((who, signer.office))
        if term is None:
            report.unproved(
                about, "office.unshown", f"That {who} held the office of {office}: no appointment is shown."
            )
            return False
        if not term.start <= act.at or (term.until is not None and act.at >= term.until):
            report.flaw(about, "office.outside", f"{who} held the office of {office}, but not at that time.")
            return False
        sentence = f"{who} held the office of {office}: appointed in entry {term.seq} of {self.party}."
        report.proved(about, "office.held", sentence)
        return True

    def _remember(self, act: Act, signer: Signer) -> None:
        statement, by = act.statement, f"{signer.officer} as {signer.office}"
        try:
            if statement.verb == "staff.enrol":
                enrol = body_of(act, staff.Enrol)
                key = person.read(enrol.key)
                if self._own(act, enrol.officer) and key.fingerprint == enrol.fingerprint:
                    self.enrolled[enrol.officer] = _Enrolled(key, act.seq, by)
            elif statement.verb == "staff.appoint":
                term = body_of(act, staff.Appoint)
                if self._own(act, term.officer):
                    until = moment(term.until) if term.until else None
                    self.terms[term.officer, term.office] = _Term(moment(term.start), until, act.seq)
            elif statement.verb == "staff.relieve":
                relieved = body_of(act, staff.Relieve)
                if self._own(act, relieved.officer):
                    self.terms.pop((relieved.officer, relieved.office), None)
        except EntenteError:
            return  # an act may say anything; what cannot be read enrols nobody

    def _own(self, act: Act, officer: str) -> bool:
        mine = officer.startswith(f"{self.party}/") and act.statement.subject == staff.subject(self.party, officer)
        return mine and act.statement.circle == ALL


def _touch(act: Act) -> str:
    """Return, in words, that a verified signature signed others too: which they are it does not tell (SIGN-23)."""
    found = sheet.counted(act.signature)
    return f", number {found[0]} of {found[1]} signed at one touch" if found else ""


def _named(root: Root) -> tuple[str, str]:
    """Return how a root names itself as a signer: suite and key (KEY-5)."""
    return (roots.SUITE, root.pin) if len(root.keys) > 1 else (suite.SUITE, root.keys[0].fingerprint)


_LIMITS = (
    "What a passkey's signature leaves open: a browser at {origin} was asked to sign exactly these words, and a device "
    "verified a person; which words that page showed, its node answers for. A device may copy a passkey to others of "
    "the same account. It is classical alone: against a later break it rests on the checkpoint over its entry, which "
    "ML-DSA signs too, and on those who acknowledged that checkpoint before."
)


def _means(key: person.Key) -> str:
    """Say what a signature was made with."""
    if isinstance(key, Passkey):
        return f"a passkey at {key.origin}, {key.algorithm}, its person verified by the device"
    return "Ed25519 and ML-DSA-65"
