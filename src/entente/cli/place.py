"""`entente place`: the desk's register of places: a list is read, shown, and only then taken.

Nothing of it leaves this node: `entente site add --from-register` releases from it.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.cli import show
from entente.cli.desk import Desk
from entente.cli.options import at_desk
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.adapters.lists import Listing, Progress
    from entente.node.register import Event, Register, Staged
    from entente.places.across import Entry
    from entente.places.flags import Flag
    from entente.places.identity import Answers, Held, Outcome

app = typer.Typer(no_args_is_help=True, help="The desk's register of places: lists in, before anything is released.")
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ListOption = Annotated[str, typer.Option("--list", metavar="NAME", help="The list in the register; else the only one.")]
Who = Annotated[str, typer.Option("--as", metavar="LABEL", help="Who does it; kept with the register.")]
Filter = Annotated[
    list[str], typer.Option("--filter", metavar="KEY=VALUE", help="As country=Mali, placed=no, flag=district.far.")
]
PAGE, SHOWN = 100, 20
"""Places that a page shows, and of each kind that an import shows; all of them are in --json."""


# -- in ----------------------------------------------------------------------------------------------------------------


@app.command("import")
@at_desk("entente place import sites.csv --list health --source GPS")
def import_(
    desk: Desk,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A list: .xlsx, .csv, .geojson, .kml or .kmz.")],
    name: Annotated[str, typer.Option("--list", metavar="NAME", help="The list in the register.")] = "places",
    sheet: Annotated[str, typer.Option(metavar="NAME", help="Which sheet of a workbook.")] = "",
    encoding: Annotated[str, typer.Option(metavar="NAME", help="Of a text, when it is guessed wrong: cp1251.")] = "",
    column: Annotated[
        list[str], typer.Option(metavar="FIELD=TITLE", help="Which column is what, as lat=Y; remembered.")
    ] = [],  # noqa: B006 (Typer copies it)
    source: Annotated[str, typer.Option(metavar="TEXT", help="Where all its positions come from, as GPS.")] = "",
    datum: Annotated[str, typer.Option(metavar="NAME", help="On which datum they stand, as WGS84.")] = "",
    country: Annotated[str, typer.Option(metavar="NAME", help="The country of all of them.")] = "",
    district: Annotated[str, typer.Option(metavar="NAME", help="The district of all of them.")] = "",
    category: Annotated[str, typer.Option(metavar="WORD", help="What all of them are, as medical.")] = "",
    who: Who = "",
    as_json: JsonFlag = False,
) -> None:
    """Read a list and show what taking it would do: new, changed, moved, gone; what is flagged; what is not clear.

    Nothing is taken until `entente place accept`. No row is dropped: what has no position is known and not placed. What
    looks wrong is flagged and taken as it is; mend it in the list, and import that again.
    """
    from entente.places import across
    from entente.places.rows import Stated

    said = dict(_pair(text, "--column") for text in column)
    stated = Stated(country=country, district=district, category=category, position_source=source, datum=datum)
    with _register(desk) as register:
        with _progress() as told:
            listing = _read(file, sheet, encoding, said, register, stated, told)
            if said:
                shape, labels = listing.header.shape, listing.header.labels
                register.remember(shape, labels, {**register.mappings().get(shape, {}), **said}, _now(desk))
            staged = _staged(desk, file, name, listing, register, who)
            told("compared", 0)
            outcomes = across.beside(
                name, register.compare(staged), register.places(), _of_others(desk), register.settled()
            )
        same_again = _nothing_new(outcomes)
        if same_again:
            register.unstage(name)
        else:
            register.stage(staged)
        desk.node.journal("places_read", list=name, file=file.name, sha256=staged.sha256, rows=len(staged.rows),
                          by=who or "not stated", account=getpass.getuser())  # fmt: skip
    if as_json:
        show.print_json(_plain_import(staged, listing, outcomes))
        return
    show.banner(desk.home.exercise)
    _tell_reading(file, listing)
    _tell_flags(outcomes)
    _tell_outcomes(outcomes)
    if same_again:
        typer.echo("Nothing in it differs from the register, so there is nothing to accept.")
    else:
        typer.echo(f"Nothing was taken yet. To take it: entente place accept --list {name}")


def _read(
    file: Path, sheet: str, encoding: str, said: dict[str, str], register: Register, stated: Any, told: Progress
) -> Listing:
    from entente.adapters import ground, lists

    return lists.read(
        file, sheet=sheet, encoding=encoding, said=said, remembered=register.mappings(), stated=stated,
        ground=ground.of_the_world(), progress=told,
    )  # fmt: skip


def _staged(desk: Desk, file: Path, name: str, listing: Listing, register: Register, who: str) -> Staged:
    from entente.node.register import Staged

    return Staged(
        list=name, file=file.name, sha256=listing.sha256, at=_now(desk), by=who or getpass.getuser(),
        rows=listing.rows, flags=listing.flags, refused=listing.refused, rule=register.rule(name),
    )  # fmt: skip


def _nothing_new(outcomes: Sequence[Outcome]) -> bool:
    from entente.places.identity import Kind

    return all(one.kind is Kind.SAME for one in outcomes)


@app.command()
@at_desk("entente place accept --list health --yes", asks=True)
def accept(
    desk: Desk,
    name: ListOption = "",
    same: Annotated[list[str], typer.Option(metavar="ROW=ID", help="This row is that place.")] = [],  # noqa: B006
    new: Annotated[list[int], typer.Option(metavar="ROW", help="This row is a new place.")] = [],  # noqa: B006
    rest_new: Annotated[bool, typer.Option("--rest-new", help="Keep all other rows in doubt apart, as new.")] = False,
    who: Who = "",
) -> None:
    """Take the list that was shown into the register, all of it or nothing.

    A row that may be more than one place is asked about. Places that are not in the list any more are kept, and marked.
    """
    from entente.places.identity import Answers

    answers = Answers(same={int(r): i for r, i in _numbered(same)}, new=frozenset(new), rest_new=rest_new)
    with _register(desk) as register:
        staged = register.staged(name)
        outcomes = register.compare(staged, answers)
        answers = _asked(desk, outcomes, answers)
        desk.ask(f"Take {staged.file} ({len(staged.rows):,} rows) into the register as {staged.list}?")
        with _progress() as told:
            told("taking", len(staged.rows))
            taken, _ = register.accept(staged, answers, _now(desk), who or getpass.getuser())
    desk.node.journal("places_accepted", list=taken.list, file=taken.file, sha256=taken.sha256, rows=taken.rows,
                      by=who or "not stated", account=getpass.getuser(), **taken.counts)  # fmt: skip
    counts = ", ".join(f"{number:,} {kind}" for kind, number in taken.counts.items())
    typer.echo(f"Taken as {taken.list}: {counts}.")


def _asked(desk: Desk, outcomes: Sequence[Outcome], answers: Answers) -> Answers:
    """Ask about every row in doubt, where somebody is there to answer; else leave it to be refused."""
    import sys
    from dataclasses import replace

    from entente.places.identity import Kind

    doubtful = [one for one in outcomes if one.kind is Kind.AMBIGUOUS]
    if not doubtful or not sys.stdin.isatty():
        return answers
    same, new = dict(answers.same), set(answers.new)
    for one in doubtful:
        assert one.row is not None and one.site is not None, "a row in doubt is a row"
        options = [option for option, _ in one.options if option not in same.values()]
        typer.echo(f"Row {one.row.number}: {one.site.name}. It may be {', '.join(options)}, or a new place.")
        said = typer.prompt("Which (its id, or new)?", default="new")
        if said == "new":
            new.add(one.row.number)
        else:
            same[one.row.number] = said
    return replace(answers, same=same, new=frozenset(new))


# -- what is held ------------------------------------------------------------------------------------------------------


@app.command("list")
@at_desk("entente place list --filter placed=no")
def list_(
    desk: Desk,
    conditions: Filter = [],  # noqa: B006
    page: Annotated[int, typer.Option(min=1, help="A hundred are shown at a time.")] = 1,
    as_json: JsonFlag = False,
) -> None:
    """List the places of the register, with how uncertain each is and how many flags it has."""
    with _register(desk) as register:
        found = _reviewed(desk, register, conditions)
        counts = register.lists()
    if as_json:
        show.print_json([_plain_place(name, held) for name, held in found])
        return
    show.banner(desk.home.exercise)
    if not counts:
        typer.echo("The register is empty. Read a list: entente place import FILE")
        return
    of = ", ".join(f"{name} ({number:,})" for name, number in counts.items())
    typer.echo(f"{len(found):,} of the places in {of}.")
    show.table(
        ("Place", "Name", "Where", "District", "Flags"),
        [
            (
                held.site.id,
                f"{held.site.name}\n{str(held.site.category).replace('_', ' ')}",
                show.place(held.site.position)
                + (f"\nwithin {held.site.uncertainty_m:,.0f} m" if held.site.position else ""),
                "\n".join(filter(None, (held.site.district, held.site.country))),
                "\n".join(filter(None, (_state(held), *(str(flag.code) for flag in held.flags)))),
            )
            for _, held in found[(page - 1) * PAGE : page * PAGE]
        ],
        "none is so",
    )
    if len(found) > page * PAGE:
        typer.echo(f"More: --page {page + 1}")


@app.command("show")
@at_desk("entente place show clinic-3")
def show_(desk: Desk, place: Annotated[str, typer.Argument(metavar="ID")], as_json: JsonFlag = False) -> None:
    """Show one place: its position in three spellings and as its list wrote it, its flags, and its whole history."""
    from entente.geo.position import show as spelt

    with _register(desk) as register:
        name, held = register.place(place)
        events = register.history(place)
    if as_json:
        show.print_json({**_plain_place(name, held), "history": events})
        return
    show.banner(desk.home.exercise)
    site = held.site
    shown = spelt(site.position) if site.position else None
    show.facts(
        [
            ("place", f"{site.id}, in list {name}, row {held.row}"),
            ("name", site.name),
            ("is", str(site.category).replace("_", " ")),
            ("state", _state(held)),
            ("decimal degrees", shown.decimal if shown else "place known, position not"),
            ("degrees, minutes", shown.dms if shown else ""),
            ("MGRS", shown.mgrs if shown else ""),
            ("written in the list", held.written),
            ("within", f"{site.uncertainty_m:,.0f} m" if site.position else ""),
            ("source", site.position_source),
            ("settlement", site.settlement),
            ("district", ", ".join(dict.fromkeys(filter(None, (site.district, site.region, site.country))))),
            ("P-code", site.pcode),
            ("grade", str(site.grade or site.source_grade)),
            ("verified", ", ".join(filter(None, (site.verifier, str(site.method or ""))))),
            ("confirmed", ", ".join(filter(None, (site.confirmed_by, show.when(site.confirmed_at))))),
            ("expires", show.when(site.expires_at)),
            ("consent", site.consent),
            ("marked by day", ", ".join(sorted(site.day_marks))),
            ("marked in infrared", ", ".join(sorted(site.infrared_marks))),
            ("before", "\n".join(f"{past.category} from {show.when(past.since)}" for past in site.history)),
            ("note", site.note),
        ]
    )
    for flag in held.flags:
        typer.echo(f"{flag.code}: {flag}")
    show.table(
        ("At", "By", "From", "What"),
        [(_when(event.at), event.by, event.file or "the desk", _told(event, place)) for event in events],
        "",
    )


@app.command()
@at_desk("entente place flags")
def flags(
    desk: Desk,
    code: Annotated[str, typer.Argument(metavar="[FLAG]", help="Show the places that carry this flag.")] = "",
    conditions: Filter = [],  # noqa: B006
    as_json: JsonFlag = False,
) -> None:
    """Count the flags in the register and say what each means, or list the rows that carry one.

    A list that was read and waits to be accepted is shown as it was read.
    """
    from entente.places.flags import SENTENCES, FlagCode, counted

    with _register(desk) as register:
        waiting = _waiting(register)
        found = _reviewed(desk, register, [*conditions, *([f"flag={code}"] if code else [])], waiting)
    if code:
        rows = [(name, held, flag) for name, held in found for flag in held.flags if flag.code == code]
        if as_json:
            show.print_json([{**_plain_place(name, held), "detail": flag.detail} for name, held, flag in rows])
            return
        show.banner(desk.home.exercise)
        _tell_waiting(waiting)
        typer.echo(SENTENCES[FlagCode(code)])
        show.table(
            ("Row", "Place", "Name", "Written", "What was found"),
            [(str(held.row), held.site.id, held.site.name, held.written, flag.detail) for _, held, flag in rows],
            "no place carries it",
        )
        return
    counts = counted(held.flags for _, held in found)
    if as_json:
        show.print_json([{"flag": c, "places": n, "sentence": SENTENCES[c]} for c, n in counts.items()])
        return
    show.banner(desk.home.exercise)
    _tell_waiting(waiting)
    show.table(
        ("Flag", "Places", "What it means"),
        [(str(c), f"{n:,}", SENTENCES[c]) for c, n in counts.items()],
        "no place in the register carries a flag",
    )


@app.command()
@at_desk("entente place columns")
def columns(
    desk: Desk,
    forget: Annotated[str, typer.Option(metavar="SHAPE", help="Forget what was said of sheets of this shape.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """List the fields that a list may have, and what was said and is remembered of sheets' columns."""
    from entente.places.columns import FIELDS

    with _register(desk) as register:
        if forget:
            if forget not in register.mappings():
                raise Refused("place.shape", f"nothing is remembered of a shape {forget!r}; see: entente place columns")
            register.remember(forget, [], {}, _now(desk))
        sheets = register.sheets()
    if as_json:
        known = {field: list(each.titles) for field, each in FIELDS.items()}
        plain = [{"shape": s, "columns": labels, "said": said, "at": at} for s, labels, said, at in sheets]
        show.print_json({"fields": known, "remembered": plain})
        return
    show.table(
        ("Field", "HXL", "Some of the titles that are recognised"),
        [
            (
                field,
                " ".join("+".join([tag, *sorted(with_)]) for tag, with_ in each.tags[:2]),
                ", ".join(dict.fromkeys((*each.titles[:3], *each.titles[-2:]))),
            )
            for field, each in FIELDS.items()
        ],
        "",
    )
    show.table(
        ("Shape", "Said", "Columns"),
        [
            (shape, "\n".join(f"{f}={title}" for f, title in said.items()), ", ".join(filter(None, labels)))
            for shape, labels, said, _ in sheets
        ],
        "Nothing was said of any sheet's columns yet.",
    )


