from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.geo.strategies import bands, circles, intervals, polygons, positions, times, volumes

from entente.errors import Malformed
from entente.geo.position import Position
from entente.geo.spelling import Codec, quantise
from entente.joint import spelling
from entente.joint.areas import Area, AreaClass
from entente.joint.journey import Guards, Journey, Passage, Vehicle, VehicleKind
from entente.joint.plan import Crew, Kind, LinkKind, Plan, TimingLink
from entente.joint.protected_sites import (
    Category,
    DayMark,
    Function,
    Grade,
    InfraredMark,
    Method,
    Reliability,
    Site,
    SiteStatus,
)
from entente.joint.screening import Against, Finding, Input, Screening
from entente.joint.standard import Minimum, Standard

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
metres = st.integers(0, 10**8).map(lambda mm: mm / 1000)
minima = st.builds(Minimum, horizontal_m=metres, vertical_m=metres, time_s=metres)
links = st.builds(TimingLink, kind=st.sampled_from(LinkKind), other=texts, seconds=st.integers(0, 10**6))
inputs = st.builds(Input, kind=st.sampled_from(Against), id=texts)
maybe = st.none
grades = st.builds(Grade, reliability=st.sampled_from(Reliability), credibility=st.integers(1, 6))
histories = st.lists(
    st.builds(Function, since=times, category=st.sampled_from(Category), words=texts),
    max_size=3,
    unique_by=lambda one: one.since,
).map(lambda found: tuple(sorted(found, key=lambda one: one.since)))


def marks(kind: Any) -> st.SearchStrategy[Any]:
    """Some marks, or that there are none."""
    named = [mark for mark in kind if mark != "none"]
    return st.just(frozenset({kind("none")})) | st.frozensets(st.sampled_from(named), max_size=3)


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    """Journeys whose legs are short and whose times rise."""
    first = draw(st.builds(Position, lat=st.floats(-80, 80), lon=st.floats(-179, 178)).map(quantise))
    steps = draw(st.lists(st.tuples(st.integers(1, 10_000), st.floats(0, 1)), min_size=1, max_size=4))
    at, passages = draw(times), [(first, 0)]
    for seconds, east in steps:
        before, after = passages[-1]
        moved = quantise(Position(lat=before.lat, lon=min(before.lon + east, 180.0)))
        passages.append((moved, after + seconds))
    made = [Passage(position=p, at=at.replace(year=2030) + timedelta(seconds=s), name="x") for p, s in passages]
    vehicle = st.builds(
        Vehicle, kind=st.sampled_from(VehicleKind), count=st.integers(1, 9), label=texts, day_marks=marks(DayMark),
        infrared_marks=marks(InfraredMark),
    )  # fmt: skip
    return Journey(
        title=draw(texts), passages=tuple(made), contact=draw(texts),
        vehicles=tuple(draw(st.lists(vehicle, max_size=2))),
        people=draw(st.integers(0, 99)), guards=draw(st.sampled_from(Guards)), guarded_by=draw(texts),
        consent=draw(texts), note=draw(texts), uncertainty_m=draw(metres.filter(bool).filter(lambda m: m < 1e5)),
        margin_s=draw(st.integers(0, 3600)),
    )  # fmt: skip


