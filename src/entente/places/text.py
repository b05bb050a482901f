"""Text as lists write it: digits of several scripts, hemispheres in words, and names compared past case and accents.

Nothing here guesses in silence: `figures` says when it took a letter for a digit.

>>> figures("١٢٫٥٩٣٨")
('12.5938', False)
>>> similarity(name_key("Bagala Centre de Santé"), name_key("Bagassi Centre de Santé")) < 0.6
True
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_MARKS = str.maketrans({"٫": ".", "٬": "", "،": ",", "·": ".", "＋": "+", "－": "-", "−": "-", "–": "-", "．": "."})
_LOOKALIKES = str.maketrans({"О": "0", "о": "0", "O": "0", "o": "0", "З": "3", "з": "3", "l": "1", "I": "1"})
"""Cyrillic and Latin letters that a typist, or a scanner, puts for a digit."""
_HEMISPHERES = (
    (re.compile(r"\b(?:nord|north|norte)\b|с\.?\s?ш\.?|сев\w*|شمالا?ً?", re.IGNORECASE), "N"),
    (re.compile(r"\b(?:sud|south|sur)\b|ю\.?\s?ш\.?|южн\w*|جنوبا?ً?", re.IGNORECASE), "S"),
    (re.compile(r"\b(?:est|east|este)\b|в\.?\s?д\.?|вост\w*|شرقا?ً?", re.IGNORECASE), "E"),
    (re.compile(r"\b(?:ouest|west|oeste)\b|з\.?\s?д\.?|зап\w*|غربا?ً?", re.IGNORECASE), "W"),
)


def figures(text: str) -> tuple[str, bool]:
    """Return a text with the digits and signs of every script as ASCII, and whether a letter was taken for a digit.

    A letter counts as a digit only in a text that is nothing but digits, signs and such letters.
    """
    if text.isascii() and not re.search("[OolI]", text):
        return text, False
    plain = "".join(str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in text)
    plain = plain.translate(_MARKS)
    if re.fullmatch(r"[-+]?[\dОоOoЗзlI]+(?:[.,][\dОоOoЗзlI]*)?", plain) and re.search(r"\d", plain):
        taken = plain.translate(_LOOKALIKES)
        return taken, taken != plain
    return plain, False


def hemispheres(text: str) -> str:
    """Return a text with hemispheres said in words as letters: ``12° 30' nord`` is ``12° 30' N``."""
    if text.isascii() and not re.search(r"[a-z]{3}", text, re.IGNORECASE):
        return text
    for pattern, letter in _HEMISPHERES:
        text = pattern.sub(letter, text)
    return text


def west_in_french(lon: str) -> str:
    """Return a longitude whose letter O means west, as in French, with W; only where a longitude is expected."""
    return re.sub(r"^\s*[Oo](?=\s*\d)|(?<=[\d'\"°′″])\s*[Oo]\s*$", "W", lon)


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """Return a text for comparing: without case, accents, vowel signs and marks; Arabic letters that are written for
    one another have one spelling.

    >>> folded("Hôpital de District (N'Djaména)"), folded("مدرسة")
    ('hopital de district n djamena', 'مدرسه')
    """
    if text.isascii():
        bare = text
    else:
        bare = "".join(c for c in unicodedata.normalize("NFKD", _SPELT.sub("", text)) if not unicodedata.combining(c))
        bare = bare.translate(_ALIKE)
    return " ".join(_WORDS.findall(bare.casefold()))


_SPELT = re.compile("⟨U\\+[0-9A-F]{4,6}⟩")
"""A character that nobody sees, spelt out (`canonical.seen`): it makes no other name."""
_WORDS = re.compile(r"[^\W_]+")
_ALIKE = str.maketrans(
    {"ى": "ي", "ة": "ه", "ٱ": "ا", "ـ": "", "ۀ": "ه", "ک": "ك", "ی": "ي", "’": "'", "Ё": "Е", "ё": "е"}
)

_GENERIC = """
    a al and at d de des di du el en et for in l la le les of on s the und y da do ii center centre central centro
    unit unite units post poste station facility service services site health sante healthcare care medical medicale
    medicaux medico clinic clinique polyclinic dispensary dispensaire hospital hopital hospitalier maternity
    maternite pharmacy pharmacie primary community communautaire referral reference integrated integre district
    regional regionaux state county national nationaux teaching university universitaire promotion sociale social
    antenne chirurgicale avec hut case phcc phcu csps cscom csref chc csi cs cma cm school ecole primaire lycee
    college secondary secondaire water eau pump forage borehole well puits camp mosque mosquee church eglise temple
    market marche warehouse entrepot office bureau больница поликлиника школа клиника центр пункт медицинский
    амбулатория районная детский сад мечеть церковь مستشفي مركز صحي عياده مدرسه مسجد كنيسه مخيم وحده الصحي المركز
"""
GENERIC = frozenset(_GENERIC.split())
"""Words that name a kind of place and not a place, folded: two clinics are not alike because both are clinics."""


@lru_cache(maxsize=262144)
def name_key(name: str) -> str:
    """Return what is a name's own: its folded words without generic ones, or all of them when nothing else is left."""
    words = folded(name).split()
    own = [word for word in words if word not in GENERIC]
    return " ".join(own or words)


def similarity(a: str, b: str) -> float:
    """Return how alike two keys of `name_key` are, 0 to 1: Dice's coefficient of their letter triples.

    Names that count differently are not alike: ``ward 3`` and ``ward 13`` stay below one half. Words in another order
    are the same words.
    """
    if a == b:
        return 1.0 if a else 0.0
    if not a or not b:
        return 0.0
    one, other = _triples(a), _triples(b)
    shared = 2 * len(one & other) / (len(one) + len(other))
    return min(shared, 0.49) if _numbers(a) != _numbers(b) else shared


@lru_cache(maxsize=65536)
def _triples(key: str) -> frozenset[str]:
    return frozenset(
        padded[at : at + 3] for word in key.split() for padded in [f"  {word} "] for at in range(len(padded) - 2)
    )


@lru_cache(maxsize=65536)
def _numbers(key: str) -> frozenset[str]:
    return frozenset(word.lstrip("0") or "0" for word in key.split() if word.isdigit())
