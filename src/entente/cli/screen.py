"""`entente screen`: compare plans with what is held in files, without a node.

Each plan is compared with those of `--against`, with the protected sites, with the areas, and once with each other plan
given. With `--ways-out`, each plan in which something is found is given the smallest shifts that clear it. Exit codes:
0 nothing found, 1 something found, 2 unusable input (one sentence on standard error with file, row, field and code). A
site whose row has a problem is kept, unplaced if need be, and the problem is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.cli import ways
from entente.cli.options import with_example
from entente.errors import EntenteError, Malformed

if TYPE_CHECKING:
    from entente.deconfliction import Airspace
    from entente.deconfliction.resolve import Reach, Ways
    from entente.geo.position import Position
    from entente.joint.areas import Area
    from entente.joint.plan import Plan
    from entente.joint.protected_sites import Site
    from entente.joint.screening import Screening
    from entente.joint.standard import Standard

Files = list[Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the files held. `places` are names that plans used, `problems` sentences about rows of site lists."""

    own: tuple[Plan, ...]
    others: tuple[Plan, ...]
    sites: tuple[Site, ...]
    areas: tuple[Area, ...]
    standard: Standard
    places: dict[str, Position]
    problems: tuple[str, ...]


@with_example("entente screen plan.toml --against others.geojson --sites sites.csv --html map.html --ways-out")
def screen_command(
    plans: Annotated[Files, typer.Argument(metavar="PLAN...", help="Your plans: .toml, .geojson or .csv.")],
    against: Annotated[Files, typer.Option(help="Plans of others.")] = [],  # noqa: B006 (Typer copies it)
    sites: Annotated[Files, typer.Option(help="Protected sites: .geojson or .csv.")] = [],  # noqa: B006
    areas: Annotated[Files, typer.Option(help="Designated areas: .geojson.")] = [],  # noqa: B006
    standard: Annotated[
        Path | None, typer.Option(help="Separation standard: .toml. Else the one that comes along.")
    ] = None,
    party: Annotated[str, typer.Option(help="Who plans; areas that exempt this party are passed over.")] = "own",
    now: Annotated[
        str | None, typer.Option(help="The time to screen at, to tell what has expired. Else the clock's.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a map of it all to this file.")] = None,
    ways_out: Annotated[
        bool, typer.Option("--ways-out", help="Find the smallest shifts in time and altitude that clear each plan.")
    ] = False,
    hours: ways.Hours = 12.0,
    feet: ways.Feet = 20_000.0,
    lowest: ways.Lowest = 0.0,
    highest: ways.Highest = 60_000.0,
    take: ways.Take = 0,
    out: ways.Out = None,
    explain: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="PLAN OTHER", help="Only tell how close these two come, finding or not."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the screenings as JSON.")] = False,
) -> None:
    """Screen plans against others' plans, protected sites and areas, from files alone."""
    try:
        made_at = _moment(now)
        held = gather(plans, against, sites, areas, standard)
        if explain is not None:
            raise typer.Exit(1 if _explain(held, explain, made_at, party) else 0)
        screenings = screen_all(held, made_at, party)
        reach = ways.reach_of(hours, feet, lowest, highest)
        asked = find_ways(held, made_at, party, reach) if ways_out or take else []
        ways.take([found for _, found in asked], take, out)
        if html is not None:
            _write(html, _map(held, screenings, made_at, party))
    except EntenteError as error:
        typer.echo(f"{error} [{error.code}]", err=True)
        raise typer.Exit(2) from None
    for problem in held.problems:
        typer.echo(f"note: {problem}", err=True)
    if as_json:
        typer.echo(_json(screenings, [ways.plain_ways(found, reach) for _, found in asked] if ways_out else None))
    else:
        _table(held, screenings, html)
        ways.print_ways(asked, reach)
    raise typer.Exit(1 if any(screening.findings for screening in screenings) else 0)


