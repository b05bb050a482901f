"""Which language a page's reader reads: what a request accepts (RFC 9110 §12.5.4), of those that have a catalogue.

>>> spoken("ru"), spoken("fr-CH, ar;q=0.9, en;q=0.8"), spoken("de"), spoken("ar-JO;q=0.2, en-GB")
('ru', 'ar', 'en', 'en')
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from entente.picture.catalogues import LANGUAGES

_RANGE = re.compile(r"\s*([a-zA-Z]{2,8}|\*)(?:-[a-zA-Z0-9]{1,8})*\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?\s*")
_MOST = 500
"""Characters of the header that are looked at."""


def spoken(accepts: str) -> str:
    """Return the language that a reader likes best of ours; English where he names none of them."""
    liked = sorted(_ranges(accepts[:_MOST]), key=lambda pair: -pair[1])
    return next((code for code, weight in liked if code in LANGUAGES and weight > 0), LANGUAGES[0])


def _ranges(accepts: str) -> Iterator[tuple[str, float]]:
    for part in accepts.split(","):
        if found := _RANGE.fullmatch(part):
            yield found[1].lower(), float(found[2] or 1)
