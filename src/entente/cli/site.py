"""`entente site`: notify protected sites, each recipient its own copy; see what is held; acknowledge a list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import exporting, releasing, show
from entente.cli.desk import Desk
from entente.cli.options import at_desk
from entente.errors import Malformed, Refused

if TYPE_CHECKING:
    from entente.joint.protected_sites import Site
    from entente.joint.state import CircleFold
    from entente.picture.board import ListRow, SiteRow

app = typer.Typer(no_args_is_help=True, help="Protected sites. A notification is not a request for permission.")
ListName = Annotated[str, typer.Argument(metavar="LIST", help="sites/PARTY/NAME, or just NAME.")]
OwnName = Annotated[
    str, typer.Argument(metavar="LIST", help="A list of ours: as named when it was added, or one copy.")
]
PAGE = 100
"""Another's sites that one command shows, at most: who wants all of them in a file exports them."""


@app.command()
@at_desk("entente site add sites.csv --list valley --to south --precision 500 --consent 'letter 14' --yes", speaks=True)
def add(
    desk: Desk,
    name: Annotated[str, typer.Option("--list", metavar="NAME", help="The list's name.")],
    to: Annotated[list[str], typer.Option(metavar="PARTY", help="A recipient; once for each.")],
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Sites: .csv or .geojson.")] = None,
    from_register: Annotated[
        bool, typer.Option("--from-register", help="From the desk's register: what differs since the last issue.")
    ] = False,
    conditions: Annotated[
        list[str], typer.Option("--filter", metavar="KEY=VALUE", help="Which of the register's, as country=Mali.")
    ] = [],  # noqa: B006 (Typer copies it)
    precision: Annotated[float, typer.Option(metavar="METRES", help="How precise the copies are.")] = 500.0,
    *,
    said: releasing.Said,
    emergency: Annotated[
        bool, typer.Option("--emergency", help="By the shorter clock: 24 h unless the agreement says otherwise.")
    ] = False,
    keep: Annotated[
        list[str], typer.Option(metavar="TEXT", help="A text that copies lose otherwise: note, settlement…")
    ] = [],  # noqa: B006
) -> None:
    """Notify sites: a list's first issue, or additions and changes since the last.

    Each recipient gets a copy of its own under NAME-PARTY: moved within the stated precision, its uncertainty that much
    larger, numbered, without what tells the place otherwise. It is given on terms, which the recipient acknowledges
    before opening it: to keep away and not to be exported, unless you say otherwise; a later issue keeps those that
    stand. Problems with rows are told; no row is dropped for a poor position.

    From the register, the first issue holds all that the conditions choose, and a later one only what differs from what
    the recipient was last told. A place is told as ended only once `entente place end` said so, whatever lists say.
    """
    from entente.joint import notifications
    from entente.node import command, issuing
    from entente.node import terms as passing
    from entente.picture.coarsen import coarsen, require
    from entente.picture.terms import PURPOSES

    require(precision, keep)
    sites = _sites(desk, file, from_register, conditions)
    drawn_under, commands, later = secret(desk), [], []
    for party in desk.parties(to):
        fold = desk.book.fold(desk.circle(circle_for(desk, party)))
        subject = notifications.subject(desk.node.party, f"{name}-{party}")
        issue = len(notifications.issues(subject, fold.now())) + 1
        copies = [coarsen(s, precision_m=precision, recipient=party, secret=drawn_under, keep=keep) for s in sites]
        if from_register:
            copies = _differing(passing.copies(desk.node, fold, subject), copies, sites)
            if not copies:
                typer.echo(f"{party} holds all of it as it is; nothing new is issued under {name}-{party}.")
                continue
        onward = passing.consent_to_pass_on(desk.node, sites, party)
        terms, fresh = releasing.terms_for(desk, fold, subject, party, said, onward)
        if fresh:
            commands.append(command.give_terms(desk.book.id, fold.name, subject, terms))
        begins = releasing.begins_later(desk, terms)
        commands.append(
            command.notify_sites(
                desk.book.id, fold.name, desk.node.party, f"{name}-{party}", issue, copies,
                f"To {PURPOSES[terms.purpose]}", to=[] if begins else [party], until=terms.until,
                originals=issuing.drawn_from(copies, sites, drawn_under), emergency=emergency,
            )
        )  # fmt: skip
        later += [(subject, party, begins)] if begins else []
    if commands:
        releasing.say(desk, commands, later)


def _sites(desk: Desk, file: Path | None, from_register: bool, conditions: list[str]) -> list[Site]:
    """Return the sites to notify: a file's, or the register's.

    Raises:
        Refused: `cli.sites`, or as `place.from_register`.
    """
    if (file is None) != from_register or (conditions and not from_register):
        raise Refused(
            "cli.sites", "give a file of sites, or --from-register with any --filter; not both, and not neither"
        )
    if file is not None:
        return read_sites(file)
    from entente.cli import place

    return [held.site for held in place.from_register(desk, conditions)]


