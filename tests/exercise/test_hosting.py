"""A hosted exercise in one process: what falls to whom, what the director may do, what hindsight shows, and the fog."""

from __future__ import annotations

import io
import json
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from rich.console import Console

from entente.errors import Refused, Unavailable, Untrusted
from entente.exercise import find, observing, reading
from entente.exercise.hosted import door, hindsight
from entente.exercise.hosted.casting import By, Casting
from entente.exercise.hosted.course import State, Turn
from entente.exercise.hosted.door import Place
from entente.exercise.hosted.hosting import Hosted
from entente.exercise.hosted.looking import looked
from entente.exercise.hosted.pages import debriefing, lobby
from entente.exercise.hosted.running import Running
from entente.exercise.hosted.serving import DIRECTS, House, served
from entente.exercise.hosted.words import LANGUAGES, Words
from entente.exercise.live import seated
from entente.exercise.wires import InProcess
from entente.geo.interval import parse_time
from entente.geo.position import Position
from entente.ids import PartyId, SubjectId
from entente.joint import operations
from entente.joint.decisions import Answer
from entente.joint.protected_sites import Category, Site
from entente.node import command
from entente.node.command import Command
from entente.testing.processes import free_port
from entente.web.sessions import LINKS, Sessions

MAIN = "exercise-amman"
AIR = "south/air_operations"


def at(text: str) -> datetime:
    return parse_time(f"2026-12-01T{text}:00Z")


@dataclass
class Room:
    """The exercise, played by hand: `until` lets it come to a time, `say` is what a person signs at his page."""

    running: Running
    casting: Casting
    left: list[str] = field(default_factory=list)
    """Seats whose desks were closed, when it was served."""

    def until(self, clock: str) -> None:
        self.running.paused = False
        for turn in self.running.stood.course.turns:
            if turn.due <= at(clock):
                self.running.stood.time.move_to(turn.due)
                self.settle()

    def settle(self) -> None:
        """Tick until nothing more becomes of anything."""
        before: list[State] = []
        while before != (now := [turn.state for turn in self.running.stood.course.turns]):
            before = now
            self.running.tick()

    def say(self, what: Command, seat: str) -> None:
        party, _, office = seat.partition("/")
        stood = self.running.stood
        stood.seats[party].say(what, office)
        stood.wire.until(lambda: observing.converged(stood.seats))
        self.settle()

    def latest(self, party: str, name: str) -> tuple[SubjectId, operations.Version]:
        subject = operations.subject(*name.split("/"))
        found = operations.read(subject, self.running.stood.seats[party].node.book(MAIN).fold("all").now())
        assert found is not None
        return subject, found.latest

    def turn(self, verb: str, thing: str) -> Turn:
        """Return the first step of a verb about something, of those that are left to people."""
        return next(
            turn for turn in self.running.stood.course.turns[self.running.exercise.opens :]
            if type(turn.step).__name__ == verb and thing in (turn.step.by, getattr(turn.step, "operation", ""))
        )  # fmt: skip

    def take(self, seat: str) -> str:
        return self.casting.take(self.casting.codes[seat], "here")[1]


@contextmanager
def room(folder: Path, out: Path) -> Iterator[Room]:
    exercise = reading.read(folder)
    casting = Casting.of(f"{party.id}/{office}" for party in exercise.frame.party for office in party.offices)
    running = Running(exercise, out, casting, InProcess, Console(file=io.StringIO()))
    running.start()
    try:
        yield Room(running, casting)
    finally:
        running.close()


