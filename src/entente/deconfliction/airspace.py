"""The airspace as one node knows it: plans, protected sites and areas, held ready to be compared with a plan.

It is a cache of what others decided to hold, and decides nothing itself: the caller puts what is current and drops what
has ended. Order does not matter: the same things held give the same screening, in whatever order they came.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from entente.deconfliction.core import core_of
from entente.deconfliction.index import FOREVER_MS, Index, Row
from entente.deconfliction.vertical import bounds
from entente.errors import Malformed
from entente.geo.altitude import GROUND, Band
from entente.geo.interval import Interval
from entente.geo.volume import Circle
from entente.joint.areas import Area
from entente.joint.plan import Crew, Plan
from entente.joint.protected_sites import Category, Site, SiteStatus

CREWS = tuple(Crew)
CATEGORIES = tuple(Category)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Airspace:
    """What plans are screened against. One thread at a time may change it; ids are unique within each kind."""

    def __init__(self) -> None:
        self.plans: dict[str, Plan] = {}
        self.sites: dict[str, Site] = {}
        self.areas: dict[str, Area] = {}
        self.plan_rows, self.site_rows, self.area_rows = Index(), Index(), Index()

    def put_plan(self, plan: Plan) -> None:
        """Hold `plan`, instead of any other with its id.

        Raises:
            Malformed: `plan.empty`, when it has no volume.
        """
        rows = list(plan_rows(plan))
        self.plans[plan.id] = plan
        self.plan_rows.put(plan.id, rows)

    def drop_plan(self, plan: str) -> None:
        """Forget the plan with this id; one that is not held is no error."""
        self.plans.pop(plan, None)
        self.plan_rows.drop(plan)

    def put_site(self, site: Site) -> None:
        """Hold `site`, instead of any other with its id. One that its originator ended is forgotten."""
        self.drop_site(site.id)
        if site.status is not SiteStatus.ENDED:
            self.sites[site.id] = site
            self.site_rows.put(site.id, _site_rows(site))

    def drop_site(self, site: str) -> None:
        """Forget the site with this id."""
        self.sites.pop(site, None)
        self.site_rows.drop(site)

    def put_area(self, area: Area) -> None:
        """Hold `area`, instead of any other with its id."""
        self.areas[area.id] = area
        start, end = (FOREVER_MS * -1, FOREVER_MS) if area.interval is None else milliseconds(area.interval)
        row = Row(core=core_of(area.shape), bounds=bounds(area.band), start_ms=start, end_ms=end, group=0)
        self.area_rows.put(area.id, [row])

    def drop_area(self, area: str) -> None:
        """Forget the area with this id."""
        self.areas.pop(area, None)
        self.area_rows.drop(area)

    def counts(self) -> dict[str, int]:
        """How many plans, sites and areas are held."""
        return {"plans": len(self.plans), "sites": len(self.sites), "areas": len(self.areas)}


def plan_rows(plan: Plan) -> Iterator[Row]:
    """Yield the rows of a plan, one for each volume, in order.

    Raises:
        Malformed: `plan.empty`.
    """
    if not plan.volumes:
        raise Malformed("plan.empty", f"plan {plan.id} has no volume; give at least one", where=plan.id)
    group = CREWS.index(plan.crew)
    for volume in plan.volumes:
        start, end = milliseconds(volume.interval)
        core = core_of(volume.shape)
        yield Row(core=core, bounds=bounds(volume.band), start_ms=start, end_ms=end, group=group)


def milliseconds(interval: Interval) -> tuple[int, int]:
    """Return an interval's ends [ms since 1970-01-01T00:00Z]."""
    return (interval.start - _EPOCH) // _MS, (interval.end - _EPOCH) // _MS


def interval_of(start_ms: int, end_ms: int) -> Interval | None:
    """Return the interval between two times [ms], or None when it holds no moment."""
    return Interval(start=_EPOCH + start_ms * _MS, end=_EPOCH + end_ms * _MS) if start_ms < end_ms else None


def _site_rows(site: Site) -> Iterator[Row]:
    """Yield the point, as a circle of no more than a millimetre, and the footprint; neither for an unplaced site."""
    point = None if site.position is None else Circle(centre=site.position, radius_m=0.001)
    for shape in (point, site.footprint):
        if shape is not None:
            yield Row(
                core=core_of(shape),
                bounds=bounds(Band(lower=GROUND, upper=GROUND)),
                start_ms=-FOREVER_MS,
                end_ms=FOREVER_MS,
                group=CATEGORIES.index(site.category),
                doubt_m=site.uncertainty_m,
            )
