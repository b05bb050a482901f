"""A movement's notice for a recipient without a node: one page to print, and the text of an e-mail.

It says who travels, when, by which way, how the vehicles are told by day and in the dark, who answers on the way, and
what an amendment has changed (F-19, F-20). On each page stands what stands on every page of a package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from entente.geo.interval import dtg
from entente.joint.journey import Guards, Journey, Vehicle, difference
from entente.joint.protected_sites import DayMark, InfraredMark
from entente.picture.recipients import Format, Language
from entente.report.package.document import Document, Package, spelt
from entente.report.package.paper import LOUD, QUIET, Column, Paper, Words
from entente.report.package.words import phrase

_STEPS = ("delivered", "opened", "read_back", "relayed", "loaded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A version of a movement as one recipient is given it, and the one before; `package` says for whom, for what."""

    package: Package
    name: str
    journey: Journey
    before: Journey | None


class MovementDocument(Document):
    """A movement's notice in words."""

    def __init__(self, notice: Notice) -> None:
        super().__init__(notice.package)
        self.notice = notice
        self.journey = notice.journey

    @property
    def reference(self) -> str:
        """By what people call it: recipient, movement and version."""
        return f"{self.recipient.name} {self.notice.name} {self.package.number}"

    @cached_property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The head of the notice."""
        journey, package = self.journey, self.package
        told = (
            ("to", self.recipient.title or self.recipient.name),
            ("from", package.sender),
            ("reference", self.reference),
            ("made", dtg(package.made)),
            ("what", journey.title),
            ("contact", journey.contact),
            ("from_to", f"{dtg(journey.start)} - {dtg(journey.end)}"),
            ("margin", f"± {journey.margin_s // 60} min"),
            ("width", f"± {journey.half_width_m:,.0f} m"),
            ("people", f"{journey.people:,}" if journey.people else self.word("not_stated")),
            ("guards", self._guards()),
            ("purpose", self.purpose),
            ("limits", self.limits),
            ("in_words", self.recipient.words),
            ("consent", journey.consent or self.recipient.consent),
            ("period", self.period),
            ("copy", package.copy),
            ("released_by", package.released_by),
            ("hash", package.list_hash),
        )
        return tuple((self.label(key), value) for key, value in told if value)

    def _guards(self) -> str:
        key = "no_guards" if self.journey.guards is Guards.NONE else str(self.journey.guards)
        return ", ".join(filter(None, (self.word(key), self.journey.guarded_by)))

    @cached_property
    def passages(self) -> tuple[tuple[str, str, str, str, str], ...]:
        """Each passage: its time, its name, its place in three spellings; the metres are those of the journey."""
        found = []
        for passage in self.journey.passages:
            at = spelt(passage.position, self.journey.uncertainty_m)
            found.append((dtg(passage.at), passage.name, f"{at.mgrs}   ± {at.uncertainty_m:,} m", at.decimal, at.dms))
        return tuple(found)

    @cached_property
    def vehicles(self) -> tuple[tuple[str, str, str], ...]:
        """Each kind of vehicle with its label, and how it is told by day and in the dark."""
        return tuple((self._called(v), self._day(v), self._dark(v)) for v in self.journey.vehicles)

    def _called(self, vehicle: Vehicle) -> str:
        return " ".join(filter(None, (f"{vehicle.count} ×", phrase(self.language, vehicle.kind), vehicle.label)))

    def _day(self, vehicle: Vehicle) -> str:
        return ", ".join(self._mark(m) for m in DayMark if m in vehicle.day_marks) or self.word("not_stated")

    def _dark(self, vehicle: Vehicle) -> str:
        return ", ".join(self._mark(m) for m in InfraredMark if m in vehicle.infrared_marks) or self.word("not_stated")

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a reader is not to miss: that a version is replaced, that something cannot be told in the dark."""
        told = [self.word("new_version", self.package.since)] if self.package.since else []
        return (*told, *([] if self.journey.marked_at_night else [self.word("in_the_dark")]))

    @cached_property
    def changes(self) -> tuple[tuple[str, str, str], ...]:
        """What has changed: what it is, how it was, how it is. A passage is told by time and place, without its name.

        Names may run from the right, and would make the figures beside them change places.
        """
        if self.notice.before is None:
            return ()
        was, now = self.notice.before, self.journey
        told = []
        for place in range(max(len(was.passages), len(now.passages))):
            one, other = (self._passage(journey, place) for journey in (was, now))
            if one != other:
                told.append((f"{self.word('number')} {place + 1}", one, other))
        rest = [c for c in difference(was, now) if not c.what.startswith("passage")]
        return (*told, *((c.what, c.old or "—", c.new or "—") for c in rest))

    def _passage(self, journey: Journey, place: int) -> str:
        if place >= len(journey.passages):
            return "—"
        passage = journey.passages[place]
        return f"{dtg(passage.at)}   {spelt(passage.position, journey.uncertainty_m).mgrs}"

    @property
    def note(self) -> str:
        """The sender's note, without the copy's number, which stands on the page."""
        return self.journey.note.removeprefix(f"Copy {self.package.copy}.").strip()


