"""The watch: what this node knows to be in the air and on the ground, and the screening of plans against it.

It holds every version that must still be screened whose plan was released to us, every site and every area of every
agreement. A screening is evidence, not state: it depends on what this node was given.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from entente import canonical
from entente.deconfliction import Airspace, screen
from entente.deconfliction.resolve import Reach, Ways, ways_out
from entente.errors import Malformed, Refused
from entente.geo.volume import Volume
from entente.ids import AgreementId, CircleId, Hash, Origin, PartyId, SubjectId, epoch_of, feed_of
from entente.joint import movements, operations, releases
from entente.joint.act import Act, moment
from entente.joint.agreement import Agreement
from entente.joint.journey import Journey, protected
from entente.joint.movements import Movement
from entente.joint.operations import Version
from entente.joint.plan import Plan
from entente.joint.protected_sites import Site
from entente.joint.rules import Event
from entente.joint.screening import Screening
from entente.joint.spelling import journey_from_plain, plan_from_plain, site_from_plain
from entente.joint.standard import Standard
from entente.joint.state import CircleFold
from entente.store.promises import Reads, StoredPart


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Convoy:
    """A movement that is not over: its versions, and the newest journey that was released to us, if any was.

    `held` is the version of that journey; where it is not the latest, the older way is screened, and marked so.
    """

    id: str
    subject: SubjectId
    agreement: AgreementId
    circle: CircleId
    movement: Movement
    held: movements.Version | None
    journey: Journey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """The terms that a list is held under: sealed until acknowledged, ended as a whole or for single sites, when.

    Neither takes a place out of the picture: what is sealed is screened without its name, what ended as expired, what
    is disputed as disputed.
    """

    sealed: bool = False
    ended_at: datetime | None = None
    ended: tuple[tuple[str, datetime], ...] = ()
    disputed: frozenset[str] = frozenset()

    def marks(self, site: Site) -> tuple[str, ...]:
        """Return what a reader must know of a site besides what it says itself."""
        return ("site.disputed",) if site.id in self.disputed else ()

    def screened(self, site: Site, name: str) -> Site:
        """Return a site as the picture holds it, under `name`."""
        ends = [at for each, at in self.ended if each == site.id]
        ends += [at for at in (self.ended_at, site.expires_at) if at is not None]
        title = SEALED if self.sealed else site.name
        return replace(site, id=name, name=title, expires_at=min(ends, default=None))


OPEN = Under()
SEALED = "a protected site, its release not acknowledged yet"
SEALED_PLAN = "an operation, its release not acknowledged yet"
SEALED_MOVEMENT = "a humanitarian movement, its release not acknowledged yet"
"""What findings call what nobody here may open yet."""


class Watch:
    """The picture that screenings are made on. Owned by `Node`, changed under its lock.

    It is drawn when somebody asks, sites and flights each for themselves: most of what a node does needs neither.
    """

    def __init__(self, me: PartyId, reads: Reads, lock: threading.RLock) -> None:
        self._me = me
        self._reads = reads
        self._lock = lock
        self._airspace = Airspace()
        self._flights: dict[str, Flight] = {}
        self._sites: dict[str, tuple[SubjectId, Site]] = {}
        self._unreadable: list[tuple[SubjectId, str]] = []
        self._by_subject: dict[SubjectId, dict[str, list[str]]] = {}
        self._wanting: dict[tuple[str, SubjectId], list[tuple[str, int, int]]] = {}
        self._folds: dict[str, CircleFold] = {}
        self._areas: dict[AgreementId, tuple[Hash, list[str]]] = {}
        self._chunks: dict[tuple[str, int, int], SubjectId] = {}
        self._issued: dict[str, tuple[int, int]] = {}
        self._under: dict[SubjectId, Under] = {}
        self._heeded: set[tuple[str, int]] = set()
        self._sites_due = self._flights_due = False
        self._stale: dict[tuple[str, SubjectId], None] = {}
        self._lists: list[Event] = []
        self._convoys: dict[str, Convoy] = {}
        self._moved: dict[tuple[str, SubjectId], None] = {}
        self._unfolded: list[tuple[str, CircleFold, Act]] = []
        self._taken: dict[str, list[str]] = {}
        self._ways: dict[str, tuple[str, tuple[Volume, ...], float, tuple[str, ...]]] = {}

    # -- keeping up ----------------------------------------------------------------------------------------------------

    def set_areas(self, agreement: Agreement) -> None:
        """Hold the areas of the agreement now in force, instead of its predecessor's."""
        held, names = self._areas.get(agreement.id, (None, []))
        if held == agreement.digest:
            return
        for name in names:
            self._airspace.drop_area(name)
        areas = [replace(area, id=area_id(agreement, area.id)) for area in agreement.areas]
        for area in areas:
            self._airspace.put_area(area)
        self._areas[agreement.id] = (agreement.digest, [area.id for area in areas])

    def set_terms(self, subject: SubjectId, under: Under) -> None:
        """Hold a list under the terms that stand now."""
        if self._under.get(subject) == under:
            return
        self._under[subject] = under
        for name, (listed, site) in self._sites.items():
            if listed == subject:
                self._airspace.put_site(under.screened(site, name), under.marks(site))

    def set_movements(self, now: datetime) -> None:
        """Hold the ways of movements as they are protected now: a clock may make one overdue, and ends none."""
        for name, convoy in self.convoys.items():
            if convoy.journey is None or convoy.held is None:
                continue
            told = convoy.movement.held_up
            way = protected(
                convoy.journey, now=now, held_up_at=told.when if told else None, until=told.until if told else None
            )
            place = place_of_convoy(convoy)
            release = releases.standing(convoy.subject, self._folds[place].now(), self._me)
            over = release is not None and release.ends_at is not None and release.ends_at <= now
            marks = set(way.marks)
            marks |= {"movement.stale"} if convoy.held != convoy.movement.latest else set()
            marks |= {"site.expired"} if over else set()
            title = SEALED_MOVEMENT if self._sealed(convoy.subject, place) else convoy.journey.title
            wanted = (title, way.volumes, convoy.journey.uncertainty_m, tuple(sorted(marks)))
            if self._ways.get(name) != wanted:
                self._ways[name] = wanted
                self._airspace.put_movement(name, *wanted)

    def note(self, fold: CircleFold, events: Iterable[Event]) -> None:
        """Take new events of a circle. What stands in `all` is taken there, whichever circle's fold also holds it."""
        place = place_of(fold)
        self._folds[place] = fold
        self._sites_due = self._flights_due = True
        for event in events:
            if not event.code and event.circle == fold.name:
                if event.verb.startswith("operation."):
                    self._stale[place, event.subject] = None
                elif event.verb == "sites.notify":
                    self._lists.append(event)
                elif event.verb.startswith("movement."):
                    self._moved[place, event.subject] = None
                elif event.subject.startswith("release/operation/"):
                    self._stale[place, SubjectId(event.subject.removeprefix("release/"))] = None

    def resume(self, fold: CircleFold, opened: Iterable[SubjectId]) -> None:
        """Take a circle's fold that was remembered, with the operations that were still open in it."""
        noted = ("sites.notify", "movement.notify")
        self.note(fold, (event for event in fold.folded() if event.verb in noted))
        self._stale |= dict.fromkeys((place_of(fold), subject) for subject in opened)

    def open(self, place: str) -> list[SubjectId]:
        """Return the operations of a circle that have neither ended nor been withdrawn, or have yet to be looked at."""
        stale = {subject for where, subject in self._stale if where == place}
        return sorted(stale | {subject for subject, held in self._by_subject.items() if held.get(place)})

    def _look_at_sites(self) -> None:
        with self._lock:
            if self._sites_due:
                self._sites_due = False
                self._expect_lists()
                self._take_chunks()

    def _expect_lists(self) -> None:
        for event in self._lists:
            self._expect(event.act)
        self._lists.clear()

    def _look_at_flights(self) -> None:
        with self._lock:
            if self._flights_due:
                self._flights_due = False
                wanting = [where for where, parts in self._wanting.items() if self._come(parts)]
                for place, subject in dict.fromkeys((*self._stale, *wanting)):
                    self._refresh(place, subject)
                self._stale.clear()

    def _come(self, parts: list[tuple[str, int, int]]) -> bool:
        return any(self._reads.part(*part) is not None for part in parts)

    def heed(self, fold: CircleFold) -> None:
        """Take protections that cannot be folded yet: a gap or a fork suspends permissions, never these."""
        self._sites_due = self._flights_due = True
        for act in fold.protections():
            if (act.origin, act.seq) in self._heeded:
                continue
            if act.statement.verb == "sites.notify":
                self._heeded.add((act.origin, act.seq))
                self._expect(act)
            elif act.statement.subject.startswith(f"movement/{act.party}/"):
                self._heeded.add((act.origin, act.seq))
                self._unfolded.append((place_of(fold), fold, act))

    def _expect(self, act: Act) -> None:
        """Wait for a list's chunks, which are released one by one."""
        for index, (name, _) in enumerate(act.statement.details, 1):
            if name.startswith("chunk-"):
                self._chunks[act.origin, act.seq, index] = act.statement.subject

    def _take_chunks(self) -> None:
        """Take what has been released by now of lists whose act came before."""
        for (origin, seq, index), subject in sorted(self._chunks.items()):
            part = self._reads.part(origin, seq, index)
            if part is not None:
                self._taken[f"{origin}/{seq}/{index}"] = self._take_chunk(subject, Origin(origin), seq, part)
                del self._chunks[origin, seq, index]

    def _look_at_movements(self) -> None:
        with self._lock:
            wanting = [(place_of_convoy(c), c.subject) for c in self._convoys.values() if c.held != c.movement.latest]
            for place, subject in dict.fromkeys((*self._moved, *wanting)):
                fold = self._folds[place]
                now, owner = fold.now(), operations.owner_of(subject)
                for number, past in enumerate((now, *now.others(subject, owner))):
                    movement = movements.read(subject, past)
                    if movement is not None:
                        self._follow(f"{place}~{number}" if number else place, fold, movement)
            self._moved.clear()
            for place, fold, act in list(self._unfolded):
                self._heed_movement(place, fold, act)

    def _follow(self, place: str, fold: CircleFold, movement: Movement) -> None:
        """Hold a movement at the newest version whose journey was released to us; one that has ended is let go."""
        name = f"{movement.subject}/{place}"
        self._convoys.pop(name, None)
        if movement.ended:
            self._ways.pop(name, None)
            self._airspace.drop_movement(name)
            return
        held, journey = None, None
        for version in reversed(movement.versions):
            part = self._reads.part(version.origin, version.seq, version.journey) if version.journey else None
            if part is not None and (journey := self._journey(movement.subject, part)) is not None:
                held = version
                break
        self._convoys[name] = Convoy(
            id=name, subject=movement.subject, agreement=fold.ledger.agreement.id, circle=fold.name,
            movement=movement, held=held, journey=journey,
        )  # fmt: skip

    def _heed_movement(self, place: str, fold: CircleFold, act: Act) -> None:
        """Protect the way of a notice that cannot be folded yet, as its signature verifies, until it can be."""
        name = f"{act.statement.subject}/{place}"
        if fold.find(act.origin, act.seq) is not None:
            # Now its verdict is known, and what stands is what the fold says.
            self._unfolded.remove((place, fold, act))
            self._convoys.pop(name, None)
            self._ways.pop(name, None)
            self._airspace.drop_movement(name)
            movement = movements.read(act.statement.subject, fold.now())
            if movement is not None:
                self._follow(place, fold, movement)
            return
        version = movements.as_version(act)
        part = self._reads.part(act.origin, act.seq, version.journey) if version is not None else None
        journey = self._journey(act.statement.subject, part) if part is not None else None
        if version is None or journey is None:
            return
        before = self._convoys.get(name)
        versions = (*(before.movement.versions if before else ()), version)
        movement = Movement(
            subject=act.statement.subject, owner=act.party, agreement=act.statement.agreement,
            versions=tuple({v.leaf: v for v in versions}.values()),
            reports=before.movement.reports if before else (), ended=None, ended_at=None,
        )  # fmt: skip
        self._convoys[name] = Convoy(
            id=name, subject=movement.subject, agreement=fold.ledger.agreement.id, circle=fold.name,
            movement=movement, held=version, journey=journey,
        )  # fmt: skip

    def _journey(self, subject: SubjectId, part: StoredPart) -> Journey | None:
        try:
            return journey_from_plain(canonical.decode(part.data), "journey")
        except Malformed as error:
            told = (subject, f"{part.name}: {error}")
            if told not in self._unreadable:
                self._unreadable.append(told)
            return None

    def _refresh(self, place: str, subject: SubjectId) -> None:
        """Bring a subject's flights up to date, and note which plans are wanting."""
        fold = self._folds[place]
        now = fold.now()
        # Of an owner whose feed forked, what flies in any branch is screened.
        pasts = (now, *now.others(subject, operations.owner_of(subject)))
        found = [one for past in pasts if (one := operations.read(subject, past)) is not None]
        versions = {version.leaf: version for operation in found for version in operation.alive()}
        here = self._by_subject.setdefault(subject, {})
        for old in here.pop(place, []):
            del self._flights[old]
            self._airspace.drop_plan(old)
        self._wanting.pop((place, subject), None)
        flights = [
            Flight(
                id=flight_id(subject, version, place), subject=subject, owner=operations.owner_of(subject),
                circle=fold.name, agreement=fold.ledger.agreement.id, version=version,
                plan=self._plan(subject, version, place),
            )
            for version in versions.values()
        ]  # fmt: skip
        if not found:
            return
        here[place] = [flight.id for flight in flights]
        for flight in flights:
            self._flights[flight.id] = flight
        hidden = [flight.version for flight in flights if flight.plan is None]
        if hidden:
            self._wanting[place, subject] = [(v.origin, v.seq, v.plan) for v in hidden if v.plan]

    def _plan(self, subject: SubjectId, version: Version, place: str) -> Plan | None:
        """Return a version's plan and hold it in the picture, when it was released to us and can be screened."""
        part = self._reads.part(version.origin, version.seq, version.plan) if version.plan else None
        if part is None:
            return None
        try:
            plan = read_plan(part.data, flight_id(subject, version, place))
            self._airspace.put_plan(
                replace(plan, title=SEALED_PLAN, callsign="") if self._sealed(subject, place) else plan
            )
        except Malformed:
            return None  # shown as undisclosed: what cannot be read cannot be screened
        return plan

    def _sealed(self, subject: SubjectId, place: str) -> bool:
        """Whether an operation was released to us on terms that were not acknowledged yet: it is screened untitled."""
        release = releases.standing(subject, self._folds[place].now(), self._me)
        return release is not None and release.acknowledged_at is None

    def _take_chunk(self, subject: SubjectId, origin: Origin, seq: int, part: StoredPart) -> list[str]:
        """Hold a chunk's sites, and return their names; a later issue of the same list replaces an earlier word.

        What another branch of its feed says of a site stands beside it: protections of all branches count.
        """
        branch = origin.partition("~")[2][:12]
        under, names = self._under.setdefault(subject, OPEN), []
        for site in self._readable(subject, part):
            name = f"{subject}/{site.id}" + (f"~{branch}" if branch else "")
            names.append(name)
            # An older issue may be released later; its word is older all the same.
            if self._issued.get(name, (0, -1)) <= (epoch_of(origin), seq):
                self._issued[name] = (epoch_of(origin), seq)
                self._sites[name] = (subject, site)
                self._airspace.put_site(under.screened(site, name), under.marks(site))
        return names

    def _readable(self, subject: SubjectId, part: StoredPart) -> Iterator[Site]:
        """Yield the sites of a chunk that can be read; one that cannot costs the others nothing."""
        try:
            plain = canonical.decode(part.data)
        except Malformed as error:
            self._unreadable.append((subject, f"{part.name}: {error}"))
            return
        if not isinstance(plain, list):
            self._unreadable.append((subject, f"{part.name}: not a list of sites"))
            return
        for place, item in enumerate(plain):
            try:
                yield site_from_plain(item, f"{part.name}[{place}]")
            except Malformed as error:
                self._unreadable.append((subject, f"{part.name}: {error}"))

    # -- asking --------------------------------------------------------------------------------------------------------

    @property
    def sites(self) -> Mapping[str, tuple[SubjectId, Site]]:
        """The protected sites that were released to us, by name."""
        self._look_at_sites()
        return self._sites

    @property
    def lists(self) -> Mapping[SubjectId, Under]:
        """The lists of which sites are held, and the terms they are held under."""
        self._look_at_sites()
        return self._under

    @property
    def unreadable(self) -> list[tuple[SubjectId, str]]:
        """Lists of which a chunk or a site cannot be read, and why: shown, since that place may be protected."""
        self._look_at_sites()
        return self._unreadable

    @property
    def flights(self) -> Mapping[str, Flight]:
        """Every version that must be screened, by its name in the picture."""
        self._look_at_flights()
        return self._flights

    @property
    def convoys(self) -> Mapping[str, Convoy]:
        """The movements that are not over, by name."""
        self._look_at_movements()
        return self._convoys

    def parts(self) -> list[str]:
        """Return the chunks and journeys that are held, by the names of their parts, in order; none is read for it."""
        with self._lock:
            self._expect_lists()
            waiting = [f"{o}/{s}/{i}" for o, s, i in self._chunks if self._reads.part(o, s, i) is not None]
            held = [c.held for c in self.convoys.values() if c.held is not None]
            return sorted({*self._taken, *waiting, *(f"{v.origin}/{v.seq}/{v.journey}" for v in held)})

    def copy_places(self, to: Airspace, parts: Collection[str]) -> None:
        """Put the places that came in some parts into another airspace, as they are protected now; `hold` before."""
        to.districts = self.airspace.districts  # where a district lies is told by all that is held, not by what is new
        for part in parts:
            for name in self._taken.get(part, ()):
                if name in self._airspace.sites:
                    to.put_site(self._airspace.sites[name], self._airspace.marks.get(name, ()))
        for name, convoy in self.convoys.items():
            version = convoy.held
            if version and f"{version.origin}/{version.seq}/{version.journey}" in parts and name in self._ways:
                to.put_movement(name, *self._ways[name])

    @property
    def airspace(self) -> Airspace:
        """All that plans are screened against."""
        self._look_at_sites()
        self._look_at_flights()
        return self._airspace

    def screening(self, plan: Plan, subject: SubjectId, owner: PartyId, standard: Standard, now: datetime) -> Screening:
        """Screen a plan against everything here but its own operation, in whatever circle that was proposed.

        Another's operation is not held against its owner's others: keeping those apart is the owner's own matter, and
        its own screening shows them (docs/adr/0017-own-against-own.md).
        """
        return screen(plan, self.airspace, standard, now=now, ignore=self._own(subject, owner), party=owner)

    def ways_out(
        self, plan: Plan, subject: SubjectId, owner: PartyId, standard: Standard, now: datetime, reach: Reach
    ) -> Ways:
        """Find the smallest shifts after which `screening` finds nothing that a shift could avoid."""
        own = self._own(subject, owner)
        return ways_out(plan, self.airspace, standard, now=now, ignore=own, party=owner, reach=reach)

    def _own(self, subject: SubjectId, owner: PartyId) -> list[str]:
        flights = self.flights
        if owner != self._me:
            return [name for name, flight in flights.items() if flight.owner == owner]
        return [name for names in self._by_subject.get(subject, {}).values() for name in names]

    def flights_of(self, subject: SubjectId) -> list[Flight]:
        """Return an operation's versions in the picture, in every circle in which it was proposed."""
        flights = self.flights
        return [flights[name] for names in self._by_subject.get(subject, {}).values() for name in names]

    def undisclosed(self, subject: SubjectId, place: str | None = None) -> int:
        """Return how many operations have to be screened and cannot be, their plans not being released to us.

        In one circle when `place` is given, else in all.
        """
        self._look_at_flights()
        return sum(other != subject and place in (None, where) for where, other in self._wanting)


def place_of(fold: CircleFold) -> str:
    """Return a circle's name among all agreements of this node."""
    return f"{fold.ledger.agreement.id}/{fold.name}"


def place_of_convoy(convoy: Convoy) -> str:
    """Return the place, as `place_of`, in which a movement stands."""
    return f"{convoy.agreement}/{convoy.circle}"


def flight_id(subject: SubjectId, version: Version, place: str) -> str:
    """Return the name under which a version stands in the picture: an operation may be proposed in several circles."""
    # Branches of a forked feed, and a new epoch, number their versions each for themselves.
    first = version.origin == feed_of(version.origin) and epoch_of(version.origin) == 1
    return f"{subject}@{version.number}{'' if first else f'~{version.leaf[:12]}'}/{place}"


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
        raise Refused("operation.plan", "the act's window, kind and crew are not those of the plan that goes with it")
