"""Abuses that docs/misuse.md lists, each tried on a coalition of two."""

import re
from dataclasses import replace

import pytest

from entente.errors import Forked, Refused
from entente.geo import altitude, position, volume
from entente.geo.interval import Interval
from entente.joint.areas import AreaClass
from entente.joint.decisions import Answer
from entente.joint.line import Reason
from entente.joint.plan import Crew, Kind, Plan
from entente.joint.protected_sites import Category
from entente.joint.verdict import SENTENCES
from entente.node import command, duties
from entente.node.home import Mark
from entente.node.node import Node, Receipt
from entente.picture.catalogues import english
from entente.store.memory import MemoryStore
from entente.testing.coalition import Coalition

AGREEMENT = "exercise-test"
FLYING = "air_operations"
PLAN = Plan(
    id="plan",
    title="Water to the valley",
    kind=Kind.HUMANITARIAN,
    crew=Crew.CREWED,
    volumes=(
        volume.Volume(
            shape=volume.Circle(centre=position.parse("31.9500 35.9300"), radius_m=3000.0),
            band=altitude.parse_band("GND-5000 ft AMSL"),
            interval=Interval.parse("2026-12-01T10:00:00Z/2026-12-01T11:00:00Z"),
        ),
    ),
)


@pytest.fixture
def coalition() -> Coalition:
    return Coalition.form("north", "south")


def proposed(coalition: Coalition, party: str, name: str, *, to: list[str]) -> Receipt:
    plan = replace(PLAN, title=name)
    receipt = coalition[party].say(command.propose(AGREEMENT, "all", party, name, plan, to=to), FLYING)
    coalition.settle()
    return receipt


def no_objection(to: Receipt) -> command.Command:
    return command.decide(AGREEMENT, "all", to.subject, to.leaf, Answer.NO_OBJECTION)


def test_no_list_and_no_sentence_has_a_word_for_harming_anyone_or_for_permitting_it() -> None:
    words = [*Kind, *Category, *AreaClass, *SENTENCES.values(), *english.HEADS.values(), *english.PHRASES.values()]
    banned = re.compile(r"\b(attack|strike|target|kill|weapon|hostile|clear(ed|ance)|approv\w+)\b", re.IGNORECASE)

    assert [word for word in words if banned.search(word)] == []


@pytest.mark.parametrize(
    "shape",
    [
        volume.Circle(centre=position.parse("31.9500 35.9300"), radius_m=99.9),
        volume.Corridor(path=(position.parse("31.95 35.93"), position.parse("31.9505 35.93")), half_width_m=50.0),
    ],
)
def test_an_operation_is_no_point_on_the_ground(coalition: Coalition, shape: volume.Shape) -> None:
    """JOINT-24."""
    small = replace(PLAN, volumes=(*PLAN.volumes, replace(PLAN.volumes[0], shape=shape)))
    north = coalition["north"]

    with pytest.raises(Refused, match=r"volume 2 of the plan is less than 100 m around") as refusal:
        north.say(command.propose(AGREEMENT, "all", "north", "small", small, to=["south"]), FLYING)

    assert refusal.value.code == "plan.extent"


def test_a_decision_drafted_on_an_old_picture_is_refused(coalition: Coalition) -> None:
    south, operation = coalition["south"], proposed(coalition, "north", "water", to=["south"])
    draft = south.draft(no_objection(operation), FLYING)

    proposed(coalition, "south", "survey", to=[])

    with pytest.raises(Refused) as refusal:
        south.node.say(draft, south.key(FLYING).sign("application/vnd.entente.statement+json", draft.message))
    assert refusal.value.code == "decision.findings_changed"


def test_whoever_was_not_given_the_plan_cannot_say_that_there_is_no_objection(coalition: Coalition) -> None:
    operation = proposed(coalition, "north", "water", to=[])

    with pytest.raises(Refused) as refusal:
        coalition["south"].draft(no_objection(operation), FLYING)
    assert refusal.value.code == "decision.unseen"


