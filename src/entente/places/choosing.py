"""Choosing places of a register: conditions as ``country=Mali``, all of which hold; of one key, any of its values.

>>> parse(["country=Mali", "country=Niger", "placed=no"])
{'country': ('Mali', 'Niger'), 'placed': ('no',)}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from entente.errors import Refused
from entente.joint.protected_sites import SiteStatus
from entente.places.flags import FlagCode
from entente.places.identity import Held
from entente.places.text import folded

Conditions = Mapping[str, tuple[str, ...]]


def _words(*names: str) -> Callable[[str, Held], set[str]]:
    return lambda _, held: {folded(str(getattr(held.site, name))) for name in names}


def _answer(yes: bool) -> set[str]:
    return {"yes"} if yes else {"no"}


_KEYS: Mapping[str, Callable[[str, Held], set[str]]] = {
    "list": lambda name, _: {folded(name)},
    "id": _words("id"),
    "name": _words("name"),
    "country": _words("country"),
    "region": _words("region"),
    "district": _words("district"),
    "settlement": _words("settlement"),
    "category": _words("category"),
    "source": _words("position_source"),
    "pcode": _words("pcode"),
    "flag": lambda _, held: {folded(flag.code) for flag in held.flags},
    "flagged": lambda _, held: _answer(bool(held.flags)),
    "placed": lambda _, held: _answer(held.site.position is not None),
    "listed": lambda _, held: _answer(held.listed),
    "ended": lambda _, held: _answer(held.site.status is SiteStatus.ENDED),
}


def parse(conditions: Iterable[str]) -> Conditions:
    """Return conditions by their key.

    Raises:
        Refused: `place.filter`.
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in conditions:
        key, mark, value = (part.strip() for part in text.partition("="))
        if not mark or key not in _KEYS:
            raise Refused("place.filter", f"{text!r} is no condition; write KEY=VALUE, with one of {', '.join(_KEYS)}")
        if key == "flag" and value not in set(FlagCode):
            raise Refused("place.filter", f"there is no flag {value!r}; there are {', '.join(FlagCode)}")
        found[key] = (*found.get(key, ()), value)
    return found


def chosen(places: Iterable[tuple[str, Held]], conditions: Conditions) -> list[tuple[str, Held]]:
    """Return the places, each with its list's name, for which every condition holds."""
    wanted: Sequence[tuple[Callable[[str, Held], set[str]], set[str]]] = [
        (_KEYS[key], {folded(value) for value in values}) for key, values in conditions.items()
    ]
    return [(name, held) for name, held in places if all(not read(name, held).isdisjoint(w) for read, w in wanted)]