# -- what the desk says itself -----------------------------------------------------------------------------------------


@app.command()
@at_desk("entente place merge clinic-3 school-12 --yes", asks=True)
def merge(
    desk: Desk,
    kept: Annotated[str, typer.Argument(metavar="ID", help="The place whose id goes on.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The entry that is the same place.")],
    who: Who = "",
) -> None:
    """Say that two entries are one place. Both histories stay; only the first is released from then on.

    Where the second was issued before, end it there: entente site end.
    """
    with _register(desk) as register:
        one, two = register.place(kept)[1].site, register.place(other)[1].site
        desk.ask(f"Is {two.name} ({other}) the same place as {one.name} ({kept})?")
        register.merge(kept, other, _now(desk), who or getpass.getuser())
    desk.node.journal("places_merged", kept=kept, other=other, by=who or "not stated", account=getpass.getuser())
    typer.echo(f"{other} is part of {kept} now; both histories are kept.")


@app.command()
@at_desk("entente place review clinic-3 school-12 --yes", asks=True)
def review(
    desk: Desk,
    one: Annotated[str, typer.Argument(metavar="ID", help="A place of the register.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Another, or one of another party: LIST/ID.")],
    same: Annotated[bool, typer.Option("--one-place", help="They are one; the other is another party's.")] = False,
    who: Who = "",
) -> None:
    """Say, having looked, that two entries are two places. The pair is flagged no more until one of them changes.

    Where another party lists the same place, `--one-place` says so; each party keeps its own entry. Two entries of the
    register that are one place are merged: entente place merge.
    """
    from entente.node import doubles
    from entente.node.register import Reviewed

    found = Reviewed.ONE_PLACE if same else Reviewed.TWO_PLACES
    with _register(desk) as register:
        pair = doubles.pair(register, _of_others(desk), one, other)
        names = f"{pair.one.site.name} ({pair.one.key}) and {pair.other.site.name} ({pair.other.key})"
        desk.ask(f"{names}: {'one place' if same else 'two places'}?")
        doubles.review(register, pair, found, _now(desk), who or getpass.getuser())
    desk.node.journal("places_reviewed", one=one, other=other, found=str(found), by=who or "not stated",
                      account=getpass.getuser())  # fmt: skip
    typer.echo(f"Noted: {'one place' if same else 'two places'}. Nothing was merged.")


