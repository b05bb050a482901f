"""Twelve seats on the local network join, play and look back at real pages of real nodes, and the fog holds."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from rich.console import Console
from tests.centre.conftest import PATIENCE_MS

from entente.exercise import find, reading
from entente.exercise.hosted.hosting import Hosted, own_address
from entente.testing.processes import free_port

SOUTH = "south/air_operations"
PLAYS = (SOUTH, "south/protection")
SCRIPT = "PLANTED-SCRIPT"
"""Stands in all that the exercise's files say of what is to come; the director alone may be sent it."""
KEPT = "PLANTED-KEPT"
"""Stands in a plan that South releases to nobody."""
TOLD = "PLANTED-TOLD"
"""Stands in what is handed to one seat."""


def planted(folder: Path) -> Path:
    """Put the markers into a copy of amman."""
    shutil.copytree(find("amman"), folder)
    steps = folder / "steps.toml"
    text = re.sub(r'^(tell|note|threat) = "', rf'\1 = "{SCRIPT} ', steps.read_text("utf-8"), flags=re.MULTILINE)
    handed = f'do = "tell"\nat = "2026-11-30T13:14:00Z"\nto = ["{SOUTH}"]\ntell = "{TOLD}"\n\n[[step]]\n'
    first = text.index('do = "open"\nat = "2026-11-30T13:15:00Z"')
    text = text[:first] + handed + text[first:]
    survey = text.index('plan = "survey-1"')
    steps.write_text(text[:survey] + text[survey:].replace('to = ["north"]', "to = []", 1), "utf-8")
    plan = folder / "plans" / "survey-1.toml"
    plan.write_text(plan.read_text("utf-8").replace('title = "', f'title = "{KEPT} '), "utf-8")
    frame = folder / "exercise.toml"
    marked = re.sub(r'^([RF]-\d\d) = "', rf'\1 = "{SCRIPT} ', frame.read_text("utf-8"), flags=re.MULTILINE)
    frame.write_text(marked, "utf-8")
    return folder


@dataclass
class Seated:
    """Somebody in a seat: his lobby page, his desk, and all that was sent to him."""

    seat: str
    context: BrowserContext
    lobby: Page
    traffic: Path
    desk: Page | None = None
    events: list[str] = field(default_factory=list)

    def open_desk(self) -> Page:
        """Open the desk from the seat's page, as often as it is needed."""
        with self.context.expect_page() as opened:
            self.lobby.get_by_role("button", name="Open my desk").click()
        self.desk = opened.value
        heard = self.context.new_cdp_session(self.desk)
        heard.send("Network.enable")
        heard.on("Network.eventSourceMessageReceived", lambda said: self.events.append(json.dumps(said)))
        self.desk.locator("header.bar").wait_for()
        return self.desk

    def button(self, name: str) -> Locator:
        assert self.desk is not None, "the desk is open"
        return self.desk.get_by_role("button", name=name, exact=True)

    def waits(self, text: str) -> Locator:
        assert self.desk is not None, "the desk is open"
        return self.desk.locator("#waits .card").filter(has_text=text)

    def sign(self) -> None:
        """Sign with the key that came along."""
        assert self.desk is not None, "the desk is open"
        self.button("Sign and say").click()
        expect(self.desk.get_by_text("Said. Entry")).to_be_visible()
        self.desk.locator("dialog").get_by_role("button", name="Close").last.click()

    def sent(self) -> str:
        """Return all that was sent to this browser, once it is closed."""
        har: dict[str, Any] = json.loads(self.traffic.read_text("utf-8"))
        texts = list(self.events)
        for entry in har["log"]["entries"]:
            content = entry["response"]["content"]
            text = content.get("text", "")
            binary = content.get("encoding") == "base64"
            texts.append(base64.b64decode(text).decode("utf-8", errors="replace") if binary else text)
            texts.append(json.dumps([entry["response"]["headers"], entry["request"]["url"]]))
        return "\n".join(texts)


