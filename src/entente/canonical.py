"""Canonical JSON: one spelling for every value that is signed or hashed.

RFC 8785 (JCS) in a narrow profile (CANON-1…CANON-6 in spec/feed.md):

- objects have ASCII keys, sorted; no key twice; depth at most 16;
- numbers are integers within ±(2^53 − 1); no floats;
- text is NFC, without control or bidirectional-format characters;
- what is read must be spelled exactly so: parse, encode again, compare.

Nearly every value is printable ASCII without a character that JSON escapes. For those a quicker encoder gives the very
same bytes, and one look at the bytes stands for a look at each text in them; a property test holds both ways together.

Nothing is serialised again to verify a signature over stored bytes: a canonical value inside a canonical value is
a literal slice of it, so encoding the inner one gives the very bytes that were signed.

>>> encode({"b": 1, "a": ["é", None, True]})
b'{"a":["\\xc3\\xa9",null,true],"b":1}'
>>> decode(b'{"a": 1}')
Traceback (most recent call last):
entente.errors.Malformed: the bytes are JSON, but not spelled canonically (RFC 8785); nothing was taken
"""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import suppress
from hashlib import sha256
from typing import Any

import msgspec

from entente.errors import Malformed
from entente.ids import Hash

MAX_DEPTH = 16
MAX_INTEGER = 2**53 - 1
# Characters that change how a line reads without being seen (Trojan Source): refused in anything a person may sign.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
_quick = msgspec.json.Encoder(order="deterministic")


def encode(value: Any) -> bytes:
    """Return the only spelling of `value`.

    Raises:
        Malformed: `canonical.*`, naming what no canonical value holds.
    """
    with suppress(UnicodeEncodeError):  # half a surrogate: the long way says so
        if _shaped(value, 0) and _plain(data := _quick.encode(value)):
            return data
    return spell(value)


def spell(value: Any) -> bytes:
    """Return the only spelling of `value`, by the long way: the definition of `encode`, for any text.

    Raises:
        Malformed: as `encode`.
    """
    check(value)
    return _encoder.encode(value).encode()


def decode(data: bytes, limit: int = 1 << 20) -> Any:
    """Return the value that `data` spells canonically, at most `limit` bytes.

    Raises:
        Malformed: `canonical.size`, `canonical.json`, `canonical.spelling` or what `encode` raises.
    """
    if len(data) > limit:
        raise Malformed("canonical.size", f"{len(data)} bytes where at most {limit} are taken")
    if _plain(data):
        with suppress(msgspec.DecodeError, RecursionError):  # the long way says why
            value = msgspec.json.decode(data)
            if _shaped(value, 0) and _quick.encode(value) == data:
                return value
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed("canonical.json", f"not JSON: {error}") from None
    if spell(value) != data:
        raise Malformed(
            "canonical.spelling", "the bytes are JSON, but not spelled canonically (RFC 8785); nothing was taken"
        )
    return value


def digest(value: Any) -> Hash:
    """Return the SHA-256 of the canonical spelling."""
    return Hash(sha256(encode(value)).hexdigest())


def _plain(data: bytes) -> bool:
    """Whether JSON holds nothing but printable ASCII, and no text in it that is spelled otherwise than it is.

    JSON has no control character in a text but as an escape, save the last one of ASCII.
    """
    return data.isascii() and b"\\" not in data and b"\x7f" not in data


def _shaped(value: Any, depth: int) -> bool:
    """Whether `check` would take a value, but for its texts, which are not looked at."""
    kind = type(value)
    if kind is dict:
        for key in value:
            if type(key) is not str:
                return False
        items = value.values()
    elif kind is list or kind is tuple:
        items = value
    else:
        items, depth = (value,), depth - 1
    for item in items:
        kind = type(item)
        if kind is str:
            if depth >= MAX_DEPTH:
                return False
        elif kind is dict or kind is list or kind is tuple:
            if depth >= MAX_DEPTH or not _shaped(item, depth + 1):
                return False
        elif kind is int:
            if depth >= MAX_DEPTH or not -MAX_INTEGER <= item <= MAX_INTEGER:
                return False
        elif (item is not None and kind is not bool) or depth >= MAX_DEPTH:
            return False
    return True


