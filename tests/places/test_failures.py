"""How lists fail, and what catches it here (docs/failures.md): one test for each, named after it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from tests.places.ministry import HEAD, Squares, codes, listing
from tests.places.test_beside import district

from entente.adapters.lists import Listing
from entente.geo.geodesy import distance_m
from entente.geo.position import Position, show
from entente.joint.protected_sites import Category
from entente.node.register import Register, Staged, open_register
from entente.places import sources
from entente.places.flags import FlagCode
from entente.places.identity import Answers, Kind

AT = "2026-11-22T10:00:00.000Z"


def taken(register: Register, found: Listing, at: str = AT) -> dict[str, int]:
    """Take a list into a register as it is, and return the counts."""
    staged = Staged(
        list="health", file="list.csv", sha256=found.sha256, at=at, by="desk", rows=found.rows, flags=found.flags,
        refused=found.refused, rule=register.rule("health"),
    )  # fmt: skip
    register.stage(staged)
    return dict(register.accept(register.staged(), Answers(), at, "desk")[0].counts)


def test_f01_every_spelling_of_a_position_is_read_and_shown_in_three(tmp_path: Path) -> None:
    written = [
        "12.593800 -3.834300",
        "12°35'37.68\"N 003°50'03.48\"W",
        "30PVU0937992360",
        "12° 35.628' N, 3° 50.058' W",
    ]
    found = listing(tmp_path, "name;position\n" + "\n".join(f"Kora;{text}" for text in written))

    places = [row.site.position for row in found.rows]
    assert all(place is not None and distance_m(place, Position(lat=12.5938, lon=-3.8343)) < 2 for place in places)
    shown = show(Position(lat=12.5938, lon=-3.8343))
    assert (shown.decimal, shown.dms, shown.mgrs.replace(" ", "")) == (
        "12.593800, -3.834300", "12°35'37.68\"N 003°50'03.48\"W", "30PVU0937992360",
    )  # fmt: skip


def test_f02_latitude_and_longitude_swapped_is_flagged_and_never_mended(tmp_path: Path) -> None:
    swapped = "99,Swapped,clinic,3.40000,12.60000,Westland,,North,,GPS,"
    found = listing(tmp_path, "\n".join([HEAD, *district(), swapped]), ground=Squares())

    assert FlagCode.SWAPPED in codes(found.flags[-1])
    assert found.rows[-1].site.position == Position(lat=3.4, lon=12.6)
    assert not any(FlagCode.SWAPPED in codes(flags) for flags in found.flags[:-1])


def test_f02_a_latitude_that_is_none_is_asked_the_other_way_round(tmp_path: Path) -> None:
    found = listing(tmp_path, "name,lat,lon\nBangkok clinic,100.5,13.75\n")

    assert codes(found.flags[0]) == {FlagCode.POSITION_UNREADABLE, FlagCode.SWAPPED}
    assert found.rows[0].site.position is None


def test_f03_a_datum_that_nobody_states_or_another_one_is_flagged_and_allowed_for(tmp_path: Path) -> None:
    text = "name,lat,lon,datum,uncertainty\n"
    text += "A,12.50000,3.50000,,50\nB,12.50000,3.60000,Adindan,50\nC,12.50000,3.70000,WGS84,50\n"
    unstated, other, wgs84 = listing(tmp_path, text).rows

    assert [codes(row.flags) for row in (unstated, other, wgs84)] == [
        {FlagCode.DATUM_UNSTATED}, {FlagCode.DATUM_OTHER}, set(),
    ]  # fmt: skip
    assert [row.site.uncertainty_m for row in (unstated, other, wgs84)] == [300.0, 1050.0, 50.0]


def test_f04_too_many_decimals_are_no_precision_and_too_few_widen_the_place(tmp_path: Path) -> None:
    text = "name,lat,lon,source\nA,12.5000000000001,3.5000000000001,Geonames\nB,12.5,3.5,GPS\n"
    many, few = listing(tmp_path, text).rows

    assert FlagCode.DECIMALS_FALSE in codes(many.flags) and many.site.uncertainty_m >= sources.INDIRECT_M
    assert FlagCode.DECIMALS_FEW in codes(few.flags) and few.site.uncertainty_m > 5000


def test_f05_a_compound_sent_as_one_point_is_flagged_and_an_outline_is_kept(tmp_path: Path) -> None:
    text = "name,lat,lon\nWard A,12.50000,3.50000\nLaundry,12.50001,3.50000\n"
    assert all(FlagCode.POINT_SHARED in codes(flags) for flags in listing(tmp_path, text).flags)

    ring = "[[3.5,12.5],[3.51,12.5],[3.51,12.51],[3.5,12.51],[3.5,12.5]]"
    geometry = f'{{"type":"Polygon","coordinates":[{ring}]}}'
    outline = f'{{"type":"Feature","properties":{{"name":"Compound"}},"geometry":{geometry}}}'
    [row] = listing(tmp_path, outline, "map.geojson").rows
    assert row.site.footprint is not None and row.site.position == Position(lat=12.505, lon=3.505)


def test_f06_a_place_is_told_apart_by_code_and_its_name_is_known_in_three_scripts(tmp_path: Path) -> None:
    from entente.adapters.ground import of_the_world

    heard = "name,settlement,country,p-code,lat,lon,source\nClinic,باماكو,Mali,ML0901,16.00000,-3.00000,GPS\n"
    found = listing(tmp_path, heard, ground=of_the_world())

    assert found.rows[0].site.pcode == "ML0901"
    assert FlagCode.FAR_FROM_SETTLEMENT in codes(found.flags[0])


def test_f07_a_point_that_does_not_match_the_settlement_it_names_is_flagged_with_the_distance(tmp_path: Path) -> None:
    rows = ["1,A,clinic,12.05000,4.05000,Westland,,,Kora,GPS,", "2,B,clinic,12.05000,5.00000,Westland,,,Kora,GPS,"]
    found = listing(tmp_path, "\n".join([HEAD, *rows]), ground=Squares())

    assert codes(found.flags[0]) == set() and codes(found.flags[1]) == {FlagCode.FAR_FROM_SETTLEMENT}
    assert "Kora lies 109 km away" in found.flags[1][0].detail


def test_f08_duplicates_are_flagged_and_a_merge_keeps_both_histories(tmp_path: Path) -> None:
    text = f"{HEAD}\n1,Kora Clinic,clinic,12.50000,3.50000,Westland,,,,GPS,\n"
    text += "2,Clinic of Kora,clinic,12.50300,3.50300,Westland,,,,GPS,"
    found = listing(tmp_path, text)
    assert all(FlagCode.NEAR_DUPLICATE in codes(flags) for flags in found.flags)

    with closing(open_register(tmp_path)) as register:
        taken(register, found)
        register.merge("1", "2", AT, "desk")

        assert [(event.place, event.kind) for event in register.history("1")] == [
            ("1", "new"),
            ("2", "new"),
            ("2", "merged"),
        ]
        assert register.place("2")[1].merged_into == "1"
        # The list still has both rows, and neither is new.
        assert register.compare(Staged(
            list="health", file="f", sha256="", at=AT, by="", rows=found.rows, flags=found.flags, refused=(),
            rule=register.rule("health"),
        ))[0].kind is Kind.SAME  # fmt: skip


def test_f09_a_place_that_is_in_no_list_any_more_is_kept_and_marked_and_ends_only_by_the_desk(tmp_path: Path) -> None:
    text = f"{HEAD}\n1,Kora,clinic,12.50000,3.50000,Westland,,,,GPS,\n2,Dilly,clinic,13.50000,3.50000,Westland,,,,GPS,"
    with closing(open_register(tmp_path)) as register:
        taken(register, listing(tmp_path, text))
        assert taken(register, listing(tmp_path, text.rsplit("\n", 1)[0])) == {"gone": 1, "same": 1}

        gone = register.place("2")[1]
        assert not gone.listed and gone.site.status == "active" and gone.site.position is not None

        register.end(["2"], AT, "desk")
        assert register.place("2")[1].site.status == "ended"
        assert taken(register, listing(tmp_path, text))["back"] == 1
        assert register.place("2")[1].site.status == "ended"


def test_f10_a_function_that_changed_is_told_and_the_old_one_is_kept(tmp_path: Path) -> None:
    text = f"{HEAD}\n1,Kora,school,12.50000,3.50000,Westland,,,,GPS,"
    with closing(open_register(tmp_path)) as register:
        taken(register, listing(tmp_path, text))
        taken(register, listing(tmp_path, text.replace("school", "clinic")), "2026-12-01T10:00:00.000Z")

        site = register.place("1")[1].site
        assert site.category is Category.MEDICAL and [past.category for past in site.history] == [Category.SCHOOL]
        last = register.history("1")[-1]
        assert (last.kind, [(c.field, c.before, c.after) for c in last.changes]) == (
            "changed", [("category", "school", "medical")],
        )  # fmt: skip


def test_f11_a_source_that_nobody_verified_is_flagged_and_grade_verifier_and_method_are_kept(tmp_path: Path) -> None:
    text = "name,lat,lon,source,grade,verified by,verification method\nA,12.5000,3.5000,Other,C3,WHO,site visit\n"
    found = listing(tmp_path, text)

    assert FlagCode.SOURCE_INDIRECT in codes(found.flags[0])
    site = found.rows[0].site
    assert (str(site.grade), site.verifier, site.method) == ("C3", "WHO", "site_visit")


def test_f26_a_long_list_comes_in_at_one_go_and_again_it_is_only_what_differs(tmp_path: Path) -> None:
    rows = [f"{at},Place {at},clinic,{10 + at / 1000:.5f},3.50000,Westland,,,,GPS," for at in range(1000)]
    with closing(open_register(tmp_path)) as register:
        assert taken(register, listing(tmp_path, "\n".join([HEAD, *rows]))) == {"new": 1000}
        rows[17] = rows[17].replace("clinic", "school")

        assert taken(register, listing(tmp_path, "\n".join([HEAD, *rows]))) == {"changed": 1, "same": 999}