@dataclass
class Room:
    """The host, a browser for everybody, and the director's page."""

    hosted: Hosted
    browser: Browser
    folder: Path
    people: dict[str, Seated] = field(default_factory=dict)

    def page(self, name: str, **options: Any) -> Page:
        context = self.browser.new_context(locale="en-GB", **options)
        context.set_default_timeout(PATIENCE_MS)
        return context.new_page()

    def join(self, seat: str) -> Seated:
        """Open the link of a seat's card and take the seat."""
        traffic = self.folder / f"{seat.replace('/', '-')}.har"
        # Only those who play need the map; the others' pages are a telephone's, which costs a busy machine less.
        size = {"width": 1280, "height": 800} if seat in PLAYS else {"width": 390, "height": 800}
        page = self.page(seat, viewport=size, record_har_path=traffic, record_har_content="embed")
        page.goto(f"{self.hosted.place.url}/#code={self.hosted.casting.codes[seat]}")
        page.get_by_role("button", name="Take this seat").click()
        page.wait_for_url("**/seat")
        self.people[seat] = Seated(seat, page.context, page, traffic)
        return self.people[seat]

    def direct(self) -> Page:
        page = self.page("director", viewport={"width": 1400, "height": 900})
        page.goto(f"{self.hosted.place.url}/director#director={self.hosted.casting.link()}")
        page.locator(".bar").wait_for()
        return page