def _differing(held: dict[str, Site], copies: list[Site], sites: list[Site]) -> list[Site]:
    """Return the copies that say something else than their recipient was last told, one issue's worth at most.

    A copy that still covers its place stays where it is: each new draw around a place tells more of where it is.
    """
    from entente.node import issuing

    found = issuing.differing(held, copies, sites)
    if len(found) > issuing.MOST:
        typer.echo(f"{len(found):,} differ; the first {issuing.MOST:,} are issued now. Run it again for the rest.")
    return found[: issuing.MOST]


def read_sites(file: Path) -> list[Site]:
    """Return the sites in a file; problems with rows are told.

    Raises:
        Malformed: `file.format`, `site.none`, or as the file's format says.
    """
    from entente.adapters import csv_sites, geojson

    match file.suffix.lower():
        case ".csv":
            read = csv_sites.read(file)
            for problem in read.problems:
                typer.echo(f"note: {problem.error} [{problem.error.code}]", err=True)
            sites = list(read.sites)
        case ".geojson" | ".json":
            sites = list(geojson.read_sites(file))
        case _:
            raise Malformed("file.format", "is not read here; give .csv or .geojson", where=file.name)
    if not sites:
        raise Malformed("site.none", "holds no site", where=file.name)
    return sites


def secret(desk: Desk) -> bytes:
    """Return the secret under which this home draws copies, made on first use."""
    from entente.node import issuing

    return issuing.secret(desk.home)


def circle_for(desk: Desk, party: str) -> str:
    """Return the circle of an instrument of notification that is the recipient's own, else `all`."""
    from entente.node import issuing

    return issuing.circle_for(desk.book, party)


@app.command("list")
@at_desk("entente site list", lists=True)
def list_(desk: Desk) -> None:
    """List the lists of sites: who notified them, which issue, on what terms, and who has acknowledged it."""
    rows = [(row, desk.released(fold, row.subject)) for fold, row in every_list(desk)]
    if desk.json:
        show.print_json([{**show.plain(row), "released": released} for row, released in rows])
        return
    show.banner(desk.home.exercise)
    show.table(
        ("List", "Issue", "Sites in it", "Issued", "Purpose", "Released", "Acknowledged", "Not yet", "Dissent"),
        [
            (
                row.subject, str(row.issue), str(row.sites), show.when(row.at), row.purpose,
                "\n".join(releasing.cell(one, desk.node.party) for one in released),
                "\n".join(f"{who}, {show.when(at)}" for who, at in row.acknowledged), _not_yet(row),
                ", ".join(row.dissents),
            )
            for row, released in rows
        ],
        "no list of sites is held here",
    )  # fmt: skip
    typer.echo("Not listed is not unprotected.")


def _not_yet(row: ListRow) -> str:
    """Return who has not acknowledged a list, and since when or by when somebody there should have said something."""
    late = f"{', '.join(row.overdue)}: overdue since {show.when(row.due)}" if row.overdue else ""
    others = [who for who in row.waiting if who not in row.overdue]
    return "\n".join(filter(None, (late, f"{', '.join(others)}: by {show.when(row.due)}" if others else "")))


@app.command("show")
@at_desk("entente site show valley-south", lists=True)
def show_(
    desk: Desk,
    name: ListName,
    reader: releasing.Reader = "",
    page: Annotated[int, typer.Option(min=1, help="Another's sites are shown a hundred at a time.")] = 1,
) -> None:
    """Show a list's sites as we were given them: where, how uncertain, until when, under which copy number.

    What was given on terms is opened by acknowledging them. Looking at another's list is noted in our own record.
    """
    from entente.joint import disputes
    from entente.joint.spelling import site_to_plain
    from entente.picture import board

    fold, row = find_list(desk, name)
    released = desk.released(fold, row.subject)
    sealed = desk.sealed(fold, row.subject)
    rows = [r for r in board.site_rows(desk.node.watch.sites, desk.now, released) if r.subject == row.subject]
    notices = [line for one in released for line in one.notice]
    if sealed:
        rows = []
        notices.append(f"{row.subject}: not opened yet. Acknowledge these terms first: entente site open {row.subject}")
    elif row.notifier != desk.node.party:
        of = f"{min(len(rows), (page - 1) * PAGE + 1)} to {min(len(rows), page * PAGE)} of {len(rows)} sites"
        rows = rows[(page - 1) * PAGE : page * PAGE]
        notices.append(f"Shown: {of}.")
        desk.opened(row.subject, of, reader)
    if desk.json:
        sites = [{**site_to_plain(r.site), "expired": r.expired, "withdrawn": r.withdrawn} for r in rows]
        told = disputes.disputes(row.subject, fold.now())
        whole = {"list": row, "released": released, "sealed": sealed, "terms": notices, "disputes": told}
        show.print_json({**whole, "sites": sites})
        return
    disputed = _disputed(fold, row)
    show.banner(desk.home.exercise)
    typer.echo(f"{row.subject}, issue {row.issue}. Purpose: {row.purpose}")
    show.notices(notices)
    show.table(
        ("Site", "Where", "District", "Known by", "Status"),
        [
            (
                f"{r.site.name}\n{board.phrase(r.site.category)}\n{r.site.id}",
                f"{show.place(r.site.position)}\nwithin {r.site.uncertainty_m:,.0f} m",
                "\n".join(
                    filter(None, dict.fromkeys((r.site.settlement, r.site.district, r.site.region, r.site.country)))
                ),
                "\n".join(_known(r.site)),
                "\n".join(filter(None, (_status(r), *disputed.get(r.site.id, ()), r.site.note))),
            )
            for r in rows
        ],
        "" if sealed else "none of its sites was released to us",
    )
    typer.echo("Not listed is not unprotected.")


