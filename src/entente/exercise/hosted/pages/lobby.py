"""The lobby, where a code becomes a seat, and the seat's own page: its card, what was handed to it, its desk.

Neither says anything of what will happen: a seat is shown whether others are taken, exercise time, and what is its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from entente.adapters import planfile
from entente.errors import EntenteError
from entente.exercise.hosted import telling
from entente.exercise.hosted.casting import Casting
from entente.exercise.hosted.pages.frame import button, line, listed, moment, own, page, refusal, seat_name
from entente.exercise.hosted.running import Message
from entente.exercise.hosted.words import Words
from entente.exercise.language import AnyStep, Chair, Propose
from entente.exercise.reading import Exercise
from entente.geo.altitude import show_band
from entente.joint.plan import Plan

REFRESH_S = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What everybody may know of the exercise's course: its time, whether it stands still, its pace."""

    now: datetime
    paused: bool
    pace_permille: int


def called(exercise: Exercise) -> str:
    """Return what participants are told the exercise is called."""
    return exercise.frame.hosting.title or exercise.folder.name.capitalize()


def chair(exercise: Exercise, seat: str) -> Chair:
    """Return what the exercise says of a seat; of one that it leaves out, nothing but its name."""
    return next((one for one in exercise.frame.seat if one.office == seat), Chair(office=seat))


def titles(exercise: Exercise) -> dict[str, str]:
    """Return the parties' titles by their ids."""
    return {party.id: party.title for party in exercise.frame.party}


# -- the lobby ---------------------------------------------------------------------------------------------------------


def lobby(
    words: Words, exercise: Exercise, casting: Casting, mine: str | None, trouble: EntenteError | None = None
) -> str:
    """Return the page where a code becomes a seat. `trouble` is what went wrong there."""
    about = own(exercise.frame.hosting.about, "p") if exercise.frame.hosting.about else ""
    take = (
        f'<p><a class="main big" href="/seat">{words("seat.title")}</a></p>'
        if mine
        else f'<p>{words("lobby.how")}</p><form method="post" action="/join" class="take" data-takes="code">'
        f'<label>{words("lobby.code")}<input name="code" dir="ltr" required maxlength="24" autocomplete="off" '
        f'autocapitalize="characters" spellcheck="false" placeholder="ABCD-EFGH"></label>'
        f'<button class="main big">{words("lobby.take")}</button></form>'
    )
    body = (
        f"<h1>{own(called(exercise))}</h1>{about}<section><h2>{words('lobby.title')}</h2>{take}</section>"
        f"<section><h2>{words('lobby.seats')}</h2>{_seats(words, exercise, casting, mine)}</section>"
    )
    return page(words, called(exercise), body, here="/", live=REFRESH_S, trouble=refusal(words, trouble))


def _seats(words: Words, exercise: Exercise, casting: Casting, mine: str | None) -> str:
    return (
        '<div class="parties">'
        + "".join(
            f"<div><h3>{own(party.title)}</h3>"
            + listed(_seat(words, casting, f"{party.id}/{office}", mine) for office in party.offices)
            + "</div>"
            for party in exercise.frame.party
        )
        + "</div>"
    )


def _seat(words: Words, casting: Casting, seat: str, mine: str | None) -> str:
    state = "yours" if seat == mine else "taken" if casting.sitter(seat).taken else "free"
    kind = "mine" if state == "yours" else state
    office = escape(words.or_code("office", seat.partition("/")[2]))
    return f'<span>{office}</span><span class="badge {kind}">{words(f"lobby.{state}")}</span>'


# -- one's own seat ----------------------------------------------------------------------------------------------------


def seat(
    words: Words,
    exercise: Exercise,
    name: str,
    hour: Hour | None,
    messages: Sequence[Message],
    tasks: Mapping[int, bool],
    *,
    debrief: bool = False,
    trouble: EntenteError | None = None,
) -> str:
    """Return a participant's own page. `tasks` are the numbers of what is expected of it, and whether the director
    was asked to say it instead."""
    back = f'<p><a class="main" href="/debrief">{words("seat.debrief")}</a></p>' if debrief else ""
    title = titles(exercise)[name.partition("/")[0]]
    body = (
        f"<h1>{seat_name(words, name, title)}</h1>"
        f"<section>{_clock(words, hour)}</section>"
        f"<section>{button('/seat/desk', words('seat.desk'), kind='main big', elsewhere=True, disabled=hour is None)}"
        f"<br><small>{words('seat.desk.help')}</small>{back}</section>"
        f"<section><h2>{words('seat.messages')}</h2>{_messages(words, exercise, messages, tasks)}</section>"
        f"<section>{card(words, exercise, name)}</section>"
        f"<details id=leave><summary>{words('seat.leave')}</summary>"
        f"{button('/seat/leave', words('seat.leave'), kind='stop')}</details>"
    )
    return page(words, called(exercise), body, here="/seat", live=REFRESH_S, trouble=refusal(words, trouble))


