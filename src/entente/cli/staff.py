"""`entente staff`: the roster, and who holds which office under each agreement."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import show
from entente.cli.desk import Desk, new_passphrase
from entente.cli.options import PassphraseOption, at_desk
from entente.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from entente.cli.roster import Listed, Term
    from entente.picture.board import OfficerRow

app = typer.Typer(no_args_is_help=True, help="Officers, by label, and their offices. A label is a chair, not a person.")
Label = Annotated[str, typer.Argument(metavar="LABEL", help="The officer's label, such as duty-1; never a name.")]
OfficeName = Annotated[
    str, typer.Option("--office", metavar="OFFICE", help="senior, deputy, air_operations, protection, watch ...")
]
From = Annotated[str, typer.Option("--from", metavar="TIME", help="Start of the term; else now.")]
RootPassphrase = Annotated[
    Path | None,
    typer.Option("--root-passphrase-file", metavar="FILE", help="The root key's, when it is used."),
]
Until = Annotated[str, typer.Option("--until", metavar="TIME", help="End of the term; else none.")]


@app.command()
@at_desk("entente staff enrol duty --office senior --rank OF-5")
def enrol(
    desk: Desk,
    label: Label,
    office: OfficeName,
    rank: Annotated[str, typer.Option(help="An OF code or a civilian grade.")] = "",
    key_file: Annotated[Path | None, typer.Option(help="The officer's own key file; else one is made here.")] = None,
    passkey: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The public half of a passkey that the officer made at his page, instead."),
    ] = None,
    start: From = "",
    until: Until = "",
    replace_key: Annotated[
        bool, typer.Option("--replace", help="A new key for a label that is on the roster; its offices stay.")
    ] = False,
    passphrase_file: PassphraseOption = None,
    root_passphrase_file: RootPassphrase = None,
) -> None:
    """Put an officer on the roster, with a key and a first office.

    Agreements that have begun are told at once, with the root key; others when they are first signed. With --replace,
    what the old key signs from then on is void; its file stays in the home, under another name. A passkey's file comes
    from the officer's page; compare the fingerprint printed here with the one shown there before the root signs it.
    """
    from entente.cli import roster
    from entente.ids import name
    from entente.node import custody

    officers = [officer for officer in roster.read(desk.home.path) if officer.label != name(label, "label")]
    known = _listed(desk, label) if replace_key else None
    if known is None and len(officers) < len(roster.read(desk.home.path)):
        raise Refused(
            "staff.enrolled",
            f"{label} is on the roster already; appoint to a further office, or give it a new key with --replace",
        )
    owner = f"{desk.home.party}/{label}"
    term = _term(desk, office, start, until)
    if passkey is not None:
        key_file = _passkey(desk, owner, passkey, key_file)
    _ready(desk, root_passphrase_file)
    if key_file is None:
        question = f"New passphrase for {owner}'s key"
        passphrase = new_passphrase(passphrase_file, question, exercise=desk.home.exercise)
        # If we stop before the new key is written, the old one is whole, under its other name.
        _retire(desk.home.key_path(owner))
        custody.save(custody.generate(owner), desk.home.key_path(owner), passphrase)
    elif custody.public_half(key_file)[0] != owner:
        raise Refused("staff.key_owner", f"the key file is not {owner}'s", where=str(key_file))
    kept = str(key_file.absolute()) if key_file else ""
    others = tuple(t for t in known.offices if t.office != office) if known else ()
    rank = rank or (known.rank if known else "")
    listed = roster.Listed(label=label, rank=rank, key_file=kept, offices=(*others, term))
    roster.write(desk.home.path, [*officers, listed])
    typer.echo(f"{owner} is on the roster as {office}.")
    _tell(desk, listed)


@app.command()
@at_desk("entente staff appoint duty --office watch")
def appoint(
    desk: Desk,
    label: Label,
    office: OfficeName,
    start: From = "",
    until: Until = "",
    root_passphrase_file: RootPassphrase = None,
) -> None:
    """Appoint an officer of the roster to a further office, or to the same one for another term."""
    officer = _listed(desk, label)
    term = _term(desk, office, start, until)
    _ready(desk, root_passphrase_file)
    changed = replace(officer, offices=(*(t for t in officer.offices if t.office != office), term))
    _keep(desk, changed)
    typer.echo(f"{desk.home.party}/{label} is on the roster as {office}.")
    _tell(desk, changed)


@app.command()
@at_desk("entente staff relieve duty --office watch")
def relieve(desk: Desk, label: Label, office: OfficeName, root_passphrase_file: RootPassphrase = None) -> None:
    """Relieve an officer of an office. What was signed in it before stays signed."""
    from entente.cli import staffing

    officer = _listed(desk, label)
    if all(term.office != office for term in officer.offices):
        raise Refused("staff.not_on_roster", f"{label} is not on the roster as {office}")
    _ready(desk, root_passphrase_file)
    _keep(desk, replace(officer, offices=tuple(t for t in officer.offices if t.office != office)))
    typer.echo(f"{desk.home.party}/{label} is no longer on the roster as {office}.")
    for book in staffing.started(desk):
        desk.choose(book.id)
        staffing.relieve(desk, book, label, office)


@app.command()
@at_desk("entente staff tell")
def tell(desk: Desk, root_passphrase_file: RootPassphrase = None) -> None:
    """Tell every agreement that has begun what the roster says and it does not know yet.

    For what was interrupted, or waited for root keys that lie elsewhere: it says nothing twice.
    """
    from entente.cli import roster

    _ready(desk, root_passphrase_file)
    for officer in roster.read(desk.home.path):
        _tell(desk, officer)


@app.command()
@at_desk("entente staff revoke duty --since 24 --yes", speaks=True)
def revoke(
    desk: Desk,
    officer: Label,
    since: Annotated[
        int | None, typer.Option(min=0, help="The entry of our feed from which on it is void; else the next one.")
    ] = None,
) -> None:
    """Revoke an officer's key as of an entry of our feed: it was stolen, and what it signed from there on is void.

    What it signed before stays valid. A decision that it gave from there on covers nothing any more; say it anew with
    another key. Then give the officer a new one with `staff enrol --replace`.
    """
    from entente.joint import staff
    from entente.node import command

    book = desk.book
    name = f"{desk.home.party}/{officer}"
    enrolled = staff.enrolment(book.fold("all").now(), name)
    if enrolled is None:
        raise Refused("staff.unknown", f"{name} is not enrolled under {book.id}")
    first = book.size(book.origin) if since is None else since
    desk.say(command.revoke(book.id, desk.home.party, "officer", enrolled.fingerprint, first))


@app.command()
@at_desk("entente staff link duty --centre http://north.localhost:8700")
def link(
    desk: Desk,
    label: Label,
    centre: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The centre's address; else where it was last served.")
    ] = "",
) -> None:
    """Make a link by which an officer of the roster opens the browser's centre: once, within a quarter of an hour.

    Whoever opens it sits in the officer's seat: he reads and drafts. To sign he needs the officer's key all the same.
    """
    from entente.node import custody
    from entente.web.serve import last_address
    from entente.web.sessions import LINK_S, make_link

    listed = _listed(desk, label)
    address = centre.rstrip("/") or last_address(desk.node)
    if not address:
        raise Refused(
            "staff.centre",
            "the centre was not served yet; start it: entente node serve --centre 8700, or give --centre",
        )
    path = Path(listed.key_file) if listed.key_file else desk.home.key_path(f"{desk.home.party}/{label}")
    fingerprint = custody.public_half(path)[1].fingerprint
    token = make_link(desk.node, f"{desk.home.party}/{label}", fingerprint)
    show.banner(desk.home.exercise)
    typer.echo(f"{address}/#link={token}")
    typer.echo(f"For {desk.home.party}/{label}, once, within {LINK_S // 60} minutes. Hand it over as you would a key.")


@app.command("list")
@at_desk("entente staff list", lists=True)
def list_(desk: Desk) -> None:
    """List our roster, and every party's officers as each agreement knows them."""
    from entente.cli import roster
    from entente.picture import board

    own = roster.read(desk.home.path)
    known = [
        (book.id, row)
        for book in desk.node.books.values()
        for row in board.officer_rows(book.fold("all"), book.current(desk.now))
    ]
    if desk.json:
        show.print_json({"roster": own, "enrolled": [{"agreement": name, "officer": row} for name, row in known]})
        return
    show.banner(desk.home.exercise)
    show.table(
        ("Roster", "Rank", "Offices", "Key file"),
        [(o.label, o.rank, "\n".join(t.office for t in o.offices), o.key_file or "in the home") for o in own],
        "nobody is on the roster yet; see: entente staff enrol",
    )
    show.table(
        ("Agreement", "Officer", "Rank", "Office, from, until", "Key"),
        [
            (
                name, row.officer, _rank_in_words(row),
                "\n".join(_term_in_words(*term) for term in row.offices),
                show.short(row.fingerprint),
            )
            for name, row in known
        ],
        "",
    )  # fmt: skip


