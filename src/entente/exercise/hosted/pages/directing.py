"""The director's page: exercise time and what may be done to it, every seat, every step, each party's picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from entente.exercise import language
from entente.exercise.hosted.casting import By
from entente.exercise.hosted.course import OPEN, Course, State, Turn
from entente.exercise.hosted.looking import Look, OperationLook, PartyLook, SeatLook
from entente.exercise.hosted.pages.frame import button, listed, moment, own, page
from entente.exercise.hosted.pages.lobby import titles
from entente.exercise.hosted.running import PACES, Running
from entente.exercise.hosted.words import Words
from entente.exercise.language import AnyStep
from entente.exercise.reading import Exercise
from entente.report import words as phrases

REFRESH_S = 2
AHEAD_SHOWN = 8
GUESSING_SHOWN = 5


def enter(words: Words, trouble: str = "") -> str:
    """Return the page that turns the director's link into a cookie."""
    body = (
        f"<h1>{words('director.title')}</h1><section><p>{words('director.enter')}</p>"
        '<form method="post" action="/director/enter" data-takes="director"><input type="hidden" name="director">'
        "</form></section>"
    )
    return page(words, words("director.title"), body, here="/director", trouble=own(trouble) if trouble else "")


def director(
    words: Words, running: Running, course: Course | None, trouble: str = "", guessing: Sequence[str] = ()
) -> str:
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
    shown = own(trouble) if trouble else ""
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
    waits = listed(map(own, one.waits))
    waits = f"<h3>{words('director.waits')}</h3>{waits}" if waits else ""
    expected = listed(
        f'<span class="badge expected">{words("state.expected")}</span> {own(told(turn.step))}'
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
        f'<span class="what">{moment(turn.due)} {whose} {own(told(step))}</span>{badge}'
        f"{asks}{tell}{note}{cited}{does}</li>"
    )


TOLD: Mapping[type[AnyStep], str] = {
    language.Tell: "tell {to}", language.Compare: "compare {a} and {b}", language.Adopt: "adopt {agreement}",
    language.Staff: "enrol officers under {agreement}", language.Sign: "sign {agreement}",
    language.Notify: "notify the list {list}", language.NotifyMovement: "notify the movement {movement}",
    language.AmendMovement: "amend the movement {movement}", language.ReportMovement: "report {movement} {how}",
    language.EndMovement: "end {movement}, {reason}", language.OpenNotice: "open {notice}",
    language.AcknowledgeNotice: "acknowledge {notice}", language.ReadBack: "read {notice} back",
    language.Relay: "relay {notice} to {unit}", language.Load: "{unit} has loaded {notice}",
    language.Dispute: "dispute {site} of {notice}", language.Propose: "propose {operation}",
    language.Change: "change {operation}", language.Withdraw: "withdraw {operation}", language.End: "end {operation}",
    language.Activate: "activate {operation} {threat}", language.Deviate: "report {operation} {how}",
    language.Decide: "{answer} to {operation}: {note}", language.SayHeld: "sign the draft “{held}”",
    language.Dissent: "dissent from {operation}: {note}", language.StandingDecision: "let the node answer {answer}",
    language.Stop: "STOP {operation}: {note}", language.AcknowledgeStop: "acknowledge STOP {name}",
    language.LiftStop: "lift STOP {name}", language.Cut: "cut the network", language.Heal: "heal the network",
    language.CarryFile: "carry a file from {sender} to {taker}",
}  # fmt: skip
"""Each verb of the exercise language in words, for the director."""


def told(step: AnyStep) -> str:
    """Return what a step is, in one line."""
    fields = {name: _word(getattr(step, name)) for name in step.__struct_fields__}
    return TOLD[type(step)].format(**fields).strip().rstrip(":").strip()


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    text = str(value)
    return text if "/" in text or " " in text else phrases.phrase(text)


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
    alarms = listed(f'<span class="badge alarm">{own(stop)}</span>' for stop in one.stops)
    rows = "".join(_operation(words, held) for held in one.operations)
    heads = "".join(f"<th>{words(f'table.{key}')}</th>" for key in ("operation", "standing", "phase", "findings"))
    table = f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    return f"{alarms}{table if rows else ''}{listed(map(own, one.notices))}"


def _operation(words: Words, held: OperationLook) -> str:
    final = " ✓" if held.final else ""
    return (
        f"<tr><td>{own(held.name)} <small>v{held.version} {own(held.title)}</small></td>"
        f"<td>{own(held.standing)}{final}</td><td>{own(held.phase)}</td>"
        f"<td>{listed(map(own, held.findings)) or '–'}</td></tr>"
    )


def _said(words: Words, look: Look) -> str:
    directed = f" <small>({words('director.for_seat')})</small>"
    rows = "".join(
        f"<li>{moment(line.at)} <b>{own(line.who)}</b> {own(line.text)}{directed if line.directed else ''}</li>"
        for line in look.said
    )
    return f'<section><h2>{words("director.said")}</h2><ul class="said" tabindex="0">{rows}</ul></section>'
