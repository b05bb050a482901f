"""The quick way of spelling and reading is the long way, for any value and any bytes: same result, or same refusal."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente import canonical
from entente.errors import Malformed

MOST = canonical.MAX_INTEGER


class Word(StrEnum):
    ONE = "one"


texts = st.one_of(
    st.text(max_size=6), st.text(st.characters(min_codepoint=0, max_codepoint=127), max_size=6),
    st.sampled_from(["", "é", "e\u0301", "\u202e", "\ud800", '"', "\\", "/", "\x7f", "\u2028", "\x00", "a" * 300]),
)  # fmt: skip
numbers = st.one_of(st.integers(), st.sampled_from([MOST, MOST + 1, -MOST, -MOST - 1, 0, 2**64, -(2**63) - 1]))
odd = st.one_of(st.floats(), st.binary(max_size=3), st.just(Word.ONE), st.just({1}), st.just(b""), st.decimals())
atoms = st.one_of(st.none(), st.booleans(), numbers, texts, texts, odd)
anything = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(texts, st.integers(0, 3), st.just(Word.ONE)), inner, max_size=3),
    ),
    max_leaves=12,
)  # fmt: skip


def outcome(step: Any, *given_: Any) -> Any:
    try:
        return step(*given_)
    except Malformed as error:
        return error.code


def read_the_long_way(data: bytes) -> Any:
    """As `canonical.decode`, without its short cut."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed("canonical.json", "") from None
    if canonical.spell(value) != data:
        raise Malformed("canonical.spelling", "")
    return value


def same(first: Any, second: Any) -> bool:
    return repr(first) == repr(second)  # True is not 1, and -0.0 not 0


@given(anything)
def test_any_value_is_spelled_the_same_or_refused_for_the_same_reason(value: Any) -> None:
    """CANON-1 to CANON-5."""
    assert outcome(canonical.encode, value) == outcome(canonical.spell, value)


@given(st.one_of(anything, st.lists(texts)), st.data())
def test_any_bytes_are_read_the_same_or_refused_for_the_same_reason(value: Any, data: st.DataObject) -> None:
    """CANON-6."""
    try:
        spelled = json.dumps(
            value, ensure_ascii=data.draw(st.booleans()), sort_keys=data.draw(st.booleans()),
            separators=data.draw(st.sampled_from([(",", ":"), (", ", ": ")])),
        ).encode("utf-8", "surrogatepass")  # fmt: skip
    except (TypeError, ValueError):
        return
    at = data.draw(st.integers(0, len(spelled)))
    put = data.draw(
        st.sampled_from([b"", b"", b" ", b"0", b",", b'"', b"\\u0061", b"1.0", b"e1", b"\xff", b"-", b"{}"])
    )
    changed = spelled[:at] + put + spelled[at + data.draw(st.integers(0, 1)) :]
    for one in (spelled, changed):
        assert same(outcome(canonical.decode, one), outcome(read_the_long_way, one)), one


@pytest.mark.parametrize("depth", range(canonical.MAX_DEPTH - 2, canonical.MAX_DEPTH + 3))
@pytest.mark.parametrize("core", [0, "a", None, True, [], {}, [1], {"a": 1}, "é", 1.5])
def test_depth_ends_at_the_same_place(depth: int, core: Any) -> None:
    """CANON-3."""
    for wrap in (lambda inner: [inner], lambda inner: {"k": inner}):
        value = core
        for _ in range(depth):
            value = wrap(value)
        assert outcome(canonical.encode, value) == outcome(canonical.spell, value)
        data = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
        assert same(outcome(canonical.decode, data), outcome(read_the_long_way, data))


SPELLINGS = [
    b'{"a":1,"a":1}', b'{"a":1,"a":2}', b'{"b":1,"a":1}', b"[1.0]", b"[1e2]", b"[-0]", b"[01]", b"[9007199254740992]",
    b"[18446744073709551616]", b"[NaN]", b"[Infinity]", b'["\\u0061"]', b'["\\/"]', b"[1,]", b"", b" 1", b"1 ",
    b"\xef\xbb\xbf1", b'"\x7f"', b"[" * 100_000, b'{"a":' * 1000 + b"1" + b"}" * 1000, b"nul", b"tRue",
    b'"a" "b"',
]  # fmt: skip


@pytest.mark.parametrize("data", SPELLINGS)
def test_what_json_readers_differ_about_is_refused_for_the_same_reason(data: bytes) -> None:
    """CANON-2, CANON-4, CANON-6."""
    found = outcome(canonical.decode, data)

    assert isinstance(found, str) and found == outcome(read_the_long_way, data)
