"""Copies of protected sites: what one recipient is given, at the precision that was chosen for it (R-39).

Rules kept:

- The true place is always inside the copy's uncertainty, which is never zero: a coarser copy is kept away from more
  widely, never less (DESIGN, principle 6).
- A copy's position is drawn for its recipient, under the notifier's secret. The same secret draws the same copy again,
  so that issue after issue cannot be averaged; two recipients' copies differ, and each carries its copy number.
- No precise coordinate survives: footprints become uncertainty, positions are cut to the digits that their precision
  deserves, coordinates inside texts are blotted out, and an id that was derived from the position is derived anew.

Whoever holds several recipients' copies can narrow a place down: that is not prevented, only seen by the numbers.

>>> from entente.joint.protected_sites import Category
>>> clinic = Site(id="c-3", name="Clinic 3", category=Category.MEDICAL, uncertainty_m=50.0,
...               position=Position(lat=31.951569, lon=35.923963), note="blue gate, 31.95157 35.92396")
>>> copy = coarsen(clinic, precision_m=1000.0, recipient="south", secret=bytes(16))
>>> copy.position, copy.uncertainty_m, copy.note
(Position(lat=31.9448, lon=35.9301), 1050.0, 'Copy south-270a-2614.')
"""

from __future__ import annotations

import hmac
import math
import re
from collections.abc import Collection
from dataclasses import replace
from hashlib import sha256

from entente.errors import Refused
from entente.geo.geodesy import destination, distance_m, middle
from entente.geo.position import METRES_PER_DEGREE, Position
from entente.joint.protected_sites import Site

FINEST_M, COARSEST_M = 10.0, 100_000.0
"""[m] Between these a precision lies; finer than the first says where the door is, coarser than the second nothing."""
SECRET_BYTES = 16
TEXTS = frozenset({
    "note", "position_source", "source_grade", "settlement", "pcode", "verifier", "confirmed_by",
})  # fmt: skip
"""Texts that are dropped unless the caller names them: they tell where, or through whom, a place was found."""
HISTORY = "history"
"""What the place was before is dropped alike: the day on which a clinic opened finds it in a newspaper."""
KEPT = TEXTS | {HISTORY}
BLOT = "[…]"
_ROUNDED = 0.01
"""The share of the precision that cutting digits may use up; the draw has the rest, and two draws seldom coincide."""
_COORDINATE = re.compile(
    r"""[-+]?\d{1,3}[.,]\d{3,}(?:\s*°)?(?:\s*[NSEW]\b)?      # decimal degrees, three places or more
      | \d{1,3}\s*°(?:\s*\d[\d.,]*\s*['"′″’”]{0,2}){0,2}(?:\s*[NSEW]\b)?   # degrees, minutes, seconds
      | \b\d{4,7}(?:\.\d+)?\s*[NS]\s*\d{5,8}(?:\.\d+)?\s*[EW]\b     # compact, as aviation writes it
      | \b\d{1,2}\s?[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?\d+(?:\s\d+)?\b      # MGRS""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def coarsen(site: Site, *, precision_m: float, recipient: str, secret: bytes, keep: Collection[str] = ()) -> Site:
    """Return the copy of `site` for `recipient`: moved by at most `precision_m` [m], its uncertainty that much larger.

    `keep` names what of `KEPT` goes along all the same, coordinates blotted out, and a history without its words.

    Raises:
        Refused: `coarsen.precision`, `coarsen.secret`, `coarsen.keep`.
    """
    require(precision_m, keep)
    if len(secret) < SECRET_BYTES:
        raise Refused("coarsen.secret", f"copies are drawn under a secret of at least {SECRET_BYTES} bytes")
    kept = {name: blotted(getattr(site, name)) if name in keep else "" for name in TEXTS}
    note = " ".join(part for part in (f"Copy {copy_number(recipient, secret)}.", kept["note"]) if part)
    centre, reach = _extent(site)
    uncertainty = site.uncertainty_m + reach + precision_m if centre else max(site.uncertainty_m, precision_m)
    return replace(
        site,
        id=_id(site.id, secret),
        name=blotted(site.name),
        district=blotted(site.district),
        country=blotted(site.country),
        position=_moved(centre, precision_m, _draw(secret, "place", recipient, site.id, centre)) if centre else None,
        footprint=None,
        uncertainty_m=float(math.ceil(uncertainty)),
        note=note,
        position_source=kept["position_source"],
        source_grade=kept["source_grade"],
        consent=blotted(site.consent),
        region=blotted(site.region),
        settlement=kept["settlement"],
        pcode=kept["pcode"],
        verifier=kept["verifier"],
        confirmed_by=kept["confirmed_by"],
        history=tuple(replace(was, words="") for was in site.history) if HISTORY in keep else (),
    )


def require(precision_m: float, keep: Collection[str]) -> None:
    """Raise Refused unless copies can be made so.

    Raises:
        Refused: `coarsen.precision`, `coarsen.keep`.
    """
    if not FINEST_M <= precision_m <= COARSEST_M:
        limits = f"{FINEST_M:.0f} and {COARSEST_M:.0f} m"
        raise Refused("coarsen.precision", f"a precision lies between {limits}; this is {precision_m} m")
    if unknown := sorted(set(keep) - KEPT):
        known = ", ".join(sorted(KEPT))
        raise Refused("coarsen.keep", f"{unknown[0]!r} is no text that can be kept; these can: {known}")


def copy_number(recipient: str, secret: bytes) -> str:
    """Return the number that every site of a recipient's copy carries: ``south-270a-2614``."""
    drawn = _draw(secret, "number", recipient).hex()
    return f"{recipient}-{drawn[:4]}-{drawn[4:8]}"


def blotted(text: str) -> str:
    """Return a text without the coordinates in it.

    >>> blotted("School at 47.45012 N, 8.55071 E"), blotted("Ward 12, 3rd floor")
    ('School at […], […]', 'Ward 12, 3rd floor')
    """
    return _COORDINATE.sub(BLOT, text)


def _extent(site: Site) -> tuple[Position | None, float]:
    """Return the middle of what is protected and how far [m] it reaches from there."""
    if site.footprint is None:
        return site.position, 0.0
    centre = site.position or middle(site.footprint.ring)
    # A ring lies near its middle (geo.volume), so its farthest point from any position is a corner.
    return centre, max(distance_m(centre, corner) for corner in site.footprint.ring) if centre else 0.0


def _moved(true: Position, precision_m: float, chance: bytes) -> Position:
    """Return a position at most `precision_m` from `true`, drawn evenly over that disc and cut to fitting digits."""
    azimuth = 360.0 * int.from_bytes(chance[:8], "big") / 2**64
    share = math.sqrt(int.from_bytes(chance[8:16], "big") / 2**64)
    drawn = destination(true, azimuth, share * (1 - _ROUNDED) * precision_m)
    # Cutting to n digits moves by at most half a unit in each direction, so by its diagonal.
    unit = _ROUNDED * precision_m / (math.sqrt(0.5) * METRES_PER_DEGREE)
    digits = math.ceil(-math.log10(unit))
    return Position(lat=round(drawn.lat, digits), lon=round(drawn.lon, digits))


def _id(name: str, secret: bytes) -> str:
    """Return an id that betrays no position: one derived from content could be searched for, place by place."""
    if name.startswith("site/") or blotted(name) != name:
        return f"site/{_draw(secret, 'id', name).hex()[:12]}"
    return name


def _draw(secret: bytes, *what: object) -> bytes:
    """Return bytes that look random to whoever lacks the secret, and are the same each time."""
    return hmac.new(secret, "\x1f".join(map(str, what)).encode(), sha256).digest()
