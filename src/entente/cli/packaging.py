"""What the commands about recipients and packages share: signing, what is held to be given, and how it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from entente.cli import show
from entente.cli.desk import Desk
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.node.movement_packages import Prepared as MovementPrepared
    from entente.node.packages import Manifest, Prepared
    from entente.node.papers import Paper, Sent, Signed
    from entente.picture.recipients import Listed, Recipient
    from entente.report.package.document import Document
    from entente.report.package.movement import Notice


# -- signing -----------------------------------------------------------------------------------------------------------


def keep(desk: Desk, officer: tuple[str, str], every: Sequence[Paper]) -> list[Signed]:
    """Sign papers, the key being unlocked once for all of them, and note them, all or none.

    Raises:
        Refused: `custody.*`, and as `node.papers.keep`.
    """
    from entente.node import papers

    signed = [sign(desk, officer, one.kind, one.message) for one in every]
    papers.keep(desk.node, list(zip(every, signed, strict=True)))
    return signed


def sign(desk: Desk, officer: tuple[str, str], kind: str, message: bytes) -> Signed:
    """Return an officer's signature over a message; the key is unlocked now.

    Raises:
        Refused: `custody.*`.
    """
    from entente.node.papers import Signed

    who, office = officer
    key = desk.key(who)
    return Signed(officer=who, office=office, key=key.public.plain(), signature=key.sign(kind, message))


def officer(desk: Desk) -> tuple[str, str]:
    """Return who releases packages: as the options say, else the first on the roster who may.

    Raises:
        Refused: `cli.speaker`.
    """
    from entente.node import papers

    return desk.officer(papers.offices(desk.node))


def enlist(desk: Desk, before: Recipient | None, after: Recipient) -> None:
    """Show what a recipient is to be given, have it signed, and note it.

    Raises:
        Refused: `recipient.*`, `cli.speaker`, `cli.unconfirmed`, `package.office`.
    """
    from entente.node import enlistment
    from entente.picture import recipients

    differs = recipients.told(before, after)
    if not differs:
        typer.echo(f"{after.name} is given that already; nothing was changed.")
        return
    message = enlistment.statement(desk.node, after, desk.now)
    who = officer(desk)
    show.banner(desk.home.exercise)
    typer.echo(f"{'Change' if before else 'Add'} the recipient {after.name}, who runs no node:")
    for name, old, new in differs:
        was = f" (was: {old})" if old else ""
        typer.echo(f"  {name.replace('_', ' ')}: {new or 'nothing'}{was}")
    if before is not None and after.precision_m < before.precision_m:
        typer.echo(
            f"More precise than before: {before.precision_m:,} m until now, {after.precision_m:,} m from now on."
        )
    desk.ask(f"Sign this as {who[0]}, {who[1]}?")
    enlistment.enlist(desk.node, message, sign(desk, who, enlistment.KIND, message))
    typer.echo(f"Noted in our own record: {after.name}.")


# -- what is held ------------------------------------------------------------------------------------------------------


def held(desk: Desk, file: Path | None, name: str, conditions: Sequence[str]) -> list[Listed]:
    """Return the sites that the desk holds: those of a file, under its list's name, or those of the register.

    Raises:
        Refused: `package.sites`, `place.filter`; as reading the file does.
    """
    from contextlib import closing

    from entente.cli import site
    from entente.ids import name as plain_name
    from entente.node.register import open_register
    from entente.picture.recipients import Listed
    from entente.places import choosing

    if file is not None:
        if not name or conditions:
            raise Refused("package.sites", "say with --list which list the file is; --filter chooses from the register")
        return [Listed(list=plain_name(name, "list"), site=one) for one in site.read_sites(file)]
    wanted = choosing.parse([*conditions, *([f"list={name}"] if name else [])])
    with closing(open_register(desk.home.path)) as register:
        places = choosing.chosen(register.places(), wanted)
    found = [Listed(list=of, site=place.site) for of, place in places if not place.merged_into]
    if not found:
        raise Refused("package.sites", "the register holds no such place; import a list, or name a FILE with --list")
    return found


def document(desk: Desk, prepared: Prepared, released_by: str) -> Document:
    """Return a package in words."""
    from entente.picture.packages import digest
    from entente.report.package.document import Document, Package

    return Document(
        Package(
            sender=desk.home.title, released_by=released_by, exercise=desk.home.exercise, recipient=prepared.recipient,
            number=prepared.number, since=prepared.since, made=prepared.made, until=prepared.until, copy=prepared.copy,
            rows=prepared.rows, held=len(prepared.after), list_hash=digest(prepared.after),
        )
    )  # fmt: skip


def notice(desk: Desk, prepared: MovementPrepared, released_by: str) -> Notice:
    """Return a movement's version in words."""
    from entente.node.movement_packages import digest
    from entente.report.package.document import Package
    from entente.report.package.movement import Notice

    package = Package(
        sender=desk.home.title, released_by=released_by, exercise=desk.home.exercise, recipient=prepared.recipient,
        number=prepared.version, since=prepared.version - 1, made=prepared.made, until=prepared.recipient.until,
        copy=prepared.copy, rows=(), held=0, list_hash=digest(prepared.journey),
    )  # fmt: skip
    return Notice(package=package, name=prepared.movement, journey=prepared.journey, before=prepared.before)


# -- how it is shown ---------------------------------------------------------------------------------------------------


def chosen(one: Recipient) -> str:
    """Return which sites a recipient is given, in words."""
    told = (
        ("lists", one.lists), ("", tuple(c.replace("_", " ") for c in one.categories)), ("in", one.countries),
        ("in", one.districts), ("never", one.left_out),
    )  # fmt: skip
    return "\n".join(f"{word} {', '.join(names)}".strip() for word, names in told if names) or "all"


