"""The debrief: which expectations held, whether every record verifies, and the hash of what each circle agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from entente.exercise import observing
from entente.exercise.director import Check
from entente.exercise.seats import Seat
from entente.joint.act import RULES
from entente.node.verify import FeedReport, verify_record
from entente.report.story import StoryHash

PROOF = "R-40"
"""The requirement that the end of every exercise is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """One circle at the end: its members, and the hash when they hold the same, else one for each."""

    agreement: str
    circle: str
    members: tuple[str, ...]
    cuts: tuple[str, ...]
    roots: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether every member holds the same state at the same cut."""
        return len(set(self.cuts)) == len(set(self.roots)) == 1

    def hashed(self) -> StoryHash:
        """Return the circle's state as a story prints it."""
        name = f"{self.agreement}: {self.circle} ({', '.join(self.members)})"
        return StoryHash(circle=name, rules=str(RULES), cut=self.cuts[0], root=self.roots[0])


def agreed(seats: Mapping[str, Seat]) -> list[Agreed]:
    """Return what each circle of each agreement has come to, at each of its members."""
    found = []
    for agreement, circle, members in observing.circles(seats):
        folds = [seat.node.book(agreement).fold(circle) for seat in members]
        found.append(
            Agreed(
                agreement=agreement,
                circle=circle,
                members=tuple(seat.party for seat in members),
                cuts=tuple(fold.cut_digest() for fold in folds),
                roots=tuple(fold.digest() for fold in folds),
            )
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """One party's record, verified again from the bytes up, feed by feed."""

    party: str
    feeds: tuple[FeedReport, ...]
    refusals: int

    @property
    def flaws(self) -> list[str]:
        """Return a sentence for each flaw."""
        forks = [f"{feed.origin} has forked" for feed in self.feeds if feed.forked]
        return [flaw for feed in self.feeds for flaw in feed.flaws] + forks

    def line(self) -> str:
        """Tell it in one line."""
        entries, signatures = sum(feed.size for feed in self.feeds), sum(feed.signatures for feed in self.feeds)
        counted = f"{sum(1 for feed in self.feeds if feed.size)} feeds, {entries} entries, {signatures} signatures"
        kept = f"; {self.refusals} refused attempts in its own journal" if self.refusals else ""
        return f"{self.party}: {counted}: {'; '.join(self.flaws) or 'all verified again'}{kept}."


def verify(seat: Seat) -> Verified:
    """Verify a party's whole record again."""
    refused = sum(1 for line in seat.node.journal_lines() if line["what"] == "refused")
    return Verified(party=seat.party, feeds=tuple(verify_record(seat.node)), refusals=refused)


def proofs(verified: Sequence[Verified], circles: Sequence[Agreed]) -> list[Check]:
    """Return what is expected at the end of every exercise: sound records, and one state in each circle."""
    sound = [("verifies", record.party, not record.flaws) for record in verified]
    same = [("agrees", f"{circle.agreement}/{circle.circle}", circle.same) for circle in circles]
    return [
        Check(step=0, why=(PROOF,), name=name, wanted=what, actual=what if so else "")
        for name, what, so in sound + same
    ]


def held(checks: Sequence[Check], requirements: Mapping[str, str]) -> Table:
    """Return a table: for each requirement, what the exercise showed of it."""
    table = Table(title="What held", title_justify="left", expand=False, pad_edge=False, box=None)
    for heading in ("", "Requirement", "", "Expected and so"):
        table.add_column(heading)
    for cited, sentence in requirements.items():
        mine = [check for check in checks if cited in check.why]
        if mine:
            good = sum(check.held for check in mine)
            mark = Text("✓", style="green") if good == len(mine) else Text("✗", style="bold red")
            table.add_row(cited, sentence, mark, f"{good} of {len(mine)}")
    return table


def hashes(found: Sequence[Agreed]) -> Table:
    """Return a table of circles, with the first half of each hash; the report prints it whole."""
    table = Table(title="State, by circle", title_justify="left", expand=False, pad_edge=False, box=None)
    for heading in ("Agreement", "Circle", "Held alike by", "", "Root"):
        table.add_column(heading)
    for circle in found:
        mark = Text("✓", style="green") if circle.same else Text("✗ differ", style="bold red")
        root = circle.roots[0][:32] + "…" if circle.same else " ".join(root[:12] for root in circle.roots)
        table.add_row(circle.agreement, circle.circle, ", ".join(circle.members), mark, root)
    return table
