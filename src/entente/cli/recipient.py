"""`entente recipient`: who is given sites without a node of its own: which, how precisely, for what, in which form."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from entente.cli import packaging, releasing, show
from entente.cli.desk import Desk
from entente.cli.options import at_desk
from entente.errors import Refused

app = typer.Typer(
    no_args_is_help=True, help="Recipients without a node. What each is given is an officer's signed word, kept here."
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The recipient's short name: an office, never a person.")]
Title = Annotated[str | None, typer.Option("--title", metavar="TEXT", help="How papers address it.")]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", metavar="FORMAT", help="pdf, docx, xlsx, mgrs, csv, kml, email or list; once for each."),
]
Precision = Annotated[int | None, typer.Option("--precision", metavar="METRES", help="How precise its copies are.")]
Tongue = Annotated[
    str | None, typer.Option("--language", metavar="CODE", help="en, fr, ru or ar; English stands beside.")
]
Channel = Annotated[str | None, typer.Option("--channel", metavar="LABEL", help="How it is reached: a label of yours.")]
How = Annotated[
    str | None, typer.Option("--acknowledges", metavar="TEXT", help="How and where it acknowledges; printed on forms.")
]
Lists = Annotated[list[str] | None, typer.Option("--list", metavar="NAME", help="Only this list; once for each.")]
Categories = Annotated[
    list[str] | None, typer.Option("--category", metavar="CATEGORY", help="Only sites of this category; once for each.")
]
Countries = Annotated[list[str] | None, typer.Option("--country", metavar="NAME", help="Only in this country.")]
Districts = Annotated[
    list[str] | None, typer.Option("--district", metavar="NAME", help="Only in this district or region.")
]
LeftOut = Annotated[list[str] | None, typer.Option("--leave-out", metavar="ID", help="Never this site; once for each.")]
Keep = Annotated[
    list[str] | None,
    typer.Option("--keep", metavar="TEXT", help="note, settlement, position_source, confirmed_by …: goes along."),
]


@app.command()
@at_desk(
    "entente recipient add agency --title 'Agency, liaison desk' --format pdf --format csv --precision 1000 --yes",
    speaks=True,
)
def add(
    desk: Desk,
    name: Name,
    formats: Formats = None,
    precision: Precision = None,
    title: Title = None,
    purpose: releasing.Purposes = "",
    limit: releasing.Limits = [],  # noqa: B006 (Typer copies it)
    words: releasing.Words = "",
    start: releasing.Start = "",
    until: releasing.Until = "",
    consent: releasing.Consent = "",
    language: Tongue = None,
    channel: Channel = None,
    acknowledges: How = None,
    lists: Lists = None,
    category: Categories = None,
    country: Countries = None,
    district: Districts = None,
    leave_out: LeftOut = None,
    keep: Keep = None,
) -> None:
    """Add a recipient that runs no node, and say what it is given: an officer signs it, and it stands until changed.

    Without --list, --category, --country or --district it is given everything. Sites are moved for it by up to
    --precision; no package is ever more precise. Nothing of a person is needed: the channel is a label of yours.
    """
    from entente.node import packages
    from entente.picture.recipients import Recipient

    if name in packages.enlisted(desk.node):
        raise Refused(
            "recipient.exists", f"there is a recipient {name!r} already; change it with: entente recipient change"
        )
    if not formats or precision is None:
        raise Refused("recipient.missing", "say in which --format it takes packages, and at which --precision [m]")
    said = _said(
        desk, formats=formats, precision=precision, title=title, purpose=purpose, limit=limit, words=words, start=start,
        until=until, consent=consent, language=language, channel=channel, acknowledges=acknowledges, lists=lists,
        category=category, country=country, district=district, leave_out=leave_out, keep=keep,
    )  # fmt: skip
    packaging.enlist(desk, None, Recipient(name=name, **said))


@app.command()
@at_desk("entente recipient change agency --precision 2000 --category medical --yes", speaks=True)
def change(
    desk: Desk,
    name: Name,
    formats: Formats = None,
    precision: Precision = None,
    title: Title = None,
    purpose: releasing.Purposes = "",
    limit: releasing.Limits = [],  # noqa: B006
    words: releasing.Words = "",
    start: releasing.Start = "",
    until: releasing.Until = "",
    consent: releasing.Consent = "",
    language: Tongue = None,
    channel: Channel = None,
    acknowledges: How = None,
    lists: Lists = None,
    category: Categories = None,
    country: Countries = None,
    district: Districts = None,
    leave_out: LeftOut = None,
    keep: Keep = None,
) -> None:
    """Change what a recipient is given; what is not said stays. 'none', or 'all', takes a setting back.

    The next package tells what follows: what it is given no longer is told as withdrawn. What was sent stays sent.
    """
    from entente.node import packages
    from entente.picture import recipients

    before = packages.recipient(desk.node, name)
    said = _said(
        desk, formats=formats, precision=precision, title=title, purpose=purpose, limit=limit, words=words, start=start,
        until=until, consent=consent, language=language, channel=channel, acknowledges=acknowledges, lists=lists,
        category=category, country=country, district=district, leave_out=leave_out, keep=keep,
    )  # fmt: skip
    packaging.enlist(desk, before, recipients.changed(before, **said))


def _said(desk: Desk, **given: Any) -> dict[str, Any]:
    """Return the settings that were given, as a recipient holds them."""
    from entente.geo.interval import parse_time
    from entente.joint.act import spell
    from entente.joint.protected_sites import Category
    from entente.joint.releases import Limit, Purpose
    from entente.picture.recipients import Format, Language

    said: dict[str, Any] = {"precision_m": given["precision"], "title": given["title"], "channel": given["channel"]}
    said |= {"acknowledges": given["acknowledges"]}
    said |= {name: "" if given[name] == "none" else given[name] or None for name in ("words", "consent")}
    for name in ("start", "until"):
        told = given[name]
        said[name] = "" if told == "none" else spell(parse_time(told)) if told else None
    words = (("formats", "formats", Format), ("limit", "limits", Limit), ("category", "categories", Category))
    for option, name, kind in words:
        listed = given[option]
        chosen = [releasing.word_of(kind, word, option) for word in listed or [] if word not in ("all", "none")]
        said[name] = tuple(dict.fromkeys(chosen)) if listed else None
    if said["limits"] is not None:
        said["limits"] = tuple(sorted(said["limits"]))
    for option, name, one in (("purpose", "purpose", Purpose), ("language", "language", Language)):
        said[name] = releasing.word_of(one, given[option], option) if given[option] else None
    names = (
        ("lists", "lists"),
        ("country", "countries"),
        ("district", "districts"),
        ("leave_out", "left_out"),
        ("keep", "keep"),
    )
    for option, name in names:
        listed = given[option]
        said[name] = tuple(dict.fromkeys(word for word in listed if word and word != "all")) if listed else None
    return {name: value for name, value in said.items() if value is not None}


@app.command("list")
@at_desk("entente recipient list", lists=True)
def list_(desk: Desk) -> None:
    """List the recipients without a node, what each is given, and what it was sent last."""
    from entente.node import packages
    from entente.picture import recipients

    known = packages.enlisted(desk.node)
    last = {of.manifest.recipient: of for of in packages.sent(desk.node)}
    if desk.json:
        show.print_json(
            [{**recipients.to_plain(one), "packages": _number(last.get(name))} for name, one in known.items()]
        )
        return
    show.banner(desk.home.exercise)
    show.table(
        ("Recipient", "Formats", "Precision", "Sites", "Purpose and limits", "Period", "Last package"),
        [
            (
                f"{name}\n{one.title}".strip(), ", ".join(one.formats), f"{one.precision_m:,} m", packaging.chosen(one),
                packaging.purpose(one), packaging.period(one), packaging.last(last.get(name)),
            )
            for name, one in known.items()
        ],
        "there is no recipient without a node yet; add one with: entente recipient add",
    )  # fmt: skip


def _number(of: Any) -> int:
    return of.manifest.number if of is not None else 0


@app.command("show")
@at_desk("entente recipient show agency", lists=True)
def show_(desk: Desk, name: Name) -> None:
    """Show one recipient: what it is given, in which form, and everything that it was sent and acknowledged."""
    from entente.node import packages
    from entente.picture import recipients

    one = packages.recipient(desk.node, name)
    if desk.json:
        show.print_json(
            {
                **recipients.to_plain(one),
                "packages": packaging.register(desk, name),
                "heard": packages.acknowledged(desk.node, name),
            }
        )
        return
    show.banner(desk.home.exercise)
    show.facts(packaging.facts(one))
    typer.echo("")
    packaging.print_register(desk, name)
