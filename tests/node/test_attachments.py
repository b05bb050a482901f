"""Attached files: described by a detail, carried in chunks, last of all, asked for by who lacks them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.node.stories import AGREEMENT, copied, copy, fold, node, plan, propose

from entente.errors import EntenteError, Malformed
from entente.feed import attachment, bundle
from entente.feed.bundle import Frame, Lane
from entente.ids import PartyId, SubjectId
from entente.joint import releases
from entente.node import attachments, carry, command, unread
from entente.node.home import Mark
from entente.node.verify import verify_record
from entente.testing.coalition import Coalition, Member

CIRCLES = {"abd": (["a", "b", "d"], [])}
X = SubjectId("operation/a/x")
ORIGIN = f"a/{AGREEMENT}/1"
PAPER = random.Random(7).randbytes(5 * attachment.CHUNK + 100)
FILE = ("strip.pdf", PAPER)
Spoil = Callable[[list[Frame]], list[Frame]]


@pytest.fixture(scope="module")
def formed() -> Coalition:
    return Coalition.form("a", "b", "c", "d", circles=CIRCLES)


@pytest.fixture
def four(formed: Coalition) -> Coalition:
    return copy(formed)


def attach(four: Coalition, to: list[str], files: list[tuple[str, bytes]] | None = None) -> int:
    """Party a proposes in circle abd with a file attached; return its entry."""
    what = command.propose(AGREEMENT, "abd", "a", "x", plan(), to=["b", "d"])
    return four["a"].say(attachments.attach(what, [FILE] if files is None else files, to), "air_operations").seq


def row(member: Member) -> attachments.Row:
    [found] = attachments.rows(member.node, fold(member, "abd"), X)
    return found


def held(member: Member) -> bytes:
    return attachments.content(member.node, fold(member, "abd"), row(member))


def code(step: Callable[[], object]) -> str:
    with pytest.raises(EntenteError) as error:
        step()
    return error.value.code


def question(four: Coalition, taker: str = "b", budget: int = carry.BUDGET) -> dict[str, Any]:
    return carry.ask(four[taker].node, AGREEMENT, "a", budget=budget)


def answer(four: Coalition, asked: dict[str, Any], change: Spoil | None = None) -> bytes:
    """Return what a answers; with `change`, as a faulty a would."""
    data = carry.answer(four["a"].node, asked)
    assert data is not None
    if change is None:
        return data
    found = bundle.unpack(data, lambda *_: None)
    manifest = {key: value for key, value in found.manifest.items() if key not in ("v", "body")}
    return bundle.pack(manifest, change(list(found.frames)), four["a"].node.keys.sign_exchange)


def chunks(data: bytes) -> list[int]:
    return [f.head["number"] for f in bundle.unpack(data, lambda *_: None).frames if f.lane is Lane.CHUNK]


def lanes(data: bytes) -> list[Lane]:
    return [frame.lane for frame in bundle.unpack(data, lambda *_: None).frames]


def told(four: Coalition) -> None:
    """Let b have all but the chunks."""
    carry.take(four["b"].node, answer(four, (asked := question(four))), nonce=asked["nonce"])
    assert row(four["b"]).paper is not None
    assert row(four["b"]).held == 0


def test_a_file_comes_to_those_it_was_granted_to_and_nothing_of_it_to_anybody_else(four: Coalition) -> None:
    """FEED-80 to FEED-84: d is in the circle and c is not; neither has a byte of it or its name."""
    seq = attach(four, ["b"])
    four.settle()

    paper = row(four["b"]).paper
    assert paper is not None
    assert (paper.name, paper.media, paper.size) == ("strip.pdf", "application/pdf", len(PAPER))
    assert held(four["b"]) == held(four["a"]) == PAPER
    assert row(four["d"]).paper is None
    assert code(lambda: held(four["d"])) == "attachment.closed"
    for other in "cd":
        store = four[other].node.store
        assert not any(store.chunks_held(ORIGIN, seq, index) for index in range(9))
        for part in store.parts(ORIGIN, seq):
            assert b"strip.pdf" not in part.data
            assert PAPER[:64] not in part.data
    assert all(report.sound for report in verify_record(four["b"].node))


def test_what_is_signed_names_the_file_its_size_and_its_hash(four: Coalition) -> None:
    what = attachments.attach(command.propose(AGREEMENT, "abd", "a", "x", plan(), to=["b"]), [FILE], ["b"])

    text = four["a"].draft(what, "air_operations").text

    assert "Attached as attachment-1: strip.pdf, application/pdf, 163,940 bytes, SHA-256 " in text
    assert "With: attachment-1" in text


def test_chunks_go_last_and_only_when_nothing_more_urgent_is_left(four: Coalition) -> None:
    """FEED-84: an act that comes up meanwhile overtakes the chunks."""
    attach(four, ["b"])
    told(four)

    propose(four["a"], "abd", "y", to=["b"])
    first = answer(four, question(four))
    assert lanes(first) == sorted(lanes(first))
    assert lanes(first)[-1] is Lane.CHUNK
    tight = answer(four, question(four, budget=1))
    assert Lane.LEAVES in lanes(tight)
    assert Lane.CHUNK not in lanes(tight)
    assert bundle.peek(tight)["more"] is True


def test_a_cut_link_resumes_with_what_is_lacking_and_sends_nothing_again(four: Coalition) -> None:
    """FEED-83, FEED-84: chunks that came once are not asked for and not sent again."""
    attach(four, ["b"])
    told(four)
    sent: list[int] = []

    while not row(four["b"]).whole:
        asked = question(four, budget=2 * attachment.CHUNK)
        data = answer(four, asked)
        if len(sent) == 2:
            # The link is cut: the bundle is lost on its way, and the node at the other end starts anew.
            assert (
                carry.ask(four["b"].node, AGREEMENT, "a")["chunks"]
                == asked["chunks"]
                == [[ORIGIN, *row(four["b"]).place[1:], 2, 6]]
            )
            data = answer(four, asked := question(four, budget=2 * attachment.CHUNK))
        taken = carry.take(four["b"].node, data, nonce=asked["nonce"])
        assert taken.more is not row(four["b"]).whole
        sent += chunks(data)

    assert sent == list(range(6))
    assert held(four["b"]) == PAPER
    assert question(four)["chunks"] == []
    assert carry.answer(four["a"].node, question(four)) is None


def test_a_file_carried_by_hand_is_whole_and_twice_or_half_does_no_harm(four: Coalition) -> None:
    """FEED-85."""
    attach(four, ["b"])
    first = carry.write_bundle(four["a"].node, AGREEMENT, "b")

    assert code(lambda: carry.take(four["b"].node, first[: len(first) // 2])) in ("bundle.body", "bundle.truncated")
    assert carry.take(four["b"].node, first).chunks == 6
    assert held(four["b"]) == PAPER
    assert carry.take(four["b"].node, carry.write_bundle(four["a"].node, AGREEMENT, "b")).chunks == 0


def test_a_bundle_that_half_arrived_by_wire_is_made_whole_by_hand(four: Coalition) -> None:
    attach(four, ["b"])
    told(four)
    asked = question(four, budget=2 * attachment.CHUNK)
    carry.take(four["b"].node, answer(four, asked), nonce=asked["nonce"])
    assert row(four["b"]).held == 2

    assert carry.take(four["b"].node, carry.write_bundle(four["a"].node, AGREEMENT, "b")).chunks == 4
    assert held(four["b"]) == PAPER


def _swapped(frames: list[Frame]) -> list[Frame]:
    one, other = [frame for frame in frames if frame.lane is Lane.CHUNK][:2]
    kept = [frame for frame in frames if frame not in (one, other)]
    return [
        *kept,
        Frame(lane=Lane.CHUNK, head=one.head, body=other.body),
        Frame(lane=Lane.CHUNK, head=other.head, body=one.body),
    ]


def _each(change: Callable[[Frame], Frame]) -> Spoil:
    return lambda frames: [change(frame) if frame.lane is Lane.CHUNK else frame for frame in frames]


@pytest.mark.parametrize(
    ("spoil", "wanted"),
    [
        (_swapped, "part.sealed"),
        (_each(lambda f: Frame(lane=f.lane, head=f.head, body=f.body[:-1])), "part.sealed"),
        (_each(lambda f: Frame(lane=f.lane, head=f.head, body=b"")), "part.sealed"),
        (_each(lambda f: Frame(lane=f.lane, head={**f.head, "number": 6}, body=f.body)), "chunk.unknown"),
        (_each(lambda f: Frame(lane=f.lane, head={**f.head, "number": -1}, body=f.body)), "chunk.unknown"),
        (_each(lambda f: Frame(lane=f.lane, head={**f.head, "index": 1}, body=f.body)), "chunk.unasked"),
        (_each(lambda f: Frame(lane=f.lane, head={**f.head, "seq": 0}, body=f.body)), "chunk.unasked"),
        (_each(lambda f: Frame(lane=f.lane, head={"origin": f.head["origin"]}, body=f.body)), "bundle.frame"),
    ],
    ids=["swapped", "cut", "empty", "beyond the last", "before the first", "of a plan", "of another entry", "headless"],
)
def test_a_chunk_that_is_not_the_one_described(four: Coalition, spoil: Spoil, wanted: str) -> None:
    """FEED-82: nothing of such a bundle is kept, and the honest one is taken after it."""
    attach(four, ["b"])
    told(four)
    asked = question(four)
    forged = answer(four, asked, spoil)

    assert code(lambda: carry.take(four["b"].node, forged, nonce=asked["nonce"])) == wanted
    assert row(four["b"]).held == 0

    four.settle()
    assert held(four["b"]) == PAPER


def test_a_doubled_chunk_changes_nothing(four: Coalition) -> None:
    attach(four, ["b"])
    told(four)
    asked = question(four)
    doubled = answer(four, asked, lambda frames: [*frames, *frames])

    assert carry.take(four["b"].node, doubled, nonce=asked["nonce"]).chunks == 6
    assert held(four["b"]) == PAPER


def test_chunks_that_nobody_asked_for(four: Coalition) -> None:
    """FEED-82, FEED-84: of a file that was not granted to d, and of one that d's node holds no description of."""
    attach(four, ["b"])
    told(four)
    whole = bundle.unpack(answer(four, question(four)), lambda *_: None)
    carry.take(four["d"].node, answer(four, (asked := question(four, "d"))), nonce=asked["nonce"])
    propose(four["a"], "abd", "y", to=["d"])
    asked = question(four, "d")
    pushed = answer(four, asked, lambda frames: [*frames, *(f for f in whole.frames if f.lane is Lane.CHUNK)])

    assert code(lambda: carry.take(four["d"].node, pushed, nonce=asked["nonce"])) == "chunk.unasked"
    assert not four["d"].node.store.chunks_held(*row(four["d"]).place)

    # Nor does asking for them get them.
    asked = {**question(four, "d"), "chunks": [[*row(four["b"]).place, 0, 6]]}
    assert chunks(answer(four, asked)) == []
    four.settle()
    asked = {**carry.ask(four["c"].node, AGREEMENT, "a"), "chunks": [[*row(four["b"]).place, 0, 6]]}
    assert carry.answer(four["a"].node, asked) is None