@app.command()
@at_desk("entente place end school-12 --yes", asks=True)
def end(
    desk: Desk,
    places: Annotated[list[str], typer.Argument(metavar="ID...", help="The places, by their ids in the register.")],
    again: Annotated[bool, typer.Option("--again", help="They need protection after all.")] = False,
    who: Who = "",
) -> None:
    """Say that places need protection no longer. Only the desk says so: no list ends a place by leaving it out.

    Whoever was told of them is told with the next issue: entente site add --from-register.
    """
    with _register(desk) as register:
        names = ", ".join(register.place(one)[1].site.name for one in places)
        desk.ask(f"{'Protect again' if again else 'End'}: {names}?")
        register.end(places, _now(desk), who or getpass.getuser(), again=again)
    desk.node.journal("places_ended", places=", ".join(places), again=str(again).lower(), by=who or "not stated",
                      account=getpass.getuser())  # fmt: skip
    typer.echo(f"{len(places)} {'active again' if again else 'ended'}. Tell those who hold it: entente site add.")


# -- shared ------------------------------------------------------------------------------------------------------------


def from_register(desk: Desk, conditions: Sequence[str]) -> list[Held]:
    """Return the places that are to be released, ended ones too; entries merged into others are those.

    Raises:
        Refused: `place.filter`, `place.none`.
    """
    with _register(desk) as register:
        found = [held for _, held in _chosen(register, conditions) if not held.merged_into]
    if not found:
        raise Refused("place.none", "the register holds no such place; see: entente place list")
    return found


