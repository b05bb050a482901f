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
from entente.ids import AgreementId, CircleId, Hash, PartyId, SubjectId
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

    id: str
    subject: SubjectId
    owner: PartyId
    agreement: AgreementId
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
        self.unreadable: list[tuple[SubjectId, str]] = []
        """Lists of which a chunk cannot be read, and why: shown, since a place in it may be protected."""
        self._by_subject: dict[SubjectId, dict[str, list[str]]] = {}
        self._wanting: dict[tuple[str, SubjectId], CircleFold] = {}
        self._areas: dict[AgreementId, tuple[Hash, list[str]]] = {}
        self._chunks: dict[tuple[str, int, int], SubjectId] = {}

    # -- keeping up ----------------------------------------------------------------------------------------------------

    def set_areas(self, agreement: Agreement) -> None:
        """Hold the areas of the agreement now in force, instead of its predecessor's."""
        held, names = self._areas.get(agreement.id, (None, []))
        if held == agreement.digest:
            return
        for name in names:
            self.airspace.drop_area(name)
        areas = [replace(area, id=area_id(agreement, area.id)) for area in agreement.areas]
        for area in areas:
            self.airspace.put_area(area)
        self._areas[agreement.id] = (agreement.digest, [area.id for area in areas])

    def note(self, fold: CircleFold, events: Iterable[Event]) -> None:
        """Take new events of a circle."""
        for event in events:
            subject = event.act.statement.subject
            if event.code:
                continue
            if event.verb.startswith("operation."):
                self._wanting[place_of(fold), subject] = fold
            elif event.verb == "sites.notify":
                for index, (name, _) in enumerate(event.act.statement.details, 1):
                    if name.startswith("chunk-"):
                        self._chunks[event.act.origin, event.act.seq, index] = subject
        self.retry()

    def retry(self) -> None:
        """Look again for plans and chunks that had not been released when their act came."""
        for (place, subject), fold in list(self._wanting.items()):
            if self._refresh(place, fold, subject):
                del self._wanting[place, subject]
        for (origin, seq, index), subject in sorted(self._chunks.items()):
            part = self._reads.part(origin, seq, index)
            if part is not None:
                self._take_chunk(subject, part)
                del self._chunks[origin, seq, index]

    def _refresh(self, place: str, fold: CircleFold, subject: SubjectId) -> bool:
        """Bring a subject's flights up to date; return whether nothing is wanting."""
        operation = operations.read(subject, fold.now())
        here = self._by_subject.setdefault(subject, {})
        for old in here.pop(place, []):
            del self.flights[old]
            self.airspace.drop_plan(old)
        if operation is None:
            return True
        found = [
            Flight(
                id=flight_id(subject, version, place), subject=subject, owner=operation.owner, circle=fold.name,
                agreement=fold.ledger.agreement.id, version=version, plan=self._plan(subject, version, place),
            )
            for version in operation.alive()
        ]  # fmt: skip
        here[place] = [flight.id for flight in found]
        for flight in found:
            self.flights[flight.id] = flight
            if flight.plan is not None:
                self.airspace.put_plan(flight.plan)
        return all(flight.plan is not None for flight in found)

    def _plan(self, subject: SubjectId, version: Version, place: str) -> Plan | None:
        for part in self._reads.parts(version.origin, version.seq):
            if part.name == PLAN:
                try:
                    return read_plan(part.data, flight_id(subject, version, place))
                except Malformed:
                    return None  # shown as undisclosed: what cannot be read cannot be screened
        return None

    def _take_chunk(self, subject: SubjectId, part: StoredPart) -> None:
        """Hold a chunk's sites. Only its originator ends a site: a later issue of the same list replaces its word."""
        try:
            plain = canonical.decode(part.data)
            sites = [site_from_plain(item, f"{part.name}[{place}]") for place, item in enumerate(plain)]
        except (Malformed, TypeError) as error:
            self.unreadable.append((subject, f"{part.name}: {error}"))
            return
        for site in sites:
            name = f"{subject}/{site.id}"
            self.sites[name] = (subject, site)
            self.airspace.put_site(replace(site, id=name))

    # -- asking --------------------------------------------------------------------------------------------------------

    def screening(self, plan: Plan, subject: SubjectId, owner: PartyId, standard: Standard, now: datetime) -> Screening:
        """Screen a plan against everything here but its own operation, in whatever circle that was proposed."""
        own = [name for names in self._by_subject.get(subject, {}).values() for name in names]
        return screen(plan, self.airspace, standard, now=now, ignore=own, party=owner)

    def flights_of(self, subject: SubjectId) -> list[Flight]:
        """Return an operation's versions in the picture, in every circle in which it was proposed."""
        return [self.flights[name] for names in self._by_subject.get(subject, {}).values() for name in names]

    def undisclosed(self, agreement: AgreementId, circle: CircleId, subject: SubjectId) -> int:
        """Return how many versions in a circle have to be screened and cannot be, their plans not being released."""
        return sum(
            fold.name == circle and fold.ledger.agreement.id == agreement and other != subject
            for (_, other), fold in self._wanting.items()
        )


def place_of(fold: CircleFold) -> str:
    """Return a circle's name among all agreements of this node."""
    return f"{fold.ledger.agreement.id}/{fold.name}"


def flight_id(subject: SubjectId, version: Version, place: str) -> str:
    """Return the name under which a version stands in the picture: an operation may be proposed in several circles."""
    return f"{subject}@{version.number}/{place}"


def area_id(agreement: Agreement, name: str) -> str:
    """Return the name under which an agreement's area stands in the picture."""
    return f"{agreement.id}/{name}"


def read_plan(data: bytes, name: str) -> Plan:
    """Read a plan from a detail's bytes, under the name it has in the picture.

    Raises:
        Malformed: `spelling.*`, `canonical.*`, `geo.*`.
    """
    return replace(plan_from_plain(canonical.decode(data), "plan"), id=name)


def agree(plan: Plan, body: operations.Propose) -> None:
    """Raise Refused when the act's few fields do not say what the plan says.

    Raises:
        Refused: `operation.plan`.
    """
    start, end = min(v.interval.start for v in plan.volumes), max(v.interval.end for v in plan.volumes)
    if (moment(body.start), moment(body.end), body.kind, body.crew) != (start, end, plan.kind, plan.crew):
        raise Refused("operation.plan", "the act's window, kind and crew are not those of the plan; draft it anew")