def gather(
    plans: Sequence[Path], against: Sequence[Path], sites: Sequence[Path], areas: Sequence[Path], standard: Path | None
) -> Inputs:
    """Read every file. Raises Malformed, placed at file, row and field; `screen.duplicate`, `file.format`."""
    from entente.adapters import geojson, standardfile

    places: dict[str, Position] = {}
    problems: list[str] = []
    own = [plan for path in plans for plan in _plans(path, places)]
    others = [plan for path in against for plan in _plans(path, places)]
    placed = [site for path in sites for site in _sites(path, problems)]
    for path in areas:
        _known(path, (".geojson", ".json"))
    fences = [area for path in areas for area in geojson.read_areas(path)]
    for what, ids in (
        ("plan", [p.id for p in own + others]),
        ("site", [s.id for s in placed]),
        ("area", [a.id for a in fences]),
    ):
        if twice := _twice(ids):
            raise Malformed("screen.duplicate", f"two files hold the {what} {twice!r}; leave one out, or rename it")
    return Inputs(
        own=tuple(own),
        others=tuple(others),
        sites=tuple(placed),
        areas=tuple(fences),
        standard=standardfile.default() if standard is None else standardfile.read(standard),
        places=places,
        problems=tuple(problems),
    )


def screen_all(held: Inputs, now: datetime, party: str) -> tuple[Screening, ...]:
    """Screen each own plan; two own plans that meet are told once, with the earlier one."""
    from entente.deconfliction import screen

    airspace, own = hold(held), [plan.id for plan in held.own]
    return tuple(
        screen(plan, airspace, held.standard, now=now, ignore=own[:i], party=party) for i, plan in enumerate(held.own)
    )


def find_ways(held: Inputs, now: datetime, party: str, reach: Reach) -> list[tuple[Plan, Ways]]:
    """Find the ways out of each own plan in which something is found, clear of the other own plans too."""
    from entente.deconfliction.resolve import ways_out

    airspace = hold(held)
    every = ((plan, ways_out(plan, airspace, held.standard, now=now, party=party, reach=reach)) for plan in held.own)
    return [(plan, found) for plan, found in every if found.findings]


def hold(held: Inputs) -> Airspace:
    """Return the airspace that holds it all."""
    from entente.deconfliction import Airspace
    from entente.joint.protected_sites import SiteStatus

    airspace = Airspace()
    for plan in held.own + held.others:
        airspace.put_plan(plan)
    for site in held.sites:
        if site.status is SiteStatus.ACTIVE:
            airspace.put_site(site)
    for area in held.areas:
        airspace.put_area(area)
    return airspace


# ------------------------------------------------------------------------------------------------ reading


def _plans(path: Path, places: dict[str, Position]) -> Iterable[Plan]:
    from entente.adapters import csv_plans, geojson, planfile

    match _known(path, (".toml", ".csv", ".geojson", ".json")):
        case ".toml":
            read = planfile.read(path)
        case ".csv":
            read = csv_plans.read(path)
        case _:
            return geojson.read_plans(path)
    places.update(read.places)
    return read.plans


def _sites(path: Path, problems: list[str]) -> Iterable[Site]:
    from entente.adapters import csv_sites, geojson

    if _known(path, (".csv", ".geojson", ".json")) != ".csv":
        return geojson.read_sites(path)
    read = csv_sites.read(path)
    problems += [f"{problem.error} [{problem.error.code}]" for problem in read.problems]
    return read.sites


def _known(path: Path, suffixes: tuple[str, ...]) -> str:
    suffix = path.suffix.lower()
    if suffix not in suffixes:
        raise Malformed("file.format", f"is not read here; give {', '.join(suffixes)}", where=path.name)
    return suffix


def _twice(ids: Sequence[str]) -> str | None:
    seen: set[str] = set()
    return next((name for name in ids if name in seen or seen.add(name)), None)  # type: ignore[func-returns-value]


def _moment(text: str | None) -> datetime:
    from entente.geo.interval import parse_time, whole_ms

    if text is None:
        return whole_ms(datetime.now(UTC))
    try:
        return parse_time(text)
    except Malformed as error:
        raise error.at("--now") from None


# ------------------------------------------------------------------------------------------------ showing