@contextmanager
def _register(desk: Desk) -> Iterator[Register]:
    from entente.node.register import open_register

    with closing(open_register(desk.home.path)) as register:
        yield register


def _chosen(register: Register, conditions: Iterable[str]) -> list[tuple[str, Held]]:
    from entente.places import choosing

    return choosing.chosen(register.places(), choosing.parse(conditions))


def _reviewed(
    desk: Desk, register: Register, conditions: Iterable[str], waiting: Sequence[Staged] = ()
) -> list[tuple[str, Held]]:
    """Return the chosen places, each with the flag of another list's entry that is perhaps the same place.

    Lists that wait stand as they were read, instead of what the register holds of them.
    """
    from entente.places import across, choosing
    from entente.places.identity import Held

    names = {staged.list for staged in waiting}
    places = [(name, held) for name, held in register.places() if name not in names]
    places += [
        (staged.list, Held(site=row.site, given=row.given, listed=True, written=row.written, flags=own, row=row.number))
        for staged in waiting
        for row, own in zip(staged.rows, staged.flags, strict=True)
    ]
    found = across.reviewed(places, _of_others(desk), register.settled())
    return choosing.chosen(found, choosing.parse(conditions))


def _waiting(register: Register) -> list[Staged]:
    """Return the lists that were read and wait; of one that the register has changed under, nothing."""
    found = []
    for name in register.waiting():
        with suppress(Refused):
            found.append(register.staged(name))
    return found


