"""Recipients without a node: who is given which sites, how precisely, for what, in which form.

A recipient is an office that acts on a list and runs no node: a force's liaison desk, a coordination cell. What it is
given is decided here once, and stands until an officer signs otherwise: no package is more precise than this says.
Nothing of a person is kept; `channel` and `acknowledges` are labels of the desk's own.

>>> desk = Recipient(name="agency", formats=(Format.PDF,), precision_m=1000, categories=(Category.MEDICAL,))
>>> from_plain(to_plain(desk)) == desk
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from entente.errors import Malformed
from entente.ids import name as plain_name
from entente.joint.act import moment
from entente.joint.protected_sites import Category, Site
from entente.joint.releases import LONGEST_REFERENCE, LONGEST_WORDS, Limit, Purpose
from entente.picture import coarsen

LONGEST_LABEL = 120
"""[characters] Of a title, a channel, a way to acknowledge, a country's or a district's name."""
MOST_CHOSEN = 200
"""Names in one choice of lists, categories, countries or districts."""


class Format(StrEnum):
    """In which form a recipient takes what it is given."""

    PDF = "pdf"  # a form, with room to acknowledge
    DOCX = "docx"  # the same form, to be edited
    XLSX = "xlsx"  # a sheet by MGRS
    MGRS = "mgrs"  # the same table, to print
    CSV = "csv"
    KML = "kml"
    EMAIL = "email"  # plain text
    LIST = "list"  # a list to print and carry, with its age and hash


class Language(StrEnum):
    """In which language forms are written, English beside it."""

    ENGLISH = "en"
    FRENCH = "fr"
    RUSSIAN = "ru"
    ARABIC = "ar"


class LeftOut(StrEnum):
    """Why a site is not for a recipient."""

    LIST = "another list"
    CATEGORY = "another category"
    COUNTRY = "another country"
    DISTRICT = "another district"
    NAMED = "left out by name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """What one recipient is given. `precision_m` [m]; empty choices of lists, categories, countries, districts are all.

    `start` and `until` are times as acts spell them, empty for at once and without end; `keep` names texts that go
    along (`coarsen.KEPT`); `left_out` the ids of sites that never go to it.
    """

    name: str
    formats: tuple[Format, ...]
    precision_m: int
    title: str = ""
    purpose: Purpose = Purpose.KEEP_AWAY
    limits: tuple[Limit, ...] = (Limit.NOT_COMBINED,)
    words: str = ""
    consent: str = ""
    start: str = ""
    until: str = ""
    language: Language = Language.ENGLISH
    channel: str = ""
    acknowledges: str = ""
    lists: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    countries: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        plain_name(self.name, "recipient")
        coarsen.require(self.precision_m, self.keep)
        if not self.formats:
            raise Malformed("recipient.format", f"a recipient takes at least one format: {', '.join(Format)}")
        for what, text, longest in (
            ("title", self.title, LONGEST_LABEL), ("channel", self.channel, LONGEST_LABEL),
            ("acknowledges", self.acknowledges, LONGEST_LABEL), ("words", self.words, LONGEST_WORDS),
            ("consent", self.consent, LONGEST_REFERENCE),
        ):  # fmt: skip
            if len(text) > longest or text != " ".join(text.split()):
                raise Malformed("recipient.words", f"{what} is one line of at most {longest} characters")
        for what in ("lists", "categories", "countries", "districts", "left_out"):
            if len(getattr(self, what)) > MOST_CHOSEN:
                raise Malformed("recipient.choice", f"{what} names at most {MOST_CHOSEN}")
        start, until = (moment(text) if text else None for text in (self.start, self.until))
        if start and until and start >= until:
            raise Malformed("recipient.period", "a period begins before it ends")

    def begun(self, now: datetime) -> bool:
        """Whether its period has begun."""
        return not self.start or moment(self.start) <= now

    def over(self, now: datetime) -> bool:
        """Whether its period has ended."""
        return bool(self.until) and moment(self.until) <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A site as the desk itself holds it, in one of its lists; never handed out."""

    list: str
    site: Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a recipient is given, and what not, and why."""

    given: tuple[Listed, ...]
    left: tuple[tuple[Listed, LeftOut], ...]

    def reasons(self) -> dict[LeftOut, int]:
        """Return how many are left out for each reason."""
        found = [why for _, why in self.left]
        return {why: found.count(why) for why in LeftOut if why in found}


def choose(held: Iterable[Listed], recipient: Recipient) -> Choice:
    """Divide what is held into what a recipient is given and what is left out; nothing is lost in between."""
    wanted = _Wanted(recipient)
    given, left = [], []
    for one in held:
        why = wanted.against(one)
        if why is None:
            given.append(one)
        else:
            left.append((one, why))
    return Choice(given=tuple(given), left=tuple(left))


class _Wanted:
    """A recipient's choices, names folded once: two spellings of a country differ in case alone."""

    def __init__(self, recipient: Recipient) -> None:
        self._lists = frozenset(recipient.lists)
        self._categories = frozenset(recipient.categories)
        self._countries = _folded(recipient.countries)
        self._districts = _folded(recipient.districts)
        self._left_out = frozenset(recipient.left_out)

    def against(self, one: Listed) -> LeftOut | None:
        site = one.site
        if site.id in self._left_out:
            return LeftOut.NAMED
        if self._lists and one.list not in self._lists:
            return LeftOut.LIST
        if self._categories and site.category not in self._categories:
            return LeftOut.CATEGORY
        if self._countries and _fold(site.country) not in self._countries:
            return LeftOut.COUNTRY
        if self._districts and not self._districts & {_fold(site.district), _fold(site.region)}:
            return LeftOut.DISTRICT
        return None


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(_fold, names))


