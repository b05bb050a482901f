"""`entente package`: see what each recipient would get, release it, keep the register, enter what was acknowledged."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.cli import packaging, show
from entente.cli.desk import Desk
from entente.cli.options import at_desk
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.node.packages import Prepared
    from entente.picture.coverage import ByHand
    from entente.picture.recipients import Listed

app = typer.Typer(
    no_args_is_help=True,
    help="Packages for recipients without a node, each in its own form. Not listed is not unprotected.",
)
FilePath = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="Sites: .csv or .geojson; else those of the register.")
]
ListName = Annotated[
    str, typer.Option("--list", metavar="NAME", help="Which list the file is; or which one of the register.")
]
Conditions = Annotated[
    list[str], typer.Option("--filter", metavar="KEY=VALUE", help="Only such places of the register; see place list.")
]
To = Annotated[list[str], typer.Option("--to", metavar="NAME", help="A recipient; once for each.")]
Full = Annotated[bool, typer.Option("--full", help="The whole list, and not the changes since the last package.")]
Since = Annotated[
    int | None, typer.Option("--since", min=1, metavar="N", help="The changes since package N, which they have.")
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="A folder; each package gets one in it.")]
Reference = Annotated[str, typer.Argument(metavar="NAME", help="The recipient.")]
Number = Annotated[int, typer.Argument(metavar="N", min=1, help="Which of its packages.")]
OfMovement = Annotated[str, typer.Option("--movement", metavar="NAME", help="Of this movement: its version N.")]
PAGE = 50
"""Rows of each recipient that a preview prints, unless all are asked for."""


@app.command()
@at_desk("entente package preview sites.csv --list valley --to agency --to south", lists=True)
def preview(
    desk: Desk,
    file: FilePath = None,
    name: ListName = "",
    conditions: Conditions = [],  # noqa: B006
    to: To = [],  # noqa: B006 (Typer copies it)
    full: Full = False,
    since: Since = None,
    precision: Annotated[
        float, typer.Option(metavar="METRES", help="For parties with a node: as site add would be told.")
    ] = 500.0,
    every: Annotated[bool, typer.Option("--every", help="Print every row, not the first of them.")] = False,
) -> None:
    """Show exactly what each recipient would get, side by side, and row by row; nothing is signed or sent.

    Recipients with a node may stand beside those without: shown are the copies that `entente site add` would release.
    """
    sites = packaging.held(desk, file, name, conditions)
    seen = [_seen(desk, one, name, sites, precision, full, since) for one in _named(to)]
    if desk.json:
        show.print_json([{"recipient": who, "facts": facts, "rows": rows} for who, facts, rows in seen])
        return
    show.banner(desk.home.exercise)
    labels = list(dict.fromkeys(label for _, facts, _ in seen for label in facts))
    packaging.columns(
        [who for who, _, _ in seen], [(label, [f.get(label, "") for _, f, _ in seen]) for label in labels]
    )
    for who, _, rows in seen:
        typer.echo(f"{who} would get:")
        shown = rows if every else rows[:PAGE]
        show.table(
            ("No.", "Change", "Name", "Where", "Uncertain", "Place", "Told"),
            [
                (
                    str(row["no"]), row["change"], f"{row['name']}\n{row['id']}", row["position"], row["uncertain"],
                    row["place"], row["told"],
                )
                for row in shown
            ],
            "nothing: it holds all of this already",
        )  # fmt: skip
        if len(rows) > len(shown):
            typer.echo(f"… and {len(rows) - len(shown):,} more; see them with --every")
    typer.echo("Not listed is not unprotected.")


def _seen(
    desk: Desk, who: str, name: str, sites: list[Listed], precision: float, full: bool, since: int | None
) -> tuple[str, dict[str, str], list[dict[str, Any]]]:
    from entente.node import enlistment, packages

    if desk.node.books and who in {party for book in desk.node.books.values() for party in book.parties()}:
        return who, *_node(desk, who, name, sites, precision)
    prepared = packages.prepare(
        desk.node, enlistment.recipient(desk.node, who), sites, _secret(desk), full=full, since=since
    )
    return who, _facts(prepared), _rows(desk, prepared)


def _facts(prepared: Prepared) -> dict[str, str]:
    from entente.picture.coarsen import KEPT

    one = prepared.recipient
    unplaced = sum(site.position is None for site in prepared.after.values())
    return {
        "by": f"package {prepared.number}: {', '.join(one.formats)}",
        "what": f"{packaging.since(prepared.since)}\n{packaging.told(prepared.told)}",
        "holds then": f"{len(prepared.after):,} sites\n{unplaced:,} of them not placed",
        "precision": f"{one.precision_m:,} m",
        "period": packaging.period(one),
        "purpose, limits": packaging.purpose(one),
        "language": str(one.language),
        "copy": prepared.copy,
        "left out": "\n".join(f"{n:,}: {why}" for why, n in prepared.choice.reasons().items()) or "none",
        "without": ", ".join(sorted(KEPT - set(one.keep))).replace("_", " "),
        "kept as they hold it": f"{len(prepared.absent):,} that are not in this file" if prepared.absent else "",
    }


def _rows(desk: Desk, prepared: Prepared) -> list[dict[str, Any]]:
    lines = packaging.document(desk, prepared, "").lines
    return [
        {
            "no": line.number, "change": str(line.change), "list": line.list, "id": line.id, "name": line.name,
            "category": line.category,
            "position": f"{line.spelt.decimal}\n{line.spelt.mgrs}" if line.spelt else "no place",
            "dms": line.spelt.dms if line.spelt else "",
            "uncertain": f"{line.spelt.uncertainty_m:,} m" if line.spelt else "", "place": line.where,
            "told": line.told,
        }
        for line in lines
    ]  # fmt: skip


def _node(
    desk: Desk, party: str, name: str, sites: list[Listed], precision: float
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Return what a party with a node would be released by `entente site add`."""
    from entente.picture.coarsen import KEPT, coarsen, copy_number, require

    require(precision, ())
    secret = _secret(desk)
    copies = [coarsen(one.site, precision_m=precision, recipient=party, secret=secret) for one in sites]
    facts = {
        "by": "its node: entente site add",
        "what": f"the whole list\n{len(copies):,} sites",
        "holds then": f"{len(copies):,} sites\n{sum(c.position is None for c in copies):,} of them not placed",
        "precision": f"{precision:,.0f} m",
        "period": "by the terms that site add is told",
        "copy": copy_number(party, secret),
        "left out": "none",
        "without": ", ".join(sorted(KEPT)).replace("_", " "),
    }
    rows = [
        {
            "no": number, "change": "listed", "list": f"{name}-{party}", "id": copy.id, "name": copy.name,
            "category": str(copy.category), "position": show.place(copy.position), "dms": "",
            "uncertain": f"{copy.uncertainty_m:,.0f} m",
            "place": ", ".join(filter(None, (copy.district, copy.country))), "told": copy.note,
        }
        for number, copy in enumerate(copies, 1)
    ]  # fmt: skip
    return facts, rows


