"""Plan files: routes and volumes as a planner writes them."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod
from tests.geo.strategies import volumes

from entente.adapters import planfile, route
from entente.errors import Malformed
from entente.geo.altitude import parse_band
from entente.geo.interval import parse_time
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon
from entente.ids import SubjectId
from entente.joint.plan import Crew, Kind, LinkKind, Plan, TimingLink
from entente.joint.spelling import plan_from_plain, plan_to_plain

HOME = Path(__file__).parents[2]
WGS84 = Geod(ellps="WGS84")


def test_the_example_holds_a_route_and_a_volume_with_a_link() -> None:
    read = planfile.read(HOME / "examples" / "screen" / "plan.toml")

    relief, fire = read.plans
    assert (relief.kind, relief.crew, relief.callsign) == (Kind.HUMANITARIAN, Crew.CREWED, "NORTH 11")
    assert all(isinstance(volume.shape, Corridor) for volume in relief.volumes)
    assert isinstance(fire.volumes[0].shape, Polygon)
    assert [(link.kind, link.other, link.seconds) for link in fire.links] == [
        (LinkKind.NOT_BEFORE_END, "operation/south/survey-7", 600)
    ]
    assert [name for name, _ in read.places] == ["LSZB", "Dam at Sanetsch", "LSGS"]


def test_an_id_follows_from_the_content_and_changes_with_it(tmp_path: Path) -> None:
    def made(altitude: str) -> str:
        path = tmp_path / "plan.toml"
        path.write_text(
            '[[plan]]\ntitle = "A"\n[[plan.volume]]\ncircle = {centre = "47 8", radius_km = 2}\n'
            f'altitude = "{altitude}"\nstart = 2026-11-22T10:00:00+01:00\nend = "221100ZNOV26"\n'
        )
        (plan,) = planfile.read(path).plans
        assert plan.volumes[0].shape == Circle(centre=Position(lat=47, lon=8), radius_m=2000.0)
        assert plan.volumes[0].interval.start == parse_time("2026-11-22T09:00:00Z")
        return plan.id

    assert made("FL080-FL100") == made("FL080-FL100")
    assert made("FL080-FL100") != made("FL080-FL110")


@given(
    lats=st.lists(st.integers(-70, 70), min_size=2, max_size=4, unique=True),
    lon=st.floats(-180, 180),
    speed=st.floats(40, 300),
    margin=st.sampled_from([0.0, 45.0]),
)
def test_a_route_is_flown_without_a_gap_in_place_or_time(
    lats: list[int], lon: float, speed: float, margin: float
) -> None:
    points = [Position(lat=lat, lon=lon) for lat in lats]
    start = parse_time("2026-11-22T10:00:00Z")
    waypoints = [route.Waypoint(at=points[0], time=start)] + [route.Waypoint(at=point) for point in points[1:]]
    length = sum(WGS84.inv(a.lon, a.lat, b.lon, b.lat)[2] for a, b in itertools.pairwise(points))

    flown = route.volumes(
        waypoints, half_width_m=1000.0, band=parse_band("FL080-FL100"), speed_m_s=speed, slice_s=600, margin_s=margin
    )

    shapes = [volume.shape for volume in flown if isinstance(volume.shape, Corridor)]
    assert shapes[0].path[0] == points[0]
    assert shapes[-1].path[-1] == points[-1]
    for before, after in itertools.pairwise(flown):
        assert (before.interval.end - after.interval.start).total_seconds() == 2 * margin
    for before, after in itertools.pairwise(shapes):
        assert before.path[-1] == after.path[0]
    seconds = (flown[-1].interval.end - flown[0].interval.start).total_seconds() - 2 * margin
    assert abs(seconds - length / speed) < 0.01 * len(points)
    assert all(volume.interval.seconds <= 600.001 + 2 * margin for volume in flown)


plans = st.builds(
    Plan,
    id=st.just("operation/north/1"),
    title=st.text(min_size=1).filter(str.strip),
    kind=st.sampled_from(Kind),
    crew=st.sampled_from(Crew),
    volumes=st.lists(volumes, min_size=1, max_size=3).map(tuple),
    links=st.lists(
        st.builds(
            TimingLink,
            kind=st.sampled_from(LinkKind),
            other=st.just(SubjectId("operation/south/2")),
            seconds=st.integers(0, 10**6),
        ),
        max_size=2,
    ).map(tuple),
    callsign=st.sampled_from(["", "NORTH 11"]),
    note=st.text(),
)


@given(plans)
def test_a_plan_that_is_written_is_read_as_it_would_be_signed(plan: Plan) -> None:
    try:
        signed = plan_to_plain(plan_from_plain(plan_to_plain(plan)))
    except Malformed:
        assume(False)
        raise

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.toml"
        path.write_text(planfile.spell(plan), encoding="utf-8", newline="")
        (read,) = planfile.read(path).plans

    assert plan_to_plain(read) == signed