def _table(held: Inputs, screenings: Sequence[Screening], html: Path | None) -> None:
    from rich.text import Text

    from entente.cli import findings, show
    from entente.report.story import SENTENCES

    titles = {plan.id: plan.callsign or plan.title for plan in held.own}
    rows = [(titles[screening.plan], finding) for screening in screenings for finding in screening.findings]
    findings.print_findings(rows)
    count = len(rows)
    compared = screenings[0].compared if screenings else {}
    against = ", ".join(f"{number} {kind}s" for kind, number in compared.items())
    found = f"{count or 'No'} finding{'' if count == 1 else 's'} for {len(screenings)} plan{'s'[: len(screenings) > 1]}"
    console = show.console()
    console.print(Text(f"{found}; each compared with {against}, by the standard {held.standard.name}."))
    console.print(Text(" ".join(SENTENCES), style="bold"))
    if html is not None:
        console.print(Text(f"Map: {html}"))


def _explain(held: Inputs, pair: tuple[str, str], made_at: datetime, party: str) -> bool:
    """Print how close two things come; return whether that is a finding."""
    from entente.cli import show
    from entente.deconfliction.explain import explain
    from entente.report import explained

    plans = {plan.id: plan for plan in held.own + held.others}
    names = {plan.id: {plan.id, plan.title, plan.callsign} for plan in plans.values()}
    one = plans[_called(names, pair[0])]
    things: dict[str, Plan | Site | Area] = {**plans}
    things |= {site.id: site for site in held.sites} | {area.id: area for area in held.areas}
    names |= {site.id: {site.id, site.name} for site in held.sites}
    names |= {area.id: {area.id, area.title} for area in held.areas}
    other = things[_called({name: its for name, its in names.items() if name != one.id}, pair[1])]
    found = explain(one, other, held.standard, now=made_at, party=party)
    show.facts(explained.facts(found, pair))
    return bool(found.findings)


def _called(names: dict[str, set[str]], name: str) -> str:
    """Return the id of the one thing that a name means, whole or by the end of its id."""
    found = [thing for thing, its in names.items() if name in its or thing.endswith(f"/{name}")]
    if len(found) == 1:
        return found[0]
    listed = f"may mean {', '.join(found[:5])}" if found else f"is none of {', '.join(list(names)[:5])}"
    raise Malformed("screen.name", f"{name!r} {listed}; give an id, a title or a callsign of these files")


def _json(screenings: Sequence[Screening], ways_out: list[dict[str, Any]] | None) -> str:
    from entente.joint.spelling import SCREENING
    from entente.report.story import SENTENCES

    plain = {"screenings": [SCREENING.plain(screening) for screening in screenings], "note": SENTENCES}
    if ways_out is not None:
        plain["ways_out"] = ways_out
    return json.dumps(plain, indent=2, ensure_ascii=False)


def _map(held: Inputs, screenings: Sequence[Screening], made_at: datetime, party: str) -> str:
    from entente.geo.interval import Interval
    from entente.report.map import render
    from entente.report.story import Story, StoryFinding, StoryPlace, StoryPlan

    plans = held.own + held.others
    times = [volume.interval for plan in plans for volume in plan.volumes]
    story = Story(
        title="Screening of "
        + ", ".join(plan.title for plan in held.own[:3])
        + (" and others" if len(held.own) > 3 else ""),
        exercise=False,
        made_at=made_at,
        window=Interval(start=min(t.start for t in times), end=max(t.end for t in times)),
        plans=tuple(
            StoryPlan(plan=plan, party=name)
            for group, name in ((held.own, party), (held.others, "others"))
            for plan in group
        ),
        sites=held.sites,
        areas=held.areas,
        findings=tuple(StoryFinding(finding=f, by=party) for screening in screenings for f in screening.findings),
        places=tuple(StoryPlace(name=name, position=position) for name, position in held.places.items()),
        standard=held.standard,
    )
    return render(story)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise Malformed("file.write", f"cannot be written ({error.strerror})", where=str(path)) from error