@app.command()
@at_desk("entente package make sites.csv --list valley --to agency --out packages --yes", speaks=True)
def make(
    desk: Desk,
    file: FilePath = None,
    name: ListName = "",
    conditions: Conditions = [],  # noqa: B006
    to: To = [],  # noqa: B006
    out: Out = Path("packages"),
    full: Full = False,
    since: Since = None,
) -> None:
    """Make a package for each recipient, have its release signed, note it in our own record, and write its files.

    Without --full or --since it tells what has changed since the recipient's last package. A site that is missing from
    the file is not ended by that. Whoever has nothing new gets no package.
    """
    from entente.node import enlistment, packages, papers

    sites, secret, who = packaging.held(desk, file, name, conditions), _secret(desk), packaging.officer(desk)
    wanted = []
    show.banner(desk.home.exercise)
    for one in _named(to):
        prepared = packages.prepare(
            desk.node, enlistment.recipient(desk.node, one), sites, secret, full=full, since=since
        )
        if not prepared.rows and not full:
            typer.echo(
                f"{one} holds all of this already, by package {prepared.number - 1}; --full sends the whole list."
            )
            continue
        folder = _free(out / f"{one}-{prepared.number:03d}")
        files = _files(desk, prepared, who)
        manifest = packages.manifest(desk.node, prepared, files)
        wanted.append((prepared, manifest, files, folder))
        _tell(prepared, manifest)
    if not wanted:
        return
    desk.ask(f"Sign {'this release' if len(wanted) == 1 else f'these {len(wanted)} releases'} as {who[0]}, {who[1]}?")
    kept = packaging.keep(desk, who, [packages.releasing(desk.node, one, manifest) for one, manifest, *_ in wanted])
    # Noted first: a file that was not written is made again by `package show`; one that was not noted is a leak.
    for (_, manifest, files, folder), signed in zip(wanted, kept, strict=True):
        _write(folder, files, papers.handed_out(manifest.encode(), signed))
        typer.echo(f"Released {manifest.reference}: {_many(files)} in {folder}. Hash of the list {manifest.list}.")


def _files(desk: Desk, prepared: Prepared, who: tuple[str, str]) -> dict[str, bytes]:
    from entente.report import package

    office = who[1].replace("_", " ")
    return package.render(packaging.document(desk, prepared, f"{who[0]}, {office}"))


