"""The door: whose request comes in, and how often."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entente.errors import EntenteError, Refused, Unavailable, Untrusted
from entente.exchange import signing
from entente.exchange.signing import NONCES, WINDOW_S, Door, Envelope, sign
from entente.testing.coalition import Coalition

AT = 1_800_000_000
BODY = b'{"a":1}'


class Story:
    """South's door, and north who knocks; a third party has keys but no agreement."""

    def __init__(self) -> None:
        self.coalition = Coalition.gather("north", "south", "west")
        beside = Coalition({p: self.coalition[p] for p in ("north", "south")}, self.coalition.clock)
        text, keys = beside.text("exercise-test", {})
        beside.adopt(text, keys)
        self.now = float(AT)
        self.door = Door(self.coalition["south"].node, lambda: self.now)
        self.envelope = Envelope(
            sender="north", receiver="south", agreement="exercise-test", nonce="0" * 31 + "1", time=AT
        )

    def knock(
        self,
        envelope: Envelope | None = None,
        *,
        by: str = "north",
        body: bytes = BODY,
        path: str = "/p",
        **headers: str,
    ) -> Envelope:
        """Sign a POST to /p with BODY as `by`, then present it with `body` and `path`, and with headers changed."""
        signed = sign(self.coalition[by].node.keys, envelope or self.envelope, "POST", "/p", BODY)
        return self.door.admit("POST", path, signed | {f"entente-{k}": v for k, v in headers.items()}, body)

    def refused(self, *args: object, **kwargs: object) -> EntenteError:
        with pytest.raises(EntenteError) as found:
            self.knock(*args, **kwargs)  # type: ignore[arg-type]
        return found.value


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_party_of_a_kept_agreement_comes_in(story: Story) -> None:
    assert story.knock() == story.envelope


def test_a_request_sent_twice_is_refused_the_second_time(story: Story) -> None:
    story.knock()
    error = story.refused()
    assert isinstance(error, Untrusted) and error.code == "exchange.replayed"


def test_a_request_for_another_node_is_refused_and_its_nonce_not_used_up(story: Story) -> None:
    error = story.refused(replace(story.envelope, receiver="west"))
    assert isinstance(error, Refused) and error.code == "exchange.not_us"
    assert story.knock()


@pytest.mark.parametrize(
    ("named", "change"),
    [
        ("another body", {"body": b'{"a":2}'}),
        ("another path", {"path": "/q"}),
        ("another key", {"by": "west"}),
        ("another time", {"time": str(AT + 1)}),
        ("another nonce", {"nonce": "f" * 32}),
        ("another sender", {"from": "south"}),
        ("another agreement", {"agreement": "exercise-other"}),
        ("no signature", {"signature": ""}),
        ("a signature of zeros", {"signature": "A" * 86 + "=="}),
        ("a time with a sign", {"time": "+5"}),
        ("a time in other digits", {"time": "١٨"}),
        ("a short nonce", {"nonce": "1"}),
    ],
)
def test_what_is_signed_cannot_be_changed_and_a_stranger_learns_nothing(
    story: Story, named: str, change: dict[str, str]
) -> None:
    error = story.refused(**change)
    assert (error.code, str(error)) == ("exchange.signature", str(story.refused(by="west")))


def test_an_unknown_party_an_unknown_agreement_and_ourselves_are_the_same_stranger(story: Story) -> None:
    unknown = story.refused(replace(story.envelope, sender="west"), by="west")
    no_agreement = story.refused(replace(story.envelope, agreement="exercise-none"))
    ourselves = story.refused(replace(story.envelope, sender="south"), by="south")
    assert unknown.code == "exchange.signature"
    assert {str(unknown)} == {str(no_agreement)} == {str(ourselves)}


def test_without_headers_nobody_comes_in(story: Story) -> None:
    with pytest.raises(Untrusted, match="not signed by a party"):
        story.door.admit("POST", "/p", {}, BODY)


def test_a_clock_that_is_off_is_told_ours(story: Story) -> None:
    for off in (-WINDOW_S - 1, WINDOW_S + 1):
        error = story.refused(replace(story.envelope, time=AT + off))
        assert (error.code, error.data["now"]) == ("exchange.clock", AT)


def test_a_request_from_before_the_door_was_opened_is_not_taken(story: Story) -> None:
    story.knock()
    story.now += 60
    story.door = Door(story.coalition["south"].node, lambda: story.now)
    assert story.refused().code == "exchange.clock"


def test_a_flood_is_held_back_until_the_window_has_passed(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "NONCES", 3)
    for n in range(3):
        story.knock(replace(story.envelope, nonce=f"{n + 5:032}"))
    error = story.refused()
    assert isinstance(error, Unavailable) and error.code == "exchange.busy"

    story.now += WINDOW_S + 1
    assert story.knock(replace(story.envelope, time=int(story.now)))
    assert NONCES > 3
