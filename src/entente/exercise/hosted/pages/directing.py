"""The director's page: exercise time and what may be done to it, every seat, every step, each party's picture."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from entente.errors import EntenteError
from entente.exercise.hosted import telling
from entente.exercise.hosted.casting import By
from entente.exercise.hosted.course import OPEN, Course, State, Turn
from entente.exercise.hosted.looking import Look, NoticeLook, OperationLook, PartyLook, SeatLook
from entente.exercise.hosted.pages.frame import button, line, listed, moment, own, page, refusal, stands
from entente.exercise.hosted.pages.lobby import titles
from entente.exercise.hosted.running import PACES, Running
from entente.exercise.hosted.words import Words
from entente.exercise.reading import Exercise
from entente.picture.board import StopRow
from entente.picture.catalogues import retelling

REFRESH_S = 2
AHEAD_SHOWN = 8
GUESSING_SHOWN = 5


def enter(words: Words, trouble: EntenteError | None = None) -> str:
    """Return the page that turns the director's link into a cookie."""
    body = (
        f"<h1>{words('director.title')}</h1><section><p>{words('director.enter')}</p>"
        '<form method="post" action="/director/enter" data-takes="director"><input type="hidden" name="director">'
        "</form></section>"
    )
    return page(words, words("director.title"), body, here="/director", trouble=refusal(words, trouble))


def director(
    words: Words, running: Running, course: Course | None, trouble: EntenteError | None = None,
    guessing: Sequence[str] = (),
) -> str:  # fmt: skip
    """Return the director's page, as of the last look. `guessing` are addresses that go on typing wrong codes."""
    exercise, look = running.exercise, running.look
    said = f'<p class="trouble" role="alert">{own(running.trouble)}</p>' if running.trouble else ""
    if guessing:
        who = escape(", ".join(guessing[:GUESSING_SHOWN]))
        said += f'<p class="trouble" role="alert">{words("director.guessing", who=who)}</p>'
    if look is None or course is None:
        body = f"<h1>{own(exercise.frame.title)}</h1>{said}<section><p>{words('lobby.starting')}</p></section>"
    else:
        body = (
            f"<h1>{own(exercise.frame.title)}</h1>{said}{_bar(words, running, look)}"
            f'<div class="panes"><div>{_seats(words, exercise, look, course)}{_said(words, look)}</div>'
            f"<div>{_steps(words, exercise, course)}{_pictures(words, look)}</div></div>"
        )
    shown = refusal(words, trouble)
    return page(words, words("director.title"), body, here="/director", live=REFRESH_S, wide=True, trouble=shown)


# -- time --------------------------------------------------------------------------------------------------------------


def _bar(words: Words, running: Running, look: Look) -> str:
    now = running.stood.time.now()
    pace, plan = running.pace_permille, running.plan.pace_permille
    state = words("seat.paused") if running.paused else words("seat.runs", pace=f"{pace / 1000:.3g}")
    down = "" if look.up else f'<span class="badge alarm">{words("director.is_cut")}</span>'
    paces = "".join(
        f'<option value="{one}"{" selected" if one == pace else ""}>'
        f"{words('director.pace.plan', pace=f'{one / 1000:.3g}') if one == plan else f'×{one / 1000:.3g}'}</option>"
        for one in sorted({*PACES, plan})
    )
    go = words("director.go") if now == running.opened_at else words("director.on")
    shown = running.debriefing
    does = (
        button("/director/go", go, kind="main")
        if running.paused
        else button("/director/pause", words("director.pause")),
        f'<form method="post" action="/director/pace"><label class="soft">{words("director.pace")} '
        f'<select name="pace">{paces}</select></label> <button>{words("director.set")}</button></form>',
        button("/director/jump", words("director.jump")),
        button("/director/cut", words("director.cut"))
        if look.up
        else button("/director/heal", words("director.heal"), kind="main"),
        button(
            "/director/debrief", words(f"director.{'close' if shown else 'open'}_debrief"), show="" if shown else "1"
        ),
        f'<details id="reset"><summary>{words("director.reset")}</summary><p>{words("director.reset.sure")}</p>'
        f"{button('/director/reset', words('director.reset'), kind='stop')}</details>",
    )
    papers = " · ".join(
        f'<a href="/{name}" target="_blank">{words(f"director.{name}")}</a>'
        for name in ("cards", "timetable", "debrief")
    )
    return (
        f'<section class="bar"><div class="clock">{moment(now, seconds=True)}<span>{state}</span>{down}</div>'
        f'<div class="does">{"".join(does)}</div><p class="soft">{papers}</p></section>'
    )