@pytest.fixture(scope="module")
def room(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """One laptop for both stories: the first ends with a reset, and nobody in a seat."""
    folder = tmp_path_factory.mktemp("room")
    exercise = reading.read(planted(folder / "amman"))
    hosted = Hosted(exercise, folder / "out", free_port(), own_address(), Console(file=io.StringIO()))
    with hosted.open():
        hosted.running.start()
        hosted.say_how()
        yield Room(hosted, browser, folder)


def press(page: Page, name: str) -> None:
    """Press one of the director's buttons, and wait until his page is back."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()


def test_the_director_plays_for_empty_seats_cuts_heals_and_resets(room: Room) -> None:
    director, running = room.direct(), room.hosted.running
    watch = room.join("south/watch")
    press(director, "Start")
    press(director, "Jump to the next step")
    for _ in range(4):  # nobody sits there
        press(director, "Jump to the next step")
    expect(director.locator(".said")).to_contain_text("acknowledges the list places")
    director.get_by_label("Pace").select_option("20000")
    expect(director.get_by_text("Running, 20 times the clock")).to_be_visible()

    seat = director.locator(".seat[data-seat='north/watch']")
    with director.expect_navigation():
        seat.get_by_role("button", name="Take").click()
    with director.context.expect_page() as opened:
        seat.get_by_role("button", name="Open its desk").click()
    expect(opened.value.locator("header.bar")).to_contain_text("north/watch")
    press(director, "Jump to the next step")  # to the next day, on which the agreement has begun
    step = director.locator(".steps li", has_text="propose north/medevac-1").first
    with director.expect_navigation():
        step.get_by_role("button", name="Play now").click()
    expect(director.locator(".said")).to_contain_text("proposes medevac-1")

    press(director, "Cut the network")
    expect(director.get_by_text("the network is cut")).to_be_visible()
    press(director, "Heal the network")
    expect(director.get_by_text("the network is cut")).to_have_count(0)

    desk = watch.open_desk()
    director.get_by_text("Reset", exact=True).first.click()
    with director.expect_navigation():
        director.locator("#reset").get_by_role("button", name="Reset").click()
    expect(director.get_by_role("button", name="Start")).to_be_visible(timeout=4 * PATIENCE_MS)
    assert running.stood.time.now() == running.opened_at
    desk.close()
    expect(watch.open_desk().locator("header.bar")).to_contain_text("south/watch")  # the seat is still his
    assert room.hosted.casting.sitter("south/watch").taken
    watch.context.close()
    director.context.close()
    for one in room.hosted.casting.seats:
        room.hosted.running.free(one)


def test_twelve_seats_join_play_and_debrief_and_the_fog_holds(room: Room) -> None:
    hosted, seats = room.hosted, room.hosted.casting.seats
    assert len(seats) == 12
    room.people.clear()
    for seat in seats:
        room.join(seat)
    second = room.page("second")
    second.goto(f"{hosted.place.url}/#code={hosted.casting.codes[SOUTH]}")
    second.get_by_role("button", name="Take this seat").click()
    expect(second.get_by_role("alert")).to_contain_text("This seat is taken")
    expect(second.locator(".badge.free")).to_have_count(0)

    # Every office comes to its own desk, with its own key; then those who have something to say sit on.
    for person in room.people.values():
        desk = person.open_desk()
        expect(desk.locator("header.bar")).to_contain_text(person.seat)
        expect(desk.locator(".banner").first).to_contain_text("EXERCISE")
        if person.seat not in PLAYS:
            desk.close()
    director = room.direct()
    expect(director.locator(".seat.participant")).to_have_count(12)

    press(director, "Start")
    press(director, "Jump to the next step")  # the list is laid before whoever keeps it, and waits for his word
    keeper = room.people["coordinator/protection"].lobby
    keeper.get_by_role("button", name="Say this").click()
    expect(keeper.get_by_text("Said", exact=True)).to_be_visible()
    for _ in range(2):  # something is handed to one seat, and what South is to open is due
        press(director, "Jump to the next step")
    expect(director.locator(".seat[data-seat='south/protection'] .expected")).to_be_visible()
    protection = room.people["south/protection"]
    protection.waits("places").first.click()
    protection.button("Acknowledge terms and open").first.click()
    protection.sign()
    expect(director.locator(".seat[data-seat='south/protection'] .expected")).to_have_count(0)

    press(director, "Pause")
    expect(room.people[SOUTH].lobby.get_by_text("Paused")).to_be_visible()
    expect(room.people[SOUTH].lobby.get_by_text(TOLD)).to_be_visible()
    while (ahead := hosted.running.stood.course.next()) and getattr(ahead.step, "operation", "") != "south/survey-1":
        press(director, "Jump to the next step")
    press(director, "Jump to the next step")
    room.people[SOUTH].lobby.get_by_role("button", name="File this plan").click()
    expect(room.people[SOUTH].lobby.get_by_text("Filed", exact=True)).to_be_visible()
    south = room.people[SOUTH]
    assert south.desk is not None
    south.desk.locator(".right .card").filter(has_text="SOUTH 31").first.click()
    south.button("Withdraw").click()
    south.sign()

    # Look back: what South's officer saw, what caught it; nobody saw it before it was opened.
    person = room.people["north/observer"].lobby
    person.goto(f"{hosted.place.url}/debrief")
    expect(person.get_by_text("The director has not opened the debrief yet.")).to_be_visible()
    sent = {seat: one.seat for seat, one in room.people.items()}
    for seat, one in room.people.items():
        one.context.close()
        sent[seat] = one.sent()
    assert [seat for seat, text in sent.items() if SCRIPT in text] == []
    assert {seat for seat, text in sent.items() if TOLD in text} == {SOUTH}
    assert {seat.partition("/")[0] for seat, text in sent.items() if KEPT in text} == {"south"}
    assert all(
        hosted.casting.codes[other] not in text for seat, text in sent.items() for other in seats if other != seat
    )

    press(director, "Show the debrief to all")
    back = room.page("back")
    back.goto((hosted.out / "debrief.html").as_uri())
    decision = back.locator("article.decision").filter(has_text="proposes survey-1")
    expect(decision).to_contain_text("Clinic 3")
    expect(decision).to_contain_text("F-14")
    expect(back.locator("article.decision").filter(has_text="withdraws survey-1")).to_contain_text("It stood")