def _disputed(fold: CircleFold, row: ListRow) -> dict[str, list[str]]:
    """Return who disputes which site now, and why, in words."""
    from entente.joint import disputes
    from entente.picture.board import phrase

    found: dict[str, list[str]] = {}
    for one in disputes.disputes(row.subject, fold.now()):
        if one.ended_at is None:
            found.setdefault(one.site, []).append(f"disputed by {one.party}: {phrase(one.reason)}")
    return found


def _known(site: Site) -> list[str]:
    """Return in words who verified a site, how, how well, when last, and how it is marked: what is stated of it."""
    from entente.picture.board import phrase

    method = phrase(site.method) if site.method else ""
    verified = ", ".join(filter(None, (str(site.grade) if site.grade else "", method, site.verifier)))
    confirmed = " by ".join(filter(None, (show.when(site.confirmed_at), site.confirmed_by)))
    marks = {"by day": site.day_marks, "infrared": site.infrared_marks}
    marked = [f"{how}: {', '.join(sorted(map(phrase, told)))}" for how, told in marks.items() if told]
    return [line for line in (verified, f"confirmed {confirmed}" if confirmed else "", *marked) if line]


def _status(row: SiteRow) -> str:
    from entente.joint.protected_sites import SiteStatus

    site = row.site
    until = f"until {show.when(site.expires_at)}" if site.expires_at else ""
    if row.withdrawn or row.expired:
        until = f"{'withdrawn' if row.withdrawn else f'expired {show.when(site.expires_at)}'.strip()}, still protected"
    return f"{site.status}\n{until if site.status is SiteStatus.ACTIVE else ''}".strip()


@app.command("open")
@at_desk("entente site open valley-south --yes", speaks=True)
def open_(desk: Desk, name: ListName) -> None:
    """Acknowledge the terms on which a list was given to us; its sites are shown from then on, and not before.

    Plans are screened against them at once, acknowledged or not.
    """
    fold, row = find_list(desk, name)
    releasing.acknowledge(desk, fold, row.subject)


@app.command()
@at_desk("entente site withdraw valley --site clinic-3 --yes", speaks=True)
def withdraw(
    desk: Desk,
    name: OwnName,
    site: Annotated[list[str], typer.Option(metavar="ID", help="Only this site; once for each. Else all.")] = [],  # noqa: B006
    why: releasing.Reason = "consent_withdrawn",
) -> None:
    """Withdraw what we released, as when an operator takes its consent back.

    Nothing more is sent. Recipients that are told see their copies as withdrawn, and are to use them no longer, except
    to keep away. What was sent stays sent: nothing takes bytes back. The places go on being screened against until you
    end them.
    """
    for fold, row in _own_lists(desk, name):
        releasing.withdraw(desk, fold, row.subject, why, site)


@app.command()
@at_desk(
    "entente site export valley-south --out list.html --reason 'Board of inquiry' --second duty --yes", speaks=True
)
def export(
    desk: Desk,
    name: ListName,
    out: Annotated[Path, typer.Option(metavar="FILE", help=".csv, .json or .html, to print.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stands in the file and in our own record.")],
    second: Annotated[str, typer.Option(metavar="LABEL", help="The second officer, who signs the same order.")],
) -> None:
    """Write a list that another released to us into a file. Off by default, capped, and ordered by two officers.

    `exports_a_day` in home.toml says how many of others' sites may leave in 24 hours; it is 0 until somebody writes
    more. What was given on the limit not_exported never leaves. Purpose, limits and copy numbers stand on every page.
    """
    fold, row = find_list(desk, name)
    exporting.export(desk, fold, row.subject, out, reason, second)


