"""`entente recipient`: who is given sites without a node of its own: which, how precisely, for what, in which form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a recipient is given beside the terms, as the options say it; None is not said."""

    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", metavar="FORMAT", help="pdf, docx, xlsx, mgrs, csv, kml, email or list; once for each."
        ),
    ] = None
    precision: Annotated[
        int | None, typer.Option("--precision", metavar="METRES", help="How precise its copies are.")
    ] = None
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="How papers address it.")] = None
    language: Annotated[
        str | None, typer.Option("--language", metavar="CODE", help="en, fr, ru or ar; English stands beside.")
    ] = None
    channel: Annotated[
        str | None, typer.Option("--channel", metavar="LABEL", help="How it is reached: a label of yours.")
    ] = None
    acknowledges: Annotated[
        str | None,
        typer.Option("--acknowledges", metavar="TEXT", help="How and where it acknowledges; printed on forms."),
    ] = None
    lists: Annotated[
        list[str] | None, typer.Option("--list", metavar="NAME", help="Only this list; once for each.")
    ] = None
    categories: Annotated[
        list[str] | None,
        typer.Option("--category", metavar="CATEGORY", help="Only sites of this category; once for each."),
    ] = None
    countries: Annotated[list[str] | None, typer.Option("--country", metavar="NAME", help="Only in this country.")] = (
        None
    )
    districts: Annotated[
        list[str] | None, typer.Option("--district", metavar="NAME", help="Only in this district or region.")
    ] = None
    left_out: Annotated[
        list[str] | None, typer.Option("--leave-out", metavar="ID", help="Never this site; once for each.")
    ] = None
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", metavar="TEXT", help="note, settlement, position_source, confirmed_by …: goes along."),
    ] = None


@app.command()
@at_desk(
    "entente recipient add agency --title 'Agency, liaison desk' --format pdf --format csv --precision 1000 --yes",
    speaks=True,
)
def add(
    desk: Desk,
    name: Name,
    given: Given,
    said: releasing.Said,
) -> None:
    """Add a recipient that runs no node, and say what it is given: an officer signs it, and it stands until changed.

    Without --list, --category, --country or --district it is given everything. Sites are moved for it by up to
    --precision; no package is ever more precise. Nothing of a person is needed: the channel is a label of yours.
    """
    from entente.node import enlistment
    from entente.picture.recipients import Recipient

    if name in enlistment.enlisted(desk.node):
        raise Refused(
            "recipient.exists", f"there is a recipient {name!r} already; change it with: entente recipient change"
        )
    if not given.formats or given.precision is None:
        raise Refused("recipient.missing", "say in which --format it takes packages, and at which --precision [m]")
    packaging.enlist(desk, None, Recipient(name=name, **_settings(given, said)))


@app.command()
@at_desk("entente recipient change agency --precision 2000 --category medical --yes", speaks=True)
def change(
    desk: Desk,
    name: Name,
    given: Given,
    said: releasing.Said,
) -> None:
    """Change what a recipient is given; what is not said stays. 'none', or 'all', takes a setting back.

    The next package tells what follows: what it is given no longer is told as withdrawn. What was sent stays sent.
    """
    from entente.node import enlistment
    from entente.picture import recipients

    before = enlistment.recipient(desk.node, name)
    packaging.enlist(desk, before, recipients.changed(before, **_settings(given, said)))


def _settings(given: Given, said: releasing.Said) -> dict[str, Any]:
    """Return the settings that were given, as a recipient holds them; 'none' and 'all' take one back."""
    from entente.joint.protected_sites import Category
    from entente.joint.releases import Limit, Purpose
    from entente.picture.recipients import Format, Language

    found: dict[str, Any] = {
        "precision_m": given.precision,
        "title": given.title,
        "channel": given.channel,
        "acknowledges": given.acknowledges,
        "words": _unless_none(said.words),
        "consent": _unless_none(said.consent),
        "start": _unless_none(said.start, _spelt),
        "until": _unless_none(said.until, _spelt),
        "purpose": releasing.word_of(Purpose, said.purpose, "purpose") if said.purpose else None,
        "language": releasing.word_of(Language, given.language, "language") if given.language else None,
    }
    words = (
        ("formats", given.formats, "format", Format),
        ("limits", sorted(said.limits), "limit", Limit),
        ("categories", given.categories, "category", Category),
    )
    for name, listed, what, kind in words:
        chosen = [releasing.word_of(kind, word, what) for word in listed or [] if word not in ("all", "none")]
        found[name] = tuple(dict.fromkeys(chosen)) if listed else None
    for name in ("lists", "countries", "districts", "left_out", "keep"):
        listed = getattr(given, name)
        found[name] = tuple(dict.fromkeys(word for word in listed if word and word != "all")) if listed else None
    return {name: value for name, value in found.items() if value is not None}


def _unless_none(told: str, read: Callable[[str], str] = str) -> str | None:
    """Return a setting that was told, empty where 'none' takes it back; None, where nothing was."""
    return "" if told == "none" else read(told) if told else None


def _spelt(time: str) -> str:
    from entente.geo.interval import parse_time
    from entente.joint.act import spell

    return spell(parse_time(time))


@app.command("list")
@at_desk("entente recipient list", lists=True)
def list_(desk: Desk) -> None:
    """List the recipients without a node, what each is given, and what it was sent last."""
    from entente.node import enlistment, packages
    from entente.picture import recipients

    known = enlistment.enlisted(desk.node)
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
    from entente.node import acknowledging, enlistment
    from entente.picture import recipients

    one = enlistment.recipient(desk.node, name)
    if desk.json:
        show.print_json(
            {
                **recipients.to_plain(one),
                "packages": packaging.register(desk, name),
                "heard": acknowledging.acknowledged(desk.node, name),
            }
        )
        return
    show.banner(desk.home.exercise)
    show.facts(packaging.facts(one))
    typer.echo("")
    packaging.print_register(desk, name)