# -- seats -------------------------------------------------------------------------------------------------------------


def _seats(words: Words, exercise: Exercise, look: Look, course: Course) -> str:
    names = titles(exercise)
    groups: dict[str, list[SeatLook]] = {}
    for one in look.seats:
        groups.setdefault(one.seat.partition("/")[0], []).append(one)
    return (
        f"<section><h2>{words('director.seats')}</h2>"
        + "".join(
            f'<h3>{own(names[party])}</h3><div class="seats">'
            + "".join(_seat(words, one, course) for one in seats)
            + "</div>"
            for party, seats in groups.items()
        )
        + "</section>"
    )


def _seat(words: Words, one: SeatLook, course: Course) -> str:
    badge = {By.NOBODY: ("free", "lobby.free"), By.PARTICIPANT: ("", "director.participant"), By.DIRECTOR: ("mine",
             "director.director")}[one.by]  # fmt: skip
    seen = f"<small>{words('director.seen', s=round(one.seen_s))}</small>" if one.by is By.PARTICIPANT else ""
    waits = listed(line(words, retelling.waits(text, words.catalogue)) for text in one.waits)
    waits = f"<h3>{words('director.waits')}</h3>{waits}" if waits else ""
    expected = listed(
        f'<span class="badge expected">{words("state.expected")}</span> {line(words, telling.step(words, turn.step))}'
        for turn in course.expected(one.seat)
    )
    does = {
        By.NOBODY: button("/director/take", words("director.take"), kind="small", seat=one.seat),
        By.DIRECTOR: button("/director/desk", words("director.page"), kind="small main", elsewhere=True, seat=one.seat)
        + button("/director/free", words("director.free"), kind="small", seat=one.seat),
        By.PARTICIPANT: button("/director/free", words("director.free"), kind="small", seat=one.seat),
    }[one.by]
    return (
        f'<div class="seat {one.by} {"urgent" if one.urgent else ""}" data-seat="{one.seat}"><header>'
        f"<b>{escape(words.or_code('office', one.seat.partition('/')[2]))}</b>"
        f'<span class="badge {badge[0]}">{words(badge[1])}</span></header>{seen}'
        f"{waits}{expected}{does}</div>"
    )


# -- steps -------------------------------------------------------------------------------------------------------------


def _steps(words: Words, exercise: Exercise, course: Course) -> str:
    done = [turn for turn in course.turns if turn.state not in (State.AHEAD, State.EXPECTED, State.WAITS)]
    now = [turn for turn in course.turns if turn.state in (State.EXPECTED, State.WAITS)]
    refused = [turn for turn in done if turn.state is State.REFUSED][-3:]
    ahead = [turn for turn in course.turns if turn.state is State.AHEAD]

    def rows(turns: Sequence[Turn], kind: str = "") -> str:
        return f'<ul class="steps">{"".join(_step(words, exercise, course, turn, kind) for turn in turns)}</ul>'

    more = (
        f'<details id="more"><summary>… {len(ahead) - AHEAD_SHOWN}</summary>{rows(ahead[AHEAD_SHOWN:])}</details>'
        if len(ahead) > AHEAD_SHOWN
        else ""
    )
    current = f"<h3>{words('director.now')}</h3>{rows([*refused, *now], 'now')}" if now or refused else ""
    return (
        f"<section><h2>{words('director.steps')}</h2>{current}<h3>{words('director.ahead')}</h3>"
        f"{rows(ahead[:AHEAD_SHOWN]) or words('director.none')}{more}"
        f'<details id="done"><summary>{words("director.done")} ({len(done)})</summary>{rows(done[::-1])}</details>'
        "</section>"
    )


