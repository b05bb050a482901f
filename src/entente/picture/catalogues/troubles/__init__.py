"""Errors in every language: the English sentence as it is raised, gap for gap, and the others beside it (`retelling`).

A code may have several sentences. A test reads out of the source what each of these rooms raises, and fails when a
sentence has no row, or a row no sentence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from entente.joint.verdict import SENTENCES as VERDICTS
from entente.picture.catalogues.situation import Row
from entente.picture.catalogues.troubles import acts, centre, typed

__all__ = ["BY_CODE", "TOLD", "VERDICTS"]

TOLD = (*acts.SENTENCES, *centre.SENTENCES, *typed.SENTENCES)


def _by_code() -> Mapping[str, Sequence[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for code, *sentences in TOLD:
        english, russian, arabic = sentences
        found[code].append((english, russian, arabic))
    return found


BY_CODE = _by_code()
