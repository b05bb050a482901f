"""`entente record fork`, `entente node new-epoch`: proofs that a feed has forked, and going on after one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.cli import show
from entente.cli.desk import Desk
from entente.cli.files import write_file
from entente.cli.options import PassphraseOption, at_desk
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.verify.report import Report

app = typer.Typer(
    no_args_is_help=True, help="Proofs that a feed has forked: two signed heads that cannot both be true."
)
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Feed = Annotated[str, typer.Argument(metavar="PARTY", help="Whose feed forked.")]
Number = Annotated[int, typer.Option("--number", min=1, help="Which proof, as `list` numbers them.")]


@app.command("list")
@at_desk("entente record fork list")
def list_(desk: Desk, as_json: JsonFlag = False) -> None:
    """List every proof of a fork that this node holds, and who of the parties has reported it to all."""
    rows = _rows(desk)
    if as_json:
        show.print_json(rows)
        return
    show.table(
        ("No.", "Feed", "Differ within", "Found here", "Reported by", "Branches held"),
        [
            (
                str(r["number"]), r["feed"], f"{r['within']} entries", r["found_at"],
                ", ".join(r["reported_by"]) or "–", str(r["branches"]),
            )
            for r in rows
        ],
        "no fork is known",
    )  # fmt: skip


@app.command("show")
@at_desk("entente record fork show north")
def show_(desk: Desk, party: Feed, number: Number = 1, as_json: JsonFlag = False) -> None:
    """Check a proof again, as a stranger would, and say in sentences what it proves and what it does not."""
    report = _report(desk, _chosen(desk, party, number))
    if as_json:
        show.print_json(report.plain())
        return
    for line in report.written():
        typer.echo(line)


@app.command()
@at_desk("entente record fork export north --out north.fork")
def export(
    desk: Desk,
    party: Feed,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file.")],
    number: Number = 1,
) -> None:
    """Write a proof as one file, and beside it the party's card: nothing else is needed to check it.

    Hand both to whom it concerns. They run: entente-verify fork FILE --card CARD
    """
    from entente import canonical
    from entente.ids import PartyId

    row = _chosen(desk, party, number)
    _report(desk, row)  # what is written down proves what it says
    card = out.with_name(f"{out.name}.card.json")
    if out.exists() or card.exists():
        raise Refused("file.exists", "there is something there already; choose a new name", where=str(out))
    write_file(out, row["evidence"])
    write_file(card, canonical.encode(dict(desk.book.cards[PartyId(party)])))
    typer.echo(f"Wrote {out} and {card}. Whoever has both checks it with: entente-verify fork {out} --card {card}")


@at_desk("entente node new-epoch --reason fork --yes", asks=True)
def new_epoch(
    desk: Desk,
    reason: Annotated[str, typer.Option(metavar="REASON", help="fork, key_lost or restored.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would go on from, and what would be left.")
    ] = False,
    root_passphrase_file: PassphraseOption = None,
) -> None:
    """Go on in a new feed, from the last entries that nobody disputes, by the root's signature.

    After a fork, the loss of a log key, or a restore that a peer does not answer. The feed until now is closed: what
    stands in it behind those entries permits nothing and must be said anew; its STOPs and sites go on counting.
    """
    import json

    from entente.cli import signing
    from entente.joint.epochs import Reason
    from entente.node import epochs, rotation

    if reason not in Reason._value2member_map_:
        raise Refused("epoch.reason", f"the reason is one of: {', '.join(Reason)}")
    desk.unlock_with(root_passphrase_file)
    lost = reason == Reason.KEY_LOST and not dry_run
    if lost:  # without its log's key a node cannot even be opened; the root gives it new ones first
        keys = signing.enough(desk)
        desk.ask("Give the node new keys, and open a new epoch under them?")
        signing.renew(desk.home, keys)
    anew = epochs.plan(desk.node, desk.book.id)
    typer.echo(
        f"Epoch {anew.number} of {desk.node.party} under {desk.book.id} goes on from the first {anew.base.size} "
        f"entries of {anew.base.origin}. What our officers said behind that permits nothing from then on "
        f"({len(anew.left)}):"
    )
    for event in anew.left:
        typer.echo(f"  {event.origin.partition('~')[0]} {event.seq}  {event.verb}  {event.subject}")
    if dry_run:
        return
    if lost:
        card = json.loads(desk.home.card())
        now, sign = desk.home.node_keys(), signing.statement_by(keys)
        desk.told(rotation.begin_anew(desk.node, desk.book.id, card, now, sign))
        return
    desk.ask("Open the new epoch?")
    desk.say_as_root(anew.command(desk.book.id, Reason(reason)))
    desk.node.journal("epoch", agreement=desk.book.id, base=anew.base.size, reason=reason)


def _rows(desk: Desk) -> list[dict[str, Any]]:
    from entente.feed import fork
    from entente.ids import Origin
    from entente.joint import incidents

    now, counted, rows = desk.book.fold("all").now(), dict[str, int](), []
    for held in desk.node.store.forks():
        if desk.book.owns(held.origin):
            counted[held.origin] = counted.get(held.origin, 0) + 1
            reports = incidents.reports_of(held.origin, now)
            rows.append(
                {
                    "number": counted[held.origin], "feed": held.origin, "within": fork.claims(held.evidence)[0],
                    "found_at": held.found_at, "reported_by": sorted({event.act.party for event in reports}),
                    "branches": len(desk.book.branches(Origin(held.origin))),
                }
            )  # fmt: skip
    return rows


def _chosen(desk: Desk, party: str, number: int) -> dict[str, Any]:
    """Return one proof, with its evidence."""
    rows = [row for row in _rows(desk) if row["feed"].split("/")[0] == party]
    if not 1 <= number <= len(rows):
        raise Refused("fork.unknown", f"this node holds {len(rows)} proofs of forks of {party}'s feed")
    row = rows[number - 1]
    held = [one for one in desk.node.store.forks() if one.origin == row["feed"]]
    return {**row, "evidence": held[row["number"] - 1].evidence}


def _report(desk: Desk, row: dict[str, Any]) -> Report:
    from entente import canonical
    from entente.ids import PartyId
    from entente.verify import cards, forks

    party = PartyId(row["feed"].split("/")[0])
    return forks.check(row["evidence"], [cards.read(canonical.encode(dict(desk.book.cards[party])))])
