"""From what a desk or a recipient asks to the statements to sign at once, and whether more of its command follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from entente.errors import Refused
from entente.feed import sheet
from entente.ids import Hash, SubjectId
from entente.ids import name as plain_name
from entente.joint import disputes, movements
from entente.joint.act import spell
from entente.joint.movements import Movement
from entente.joint.releases import Purpose
from entente.joint.state import CircleFold
from entente.node import command, issuing
from entente.node.command import Command
from entente.node.issuing import Steps, Wish
from entente.picture import board
from entente.web.desk import climbing, commands, moving, office, onward
from entente.web.desk.commands import DeskCommand
from entente.web.desk.office import Desk
from entente.web.shapes import Say
from entente.web.viewer import Place, Viewer

HEAVIEST = 32 * 1024 * 1024
"""[bytes] Of details signed at once, but for a single statement's: until it is said, a draft holds them all."""


def next_of(viewer: Viewer, desk: Desk, asked: DeskCommand) -> tuple[list[Command], bool]:
    """Return what a command says next, as much as may be signed at once, and whether more follow once it is said.

    Raises:
        Refused: `centre.unknown`, `centre.party`, `centre.stale`, `desk.office`, `desk.nothing`, and as its steps.
        Malformed: as its form.
    """
    if asked.agreement not in viewer.seat.offices:
        raise Refused("centre.unknown", f"there is no agreement {asked.agreement[:64]!r} for this officer")
    found: dict[tuple[str, str], Command] = {}
    weight = 0
    for made in _steps(viewer, desk, asked):
        weight += sum(len(detail.data) for detail in made.details)
        # What is kept in one transaction does not see each other: a second word on one subject waits for the first.
        if found and (len(found) == sheet.MOST or (made.circle, made.subject) in found or weight > HEAVIEST):
            return list(found.values()), True
        found[made.circle, made.subject] = made
    if not found:
        raise Refused("desk.nothing", "all of it has been said already: nothing differs from what they hold")
    return list(found.values()), False


def _steps(viewer: Viewer, desk: Desk, asked: DeskCommand) -> Iterator[Command]:
    match asked:
        case commands.IssueList():
            office.require(viewer)
            sites = [held.site for _, held in desk.chosen(asked.conditions)]
            wish = Wish(
                purpose=asked.purpose, limits=tuple(asked.limits) if asked.limits is not None else None,
                words=asked.words, start=_spelt(asked.start), until=_spelt(asked.until), consent=asked.consent,
            )  # fmt: skip
            yield from _by(viewer, desk, asked).of_list(
                plain_name(asked.name, "list"), _to(viewer, asked, asked.to), sites, precision_m=asked.precision_m,
                wish=wish, keep=asked.keep, emergency=asked.emergency,
            )  # fmt: skip
        case commands.NotifyMovement():
            office.require(viewer)
            wish = Wish(
                purpose=Purpose.LET_RELIEF_PASS,
                limits=tuple(asked.limits) if asked.limits is not None else None, start=_spelt(asked.start),
                until=_spelt(asked.until), consent=asked.consent,
            )  # fmt: skip
            yield from _by(viewer, desk, asked).of_movement(
                plain_name(asked.name, "movement"), _to(viewer, asked, asked.to),
                moving.journey_of(asked.journey, asked.purpose), asked.purpose, precision_m=asked.precision_m,
                wish=wish, keep=asked.keep, emergency=asked.emergency,
            )  # fmt: skip
        case commands.AmendMovement():
            office.require(viewer)
            journey = moving.journey_of(asked.journey, asked.purpose)
            yield from _by(viewer, desk, asked).of_amendment(
                _own(viewer, asked, asked.name), journey, asked.purpose, asked.emergency
            )
        case commands.EndMovement():
            for fold, movement in _own(viewer, asked, asked.name):
                yield command.end_movement(
                    asked.agreement, fold.name, movement.subject, movement.latest.leaf, asked.why
                )
        case commands.ReportMovement():
            yield from _reports(viewer, asked)
        case commands.WithdrawRelease() | commands.ConsentOnward():
            yield from onward.of_release(viewer, asked)
        case commands.PassOn():
            office.require(viewer)
            wish = Wish(
                limits=tuple(asked.limits) if asked.limits is not None else None, start=_spelt(asked.start),
                until=_spelt(asked.until),
            )  # fmt: skip
            steps = _by(viewer, desk, asked)
            yield from onward.passed_on(viewer, steps, asked, _to(viewer, asked, asked.to), wish)
        case commands.ReadBack() | commands.Relay() | commands.Dispute() | commands.EndDispute():
            yield _of_notice(viewer, asked)
        case _:
            assert_never(asked)


