"""`entente site export`: others' sites into a file, by order of two officers, with the terms on every page of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from entente.cli.desk import Desk
from entente.cli.files import write_file

if TYPE_CHECKING:
    from entente.ids import SubjectId
    from entente.joint.state import CircleFold


def export(desk: Desk, fold: CircleFold, item: SubjectId, out: Path, reason: str, second: str) -> None:
    """Write a list's sites into a file, after two officers have signed the order.

    Raises:
        Refused: `file.format`, `export.*`, `cli.speaker`.
    """
    from entente.node import exporting

    made = exporting.file_of(desk.node, fold, item, out.suffix.lower().lstrip("."), reason)
    data, notices = made.data, made.notices
    order(desk, fold, item, made.sites, out, reason, data, second, notices)
    # Noted first: a file that was not written is no harm, one that was not noted is.
    write_file(out, data)
    typer.echo(f"Exported {made.sites} sites to {out}. It is noted in our own record: entente record opened")


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