def _rank_in_words(row: OfficerRow) -> str:
    code = f" ({row.code})" if row.code not in ("", row.rank) else ""
    return row.rank + code + (f", equal to {', '.join(row.equals)}" if row.equals else "")


def _term_in_words(office: str, start: datetime, until: datetime | None) -> str:
    return f"{office.replace('_', ' ')}, {show.when(start)}, {show.when(until) or 'open'}"


def _passkey(desk: Desk, owner: str, file: Path, key_file: Path | None) -> Path:
    """Keep the public half of a passkey in the home, and return where; nothing is kept when it cannot be enrolled.

    Raises:
        Refused: `staff.one_key`, `staff.key_owner`, `staff.passkeys`, `cli.unconfirmed`.
        Malformed: `passkey.file`. Untrusted: `signature.invalid`.
    """
    from entente.cli import staffing
    from entente.cli.files import read_bytes
    from entente.feed import passkey
    from entente.node import custody, drafting

    if key_file is not None:
        raise Refused("staff.one_key", "an officer has one key: give --key-file or --passkey, not both")
    data = read_bytes(file)
    named, public = passkey.introduced(data)
    if named != owner:
        raise Refused("staff.key_owner", f"the passkey is {named}'s, not {owner}'s", where=str(file))
    for book in staffing.started(desk):
        drafting.require_passkeys(book, desk.now)
    show.facts([("passkey of", owner), ("signs at", public.origin), ("fingerprint", public.fingerprint)])
    kept = desk.home.keys / f"{owner.partition('/')[2]}.{public.fingerprint[:12]}.passkey.json"
    if not kept.exists():
        custody.write_private(kept, data)
    return kept


