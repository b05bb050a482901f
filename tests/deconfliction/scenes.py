"""Short words for plans, sites and standards, so that a test reads as its story."""

from __future__ import annotations

from datetime import UTC, datetime

from entente.deconfliction import Airspace, screen
from entente.geo.altitude import Band, parse_band
from entente.geo.interval import Interval, parse_time
from entente.geo.position import Position
from entente.geo.volume import Circle, Shape, Volume
from entente.ids import SubjectId
from entente.joint.plan import Crew, Kind, LinkKind, Plan, TimingLink
from entente.joint.protected_sites import Category, Site
from entente.joint.screening import Finding, Screening
from entente.joint.standard import Minimum, Standard

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HERE = Position(lat=31.95, lon=35.93)
STANDARD = Standard(
    name="test",
    pairs={
        (Crew.CREWED, Crew.CREWED): Minimum(horizontal_m=9_260.0, vertical_m=304.8),
        (Crew.CREWED, Crew.UNCREWED): Minimum(horizontal_m=5_556.0, vertical_m=304.8, time_s=120.0),
        (Crew.UNCREWED, Crew.UNCREWED): Minimum(horizontal_m=1_000.0, vertical_m=100.0),
    },
    sites={Category.MEDICAL: Minimum(horizontal_m=3_000.0, vertical_m=1_500.0)},
)


def when(text: str) -> Interval:
    """``10:00-10:30`` on the day of the tests."""
    start, end = (parse_time(f"2026-11-22T{part}Z") for part in text.split("-"))
    return Interval(start=start, end=end)


def circle(position: Position = HERE, radius_m: float = 500.0) -> Circle:
    return Circle(centre=position, radius_m=radius_m)


def volume(shape: Shape | None = None, band: str | Band = "FL100-FL120", time: str = "10:00-11:00") -> Volume:
    return Volume(
        shape=shape or circle(), band=parse_band(band) if isinstance(band, str) else band, interval=when(time)
    )


def plan(name: str, *volumes: Volume, crew: Crew = Crew.CREWED, links: tuple[TimingLink, ...] = ()) -> Plan:
    return Plan(
        id=name, title=f"Plan {name}", kind=Kind.GENERAL, crew=crew, volumes=volumes or (volume(),), links=links
    )


def link(kind: LinkKind, other: str, seconds: int) -> TimingLink:
    return TimingLink(kind=kind, other=SubjectId(other), seconds=seconds)


def site(name: str = "s1", position: Position | None = HERE, **more: object) -> Site:
    fields: dict[str, object] = {"name": "Clinic", "category": Category.MEDICAL, "uncertainty_m": 100.0} | more
    return Site(id=name, position=position, **fields)  # type: ignore[arg-type]  # the test's own words


def airspace(*held: Plan | Site) -> Airspace:
    space = Airspace()
    for thing in held:
        space.put_plan(thing) if isinstance(thing, Plan) else space.put_site(thing)
    return space


def screening(own: Plan, *held: Plan | Site, standard: Standard = STANDARD) -> Screening:
    return screen(own, airspace(*held), standard, now=NOW)


def findings(own: Plan, *held: Plan | Site, standard: Standard = STANDARD) -> tuple[Finding, ...]:
    return screening(own, *held, standard=standard).findings
