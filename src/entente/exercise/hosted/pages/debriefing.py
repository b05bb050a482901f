"""The debrief: each decision in hindsight, oldest first, as a page and as a file of its own that prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from threading import Lock
from time import monotonic

from entente.exercise.hosted import telling
from entente.exercise.hosted.hindsight import Known, Sight, sights, thing
from entente.exercise.hosted.pages.frame import line, listed, moment, own, page, stands
from entente.exercise.hosted.retelling import noted, speaker
from entente.exercise.hosted.running import LOOK_SHARE, Running
from entente.exercise.hosted.words import Words
from entente.exercise.reading import Exercise
from entente.exercise.seats import Seat
from entente.ids import Hash
from entente.picture.catalogues import retelling


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What is looked back on: every act with its sight, whose it was, and what the exercise says of it.

    `directed` are the leaves that the director said for a seat; `why` the requirements that an act's step cites;
    `called` what the exercise's things were called by people.
    """

    exercise: Exercise
    seats: Mapping[str, Seat]
    sights: Sequence[Sight]
    made_at: datetime
    directed: frozenset[Hash]
    why: Mapping[Hash, tuple[str, ...]]
    called: Mapping[str, str]


def looking_back(running: Running) -> Back:
    """Return what can be looked back on now.

    Raises:
        Refused: `host.starting`.
    """
    with running.lock:
        stood = running.stood
        why = {leaf: turn.step.why for turn in stood.course.turns for leaf in turn.leaves}
        return Back(
            exercise=running.exercise, seats=stood.seats, sights=sights(stood.seats), made_at=stood.time.now(),
            directed=frozenset(stood.directed), why=why, called=dict(stood.hearing.called),
        )  # fmt: skip


@dataclass(slots=True)
class Looking:
    """Looks back for all who ask: no more than a share of the time is spent on it, however many ask how often."""

    running: Running
    _lock: Lock = field(default_factory=Lock)
    _back: Back | None = None
    _due: float = 0.0

    def back(self) -> Back:
        """Return what can be looked back on, or could a moment ago.

        Raises:
            Refused: `host.starting`.
        """
        with self._lock:
            began, held = monotonic(), self._back
            if held is None or held.seats is not self.running.stood.seats or began >= self._due:
                held = self._back = looking_back(self.running)
                self._due = (ended := monotonic()) + LOOK_SHARE * (ended - began)
            return held


def debrief(words: Words, back: Back, *, here: str = "", loose: bool = False) -> str:
    """Return the whole page."""
    blind = sum(1 for one in back.sights if _knew_more(one))
    body = (
        f"<h1>{words('debrief.title')}: {own(back.exercise.frame.title)}</h1><p>{words('debrief.about')}</p>"
        f"<p><b>{words('debrief.count', n=len(back.sights), m=blind)}</b> · "
        f"<span class=soft>{words('debrief.made', at=moment(back.made_at))}</span></p>"
        + ("" if loose else f'<p class="noprint"><button data-print>{words("paper.print")}</button></p>')
        + ("".join(_decision(words, back, one) for one in back.sights) or f"<p>{words('debrief.empty')}</p>")
    )
    return page(words, words("debrief.title"), body, here=here, loose=loose)


def closed(words: Words) -> str:
    """Return what a participant sees before the director has opened it."""
    return page(
        words, words("debrief.title"), f"<h1>{words('debrief.title')}</h1><p>{words('debrief.closed')}</p>",
        here="/debrief", live=5,
    )  # fmt: skip


def _knew_more(one: Sight) -> bool:
    return bool(one.others or one.found_elsewhere or one.withheld)


