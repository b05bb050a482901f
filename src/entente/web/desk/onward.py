"""What becomes of a release: withdrawn, consented to be passed on, and passed on where that was consented to.

Nothing here takes back a byte that was sent, and nothing ends a protection: a place that is released no more goes on
being screened against.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from entente.errors import Refused
from entente.ids import PartyId, SubjectId
from entente.ids import name as plain_name
from entente.joint import movements, releases
from entente.joint.act import moment
from entente.joint.protected_sites import Site
from entente.joint.releases import Purpose
from entente.node import command, convoys, terms
from entente.node.command import Command
from entente.node.issuing import Steps, Wish
from entente.picture import board
from entente.web.desk import climbing, commands, moving
from entente.web.viewer import Place, Viewer


def of_release(viewer: Viewer, asked: commands.WithdrawRelease | commands.ConsentOnward) -> Iterator[Command]:
    """Yield what is said of a release of ours: that it is withdrawn, or may be passed on.

    Raises:
        Refused: `centre.unknown`, `centre.ambiguous`; `release.unknown`, when nothing of it stands released to them.
    """
    subject = SubjectId(asked.subject)
    place = climbing.find(viewer, subject, asked.agreement, asked.circle)
    of = [asked.by] if isinstance(asked, commands.ConsentOnward) else asked.to
    given = {
        row.to: row for row in board.release_rows(place.fold, subject, viewer.node.party, viewer.now)
        if row.by == viewer.node.party
    }  # fmt: skip
    if not of or (unknown := [party for party in of if party not in given]):
        raise Refused("release.unknown", f"nothing of {subject} stands released on terms to {', '.join(unknown)[:64]!r}"
                      if of else f"say from whom {subject} is withdrawn")  # fmt: skip
    where = asked.agreement, place.fold.name, subject
    if isinstance(asked, commands.ConsentOnward):
        yield from _consented(viewer, place, asked, given[PartyId(asked.by)])
        return
    held = terms.copies(viewer.node, place.fold, subject) if asked.sites else {}
    if missing := [site for site in asked.sites if site not in held]:
        raise Refused("release.unknown", f"{subject} holds no site {missing[0][:64]!r}")
    for party in of:
        row = given[PartyId(party)]
        if row.state != "withdrawn" and not (asked.sites and set(asked.sites) <= set(row.ended_sites)):
            yield command.withdraw_release(*where, row.leaf, asked.why, asked.sites)


def _consented(viewer: Viewer, place: Place, asked: commands.ConsentOnward, row: board.ReleaseRow) -> Iterator[Command]:
    until = moving.when(asked.until)
    assert until is not None, "a consent has an end"
    if row.state in ("withdrawn", "expired"):
        raise Refused(
            "release.unknown", f"what {asked.by} held of {asked.subject} is {row.state}; release it anew first"
        )
    standing = releases.may_pass_on(asked.subject, place.fold.now(), asked.by, asked.to, viewer.now)
    if standing is None or moment(standing[1].until) != until:
        yield command.consent_onward(
            asked.agreement, place.fold.name, asked.subject, row.leaf, asked.by, plain_name(asked.to, "party"), until
        )


def passed_on(viewer: Viewer, steps: Steps, asked: commands.PassOn, to: Sequence[str], wish: Wish) -> Iterator[Command]:
    """Yield terms and notices that pass on what another released to us; the consent stands in the terms.

    Raises:
        Refused: `sites.onward`, when its originator has not consented, or no more; as `issuing.Steps`.
    """
    place = _held(viewer, asked.subject, asked.circle)
    subject, name = SubjectId(asked.subject), plain_name(asked.name, "name")
    for party in to:
        require(viewer, subject, party)
    if subject.startswith("sites/"):
        yield from steps.of_list(
            name, to, sites_of(viewer, asked.subject, asked.circle), precision_m=asked.precision_m, wish=wish,
            emergency=asked.emergency,
        )  # fmt: skip
        return
    movement = movements.read(subject, place.fold.now())
    journey = convoys.journey_of(viewer.node, movement.latest) if movement is not None else None
    if movement is None or journey is None:
        raise Refused("movement.unopened", f"the journey of {subject} was not given to us")
    wish = Wish(purpose=Purpose.LET_RELIEF_PASS, limits=wish.limits, start=wish.start, until=wish.until)
    yield from steps.of_movement(
        name, to, journey, movement.latest.body.purpose, precision_m=asked.precision_m, wish=wish,
        emergency=asked.emergency,
    )  # fmt: skip


def sites_of(viewer: Viewer, subject: str, circle: str = "") -> list[Site]:
    """Return the places of a list that was released to us, to be passed on.

    Raises:
        Refused: `centre.unknown`, `centre.ambiguous`, `movement.unopened`.
    """
    _held(viewer, subject, circle)
    return [site for of, site in viewer.node.watch.sites.values() if of == subject]


def require(viewer: Viewer, subject: SubjectId, to: str) -> None:
    """Raise unless the originator has consented, and still does.

    Raises:
        Refused: `sites.onward`.
    """
    if terms.passable(viewer.node, subject, to) is None:
        raise Refused(
            "sites.onward", f"{subject} goes to {to} only with its originator's signed consent, and while that lasts"
        )


def _held(viewer: Viewer, subject: str, circle: str) -> Place:
    if subject.split("/")[1:2] == [viewer.node.party]:
        raise Refused("release.unknown", f"{subject[:80]!r} is our own: it is given out, and not passed on")
    place = climbing.find(viewer, subject, "", circle)
    if viewer.sealed(place.fold, SubjectId(subject)):
        raise Refused("movement.unopened", f"{subject} is to be opened first")
    return place