@pytest.fixture
def amman(tmp_path: Path) -> Iterator[Room]:
    with room(find("amman"), tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """One that nobody plays, for those who only knock."""
    with room(find("amman"), tmp_path_factory.mktemp("opened")) as made:
        yield made


def test_what_a_person_is_to_say_is_expected_of_him_and_what_hangs_on_it_waits(amman: Room) -> None:
    amman.take(AIR)
    amman.until("06:40")

    survey = amman.turn("Propose", "south/survey-1")
    assert survey.state is State.EXPECTED
    assert amman.turn("Decide", "south/survey-1").waits_for == survey.number
    assert amman.turn("Propose", "north/medevac-1").state is State.PLAYED  # an empty seat's
    assert [message.task for message in amman.running.stood.messages[AIR]] == [survey.number]
    with pytest.raises(Refused, match="somebody sits"):
        amman.running.play(survey.number)

    amman.running.say(AIR, survey.number)
    amman.settle()
    assert survey.state is State.HAPPENED
    objection = amman.turn("Decide", "south/survey-1")
    assert objection.state is State.PLAYED and amman.turn("Withdraw", "south/survey-1").state is State.EXPECTED
    with pytest.raises(Refused):
        amman.running.say(AIR, survey.number)


def test_a_person_names_and_answers_as_he_likes(amman: Room) -> None:
    amman.take("north/air_operations")
    amman.take(AIR)
    amman.until("06:40")
    amman.running.pass_over(amman.turn("Propose", "south/survey-1").number)
    lift = amman.turn("Propose", "north/lift-1")
    plan = amman.running.stood.director.speaking._plan("lift-1")
    amman.say(command.propose(MAIN, "all", "north", "supplies", plan, to=["south"]), "north/air_operations")

    assert lift.state is State.HAPPENED
    amman.until("06:50")
    answer = next(t for t in amman.running.stood.course.turns if t.step.by == AIR and "Decide" in type(t.step).__name__)
    assert answer.state is State.EXPECTED
    subject, latest = amman.latest("south", "north/supplies")
    amman.say(command.decide(MAIN, "all", subject, latest.leaf, Answer.OBJECTION, note="no", to=["north"]), AIR)
    assert (answer.state, answer.note) == (State.OTHERWISE, "objection")


def test_nobody_speaks_for_a_person_in_a_step_that_only_shows_a_refusal(amman: Room) -> None:
    for seat in ("south/observer", "north/senior"):
        amman.take(seat)
    amman.until("07:15")

    refused = [turn for turn in amman.running.stood.course.turns if turn.step.by in ("south/observer", "north/senior")]
    after = [turn for turn in refused if turn.number > amman.running.exercise.opens]
    assert {turn.state for turn in after} == {State.PASSED}


def test_the_director_paces_pauses_jumps_takes_frees_and_resets(amman: Room) -> None:
    running = amman.running
    still = running.stood.time.now()
    assert running.paused and running.stood.time.now() == still == running.opened_at
    running.pace(20_000)
    running.go()
    assert running.stood.time.pace_permille == 20_000
    running.pause()
    assert running.stood.time.now() == running.stood.time.now()
    with pytest.raises(Refused, match="a pace is one of"):
        running.pace(7)

    running.jump()
    first = running.stood.course.turn(running.exercise.opens + 1)
    assert first.state is State.PLAYED and running.stood.time.now() >= first.due
    running.take("south/protection")
    running.jump()
    assert running.stood.course.expected("south/protection")
    with pytest.raises(Refused):
        running.play(first.number)
    ticket = amman.take(AIR)
    running.cut()
    assert running.look is not None and not running.look.up

    running.reset()
    assert running.look is None
    running.tick()
    assert running.paused and running.stood.time.now() == running.opened_at
    assert running.stood.wire.up and not running.stood.course.expected()
    assert amman.casting.seat_of(ticket) == AIR and amman.casting.sitter("south/protection").by is By.DIRECTOR
    running.free("south/protection")
    assert not amman.casting.sitter("south/protection").taken
    with pytest.raises(Refused):
        running.free("west/watch")


def test_hindsight_shows_what_each_could_see_and_what_others_knew_by_then(amman: Room) -> None:
    amman.until("12:10")
    running = amman.running
    found = hindsight.sights(running.stood.seats)

    def sight(verb: str, name: str) -> hindsight.Sight:
        return [one for one in found if one.event.verb == verb and one.subject == f"operation/{name}"][-1]

    crossed = sight("operation.activate", "north/lift-2")
    assert (crossed.standing, crossed.phase) == ("no_objection", "planned")
    [unheard] = crossed.others
    assert unheard.told and unheard.event.act.party == "south" and unheard.event.verb == "decision.give"
    assert unheard.reached is not None and unheard.reached > crossed.event.act.at
    survey = [one for one in found if one.subject == "operation/south/survey-1"]
    proposed, objected, _dissented, withdrawn = survey
    assert (
        any("Clinic 3" in hindsight.told(one) for one in proposed.own) and not proposed.others and not proposed.standing
    )
    assert objected.opened[0] == "the plan of version 1" and "Clinic 3" in objected.text
    assert withdrawn.standing == "objected"
    # North's objection counts two findings, and the clinic is the coordinator's: South's own list says so, not North.
    assert {party for party, _ in withdrawn.theirs} <= {"north"} and withdrawn.withheld
    assert any("Clinic 3" in hindsight.told(one) for _, one in withdrawn.found_elsewhere)

    page = debriefing.debrief(Words(), debriefing.looking_back(running), loose=True)
    assert "F-14" in page and "the list is held and never compared" in page and "R-22" in page
    assert page.count("EXERCISE") >= 2 and not re.search(r'(src|href)="(https?:)?//|<script', page)


DESK, RULES = "coordinator/protection", "south/senior"


def test_a_list_and_a_rule_are_left_to_their_seats_and_what_hangs_on_them_waits(amman: Room) -> None:
    amman.take(DESK)
    amman.take(RULES)
    amman.until("06:10")
    listed, opened = amman.turn("Notify", DESK), amman.turn("OpenNotice", "south/protection")
    rule = amman.turn("StandingDecision", RULES)

    assert listed.state is rule.state is State.EXPECTED
    assert (opened.state, opened.waits_for) == (State.WAITS, listed.number)
    page = lobby.seat(
        Words(), amman.running.exercise, DESK, None, amman.running.stood.messages[DESK], {listed.number: False}
    )
    assert "keep aircraft away from these places" in page and "Say this" in page
    assert listed.step.tell not in page  # what is read aloud is the director's
    with pytest.raises(Refused, match="somebody sits"):
        amman.running.play(listed.number)
    with pytest.raises(Refused):
        amman.running.say(RULES, listed.number)

    amman.running.say(DESK, listed.number)
    amman.settle()
    assert listed.state is State.HAPPENED and opened.state is State.PLAYED
    amman.running.ask(RULES, rule.number)
    amman.running.play(rule.number)
    assert rule.state is State.PLAYED
    with pytest.raises(Refused):
        amman.running.ask(RULES, rule.number)
    assert {line.who for line in looked(amman.running).said if line.directed} >= {RULES}


def test_a_list_that_the_desk_issued_by_itself_is_heard(amman: Room) -> None:
    amman.take(DESK)
    amman.until("06:10")
    listed = amman.turn("Notify", DESK)
    copies = [copy.party for copy in getattr(listed.step, "copies", ())]
    held = Site(id="clinic", name="Clinic", category=Category.MEDICAL, uncertainty_m=300.0,
                position=Position(lat=35.9, lon=38.7), expires_at=at("12:00") + timedelta(days=30))  # fmt: skip
    for party in copies:
        notice = command.notify_sites(f"{MAIN}-sites", f"to-{party}", "coordinator", f"places-{party}", 1, [held],
                                      "To keep away", to=[party])  # fmt: skip
        amman.say(notice, DESK)
    assert listed.state is State.HAPPENED


def test_a_hosted_run_leaves_its_map_and_its_report(amman: Room) -> None:
    amman.take("north/air_operations")
    amman.until("06:40")
    plan = amman.running.stood.director.speaking._plan("lift-1")
    told = {"to": ["south"]}
    seat = amman.running.stood.seats["north"]
    seat.say(command.propose(MAIN, "all", "north", "supplies", plan, **told), "air_operations")
    subject, latest = amman.latest("north", "north/supplies")  # changed before anybody has looked at it
    later = replace(plan, title="Supplies, later")
    amman.say(command.change(MAIN, "all", subject, latest, later, **told), "north/air_operations")
    amman.running.leave()

    out = amman.running.out
    report, drawn = ((out / name).read_text("utf-8") for name in ("report.html", "map.html"))
    assert "Supplies, later" in report and "Supplies, later" in drawn
    assert "proposes a new version of supplies" in report and "Clinic 3" in report
    assert report.count("all verified again") == 3


# -- the door and the fog ----------------------------------------------------------------------------------------------


@contextmanager
def house(made: Room) -> Iterator[Place]:
    place = Place(host="127.0.0.1", port=free_port(), names=frozenset({"localhost"}))
    desk = "http://south.localhost:1/#link=secret"
    served_from = House(
        running=made.running, casting=made.casting, place=place, desk=lambda seat: f"{desk}-{seat}", centres=list,
        left=made.left.append,
    )  # fmt: skip
    with served(served_from):
        yield place
        with pytest.raises(Unavailable), served(served_from):
            pass


def browser(place: Place, **headers: str) -> httpx.Client:
    return httpx.Client(base_url=place.url, headers={"origin": place.url, **headers}, trust_env=False, timeout=60)


def test_the_door_admits_this_hosts_own_pages_alone(opened: Room) -> None:
    code = {"code": opened.casting.codes[AIR]}
    with house(opened) as place:
        for headers in (
            {"host": "evil.example"}, {"host": f"evil.example:{place.port}"}, {"origin": "http://evil.example"},
            {"origin": "null"}, {"sec-fetch-site": "cross-site"},
        ):  # fmt: skip
            with browser(place, **headers) as other:
                assert other.post("/join", data=code).status_code == 403, headers
        with browser(place) as own:
            assert own.post("/join", content=b"code=" + b"x" * 9000).status_code == 403
            assert own.get("/nowhere").status_code == 404 and own.get("/join").headers["location"] == "/"
            policy = own.get("/").headers["content-security-policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy
            for name in ("referrer-policy", "x-content-type-options", "x-frame-options"):
                assert name in own.get("/").headers
            joined = own.post("/join", data=code).headers["set-cookie"]
            assert "HttpOnly" in joined and "SameSite=Strict" in joined
            opened.running.free(AIR)
        assert not opened.casting.sitter("north/watch").taken


def test_a_participant_reaches_his_seat_and_nothing_of_the_directors_or_of_anothers(opened: Room) -> None:
    codes = opened.casting.codes
    with house(opened) as place, browser(place) as south, browser(place) as second, browser(place) as director:
        assert south.get("/seat").headers["location"] == "/"
        assert south.post("/join", data={"code": codes[AIR]}).headers["location"] == "/seat"
        refused = second.post("/join", data={"code": codes[AIR]})
        assert refused.status_code == 403 and "This seat is taken" in refused.text
        assert "Это место занято" in second.post("/join?lang=ru", data={"code": codes[AIR]}).text
        assert south.post("/join", data={"code": codes["north/watch"]}).status_code == 403  # one seat a browser
        assert south.post("/seat/desk").headers["location"].endswith(AIR)
        assert second.post("/seat/desk").status_code == 401

        for client in (south, second):
            for path in ("/cards", "/timetable"):
                assert client.get(path).status_code == 401
            for path in DIRECTS:
                told = {"seat": AIR, "step": "12", "pace": "1000", "show": "1"}
                assert client.post(path, data=told).status_code == 401
            assert "director=" not in client.get("/director").text and "survey" not in client.get("/director").text
        assert opened.running.paused and not opened.running.debriefing
        assert second.get("/debrief").status_code == 401 and "not opened the debrief" in south.get("/debrief").text

        token = opened.casting.link()
        assert director.post("/director/enter", data={"director": token}).headers["location"] == "/director"
        assert second.post("/director/enter", data={"director": token}).status_code == 401
        for language in LANGUAGES:
            for path in ("/director", "/cards", "/timetable", "/debrief"):
                page = director.get(path, params={"lang": language})
                assert page.status_code == 200 and Words(language)("exercise") in page.text
        assert director.post("/director/desk", data={"seat": AIR}).status_code == 403
        assert director.post("/director/take", data={"seat": "north/watch"}).status_code == 303
        assert director.post("/director/desk", data={"seat": "north/watch"}).headers["location"].endswith("north/watch")
        assert director.post("/director/debrief", data={"show": "1"}).status_code == 303
        assert south.get("/debrief").status_code == 200
        assert south.post("/seat/leave").headers["location"] == "/" and south.get("/seat").status_code == 303


def test_who_left_a_seat_or_was_freed_of_it_keeps_no_desk_of_it(opened: Room) -> None:
    """Else one person takes seat after seat, and has every side's picture at once."""
    opened.left.clear()
    with house(opened) as place, browser(place) as south, browser(place) as director:
        director.post("/director/enter", data={"director": opened.casting.link()})
        south.post("/join", data={"code": opened.casting.codes[AIR]})
        south.post("/seat/leave")
        assert opened.left == [AIR]
        south.post("/join", data={"code": opened.casting.codes["north/watch"]})
        director.post("/director/free", data={"seat": "north/watch"})
        assert opened.left == [AIR, "north/watch"]


def test_the_host_closes_the_desk_of_a_seat_that_was_left(opened: Room, tmp_path: Path) -> None:
    hosted = Hosted(opened.running.exercise, tmp_path, free_port(), "127.0.0.1", Console(file=io.StringIO()))
    hosted.house.left(AIR)  # while homes are made there is nothing to close
    hosted.running = opened.running
    south = opened.running.stood.seats[PartyId("south")]
    sat = Sessions(south.node)
    for office in ("air_operations", "watch"):
        seated(south.node, south.home, "http://south.localhost:1", office)
    seat_link = seated(south.node, south.home, "http://south.localhost:1", "air_operations")
    name, _ = sat.redeem(parse_qs(urlsplit(seat_link).fragment)["link"][0])

    hosted.house.left(AIR)

    with pytest.raises(Untrusted):
        sat.seat(name)
    held = [json.loads(data)["officer"] for data in south.node.store.metas(LINKS).values()]
    assert AIR not in held and "south/watch" in held


def test_what_breaks_is_shown_to_the_director_and_the_play_goes_on(
    opened: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, ticks = opened.running, []

    def tick() -> None:
        ticks.append(1)
        if len(ticks) == 1:
            raise OSError("no file can be opened")
        running.end()

    monkeypatch.setattr(running, "tick", tick)
    running.run()
    assert len(ticks) == 2 and "no file can be opened" in running.trouble
    running.trouble = ""


def test_whoever_connects_and_stays_hinders_nobody_else_and_not_for_ever(
    opened: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_OF_ONE", 3)
    with house(opened) as place:
        at_host = (place.host, place.port)
        staying = [socket.create_connection(at_host, timeout=30) for _ in range(3)]
        for one in staying:
            one.sendall(b"GET / HTTP/1.1\r\n")
        with socket.create_connection(at_host, timeout=30) as fourth:
            assert ended(fourth), "there is no room for a fourth from this address"
        if sys.platform != "darwin":  # which has no second address by itself
            with socket.create_connection(at_host, timeout=30, source_address=("127.0.0.2", 0)) as other:
                other.sendall(f"GET / HTTP/1.1\r\nhost: {place.host}:{place.port}\r\n\r\n".encode())
                assert other.recv(16).startswith(b"HTTP/1.0 200"), "somebody else is answered meanwhile"
        monkeypatch.setattr(door, "WHOLE_S", 0.0)
        for one in staying:
            assert ended(one), "nobody stays for ever"
            one.close()
        monkeypatch.setattr(door, "WHOLE_S", 60.0)


@pytest.mark.skipif(sys.platform == "darwin", reason="has no further addresses by itself")
def test_addresses_that_take_every_connection_keep_nobody_else_out(
    opened: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_OF_ONE", 3)
    monkeypatch.setattr(door, "MOST_ASKING", 6)
    with house(opened) as place:
        at_host = (place.host, place.port)
        staying = [
            socket.create_connection(at_host, timeout=30, source_address=(f"127.0.0.{address}", 0))
            for address in (2, 3) for _ in range(3)
        ]  # fmt: skip
        for one in staying:
            one.sendall(b"GET / HTTP/1.1\r\n")
        for address in (4, 5, 4):
            with socket.create_connection(at_host, timeout=30, source_address=(f"127.0.0.{address}", 0)) as other:
                other.sendall(f"GET / HTTP/1.1\r\nhost: {place.host}:{place.port}\r\n\r\n".encode())
                assert other.recv(16).startswith(b"HTTP/1.0 200"), "whoever has fewer gets in"
        assert ended(staying[0]), "the oldest of an address that has most makes room"
        for one in staying:
            one.close()


def ended(wire: socket.socket) -> bool:
    try:
        return wire.recv(1) == b""
    except ConnectionError:
        return True


def test_a_debrief_asked_for_without_end_is_made_now_and_then(opened: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever loads it again and again holds the exercise still for everybody: it is made under its lock."""
    made, looking_back = [], debriefing.looking_back
    monkeypatch.setattr(debriefing, "looking_back", lambda running: made.append(running) or looking_back(running))
    monkeypatch.setattr(debriefing, "LOOK_SHARE", 10**6)
    looking = debriefing.Looking(opened.running)

    first = looking.back()
    assert all(looking.back() is first for _ in range(5)) and len(made) == 1
    monkeypatch.setattr(looking, "_due", 0.0)
    assert looking.back() is not first
    monkeypatch.setattr(opened.running.stood, "seats", dict(opened.running.stood.seats))  # as after a reset
    looking.back()
    assert len(made) == 3


def test_what_no_browser_sends_is_refused_and_leaves_nothing_on_the_terminal(
    opened: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    with house(opened) as place:
        own = f"host: {place.host}:{place.port}\r\norigin: {place.url}\r\n"
        fields = "&".join("a=1" for _ in range(50))
        for asked in (
            f"GET http://[x/ HTTP/1.1\r\n{own}\r\n",
            f"POST /join HTTP/1.1\r\n{own}content-length: {'9' * 5000}\r\n\r\n",
            f"POST /join HTTP/1.1\r\n{own}content-length: {len(fields)}\r\n\r\n{fields}",
        ):
            with socket.create_connection((place.host, place.port), timeout=30) as wire:
                wire.sendall(asked.encode())
                assert re.match(rb"HTTP/1.. 4\d\d ", wire.recv(64)), asked[:40]
    told = capfd.readouterr()
    assert not told.out and not told.err


def planted(folder: Path) -> None:
    """Put a marker into all that the exercise's files say of what is to come: words, notes, reasons, expectations."""
    steps = folder / "steps.toml"
    text = re.sub(r'^(tell|note|threat) = "', r'\1 = "PLANTED ', steps.read_text("utf-8"), flags=re.MULTILINE)
    steps.write_text(text, "utf-8")
    frame = folder / "exercise.toml"
    text = re.sub(r'^([RF]-\d\d) = "', r'\1 = "PLANTED ', frame.read_text("utf-8"), flags=re.MULTILINE)
    frame.write_text(text.replace('title = "Amman: a coordination office, one', 'title = "PLANTED one'), "utf-8")


def test_no_page_of_a_seat_says_anything_of_the_script(tmp_path: Path) -> None:
    shutil.copytree(find("amman"), tmp_path / "amman")
    planted(tmp_path / "amman")
    with room(tmp_path / "amman", tmp_path / "out") as made, house(made) as place:
        watch, others = made.take("north/watch"), [made.take(seat) for seat in ("coordinator/senior", "south/observer")]
        tickets = {
            name: f"entente-seat-{place.port}={ticket}" for name, ticket in zip("wab", (watch, *others), strict=True)
        }
        with browser(place) as asking:
            for clock in ("06:10", "06:31", "09:37", "11:41", "12:10"):
                made.until(clock)
                seen = {
                    name: "".join(
                        asking.get(path, headers={"cookie": cookie}).text
                        for path in (
                            "/",
                            "/seat",
                            "/debrief",
                            "/director",
                            "/cards",
                            "/timetable",
                            "/host.js",
                            "/steps.toml",
                        )
                    )
                    for name, cookie in tickets.items()
                }
                assert "PLANTED" not in seen["a"] + seen["b"]
                told = seen["w"].count("PLANTED")
                assert told == (clock >= "09:37"), "only what was handed to this very seat, once it is time"
                assert not any(name in text for text in seen.values() for name in ("lift-2", "recovery-1", "Survey"))
