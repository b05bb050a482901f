"""Two lists that perhaps name one place: told on both sides, merged by nobody but a person."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.places.ministry import HEAD, listing

from entente.geo.geodesy import destination
from entente.geo.position import Position
from entente.joint.protected_sites import Category, Site
from entente.node.register import Register, Staged, open_register
from entente.places import across
from entente.places.across import Entry
from entente.places.flags import FlagCode
from entente.places.identity import Answers, Held, Outcome

AT = "2026-12-01T06:00:00.000Z"
HERE = Position(lat=12.5, lon=3.5)


def site(ident: str, name: str, where: Position | None, district: str = "North") -> Site:
    return Site(
        id=ident, name=name, category=Category.MEDICAL, position=where, uncertainty_m=100.0, country="Westland",
        district=district,
    )  # fmt: skip


def taken(register: Register, folder: Path, name: str, *rows: str) -> list[Outcome]:
    """Read a list, show what taking it would do beside the others, and take it."""
    read = listing(folder, "\n".join([HEAD, *rows]), name=f"{name}.csv")
    staged = Staged(
        list=name, file=f"{name}.csv", sha256=read.sha256, at=AT, by="desk", rows=read.rows, flags=read.flags,
        refused=read.refused, rule=register.rule(name),
    )  # fmt: skip
    shown = across.beside(name, register.compare(staged), register.places())
    register.stage(staged)
    register.accept(staged, Answers(), AT, "desk")
    return shown


def doubts(found: list[tuple[str, Held]]) -> dict[str, str]:
    code = FlagCode.DUPLICATE_ACROSS
    return {held.site.id: flag.detail for _, held in found for flag in held.flags if flag.code == code}


HOSPITAL = "h-1,Kora Hospital,hospital,12.50000,3.50000,Westland,,North,,GPS,"
AGAIN = "m-7,Hôpital Kora,hospital,12.50300,3.50300,Westland,,North,,GPS,"


def test_f08_one_place_in_two_lists_is_flagged_on_import_and_in_review_and_a_merge_keeps_both_histories(
    tmp_path: Path,
) -> None:
    """F-08."""
    register = open_register(tmp_path)
    alone = taken(register, tmp_path, "ministry", HOSPITAL, "h-2,Kora School,school,12.6,3.6,Westland,,North,,GPS,")
    beside = taken(register, tmp_path, "agency", AGAIN)

    assert not [one for one in alone if any(flag.code == FlagCode.DUPLICATE_ACROSS for flag in one.flags)]
    [told] = [flag.detail for one in beside for flag in one.flags if flag.code == FlagCode.DUPLICATE_ACROSS]
    assert told.startswith("Kora Hospital (h-1) of list ministry is 4")
    assert {held.merged_into for _, held in register.places()} == {""}, "nothing is merged by itself"
    seen = doubts(across.reviewed(register.places()))
    assert set(seen) == {"h-1", "m-7"} and "Hôpital Kora (m-7) of list agency" in seen["h-1"]

    register.merge("h-1", "m-7", AT, "desk")

    assert doubts(across.reviewed(register.places())) == {}
    assert {event.place for event in register.history("h-1")} == {"h-1", "m-7"}
    again = taken(register, tmp_path, "agency", AGAIN.replace("12.50300", "12.50310"))
    assert not [one for one in again if any(flag.code == FlagCode.DUPLICATE_ACROSS for flag in one.flags)]
    assert register.place("m-7")[1].merged_into == "h-1", "what was merged stays so when its list comes again"
    register.close()


def test_f08_what_is_not_placed_is_told_by_its_name_in_its_district(tmp_path: Path) -> None:
    """F-08."""
    entries = [
        Entry(list="a", id="1", site=site("1", "Kora Clinic", None)),
        Entry(list="b", id="2", site=site("2", "Clinic Kora", HERE)),
        Entry(list="b", id="3", site=site("3", "Kora Clinic", HERE, "South")),
    ]

    assert across.flagged(entries, 3)[0].detail == "Clinic Kora (2) of list b has this name in this district."
    assert set(across.flagged(entries, 3)) == {0, 1}


@given(st.floats(0, 360), st.floats(0, 9_000), st.sampled_from([0.0, 500.0, 5_000.0]), st.booleans())
def test_another_desks_copy_is_told_as_far_as_it_may_have_been_moved(
    azimuth: float, away: float, within: float, same_name: bool
) -> None:
    other = site("x", "Kora Clinic" if same_name else "Bissiga", destination(HERE, azimuth, away))
    entries = [
        Entry(list="mine", id="1", site=site("1", "Kora Clinic", HERE)),
        Entry(list="sites/other/valley", id="x", site=other, within_m=within),
    ]

    found = across.flagged(entries, 1)

    if not same_name or away > max(within, 1_000.0) * 1.01:
        assert found == {}
    elif away < max(within, 1_000.0) * 0.99:
        assert set(found) == {0}


def test_places_of_one_list_are_its_own_matter() -> None:
    twice = [Entry(list="a", id=one, site=site(one, "Kora Clinic", HERE)) for one in ("1", "2")]

    assert across.flagged(twice, 2) == {}
