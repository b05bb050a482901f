"""What a party says while its question waits at a peer is not carried back to it: it would be half of all bytes."""

from __future__ import annotations

from entente.node import carry, command
from entente.testing.coalition import Coalition

AGREEMENT = "exercise-test"


def test_a_question_that_has_waited_is_not_answered_with_the_askers_own_words() -> None:
    coalition = Coalition.form("north", "south")
    north, south = coalition["north"], coalition["south"]
    waiting = carry.ask(north.node, AGREEMENT, "south")

    until = coalition.clock.now().replace(year=2030)
    north.say(command.standing_decision(AGREEMENT, "all", "north", "no_objection", ["general"], until))
    coalition.carry("north", "south")

    assert carry.answer(south.node, waiting, echo=False) is None
    south.say(command.standing_decision(AGREEMENT, "all", "south", "no_objection", ["general"], until))
    news = carry.answer(south.node, waiting, echo=False)
    assert news is not None and carry.take(north.node, news, nonce=waiting["nonce"]).acts == 1


def test_a_party_that_lost_its_own_words_is_given_them_when_it_asks() -> None:
    coalition = Coalition.form("north", "south")
    north, south = coalition["north"], coalition["south"]
    lost = {**carry.ask(north.node, AGREEMENT, "south"), "have": {}, "roots": {}}

    assert carry.answer(south.node, lost) is not None