def purpose(one: Recipient) -> str:
    """Return for what and within which limits."""
    from entente.picture.terms import PURPOSES, limits

    return f"to {PURPOSES[one.purpose]}\n{limits(one.limits)}"


def period(one: Recipient) -> str:
    """Return from when until when."""
    from entente.joint.act import moment

    start = show.when(moment(one.start)) if one.start else "now"
    return f"from {start}\n{f'until {show.when(moment(one.until))}' if one.until else 'without end'}"


def last(of: Sent[Manifest] | None) -> str:
    """Return a recipient's last package in a cell."""
    return f"{of.manifest.number}\n{show.when(of.at)}" if of is not None else "none yet"


def facts(one: Recipient) -> list[tuple[str, str]]:
    """Return everything that is kept of a recipient."""
    return [
        ("recipient", f"{one.name}{f', {one.title}' if one.title else ''}"),
        ("formats", ", ".join(one.formats)),
        ("language", str(one.language)),
        ("precision", f"{one.precision_m:,} m"),
        ("sites", "; ".join(chosen(one).splitlines())),
        ("texts that go along", ", ".join(one.keep)),
        ("purpose and limits", "; ".join(purpose(one).splitlines())),
        ("in words", one.words),
        ("operator's consent", one.consent),
        ("period", ", ".join(period(one).splitlines())),
        ("channel", one.channel),
        ("acknowledges", one.acknowledges),
    ]


def told(counts: dict[str, int]) -> str:
    """Return how many rows say what.

    >>> told({"added": 2, "ended": 1})
    '2 added, 1 ended'
    """
    return ", ".join(f"{n:,} {change}" for change, n in counts.items()) or "nothing has changed"


def since(number: int) -> str:
    """Return of what a package tells: the whole, or changes since an earlier one."""
    return f"changes since package {number}" if number else "the whole list"


def register(desk: Desk, name: str = "") -> list[dict[str, Any]]:
    """Return the register as plain rows: what was sent, by whom it was released, and how far it has come."""
    from entente.node import acknowledging, movement_packages, packages
    from entente.picture.coverage import rows_by_hand

    notices = [
        *packages.notices(desk.node, packages.DUE_S, name),
        *movement_packages.notices(desk.node, packages.DUE_S, name),
    ]
    climbed = rows_by_hand(notices, acknowledging.acknowledged(desk.node, name), desk.now)
    newest = {(row.notice.recipient, row.notice.item, row.notice.number): row for row in climbed}
    rows: list[dict[str, Any]] = []
    for of in packages.sent(desk.node, name):
        said = of.manifest
        rows.append(
            {
                "recipient": said.recipient, "item": packages.item(said.recipient), "number": said.number,
                "released_at": of.at, "by": of.signed.officer, "office": of.signed.office,
                "what": f"{since(said.since)}: {told(said.told)}", "since": said.since, "told": said.told,
                "sites": said.sites, "precision_m": said.precision_m, "until": said.until, "hash": said.list,
                "copy": said.copy, "files": [file.name for file in said.files],
            }
        )  # fmt: skip
    for moved in movement_packages.sent(desk.node, name):
        of_movement = moved.manifest
        rows.append(
            {
                "recipient": of_movement.recipient, "item": movement_packages.item(of_movement.movement),
                "number": of_movement.version, "released_at": moved.at, "by": moved.signed.officer,
                "office": moved.signed.office, "what": f"movement {of_movement.movement}", "since": 0, "told": {},
                "sites": 0, "precision_m": of_movement.precision_m, "until": of_movement.until,
                "hash": of_movement.journey, "copy": of_movement.copy,
                "files": [file.name for file in of_movement.files],
            }
        )  # fmt: skip
    for row in rows:
        found = newest.get((row["recipient"], row["item"], row["number"]))
        row["newest"], row["overdue"] = found is not None, found is not None and found.overdue
        row["rung"] = str(found.rung) if found is not None and found.rung else ""
    return sorted(rows, key=lambda row: row["released_at"])


def print_register(desk: Desk, name: str = "") -> None:
    """Print the register, and what was heard of it."""
    from entente.node import acknowledging

    rows = register(desk, name)
    show.table(
        ("Package", "Sent", "What", "Sites then held", "Precision", "Hash", "Acknowledged"),
        [
            (
                _called(row["recipient"], row["item"], row["number"]), show.when(row["released_at"]),
                row["what"].replace(": ", "\n"), f"{row['sites']:,}" if row["sites"] else "",
                f"{row['precision_m']:,} m", show.short(row["hash"]), _rung(row),
            )
            for row in rows
        ],
        "nothing was sent yet",
    )  # fmt: skip
    heard = acknowledging.acknowledged(desk.node, name)
    show.table(
        ("Package", "At", "Heard", "Unit", "From", "Entered by"),
        [
            (
                _called(one.recipient, one.item, one.issue), show.when(one.at), str(one.rung).replace("_", " "),
                one.unit, one.source, one.entered_by,
            )
            for one in heard
        ],
        "",
    )  # fmt: skip


def _called(recipient: str, item: str, number: int) -> str:
    """Return by what people call a package, or a movement's version."""
    movement = item.removeprefix("movement/")
    return f"{recipient} {number}" if movement == item else f"{recipient} {movement} {number}"


def _rung(row: dict[str, Any]) -> str:
    if not row["newest"]:
        return "superseded"
    reached = row["rung"].replace("_", " ") or "nothing heard"
    return f"{reached}\noverdue" if row["overdue"] else reached


def columns(names: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Print facts side by side, a column for each name."""
    show.table(("", *names), [(fact, *cells) for fact, cells in rows if any(cells)], "")