def _retire(path: Path) -> None:
    """Give a key file that is replaced another name, after its key; a key is never overwritten."""
    from entente.node import custody

    if path.exists():
        _, public, _ = custody.public_half(path)
        path.rename(path.with_name(f"{path.name.removesuffix('.key.json')}.{public.fingerprint[:12]}.old.json"))


def _listed(desk: Desk, label: str) -> Listed:
    from entente.cli import roster

    found = next((o for o in roster.read(desk.home.path) if o.label == label), None)
    if found is None:
        raise Refused("staff.not_on_roster", f"{label!r} is not on the roster; enrol first")
    return found


def _keep(desk: Desk, changed: Listed) -> None:
    from entente.cli import roster

    officers = roster.read(desk.home.path)
    roster.write(desk.home.path, [changed if o.label == changed.label else o for o in officers])


def _term(desk: Desk, office: str, start: str, until: str) -> Term:
    from entente.cli.roster import Term
    from entente.geo.interval import parse_time
    from entente.joint.act import spell
    from entente.joint.staff import Office

    if office == Office.ROOT or office not in set(Office):
        known = ", ".join(o for o in Office if o != Office.ROOT)
        raise Refused("staff.office", f"there is no office {office!r}; there are {known}")
    first, last = parse_time(start) if start else desk.now, parse_time(until) if until else None
    if last is not None and last <= first:
        raise Refused("staff.term", "the term ends before it starts")
    return Term(office=office, start=spell(first), until=spell(last) if last else "")


def _ready(desk: Desk, passphrase_file: Path | None) -> None:
    """Unlock the root key before the roster changes, when agreements have to be told of it."""
    from entente.cli import staffing

    desk.unlock_with(passphrase_file)
    if staffing.started(desk):
        staffing.unlock_root(desk)


def _tell(desk: Desk, officer: Listed) -> None:
    from entente.cli import staffing

    for book in staffing.started(desk):
        desk.choose(book.id)
        staffing.tell(desk, book, officer)
