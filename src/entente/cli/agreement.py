"""`entente agreement`: draft, compare, adopt and sign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import show
from entente.cli.desk import Desk
from entente.cli.files import read_bytes, read_text
from entente.cli.options import at_desk, with_example
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.joint.agreement import Agreement
    from entente.node.book import Book

app = typer.Typer(no_args_is_help=True, help="Agreements: one readable file that every signatory signs by its hash.")
Cards = Annotated[list[Path], typer.Option("--card", help="A party's card; once for each.", show_default=False)]
Text = Annotated[str, typer.Argument(metavar="FILE|ID", help="A TOML file, or the id of an agreement that is kept.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
@with_example("entente agreement draft valley.toml --card north/card.json --card south/card.json --out drafted")
def draft(
    file: Annotated[Path, typer.Argument(help="Your TOML: everything but fingerprints and circle keys.")],
    card: Cards,
    out: Annotated[Path, typer.Option(help="A folder for agreement.toml and each party's keys.")],
) -> None:
    """Complete a draft: fill each party's root fingerprint from its card, and make a fresh key for each circle.

    Writes agreement.toml, which may be shown to all its parties, and one keys-for-PARTY.json each, which is for that
    party alone.
    """
    from entente.cli import drafting

    for path in drafting.complete(file, card, out):
        typer.echo(f"Wrote {path}")


@app.command("show")
@at_desk("entente agreement show drafted/agreement.toml")
def show_(desk: Desk, text: Text, as_json: JsonFlag = False) -> None:
    """Show an agreement: parties, circles, times, separation, areas, and the hash that is signed."""
    from entente.cli import drafting

    agreement = _text(desk, text)
    if as_json:
        show.print_json({"hash": agreement.digest, "agreement": agreement.plain})
    else:
        drafting.print_agreement(agreement)


@app.command()
@at_desk("entente agreement diff drafted/agreement.toml counter.toml")
def diff(desk: Desk, a: Text, b: Text, as_json: JsonFlag = False) -> None:
    """Show what differs between two texts, field by field. Layout and comments do not count; every value does."""
    from entente.joint import agreement as agreements

    left, right = _text(desk, a), _text(desk, b)
    found = agreements.diff(left, right)
    if as_json:
        show.print_json([{"field": path, "first": x, "second": y} for path, x, y in found])
    else:
        show.table(("Field", "First", "Second"), found, f"no difference: both have the hash {left.digest}")


def _text(desk: Desk, text: str) -> Agreement:
    """Return the agreement in a file, or the newest text kept under an id."""
    from entente.errors import Malformed
    from entente.joint import agreement as agreements

    path = Path(text)
    if path.suffix == ".toml" or path.is_file():
        try:
            return agreements.parse(read_text(path))
        except Malformed as error:
            raise error.at(str(path)) from None
    return desk.node.book(text).current(desk.now)


@app.command()
@at_desk("entente agreement adopt drafted/agreement.toml --card south/card.json --keys drafted/keys-for-north.json")
def adopt(
    desk: Desk,
    file: Annotated[Path, typer.Argument(help="The complete agreement.toml.")],
    keys: Annotated[Path, typer.Option(help="The keys file that was made for us.")],
    card: Cards = [],  # noqa: B006 (Typer copies it)
) -> None:
    """Keep an agreement's text, the others' cards and our circles' keys. Nothing is signed and nobody is told."""
    import json

    from entente.cli import drafting
    from entente.node import custody

    agreement = _text(desk, str(file))
    cards = [custody.open_card(desk.home.card(), "our own card")]
    cards += [custody.open_card(read_bytes(path), str(path)) for path in card]
    book = desk.node.adopt(
        agreement, {c["party"]: c for c in cards}, drafting.read_keys(keys, desk.node.party, agreement)
    )
    show.banner(agreement.exercise)
    typer.echo(f"Adopted {json.dumps(agreement.text.title, ensure_ascii=False)} ({book.id}), hash {agreement.digest}.")
    typer.echo(f"Next: entente agreement sign {book.id}")


@app.command()
@at_desk("entente agreement sign exercise-valley --yes", speaks=True)
def sign(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="ID", help="The agreement's id.")],
    digest: Annotated[str, typer.Option("--hash", help="Which text, when several wait for our answer.")] = "",
) -> None:
    """Sign an agreement as our senior officer. The first time, our node's keys are certified and our staff enrolled.

    A party gives one answer, and never takes it back. Who only receives under an instrument of notification signs
    nothing: its keys and staff are told, so that it can acknowledge.
    """
    from entente.cli import staffing
    from entente.node import command

    desk.choose(name)
    book = desk.book
    agreement = _unanswered(desk, book, digest)
    # Whatever can fail is tried before the first word is said: an introduction without a signature is half a thing.
    if agreement is not None:
        desk.key(desk.speaker("agreement.sign")[0])
    if not staffing.introduced(desk):
        staffing.unlock_root(desk)
        desk.ask(f"Certify our node's keys, and enrol our staff, under {book.id}?")
    staffing.introduce(desk)
    if agreement is None:
        typer.echo("Our keys and staff are told. We sign nothing here, or have signed already.")
    else:
        desk.say(command.sign(agreement, book.current(desk.now).parties))


def _unanswered(desk: Desk, book: Book, digest: str) -> Agreement | None:
    """Return the one text that waits for our signature.

    Raises:
        Refused: `cli.hash`, when there are several and none was chosen, or none has the hash given.
    """
    from entente.joint import accession

    past = book.fold("all").now()
    texts = [
        text
        for text in book.ledger.agreements.values()
        if text.digest.startswith(digest)
        and not accession.signatures(accession.subject(text), past, desk.node.party)
        and desk.node.party in _asked(book, text)
    ]
    if len(texts) > 1 or (digest and not texts):
        listed = ", ".join(text.digest[:12] for text in texts) or "none of ours"
        raise Refused("cli.hash", f"the texts that wait for our answer are {listed}; choose one with --hash")
    return texts[0] if texts else None


def _asked(book: Book, text: Agreement) -> set[str]:
    """Return who has to sign: its signatories, and those of the text that it succeeds."""
    before = next((a for a in book.ledger.agreements.values() if a.digest == text.text.predecessor), None)
    return {*text.signatories, *(before.signatories if before else ())}


@app.command("list")
@at_desk("entente agreement list")
def list_(desk: Desk, as_json: JsonFlag = False) -> None:
    """List the agreements that this node keeps, who has signed each, and which are in force."""
    from entente.picture import board

    rows = [
        board.agreement_row(text, book.fold("all").now(), book.ledger.successors(text), desk.now)
        for book in desk.node.books.values()
        for text in book.ledger.agreements.values()
    ]
    if as_json:
        show.print_json(rows)
        return
    show.banner(desk.home.exercise)
    show.table(
        ("Id", "Title", "State", "Starts", "Kind, mode", "Signed"),
        [
            (
                f"{row.id}\n{show.short(row.digest)}",
                row.title,
                row.state,
                show.when(row.starts),
                f"{row.kind}\n{row.mode.replace('_', ' ')}",
                "\n".join([*row.signed, *(f"{party}: not yet" for party in row.waiting)]),
            )
            for row in rows
        ],
        "no agreement is kept yet; adopt one",
    )
