"""`entente record` and `entente state`: verify everything again, look at entries, compare state with a peer's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.cli import show
from entente.cli.desk import Desk
from entente.cli.files import read_bytes, write_file
from entente.cli.options import at_desk
from entente.errors import EntenteError, Forked, Refused, Untrusted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entente.ids import SubjectId
    from entente.node.disclose import Order
    from entente.node.verify import FeedReport

app = typer.Typer(no_args_is_help=True, help="The record: what was said, proven from the bytes on this disk.")
state = typer.Typer(no_args_is_help=True, help="Joint state, as the parties compare it.")
LONGEST_FACT = 200
"""[characters] Of a fact of our own record in a table."""
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
@at_desk("entente record verify")
def verify(desk: Desk, as_json: JsonFlag = False) -> None:
    """Verify the whole record again: every entry, head, part and signature. Exits non-zero when anything is wrong.

    Head is the size that the feed's signed head names; Signed counts persons' signatures that were checked again.
    """
    reports = _reports(desk)
    if as_json:
        show.print_json(reports)
    else:
        show.table(
            ("Feed", "Entries", "Head", "Acts", "Details", "Signed", "Void", "Verdict"),
            [
                (
                    r.origin, str(r.size), str(r.head), str(r.acts), str(r.details), str(r.signatures), str(r.void),
                    "sound" if r.sound else "FORKED" if r.forked and not r.flaws else f"{len(r.flaws)} flaws",
                )
                for r in reports
            ],
            "",
        )  # fmt: skip
        for flaw in (flaw for r in reports for flaw in r.flaws):
            typer.echo(flaw)
    flaws = [flaw for r in reports for flaw in r.flaws]
    if flaws:
        raise Untrusted("record.flaws", f"the record does not verify, {len(flaws)} flaws; the first: {flaws[0]}")
    if forked := [r.origin for r in reports if r.forked]:
        raise Forked("feed.forked", f"{', '.join(forked)} has signed two histories; the evidence is kept")


def _reports(desk: Desk) -> list[FeedReport]:
    """Verify through the node, or, when the record is too damaged to be folded, what the file alone tells."""
    from entente.node.verify import FeedReport, verify_record
    from entente.store.sqlite import open_sqlite

    try:
        return verify_record(desk.node)
    except EntenteError as error:
        store = open_sqlite(desk.home.record)
        try:
            flaws = store.check()
        finally:
            store.close()
        return [FeedReport(origin="record", flaws=[*flaws, f"it cannot be folded: {error}"])]


@app.command("show")
@at_desk("entente record show", lists=True)
def show_(
    desk: Desk,
    feed: Annotated[str, typer.Option(metavar="PARTY", help="One party's feed; else all of the agreement.")] = "",
    last: Annotated[int, typer.Option(min=1, help="How many entries of each feed, from its end.")] = 20,
) -> None:
    """Show what was said, feed by feed, in each author's own order: who, in which office, what, and the verdict.

    Entries of a later epoch stand as PARTY/EPOCH. Of a feed that forked, each further branch follows from where it
    parts, its entries marked ~ and the beginning of that branch's first leaf.

    Held by: who has cosigned the entry in its own feed; who said that it mirrors it; to whom else it was sent; and
    whether the agreement's witness has cosigned it, who holds no entries and has seen no other history of that feed.
    """
    rows = [
        row
        for origin in desk.book.feeds()
        if feed in ("", origin.split("/")[0])
        for name in desk.book.branches(origin)
        for row in _said(desk, name, last)
    ]
    if desk.json:
        show.print_json(rows)
        return
    show.banner(desk.home.exercise)
    show.table(
        ("Entry", "At", "Circle", "By", "Said", "Verdict", "Held by"),
        [
            (
                _called(r),
                r["dtg"],
                r["circle"],
                r["by"],
                f"{r['verb']}\n{r['subject']}",
                r["verdict"],
                _held(r),
            )
            for r in rows
        ],
        "nothing was said yet",
    )


def _called(row: dict[str, Any]) -> str:
    epoch = f"/{row['epoch']}" if row["epoch"] > 1 else ""
    branch = f" ~{row['branch'][:8]}" if row["branch"] else ""
    return f"{row['party']}{epoch} {row['seq']}{branch}"


def _held(row: dict[str, Any]) -> str:
    """Tell an entry's vector, each party by the most that is known of it."""
    told, named = [], set()
    for how in ("cosigned", "mirrored", "sent"):
        told += [f"{party}: {how}" for party in row[how] if party not in named]
        named.update(row[how])
    return "\n".join([*told, *(["witness: cosigned"] if row["witnessed"] else [])]) or "here"


