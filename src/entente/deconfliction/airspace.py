"""The airspace as one node knows it: plans, protected sites and areas, held ready to be compared with a plan.

It is a cache of what others decided to hold, and decides nothing itself: the caller puts what is current and drops what
has ended. Order does not matter: the same things held give the same screening, in whatever order they came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from entente.deconfliction.batch import Batch
from entente.deconfliction.districts import Districts, district_of
from entente.deconfliction.index import FOREVER_MS, Index
from entente.deconfliction.vertical import bounds
from entente.errors import Malformed
from entente.geo.altitude import GROUND, Band
from entente.geo.interval import Interval
from entente.geo.volume import Circle, Volume
from entente.joint.areas import Area
from entente.joint.plan import Crew, Plan
from entente.joint.protected_sites import Category, Site, SiteStatus

CREWS = tuple(Crew)
CATEGORIES = tuple(Category)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Airspace:
    """What plans are screened against. One thread at a time may change it or ask; ids are unique within each kind."""

    def __init__(self) -> None:
        self.plans: dict[str, Plan] = {}
        self.sites: dict[str, Site] = {}
        self.areas: dict[str, Area] = {}
        self.plan_rows, self.site_rows, self.area_rows = Index(), Index(), Index()
        # So that no screening walks through every plan and site that is held:
        self.crews: Counter[Crew] = Counter()
        """How many plans of each crew are held."""
        self.linked: dict[str, Plan] = {}
        """Those that have timing links."""
        self.unplaced: dict[str, dict[str, Site]] = {}
        """By district, those that have neither a position nor a footprint."""
        self.movements: dict[str, str] = {}
        """Titles of the movements that are held: their ways are protected as sites are, from one time to another."""
        self.marks: dict[str, tuple[str, ...]] = {}
        """What a reader must know of a site or movement besides what it says itself: that it is disputed, held up."""
        self.districts = Districts()
        """Where the districts lie that have unplaced sites, as far as the placed ones show."""
        self._named: dict[str, dict[str, Plan]] = {}

    def put_plan(self, plan: Plan) -> None:
        """Hold `plan`, instead of any other with its id.

        Raises:
            Malformed: `plan.empty`, when it has no volume.
        """
        rows = plan_rows(plan)
        self.drop_plan(plan.id)
        self.plans[plan.id] = plan
        self.plan_rows.put(plan.id, rows)
        self.crews[plan.crew] += 1
        if plan.links:
            self.linked[plan.id] = plan
        for name in _names(plan.id):
            self._named.setdefault(name, {})[plan.id] = plan

    def drop_plan(self, plan: str) -> None:
        """Forget the plan with this id; one that is not held is no error."""
        held = self.plans.pop(plan, None)
        if held is None:
            return
        self.plan_rows.drop(plan)
        self.crews[held.crew] -= 1
        self.linked.pop(plan, None)
        for name in _names(plan):
            del self._named[name][plan]
            if not self._named[name]:
                del self._named[name]

    def plans_of(self, name: str) -> list[Plan]:
        """Return the plans that a timing link to `name` means: with that id, or with that, ``@`` and a version."""
        return list(self._named.get(name, {}).values())

    def put_site(self, site: Site, marks: tuple[str, ...] = ()) -> None:
        """Hold `site`, instead of any other with its id. One that its originator ended is forgotten."""
        self.drop_site(site.id)
        if site.status is not SiteStatus.ENDED:
            self.sites[site.id] = site
            self.districts.put(site)
            if marks:
                self.marks[site.id] = marks
            self.site_rows.put(site.id, _site_rows(site))
            if site.position is None and site.footprint is None:
                self.unplaced.setdefault(district_of(site), {})[site.id] = site

    def drop_site(self, site: str) -> None:
        """Forget the site with this id."""
        if (held := self.sites.pop(site, None)) is not None:
            self.districts.drop(site)
            lacking = self.unplaced.get(district_of(held), {})
            if lacking.pop(site, None) is not None and not lacking:
                del self.unplaced[district_of(held)]
        self.marks.pop(site, None)
        self.site_rows.drop(site)

    def put_movement(
        self, movement: str, title: str, way: Sequence[Volume], doubt_m: float, marks: tuple[str, ...] = ()
    ) -> None:
        """Hold a movement's way, instead of any other with its id; `doubt_m` [m] is added, as a site's uncertainty.

        It keeps the separation of category ``humanitarian_movement``, and its findings are marked with it.
        """
        self.drop_movement(movement)
        self.movements[movement] = title
        self.marks[movement] = marks
        rows = Batch.of_shapes(
            [volume.shape for volume in way],
            bounds=np.array([bounds(volume.band) for volume in way]),
            times_ms=np.array([milliseconds(volume.interval) for volume in way]),
            groups=CATEGORIES.index(Category.HUMANITARIAN_MOVEMENT),
            doubts_m=doubt_m,
        )
        self.site_rows.put(movement, rows)

    def drop_movement(self, movement: str) -> None:
        """Forget the movement with this id."""
        if self.movements.pop(movement, None) is not None:
            self.marks.pop(movement, None)
            self.site_rows.drop(movement)

    def put_area(self, area: Area) -> None:
        """Hold `area`, instead of any other with its id."""
        start, end = (-FOREVER_MS, FOREVER_MS) if area.interval is None else milliseconds(area.interval)
        rows = Batch.of_shapes([area.shape], bounds=np.array([bounds(area.band)]), times_ms=np.array([[start, end]]))
        self.areas[area.id] = area
        self.area_rows.put(area.id, rows)

    def drop_area(self, area: str) -> None:
        """Forget the area with this id."""
        self.areas.pop(area, None)
        self.area_rows.drop(area)

    def counts(self) -> dict[str, int]:
        """How many plans, sites and areas are held."""
        sites = len(self.sites) + len(self.movements)
        return {"plans": len(self.plans), "sites": sites, "areas": len(self.areas)}


def plan_rows(plan: Plan) -> Batch:
    """Return the rows of a plan, one for each volume, in order.

    Raises:
        Malformed: `plan.empty`.
    """
    if not plan.volumes:
        raise Malformed("plan.empty", f"plan {plan.id} has no volume; give at least one", where=plan.id)
    return Batch.of_shapes(
        [volume.shape for volume in plan.volumes],
        bounds=np.array([bounds(volume.band) for volume in plan.volumes]),
        times_ms=np.array([milliseconds(volume.interval) for volume in plan.volumes]),
        groups=CREWS.index(plan.crew),
    )


def milliseconds(interval: Interval) -> tuple[int, int]:
    """Return an interval's ends [ms since 1970-01-01T00:00Z]."""
    return (interval.start - _EPOCH) // _MS, (interval.end - _EPOCH) // _MS


def interval_of(start_ms: int, end_ms: int) -> Interval | None:
    """Return the interval between two times [ms], or None when it holds no moment."""
    return Interval(start=_EPOCH + start_ms * _MS, end=_EPOCH + end_ms * _MS) if start_ms < end_ms else None


def _site_rows(site: Site) -> Batch:
    """Return the point, as a circle of no more than a millimetre, and the footprint; neither for an unplaced site."""
    point = None if site.position is None else Circle(centre=site.position, radius_m=0.001)
    shapes = [shape for shape in (point, site.footprint) if shape is not None]
    return Batch.of_shapes(
        shapes,
        bounds=np.array([bounds(Band(lower=GROUND, upper=GROUND))] * len(shapes)),
        times_ms=np.array([(-FOREVER_MS, FOREVER_MS)] * len(shapes)),
        groups=CATEGORIES.index(site.category),
        doubts_m=site.uncertainty_m,
    )


def _names(plan: str) -> list[str]:
    """Return what a timing link may call the plan with this id."""
    return [plan, *(plan[:at] for at, letter in enumerate(plan) if letter == "@")]
