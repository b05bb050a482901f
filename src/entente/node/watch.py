"""The watch: what this node knows to be in the air and on the ground, and the screening of plans against it.

It holds every version that must still be screened whose plan was released to us, every site and every area of every
agreement. A screening is evidence, not state: it depends on what this node was given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from entente import canonical
from entente.deconfliction import Airspace, screen
from entente.errors import Malformed, Refused
from entente.ids import CircleId, PartyId, SubjectId
from entente.joint import operations
from entente.joint.act import moment
from entente.joint.agreement import Agreement
from entente.joint.operations import Version
from entente.joint.plan import Plan
from entente.joint.protected_sites import Site
from entente.joint.rules import Event
from entente.joint.screening import Screening
from entente.joint.spelling import plan_from_plain, site_from_plain
from entente.joint.standard import Standard
from entente.joint.state import CircleFold
from entente.store.promises import Reads, StoredPart

PLAN = "plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """A version in the picture: its subject, owner, circle, and its plan when that was released to us."""

    subject: SubjectId
    owner: PartyId
    circle: CircleId
    version: Version
    plan: Plan | None


class Watch:
    """The picture that screenings are made on. Owned by `Node`, changed under its lock."""

    def __init__(self, me: PartyId, reads: Reads) -> None:
        self._me = me
        self._reads = reads
        self.airspace = Airspace()
        self.flights: dict[str, Flight] = {}
        self.sites: dict[str, tuple[SubjectId, Site]] = {}
        self._by_subject: dict[tuple[str, SubjectId], list[str]] = {}
        self._wanting: dict[tuple[str, SubjectId], tuple[CircleFold, SubjectId]] = {}
        self._chunks: dict[tuple[str, int, int], SubjectId] = {}

    # -- keeping up ----------------------------------------------------------------------------------------------------

    def add_agreement(self, agreement: Agreement) -> None:
        """Take an agreement's areas."""
        for area in agreement.areas:
            self.airspace.put_area(area)

    def note(self, fold: CircleFold, events: Iterable[Event]) -> None:
        """Take new events of a circle."""
        for event in events:
            subject = event.act.statement.subject
            if event.code:
                continue
            if event.verb.startswith("operation."):
                self._wanting[fold.ledger.agreement.id + "/" + fold.name, subject] = (fold, subject)
            elif event.verb == "sites.notify":
                for index, (name, _) in enumerate(event.act.statement.details, 1):
                    if name.startswith("chunk-"):
                        self._chunks[event.act.origin, event.act.seq, index] = subject
        self.retry()

    def retry(self) -> None:
        """Look again for plans and chunks that had not been released when their act came."""
        for key, (fold, subject) in list(self._wanting.items()):
            if self._refresh(key, fold, subject):
                del self._wanting[key]
        for (origin, seq, index), subject in sorted(self._chunks.items()):
            part = self._reads.part(origin, seq, index)
            if part is not None:
                self._take_chunk(subject, part)
                del self._chunks[origin, seq, index]

    def _refresh(self, key: tuple[str, SubjectId], fold: CircleFold, subject: SubjectId) -> bool:
        """Bring a subject's flights up to date; return whether nothing is wanting."""
        operation = operations.read(subject, fold.now())
        for old in self._by_subject.pop(key, []):
            del self.flights[old]
            self.airspace.drop_plan(old)
        whole = True
        for version in operation.alive() if operation else ():
            name = flight_id(subject, version)
            plan = self._plan(subject, version)
            assert operation is not None
            self.flights[name] = Flight(
                subject=subject, owner=operation.owner, circle=fold.name, version=version, plan=plan
            )
            self._by_subject.setdefault(key, []).append(name)
            if plan is not None:
                self.airspace.put_plan(plan)
            whole = whole and plan is not None
        return whole

    def _plan(self, subject: SubjectId, version: Version) -> Plan | None:
        for part in self._reads.parts(version.origin, version.seq):
            if part.name == PLAN:
                try:
                    return read_plan(part.data, flight_id(subject, version))
                except Malformed:
                    return None  # shown as undisclosed: what cannot be read cannot be screened
        return None

    def _take_chunk(self, subject: SubjectId, part: StoredPart) -> None:
        for place, plain in enumerate(canonical.decode(part.data)):
            site = site_from_plain(plain, f"{part.name}[{place}]")
            name = f"{subject}/{site.id}"
            # Only its originator ends a site, and this list is its own: a later issue replaces the earlier word.
            self.sites[name] = (subject, site)
            self.airspace.put_site(replace(site, id=name))

    # -- asking --------------------------------------------------------------------------------------------------------

    def screening(self, plan: Plan, subject: SubjectId, owner: PartyId, standard: Standard, now: datetime) -> Screening:
        """Screen a plan against everything here but the other versions of its own operation."""
        own = [name for name, flight in self.flights.items() if flight.subject == subject]
        return screen(plan, self.airspace, standard, now=now, ignore=own, party=owner)

    def undisclosed(self, circle: CircleId, subject: SubjectId) -> int:
        """Return how many versions in a circle have to be screened and cannot be, their plans not being released."""
        return sum(1 for f in self.flights.values() if f.circle == circle and f.plan is None and f.subject != subject)


def flight_id(subject: SubjectId, version: Version) -> str:
    """Return the name under which a version stands in the picture."""
    return f"{subject}@{version.number}"


def read_plan(data: bytes, name: str) -> Plan:
    """Read a plan from a detail's bytes, under the name it has in the picture.

    Raises:
        Malformed: `spelling.*`, `canonical.*`, `geo.*`.
    """
    plan = plan_from_plain(canonical.decode(data), "plan")
    return replace(plan, id=name)


def agree(plan: Plan, body: operations.Propose) -> None:
    """Raise Refused when the act's few fields do not say what the plan says.

    Raises:
        Refused: `operation.plan`.
    """
    start, end = min(v.interval.start for v in plan.volumes), max(v.interval.end for v in plan.volumes)
    if (moment(body.start), moment(body.end), body.kind, body.crew) != (start, end, plan.kind, plan.crew):
        raise Refused("operation.plan", "the act's window, kind and crew are not those of the plan; draft it anew")