def _tell(prepared: Prepared, manifest: Any) -> None:
    one = prepared.recipient
    typer.echo(f"Release package {manifest.number} to {one.name}{f' ({one.title})' if one.title else ''}:")
    show.facts(
        [
            ("what", f"{packaging.since(manifest.since)}: {packaging.told(manifest.told)}"),
            ("holds then", f"{manifest.sites:,} sites, hash {manifest.list}"),
            ("precision", f"{manifest.precision_m:,} m"),
            ("purpose, limits", "; ".join(packaging.purpose(one).splitlines())),
            ("period", ", ".join(packaging.period(one).splitlines())),
            ("copy", manifest.copy),
            *((f.name, f"{f.bytes:,} bytes, SHA-256 {f.sha256}") for f in manifest.files),
        ]
    )
    typer.echo("")


def _write(folder: Path, files: dict[str, bytes], manifest: bytes) -> None:
    from entente.cli.files import write_file

    for name, data in files.items():
        write_file(folder / name, data)
    write_file(folder / "manifest.json", manifest)


def _many(files: Collection[object]) -> str:
    return f"{len(files)} file{'s'[: len(files) > 1]}"


def _free(folder: Path) -> Path:
    """Return a folder into which nobody has put anything yet.

    Raises:
        Refused: `file.exists`.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise Refused("file.exists", "is there already, and not empty; give another --out", where=str(folder))
    return folder


@app.command()
@at_desk("entente package movement convoy.toml --name relief-7 --to agency --out packages --yes", speaks=True)
def movement(
    desk: Desk,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The movement, in TOML, as for: entente movement notify.")
    ],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What it is called; no place in it.")],
    to: To = [],  # noqa: B006
    out: Out = Path("packages"),
) -> None:
    """Make a movement's notice for recipients without a node: one page each, and what an amendment has changed.

    Run it again with the amended file: the page then says what differs from the version before, and that what was
    acknowledged of that one is void. Each copy is within the recipient's precision.
    """
    from entente.adapters import movementfile
    from entente.node import enlistment, movement_packages, papers
    from entente.picture import journeys
    from entente.report.package import movement as one_page

    true, who = movementfile.read(file).journey, packaging.officer(desk)
    wanted = []
    show.banner(desk.home.exercise)
    for one in _named(to):
        prepared = movement_packages.prepare(desk.node, enlistment.recipient(desk.node, one), name, true, _secret(desk))
        folder = _free(out / f"{one}-{name}-{prepared.version:03d}")
        files = one_page.render(packaging.notice(desk, prepared, f"{who[0]}, {who[1].replace('_', ' ')}"))
        manifest = movement_packages.manifest(desk.node, prepared, files)
        wanted.append((prepared, manifest, files, folder))
        typer.echo(f"Release version {manifest.version} of the movement {name} to {one}:")
        for line in journeys.notice(prepared.journey):
            typer.echo(f"  {line}")
        for change in prepared.changes:
            typer.echo(f"  changed: {change.what}: {change.old or 'nothing'} -> {change.new or 'nothing'}")
        show.facts((f.name, f"{f.bytes:,} bytes, SHA-256 {f.sha256}") for f in manifest.files)
    desk.ask(f"Sign {'this release' if len(wanted) == 1 else f'these {len(wanted)} releases'} as {who[0]}, {who[1]}?")
    every = [movement_packages.releasing(desk.node, one, manifest) for one, manifest, *_ in wanted]
    for (_, manifest, files, folder), signed in zip(wanted, packaging.keep(desk, who, every), strict=True):
        _write(folder, files, papers.handed_out(manifest.encode(), signed))
        typer.echo(f"Released {manifest.reference}: {_many(files)} in {folder}.")


@app.command("list")
@at_desk("entente package list", lists=True)
def list_(
    desk: Desk, to: Annotated[str, typer.Option("--to", metavar="NAME", help="Only this recipient's.")] = ""
) -> None:
    """List the register: what was sent to whom, when, how precise, and how far its acknowledgement has come."""
    if desk.json:
        show.print_json(packaging.register(desk, to))
        return
    show.banner(desk.home.exercise)
    packaging.print_register(desk, to)


@app.command("show")
@at_desk("entente package show agency 1 --out again", lists=True)
def show_(
    desk: Desk,
    name: Reference,
    number: Number,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Make its files again, here.")] = None,
    of: OfMovement = "",
) -> None:
    """Show one package: what was signed, by whom, and its files; with --out, make them again, byte for byte.

    Files that would not be the signed ones, as after an upgrade, are not written.
    """
    from entente.node import acknowledging, movement_packages, packages, papers
    from entente.node.papers import verified

    sent: Any
    facts: list[tuple[str, str]]
    if of:
        sent = movement_packages.version(desk.node, name, of, number)
        kind, item = movement_packages.KIND, movement_packages.item(of)
        facts = [("journey", f"from {sent.manifest.start} to {sent.manifest.end}, hash {sent.manifest.journey}")]
    else:
        sent = packages.package(desk.node, name, number)
        kind, item = packages.KIND, packages.item(name)
        facts = [
            ("what", f"{packaging.since(sent.manifest.since)}: {packaging.told(sent.manifest.told)}"),
            ("holds then", f"{sent.manifest.sites:,} sites, hash {sent.manifest.list}"),
        ]
    sound, said = verified(sent.text, sent.signed, kind), sent.manifest
    heard = [one for one in acknowledging.acknowledged(desk.node, name) if (one.item, one.issue) == (item, number)]
    if out is not None:
        files = _again(desk, sent)
        _write(_free(out), files, papers.handed_out(sent.text, sent.signed))
    if desk.json:
        by = {"by": sent.signed.officer, "office": sent.signed.office, "verified": sound, "at": sent.at}
        show.print_json({"manifest": said, **by, "heard": heard})
        return
    show.banner(desk.home.exercise)
    show.facts(
        [
            ("package", said.reference),
            ("released", f"{show.when(sent.at)} by {sent.signed.officer}, {sent.signed.office}"),
            ("signature", "verified" if sound else "DOES NOT VERIFY"),
            *facts,
            ("precision", f"{said.precision_m:,} m"),
            ("copy", said.copy),
            *((file.name, f"{file.bytes:,} bytes, SHA-256 {file.sha256}") for file in said.files),
            *((str(one.rung).replace("_", " "), _heard(one)) for one in heard),
        ]
    )
    if out is not None:
        typer.echo(f"Made again, the same bytes: {_many(said.files)} in {out}.")


def _heard(one: ByHand) -> str:
    return f"{show.when(one.at)} {one.unit}, {one.source}, entered by {one.entered_by}".replace(" ,", ",")


def _again(desk: Desk, of: Any) -> dict[str, bytes]:
    from hashlib import sha256

    from entente.node import enlistment, movement_packages, packages
    from entente.report.package import movement as one_page

    who = (of.signed.officer, of.signed.office)
    if isinstance(of.manifest, movement_packages.Manifest):
        moved = movement_packages.rebuilt(desk.node, of)
        files = one_page.render(packaging.notice(desk, moved, f"{who[0]}, {who[1].replace('_', ' ')}"))
    else:
        to = enlistment.settings_at(desk.node, of.manifest.recipient, of.seq)
        files = _files(desk, packages.rebuilt(desk.node, of, to), who)
    signed = {file.name: file.sha256 for file in of.manifest.files}
    differs = [name for name, digest in signed.items() if sha256(files.get(name, b"")).hexdigest() != digest]
    if differs:
        raise Refused(
            "package.differs", f"{', '.join(differs)} would not be the signed files; another version made them"
        )
    return files


@app.command()
@at_desk("entente package acknowledge agency 1 --rung read_back --source 'telephone, duty desk' --as duty")
def acknowledge(
    desk: Desk,
    name: Reference,
    number: Number,
    rung: Annotated[
        str, typer.Option("--rung", metavar="STEP", help="delivered, opened, read_back, relayed or loaded.")
    ],
    source: Annotated[str, typer.Option("--source", metavar="TEXT", help="How it was heard: telephone, letter 14 …")],
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When they said so; else now.")] = "",
    unit: Annotated[str, typer.Option("--unit", metavar="NAME", help="Which unit has it or has loaded it.")] = "",
    of: OfMovement = "",
    label: Annotated[str, typer.Option("--as", metavar="LABEL", help="Who enters it.")] = "",
) -> None:
    """Enter what a recipient acknowledged, by telephone or on paper: which step, when, from where.

    It stands in our own record as entered by hand. It says that the package is held, and nothing of what will be done.
    """
    import getpass

    from entente.cli import releasing
    from entente.geo.interval import parse_time
    from entente.joint.ladder import Rung
    from entente.node import acknowledging, movement_packages, packages
    from entente.picture.coverage import ByHand

    who = f"{desk.node.party}/{label}" if label else getpass.getuser()
    acknowledging.acknowledge(
        desk.node,
        ByHand(
            recipient=name, item=movement_packages.item(of) if of else packages.item(name),
            issue=number, rung=releasing.word_of(Rung, rung, "step"),
            unit=" ".join(unit.split()), at=parse_time(at) if at else desk.now, source=" ".join(source.split()),
            entered_by=who,
        ),
    )  # fmt: skip
    packaging.print_register(desk, name)


def _named(to: list[str]) -> list[str]:
    if not to:
        raise Refused("package.recipients", "say to whom, once for each: --to NAME")
    return list(dict.fromkeys(to))


def _secret(desk: Desk) -> bytes:
    from entente.cli import site

    return site.secret(desk)
