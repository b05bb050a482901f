"""What the page says by a code, it says in every language: each flag with its meaning, each field that can change."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import pytest
from tests.node.stories import site

from entente.joint.journey import Journey
from entente.joint.protected_sites import Method, Site, SiteStatus
from entente.joint.spelling import site_to_plain
from entente.node.movement_packages import Manifest as MovementManifest
from entente.node.packages import File, Manifest
from entente.picture import coarsen
from entente.picture.packages import Change
from entente.picture.recipients import Language, LeftOut, Recipient
from entente.places import columns
from entente.places.flags import SENTENCES, FlagCode

WORDS = Path(__file__).parents[2] / "web" / "src" / "words"
LANGUAGES = ("en", "ru", "ar")


def catalogue(language: str) -> dict[str, str]:
    text = (WORDS / f"{language}.ts").read_text(encoding="utf-8")
    return dict(re.findall(r'^  "([^"]+)": "(.*)",$', text, re.MULTILINE))


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+", re.sub(r"(?<=\d),(?=\d{3})", "", text))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", FlagCode)
def test_every_flag_is_named_and_explained_with_the_same_figures(language: str, code: FlagCode) -> None:
    told = catalogue(language)
    assert told[f"flag.{code}"] and numbers(told[f"means.{code}"]) == numbers(SENTENCES[code])
    assert language == "en" or any(ord(c) > 0x400 for c in told[f"means.{code}"])


@pytest.mark.parametrize("code", FlagCode)
def test_the_page_and_the_command_line_explain_a_flag_alike(code: FlagCode) -> None:
    told = catalogue("en")[f"means.{code}"].replace("another civilian place", "other_civilian")
    assert told == SENTENCES[code]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_that_can_change_has_its_word(language: str) -> None:
    """Of a place, of a plan, and of each of a plan's volumes (`picture.changes`)."""
    of_site = {*site_to_plain(site("c-1")), *(one.name for one in fields(Site))} - {"id", "uncertainty_m"}
    of_plan = {"title", "callsign", "kind", "crew", "note", "timing links"}
    of_journey = {one.name.replace("_", " ") for one in fields(Journey)} - {"passages"}
    of_recipient = {one.name for one in fields(Recipient)}
    signed = {name for made in (Manifest, MovementManifest, File) for name in made.__struct_fields__}
    said = {"at", *Change, "listed", *columns.FIELDS}
    wanted = of_site | of_plan | of_journey | of_recipient | signed | said
    told = catalogue(language)
    assert {key.removeprefix("field.") for key in told if key.startswith("field.")} == wanted
    assert all("{number}" in told[f"changed.{part}"] for part in ("volume", "time", "heights", "shape", "passage"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_a_difference_can_hold_has_its_word(language: str) -> None:
    told = catalogue(language)
    lists: dict[str, Iterable[str]] = {
        "status": SiteStatus, "method": Method, "tongue": Language, "left": LeftOut, "field": coarsen.KEPT,
    }  # fmt: skip
    assert [f"{name}.{code}" for name, codes in lists.items() for code in codes if f"{name}.{code}" not in told] == []
    states = ("acknowledge first", "open", "not begun", "expired", "withdrawn")
    assert all(f"release.{state}" in told for state in states)
