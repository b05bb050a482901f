"""`entente site export`: others' sites into a file, by order of two officers, with the terms on every page of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from entente.cli.desk import Desk
from entente.cli.files import write_file
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.ids import SubjectId
    from entente.joint.state import CircleFold
    from entente.picture.board import SiteRow

SENTENCE = "Not listed is not unprotected."


def export(desk: Desk, fold: CircleFold, item: SubjectId, out: Path, reason: str, second: str) -> None:
    """Write a list's sites into a file, after two officers have signed the order.

    Raises:
        Refused: `file.format`, `export.*`, `cli.speaker`.
    """
    from entente.node import terms
    from entente.picture import board

    released = desk.released(fold, item)
    rows = [row for row in board.site_rows(desk.node.watch.sites, desk.now, released) if row.subject == item]
    notices = [line for row in released for line in row.notice]
    numbers = sorted({number for row in rows for number in terms.COPY.findall(row.site.note)})
    notices += [f"Copy {number}." for number in numbers]
    head = [f"Exported by {desk.node.party}: {' '.join(reason.split())}", *notices, SENTENCE]
    data = _written(desk, item, out, rows, head)
    order(desk, fold, item, len(rows), out, reason, data, second, notices)
    # Noted first: a file that was not written is no harm, one that was not noted is.
    write_file(out, data)
    typer.echo(f"Exported {len(rows)} sites to {out}. It is noted in our own record: entente record opened")


def order(
    desk: Desk,
    fold: CircleFold,
    item: SubjectId,
    sites: int,
    out: Path,
    reason: str,
    data: bytes,
    second: str,
    notices: Sequence[str] = (),
) -> None:
    """Have two officers sign that others' sites leave in a file with these bytes, and note it in our own record.

    Raises:
        Refused: `export.*`, `cli.speaker`, `cli.unconfirmed`.
    """
    import getpass

    from entente.node import exporting

    wanted = exporting.draw_up(desk.node, fold, item, sites, reason, data, desk.home.exports_a_day)
    officers = [desk.officer(exporting.OFFICES), desk.officer(exporting.OFFICES, second)]
    for line in (
        f"Order to export {wanted.sites} sites of {item} to {out.name}.",
        f"Reason: {wanted.reason}",
        *notices,
    ):
        typer.echo(line)
    desk.ask(f"Sign this as {officers[0][0]} and as {officers[1][0]}?")
    signed = [
        exporting.Signature(officer=who, office=office, signature=desk.key(who).sign(exporting.KIND, wanted.encode()))
        for who, office in officers
    ]
    exporting.confirm(desk.node, desk.book, wanted, signed, getpass.getuser())


def _written(desk: Desk, item: SubjectId, out: Path, rows: Sequence[SiteRow], head: Sequence[str]) -> bytes:
    match out.suffix.lower():
        case ".csv":
            return _csv(rows, head).encode()
        case ".json":
            return _json(rows, head).encode()
        case ".html":
            return _page(desk, item, rows, head).encode()
    raise Refused("file.format", "is not written here; give .csv, .json or .html", where=out.name)


def _csv(rows: Sequence[SiteRow], head: Sequence[str]) -> str:
    """Return a sheet whose every row repeats on what terms it is held: rows are sorted, cut and pasted."""
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\r\n")
    sheet.writerow(
        ("id", "name", "category", "lat", "lon", "uncertainty_m", "district", "country", "status", "note", "terms")
    )
    for row in rows:
        site, at = row.site, row.site.position
        place = (at.lat, at.lon) if at else ("", "")
        fields = (site.id, site.name, site.category, *place, f"{site.uncertainty_m:g}", site.district, site.country)
        sheet.writerow(_inert(str(field)) for field in (*fields, site.status, site.note, " ".join(head)))
    return text.getvalue()


def _inert(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a number is none."""
    try:
        float(text)
    except ValueError:
        return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
    return text


def _json(rows: Sequence[SiteRow], head: Sequence[str]) -> str:
    from entente.joint.spelling import site_to_plain

    sites = [{**site_to_plain(r.site), "expired": r.expired, "withdrawn": r.withdrawn} for r in rows]
    return json.dumps({"terms": list(head), "sites": sites}, indent=2, ensure_ascii=False)


def _page(desk: Desk, item: SubjectId, rows: Sequence[SiteRow], head: Sequence[str]) -> str:
    from datetime import timedelta

    from entente.geo.interval import Interval
    from entente.report.minute import minute
    from entente.report.story import Story

    story = Story(
        title=f"Protected sites: {item}", exercise=desk.home.exercise, made_at=desk.now,
        sites=tuple(row.site for row in rows),
        window=Interval(start=desk.now, end=desk.now + timedelta(days=1)), notices=tuple(head),
    )  # fmt: skip
    return minute(story)