exact_volumes = volumes.filter(lambda volume: not hasattr(volume.shape, "ring")).map(quantise)
VALUES: dict[str, tuple[Codec[Any], st.SearchStrategy[Any]]] = {
    "plan": (
        spelling.PLAN,
        st.builds(
            Plan,
            id=texts,
            title=texts,
            kind=st.sampled_from(Kind),
            crew=st.sampled_from(Crew),
            volumes=st.lists(exact_volumes, max_size=3).map(tuple),
            links=st.lists(links, max_size=2).map(tuple),
            callsign=texts,
            note=texts,
        ),
    ),
    "site": (
        spelling.SITE,
        st.builds(
            Site,
            id=texts,
            name=texts,
            category=st.sampled_from(Category),
            position=maybe() | positions.map(quantise),
            uncertainty_m=metres.filter(bool),
            status=st.sampled_from(SiteStatus),
            footprint=maybe() | polygons(size_m=1000).map(quantise),
            country=texts,
            district=texts,
            position_source=texts,
            source_grade=texts,
            confirmed_at=maybe() | times,
            expires_at=maybe() | times,
            note=texts,
            consent=texts,
            region=texts,
            settlement=texts,
            pcode=texts,
            day_marks=marks(DayMark),
            infrared_marks=marks(InfraredMark),
            verifier=texts,
            method=maybe() | st.sampled_from(Method),
            grade=maybe() | grades,
            confirmed_by=texts,
            history=histories,
        ),
    ),
    "journey": (spelling.JOURNEY, journeys()),
    "area": (
        spelling.AREA,
        st.builds(
            Area,
            id=texts,
            title=texts,
            area_class=st.sampled_from(AreaClass),
            shape=circles().map(quantise),
            band=maybe() | bands().map(quantise),
            interval=maybe() | intervals(),
            exempt=st.frozensets(texts, max_size=3),
        ),
    ),
    "standard": (
        spelling.STANDARD,
        st.builds(
            Standard,
            name=texts,
            pairs=st.dictionaries(st.tuples(st.sampled_from(Crew), st.sampled_from(Crew)), minima),
            sites=st.dictionaries(st.sampled_from(Category), minima),
            site_default=minima,
            area=minima,
            fl_uncertainty_m=metres,
            terrain_ceiling_m=metres,
            relief_m=metres,
        ),
    ),
    "screening": (
        spelling.SCREENING,
        st.builds(
            Screening,
            plan=texts,
            standard=texts,
            made_at=times,
            compared=st.dictionaries(texts, st.integers(0, 10**6)),
            findings=st.lists(
                st.builds(
                    Finding,
                    plan=texts,
                    against=st.sampled_from(Against),
                    other=texts,
                    other_title=texts,
                    horizontal_m=maybe() | metres,
                    vertical_m=maybe() | metres,
                    time_s=metres,
                    required_horizontal_m=metres,
                    required_vertical_m=metres,
                    doubt_m=metres,
                    interval=maybe() | intervals(),
                    place=maybe() | positions.map(quantise),
                    marks=st.lists(texts, max_size=2).map(tuple),
                    inputs=st.lists(inputs, max_size=2).map(tuple),
                ),
                max_size=2,
            ).map(tuple),
        ),
    ),
}


MAY_BE_MISSING = "consent region settlement pcode day_marks infrared_marks verifier method grade confirmed_by history"
"""Of a site, since the keys came later (SITE-2)."""


@settings(max_examples=25)
@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
def test_what_is_spelt_reads_back_the_same(kind: str, data: st.DataObject) -> None:
    codec, values = VALUES[kind]
    value = data.draw(values)

    plain = json.loads(json.dumps(codec.plain(value)))

    assert codec.read(plain) == value
    assert codec.plain(codec.read(plain)) == plain


@settings(max_examples=25)
@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
def test_no_key_may_be_missing_or_added(kind: str, data: st.DataObject) -> None:
    codec, values = VALUES[kind]
    plain = codec.plain(data.draw(values))
    key = data.draw(st.sampled_from(sorted(plain.keys() - set(MAY_BE_MISSING.split()))))

    for other in ({name: value for name, value in plain.items() if name != key}, plain | {"more": 1}):
        with pytest.raises(Malformed) as caught:
            codec.read(other, kind)
        assert caught.value.code == "spelling.key"
        assert caught.value.where in (f"{kind}.{key}", f"{kind}.more")


@pytest.mark.parametrize(
    "pairs",
    [
        [[["crewed", "uncrewed"], {"horizontal_mm": 1, "vertical_mm": 1, "time_ms": 0}]] * 2,
        [[["crewed"], {"horizontal_mm": 1, "vertical_mm": 1, "time_ms": 0}]],
        [["crewed", {"horizontal_mm": 1, "vertical_mm": 1, "time_ms": 0}]],
        [{"crewed": 1}],
        {},
    ],
)
def test_a_table_has_one_order_and_no_row_twice(pairs: Any) -> None:
    plain = spelling.standard_to_plain(Standard(name="one", pairs={}))

    with pytest.raises(Malformed) as caught:
        spelling.standard_from_plain(plain | {"pairs": pairs}, "standard")
    assert caught.value.where is not None and caught.value.where.startswith("standard.pairs")


def test_exempt_parties_stand_sorted() -> None:
    area = {"id": "a", "title": "", "class": "no_fly", "band": None, "interval": None, "exempt": ["south", "north"]}
    circle = {"shape": "circle", "centre": {"lat_e7": 0, "lon_e7": 0}, "radius_mm": 1000}

    with pytest.raises(Malformed):
        spelling.area_from_plain(area | {"shape": circle})
    assert spelling.area_from_plain(area | {"shape": circle, "exempt": ["north", "south"]}).exempt == {"north", "south"}
