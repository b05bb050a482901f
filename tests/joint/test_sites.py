"""Sites: what can be said of one, in one spelling, so that lists of the first version read as before."""

import importlib.util
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entente import canonical
from entente.errors import Malformed
from entente.joint.protected_sites import (
    Category,
    DayMark,
    Function,
    Grade,
    InfraredMark,
    Method,
    Site,
    told_at_night,
)
from entente.joint.spelling import site_from_plain, site_to_plain

HOME = Path(__file__).parents[2]
VECTORS: dict[str, Any] = json.loads((HOME / "spec/vectors/joint/sites.json").read_text(encoding="utf-8"))
READ = {row["name"]: row["text"] for row in VECTORS["read"]}
FIRST = (
    "id name category status position uncertainty_mm footprint country district position_source source_grade note "
    "confirmed_at expires_at"
)


def site(name: str) -> Site:
    return site_from_plain(json.loads(READ[name]))


@pytest.mark.parametrize("name", READ)
def test_a_site_reads_back_byte_for_byte(name: str) -> None:
    assert canonical.encode(site_to_plain(site(name))).decode() == READ[name]


def test_what_the_first_version_spelt_is_read_and_spelt_as_before() -> None:
    """SITE-1, SITE-2: no key that came later stands there, and none is added."""
    assert set(json.loads(READ["first"])) == set(FIRST.split())
    assert site("first").method is None and site("first").day_marks == frozenset()


def test_all_that_can_be_said_is_said() -> None:
    """SITE-3, SITE-4, SITE-5, SITE-6."""
    whole = site("whole")

    assert whole.position is None and (whole.region, whole.settlement, whole.pcode) == ("North", "Old Town", "JO0101")
    assert whole.day_marks == {DayMark.PROTECTIVE_EMBLEM, DayMark.ROOF_MARKING}
    assert whole.infrared_marks == {InfraredMark.NONE} and not told_at_night(whole.infrared_marks)
    assert (str(whole.grade), whole.method, whole.verifier) == ("B2", Method.SITE_VISIT, "health cluster")
    assert [was.category for was in whole.history] == [Category.SCHOOL]
    assert whole.consent == "letter 14" and whole.confirmed_by == "district office"


@pytest.mark.parametrize("row", VECTORS["refused"], ids=lambda row: row["name"])
def test_no_second_spelling_is_read(row: dict[str, str]) -> None:
    with pytest.raises(Malformed) as caught:
        site_from_plain(json.loads(row["text"]), "chunk-0000[3]")
    assert caught.value.where is not None and caught.value.where.startswith("chunk-0000[3]")


def test_the_generator_makes_the_same_vectors_again() -> None:
    spec = importlib.util.spec_from_file_location("sites_vectors", HOME / "tools" / "sites.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)

    assert made.vectors() == VECTORS


def test_a_history_does_not_grow_without_end() -> None:
    """SITE-6."""
    past = [Function(since=datetime(1900 + year, 1, 1, tzinfo=UTC), category=Category.SCHOOL) for year in range(33)]

    with pytest.raises(Malformed, match="at most 32"):
        Site(id="a", name="", category=Category.SCHOOL, position=None, uncertainty_m=1.0, history=tuple(past))


@pytest.mark.parametrize("text", ["A7", "G1", "", "B", "B22", "B٢", "2B"])
def test_what_is_no_grade_is_none(text: str) -> None:
    """SITE-5; digits are ASCII."""
    assert Grade.parse(text) is None