@app.command()
@at_desk("entente site onward valley-south --to east --until 2030-01-01T00:00:00Z --yes", speaks=True)
def onward(
    desk: Desk,
    name: OwnName,
    to: Annotated[str, typer.Option(metavar="PARTY", help="Who may be given it, also outside of the agreement.")],
    until: Annotated[str, typer.Option(metavar="TIME", help="Until when.")],
) -> None:
    """Consent that whoever holds a list of ours passes it on to another party; without this its node refuses to."""
    from entente.geo.interval import parse_time
    from entente.node import command

    for fold, row in _own_lists(desk, name):
        for given in desk.released(fold, row.subject):
            desk.say(
                command.consent_onward(
                    desk.book.id, fold.name, row.subject, given.leaf, given.to, to, parse_time(until)
                )
            )


@app.command()
@at_desk("entente site end valley school-12 --yes", speaks=True)
def end(
    desk: Desk,
    name: OwnName,
    site: Annotated[list[str], typer.Argument(metavar="ID...", help="The sites, by id as they were issued.")],
) -> None:
    """End sites that need protection no longer, in every copy of a list of ours. Only their originator can.

    Recipients that are told keep the entry, ended, and screen against it no longer.
    """
    from dataclasses import replace

    from entente.joint import notifications
    from entente.joint.protected_sites import SiteStatus
    from entente.node import command, terms

    commands, ended = [], set()
    for fold, row in _own_lists(desk, name):
        held = terms.copies(desk.node, fold, row.subject)
        released = desk.released(fold, row.subject)
        over = bool(released) and all(one.state in ("expired", "withdrawn") for one in released)
        gone = [replace(held[one], status=SiteStatus.ENDED) for one in site if one in held]
        if not gone:
            continue
        ended |= {one.id for one in gone}
        # Where the release has ended, nothing of the place goes along any more but its id.
        bare = [replace(one, name=one.id, position=None, district="", country="", note="") for one in gone]
        commands.append(
            command.notify_sites(
                desk.book.id, fold.name, desk.node.party, row.subject.split("/")[2],
                len(notifications.issues(row.subject, fold.now())) + 1, bare if over else gone, row.purpose,
                to=terms.readers(desk.node, desk.book, fold, row.subject), until=row.until,
            )
        )  # fmt: skip
    if unknown := [one for one in site if one not in ended]:
        raise Refused("site.unknown", f"no list of ours that is called {name!r} holds a site {unknown[0]!r}")
    desk.say(*commands)


@app.command()
@at_desk("entente site acknowledge valley-south --yes", speaks=True)
def acknowledge(desk: Desk, name: ListName) -> None:
    """Acknowledge a list's newest issue: we hold it. It says nothing of what will be done, and asks nothing."""
    from entente.node import command

    fold, row = find_list(desk, name)
    desk.say(command.acknowledge_sites(desk.book.id, fold.name, row.subject, row.leaf))


def every_list(desk: Desk) -> list[tuple[CircleFold, ListRow]]:
    """Return every list of sites that is held here, with the fold that it stands in."""
    from entente.picture import board

    agreement = desk.book.current(desk.now)
    return [(fold, row) for fold in desk.folds() for row in board.list_rows(fold, agreement, desk.now)]


def find_list(desk: Desk, name: str) -> tuple[CircleFold, ListRow]:
    """Return the one list that a name means.

    Raises:
        Refused: `cli.list`.
    """
    found = [pair for pair in every_list(desk) if name in (pair[1].subject, pair[1].subject.split("/", 2)[2])]
    if len(found) != 1:
        raise Refused("cli.list", f"{len(found) or 'no'} lists here are called {name!r}; see: entente site list")
    return found[0]


def _own_lists(desk: Desk, name: str) -> list[tuple[CircleFold, ListRow]]:
    """Return our lists that a name means: one copy, or each recipient's.

    Raises:
        Refused: `cli.list`; `sites.other_party`, when it is another's.
    """
    every = every_list(desk)
    named = [pair for pair in every if name in (pair[1].subject, pair[1].subject.split("/", 2)[2])]
    copies = {f"{name}-{party}" for party in desk.book.parties()}
    found = named or [pair for pair in every if pair[1].subject.split("/", 2)[2] in copies]
    own = [pair for pair in found if pair[1].notifier == desk.node.party]
    if found and not own:
        other = found[0][1].notifier
        raise Refused("sites.other_party", f"{name} is {other}'s, who alone ends it; attach a dissent if it is wrong")
    if not own:
        raise Refused("cli.list", f"no list of ours is called {name!r}; see: entente site list")
    return own
