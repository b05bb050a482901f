"""What commands share that give something on terms: the options, the terms that they make, and their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from entente.cli import show
from entente.cli.desk import Desk
from entente.errors import Refused

W = TypeVar("W", bound=StrEnum)
RELEASED = ("chunk-", "journey", "plan")
"""Begins the names of what a release lets go; what copies were drawn from stays."""

if TYPE_CHECKING:
    from datetime import datetime

    from entente.ids import Hash, SubjectId
    from entente.joint.releases import Onward, Terms
    from entente.joint.state import CircleFold
    from entente.node.command import Command
    from entente.picture.board import ReleaseRow

Reader = Annotated[str, typer.Option("--as", metavar="LABEL", help="Who is looking; noted in our own record.")]
Reason = Annotated[
    str, typer.Option("--why", metavar="WHY", help="consent_withdrawn, limits_broken or no_longer_needed.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The options of terms, as they were given; what is empty is left as it stands, or as the default is."""

    purpose: Annotated[
        str, typer.Option("--purpose", metavar="PURPOSE", help="keep_away, keep_apart, let_relief_pass or inquiry.")
    ] = ""
    limits: Annotated[
        list[str],
        typer.Option(
            "--limit",
            metavar="LIMIT",
            help="not_exported, not_combined, duty_staff_only or destroyed_at_end; or none.",
        ),
    ] = field(default_factory=list)
    words: Annotated[str, typer.Option("--words", metavar="TEXT", help="More of the purpose, in words.")] = ""
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="From when it is sent; else at once.")] = ""
    until: Annotated[
        str, typer.Option("--until", metavar="TIME", help="Until when it is sent and used; protection does not end.")
    ] = ""
    consent: Annotated[
        str, typer.Option("--consent", metavar="REFERENCE", help="Where the operator's consent is kept.")
    ] = ""

    @property
    def anything(self) -> bool:
        """Whether any option was given."""
        return any((self.purpose, self.limits, self.words, self.start, self.until, self.consent))


def terms_for(
    desk: Desk, fold: CircleFold, item: SubjectId, party: str, said: Said, onward: tuple[Hash, Onward] | None = None
) -> tuple[Terms, bool]:
    """Return the terms on which `party` is given an item, and whether they are new and have to be said.

    `onward` is the originator's consent, where it is another's: the release names it, and ends no later.

    Raises:
        Refused: `cli.word`; `release.ended`, when those that stand have ended and nothing new is said.
    """
    from entente.geo.interval import parse_time
    from entente.joint.act import spell
    from entente.joint.releases import Limit, Purpose
    from entente.node import issuing

    words = [word for word in said.limits if word != "none"]
    wish = issuing.Wish(
        purpose=word_of(Purpose, said.purpose, "purpose") if said.purpose else None,
        limits=tuple(word_of(Limit, word, "limit") for word in words) if said.limits else None,
        words=said.words,
        start=spell(parse_time(said.start)) if said.start else "",
        until=spell(parse_time(said.until)) if said.until else "",
        consent=said.consent,
    )
    return issuing.terms_for(fold, item, party, wish, desk.now, onward)


def word_of(kind: type[W], word: str, what: str) -> W:
    """Return a word of a closed list.

    Raises:
        Refused: `cli.word`.
    """
    if word not in set(kind):
        raise Refused("cli.word", f"there is no {what} {word!r}; there are {', '.join(kind)}")
    return kind(word)


def begins_later(desk: Desk, terms: Terms) -> datetime | None:
    """Return when a release begins, if that is still to come."""
    from entente.joint.act import moment

    start = moment(terms.start) if terms.start else None
    return start if start is not None and start > desk.now else None


def say(desk: Desk, commands: Sequence[Command], later: Sequence[tuple[SubjectId, str, datetime]]) -> None:
    """Say commands; then note which of their details are granted when a release begins, to whom."""
    receipts = desk.say(*commands)
    for item, party, at in later:
        receipt = next(r for r in receipts if r.subject == item)
        parts = desk.node.store.parts(receipt.origin, receipt.seq)
        names = [part.name for part in parts if part.name.startswith(RELEASED)]
        note_later(desk, item, receipt.seq, names, party, at)


def note_later(desk: Desk, item: SubjectId, seq: int, names: Sequence[str], party: str, at: datetime) -> None:
    """Note which details of an entry of ours are granted to a party when its release begins."""
    from entente.node import duties

    duties.release_later(desk.node, desk.book, seq, names, party, at)
    typer.echo(f"{item} is sent to {party} from {show.when(at)}, and not before.")


def cell(row: ReleaseRow, me: str) -> str:
    """Return a release in a table's cell: for us, whether it is open; for our own, who has it on which terms."""
    who = f"{row.to}: " if row.by == me else ""
    limits = f", {'; '.join(row.limits)}" if row.limits else ""
    state = f"{row.state} {show.when(row.until)}".strip() if row.state == "expired" else row.state
    kind = "movement" if row.item.startswith("movement/") else "site"
    how = f"entente {kind} open {row.item}" if row.state == "acknowledge first" and row.to == me else ""
    return "\n".join(filter(None, (f"{who}{state}", f"to {row.purpose}{limits}", how)))


def acknowledge(desk: Desk, fold: CircleFold, item: SubjectId) -> None:
    """Acknowledge the terms on which we hold an item.

    Raises:
        Refused: `release.unknown`, when there are none, or they were acknowledged already.
    """
    from entente.node import command, terms

    held = terms.held(fold, item, desk.node.party)
    if held is None or not desk.sealed(fold, item):
        raise Refused("release.unknown", f"{item} is open: no terms of it wait for our acknowledgement")
    desk.say(command.acknowledge_terms(desk.book.id, fold.name, item, held))


def withdraw(desk: Desk, fold: CircleFold, item: SubjectId, why: str, sites: Sequence[str]) -> None:
    """Withdraw what we released of an item, and say plainly what that does and does not do.

    Raises:
        Refused: `cli.word`; `release.unknown`, when nothing of it was released on terms, or the site is not in it.
    """
    from entente.joint.releases import Why
    from entente.node import command, terms
    from entente.picture.terms import STAYS

    given = [row for row in desk.released(fold, item) if row.state != "withdrawn"]
    if not given:
        raise Refused("release.unknown", f"nothing of {item} stands released on terms")
    held = terms.copies(desk.node, fold, item)
    if missing := [site for site in sites if site not in held]:
        raise Refused("release.unknown", f"{item} holds no site {missing[0]!r}; see: entente site show {item}")
    for row in given:
        reason = word_of(Why, why, "reason")
        desk.say(command.withdraw_release(desk.book.id, fold.name, item, row.leaf, reason, sites))
        typer.echo(f"Nothing more of it is sent to {row.to}. {STAYS}")
    if sites:
        typer.echo("Parts that hold such a site are sent no more; add the others anew for whoever lacks them.")