# -- spelling ----------------------------------------------------------------------------------------------------------

_LISTS: Mapping[str, type[StrEnum] | type[str]] = {
    "formats": Format, "limits": Limit, "lists": str, "categories": Category, "countries": str, "districts": str,
    "left_out": str, "keep": str,
}  # fmt: skip
_WORDS: Mapping[str, type[StrEnum]] = {"purpose": Purpose, "language": Language}


def to_plain(recipient: Recipient) -> dict[str, Any]:
    """Return a recipient as integers and text, what an officer signs."""
    plain = {field.name: getattr(recipient, field.name) for field in fields(recipient)}
    return {
        name: [str(one) for one in value] if name in _LISTS else value if name == "precision_m" else str(value)
        for name, value in plain.items()
    }


def from_plain(plain: Mapping[str, Any]) -> Recipient:
    """Return the recipient that `plain` spells.

    Raises:
        Malformed: `recipient.spelling`, or what a recipient refuses.
    """
    try:
        read = {name: _read(name, value) for name, value in plain.items()}
        return Recipient(**read)
    except (TypeError, ValueError) as error:
        raise Malformed("recipient.spelling", f"a recipient cannot be read: {error}") from None


def _read(name: str, value: Any) -> Any:
    if name in _LISTS:
        return tuple(_LISTS[name](one) for one in value)
    return _WORDS[name](value) if name in _WORDS else value


def changed(recipient: Recipient, **said: Any) -> Recipient:
    """Return a recipient with what was said changed; None leaves a field as it is.

    Raises:
        Malformed: what a recipient refuses.
    """
    return replace(recipient, **{name: value for name, value in said.items() if value is not None})


def told(before: Recipient | None, after: Recipient) -> Sequence[tuple[str, str, str]]:
    """Return each setting that differs as its name, what it was, and what it becomes."""
    old = to_plain(before) if before is not None else {}
    return [
        (name, _shown(old.get(name, "")), _shown(value))
        for name, value in to_plain(after).items()
        if _shown(value) != _shown(old.get(name, ""))
    ]


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
