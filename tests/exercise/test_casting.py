"""Seats and codes: one taker, a clear refusal for the second, and a director whose link works once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import Refused, Untrusted
from entente.exercise.hosted.casting import ADDRESSES, CODE, LETTERS, TRIES, TRIES_S, By, Casting, plain

SEATS = ("north/watch", "north/senior", "south/watch")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def casting(clock: Clock) -> Casting:
    return Casting.of(SEATS, clock)


def test_a_code_gives_its_seat_to_the_first_and_tells_the_second_that_it_is_taken(casting: Casting) -> None:
    seat, ticket = casting.take(casting.codes["north/watch"].lower().replace("-", " "), "a")

    assert seat == "north/watch" == casting.seat_of(ticket)
    assert casting.sitter(seat).by is By.PARTICIPANT and not casting.sitter("north/senior").taken
    with pytest.raises(Refused, match="north/watch is taken") as refused:
        casting.take(casting.codes["north/watch"], "b")
    assert refused.value.code == "seat.taken" and casting.seat_of(ticket) == seat


def test_a_freed_seat_is_taken_anew_and_the_old_ticket_is_void(casting: Casting) -> None:
    seat, old = casting.take(casting.codes["south/watch"], "a")
    casting.free(seat)

    assert casting.seat_of(old) is None
    _, new = casting.take(casting.codes["south/watch"], "b")
    assert casting.seat_of(new) == seat and casting.seat_of(old) is None


def test_whoever_guesses_is_told_to_wait_and_named_and_keeps_no_right_code_out(casting: Casting, clock: Clock) -> None:
    """A classroom sits behind one address: one who guesses there is no reason to leave the others at the door."""
    for _ in range(TRIES):
        with pytest.raises(Untrusted):
            casting.take("ZZZZ-ZZZZ", "a")
    assert casting.guessing() == []
    with pytest.raises(Refused, match="wait a minute"):
        casting.take("ZZZZ-ZZZZ", "a")

    assert casting.guessing() == ["a"]
    assert casting.take(casting.codes["north/watch"], "a")[0] == "north/watch"
    with pytest.raises(Untrusted):
        casting.take("ZZZZ-ZZZZ", "b")
    clock.now += TRIES_S
    assert casting.guessing() == []
    with pytest.raises(Untrusted):
        casting.take("ZZZZ-ZZZZ", "a")


def test_codes_are_drawn_from_forty_bits_and_addresses_that_guess_fill_no_memory(casting: Casting) -> None:
    assert len(LETTERS) ** CODE == 2**40 and len(set(LETTERS)) == 32
    for number in range(ADDRESSES + 9):
        with pytest.raises(Untrusted):
            casting.take("ZZZZ-ZZZZ", f"10.0.{number // 256}.{number % 256}")
    assert len(casting._failed) == ADDRESSES


def test_the_director_sits_where_nobody_does(casting: Casting) -> None:
    casting.take(casting.codes["north/watch"], "a")
    casting.direct("south/watch")

    assert casting.sitter("south/watch").by is By.DIRECTOR
    with pytest.raises(Refused):
        casting.direct("north/watch")
    with pytest.raises(Refused):
        casting.take(casting.codes["south/watch"], "b")


def test_the_directors_link_works_once_and_a_newer_one_ends_it(casting: Casting) -> None:
    old, new = casting.link(), casting.link()
    with pytest.raises(Untrusted):
        casting.admit(old)
    name = casting.admit(new)

    assert casting.directs(name) and not casting.directs(new) and not casting.directs("")
    with pytest.raises(Untrusted):
        casting.admit(new)


def test_nothing_that_is_kept_is_what_a_browser_carries(casting: Casting) -> None:
    _, ticket = casting.take(casting.codes["north/watch"], "a")
    name = casting.admit(casting.link())

    held = repr(casting)
    assert ticket not in held and name not in held


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_code_or_refused(text: str) -> None:
    casting = Casting.of(SEATS)
    assert set(plain(text)) <= set(LETTERS) | set("01IO")
    if plain(text) not in map(plain, casting.codes.values()):
        with pytest.raises(Untrusted):
            casting.take(text, "a")
