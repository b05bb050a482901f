"""The register at a page: its places, flags and history; lists read, shown and taken. As `entente place` does it."""

from __future__ import annotations

import base64
import binascii
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from entente.adapters import ground, lists, sheets
from entente.errors import Malformed, Refused
from entente.geo.interval import parse_time
from entente.geo.position import show
from entente.ids import name as plain_name
from entente.joint.act import spell
from entente.joint.protected_sites import SiteStatus
from entente.node.node import Node
from entente.node.register import MARK, Event, Register, Staged, grouped
from entente.places import across, columns
from entente.places.across import Entry
from entente.places.flags import Flag, FlagCode
from entente.places.identity import Answers, Change, Held, Kind, Outcome
from entente.places.rows import Stated
from entente.web import forms
from entente.web.desk.office import Desk
from entente.web.desk.shapes import (
    Accept,
    ColumnsView,
    FlagView,
    ListCount,
    Option,
    OutcomeView,
    PlaceDetail,
    PlaceEvent,
    PlaceRow,
    RefusedView,
    RegisterPage,
    StagedView,
    State,
    Taken,
    Upload,
)
from entente.web.desk.shelf import counted
from entente.web.shapes import Difference

PAGE = 100
LARGEST = 32 * 1024 * 1024
"""[bytes] A list of a hundred thousand rows is a third of it."""
MOST_TOLD = 200


# -- what is held ------------------------------------------------------------------------------------------------------