def check(value: Any, depth: int = 0) -> None:
    """Raise Malformed unless `value` has a canonical spelling."""
    if depth > MAX_DEPTH:
        raise Malformed("canonical.depth", f"nested deeper than {MAX_DEPTH}")
    # Exact types: a bool is an int to isinstance, and a subclass may spell itself differently.
    kind = type(value)
    if kind is str:
        text(value)
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise Malformed("canonical.key", f"key {key!r} is not ASCII text")
            text(key)
            check(item, depth + 1)
    elif kind is list or kind is tuple:
        for item in value:
            check(item, depth + 1)
    elif kind is int:
        if abs(value) > MAX_INTEGER:
            raise Malformed("canonical.integer", f"integer {value} lies outside ±(2^53 - 1)")
    elif value is not None and kind is not bool:
        raise Malformed("canonical.type", f"a {kind.__name__} has no canonical spelling; use integers and text")


def text(value: str) -> str:
    """Return `value` when it is NFC text that reads as it is spelled.

    Raises:
        Malformed: `canonical.text`.
    """
    if value.isascii():
        if value.isprintable():
            return value
    elif (
        unicodedata.is_normalized("NFC", value)
        and not _BIDI.intersection(value)
        and not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in value)
    ):
        return value
    raise Malformed(
        "canonical.text", f"text {value[:40]!r} holds control or direction-changing characters, or is not in NFC"
    )


# -- what nobody sees --------------------------------------------------------------------------------------------------

_JOINERS = "\u200c\u200d"
ISOLATES = "\u2066\u2067\u2068\u2069"
"""They hold others' words apart in our own sentences; no text that was signed has any (`text`)."""
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Control characters but for tab and line end, and what Unicode calls default ignorable (DerivedCoreProperties.txt)."""


def unseen(value: str) -> list[str]:
    """Return the characters of a text that nobody sees, or that turn a line around, as people name them; each once.

    Joiners that a script is written with, as in Persian, are seen by what they do (RFC 5892, appendix A.1 and A.2, of
    which this is the coarser half: after a letter written from the right, or after a virama).

    >>> unseen("Clinic\\u202e 3\\u200b"), unseen("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645")
    (['U+202E', 'U+200B'], [])
    """
    return list(dict.fromkeys(f"U+{ord(value[at]):04X}" for at in _spots(value)))


def seen(value: str, but: str = "") -> str:
    """Return a text in which such characters are spelt out, so that no line reads otherwise than it is; `but` stay.

    >>> seen("Clinic\\u202e 3")
    'Clinic\u27e8U+202E\u27e9 3'
    """
    found = [at for at in _spots(value) if value[at] not in but]
    for at in reversed(found):
        value = f"{value[:at]}\u27e8U+{ord(value[at]):04X}\u27e9{value[at + 1 :]}"
    return value


def seen_answer(data: bytes) -> bytes:
    """Return JSON whose texts are `seen`. The isolates stay with which a node's own sentences hold others' words apart:
    no text that was signed has any (`text`)."""
    if data.isascii() or not any(mark in data for mark in _MARKS):
        return data
    return seen(data.decode(), but=ISOLATES).encode()


_MARKS = (
    b"\xc2\xad", b"\xcd\x8f", b"\xd8\x9c", b"\xe1", b"\xe2\x80", b"\xe2\x81", b"\xe3\x85\xa4", b"\xef", b"\xf0\x9b",
    b"\xf0\x9d", b"\xf3\xa0",
)  # fmt: skip
"""How such characters begin, in UTF-8: most answers hold none, and are not looked through further."""


def _spots(value: str) -> list[int]:
    if value.isascii() and value.isprintable():
        return []
    return [match.start() for match in _UNSEEN.finditer(value) if not _joins(value, match.start())]


def _joins(value: str, at: int) -> bool:
    if value[at] not in _JOINERS or at == 0:
        return False
    before = value[at - 1]
    return unicodedata.bidirectional(before) in ("AL", "R") or unicodedata.combining(before) == 9
