"""Telling anew, in a reader's language, a sentence that was made in English where no reader was known.

Errors, flags on places and notes on lists are put into words deep in rooms that know no language. A table lists each
such sentence as English has it, with its gaps, beside the other languages: what stands in the gaps is read out of the
sentence and put into the other one. What no row fits is not guessed at; whoever asked shows the English.

>>> from entente.picture.catalogues import RUSSIAN
>>> rows = [("{name} is {metres} m away.", "{name}: {metres} м отсюда.", "{name} على بعد {metres} م.")]
>>> retold(rows, "Clinic 3 is 40 m away.", RUSSIAN)
'Clinic 3: 40 м отсюда.'
>>> retold(rows, "Clinic 3 is far.", RUSSIAN) is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from entente.errors import EntenteError
from entente.picture.catalogues import ENGLISH, Catalogue, lists, troubles, unsigned
from entente.picture.catalogues.situation import SENTENCES, Row
from entente.picture.catalogues.unsigned import LANGUAGES

_GAP = re.compile(r"\{(\w+)(?::[^}]*)?\}")
_TYPED = frozenset({"geo", "geojson", "kml", "csv"})
"""What a row of a list can be refused for in a sentence of its own."""
_PLACED = re.compile(r"([a-z]+) (\S+)")


def retold(rows: Iterable[Row], sentence: str, words: Catalogue) -> str | None:
    """Return the first row that the sentence fits, in a language; None when none does."""
    for row in rows:
        if (found := _pattern(row[0]).fullmatch(sentence)) is not None:
            gaps = {name: _filling(name, text, words) for name, text in found.groupdict().items()}
            return words.fill(row[LANGUAGES.index(words.language)], gaps)
    return None


@cache
def _pattern(english: str) -> re.Pattern[str]:
    parts = _GAP.split(english)  # text, gap, text, gap, …, text

    def gap(name: str) -> str:
        return f"(?P<{name}>{'[0-9.,]+' if name == 'count' else '.*?'})"

    return re.compile("".join(re.escape(one) if at % 2 == 0 else gap(one) for at, one in enumerate(parts)), re.DOTALL)


_READ = [row for code, rows in troubles.BY_CODE.items() if code.partition(".")[0] in _TYPED for row in rows]


_CODED = frozenset({"reached", "why", "reason", "how"})
"""Gaps that may hold the word of a closed list."""
_KEYS = {word: key for key, word in ENGLISH.codes.items()}
_LINES = [
    row
    for key, row in unsigned.SENTENCES.items()
    if key.startswith("wait.") and not key.endswith((".numbered", ".noted", ".nothing_said", ".nothing_heard"))
]


def _filling(name: str, text: str, words: Catalogue) -> str | int:
    """Return what stands in a gap: the word for a column, another error's sentence told anew, or the text as it is."""
    if name == "field":
        return words.codes.get(f"field.{text}", text)
    if name == "called":
        return retold([unsigned.SENTENCES["wait.numbered"]], text, words) or text
    if name in _CODED:
        return words.codes.get(_KEYS.get(text) or text.replace(" ", "_"), text)
    if name == "inner":
        return retold(_READ, text, words) or text
    return text


# -- errors ------------------------------------------------------------------------------------------------------------


def trouble(error: EntenteError, words: Catalogue, more: Mapping[str, Sequence[Row]] | None = None) -> tuple[str, bool]:
    """Return an error in a reader's language, and whether that tells all of it: what is not told stands in English.

    `more` are sentences of a room above this one, by their codes.
    """
    if words is ENGLISH:
        return str(error), True
    rows = (*(more or {}).get(error.code, ()), *troubles.BY_CODE.get(error.code, ()))
    told = retold(rows, error.sentence, words)
    sentence = told or words.say(f"trouble.{type(error).__name__}")
    where = f"{_where(error.where, words)}: " if error.where else ""
    return where + sentence, told is not None


def _where(where: str, words: Catalogue) -> str:
    """Return where an error is; ``place 3`` in words, the name of a file as it is."""

    def part(text: str) -> str:
        found = _PLACED.fullmatch(text)
        word = words.codes.get(f"where.{found[1]}") if found else None
        return f"{word} {words.kept(found[2])}" if found and word else words.kept(text)

    return ", ".join(map(part, where.split(", ")))


def verdict(code: str, words: Catalogue) -> str:
    """Return why an act is void, by its code alone; one that is not known stays as it is."""
    english = troubles.VERDICTS.get(code, code)
    return retold(troubles.BY_CODE.get(code, ()), english, words) or english


def reason(text: str, words: Catalogue) -> str:
    """Return why a part of an entry cannot be read: its name, and the sentence of an error."""
    if words is ENGLISH:
        return text
    part, _, why = text.partition(": ")
    told = retold(_READ, why, words) or words.say("part.unreadable")
    return words.say("trouble.placed", where=part, sentence=told)


# -- lists of places, and who said what of them ------------------------------------------------------------------------


def unplaced(title: str, words: Catalogue) -> str:
    """Return what a finding calls a district's sites without a position."""
    rows = (row for key, row in SENTENCES.items() if key.startswith("unplaced."))
    return title if words is ENGLISH else retold(rows, title, words) or title


def copied(note: str, words: Catalogue) -> str:
    """Return the note of a copy, which says first which copy it is."""
    return retold([SENTENCES["copy.noted"], SENTENCES["copy"]], note, words) or note


def length(text: str, words: Catalogue) -> str:
    """Return a length in metres, as the register tells what changed; what is none stays as it is."""
    return retold([SENTENCES["way.metres"]], text, words) or text


def waits(line: str, words: Catalogue) -> str:
    """Return a line of an inbox that was drawn up in English for all who look."""
    return line if words is ENGLISH else retold(_LINES, line, words) or line


def step(by: str, words: Catalogue) -> str:
    """Return by whom a step of the ladder was said; what was entered by hand with its source."""
    return retold([SENTENCES["step.by_hand"]], by, words) or by


def note(text: str, words: Catalogue) -> str:
    """Return a note on a list as it was read, or why a row of it was refused; what is not known stays as it is."""
    return text if words is ENGLISH else retold(lists.NOTES, text, words) or text


def detail(code: str, text: str, words: Catalogue) -> str:
    """Return what a flag found in a row; what is not known stays as it is."""
    return text if words is ENGLISH else retold(lists.DETAILS.get(code, ()), text, words) or text
