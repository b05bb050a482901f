"""Catalogues: the sentences in which statements are shown to whoever signs them, one module for each language.

What a page tells besides, and nobody signs, is `unsigned`: one table for all languages, and no version.

What is signed holds the hash of the text, its language and the catalogue's version. So a sentence that changes gives
its catalogue a new version; texts that were signed before stay as they were shown, in the record.

- Every catalogue has the same keys, and in each sentence the same gaps: the facts of a statement are the same in all.
- Facts are not translated: names, ids, hashes, positions, times and figures stand as they are, from left to right. In a
  language from the right each stands between U+2068 and U+2069 (UAX #9, isolates), which keeps its order without
  touching what is around it.
- Codes of closed lists are words of the catalogue; what somebody wrote freely stays as he wrote it.

>>> ENGLISH.say("circle", circle="all")
'in circle all:'
>>> ARABIC.say("circle", circle="all") == "في الدائرة \\u2068all\\u2069:"
True
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from entente.picture.catalogues import arabic, english, russian, unsigned
from entente.picture.catalogues.catalogue import Catalogue


def _with(module: ModuleType, language: str, thousands: str, *, from_right: bool = False) -> Catalogue:
    return Catalogue(
        language=language, version=module.VERSION, heads=module.HEADS,
        phrases={**module.PHRASES, **unsigned.PHRASES[language]}, codes={**module.CODES, **unsigned.CODES[language]},
        thousands=thousands, signed=frozenset(module.PHRASES), from_right=from_right,
    )  # fmt: skip


ENGLISH = _with(english, "en", ",")
RUSSIAN = _with(russian, "ru", "\u00a0")
ARABIC = _with(arabic, "ar", "", from_right=True)
CATALOGUES: Mapping[str, Catalogue] = {one.language: one for one in (ENGLISH, RUSSIAN, ARABIC)}
LANGUAGES = tuple(CATALOGUES)

__all__ = ["ARABIC", "CATALOGUES", "ENGLISH", "LANGUAGES", "RUSSIAN", "Catalogue"]