def _said(desk: Desk, origin: str, last: int) -> list[dict[str, Any]]:
    from entente.ids import Origin, epoch_of
    from entente.joint.act import Act, spell
    from entente.node.cosigning import Reaches

    reaches = Reaches(desk.node, desk.book)

    feed = desk.book.ledger.feeds[Origin(origin)]
    found = {event.seq: event for fold in desk.folds() for event in fold.folded() if event.origin == origin}
    rows = []
    for seq in range(max(feed.start, len(feed.leaves) - last), len(feed.leaves)):
        row: dict[str, Any] = {"party": origin.split("/")[0], "seq": seq, "leaf": feed.leaves[seq]}
        row |= {"epoch": epoch_of(origin), "branch": origin.partition("~")[2]}
        row |= dict.fromkeys(("at", "dtg", "circle", "by", "verb", "subject"), "")
        vector = reaches.of(Origin(origin), seq)
        row |= {"sent": vector.sent, "mirrored": vector.mirrored, "cosigned": vector.cosigned}
        row["witnessed"] = vector.witnessed
        row["verdict"] = "not for us" if feed.circles[seq] is None else "not yet held"
        act = found[seq].act if seq in found else feed.acts.get(seq)
        if isinstance(act, Act):
            said, signer = act.statement, act.statement.signer
            row |= {"at": spell(act.at), "dtg": show.when(act.at), "circle": said.circle, "verb": said.verb}
            row |= {"subject": said.subject, "verdict": "waits for what it cites"}
            row["by"] = f"{signer.officer.split('/')[1]}, {signer.office.replace('_', ' ')}" if signer else "node"
            if seq in found:
                row["verdict"] = found[seq].code or "valid"
        elif isinstance(act, str):
            row["verdict"] = act
        rows.append(row)
    return rows