def form(document: MovementDocument) -> bytes:
    """Return the page: what moves, when, where, how it is told, what has changed, and where to acknowledge."""
    paper = Paper(document, document.word("movement"))
    paper.say(Words(text=document.label("movement"), size=14, bold=True), after=1.0)
    for warning in document.warnings:
        paper.say(Words(text=warning, size=9, bold=True, colour=LOUD), after=0.4)
    label = 44.0 if document.language is Language.ENGLISH else 62.0
    for name, value in document.facts:
        lines = paper.wrapped(Words(text=value, size=7.5, bold=True), paper.width - label)
        paper.place(0, paper.y, label, Words(text=name, size=6.5, colour=QUIET))
        for line in lines:
            paper.place(label, paper.y, paper.width - label, Words(text=line, size=7.5, bold=True))
            paper.y += 3.3
    paper.y += 1.0
    for sentence in document.sentences:
        paper.say(Words(text=sentence, size=7, bold=sentence in document.sentence), after=0.0)
    paper.y += 1.0
    _table(
        document, paper, (("number", 12.0), ("time", 32.0), ("name", 46.0), ("mgrs", 52.0), ("position", 48.0)),
        [
            [
                [Words(text=str(number), size=7.5)], [Words(text=when, size=8, bold=True)],
                [Words(text=name, size=7.5)], [Words(text=mgrs, size=8, bold=True)],
                [Words(text=decimal, size=6.5), Words(text=dms, size=6.5)],
            ]
            for number, (when, name, mgrs, decimal, dms) in enumerate(document.passages, 1)
        ],
    )  # fmt: skip
    told = document.vehicles or ((document.word("not_stated"), "", ""),)
    _table(
        document, paper, (("vehicles", 70.0), ("by_day", 60.0), ("infrared", 60.0)),
        [_three(*row) for row in told],
    )  # fmt: skip
    if document.changes:
        changes = [_three(*row) for row in document.changes]
        _table(document, paper, (("differences", 40.0), ("was", 75.0), ("is_now", 75.0)), changes)
    if document.note:
        paper.say(Words(text=f"{document.word('remarks')}: {document.note}", size=8), after=0.6)
    _acknowledgement(document, paper)
    return paper.bytes()


def _three(what: str, one: str, other: str) -> list[list[Words]]:
    return [[Words(text=what, size=7.5, bold=True)], [Words(text=one, size=7)], [Words(text=other, size=7)]]


def _table(
    document: MovementDocument, paper: Paper, heads: tuple[tuple[str, float], ...], rows: list[list[list[Words]]]
) -> None:
    paper.columns([Column(head=document.label(key), width=width) for key, width in heads])
    for row in rows:
        paper.row(row)
    paper.columns(())
    paper.y += 1.5


def _acknowledgement(document: MovementDocument, paper: Paper) -> None:
    paper.need(46.0)
    paper.say(Words(text=document.label("acknowledgement"), size=9.5, bold=True), after=0.2)
    back = document.recipient.acknowledges
    paper.say(Words(text=document.word("acknowledging"), size=7), after=0.2)
    if back:
        paper.say(Words(text=f"{document.word('return_to')}: {back}", size=7, bold=True), after=0.6)
    widths = (("step", 58.0), ("time", 40.0), ("unit", 46.0), ("office", 46.0))
    grid = [Column(head=document.label(key), width=width) for key, width in widths]
    paper.boxes(grid, [document.label(step) for step in _STEPS], 5.4)


def email(document: MovementDocument) -> bytes:
    """Return the same as the text of an e-mail."""
    return "\r\n".join(_email(document)).encode()


def _email(document: MovementDocument) -> Iterator[str]:
    yield " ".join(filter(None, (document.banner, document.word("movement"), document.reference)))
    yield ""
    yield from (*document.warnings, *document.sentences, "")
    yield from (f"{label}: {value}" for label, value in document.facts)
    yield ""
    for number, (when, name, mgrs, decimal, dms) in enumerate(document.passages, 1):
        yield " ".join(filter(None, (f"{number}. {when}", name)))
        yield from (f"    {mgrs}", f"    {decimal}   {dms}")
    yield ""
    for called, day, dark in document.vehicles:
        yield f"{called}; {document.word('by_day')}: {day}; {document.word('infrared')}: {dark}"
    if document.changes:
        yield f"{document.word('differences')}:"
        yield from (f"    {what}: {old} -> {new}" for what, old, new in document.changes)
    if document.note:
        yield f"{document.word('remarks')}: {document.note}"
    yield ""
    yield document.word("acknowledging")
    yield from (*document.foot, document.banner, "")


_WRITES: Mapping[Format, tuple[str, Callable[[MovementDocument], bytes]]] = {
    Format.PDF: ("movement.pdf", form),
    Format.EMAIL: ("movement.txt", email),
}


def render(notice: Notice) -> dict[str, bytes]:
    """Return a notice's files by name: the page always, the text for whoever takes packages by e-mail."""
    document = MovementDocument(notice)
    stem = f"{notice.package.recipient.name}-{notice.name}-{notice.package.number:03d}"
    chosen = [Format.PDF, *([Format.EMAIL] if Format.EMAIL in notice.package.recipient.formats else [])]
    return {f"{stem}-{_WRITES[one][0]}": _WRITES[one][1](document) for one in chosen}