def _by(viewer: Viewer, desk: Desk, asked: Say) -> Steps:
    book = next(place.book for place in viewer.places() if place.book.id == asked.agreement)
    return Steps(node=viewer.node, book=book, drawn_under=desk.secret(), now=viewer.now)


def _spelt(time: datetime | None) -> str:
    at = moving.when(time)
    return spell(at) if at is not None else ""


def _to(viewer: Viewer, asked: Say, to: list[str]) -> list[str]:
    others = {party for place in viewer.places() if place.book.id == asked.agreement
              for party in place.agreement.parties} - {viewer.node.party}  # fmt: skip
    if unknown := [party for party in to if party not in others]:
        raise Refused(
            "centre.party", f"{unknown[0][:64]!r} is no other party here; there are {', '.join(sorted(others))}"
        )
    if not to:
        raise Refused("centre.party", f"say to whom; there are {', '.join(sorted(others))}")
    return list(dict.fromkeys(to))


def _own(viewer: Viewer, asked: Say, name: str) -> list[tuple[CircleFold, Movement]]:
    """Return our open copies of a movement, by what the movement itself is called.

    Raises:
        Refused: `centre.unknown`.
    """
    found = []
    for place in viewer.places():
        if place.book.id == asked.agreement:
            for subject in board.said_in(place.fold, f"movement/{viewer.node.party}/"):
                _, stem = issuing.recipient_of(viewer.node, place.book, place.fold, subject)
                movement = movements.read(subject, place.fold.now())
                if movement is not None and not movement.ended and name in (stem, subject, subject.split("/")[2]):
                    found.append((place.fold, movement))
    if not found:
        raise Refused("centre.unknown", f"no open movement of ours is called {name[:64]!r}")
    return found


def _reports(viewer: Viewer, asked: commands.ReportMovement) -> Iterator[Command]:
    """Yield the report: of every copy of a movement of ours, else of the one that we were given."""
    at, until = moving.when(asked.at), moving.when(asked.until)
    assert at is not None, "a report says when"
    if asked.subject.startswith(f"movement/{viewer.node.party}/"):
        place = viewer.find("movement", asked.subject, asked.agreement)
        _, stem = issuing.recipient_of(viewer.node, place.book, place.fold, SubjectId(asked.subject))
        copies = _own(viewer, asked, stem)
    else:
        place = viewer.find("movement", asked.subject, asked.agreement, asked.circle)
        copies = [(place.fold, moving.read(place, SubjectId(asked.subject)))]
    for fold, movement in copies:
        told = [(one.how, one.when, one.by, one.until) for one in movement.reports if one.party == viewer.node.party]
        if told and told[-1] == (asked.how, at, asked.by, until):
            continue
        circle = next(p.agreement.circle(fold.name) for p in viewer.places() if p.fold is fold)
        yield command.report_movement(
            asked.agreement, fold.name, movement.subject, movement.latest.leaf, asked.how, at, asked.by, until=until,
            note=asked.note, to=circle.members - {viewer.node.party},
        )  # fmt: skip


def _of_notice(
    viewer: Viewer, asked: commands.ReadBack | commands.Relay | commands.Dispute | commands.EndDispute
) -> Command:
    subject = SubjectId(asked.subject)
    place = climbing.find(viewer, subject, asked.agreement, asked.circle)
    where = asked.agreement, place.fold.name, subject
    match asked:
        case commands.ReadBack():
            _latest(place, subject, asked.leaf)
            entered, _ = climbing.entered(viewer, place, subject, asked.places)
            return command.read_back(*where, Hash(asked.leaf), entered, to=[subject.split("/")[1]])
        case commands.Relay():
            _latest(place, subject, asked.leaf)
            say = command.load if asked.step == "loaded" else command.relay
            return say(*where, Hash(asked.leaf), " ".join(asked.unit.split()))
        case commands.Dispute():
            _latest(place, subject, asked.leaf)
            others = place.agreement.circle(place.fold.name).members - {viewer.node.party}
            return command.dispute(*where, Hash(asked.leaf), asked.site, asked.reason, note=asked.note, to=others)
        case commands.EndDispute():
            standing = [
                one for one in disputes.disputes(subject, place.fold.now())
                if (one.party, one.site) == (viewer.node.party, asked.site) and one.ended_at is None
            ]  # fmt: skip
            if not standing:
                raise Refused("dispute.unknown", f"no dispute of ours about {asked.site[:64]!r} of {subject} stands")
            return command.end_dispute(*where, standing[-1].leaf)
        case _:
            assert_never(asked)


def _latest(place: Place, subject: SubjectId, shown: str) -> None:
    if climbing.latest(place, subject) != shown:
        raise Refused("centre.stale", f"{subject} has changed since this page showed it; look again")
