"""A story: everything that one map or one report shows, already released to its reader.

The faces that build a story decide what belongs in it; this room only draws it. Two rules are kept here, because no
page may be able to break them:

- A finding with ``visible=False`` was made against something that the reader may not see. `StoryFinding.shown` is then
  None, and pages say "contact us" without place, time, title or id (DESIGN, principle 5).
- The sentences in `SENTENCES` stand on every page.

>>> SENTENCES[0]
'No finding is not a legal judgement.'
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from entente.errors import Malformed
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.joint.areas import Area
from entente.joint.plan import Plan
from entente.joint.protected_sites import Site
from entente.joint.screening import Finding
from entente.joint.standard import Standard

SENTENCES = ("No finding is not a legal judgement.", "Not listed is not unprotected.")
"""Printed on every screening, map and report, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryStanding:
    """From `at` until the next one: the phase (``planned``, ``active`` ...) and the standing (``no_objection`` ...)."""

    at: datetime
    phase: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDecision:
    """What one party said of a version, and when by its own clock."""

    at: datetime
    party: str
    answer: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPlan:
    """One version of an operation's plan, whose it is, and how it stood over time (oldest first, may be empty)."""

    plan: Plan
    party: str
    standings: tuple[StoryStanding, ...] = ()
    decisions: tuple[StoryDecision, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFinding:
    """A finding, the party whose node made it, and whether every one of its inputs is released to the reader."""

    finding: Finding
    by: str
    visible: bool = True

    @property
    def shown(self) -> Finding | None:
        """The finding when the reader may see it, and None when only "contact us" may be said."""
        return self.finding if self.visible else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryEvent:
    """One line of the timeline: when, by whose clock, and what, in words."""

    at: datetime
    party: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPlace:
    """A name that helps the reader find his way: an aerodrome or a town."""

    name: str
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryHash:
    """The state hash of one circle, as `state hash` prints it: comparable only with the same rules and cut."""

    circle: str
    rules: str
    cut: str
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a page shows.

    `window` bounds the time slider; `agreed` and `verification` are lines of prose; `standard`, when given, is
    printed and gives each site its buffer on the map; `lang` is the page's BCP 47 language.

    Raises:
        Malformed: `story.plan.duplicate`, when two plans share an id; give each version an id of its own.
    """

    title: str
    exercise: bool
    made_at: datetime
    window: Interval
    plans: tuple[StoryPlan, ...] = ()
    sites: tuple[Site, ...] = ()
    areas: tuple[Area, ...] = ()
    findings: tuple[StoryFinding, ...] = ()
    events: tuple[StoryEvent, ...] = ()
    places: tuple[StoryPlace, ...] = ()
    agreed: tuple[str, ...] = ()
    hashes: tuple[StoryHash, ...] = ()
    verification: tuple[str, ...] = ()
    standard: Standard | None = None
    notices: tuple[str, ...] = ()
    """The terms on which others' details in it are held; they stand on every page beside the sentences."""
    lang: str = "en"

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for held in self.plans:
            if held.plan.id in seen:
                raise Malformed(
                    "story.plan.duplicate", f"two plans are called {held.plan.id!r}; give each version its own id"
                )
            seen.add(held.plan.id)

    @property
    def parties(self) -> tuple[str, ...]:
        """Each party that owns a plan or says something here, in order of first appearance."""
        named = [held.party for held in self.plans] + [event.party for event in self.events]
        return tuple(dict.fromkeys(party for party in named if party))