def test_a_decision_says_how_many_plans_its_signer_was_not_given(coalition: Coalition) -> None:
    proposed(coalition, "north", "hidden", to=[])
    operation = proposed(coalition, "north", "water", to=["south"])

    draft = coalition["south"].draft(no_objection(operation), FLYING)

    assert draft.statement.body["undisclosed"] == 1
    assert "Not released to us and so not screened: 1." in draft.text


def test_a_threat_declaration_is_shown_when_signed_and_labelled_for_ever(coalition: Coalition) -> None:
    north, operation = coalition["north"], proposed(coalition, "north", "water", to=["south"])
    coalition["south"].say(
        command.decide(AGREEMENT, "all", operation.subject, operation.leaf, Answer.OBJECTION), FLYING
    )
    coalition.settle()
    activation = command.activate(AGREEMENT, "all", operation.subject, operation.leaf, threat="Dam is failing")

    draft = north.draft(activation, FLYING)
    assert "IMMINENT THREAT DECLARED: Dam is failing" in draft.text

    north.say(activation, FLYING)
    coalition["south"].say(no_objection(operation), FLYING)  # said later, it changes no label
    coalition.settle()
    label = coalition["south"].node.book(AGREEMENT).fold("all").rows()[operation.subject]["activations"][0]
    assert (label["threat"], label["covered_by"]) == (True, "objected")


def test_a_refused_attempt_stays_in_the_partys_own_record_and_goes_to_nobody(coalition: Coalition) -> None:
    operation = proposed(coalition, "north", "water", to=["south"])
    with pytest.raises(Refused):
        coalition["south"].draft(no_objection(operation), "observer")
    coalition.settle()

    assert coalition["south"].node.journal_lines()[-1]["facts"]["code"] == "staff.authority"
    assert not any("journal" in origin and "south" in origin for origin in coalition["north"].node.store.feeds())


def test_an_exercise_says_so_first_and_does_not_mix_with_the_real(coalition: Coalition) -> None:
    draft = coalition["north"].draft(command.propose(AGREEMENT, "all", "north", "water", PLAN, to=[]), FLYING)
    assert draft.text.splitlines()[0] == "EXERCISE EXERCISE EXERCISE"

    north = coalition["north"].node
    book = north.book(AGREEMENT)
    north.exercise = False
    with pytest.raises(Refused) as refusal:
        north.adopt(book.first, book.cards, book.circle_keys)
    assert refusal.value.code == "adopt.exercise"


def test_two_stories_for_two_peers_are_proven_and_suspend_cover_and_no_stop() -> None:
    coalition = Coalition.form("north", "south", "east")
    north, south, east = (coalition[party] for party in ("north", "south", "east"))
    operation = proposed(coalition, "north", "water", to=["south", "east"])
    for other in (south, east):
        other.say(no_objection(operation), FLYING)
    coalition.settle()
    book = north.node.book(AGREEMENT)

    # A second node with north's keys learns north's past from its peers, and tells east something else.
    told_south = north.node
    north.node = Node(north.party, MemoryStore(), told_south.keys, coalition.clock, Mark(None), exercise=True)
    north.node.adopt(book.first, book.cards, book.circle_keys)
    coalition.settle()
    plans = [replace(PLAN, title=title) for title in ("for south", "for east")]
    north.say(command.propose(AGREEMENT, "all", "north", "b", plans[1], to=["east"]), FLYING)
    coalition.carry("north", "east")
    north.node = told_south
    north.say(command.propose(AGREEMENT, "all", "north", "a", plans[0], to=["south"]), FLYING)
    coalition.carry("north", "south")

    with pytest.raises(Forked):
        coalition.carry("east", "south")
    assert duties.tend(south.node)
    row = south.node.book(AGREEMENT).fold("all").rows()[operation.subject]
    assert row["standing"] == "no_objection" and row["forked"]

    south.say(command.stop(AGREEMENT, "all", "south", "s-1", Reason.PROTECTED_SITE), "watch")
    assert south.node.book(AGREEMENT).fold("all").rows()["stop/south/s-1"]["lifted"] is False
