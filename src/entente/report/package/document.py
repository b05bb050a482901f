"""What every format of a package shows: its words, its rows, and what stands on each of its pages.

Rules kept, so that no format can break them:

- "Not listed is not unprotected", purpose, limits, period, copy number, the list's hash and its age stand in `foot`,
  which every page, sheet and table repeats; EXERCISE stands above, where it is one.
- A position is spelt only as finely as its uncertainty deserves (F-04), in degrees, in degrees with minutes, and in
  MGRS. What cutting digits costs is added to the uncertainty: whichever of the three is read, and from whichever corner
  of an MGRS square, the true place lies within the metres stated.
- A site over is named, and its place is not.

>>> spelt(Position(lat=31.946, lon=35.9287), 1050.0)
Spelt(decimal='31.9460 35.9287', dms='31°56\\'46"N 035°55\\'43"E', mgrs='36R YA 7684 3819', uncertainty_m=1072)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from entente.geo.interval import dtg
from entente.geo.position import Position, show
from entente.ids import Hash
from entente.joint.act import moment
from entente.joint.protected_sites import Category, DayMark, InfraredMark, Site
from entente.picture.packages import OVER, Change, Row
from entente.picture.recipients import Language, Recipient
from entente.report.package.words import RIGHT_TO_LEFT, WORDS, both, phrase

CUT = 0.05
"""The share of an uncertainty that cutting digits may cost."""
_ARC_SECOND_M = 31.1
"""[m] No second of arc on WGS84 is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package to be rendered. `rows` are as they are sent; `held` counts the sites in hands after it."""

    sender: str
    released_by: str
    exercise: bool
    recipient: Recipient
    number: int
    since: int
    made: datetime
    until: str
    copy: str
    rows: tuple[Row, ...]
    held: int
    list_hash: Hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelt:
    """One position in three spellings, and the radius [m] around each of them that holds the true place."""

    decimal: str
    dms: str
    mgrs: str
    uncertainty_m: int


def spelt(position: Position, uncertainty_m: float) -> Spelt:
    """Return a position as finely as its uncertainty [m] deserves."""
    allowed = max(CUT * uncertainty_m, 1.0)
    # An MGRS reference names a square, which some read as its corner and some as its middle: 1.42 sides at most.
    side = min(max(math.floor(math.log10(allowed / 1.42)), 0), 4)
    places = min(max(math.ceil(math.log10(_ARC_SECOND_M * math.sqrt(0.5) / allowed)), 0), 3)
    cost = max(1.42 * 10**side, _ARC_SECOND_M * math.sqrt(0.5) * 10.0**-places)
    # Four at least: rows that happen to end in noughts would look less exact than the others.
    digits = next(n for n in range(4, 8) if n == 7 or all(round(x, n) == x for x in (position.lat, position.lon)))
    *square, east, north = show(position).mgrs.split()
    return Spelt(
        decimal=f"{position.lat:.{digits}f} {position.lon:.{digits}f}",
        dms=f"{_dms(position.lat, 'NS', 2, places)} {_dms(position.lon, 'EW', 3, places)}",
        mgrs=" ".join([*square, east[: 5 - side], north[: 5 - side]]),
        uncertainty_m=math.ceil(uncertainty_m + cost),
    )


def _dms(degrees: float, letters: str, width: int, places: int) -> str:
    units = round(abs(degrees) * 3600 * 10**places)
    minutes, rest = divmod(units, 60 * 10**places)
    whole, minute = divmod(minutes, 60)
    seconds = f"{rest / 10**places:0{3 + places if places else 2}.{places}f}"
    return f"{whole:0{width}d}°{minute:02d}'{seconds}\"{letters[degrees < 0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row in words. `spelt` is None for what is not placed, or over."""

    number: int
    change: Change
    mark: str
    list: str
    id: str
    name: str
    category: str
    where: str
    area: tuple[str, ...]
    """Country, region and district: by what a list to carry is divided."""
    spelt: Spelt | None
    position: Position | None
    status: str
    marks: str
    verified: str
    remarks: str

    @property
    def told(self) -> str:
        """Everything that stands beside the place, in one line."""
        return " · ".join(filter(None, (self.mark, self.status, self.marks, self.verified, self.remarks)))


