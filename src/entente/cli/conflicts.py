"""`entente operation conflicts`, `explain` and `ways-out`: what the node's picture finds now, why, and what would help.

They read and say nothing; a decision's own screening is made when it is drafted. What is shown rests on the plans,
sites and areas that were released to this node, and on no others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import show, ways
from entente.cli.desk import Desk
from entente.cli.options import at_desk
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.joint.areas import Area
    from entente.joint.plan import Plan
    from entente.joint.protected_sites import Site
    from entente.joint.screening import Finding
    from entente.node.watch import Flight

Name = Annotated[str, typer.Argument(metavar="SUBJECT", help="operation/PARTY/NAME, or just NAME.")]
AnyName = Annotated[str, typer.Argument(metavar="[SUBJECT]", help="One operation; else every one that is open.")]
Other = Annotated[str, typer.Argument(metavar="OTHER", help="An operation, a site or an area, by its name or title.")]
WithWhat = Annotated[str, typer.Option("--with", metavar="OTHER", help="Only with this one: whatever is held here.")]


@at_desk("entente operation conflicts", lists=True)
def conflicts_command(desk: Desk, subject: AnyName = "", other: WithWhat = "") -> None:
    """List what is closer than agreed: of one operation, with one area or site, or all; each pair once."""
    from entente.cli.findings import print_findings
    from entente.joint.spelling import finding_to_plain

    flights = [_flight(desk, subject)] if subject else list(_flights(desk))
    wanted = _named(desk, other) if other else ""
    found, pairs = [], set()
    for flight in flights:
        for finding in _findings(desk, flight):
            pair = frozenset((finding.plan, finding.other))
            if wanted in ("", finding.other) and (finding.against, pair) not in pairs:
                pairs.add((finding.against, pair))
                found.append((desk.called(flight), finding))
    if desk.json:
        show.print_json([finding_to_plain(finding) for _, finding in found])
        return
    show.banner(desk.home.exercise)
    if found:
        print_findings(found)
    count = len(found)
    typer.echo(f"{count or 'No'} finding{'' if count == 1 else 's'} for {len(flights)} of the open operations.")


@at_desk("entente operation explain water-1 corridor", lists=True)
def explain_command(desk: Desk, subject: Name, other: Other) -> None:
    """Explain one pair: how far apart in each way, how far is required, where and when; conflict or not."""
    from entente.deconfliction.explain import explain
    from entente.node import drafting
    from entente.report import explained

    flight, thing = _flight(desk, subject), _other(desk, other)
    assert flight.plan is not None, "what is found here has a plan"
    standard = drafting.standard_of(desk.node, desk.book, desk.now)
    found = explain(flight.plan, thing, standard, now=desk.now, party=flight.owner)
    facts = explained.facts(found, (desk.called(flight), getattr(thing, "title", "") or getattr(thing, "name", "")))
    if desk.json:
        show.print_json(dict(facts))
        return
    show.banner(desk.home.exercise)
    show.facts(facts)


@at_desk("entente operation ways-out water-1", lists=True)
def ways_out_command(
    desk: Desk,
    subject: Name,
    hours: ways.Hours = 12.0,
    feet: ways.Feet = 20_000.0,
    lowest: ways.Lowest = 0.0,
    highest: ways.Highest = 60_000.0,
    take: ways.Take = 0,
    out: ways.Out = None,
) -> None:
    """Find the smallest shifts in time, in altitude and in both that clear an operation of all that is held here.

    With --take and --out, the plan of one of them is written as a plan file, for `entente operation change`.
    """
    from entente.node import drafting

    flight, reach = _flight(desk, subject), ways.reach_of(hours, feet, lowest, highest)
    assert flight.plan is not None, "what is found here has a plan"
    if take and flight.owner != desk.node.party:
        raise Refused("cli.take", f"the plan is {flight.owner}'s; only plans of ours are written as files")
    found = drafting.ways_out(desk.node, desk.book, flight.plan, flight.subject, flight.owner, desk.now, reach)
    ways.take([found], take, out)
    if desk.json:
        show.print_json(ways.plain_ways(found, reach))
        return
    show.banner(desk.home.exercise)
    ways.print_ways([(desk.node.watch.airspace.plans[flight.id], found)], reach)
    if flight.owner != desk.node.party:
        typer.echo(f"The operation is {flight.owner}'s, who may hold more than we do.")


@at_desk("entente operation affected", lists=True)
def affected_command(desk: Desk) -> None:
    """List what has become too close to our open operations since they were notified, and what no longer is.

    New places and movements are held against our plans as soon as they come. Whoever notified them is told nothing.
    """
    from entente.cli.findings import print_findings
    from entente.joint.spelling import finding_to_plain
    from entente.node import affected

    found = list(affected.news(desk.node, desk.book))
    if desk.json:
        rows = [(one.subject, [[finding_to_plain(f) for f in part] for part in (one.new, one.gone)]) for one in found]
        show.print_json([{"subject": subject, "new": new, "gone": gone} for subject, (new, gone) in rows])
        return
    show.banner(desk.home.exercise)
    new = [(one.subject, finding) for one in found for finding in one.new]
    if new:
        print_findings(new)
    for one in found:
        for finding in one.gone:
            typer.echo(f"{one.subject}: no longer too close to {finding.other_title or finding.other}.")
    typer.echo(f"{len(new) or 'No'} new finding{'' if len(new) == 1 else 's'} since our operations were notified.")


# -- finding things ----------------------------------------------------------------------------------------------------


def _flights(desk: Desk) -> Iterator[Flight]:
    """Yield every version in the picture that we can screen: of the agreement and circle that were named, by id."""
    places = {(desk.book.id, fold.name) for fold in desk.folds()}
    for _, flight in sorted(desk.node.watch.flights.items()):
        if flight.plan is not None and (flight.agreement, flight.circle) in places:
            yield flight


def _flight(desk: Desk, name: str) -> Flight:
    """Return the newest version of an operation in the picture.

    Raises:
        Refused: `cli.subject`, `cli.unscreened`.
    """
    _, subject = desk.find("operation", name)
    versions = [flight for flight in _flights(desk) if flight.subject == subject]
    if not versions:
        raise Refused(
            "cli.unscreened", f"{subject} is not open, or its plan was not released to us, so it is not screened"
        )
    return max(versions, key=lambda flight: flight.version.number)


def _named(desk: Desk, name: str) -> str:
    """Return the id of what a name means in the picture, movements among it.

    Raises:
        Refused: `cli.other`.
    """
    from entente.node import drafting

    drafting.standard_of(desk.node, desk.book, desk.now)  # Now the movements' ways are held as they are protected now.
    held = desk.node.watch.airspace.movements
    found = [one for one, title in held.items() if name in (one, title) or f"/{name}/" in one]
    return found[0] if len(found) == 1 else _other(desk, name).id


def _other(desk: Desk, name: str) -> Plan | Site | Area:
    """Return the one operation, site or area in the picture that a name means: its id, the id's end, or a title.

    Raises:
        Refused: `cli.other`.
    """
    from entente.node import drafting

    drafting.standard_of(desk.node, desk.book, desk.now)  # Now the areas in force are held.
    airspace = desk.node.watch.airspace
    things: list[tuple[set[str], Plan | Site | Area]] = [
        *(({f.subject, *desk.names(f)}, airspace.plans[f.id]) for f in _flights(desk)),
        *(({site.id, site.name}, site) for site in airspace.sites.values()),
        *(({area.id, area.title}, area) for area in airspace.areas.values()),
    ]
    found = [thing for names, thing in things if name in names or any(one.endswith(f"/{name}") for one in names)]
    if len(found) == 1:
        return found[0]
    listed = (
        f"may mean {', '.join(thing.id for thing in found[:5])}; name it whole" if found else "is nothing held here"
    )
    raise Refused("cli.other", f"{name!r} {listed}")


def _findings(desk: Desk, flight: Flight) -> tuple[Finding, ...]:
    from entente.node import drafting

    assert flight.plan is not None, "what is found here has a plan"
    return drafting.screen(desk.node, desk.book, flight.plan, flight.subject, flight.owner, desk.now).findings
