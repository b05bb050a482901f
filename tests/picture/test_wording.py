"""Statements in every language tell the same facts, keep figures and names as they are, and nothing of one is lost."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.geo.altitude import parse_band
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Volume
from entente.ids import CircleId, Hash, PartyId, SubjectId
from entente.joint import agreement as agreements
from entente.joint.act import Statement
from entente.joint.agreement import Agreement
from entente.joint.decisions import Answer
from entente.joint.disputes import Reason as Disputed
from entente.joint.epochs import Reason as Opened
from entente.joint.journey import Change, Guards, Journey, Passage, Vehicle, VehicleKind, describe, difference
from entente.joint.keys import Role
from entente.joint.line import Reason as Stopped
from entente.joint.movements import How
from entente.joint.movements import Why as Ended
from entente.joint.plan import Crew, Kind, Plan
from entente.joint.protected_sites import DayMark, InfraredMark
from entente.joint.releases import Limit, Purpose, Release, Terms, Why, Withdrawal
from entente.joint.screening import Against, Finding
from entente.joint.staff import Office
from entente.joint.verdict import VERBS
from entente.picture import coverage, journeys, terms, wording
from entente.picture.catalogues import ARABIC, CATALOGUES, ENGLISH, LANGUAGES, Catalogue
from entente.picture.catalogues.catalogue import FROM, TO

NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)
LISTS = (
    Answer,
    Kind,
    Crew,
    Stopped,
    Opened,
    Disputed,
    Role,
    Office,
    How,
    Ended,
    Guards,
    VehicleKind,
    DayMark,
    InfraredMark,
    Against,
)
PREFIXED = {"purpose": Purpose, "limit": Limit, "why": Why}
OTHERS = [code for code in LANGUAGES if code != "en"]
FIGURE = re.compile(r"[0-9][0-9A-Fa-f:.…TZ-]*[0-9A-Fa-fZ…]|[0-9]")


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def facts(text: str) -> list[str]:
    """Figures, times, digests: whatever begins with a digit, thousands put together."""
    joined = re.sub(r"(?<=\d)[,\u00a0](?=\d{3}\b)", "", text)
    return sorted(FIGURE.findall(joined))


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_there_with_the_same_gaps(language: str) -> None:
    """JOINT-3: what a language leaves out its signer would not have seen."""
    other = CATALOGUES[language]
    assert set(other.heads) == set(ENGLISH.heads) == set(VERBS)
    assert set(other.phrases) == set(ENGLISH.phrases)
    for table, same in ((other.heads, ENGLISH.heads), (other.phrases, ENGLISH.phrases)):
        assert {key: gaps(text) for key, text in table.items()} == {key: gaps(text) for key, text in same.items()}


@pytest.mark.parametrize("language", OTHERS)
def test_every_code_of_a_closed_list_has_its_own_word(language: str) -> None:
    other = CATALOGUES[language]
    for codes in LISTS:
        words = [other.code(code, "guards" if codes is Guards else "") for code in codes]
        assert len(set(words)) == len(words)
        assert [code for code, word in zip(codes, words, strict=True) if word == code and code != "tls"] == []
    for kind, codes in PREFIXED.items():
        words = [other.code(code, kind) for code in codes]
        assert not set(words) & set(codes) and len(set(words)) == len(words)


TEXT = (
    st.text(alphabet=st.sampled_from("abZ\u0416\u0436\u0639\u0644 -"), min_size=1, max_size=12)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "answer": st.sampled_from(Answer),
    "kind": st.sampled_from(Kind),
    "crew": st.sampled_from(Crew),
    "kinds": st.lists(st.sampled_from(Kind), max_size=3),
    "role": st.sampled_from(Role),
    "limits": st.lists(st.sampled_from(Limit), max_size=3, unique=True),
    "how": st.sampled_from(How),
    "reason": st.sampled_from(Stopped),
    "why": st.sampled_from(Ended),
    "emergency": st.booleans(),
    "office": st.sampled_from(list(Office)),
    "to": st.lists(st.sampled_from("abc"), min_size=1, max_size=3),
}
ANY = st.one_of(
    st.integers(0, 10**9),
    st.sampled_from(["2026-12-01T06:00:00.000Z", "5" * 64, "a/air_operations", "operation/a/x-7"]),
    TEXT,
)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    """A statement of any verb, with whatever its sentence speaks of."""
    verb = draw(st.sampled_from(sorted(ENGLISH.heads)))
    body = {
        name: draw(VALUES.get(name, ANY)) for name in gaps(ENGLISH.heads[verb]) if name != "item" or draw(st.booleans())
    }
    if verb.startswith("release.") and "purpose" in body:
        body["purpose"] = draw(st.sampled_from(Purpose))
    if verb == "release.withdraw":
        body["why"] = draw(st.sampled_from(Why))
    if verb == "sites.notify":
        body["emergency"] = draw(st.booleans())
    if draw(st.booleans()):
        body["threat"] = draw(TEXT)
    details = tuple(
        (name, Hash(f"{n}" * 64))
        for n, name in enumerate(draw(st.lists(st.sampled_from(["plan", "note"]), unique=True)), 3)
    )
    return Statement(
        agreement=Hash("a" * 64),
        circle=CircleId("ab"),
        verb=verb,
        subject=SubjectId("operation/a/x"),
        body=body,
        details=details,
    )


def finding(marks: tuple[str, ...], metres: float | None) -> Finding:
    return Finding(
        plan="p",
        against=Against.SITE,
        other="site/b/9",
        other_title="",
        horizontal_m=metres,
        vertical_m=metres,
        time_s=0,
        required_horizontal_m=9260,
        required_vertical_m=304.8,
        doubt_m=0,
        interval=None,
        place=None,
        marks=marks,
        inputs=(),
    )


@st.composite
def contexts(draw: st.DrawFn) -> wording.Context:
    bands = draw(
        st.lists(
            st.sampled_from(["GND-FL100", "FL100-FL120", "1000 ft AMSL-5000 ft AMSL", "FL200-FL300"]),
            min_size=1,
            max_size=4,
            unique=True,
        )
    )
    when = Interval(start=NOW, end=NOW + timedelta(hours=draw(st.integers(1, 9))))
    shape = Circle(centre=Position(lat=47, lon=8), radius_m=1000)
    volumes = tuple(Volume(shape=shape, band=parse_band(band), interval=when) for band in bands)
    plan = Plan(
        id="",
        title=draw(TEXT),
        kind=Kind.GENERAL,
        crew=Crew.CREWED,
        volumes=volumes,
        callsign=draw(st.sampled_from(["", "RELIEF 7"])),
    )
    found = draw(
        st.none()
        | st.lists(
            st.builds(finding, st.sampled_from([(), ("altitude.incomparable",)]), st.none() | st.floats(0, 9999)),
            max_size=3,
        )
    )
    released = draw(st.sampled_from([None, {}, {"plan": frozenset({PartyId("b"), PartyId("c")})}]))
    return wording.Context(
        plan=draw(st.sampled_from([None, plan])),
        notes=tuple(draw(st.lists(TEXT, max_size=2))),
        released=released,
        findings=found,
        undisclosed=draw(st.integers(0, 3)),
    )


def agreement() -> Agreement:
    party = {"root": "1" * 64, "flies": False, "signs": True}
    return agreements.load(
        {
            "id": "exercise-x",
            "title": "Valley 7",
            "kind": "notification",
            "exercise": True,
            "rules": 1,
            "starts": "2026-12-01T05:00:00.000Z",
            "party": [{"id": p, "name": p, **party} for p in "ab"],
            "circle": [{"id": "all", "key": "2" * 64, "deciders": ["a", "b"], "readers": []}],
        }
    )


AGREED = agreement()


@given(statements(), contexts())
def test_a_statement_tells_the_same_facts_in_each_language(statement: Statement, context: wording.Context) -> None:
    """Names, ids, times, figures and free words are all there, in as many lines, whatever the language."""
    english = wording.render(statement, AGREED, "a", context)
    for language in OTHERS:
        other = wording.render(statement, AGREED, "a", context, language)
        assert other.count("\n") == english.count("\n")
        assert facts(other) == facts(english)
        free = [*context.notes, context.plan.title if context.plan else "", str(statement.body.get("threat", ""))]
        assert all(" ".join(words.split()) in other for words in free)
        assert "EXERCISE" in other and "{" not in other


@given(statements(), contexts())
def test_what_stands_in_arabic_is_set_apart_and_nothing_else_turns_the_text(
    statement: Statement, context: wording.Context
) -> None:
    """UAX #9: isolates are closed in their order within each line, and no other control is used."""
    for line in wording.render(statement, AGREED, "a", context, "ar").split("\n"):
        depth = 0
        for c in line:
            depth += {FROM: 1, "\u2066": 1, TO: -1}.get(c, 0)
            assert depth >= 0 and c not in "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2067"
        assert depth == 0
    for language in ("en", "ru"):
        assert not set(wording.render(statement, AGREED, "a", context, language)) & {FROM, TO, "\u2066"}