class Document:
    """A package in words, ready for any format."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.recipient = package.recipient
        self.language = package.recipient.language
        self._words = WORDS[self.language]

    # -- words ---------------------------------------------------------------------------------------------------------

    def word(self, key: str, *filled: object) -> str:
        """Return a word or sentence in the recipient's language."""
        return self._words[key].format(*filled) if filled else self._words[key]

    def label(self, key: str) -> str:
        """Return a label in the recipient's language, the English beside it."""
        return both(self.language, key)

    @property
    def right_to_left(self) -> bool:
        """Whether its language is written from right to left."""
        return self.language in RIGHT_TO_LEFT

    @property
    def reference(self) -> str:
        """By what people call it."""
        return f"{self.recipient.name} {self.package.number}"

    @cached_property
    def banner(self) -> str:
        """What stands above every page of an exercise, and empty otherwise."""
        if not self.package.exercise:
            return ""
        english = WORDS[Language.ENGLISH]["exercise"]
        return english if self.language is Language.ENGLISH else f"{self.word('exercise')}  ·  {english}"

    @cached_property
    def sentence(self) -> tuple[str, ...]:
        """The sentence that stands on every page, in the recipient's language and in English."""
        return tuple(dict.fromkeys((self.word("not_listed"), WORDS[Language.ENGLISH]["not_listed"])))

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """What the first page says before anything else."""
        return (*self.sentence, *(self.word(key) for key in ("not_request", "moved", "passing", "age")))

    @cached_property
    def purpose(self) -> str:
        """What it is for."""
        return self.word("only", phrase(self.language, self.recipient.purpose))

    @cached_property
    def limits(self) -> str:
        """Within which limits."""
        return "; ".join(phrase(self.language, limit) for limit in self.recipient.limits) or self.word("none")

    @cached_property
    def period(self) -> str:
        """From when until when it is used."""
        start, until = self.recipient.start, self.package.until
        begins = self.word("since", dtg(moment(start))) if start else self.word("now_on")
        return f"{begins}, {self.word('until', dtg(moment(until))) if until else self.word('no_end')}"

    @cached_property
    def foot(self) -> tuple[str, ...]:
        """What every page and sheet repeats."""
        return (
            *self.sentence,
            f"{self.word('purpose')}: {self.purpose}. {self.word('limits')}: {self.limits}. {self.word('passing')} "
            f"{self.word('period')}: {self.period}.",
            self.numbers,
        )

    @cached_property
    def numbers(self) -> str:
        """Reference, age, copy number and the list's hash, by which two people know that they hold the same.

        In a language from the right the words beside them are English: groups of figures among Arabic words change
        places (UAX #9, W2 and N1), and a hash that is read in another order is another hash.
        """
        words = WORDS[Language.ENGLISH if self.right_to_left else self.language]
        told = (("made", dtg(self.package.made)), ("copy", self.package.copy), ("hash", self.short_hash))
        return " · ".join((self.reference, *(f"{words[key]} {value}" for key, value in told)))

    @property
    def short_hash(self) -> str:
        """Enough of the list's hash to tell it from another by voice: four groups of four."""
        digest = self.package.list_hash
        return " ".join(digest[i : i + 4] for i in range(0, 16, 4))

    @cached_property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The head of a form: label and value, those that are empty left out."""
        package, to = self.package, self.recipient
        holds = self.word("changes", package.since) if package.since else self.word("whole")
        told = (
            ("to", to.title or to.name),
            ("from", package.sender),
            ("reference", self.reference),
            ("made", f"{dtg(package.made)}"),
            ("holds", f"{holds}: {self.counts}" if self.lines else f"{holds}. {self.word('nothing')}"),
            ("held", f"{package.held:,}"),
            ("purpose", self.purpose),
            ("limits", self.limits),
            ("in_words", to.words),
            ("consent", to.consent),
            ("period", self.period),
            ("precision", f"{to.precision_m:,} m"),
            ("copy", package.copy),
            ("released_by", package.released_by),
            ("hash", package.list_hash),
        )
        return tuple((self.label(key), value) for key, value in told if value)

    @cached_property
    def counts(self) -> str:
        """How many rows say what, in words."""
        changes = [row.change for row in self.package.rows]
        told = [(change, changes.count(change)) for change in Change if change in changes]
        return ", ".join(f"{self._change(change)} {n:,}".strip() for change, n in told)

    def _change(self, change: Change) -> str:
        return self.word(change).split(",")[0].lower()

    # -- rows ----------------------------------------------------------------------------------------------------------

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The rows in words, numbered in their order."""
        return tuple(self._line(number, row) for number, row in enumerate(self.package.rows, 1))

    @cached_property
    def several_lists(self) -> bool:
        """Whether rows come from more than one list."""
        return len({row.list for row in self.package.rows}) > 1

    def _line(self, number: int, row: Row) -> Line:
        site, over = row.site, row.change in OVER
        own_number = f"Copy {self.package.copy}."
        return Line(
            number=number, change=row.change, mark=self.word(row.change), list=row.list, id=site.id, name=site.name,
            category=self._category(site.category),
            where=", ".join(filter(None, dict.fromkeys((site.settlement, site.district, site.region, site.country)))),
            area=(site.country, site.region, site.district),
            spelt=spelt(site.position, site.uncertainty_m) if site.position else None, position=site.position,
            status="" if over else self._status(site), marks="" if over else self._marks(site),
            verified="" if over else self._verified(site),
            remarks="" if over else site.note.removeprefix(own_number).strip(),
        )  # fmt: skip

    def _category(self, category: Category) -> str:
        return phrase(self.language, category)

    def _status(self, site: Site) -> str:
        told = [] if site.position else [self.word("unplaced")]
        if site.expires_at is not None:
            key = "expired" if site.expires_at <= self.package.made else "until"
            told.append(self.word(key, dtg(site.expires_at)))
        return ", ".join(told)

    def _marks(self, site: Site) -> str:
        """Marks by day and in infrared; what is not stated is not told, and `none` is."""
        day = [self._mark(mark) for mark in DayMark if mark in site.day_marks]
        dark = [self._mark(mark) for mark in InfraredMark if mark in site.infrared_marks]
        told = [
            f"{self.word(key)}: {', '.join(found)}" for key, found in (("by_day", day), ("infrared", dark)) if found
        ]
        return f"{self.word('marks')} {'; '.join(told)}" if told else ""

    def _mark(self, mark: DayMark | InfraredMark) -> str:
        return self.word("no_mark") if mark.value == "none" else phrase(self.language, mark)

    def _verified(self, site: Site) -> str:
        how = [phrase(self.language, site.method)] if site.method else []
        how += [str(site.grade)] if site.grade else []
        told = f"{self.word('verified')}: {', '.join(how)}" if how else ""
        if site.confirmed_at is not None:
            by = f" ({site.confirmed_by})" if site.confirmed_by else ""
            return f"{told}; {self.word('confirmed')} {dtg(site.confirmed_at)}{by}".removeprefix("; ")
        return told