def _tell_waiting(waiting: Sequence[Staged]) -> None:
    for staged in waiting:
        typer.echo(
            f"{staged.list} is shown as {staged.file} has it, which waits: entente place accept --list {staged.list}"
        )


def _of_others(desk: Desk) -> list[Entry]:
    from entente.node import doubles

    return doubles.of_others(doubles.told(desk.node), desk.node.party)


def _pair(text: str, option: str) -> tuple[str, str]:
    key, mark, value = text.partition("=")
    if not mark:
        raise Refused("cli.pair", f"{option} {text!r} is no FIELD=TITLE")
    return key.strip(), value.strip()


def _numbered(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        row, value = _pair(text, "--same")
        if not (row.isascii() and row.isdigit()):
            raise Refused("cli.pair", f"--same {text!r} is no ROW=ID")
        yield row, value


def _now(desk: Desk) -> str:
    from entente.joint.act import spell

    return spell(desk.now)


def _when(text: str) -> str:
    from entente.geo.interval import parse_time

    return show.when(parse_time(text))


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show how far it is, on a terminal's standard error only."""
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn

    console = Console(stderr=True)
    shown = SpinnerColumn(), TextColumn("{task.description} {task.completed:,} rows")
    with Bar(*shown, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("read")
        yield lambda step, done: bar.update(task, description=step, completed=done or None)


def _state(held: Held) -> str:
    listed = "" if held.listed else "not in the last list"
    merged = f"part of {held.merged_into}" if held.merged_into else ""
    return "; ".join(filter(None, ("" if held.site.status == "active" else str(held.site.status), merged, listed)))


# -- telling an import -------------------------------------------------------------------------------------------------


def _tell_reading(file: Path, listing: Listing) -> None:
    header = listing.header
    used = ", ".join(f"{field} = {header.labels[at] or at + 1}" for field, at in header.columns.items())
    by = {"names": "by their titles", "tags": "by HXL tags", "the desk": "as the desk said"}[header.by]
    typer.echo(f"{file.name}: {len(listing.rows):,} rows below row {header.lines}. Columns, {by}: {used}.")
    if listing.unused:
        typer.echo(f"Not used: {', '.join(listing.unused)}.")
    for note in listing.notes[:SHOWN]:
        typer.echo(f"note: {note}")
    for one in listing.refused[:SHOWN]:
        typer.echo(f"Row {one.number} is refused: {one.why}.")
    if len(listing.refused) > SHOWN:
        typer.echo(f"... and {len(listing.refused) - SHOWN:,} more rows are refused; see --json.")


def _tell_flags(outcomes: Sequence[Outcome]) -> None:
    from entente.places.flags import SENTENCES, counted

    rows = [one for one in outcomes if one.row is not None]
    counts = counted(one.flags for one in rows)
    show.table(
        ("Flag", "Rows", "First", "What it means"),
        [(str(code), f"{number:,}", _first(rows, code), SENTENCES[code]) for code, number in counts.items()],
        "No row is flagged.",
    )


def _first(rows: Sequence[Outcome], code: str) -> str:
    numbers = [str(one.row.number) for one in rows if one.row and any(flag.code == code for flag in one.flags)]
    return ", ".join(numbers[:3]) + (" …" if len(numbers) > 3 else "")


def _tell_outcomes(outcomes: Sequence[Outcome]) -> None:
    from entente.node.register import grouped
    from entente.places.identity import Kind

    by_kind = grouped(outcomes)
    words = {
        Kind.SAME: "as before",
        Kind.NEW: "new",
        Kind.CHANGED: "changed",
        Kind.MOVED: "moved",
        Kind.BACK: "in the list again",
        Kind.GONE: "not in this list; kept, and marked so",
        Kind.AMBIGUOUS: "may be more than one place: asked at acceptance",
    }
    show.table(("Places", "Are"), [(f"{len(found):,}", words[kind]) for kind, found in by_kind.items()], "")
    for kind in (Kind.AMBIGUOUS, Kind.MOVED, Kind.CHANGED, Kind.BACK, Kind.GONE):
        # What moved farthest is looked at first: it may be two coordinates that somebody swapped.
        found = sorted(by_kind.get(kind, []), key=lambda one: -(one.moved_m or 0.0))
        show.table(
            ("Row", "Place", "Name", f"{str(kind).capitalize()}"),
            [
                (str(one.row.number) if one.row else "", one.id, one.site.name if one.site else "", _what(one))
                for one in found[:SHOWN]
            ],
            "",
        )
        if len(found) > SHOWN:
            typer.echo(f"... and {len(found) - SHOWN:,} more {kind}; see --json.")
    matched = sum(len(found) for kind, found in by_kind.items() if kind not in (Kind.NEW, Kind.GONE))
    if by_kind.get(Kind.GONE) and matched < len(by_kind[Kind.GONE]):
        typer.echo(
            "Fewer places are found again than are missing: is this another list? Then give it a name of its own."
        )


_MISPLACED = frozenset({"position.swapped", "country.outside", "district.far", "settlement.far"})
"""Flags that speak against a position, told beside how far it moved."""


def _what(one: Outcome) -> str:
    if one.options:
        return "\n".join(f"{option} ({points:g} points)" for option, points in one.options)
    lines = []
    if one.moved_m is not None:
        doubts = [str(flag.code) for flag in one.flags if flag.code in _MISPLACED]
        far = f"by {one.moved_m:,.0f} m" if one.moved_m < 10_000 else f"by {one.moved_m / 1000:,.0f} km"
        lines.append(", ".join((far, *doubts)))
    for change in one.changes:
        if change.field == "position" and one.moved_m is None:
            lines.append("placed now" if change.after else "not placed any more")
        elif change.field not in ("position", "footprint"):
            lines.append(f"{_field(change.field)}: {_value(change.before)} → {_value(change.after)}")
        elif change.field == "footprint":
            lines.append("outline changed")
    return "\n".join(lines)


def _field(name: str) -> str:
    return {"uncertainty_mm": "uncertainty"}.get(name, name.replace("_", " "))


def _value(value: Any) -> str:
    if isinstance(value, int):
        return f"{value / 1000:,.0f} m"
    return str(value)[:60] if value else "nothing"


def _told(event: Event, place: str) -> str:
    lines = [event.kind if event.place == place else f"{event.kind}, as {event.place}"]
    for change in event.changes:
        if change.field == "position":
            lines.append(f"position: {_spelt(change.before)} → {_spelt(change.after)}")
        else:
            lines.append(f"{_field(change.field)}: {_value(change.before)} → {_value(change.after)}")
    return "\n".join(lines)


def _spelt(plain: Any) -> str:
    return f"{plain['lat_e7'] / 1e7:.6f} {plain['lon_e7'] / 1e7:.6f}" if plain else "none"


def _plain_flags(found: Iterable[Flag]) -> list[dict[str, str]]:
    return [{"flag": str(flag.code), "detail": flag.detail, "column": flag.column} for flag in found]


def _plain_place(name: str, held: Held) -> dict[str, Any]:
    from entente.joint.spelling import site_to_plain

    return {
        "list": name, "row": held.row, "given": held.given, "written": held.written, "listed": held.listed,
        "merged_into": held.merged_into, "site": site_to_plain(held.site), "flags": _plain_flags(held.flags),
    }  # fmt: skip


def _plain_import(staged: Staged, listing: Listing, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {
        "list": staged.list, "file": staged.file, "sha256": staged.sha256, "rows": len(staged.rows),
        "columns": {field: listing.header.labels[at] for field, at in listing.header.columns.items()},
        "unused": listing.unused, "notes": listing.notes, "refused": staged.refused,
        "outcomes": [
            {
                "kind": one.kind, "id": one.id, "row": one.row.number if one.row else None,
                "name": one.site.name if one.site else "", "moved_m": one.moved_m, "changes": one.changes,
                "options": one.options, "flags": _plain_flags(one.flags),
            }
            for one in outcomes
        ],
    }  # fmt: skip