def page(
    desk: Desk, others: Sequence[Entry], *, q: str = "", name: str = "", flag: str = "", district: str = "",
    state: State = "", number: int = 1,
) -> RegisterPage:  # fmt: skip
    """Return a page of the register, and the lists, flags and districts that one may choose from."""
    shelf = desk.shelf(others)
    with desk.register() as register:
        waiting, counts = register.waiting(), register.lists()
    found = shelf.find(q=q, name=name, flag=flag, district=district, state=state)
    flags, districts = shelf.gathered(name)
    pages = max(-(-len(found) // PAGE), 1)
    here = min(number, pages)
    return RegisterPage(
        lists=tuple(ListCount(name=of, places=counts.get(of, 0), waits=of in waiting)
                    for of in sorted({*counts, *waiting})),
        flags=flags, districts=districts,
        places=tuple(_row(of, held) for of, held in found[(here - 1) * PAGE : here * PAGE]),
        total=len(found), page=here, pages=pages,
    )  # fmt: skip


def place(desk: Desk, others: Sequence[Entry], wanted: str) -> PlaceDetail:
    """Return one place with all that ever happened to it.

    Raises:
        Refused: `place.unknown`.
    """
    with desk.register() as register:
        of, held = register.place(wanted)
        events = register.history(wanted)
    site, held = held.site, replace(held, flags=desk.shelf(others).flags(wanted) or held.flags)
    shown = show(site.position) if site.position else None
    verified = ", ".join(
        filter(None, (str(site.grade or ""), str(site.method or ""), site.verifier, site.confirmed_by))
    )
    return PlaceDetail(
        place=_row(of, held), decimal=shown.decimal if shown else "", dms=shown.dms if shown else "",
        mgrs=shown.mgrs if shown else "", written=held.written, source=site.position_source, verified=verified,
        note=site.note, history=tuple(map(_event, events)),
    )  # fmt: skip


def _row(of: str, held: Held) -> PlaceRow:
    site = held.site
    return PlaceRow(
        list=of, id=site.id, name=site.name, category=str(site.category), row=held.row,
        position=forms.point(site.position) if site.position else None, uncertainty_m=site.uncertainty_m,
        settlement=site.settlement, district=site.district, country=site.country, listed=held.listed,
        ended=site.status is SiteStatus.ENDED, merged_into=held.merged_into, expires_at=site.expires_at,
        flags=_flags(held.flags),
    )  # fmt: skip


def _flags(found: Iterable[Flag]) -> tuple[FlagView, ...]:
    """Return flags as they are told; which entry a double is, is told beside it alone (`doubling`)."""
    return tuple(
        FlagView(
            code=str(one.code), detail="" if one.code is FlagCode.DUPLICATE_ACROSS else one.detail, column=one.column
        )
        for one in found
    )  # fmt: skip


def _event(one: Event) -> PlaceEvent:
    return PlaceEvent(
        at=parse_time(one.at), by=one.by, kind=one.kind, file=one.file, place=one.place, changes=_changes(one.changes)
    )


def _changes(found: Iterable[Change]) -> tuple[Difference, ...]:
    return tuple(
        Difference(what=one.field, old=_value(one.field, one.before), new=_value(one.field, one.after))
        for one in found
        if one.field != MARK
    )


def _value(field: str, value: Any) -> str:
    """Return a field's value in words: positions in degrees, lengths in metres, outlines by their corners."""
    if isinstance(value, dict):
        if {"lat_e7", "lon_e7"} <= value.keys():
            return f"{value['lat_e7'] / 1e7:.6f} {value['lon_e7'] / 1e7:.6f}"
        return ", ".join(f"{key}: {value[key]}" for key in sorted(value))[:200]
    if field.endswith("_mm") and isinstance(value, int):
        return f"{value / 1000:,.0f} m"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)[:200]
    return "" if value in (None, "", []) else str(value)[:200]


# -- lists in ----------------------------------------------------------------------------------------------------------


@contextmanager
def _file(asked: Upload) -> Iterator[Path]:
    """Lay a file that was sent into a folder of its own, under the last part of its name, for as long as it is read.

    Raises:
        Malformed: `desk.file`, `desk.large`.
    """
    name = re.sub(r"[^\w.() -]", "_", asked.file.replace("\\", "/").rpartition("/")[2]).strip(" .")[-100:]
    if not name:
        raise Malformed("desk.file", "the file has no name; its ending tells how it is to be read")
    if len(asked.data) > LARGEST * 4 // 3 + 4:
        raise Malformed(
            "desk.large", f"the file is larger than {LARGEST // 1024 // 1024} MB; part it, or use place import"
        )
    try:
        data = base64.b64decode(asked.data, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("desk.file", "the file's bytes are not base64") from None
    with tempfile.TemporaryDirectory(prefix="entente-list-") as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        yield path


def read_columns(desk: Desk, asked: Upload) -> ColumnsView:
    """Return the columns of a sheet and what each is taken for, before it is read.

    Raises:
        Malformed: as `adapters.sheets.read`; `desk.file`, `desk.large`. Refused: `xlsx.sheet`, `desk.busy`.
    """
    with desk.reading(), _file(asked) as path, desk.register() as register:
        top = [line.cells for line in islice(_lines(path, asked), columns.LOOKED_THROUGH)]
        header = columns.find_header(top, register.mappings())
    titles = {field: header.labels[at] for field, at in header.columns.items() if at < len(header.labels)}
    return ColumnsView(
        labels=tuple(label for label in header.labels if label), found=titles, fields=tuple(columns.FIELDS)
    )


def _lines(path: Path, asked: Upload) -> Iterator[Any]:
    return iter(sheets.read(path, sheet=asked.sheet, encoding=asked.encoding).lines)


def read(
    desk: Desk, node: Node, asked: Upload, others: Sequence[Entry], officer: str, now: datetime
) -> StagedView:  # fmt: skip
    """Read a list and keep it aside, to be looked at and accepted; nothing is taken into the register.

    Raises:
        Malformed: as `adapters.lists.read`, `name.spelling`; `desk.file`, `desk.large`.
        Refused: `place.columns`, `place.column`, `place.field`, `xlsx.sheet`. Unavailable: `desk.busy`.
    """
    name = plain_name(asked.list, "list")
    stated = Stated(
        country=asked.country, district=asked.district, category=asked.category, position_source=asked.source,
        datum=asked.datum,
    )  # fmt: skip
    said = {field: title for field, title in asked.columns.items() if title}
    with desk.reading(), _file(asked) as path, desk.register() as register:
        listing = lists.read(
            path, sheet=asked.sheet, encoding=asked.encoding, said=said, remembered=register.mappings(), stated=stated,
            ground=ground.of_the_world(),
        )  # fmt: skip
        if said:
            shape, labels = listing.header.shape, listing.header.labels
            register.remember(shape, labels, {**register.mappings().get(shape, {}), **said}, spell(now))
        staged = Staged(
            list=name, file=path.name, sha256=listing.sha256, at=spell(now), by=officer, rows=listing.rows,
            flags=listing.flags, refused=listing.refused, rule=register.rule(name),
        )  # fmt: skip
        outcomes = _beside(register, staged, others)
        if all(one.kind is Kind.SAME for one in outcomes):
            register.unstage(name)
        else:
            register.stage(staged)
    node.journal("places_read", list=name, file=staged.file, sha256=staged.sha256, rows=len(staged.rows), by=officer,
                 account="centre")  # fmt: skip
    titles = {field: listing.header.labels[at] for field, at in listing.header.columns.items()}
    return _staged(staged, outcomes, desk, "", 1, titles, listing.unused, listing.notes)


def staged(desk: Desk, name: str, others: Sequence[Entry], kind: str, number: int) -> StagedView:
    """Return what waits to be accepted under a name: a page of what it would do, of one kind where one is named.

    Raises:
        Refused: `place.nothing_staged`, `place.stale`.
    """
    with desk.register() as register:
        found = register.staged(plain_name(name, "list"))
        outcomes = _beside(register, found, others)
    return _staged(found, outcomes, desk, kind, number)


def _beside(register: Register, found: Staged, others: Sequence[Entry]) -> list[Outcome]:
    """Return what a staged list would do; its rows are held beside other lists, and beside other parties'."""
    return across.beside(found.list, register.compare(found), register.places(), others, register.settled())


def _staged(
    found: Staged, outcomes: Sequence[Outcome], desk: Desk, kind: str, number: int,
    titles: dict[str, str] | None = None, unused: Sequence[str] = (), notes: Sequence[str] = (),
) -> StagedView:  # fmt: skip
    by_kind = grouped(outcomes)
    names = {held.site.id: held.site.name for of, held in desk.places() if of == found.list}
    seen = sorted((one.row.number, one.flags) for one in outcomes if one.row is not None)
    # What is in doubt first, then what moved, farthest first: it may be two coordinates that somebody swapped.
    order = [Kind.AMBIGUOUS, Kind.MOVED, Kind.CHANGED, Kind.BACK, Kind.GONE, Kind.NEW]
    shown = [one for each in order for one in sorted(by_kind.get(each, []), key=lambda one: -(one.moved_m or 0.0))]
    wanted = [one for one in shown if kind in ("", one.kind)]
    pages = max(-(-len(wanted) // PAGE), 1)
    here = min(number, pages)
    return StagedView(
        list=found.list, file=found.file, sha256=found.sha256, rows=len(found.rows), by=found.by,
        at=parse_time(found.at), columns=titles or {}, unused=tuple(unused), notes=tuple(notes)[:MOST_TOLD],
        refused=tuple(RefusedView(row=one.number, why=one.why) for one in found.refused[:MOST_TOLD]),
        flags=counted((row, {flag.code for flag in flags}) for row, flags in seen),
        counts={str(each): len(some) for each, some in by_kind.items()},
        waits=any(each is not Kind.SAME for each in by_kind), kind=kind,
        outcomes=tuple(_outcome(one, names) for one in wanted[(here - 1) * PAGE : here * PAGE]), page=here, pages=pages,
    )  # fmt: skip


def _outcome(one: Outcome, names: dict[str, str]) -> OutcomeView:
    return OutcomeView(
        kind=str(one.kind), row=one.row.number if one.row else None, id=one.id,
        name=one.site.name if one.site else names.get(one.id, ""), moved_m=one.moved_m, changes=_changes(one.changes),
        options=tuple(Option(id=name, name=names.get(name, ""), points=points) for name, points in one.options),
        flags=_flags(one.flags),
    )  # fmt: skip


def accept(desk: Desk, node: Node, name: str, asked: Accept, officer: str, now: datetime) -> Taken:
    """Take the list that was shown, all of it or nothing.

    Raises:
        Refused: `place.nothing_staged`, `place.stale`, `place.ambiguous`, `place.answer`; `centre.stale`, when another
            list waits under this name by now.
    """
    same = {int(row): wanted for row, wanted in asked.same.items() if row.isascii() and row.isdigit()}
    answers = Answers(same=same, new=frozenset(asked.new), rest_new=asked.rest_new)
    with desk.register() as register:
        found = register.staged(plain_name(name, "list"))
        if found.sha256 != asked.sha256:
            raise Refused("centre.stale", f"another file waits as {name} by now; look again")
        taken, _ = register.accept(found, answers, spell(now), officer)
    node.journal("places_accepted", list=taken.list, file=taken.file, sha256=taken.sha256, rows=taken.rows, by=officer,
                 account="centre", **taken.counts)  # fmt: skip
    return Taken(list=taken.list, file=taken.file, rows=taken.rows, counts=dict(taken.counts))


def drop(desk: Desk, name: str) -> None:
    """Forget a list that waits; nothing of it was taken."""
    with desk.register() as register:
        register.unstage(plain_name(name, "list"))


# -- what the desk says itself -----------------------------------------------------------------------------------------


def end(
    desk: Desk, node: Node, others: Sequence[Entry], places: Sequence[str], again: bool, officer: str, now: datetime
) -> PlaceDetail:  # fmt: skip
    """Say that places need protection no longer, or that they do after all; whoever holds them is told with an issue.

    Raises:
        Refused: `place.unknown`, `place.ended`, `place.none`.
    """
    if not places:
        raise Refused("place.none", "no place was named")
    with desk.register() as register:
        register.end(places, spell(now), officer, again=again)
    node.journal("places_ended", places=", ".join(places), again=str(again).lower(), by=officer, account="centre")
    return place(desk, others, places[0])


def merge(
    desk: Desk, node: Node, others: Sequence[Entry], kept: str, other: str, officer: str, now: datetime
) -> PlaceDetail:  # fmt: skip
    """Say that two entries are one place; both histories stay.

    Raises:
        Refused: `place.unknown`, `place.merged`.
    """
    with desk.register() as register:
        register.merge(kept, other, spell(now), officer)
    node.journal("places_merged", kept=kept, other=other, by=officer, account="centre")
    return place(desk, others, kept)