JOURNEY = Journey(
    title="Water",
    contact="channel 4",
    half_width_m=1500,
    uncertainty_m=12_345,
    guards=Guards.UNARMED,
    guarded_by="police",
    note="slow",
    passages=tuple(
        Passage(position=Position(lat=31.9, lon=35.9 + hour / 100), at=NOW + timedelta(hours=hour), name=f"Mill {hour}")
        for hour in (1, 2)
    ),
    vehicles=(
        Vehicle(kind=VehicleKind.TRUCK, count=7, label="R1", day_marks=frozenset({DayMark.FLAG, DayMark.ROOF_MARKING})),
        Vehicle(kind=VehicleKind.AMBULANCE, infrared_marks=frozenset({InfraredMark.LIT_EMBLEM})),
    ),
)
RELEASE = Release(
    by=PartyId("a"),
    to=PartyId("b"),
    leaf=Hash("0" * 64),
    at=NOW,
    acknowledged_at=None,
    terms=Terms(
        to=(PartyId("b"),),
        purpose=Purpose.KEEP_APART,
        limits=tuple(Limit),
        words="as said",
        consent="letter 14",
        until="2026-12-01T05:00:00.000Z",
    ),
    withdrawals=(Withdrawal(at=NOW, why=Why.LIMITS_BROKEN, sites=("s1", "s2")),),
)