def _clock(words: Words, hour: Hour | None) -> str:
    if hour is None:
        return f'<p role="status">{words("lobby.starting")}</p>'
    runs = words("seat.paused") if hour.paused else words("seat.runs", pace=f"{hour.pace_permille / 1000:.3g}")
    return (
        f'<div class="clock"><span>{words("seat.time")}</span>{moment(hour.now)}<span class="soft">{runs}</span></div>'
    )


def card(words: Words, exercise: Exercise, name: str) -> str:
    """Return what a seat is for and what to do first: the catalogue's words for the office, then the exercise's."""
    held = chair(exercise, name)
    known = words.or_code("for", name.partition("/")[2])
    purpose = own(held.purpose, "p") if held.purpose else ""
    first = "".join(f"<li>{own(line)}</li>" for line in held.first)
    steps = f"<h3>{words('seat.first')}</h3><ol>{first}</ol>" if first else ""
    return f"<h3>{words('seat.for')}</h3><p>{escape(known)}</p>{purpose}{steps}"


def _messages(words: Words, exercise: Exercise, messages: Sequence[Message], tasks: Mapping[int, bool]) -> str:
    if not messages:
        return f'<p class="soft">{words("seat.nothing")}</p>'
    return "".join(
        f'<div class="message"><small>{moment(message.at)}</small>{_told(words, exercise, message, tasks)}</div>'
        for message in reversed(messages)
    )


def _told(words: Words, exercise: Exercise, message: Message, tasks: Mapping[int, bool]) -> str:
    if not message.task:
        return own(message.text, "p")
    step = exercise.steps[message.task - 1]
    if not isinstance(step, Propose):
        return f"{_task(words, step)}{_does(words, message.task, tasks, 'say')}"
    plan = planfile.read(exercise.file(f"plans/{step.plan}.toml")).plans[0]
    way = " – ".join(_waypoints(exercise.text(f"plans/{step.plan}.toml")))
    return f"{_plan(words, plan, step.operation.partition('/')[2], way)}{_does(words, message.task, tasks, 'file')}"


def _does(words: Words, task: int, tasks: Mapping[int, bool], what: str) -> str:
    """Return the buttons below what was handed, or what has become of it. `what` is ``file`` or ``say``."""
    if task not in tasks:
        return f'<p class="badge happened">{words(f"seat.{what}.done")}</p>'
    if tasks[task]:
        return f'<p class="badge waits">{words("seat.asked")}</p>'
    return (
        f"<p>{words(f'seat.{what}.help')}</p>{button('/seat/say', words(f'seat.{what}'), kind='main', step=task)}"
        f"{button('/seat/ask', words('seat.ask'), step=task)}"
    )


def _task(words: Words, step: AnyStep) -> str:
    """Tell what an office is to say out of the exercise's files: a list, a movement, a standing decision.

    What the step reads aloud and expects is the director's, and stays out.
    """
    copies, join = getattr(step, "copies", ()), words.catalogue.phrases["and_so_on"].join

    def written(key: str) -> str:
        return own(text) if (text := str(getattr(step, key, ""))) else ""

    def coded(key: str, kind: str = "") -> str:
        held = getattr(step, key, ())
        codes = held if isinstance(held, tuple) else (held,)
        text = join(telling.code(words, str(one), kind) for one in codes if one)
        return line(words, text) if text else ""

    metres = (
        f"{copy.party} {words.catalogue.say('way.metres', count=words.catalogue.number(copy.precision_m))}"
        for copy in copies
    )
    rows = (
        ("name", written("list") or written("movement")),
        ("purpose", written("purpose")),
        ("copies", line(words, join(metres)) if copies else ""),
        ("limits", coded("limits", "limit")),
        ("consent", written("consent")),
        ("answer", coded("answer")),
        ("kinds", coded("kinds")),
        ("until", written("until")),
    )
    facts = "".join(f"<dt>{words(f'task.{key}')}</dt><dd>{value}</dd>" for key, value in rows if value)
    return f"<h3>{words(f'task.{step.__struct_config__.tag}')}</h3><dl>{facts}</dl>"


def _waypoints(text: str) -> list[str]:
    """Return the points of a route as its planners wrote them; a plan drawn as volumes has none."""
    route = tomllib.loads(text)["plan"][0].get("route", {})
    return [str(point["at"]) for point in route.get("waypoints", ())]


def _plan(words: Words, plan: Plan, name: str, way: str) -> str:
    """Tell a plan as its planners would: what, when, from where to where, how high."""
    spans = [volume.interval for volume in plan.volumes]
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    heights = dict.fromkeys(show_band(volume.band) for volume in plan.volumes)
    rows = (
        ("name", f'<code dir="ltr">{escape(name)}</code>'),
        ("title", own(plan.title)),
        ("callsign", own(plan.callsign)),
        ("kind", line(words, telling.code(words, str(plan.kind)))),
        ("points", f'<span dir="ltr">{escape(way)}</span>'),
        ("when", f"{moment(start)} – {moment(end)}"),
        ("heights", f'<span dir="ltr">{escape(", ".join(heights))}</span>'),
    )
    return (
        "<dl>" + "".join(f"<dt>{words(f'plan.{key}')}</dt><dd>{value}</dd>" for key, value in rows if value) + "</dl>"
    )