def _decision(words: Words, back: Back, one: Sight) -> str:
    act = one.event.act
    party, _, office = speaker(act).partition("/")
    title = back.seats[party].title
    by = f'<span class="badge">{words("director.for_seat")}</span>' if act.leaf in back.directed else ""
    return (
        f'<article class="decision {"blind" if _knew_more(one) else ""}" id="d-{act.leaf[:12]}"><header>'
        f"<h2>{line(words, telling.act(words, act, noted(act, back.seats)))}</h2>{moment(act.at)}"
        f"<span>{own(title)} · {escape(words.or_code('office', office))}</span>{by}</header>"
        f'<div class="columns"><div>{_saw(words, one)}</div><div>{_others(words, back, one)}</div></div>'
        f"{_caught(words, back, one)}<details><summary>{words('debrief.text')}</summary>"
        f"{own(one.text, 'pre')}</details></article>"
    )


def _saw(words: Words, one: Sight) -> str:
    stood = ""
    if one.standing:
        stood = ", ".join(
            stands(words, kind, code) for kind, code in (("standing", one.standing), ("phase", one.phase)) if code
        )
        stood = f"<dt>{words('debrief.stood')}</dt><dd>{stood}</dd>"
    nothing = f'<span class="soft">{words("debrief.nothing_found")}</span>'
    theirs = list(
        dict.fromkeys(f"<b>{own(party)}</b>: {line(words, telling.finding(words, of))}" for party, of in one.theirs)
    )
    if one.withheld:
        theirs.append(f'<span class="soft">{words("debrief.withheld", n=one.withheld)}</span>')
    told = {
        "own": listed(line(words, telling.finding(words, of)) for of in one.own),
        "theirs": listed(theirs),
        "opened": listed(_opened(words, text) for text in one.opened),
    }
    flies = one.subject.startswith("operation/")  # of other things nothing is found, and nothing said is no news
    rows = "".join(
        f"<dt>{words(f'debrief.{key}')}</dt><dd>{text or nothing}</dd>"
        for key, text in told.items()
        if text or (flies and key != "opened")
    )
    return f"<h3>{words('debrief.saw')}</h3><dl>{stood}{rows}</dl>" if stood or rows else ""


def _opened(words: Words, text: str) -> str:
    """Return what was opened: a plan by its version in words, anything else as the record names it."""
    told = retelling.retold([telling.BESIDE["opened.plan"]], text, words.catalogue)
    return line(words, told) if told else own(text)


def _others(words: Words, back: Back, one: Sight) -> str:
    known = [_known(words, back, one, other) for other in one.others]
    found = [
        f"{line(words, telling.finding(words, of))} "
        f"<small>({words('debrief.found_there', party=escape(party))})</small>"
        for party, of in one.found_elsewhere
    ]
    told = listed([*known, *found]) or f'<p class="soft">{words("debrief.all_known")}</p>'
    return f"<h3>{words('debrief.others')}</h3>{told}"


def _known(words: Words, back: Back, one: Sight, other: Known) -> str:
    act, party = other.event.act, one.event.act.party
    if not other.told:
        how = words("debrief.not_told")
    elif other.reached is None:
        how = words("debrief.way_never")
    else:
        how = words("debrief.way", party=escape(party), at=moment(other.reached))
    said = line(words, telling.act(words, act, noted(act, back.seats)))
    return f"{moment(act.at)} <b>{own(speaker(act))}</b> {said} <small>({how})</small>"


def _caught(words: Words, back: Back, one: Sight) -> str:
    """Return what the exercise says of a decision: the requirements of its step, and the lessons about its thing."""
    frame, about = back.exercise.frame, thing(one.event.act)
    meant = {called: name for name, called in back.called.items()}.get(about, about)
    cited = dict.fromkeys(back.why.get(one.event.act.leaf, ()))
    failures: dict[str, None] = {}
    for lesson in frame.lesson:
        if lesson.about == meant:
            failures |= dict.fromkeys(lesson.failures)
            cited |= dict.fromkeys(lesson.caught_by)
    rows = [f"<b>{name}</b> {own(frame.failure.get(name, ''))}" for name in failures]
    rows += [f"<b>{name}</b> {own(frame.requirement.get(name, ''))}" for name in cited]
    return f'<div class="caught"><h3>{words("debrief.caught")}</h3>{listed(rows)}</div>' if rows else ""
