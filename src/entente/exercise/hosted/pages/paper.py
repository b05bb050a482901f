"""Paper: a card for each seat, to be cut and laid on the desks, and the timetable. No person's name stands on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from html import escape
from io import BytesIO
from pathlib import Path

import segno

from entente.errors import Refused
from entente.exercise import find, reading
from entente.exercise.hosted import telling
from entente.exercise.hosted.course import fate
from entente.exercise.hosted.pages.frame import line, moment, own, page, seat_name
from entente.exercise.hosted.pages.lobby import called, card, titles
from entente.exercise.hosted.timetable import Slot, lay
from entente.exercise.hosted.words import LANGUAGES, Words
from entente.exercise.reading import Exercise

UNSAID = "________________"
"""Where nothing is hosted yet, the address and the code are written by hand."""


def write(name: str, out: Path, language: str) -> list[Path]:
    """Write an exercise's cards and timetable, before it is hosted anywhere; return where.

    Raises:
        Refused: `exercise.unknown`, `exercise.language`. Malformed: `exercise.*`.
    """
    if language not in LANGUAGES:
        raise Refused("exercise.language", f"there is no {language!r}; there are {', '.join(LANGUAGES)}")
    exercise, words = reading.read(find(name)), Words(language)
    out.mkdir(parents=True, exist_ok=True)
    made = {
        "cards.html": cards(words, exercise, {}, "", loose=True),
        "timetable.html": timetable(words, exercise, loose=True),
    }
    for path, page_ in made.items():
        (out / path).write_text(page_, "utf-8", newline="\n")
    return [out / path for path in made]


def cards(
    words: Words, exercise: Exercise, codes: Mapping[str, str], address: str, *, here: str = "", loose: bool = False
) -> str:
    """Return a card for each seat. `codes` and `address` are empty where nothing is hosted."""
    names = titles(exercise)
    sheets = "".join(
        f'<article class="paper"><p class="banner">{words("exercise")}</p>'
        f"<small>{own(called(exercise))} · {words('paper.seat_card')}</small>"
        f"<h2>{seat_name(words, seat, names[party.id])}</h2>"
        f"{card(words, exercise, seat)}{_join(words, address, codes.get(seat, ''))}"
        f"<small>{words('paper.binds')}</small></article>"
        for party in exercise.frame.party
        for seat in (f"{party.id}/{office}" for office in party.offices)
    )
    press = "" if loose else f'<p class="noprint"><button data-print>{words("paper.print")}</button></p>'
    return page(words, words("director.cards"), f'{press}<div class="cards">{sheets}</div>', here=here, loose=loose)


def _join(words: Words, address: str, code: str) -> str:
    drawn = _square(f"{address}/#code={code}") if address and code else ""
    return (
        f'<div class="join">{drawn}<div><small>{words("paper.address")}</small>'
        f'<span class="address" dir="ltr">{escape(address or UNSAID)}</span><small>{words("paper.code")}</small>'
        f'<span class="code" dir="ltr">{escape(code or UNSAID[:9])}</span></div></div>'
    )


def _square(text: str) -> str:
    """Return a QR code as an inline drawing."""
    drawn = BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=2, svgclass=None, lineclass=None
    )
    return drawn.getvalue().decode()


def timetable(words: Words, exercise: Exercise, *, here: str = "", loose: bool = False) -> str:
    """Return the timetable: a sheet for the room, which says nothing of what will happen, and one for the director."""
    plan = lay(exercise)
    first, last = (plan.slots[0].at, plan.slots[-1].at) if plan.slots else (exercise.starts, exercise.starts)
    span = words("paper.play", a=moment(first), b=moment(last))
    room = (
        (0, plan.begins, words("paper.sit")),
        (plan.begins, plan.ends, span),
        (plan.ends, plan.whole, words("paper.back")),
    )
    rows = "".join(
        f'<tr><td class="num">{start}–{end}</td><td>{_clock(start)}</td><td>{what}</td></tr>'
        for start, end, what in room
    )
    press = "" if loose else f'<p class="noprint"><button data-print>{words("paper.print")}</button></p>'
    slots = "".join(_slot(words, exercise, slot) for slot in plan.slots)
    body = (
        f"{press}<section><h1>{own(called(exercise))}: {words('paper.timetable')}</h1><h3>{words('paper.for_all')}</h3>"
        f"<table><thead><tr><th>{words('paper.minute')}</th><th>{_clock(None)}</th><th>{words('paper.what')}</th></tr>"
        f"</thead><tbody>{rows}</tbody></table></section>"
        f'<section class="next"><h1>{own(exercise.frame.title)}: {words("paper.timetable")}</h1>'
        f"<h3>{words('paper.for_director')} · ×{plan.pace_permille / 1000:.3g}</h3><table><thead><tr>"
        + "".join(f"<th>{words(f'paper.{key}')}</th>" for key in ("minute", "time", "who", "what"))
        + f"</tr></thead><tbody>{slots}</tbody></table></section>"
    )
    return page(words, words("director.timetable"), body, here=here, loose=loose)


def _clock(minute: int | None) -> str:
    """Return how long it is from the beginning, as hours and minutes; the head of that column is a clock."""
    return "⏱" if minute is None else f'<span class="num">{str(timedelta(minutes=minute))[:-3]}</span>'


def _slot(words: Words, exercise: Exercise, slot: Slot) -> str:
    step = exercise.steps[slot.number - 1]
    who = own(step.by) if step.by else words("director.inject")
    whose = who if not step.by or fate(step) != "director" else f"{who} ({words('director.inject')})"
    tell = f"<br><small>{own(step.tell)}</small>" if step.tell else ""
    return (
        f'<tr><td class="num">{slot.minute:.0f}</td><td>{moment(slot.at)}</td><td>{whose}</td>'
        f"<td>{line(words, telling.step(words, step))}{tell}</td></tr>"
    )
