"""Heads that lack half of their signatures, as whoever broke one of the schemes would send them: nobody takes any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from tests.node.stories import AGREEMENT, propose, three

from entente.errors import Untrusted
from entente.feed import bundle
from entente.feed.bundle import Frame, Lane
from entente.node import carry
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.head import cosign
from entente.tlog.note import Kind, Note, NoteKey

STRANGER = MLDSA44PrivateKey.from_seed_bytes(bytes([9] * 32))


def refit(change: Callable[[bytes], bytes]) -> tuple[Any, Callable[[], Any]]:
    """Party a proposes; what b gets, in a bundle that a's own node signed, has its heads changed."""
    coalition = three()
    propose(coalition["a"], "ab")
    question = carry.ask(coalition["b"].node, AGREEMENT, "a")
    data = carry.answer(coalition["a"].node, question)
    assert data is not None
    found = bundle.unpack(data, lambda *_: None)

    def one(frame: Frame) -> Frame:
        if frame.lane is not Lane.LEAVES:
            return frame
        end = 4 + int.from_bytes(frame.body[:4], "big")
        note = change(frame.body[4:end])
        return replace(frame, body=len(note).to_bytes(4, "big") + note + frame.body[end:])

    forged = bundle.pack(found.manifest, map(one, found.frames), coalition["a"].node.keys.sign_exchange)
    b = coalition["b"].node
    return b, lambda: carry.take(b, forged, nonce=question["nonce"])


def without(place: int) -> Callable[[bytes], bytes]:
    def strip(data: bytes) -> bytes:
        note = Note.parse(data)
        return replace(note, lines=(note.lines[1 - place],)).encode()

    return strip


def spoilt(place: int) -> Callable[[bytes], bytes]:
    def spoil(data: bytes) -> bytes:
        note = Note.parse(data)
        raw = note.lines[place].signature
        lines = list(note.lines)
        lines[place] = replace(lines[place], signature=raw[:-1] + bytes([raw[-1] ^ 1]))
        return replace(note, lines=tuple(lines)).encode()

    return spoil


def resigned(data: bytes) -> bytes:
    """The ML-DSA line replaced by one of another key under the same name and id."""
    note = Note.parse(data)
    name = note.lines[1].name
    other = Note(text=note.text).signed_by(NoteKey.of(name, Kind.COSIGNATURE_MLDSA44, STRANGER), STRANGER, 1)
    line = replace(other.lines[0], key_id=note.lines[1].key_id)
    return replace(note, lines=(note.lines[0], line)).encode()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (without(0), "tlog.unsigned"),
        (without(1), "tlog.unsigned"),
        (spoilt(0), "tlog.signature"),
        (spoilt(1), "tlog.signature"),
        (resigned, "tlog.signature"),
    ],
    ids=["no Ed25519", "no ML-DSA", "false Ed25519", "false ML-DSA", "another's ML-DSA"],
)
def test_a_stripped_or_forged_half_of_a_head(change: Callable[[bytes], bytes], code: str) -> None:
    """TLOG-10, TLOG-12."""
    b, take = refit(change)
    before = b.store.changes()

    with pytest.raises(Untrusted) as refusal:
        take()

    assert refusal.value.code == code
    assert b.store.changes() == before


def test_a_line_of_a_key_that_nobody_knows_is_passed_over() -> None:
    """TLOG-10."""
    stranger = NoteKey.of("east/mirror", Kind.COSIGNATURE_MLDSA44, STRANGER)
    _, take = refit(lambda data: cosign(data, stranger, STRANGER, 1))

    assert take().anything


def test_both_halves_are_over_the_same_three_lines() -> None:
    """TLOG-6, TLOG-12: there is nothing in a head that only one of the two covers."""
    coalition = three()
    book = coalition["a"].node.book(AGREEMENT)
    row = coalition["a"].node.store.feed(book.origin)
    assert row is not None and row.checkpoint is not None
    note = Note.parse(row.checkpoint)

    assert Checkpoint.parse(note.text).encode() == note.text
    assert [len(line.signature) for line in note.lines] == [64, 8 + 2420]