def test_a_question_for_the_same_chunks_without_end_is_answered_in_bounded_work(
    four: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question has room for seven thousand stretches of a thousand chunks each, all looked up under a's lock."""
    attach(four, ["b"])
    told(four)
    store, looks, chunk = four["a"].node.store, [], four["a"].node.store.chunk
    monkeypatch.setattr(store, "chunk", lambda *place: looks.append(place) or chunk(*place))
    stretch = [*row(four["b"]).place, 0, attachment.MOST_CHUNKS]

    answer(four, {**question(four), "chunks": [stretch] * 5000})
    assert 0 < len(looks) <= attachments.MOST_ASKED * 6
    elsewhere = [["nobody/exercise/1", 0, 0, 0, 9], [ORIGIN, 10**9, 0, 0, 9]]
    assert carry.answer(four["a"].node, {**question(four), "chunks": elsewhere}) is None


def test_more_than_the_stated_size(four: Coalition) -> None:
    """FEED-80, FEED-82: a description whose chunks would be more, fewer or longer than its size describes no file."""
    honest = attachment.describe(*FILE[:1], "application/pdf", PAPER, seed=bytes(32))
    plain = json.loads(honest.encode())
    for change in (
        {"size": attachment.LIMIT + 1},
        {"size": len(PAPER) - attachment.CHUNK},
        {"size": 0, "chunks": []},
        {"chunk": 2 * attachment.CHUNK},
        {"chunks": plain["chunks"] * 2},
        {"chunks": plain["chunks"][1:]},
        {"seed": "0" * 63},
        {"name": "../strip.pdf"},
        {"name": "nul.pdf"},
        {"media": "pdf"},
        {"v": 2},
        {"more": 1},
    ):
        with pytest.raises(Malformed):
            attachment.read(
                "attachment-1", json.dumps({**plain, **change}, sort_keys=True, separators=(",", ":")).encode()
            )
    # A chunk longer than it may be, committed to by a faulty author, opens its commitment and is refused all the same.
    long = PAPER[: attachment.CHUNK] + b"more"
    faulty = attachment.Attachment(
        **{**plain, "chunks": (honest._part(0, long).commitment.hex(), *plain["chunks"][1:])}
    )
    assert code(lambda: faulty.opened(0, faulty.sealed(0, long))) == "chunk.commitment"


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_any_byte_changed_in_a_description_or_a_chunk_is_caught(at: int, flip: int) -> None:
    """FEED-80, FEED-82: a description that reads at all is then another's, and opens none of the chunks."""
    paper = attachment.describe("strip.pdf", "application/pdf", PAPER, seed=bytes(32))
    spelled, sealed = bytearray(paper.encode()), bytearray(paper.sealed(5, PAPER[5 * attachment.CHUNK :]))
    whole = bytes(sealed)
    spelled[at % len(spelled)] ^= flip
    sealed[at % len(sealed)] ^= flip

    with pytest.raises(EntenteError):
        paper.opened(5, bytes(sealed))
    with suppress(EntenteError):
        other = attachment.read("attachment-1", bytes(spelled))
        assert other != paper
        with suppress(EntenteError):  # another name, type or hash may stand beside the same chunks: the leaf tells
            assert other.opened(5, whole) == PAPER[5 * attachment.CHUNK :]


def test_a_chunk_changed_on_the_disk_is_found(four: Coalition) -> None:
    """A record that is verified again holds each chunk against its description, and so does who saves the file."""
    attach(four, ["b"])
    four.settle()
    b = four["b"]
    b.node.store._tables.chunks[row(b).place][3] = bytes(attachment.CHUNK)  # type: ignore[attr-defined]

    flaws = [flaw for report in verify_record(b.node) for flaw in report.flaws]
    assert len(flaws) == 1
    assert "chunk 3 of strip.pdf is not the one that was described" in flaws[0]
    assert code(lambda: held(b)) == "chunk.commitment"


def test_a_detail_that_only_looks_like_a_description_asks_for_nothing(four: Coalition) -> None:
    what = command.propose(AGREEMENT, "abd", "a", "x", plan(), to=["b"])
    false = command.Detail(name="attachment-1", data=b'{"v":1}', to=frozenset({PartyId("b")}))
    four["a"].say(replace(what, details=(*what.details, false)), "air_operations")
    four.settle()

    assert question(four)["chunks"] == []
    assert row(four["b"]).paper is None


def test_a_file_too_long_too_short_or_badly_named_is_refused_before_anything_is_signed(four: Coalition) -> None:
    what = command.propose(AGREEMENT, "abd", "a", "x", plan(), to=["b"])
    for name, data, wanted in (
        ("long.bin", bytes(attachment.LIMIT + 1), "attachment.size"),
        ("empty.txt", b"", "attachment.size"),
        ("a/b.txt", b"x", "attachment.name"),
        ("com1", b"x", "attachment.name"),
        ("dot.", b"x", "attachment.name"),
        ("e\u0301.txt", b"x", "canonical.text"),
    ):
        assert code(lambda name=name, data=data: attachments.attach(what, [(name, data)], ["b"])) == wanted


def test_a_file_released_later_comes_then(four: Coalition) -> None:
    """FEED-81: later release is the same mechanism; the leaf does not change."""
    seq = attach(four, [])
    four.settle()
    leaf = four["a"].node.book(AGREEMENT).ledger.feeds[ORIGIN].leaves[seq]
    assert row(four["b"]).paper is None

    four["a"].node.release(AGREEMENT, seq, "attachment-1", PartyId("b"))
    four.settle()

    assert held(four["b"]) == PAPER
    assert four["b"].node.book(AGREEMENT).ledger.feeds[ORIGIN].leaves[seq] == leaf
    assert row(four["d"]).paper is None


def test_a_release_withdrawn_in_the_middle_sends_no_further_chunk_and_saves_none(four: Coalition) -> None:
    """JOINT-116, FEED-84: what was sent stays sent; nothing more goes, and what is here is not handed out."""
    a, b = four["a"], four["b"]
    attach(four, ["b"])
    terms = releases.Terms(to=(PartyId("b"),), purpose=releases.Purpose.KEEP_APART)
    a.say(command.give_terms(AGREEMENT, "abd", X, terms))
    told(four)
    asked = question(four, budget=2 * attachment.CHUNK)
    carry.take(b.node, answer(four, asked), nonce=asked["nonce"])
    assert code(lambda: held(b)) == "attachment.sealed"
    release = releases.standing(X, fold(b, "abd").now(), "b")
    assert release is not None
    b.say(command.acknowledge_terms(AGREEMENT, "abd", X, release))
    assert code(lambda: held(b)) == "attachment.partly"

    a.say(command.withdraw_release(AGREEMENT, "abd", X, release.leaf, releases.Why.NO_LONGER_NEEDED))
    four.settle()

    assert row(b).held == 2
    assert question(four)["chunks"] == [[*row(b).place, 2, 6]]
    assert code(lambda: held(b)) == "attachment.ended"
    assert held(a) == PAPER


def test_an_author_that_lost_its_record_gets_its_files_back(four: Coalition) -> None:
    """FEED-51, FEED-84: whoever it had released a file to gives it back, whole."""
    a, mark = four["a"], Mark(None)
    a.node.mark = mark
    old = copied(a.node.store)
    attach(four, ["b"])
    four.settle()
    back = node(a, copied(old), four.clock, mark)
    four.members["a"] = Member(a.party, back, a.root, a.officers, a.card, a.default)
    assert back.book(AGREEMENT).size(ORIGIN) < a.node.book(AGREEMENT).size(ORIGIN)

    four.settle()

    assert held(four["a"]) == PAPER
    assert carry.ask(back, AGREEMENT, "b")["chunks"] == []


# -- files that nobody reads -------------------------------------------------------------------------------------------

MANY = [(f"{number}.bin", bytes([number]) * (attachment.CHUNK + 1)) for number in range(5)]
"""Files of two chunks each."""


def rows(member: Member, subject: SubjectId = X) -> list[attachments.Row]:
    return attachments.rows(member.node, fold(member, "abd"), subject)


def whole(member: Member) -> list[str]:
    return [found.paper.name for found in rows(member) if found.paper is not None and found.whole]


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a node take in two files of each peer, and seven chunks."""
    monkeypatch.setattr(unread, "MOST_FILES", 2)
    monkeypatch.setattr(unread, "MOST_CHUNKS", 7)


@pytest.mark.usefixtures("little")
def test_a_peer_that_attaches_files_without_end_fills_its_own_share_and_no_disk(four: Coalition) -> None:
    """FEED-86: acts, descriptions and other peers' files come as ever; what does not fit is not asked for."""
    attach(four, ["b"], MANY)
    other = command.propose(AGREEMENT, "abd", "d", "y", plan(lat=48.0), to=["b"])
    four["d"].say(attachments.attach(other, [FILE], ["b"]), "air_operations")
    four.settle()

    b = four["b"]
    assert [found.paper.name for found in rows(b) if found.paper is not None] == [name for name, _ in MANY]
    assert whole(b) == ["0.bin", "1.bin"]
    assert [(found.waits, found.held) for found in rows(b)] == [(False, 2)] * 2 + [(True, 0)] * 3
    assert question(four)["chunks"] == [] and carry.answer(four["a"].node, question(four)) is None
    assert code(lambda: attachments.content(b.node, fold(b, "abd"), rows(b)[2])) == "attachment.quota"
    [theirs] = rows(b, SubjectId("operation/d/y"))
    assert theirs.whole, "d's share is its own"
    assert all(report.sound for report in verify_record(b.node))


@pytest.mark.usefixtures("little")
def test_the_next_file_comes_when_one_was_saved_or_was_asked_for_by_name(four: Coalition) -> None:
    """FEED-86."""
    attach(four, ["b"], MANY)
    four.settle()
    b = four["b"]

    attachments.saved(b.node, rows(b)[0])
    four.settle()
    assert whole(b) == ["0.bin", "1.bin", "2.bin"]

    attachments.ask(b.node, rows(b)[4])
    four.settle()
    assert whole(b) == ["0.bin", "1.bin", "2.bin", "4.bin"]
    assert attachments.content(b.node, fold(b, "abd"), rows(b)[4]) == MANY[4][1]
    assert rows(b)[3].waits

    for found in rows(b):
        attachments.saved(b.node, found)
    four.settle()
    assert len(whole(b)) == 5 and not any(found.waits for found in rows(b))


@pytest.mark.usefixtures("little")
def test_chunks_that_are_pushed_beyond_a_peers_share_are_not_kept_and_the_acts_beside_them_are(four: Coalition) -> None:
    """FEED-86: a bundle by hand holds every chunk; so may the answer of a peer that heeds no question."""
    attach(four, ["b"], MANY)
    b = four["b"]

    taken = carry.take(b.node, carry.write_bundle(four["a"].node, AGREEMENT, "b"))

    assert (taken.chunks, taken.waiting) == (4, 6)
    assert taken.acts > 0 and len(rows(b)) == 5 and whole(b) == ["0.bin", "1.bin"]
    assert fold(b, "abd").now().events(X)

    stretches = [[*found.place, 0, 2] for found in rows(b) if found.waits]
    asked = {**question(four), "chunks": stretches}
    propose(four["a"], "abd", "z", to=["b"])
    taken = carry.take(b.node, answer(four, asked), nonce=asked["nonce"])
    taken_after = carry.take(
        b.node, answer(four, asked := {**question(four), "chunks": stretches}), nonce=asked["nonce"]
    )
    assert (taken.acts, taken.chunks + taken_after.chunks) == (1, 0)
    assert taken.waiting + taken_after.waiting >= 6
    assert fold(b, "abd").now().events(SubjectId("operation/a/z"))


@pytest.mark.usefixtures("little")
def test_a_file_counts_with_its_whole_size_from_its_first_chunk_on(four: Coalition) -> None:
    """FEED-86: PAPER has six chunks of the seven; a further file of two does not fit beside it."""
    attach(four, ["b"], [FILE, MANY[0]])
    carry.take(four["b"].node, answer(four, (asked := question(four))), nonce=asked["nonce"])
    asked = question(four, budget=2 * attachment.CHUNK)
    carry.take(four["b"].node, answer(four, asked), nonce=asked["nonce"])

    assert [(found.held, found.waits) for found in rows(four["b"])] == [(2, False), (0, True)]
    four.settle()
    assert whole(four["b"]) == ["strip.pdf"]


@pytest.mark.usefixtures("little")
def test_what_an_author_lost_comes_back_whatever_lies_here_unread(four: Coalition) -> None:
    """FEED-86: files of one's own are nobody's flood."""
    a, mark = four["a"], Mark(None)
    a.node.mark = mark
    old = copied(a.node.store)
    attach(four, ["b"], MANY[:2])
    files = [data for _, data in MANY[:2]]
    four.settle()
    back = node(a, copied(old), four.clock, mark)
    four.members["a"] = Member(a.party, back, a.root, a.officers, a.card, a.default)

    four.settle()

    assert [attachments.content(back, fold(four["a"], "abd"), found) for found in rows(four["a"])] == files
    assert not back.store.metas("unread/")


def test_the_shares_are_what_the_guide_says() -> None:
    assert (unread.MOST_FILES, unread.MOST_CHUNKS * attachment.CHUNK) == (200, 256 * 2**20)
