"""Agreements: what is no agreement, what differs between two, and when one is in force."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from tests.node.stories import AGREEMENT, fold, three, utter

from entente.errors import EntenteError, Malformed, Refused
from entente.joint import accession, authority
from entente.joint import agreement as agreements
from entente.joint.agreement import Agreement
from entente.joint.staff import Office
from entente.joint.verdict import VERBS
from entente.node import command
from entente.testing.coalition import Coalition

TEXT = """
id = "exercise-one"
title = "One"
kind = "coordination"
exercise = true
rules = 1
starts = 2026-12-01T06:00:00Z

[[party]]
id = "north"
name = "North"
root = "{n}"
flies = true
signs = true

[[party]]
id = "south"
name = "South"
root = "{s}"
flies = true
signs = true

[[circle]]
id = "all"
key = "{k}"
deciders = ["north", "south"]

[standard]
name = "one"

[[standard.pair]]
a = "crewed"
b = "crewed"
horizontal_m = 9260
vertical_m = 305
""".format(n="1" * 64, s="2" * 64, k="3" * 64)
AREA = '\n[[area]]\nid = "r1"\ntitle = "R1"\narea_class = "{}"\ncircle = "47 8"\nradius_m = 1000\n'
STRANGERS = '[[circle]]\nid = "x"\nkey = "' + "4" * 64 + '"\ndeciders = ["east"]\n'
BAD: list[tuple[str, str, str]] = [
    ("id = ", "id == ", "agreement.toml"),
    ('title = "One"\n', "", "agreement.field"),
    ('title = "One"', "title = 1", "agreement.field"),
    ('title = "One"', 'titel = "One"', "agreement.field"),
    ("rules = 1", "rules = 2", "agreement.field"),
    ('kind = "coordination"', 'kind = "alliance"', "agreement.field"),
    ("horizontal_m = 9260", "horizontal_m = 9260.5", "agreement.float"),
    ("T06:00:00Z", "T06:00:00", "agreement.time"),
    ("starts = 2026-12-01T06:00:00Z", "starts = 2026-12-01", "agreement.type"),
    ('title = "One"', 'title = "O\\u202Ene"', "canonical.text"),
    ('id = "exercise-one"', 'id = "one"', "agreement.exercise"),
    ("exercise = true", "exercise = false", "agreement.exercise"),
    ('id = "exercise-one"', 'id = "Exercise One"', "name.spelling"),
    ('id = "south"', 'id = "north"', "agreement.parties"),
    ('id = "all"', 'id = "every"', "agreement.circles"),
    ('deciders = ["north", "south"]', 'deciders = ["north"]', "agreement.all"),
    ("[standard]", STRANGERS + "[standard]", "agreement.members"),
    ("1" * 64, "1" * 63, "agreement.pins"),
    ("3" * 64, "G" * 64, "agreement.pins"),
    ("signs = true", "signs = false", "agreement.signatories"),
    (TEXT[TEXT.index("[standard]") :], "", "agreement.standard"),
    ("rules = 1", 'rules = 1\npredecessor = "x"', "agreement.predecessor"),
    ("[standard]", '[ranks]\nOF-11 = ["marshal"]\n[standard]', "agreement.ranks"),
    ("[standard]", '[ranks]\nOF-4 = ["colonel"]\nOF-5 = ["colonel"]\n[standard]', "agreement.ranks"),
    ("[standard]", "[times]\ncadence_s = 0\n[standard]", "agreement.times"),
    ("[standard]", "[times]\nanswer_s = -5\n[standard]", "agreement.times"),
    ("[standard]", "[times]\nanswer_s = 999999999999999\n[standard]", "agreement.times"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code"), BAD)
def test_what_is_no_agreement(old: str, new: str, code: str) -> None:
    assert old in TEXT

    with pytest.raises(Malformed) as refusal:
        agreements.parse(TEXT.replace(old, new, 1))

    assert refusal.value.code == code


def test_an_agreement_is_not_called_as_a_partys_own_record_is() -> None:
    """FEED-1."""
    text = TEXT.replace('id = "exercise-one"', 'id = "journal"').replace("exercise = true", "exercise = false")

    with pytest.raises(Malformed) as refusal:
        agreements.parse(text)

    assert refusal.value.code == "agreement.reserved"


def test_layout_and_comments_do_not_count_and_every_value_does() -> None:
    one = agreements.parse(TEXT)
    same = agreements.parse("# signed in spring\n" + TEXT.replace('title = "One"', "title   =   'One'"))
    other = agreements.parse(TEXT.replace("305", "306"))

    assert one.digest == same.digest != other.digest
    assert agreements.diff(one, same) == []
    assert [(a, b) for _, a, b in agreements.diff(one, other)] == [("305", "306")]
    assert agreements.load(one.plain).digest == one.digest
    assert tomllib.loads(TEXT)["id"] == one.id


@pytest.mark.parametrize("kind", ["restricted", "no_fly", "humanitarian_corridor", "others_forces_present"])
def test_area_classes_are_a_closed_list_of_restrictive_ones(kind: str) -> None:
    """JOINT-25."""
    assert agreements.parse(TEXT + AREA.format(kind)).areas[0].area_class == kind

    for other in ("free_fire", "engagement", "target", ""):
        with pytest.raises(Malformed):
            agreements.parse(TEXT + AREA.format(other))


@pytest.mark.parametrize("shape", ["", 'polygon = ["47 8", "47 9", "48 8"]\ncircle = "47 8"'])
def test_an_area_has_one_shape(shape: str) -> None:
    with pytest.raises(EntenteError):
        agreements.parse(TEXT + AREA.format("no_fly").replace('circle = "47 8"', shape))


# -- in force ----------------------------------------------------------------------------------------------------------


def successor(coalition: Coalition, **changes: Any) -> tuple[Agreement, dict[Any, bytes]]:
    first = coalition["a"].node.book(AGREEMENT).first
    plain = {**first.plain, "predecessor": first.digest, **changes}
    keys = {k: v for m in coalition.members.values() for k, v in m.node.book(AGREEMENT).circle_keys.items()}
    return agreements.load(plain), keys


def test_an_agreement_is_in_force_when_all_have_signed_it_and_it_has_started() -> None:
    """JOINT-31, JOINT-19."""
    coalition = three()
    first = coalition["a"].node.book(AGREEMENT).first
    text, keys = successor(coalition, note="later", starts="2026-12-01T07:00:00.000Z")
    coalition.adopt(text, keys)
    current = {}
    for party in "abc":
        coalition[party].say(command.sign(text, []))
        coalition.settle()
        current[party] = coalition["a"].node.book(AGREEMENT).current(coalition.clock.now())

    assert {text.digest for text in current.values()} == {first.digest}
    coalition.clock.advance(hours=1)
    assert coalition["a"].node.book(AGREEMENT).current(coalition.clock.now()).digest == text.digest


def test_who_leaves_signs_too() -> None:
    """JOINT-31: nobody is amended away."""
    coalition = three()
    first = coalition["a"].node.book(AGREEMENT).first
    rows = [{**party, "signs": party["id"] != "c", "flies": party["id"] != "c"} for party in first.plain["party"]]
    text, keys = successor(coalition, party=rows, note="without c")
    coalition.adopt(text, keys)
    for party in "ab":
        coalition[party].say(command.sign(text, []))
    coalition.settle()

    assert text.signatories == ("a", "b")
    assert not accession.complete(text, fold(coalition["a"]).now())
    coalition["c"].say(command.sign(text, []))
    coalition.settle()
    assert accession.complete(text, fold(coalition["a"]).now())


def test_a_party_gives_one_answer_and_never_takes_it_back() -> None:
    """JOINT-32: two successors are never both complete."""
    coalition = three()
    one, keys = successor(coalition, note="one")
    two, _ = successor(coalition, note="two")
    coalition.adopt(one, keys)
    coalition.adopt(two, keys)
    coalition["a"].say(command.sign(one, []))

    with pytest.raises(Refused) as refusal:
        coalition["a"].say(command.sign(two, []))
    utter(coalition["a"], "agreement.sign", accession.subject(two), {"digest": two.digest}, circle="all")
    for party in "bc":
        coalition[party].say(command.sign(two, []))
    coalition.settle()

    assert refusal.value.code == "agreement.answered"
    for text in (one, two):
        assert not any(accession.complete(text, fold(coalition[p]).now()) for p in "abc")


# -- authority ---------------------------------------------------------------------------------------------------------


def test_every_verb_has_its_offices_and_who_observes_binds_nothing() -> None:
    """JOINT-16."""
    assert authority.TABLE.keys() == VERBS.keys()
    for verb, offices in authority.TABLE.items():
        assert offices and Office.OBSERVER not in offices, verb
        assert (Office.ROOT in offices) <= verb.startswith(("keys.", "staff.", "epoch.")), verb
    assert all(Office.WATCH in authority.TABLE[verb] for verb in ("stop.send", "stop.acknowledge"))


def test_an_agreement_may_replace_rows_of_the_table() -> None:
    """JOINT-16."""
    coalition = Coalition.form("a", "b", authority={"stop.send": ["senior"]})
    what = command.stop(AGREEMENT, "all", "a", "one", "other")  # type: ignore[arg-type]

    with pytest.raises(Refused) as refusal:
        coalition["a"].say(what, "watch")
    coalition["a"].say(what, "senior")

    assert refusal.value.code == "staff.authority"