def notices(words: Catalogue) -> list[str]:
    later = msgspec.structs.replace(RELEASE.terms, consent="", words="", limits=(), start="2026-12-01T04:00:00.000Z")
    bare = Journey(title="x", contact="y", passages=JOURNEY.passages)
    return [
        *terms.notice("sites/a/x", RELEASE, NOW, words),
        *terms.notice(
            "sites/a/x",
            Release(
                by=RELEASE.by,
                to=RELEASE.to,
                leaf=RELEASE.leaf,
                at=NOW,
                terms=later,
                acknowledged_at=None,
                withdrawals=(),
            ),
            NOW,
            words,
        ),
        *journeys.notice(JOURNEY, words),
        *journeys.notice(bare, words),
        *(wording.change(one, words) for one in difference(JOURNEY, bare)),
        wording.change(Change(what="passage 2", old="", new="x", moved_m=12_345), words),
        *coverage.lateness(NOW + timedelta(hours=1), NOW, 5400, words),
    ]


@pytest.mark.parametrize("language", OTHERS)
def test_what_a_notice_says_besides_is_told_alike(language: str) -> None:
    """Terms, journeys, changes and lateness: line by line the same facts."""
    english, other = notices(ENGLISH), notices(CATALOGUES[language])
    assert [facts(line) for line in other] == [facts(line) for line in english]
    # A passage is a time, a position and a name: facts alone.
    told = [line for line in other if "Mill" not in line]
    assert all(any(ord(c) > 0x400 for c in line) for line in told)


def test_a_vehicle_is_described_as_the_rules_room_does() -> None:
    told = list(journeys.notice(JOURNEY))
    assert all(f"- {describe(vehicle)}" in told for vehicle in JOURNEY.vehicles)


def test_thousands_are_parted_as_each_language_does() -> None:
    """In Russian a comma begins the fraction: 1,500 m would be one metre and a half."""
    assert [CATALOGUES[code].number(12345.4) for code in LANGUAGES] == ["12,345", "12\u00a0345", "12345"]
    assert ARABIC.kept("") == ""
