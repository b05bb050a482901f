"""What a verification says: lines, each with a stable code and a plain sentence, of one of three sorts.

What is false or unreadable is no line but an error: then nothing in the file counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

_SEEN = frozenset("\n\t")
_ISOLATE, _END = frozenset("\u2066\u2068"), "\u2069"
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Sort(StrEnum):
    """Proved by what is given; not proved by it; or proved, and not as it should be."""

    PROVED = "proved"
    UNPROVED = "not_proved"
    FLAW = "flaw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing said, about a feed, an entry (``north 5``), or everything (empty)."""

    sort: Sort
    code: str
    about: str
    sentence: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class Report:
    """Lines in the order in which they are read, and `texts`: what signers were shown, by entry."""

    lines: list[Line] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    def proved(self, about: str, code: str, sentence: str, **data: Any) -> None:
        """Say what was proved."""
        self.lines.append(Line(sort=Sort.PROVED, code=code, about=about, sentence=sentence, data=data))

    def unproved(self, about: str, code: str, sentence: str, **data: Any) -> None:
        """Say what was not proved."""
        self.lines.append(Line(sort=Sort.UNPROVED, code=code, about=about, sentence=sentence, data=data))

    def flaw(self, about: str, code: str, sentence: str, **data: Any) -> None:
        """Say what was proved and is not as it should be."""
        self.lines.append(Line(sort=Sort.FLAW, code=code, about=about, sentence=sentence, data=data))

    def of(self, sort: Sort) -> list[Line]:
        """Return the lines of one sort."""
        return [line for line in self.lines if line.sort is sort]

    def codes(self, sort: Sort, about: str | None = None) -> list[str]:
        """Return the codes of one sort, about one thing or all."""
        return [line.code for line in self.of(sort) if about in (None, line.about)]

    def plain(self) -> dict[str, Any]:
        """Return the report for programs."""
        rows: dict[str, list[dict[str, Any]]] = {str(sort): [] for sort in Sort}
        for line in self.lines:
            rows[line.sort].append(
                {"code": line.code, "about": line.about, "sentence": line.sentence, **dict(line.data)}
            )
        return {**rows, "texts": self.texts}

    def written(self) -> Iterator[str]:
        """Yield the report for people, line by line."""
        headings = {
            Sort.PROVED: "PROVED",
            Sort.FLAW: "PROVED, AND NOT AS IT SHOULD BE",
            Sort.UNPROVED: "NOT PROVED",
        }
        for sort, heading in headings.items():
            lines = self.of(sort)
            if not lines:
                continue
            yield from ("", heading)
            # What is said of one thing stands together, in the order in which things were first spoken of.
            for about in dict.fromkeys(line.about for line in lines):
                yield f"  {about or 'In general'}"
                for line in (line for line in lines if line.about == about):
                    yield f"    - {harmless(line.sentence)} [{line.code}]"
                    if line.code == "shown.text":
                        yield from (f"      | {harmless(row)}" for row in self.texts[line.about].split("\n"))


def harmless(text: str) -> str:
    """Return text with nothing in it that a terminal obeys, or that changes how a line reads.

    Isolates that open and close within a line turn nothing outside themselves (UAX #9 §2.7), and texts that were shown
    in a language from the right have them.

    >>> harmless("\u2068a\u2069") == "\u2068a\u2069", harmless("a\u2069\u2068")
    (True, 'a\\\\u2069\\\\u2068')
    """
    return "\n".join(_harmless(line) for line in text.split("\n"))


def _harmless(line: str) -> str:
    kept, depth = True, 0
    for c in line:
        depth += (c in _ISOLATE) - (c == _END)
        kept = kept and depth >= 0
    refused = _TURNING - _ISOLATE - {_END} if kept and depth == 0 else _TURNING
    return "".join(c if (c.isprintable() or c in _SEEN or c in _TURNING) and c not in refused else f"\\u{ord(c):04x}"
                   for c in line)  # fmt: skip


def utc(at: datetime | int) -> str:
    """Spell a time [s since 1970, or aware] as a reader of a report needs it.

    >>> utc(1796126400)
    '2026-12-01 12:00:00 UTC'
    >>> utc(2**60)
    'second 1152921504606846976 of the clock'
    """
    try:
        moment = datetime.fromtimestamp(at, UTC) if isinstance(at, int) else at.astimezone(UTC)
    except (OverflowError, OSError, ValueError):
        return f"second {at} of the clock"
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def many(count: int, one: str, more: str = "") -> str:
    """Return a number of things.

    >>> many(1, "entry", "entries"), many(2, "part")
    ('1 entry', '2 parts')
    """
    return f"{count} {one if count == 1 else more or one + 's'}"
