"""Copies of protected sites: what one recipient is given, at the precision that was chosen for it (R-39).

Rules kept:

- The true place is always inside the copy's uncertainty, which is never zero: a coarser copy is kept away from more
  widely, never less (DESIGN, principle 6).
- A copy's position is drawn for its recipient, under the notifier's secret. The same secret draws the same copy again,
  so that issue after issue cannot be averaged; two recipients' copies differ, and each carries its copy number.
- Copies of one place at two precisions are drawn apart: drawn alike, two of them would give the place away.
- What a recipient holds already stays where it is while it still covers the place (`steadied`), so that corrections of
  a few metres, one after the other, cannot be averaged either.
- No precise coordinate survives: footprints become uncertainty, positions are cut to the digits that their precision
  deserves, coordinates inside texts are blotted out, and an id that was derived from the position is derived anew.

Whoever holds several recipients' copies can narrow a place down: that is not prevented, only seen by the numbers.

>>> from entente.joint.protected_sites import Category
>>> clinic = Site(id="c-3", name="Clinic 3", category=Category.MEDICAL, uncertainty_m=50.0,
...               position=Position(lat=31.951569, lon=35.923963), note="blue gate, 31.95157 35.92396")
>>> copy = coarsen(clinic, precision_m=1000.0, recipient="south", secret=bytes(16))
>>> copy.position, copy.uncertainty_m, copy.note
(Position(lat=31.946, lon=35.9287), 1050.0, 'Copy south-270a-2614.')
"""

from __future__ import annotations

import hmac
import math
import re
from collections.abc import Collection
from dataclasses import replace
from hashlib import sha256
from typing import Any

from entente.errors import Refused
from entente.geo.geodesy import destination, distance_m, middle
from entente.geo.position import METRES_PER_DEGREE, Position
from entente.joint.protected_sites import Site
from entente.picture.blotting import blotted

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
STEADY = 1.25
"""A copy that is held stays while its uncertainty is at most so many times what a fresh copy's would be."""
_ROUNDED = 0.01
"""The share of the precision that cutting digits may use up; the draw has the rest, and two draws seldom coincide."""


def coarsen(site: Site, *, precision_m: float, recipient: str, secret: bytes, keep: Collection[str] = ()) -> Site:
    """Return the copy of `site` for `recipient`: moved by at most `precision_m` [m], its uncertainty that much larger.

    `keep` names what of `KEPT` goes along all the same, coordinates blotted out, and a history without its words.

    Raises:
        Refused: `coarsen.precision`, `coarsen.secret`, `coarsen.keep`.
    """
    require(precision_m, keep)
    if len(secret) < SECRET_BYTES:
        raise Refused("coarsen.secret", f"copies are drawn under a secret of at least {SECRET_BYTES} bytes")
    near = _told(site)
    kept: dict[str, Any] = {name: blotted(getattr(site, name), near) if name in keep else "" for name in TEXTS}
    kept["note"] = " ".join(part for part in (f"Copy {copy_number(recipient, secret)}.", kept["note"]) if part)
    centre, reach = _extent(site)
    uncertainty = site.uncertainty_m + reach + precision_m if centre else max(site.uncertainty_m, precision_m)
    drawn = draw(secret, "place", recipient, site.id, centre, float(precision_m))
    return replace(
        site,
        id=copy_id(site, secret),
        name=blotted(site.name, near),
        region=blotted(site.region, near),
        district=blotted(site.district, near),
        country=blotted(site.country, near),
        consent=blotted(site.consent, near),
        history=tuple(replace(was, words="") for was in site.history) if HISTORY in keep else (),
        position=moved(centre, precision_m, drawn) if centre else None,
        footprint=None,
        uncertainty_m=float(math.ceil(uncertainty)),
        **kept,
    )


def steadied(copy: Site, held: Site, true: Site) -> Site:
    """Return `copy` at the place where its recipient holds it already, if that copy still covers the true place.

    Only for copies of one recipient at one precision. A copy that has become much too wide is drawn anew all the same:
    a better position is worth telling.
    """
    centre, reach = _extent(true)
    if centre is None or held.position is None:
        return copy
    needed = distance_m(centre, held.position) + true.uncertainty_m + reach
    if needed > held.uncertainty_m or held.uncertainty_m > STEADY * copy.uncertainty_m:
        return copy
    return replace(copy, position=held.position, uncertainty_m=held.uncertainty_m)


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
    drawn = draw(secret, "number", recipient).hex()
    return f"{recipient}-{drawn[:4]}-{drawn[4:8]}"


_TELLING = re.compile(r"\d{4,}|\d\D{1,3}\d")
"""Digits in which a coordinate might be seen: four in a row, or two numbers with a mark between."""


def copy_id(site: Site, secret: bytes) -> str:
    """Return the id that every copy of a site has; one derived from content could be searched for, place by place.

    It follows from the id alone, so that a place that is corrected keeps it: an id that agreed with some place's
    coordinates is always drawn anew, whether or not this place is there.
    """
    if site.id.startswith("site/") or blotted(site.id) != site.id or _TELLING.search(site.id):
        return f"site/{draw(secret, 'id', site.id).hex()[:12]}"
    return site.id


def _told(site: Site) -> tuple[Position, ...]:
    """Return the positions that no text of a copy may tell."""
    return (*([site.position] if site.position else []), *(site.footprint.ring if site.footprint else ()))


def _extent(site: Site) -> tuple[Position | None, float]:
    """Return the middle of what is protected and how far [m] it reaches from there."""
    if site.footprint is None:
        return site.position, 0.0
    centre = site.position or middle(site.footprint.ring)
    # A ring lies near its middle (geo.volume), so its farthest point from any position is a corner.
    return centre, max(distance_m(centre, corner) for corner in site.footprint.ring) if centre else 0.0


def moved(true: Position, precision_m: float, chance: bytes) -> Position:
    """Return a position at most `precision_m` from `true`, drawn evenly over that disc and cut to fitting digits."""
    azimuth = 360.0 * int.from_bytes(chance[:8], "big") / 2**64
    share = math.sqrt(int.from_bytes(chance[8:16], "big") / 2**64)
    drawn = destination(true, azimuth, share * (1 - _ROUNDED) * precision_m)
    # Cutting to n digits moves by at most half a unit in each direction, so by its diagonal.
    unit = _ROUNDED * precision_m / (math.sqrt(0.5) * METRES_PER_DEGREE)
    digits = math.ceil(-math.log10(unit))
    return Position(lat=round(drawn.lat, digits), lon=round(drawn.lon, digits))


def draw(secret: bytes, *what: object) -> bytes:
    """Return bytes that look random to whoever lacks the secret, and are the same each time."""
    return hmac.new(secret, "\x1f".join(map(str, what)).encode(), sha256).digest()