@app.command()
@at_desk("entente record opened --item sites/north/valley-south")
def opened(
    desk: Desk,
    item: Annotated[str, typer.Option(metavar="ITEM", help="Only of this list or operation.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """List who here looked at what other parties gave us, and when. It is our own record, and carried to nobody.

    Who looked is what they said of themselves (--as), beside the account that the system knew them by.
    """
    from entente.geo.interval import dtg
    from entente.joint.act import moment

    lines = [one for one in desk.node.journal_lines() if one["what"] in ("opened", "exported")]
    rows = [
        {"at": one["at"], "what": one["what"], **one["facts"]} for one in lines if item in ("", one["facts"]["item"])
    ]
    if as_json:
        show.print_json(rows)
        return
    show.table(
        ("At", "By", "Account", "Item", "What"),
        [
            (dtg(moment(row["at"])), row["by"], row["account"], row["item"], f"{row['what']}: {row['detail']}")
            for row in rows
        ],
        "nobody here has looked at anything of another party",
    )


@app.command()
@at_desk("entente record journal")
def journal(desk: Desk, as_json: JsonFlag = False) -> None:
    """Show the party's own record: refusals, releases, answers by rule, restores. It is carried to nobody."""
    from entente.geo.interval import dtg
    from entente.joint.act import moment

    lines = desk.node.journal_lines()
    if as_json:
        show.print_json(lines)
        return
    show.table(
        ("At", "What", "Facts"),
        [
            (dtg(moment(line["at"])), line["what"], ", ".join(f"{k} {_cut(v)}" for k, v in line["facts"].items()))
            for line in lines
        ],
        "nothing is noted yet",
    )


@app.command()
@at_desk("entente record reanchor --yes", speaks=True)
def reanchor(desk: Desk) -> None:
    """Bind our whole feed so far anew, under a suite of other make: SHA3-256 over every leaf and every part we hold.

    Once others have acknowledged that entry, whoever breaks SHA-256, Ed25519 or ML-DSA later can put nothing else in
    the place of what was there, and no old signature can have been made after the break. Once a year is enough.
    """
    from entente.node import command, rotation

    anchor = rotation.anchor(desk.node, desk.book)
    desk.say(command.reanchor(desk.book.id, desk.home.party, anchor.plain()))


def _cut(value: object) -> str:
    """Return a fact as a table shows it: keys, signatures and what they sign stand whole in --json."""
    text = str(value)
    return text if len(text) <= LONGEST_FACT else f"{text[:12]}…"


@app.command()
@at_desk("entente record tiles --out feed-north", lists=True)
def tiles(
    desk: Desk,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new or empty folder.")],
    feed: Annotated[str, typer.Option(metavar="PARTY", help="Whose feed; else our own.")] = "",
    acts: Annotated[
        bool, typer.Option("--acts", help="With every act held: who gets the folder can read them.")
    ] = False,
) -> None:
    """Write a feed as files that strangers' tools read: signed head, tiles and leaves, as c2sp.org/tlog-tiles has it.

    What was written is read again and verified. The keys beside it are for convenience: a stranger compares them with
    the party's card, or with the party itself.
    """
    from entente.node import publish

    if feed not in ("", desk.node.party):
        desk.parties([feed])
    of = desk.book.feed_of(feed or desk.node.party)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused("file.exists", "is there already, and not an empty folder; give a new one", where=str(out))
    count = 0
    for path, data in publish.files(desk.node, desk.book, of, acts=acts):
        write_file(out / path, data)
        count += 1
    head = publish.read_again(desk.node, desk.book, of, lambda path: read_bytes(out / path))
    if desk.json:
        show.print_json({"origin": head.origin, "size": head.size, "root": head.root.hex(), "files": count})
        return
    typer.echo(f"Wrote {head.origin} at {head.size} entries as {count} files to {out}; read again and verified.")


@app.command()
@at_desk("entente record disclose --out water.disclosure --subject water-1 --detail plan", speaks=True)
def disclose(
    desk: Desk,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file.")],
    subject: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Entries about it: its whole name, or its last words.")
    ] = None,
    entry: Annotated[list[str] | None, typer.Option(metavar="N", help="An entry's number, or two: 5-9.")] = None,
    feed: Annotated[list[str] | None, typer.Option(metavar="PARTY", help="Whose entries; else only our own.")] = None,
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="Entries dated then or later.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="Entries dated before.")] = "",
    detail: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Open this detail too: plan, note, attachment, shown, chunk, …."),
    ] = None,
    acts: Annotated[
        bool, typer.Option("--acts/--no-acts", help="Open the acts; else only what --detail names.")
    ] = True,
    to: Annotated[str, typer.Option(metavar="NAME", help="Who gets it, as a consent to passing on names them.")] = "",
    reason: Annotated[str, typer.Option(help="Why others' words leave; kept in our own record.")] = "",
    second: Annotated[
        str, typer.Option(metavar="LABEL", help="The second officer, where others' sites leave: both sign the order.")
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """Make one file that proves chosen parts of chosen entries, to whoever has `entente-verify` and nothing else.

    Our own acts, plans, notes and lists are ours to show. Whatever is another's, or repeats another's, needs a reason,
    and where it was given to us on terms, its originator's consent. What is written is verified first, and told.
    """
    from entente.geo.interval import parse_time
    from entente.ids import origin
    from entente.node import disclose as disclosing
    from entente.verify import disclosure

    if out.exists():
        raise Refused("file.exists", "is there already; give a new name", where=str(out))
    desk.parties([name for name in feed or [] if name != desk.node.party])
    subjects = [found for name in subject or [] for found in _subjects(desk, name)]
    choice = disclosing.Choice(
        feeds=tuple(origin(party, desk.book.id, 1) for party in feed or [desk.node.party]),
        subjects=frozenset(subjects), seqs=frozenset(seq for text in entry or [] for seq in _numbers(text)),
        start=parse_time(start) if start else None, until=parse_time(until) if until else None,
        details=tuple(detail or []), acts=acts, circle=desk.only_circle(),
        reason=reason, to=to,
    )  # fmt: skip
    made = disclosing.disclose(desk.node, desk.book, choice, _ordered(desk, out, reason, second))
    report = disclosure.check(made.data, desk.book.first.digest).report
    write_file(out, made.data)
    if as_json:
        counts = {"entries": made.chosen, "supporting": made.supporting, "details": made.details}
        show.print_json({"file": str(out), "sha256": made.digest, "bytes": len(made.data), **counts, **report.plain()})
        return
    typer.echo(
        f"Wrote {out}, {len(made.data)} bytes, SHA-256 {made.digest}: {made.chosen} entries chosen, {made.supporting} "
        f"more that show who signed, {made.details} details. Verified again:"
    )
    for line in report.written():
        typer.echo(line)


def _ordered(desk: Desk, out: Path, reason: str, second: str) -> Order:
    """Return what has two officers sign that others' sites leave in the file."""

    def order(sites: Mapping[SubjectId, int], data: bytes) -> None:
        from entente.cli import exporting

        for item, count in sites.items():
            fold, _ = desk.find("sites", item)
            exporting.order(desk, fold, item, count, out, reason, data, second)

    return order


def _subjects(desk: Desk, name: str) -> list[str]:
    from entente.node.disclose import subjects_of

    found = subjects_of(desk.book, name)
    if not found:
        raise Refused("cli.subject", f"nothing here is about {name!r}; see: entente record show")
    return [str(subject) for subject in found]


def _numbers(text: str) -> range:
    first, _, last = text.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        raise Refused("cli.entry", f"{text!r} is no entry's number, and no two as 5-9")
    return range(int(first), min(int(last or first), int(first) + 4096) + 1)


@state.command("hash")
@at_desk("entente state hash", lists=True)
def hash_(desk: Desk) -> None:
    """Print, per circle, the rules' version, the digest of the cut, and the root of the state.

    Two parties with the same cut have the same root, or one of them is not what it seems. Roots at different cuts are
    not comparable.
    """
    from entente.joint.act import RULES

    rows = [
        {"circle": fold.name, "rules": RULES, "cut": fold.cut_digest(), "root": fold.digest()} for fold in desk.folds()
    ]
    if desk.json:
        show.print_json({"agreement": desk.book.id, "circles": rows})
        return
    for row in rows:
        typer.echo(f"{desk.book.id} {row['circle']}  rules {row['rules']}  cut {row['cut']}  root {row['root']}")


@state.command("show")
@at_desk("entente state show", lists=True)
def show_state(
    desk: Desk, subject: Annotated[str, typer.Option(metavar="PREFIX", help="Only subjects that begin so.")] = ""
) -> None:
    """Show the state's rows, as they are hashed: one for each subject, and one for each act that is void."""
    import json

    rows = {fold.name: {s: r for s, r in fold.rows().items() if s.startswith(subject)} for fold in desk.folds()}
    if subject and not any(rows.values()):
        raise Refused("cli.subject", f"no subject begins with {subject!r} here")
    if desk.json:
        show.print_json(rows)
        return
    show.table(
        ("Circle", "Subject", "Row"),
        [(c, s, json.dumps(show.plain(r), ensure_ascii=False)) for c, found in rows.items() for s, r in found.items()],
        "the state is empty",
    )