def _step(words: Words, exercise: Exercise, course: Course, turn: Turn, kind: str) -> str:
    step = turn.step
    who = step.by or words("director.inject")
    state = words(f"state.{turn.state}", n=turn.waits_for) if turn.waits_for else words.or_code("state", turn.state)
    left = course.falls_to(turn) == "seat"
    whose = (
        f'<span class="badge expected">{words("director.expected")} {own(who)}</span>' if left else f"<b>{own(who)}</b>"
    )
    tell = f"<small>{own(step.tell)}</small>" if step.tell else ""
    note = f"<small>{own(turn.note)}</small>" if turn.note else ""
    asks = (
        f'<small class="asks">{words("director.asked", seat=escape(who))}</small>'
        if turn.asked and turn.state in OPEN
        else ""
    )
    cited = "".join(f"<small><b>{name}</b> {own(exercise.frame.requirement[name])}</small>" for name in step.why)
    does = ""
    if turn.state in OPEN and turn.number > exercise.opens:
        play = (
            ""
            if course.falls_to(turn) != "director"
            else button("/director/play", words("director.play"), kind="small", step=turn.number)
        )
        passed = button("/director/pass", words("director.pass"), kind="small", step=turn.number)
        does = f'<span class="does">{play}{passed}</span>'
    badge = "" if turn.state is State.AHEAD else f'<span class="badge {turn.state}">{state}</span>'
    return (
        f'<li class="{kind}" data-step="{turn.number}"><span class="num">{turn.number}</span>'
        f'<span class="what">{moment(turn.due)} {whose} {line(words, telling.step(words, step))}</span>{badge}'
        f"{asks}{tell}{note}{cited}{does}</li>"
    )


# -- what each party has -----------------------------------------------------------------------------------------------


def _pictures(words: Words, look: Look) -> str:
    return (
        f"<section><h2>{words('director.pictures')}</h2>"
        + "".join(
            f'<details id="picture-{one.party}"><summary>{own(one.title)} ({len(one.operations)})</summary>'
            f"{_picture(words, one)}</details>"
            for one in look.parties
        )
        + "</section>"
    )


def _picture(words: Words, one: PartyLook) -> str:
    alarms = listed(f'<span class="badge alarm">{line(words, _stop(words, stop))}</span>' for stop in one.stops)
    rows = "".join(_operation(words, held) for held in one.operations)
    heads = "".join(f"<th>{words(f'table.{key}')}</th>" for key in ("operation", "standing", "phase", "findings"))
    table = f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    return f"{alarms}{table if rows else ''}{listed(line(words, _notice(words, held)) for held in one.notices)}"


def _notice(words: Words, held: NoticeLook) -> str:
    who = words.catalogue.listed(held.acknowledged) or telling.say(words, telling.BESIDE["nobody"])
    return telling.say(words, telling.BESIDE[held.kind], item=held.item, number=held.number, who=who)


def _stop(words: Words, row: StopRow) -> str:
    reason = telling.code(words, row.reason)
    said = telling.say(words, telling.BESIDE["stop"], by=row.by, reason=reason, note=row.note)
    if not row.waiting:
        return telling.say(words, telling.BESIDE["stop.done"], stop=said)
    return telling.say(words, telling.BESIDE["stop.waits"], stop=said, who=words.catalogue.listed(row.waiting))


def _operation(words: Words, held: OperationLook) -> str:
    final = " ✓" if held.final else ""
    return (
        f"<tr><td>{own(held.name)} <small>v{held.version} {own(held.title)}</small></td>"
        f"<td>{stands(words, 'standing', held.standing)}{final}</td><td>{stands(words, 'phase', held.phase)}</td>"
        f"<td>{listed(line(words, telling.finding(words, one)) for one in held.findings) or '–'}</td></tr>"
    )


def _said(words: Words, look: Look) -> str:
    directed = f" <small>({words('director.for_seat')})</small>"
    rows = "".join(
        f"<li>{moment(one.at)} <b>{own(one.who)}</b> {line(words, telling.act(words, one.act, one.note))}"
        f"{directed if one.directed else ''}</li>"
        for one in look.said
    )
    return f'<section><h2>{words("director.said")}</h2><ul class="said" tabindex="0">{rows}</ul></section>'
