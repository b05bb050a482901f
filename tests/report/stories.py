"""Stories to draw: one small one with everything in it, and plain parts to build others from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from entente.geo.altitude import parse_band
from entente.geo.interval import Interval
from entente.geo.position import Position, parse
from entente.geo.volume import Circle, Corridor, Polygon, Volume
from entente.ids import PartyId
from entente.joint.areas import Area, AreaClass
from entente.joint.plan import Crew, Kind, Plan
from entente.joint.protected_sites import Category, Site
from entente.joint.screening import Against, Finding, Input
from entente.report.story import (
    Story,
    StoryDecision,
    StoryEvent,
    StoryFinding,
    StoryHash,
    StoryPlace,
    StoryPlan,
    StoryStanding,
)

START = datetime(2026, 11, 22, 10, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def span(begin: float, end: float) -> Interval:
    return Interval(start=at(begin), end=at(end))


def plan(name: str, title: str, *volumes: Volume, callsign: str = "") -> Plan:
    return Plan(id=name, title=title, kind=Kind.TRANSPORT, crew=Crew.CREWED, volumes=volumes, callsign=callsign)


def corridor(begin: float, end: float, *path: str) -> Volume:
    shape = Corridor(path=tuple(parse(text) for text in path), half_width_m=1852.0)
    return Volume(shape=shape, band=parse_band("FL080-FL100"), interval=span(begin, end))


def finding(other: str, title: str, against: Against = Against.OPERATION, place: Position | None = None) -> Finding:
    return Finding(
        plan="operation/north/1@1",
        against=against,
        other=other,
        other_title=title,
        horizontal_m=926.0,
        vertical_m=None,
        time_s=0.0,
        required_horizontal_m=9260.0,
        required_vertical_m=304.8,
        doubt_m=12.0,
        interval=span(10, 20),
        place=place,
        marks=("altitude.incomparable",),
        inputs=(Input(kind=Against.OPERATION, id="operation/north/1@1"), Input(kind=against, id=other)),
    )


def everything(**changes: object) -> Story:
    """A small story with one of each thing, and a finding that the reader may not see."""
    north = plan(
        "operation/north/1@1",
        "Lift to the valley",
        corridor(0, 15, "46.9 7.5", "46.5 7.3"),
        corridor(15, 30, "46.5 7.3", "46.2 7.6"),
        callsign="NORTH 1",
    )
    ring = Polygon(ring=tuple(parse(text) for text in ("46.3 7.0", "46.3 7.5", "46.6 7.5", "46.6 7.0")))
    survey = Volume(shape=ring, band=parse_band("GND-5000 ft AMSL"), interval=span(5, 40))
    south = plan("operation/south/2@2", "Survey", survey, callsign="SOUTH 2")
    parts: dict[str, object] = {
        "title": "A morning in the valley",
        "exercise": True,
        "made_at": at(90),
        "window": span(-30, 60),
        "plans": (
            StoryPlan(
                plan=north,
                party="north",
                standings=(
                    StoryStanding(at=at(-20), phase="planned", standing="noticed"),
                    StoryStanding(at=at(-5), phase="planned", standing="no_objection"),
                    StoryStanding(at=at(0), phase="active", standing="no_objection"),
                ),
                decisions=(StoryDecision(at=at(-5), party="south", answer="no_objection", text="seen and compared"),),
            ),
            StoryPlan(
                plan=south,
                party="south",
                version=2,
                standings=(StoryStanding(at=at(-10), phase="planned", standing="objected"),),
            ),
        ),
        "sites": (
            Site(id="s1", name="Clinic", category=Category.MEDICAL, position=parse("46.40 7.45"), uncertainty_m=100.0),
            Site(
                id="s2",
                name="Lost school",
                category=Category.SCHOOL,
                position=None,
                uncertainty_m=300.0,
                district="Valley",
            ),
            Site(
                id="s3",
                name="Camp",
                category=Category.DISPLACED_PERSONS,
                position=parse("46.55 7.20"),
                uncertainty_m=250.0,
                expires_at=at(-600),
            ),
        ),
        "areas": (
            Area(
                id="a1",
                title="Relief road",
                area_class=AreaClass.HUMANITARIAN_CORRIDOR,
                shape=Corridor(path=(parse("46.2 7.3"), parse("46.4 7.9")), half_width_m=2000.0),
                exempt=frozenset({PartyId("south")}),
            ),
            Area(
                id="a2",
                title="Basin",
                area_class=AreaClass.NO_FLY,
                shape=Circle(centre=parse("46.75 7.6"), radius_m=9000.0),
                interval=span(0, 20),
            ),
        ),
        "findings": (
            StoryFinding(finding=finding("operation/south/2@2", "Survey", place=parse("46.48 7.31")), by="north"),
            StoryFinding(finding=finding("s1", "Clinic", Against.SITE, parse("46.42 7.42")), by="south"),
            StoryFinding(
                finding=finding("operation/hidden/9@1", "Something secret", place=parse("46.11111 7.11111")),
                by="south",
                visible=False,
            ),
        ),
        "events": (
            StoryEvent(at=at(-20), party="north", text="proposed Lift to the valley"),
            StoryEvent(at=at(-5), party="south", text="no objection to Lift to the valley"),
            StoryEvent(at=at(12), party="south", text="STOP, sent by the officer on duty"),
        ),
        "places": (StoryPlace(name="LSZB", position=parse("46.914 7.497")),),
        "agreed": ("Notice one day ahead; silence is not an answer.",),
        "hashes": (StoryHash(circle="all", rules="1", cut="ab" * 32, root="cd" * 32),),
        "verification": ("entente-verify bundle.zip: 2 feeds, 41 entries, every signature good.",),
    }
    return Story(**{**parts, **changes})  # type: ignore[arg-type]
