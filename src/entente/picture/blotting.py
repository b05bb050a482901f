"""Blotting: a text as it may go along with a coarse copy, without what would tell the place after all.

Two ways, since neither is enough. What looks like a coordinate goes, whatever it says: decimal degrees, degrees with
minutes, MGRS, Open Location Codes, links. And what agrees with the true place goes, however it is written: a number
that is its latitude or longitude to any digit after the point, its minutes, or its digits in the grid, unmarked.

Digits count in every script. Blotting too much costs a ward its number; too little costs the place.

>>> blotted("School at 47.45012 N, 8.55071 E"), blotted("Ward 12, 3rd floor")
('School at […], […]', 'Ward 12, 3rd floor')
>>> here = [Position(lat=47.45012, lon=8.55071)]
>>> blotted("the gate (47.5), ٤٧٫٤٥, lane 8.5, grid 66 552", here), blotted("lane 9.5", here)
('the gate ([…]), […], lane […], grid 66 552', 'lane 9.5')
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from entente.geo.position import Position, show

BLOT = "[…]"
_OPEN_LOCATION = "23456789CFGHJMPQRVWX"
_COORDINATE = re.compile(
    rf"""(?:https?://|geo:|www\.)\S+                          # a link may lead anywhere
      | \b[{_OPEN_LOCATION}]{{2,8}}\+[{_OPEN_LOCATION}]{{2,7}}\b     # Open Location Code
      | [-+]?\d{{1,3}}[.,]\d{{3,}}(?:\s*°)?(?:\s*[NSEW]\b)?   # decimal degrees, three places or more
      | [-+]?\b\d{{1,3}}[.,]\d+\s*°?\s*[NSEW]\b               # fewer, with their letter
      | [-+]?\b\d{{1,3}}[.,]\d{{1,2}}\s*[,;/|\s]\s*[-+]?\d{{1,3}}[.,]\d{{1,2}}\b   # two of them
      | \d{{1,3}}\s*°(?:\s*\d[\d.,]*\s*['"′″’”]{{0,2}}){{0,2}}(?:\s*[NSEW]\b)?     # degrees, minutes, seconds
      | \b\d{{1,3}}[\s:'’′-]+\d{{1,2}}(?:[.,]\d+)?(?:[\s:'’′-]+\d{{1,2}}(?:[.,]\d+)?)?["”″]?\s*[NSEW]\b   # unmarked
      | \b[NSEW]\s*\d{{1,3}}(?:[.,]\d+|(?:[\s°:'’′-]+\d{{1,2}}(?:[.,]\d+)?){{1,2}}["”″]?)   # the letter first
      | \b\d{{4,7}}(?:\.\d+)?\s*[NS]\s*\d{{5,8}}(?:\.\d+)?\s*[EW]\b     # compact, as aviation writes it
      | \b\d{{1,2}}\s?[C-HJ-NP-X]\s?[A-HJ-NP-Z]{{2}}\s?\d+(?:\s\d+)?\b   # MGRS""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?", re.ASCII)
_NEAR_DEG = 0.02
"""[degrees] A number with a fraction that comes so close to a coordinate, or as its last digit says, counts as it."""


def blotted(text: str, near: Sequence[Position] = ()) -> str:
    """Return a text without the coordinates in it, and without what agrees with a position of `near`."""
    if not any(c.isdigit() for c in text) and "://" not in text and "www." not in text:
        return text
    plain = _ascii_digits(text)
    spans = [match.span() for match in _COORDINATE.finditer(plain)]
    for position in near:
        spans += _agreeing(plain, position)
    return _without(text, spans)


def _ascii_digits(text: str) -> str:
    """Return the text, character for character, with every script's digits and points as ASCII's."""
    if text.isascii():
        return text
    return "".join(_ascii(c) for c in text)


def _ascii(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if character in "٫﹒．":
        return "."
    if character in "،，٬":
        return ","
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 and folded.isascii() else character


def _agreeing(plain: str, position: Position) -> Iterator[tuple[int, int]]:
    """Yield where the text says a latitude, a longitude or a grid reference of this place."""
    for match in _NUMBER.finditer(plain):
        if any(_says(match.group(), degrees) for degrees in (abs(position.lat), abs(position.lon))):
            yield match.span()
    for degrees in (abs(position.lat), abs(position.lon)):
        whole, minutes = int(degrees), degrees % 1 * 60
        # Degrees, then minutes, with whatever between; seconds may follow.
        for match in re.finditer(rf"(?<!\d)0*{whole}\D{{1,3}}(\d{{1,2}}(?:[.,]\d+)?)(?:\D{{1,3}}\d{{1,2}})?", plain):
            if abs(float(match[1].replace(",", ".")) - minutes) <= 1:
                yield match.span()
    yield from _gridded(plain, position)


def _says(number: str, degrees: float) -> bool:
    whole, _, fraction = number.replace(",", ".").partition(".")
    value = float(f"{whole}.{fraction or 0}")
    if fraction and abs(value - degrees) <= max(_NEAR_DEG, 10.0 ** -len(fraction)):
        return True
    if len(whole) >= 4 and abs(int(whole[:-2]) + float(f"{whole[-2:]}.{fraction or 0}") / 60 - degrees) <= _NEAR_DEG:
        return True  # degrees and minutes without a mark between: 3157.1
    if (
        len(whole) >= 6
        and abs(int(whole[:-4]) + int(whole[-4:-2]) / 60 + int(whole[-2:]) / 3600 - degrees) <= _NEAR_DEG
    ):
        return True  # with seconds: 315706
    # Scaled to a whole number, cut or rounded: 319515, 359240.
    bare, ahead = whole.lstrip("0"), len(str(int(degrees)))
    return len(bare) >= 5 and not fraction and abs(int(bare) / 10 ** (len(bare) - ahead) - degrees) <= _NEAR_DEG / 4


def _gridded(plain: str, position: Position) -> Iterator[tuple[int, int]]:
    """Yield grid references of this place: with or without its zone, and as whole UTM metres."""
    words = show(position).mgrs.split()
    square, east, north = words[-3:]
    for match in re.finditer(rf"\b{square}[\s-]?\d{{1,5}}[\s-]?\d{{0,5}}\b", plain, re.IGNORECASE):
        yield match.span()
    for match in _NUMBER.finditer(plain):
        whole = match.group().replace(",", ".").partition(".")[0]
        if len(whole) in (6, 7) and whole[-5:-2] in (east[:3], north[:3]):
            yield match.span()


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts, reached = [], 0
    for start, end in sorted(spans):
        if start >= reached:
            parts += [text[reached:start], BLOT]
        reached = max(reached, end)
    return "".join([*parts, text[reached:]])
