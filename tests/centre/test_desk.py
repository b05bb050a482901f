"""A desk's day at real pages: a list in, out and up the ladder; a convoy notified, amended and read back."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.centre.conftest import Centre, Desk
from tests.centre.test_readers import speak

LIST = """Facility;Lat;Long;District;Country;Type
Clinic of the hill;31.9538;35.9343;Valley;Jordan;clinic
School of the river;31.9712;35.9501;Valley;Jordan;school
Well without a place;;;Valley;Jordan;water
"""


def open_desk(desk: Desk, tab: str) -> None:
    if desk.button("Desk").get_attribute("aria-pressed") != "true":
        desk.button("Desk").click()
    desk.page.locator(".desk > .tabs").get_by_role("button", name=tab, exact=True).click()


def field(desk: Desk, **fields: str) -> None:
    for name, value in fields.items():
        desk.page.locator(f".desk [name={name}]").fill(value)


def sign_all(desk: Desk, number: int = 2) -> None:
    """Sign all that a command says, every statement of it on the page, by one signing."""
    expect(desk.page.locator("pre.statement")).to_have_count(number)
    desk.sign()


def import_list(desk: Desk, folder: Path) -> None:
    file = folder / "health.csv"
    file.write_text(LIST, encoding="utf-8")
    open_desk(desk, "Lists in")
    desk.page.locator("input[name=file]").set_input_files(file)
    field(desk, list="health")
    desk.button("Read").click()
    expect(desk.page.get_by_text("Nothing was taken yet.")).to_be_visible()
    expect(desk.page.locator(".desk")).to_contain_text("no position")
    desk.button("Accept the list").click()
    expect(desk.page.get_by_text("Taken: 3 rows.")).to_be_visible()


def issue(desk: Desk) -> None:
    open_desk(desk, "Give out")
    desk.page.get_by_label("South (south)").check()
    field(desk, precision="1000", consent="letter 9")
    desk.button("See what each would get").click()
    expect(desk.page.get_by_text("Side by side; nothing was signed or sent")).to_be_visible()
    assert "31.9538" not in desk.page.locator(".desk").inner_text()
    desk.button("Issue to those with a node").click()
    sign_all(desk)


def test_a_list_comes_in_goes_out_and_coverage_shows_who_has_it(centre: Centre, tmp_path: Path) -> None:
    north, south = centre.sit("north", "protection"), centre.sit("south")
    import_list(north, tmp_path)
    open_desk(north, "Register")
    expect(north.page.locator(".desk tbody tr")).to_have_count(3)
    issue(north)

    south.waits("health-south").first.click()  # the line opens what is to be done
    south.button("Acknowledge terms and open").click()
    south.sign()
    expect(south.page.locator(".desk")).to_contain_text("Clinic of the hill")
    south.button("Acknowledge").click()
    south.sign()
    open_desk(north, "Coverage")
    rungs = north.page.locator(".rungs li.done")
    expect(rungs.filter(has_text="opened")).to_have_count(1)
    for do in ("Relayed to a unit", "Loaded by a unit"):
        south.button(do).click()
        field(south, unit="2 Wing")
        south.button("Show what is to be signed").click()
        south.sign()
    expect(north.page.get_by_text("Nothing that was notified waits for anybody.")).to_be_visible()
    north.page.get_by_label("Also what was loaded").check()
    expect(rungs.filter(has_text="loaded")).to_have_count(1)
    expect(north.page.locator(".desk tbody")).to_contain_text("not said: read back")


def test_a_movement_is_notified_amended_and_read_back(centre: Centre) -> None:
    north, south = centre.sit("north", "protection"), centre.sit("south", "watch")
    open_desk(north, "Movements")
    north.button("Notify a movement").click()
    field(north, name="relief", title="Water to the valley", contact="channel 4", purpose="Water for 400 families")
    places = [("31.9500 35.9200", "040600ZDEC26"), ("31.9700 35.9900", "040800ZDEC26")]
    for at, (where, when) in enumerate(places):
        field(north, **{f"position-{at}": where, f"at-{at}": when})
    expect(north.page.get_by_text("can be told in the dark")).to_be_visible()
    north.page.get_by_label("beacon").check()
    north.page.get_by_label("South (south)").check()
    north.button("Show what is to be signed").click()
    sign_all(north)

    south.waits("notifies").first.click()
    south.button("Acknowledge terms and open").click()
    south.sign()
    south.button("Acknowledge").click()
    south.sign()
    expect(north.page.locator(".rungs li.done").filter(has_text="opened")).to_have_count(1)

    north.button("Amend").click()
    field(north, **{"at-0": "040800ZDEC26", "at-1": "041000ZDEC26"})
    north.button("Show what is to be signed").click()
    north.sign()
    # What was acknowledged is of the old version, and both sides see that it is.
    for desk in (north, south):
        expect(desk.page.get_by_text("stale, of an older version").first).to_be_visible()
    expect(south.page.locator(".desk .differences")).to_be_visible()

    south.button("Read back").click()
    assert "31.97" not in south.page.locator(".desk form").inner_text()
    field(south, **{"place-1": "31.9501 35.9201", "place-2": "35.9900 31.9700"})  # one of them exchanged
    south.button("Compare").click()
    expect(south.page.locator(".desk form")).to_contain_text("DIFFERS")
    south.button("Show what is to be signed").click()
    south.sign()
    expect(north.waits("places differ")).to_be_visible()
    expect(north.page.locator("#waits .badge.alarm").first).to_have_text("Read-back differs")
    expect(north.page.locator(".desk")).to_contain_text("Against our own plan")


def test_nothing_that_was_not_released_comes_to_the_other_page(centre: Centre, tmp_path: Path) -> None:
    """Every answer to a session that opens every view is searched for what the other desk holds and did not give."""
    north, api = centre.sit("north", "protection"), centre.served["north"].enter("protection")
    import_list(north, tmp_path)
    secret = "Name;Lat;Long;Note\nMARKPLACE;31.9;35.9;MARKNOTE\n"
    read = api.post("desk/imports", file="s.csv", data=base64.b64encode(secret.encode()).decode(), list="marklist")
    api.post("desk/imports/marklist/accept", sha256=read.json()["sha256"])
    recipient = {"say": "paper_recipient", "name": "markdesk", "formats": ["csv"], "precision_m": 1000}
    paper = api.post("desk/papers", **recipient).json()
    api.post(f"desk/papers/{paper['id']}/say", **api.sign(paper))
    south, heard = centre.sit("south"), []
    south.page.on("response", lambda answer: heard.append(answer) if "/api/" in answer.url else None)
    open_desk(north, "Give out")
    north.page.locator(".desk select[name=list]").select_option("health")
    issue(north)
    south.waits("health-south").first.click()
    south.button("Acknowledge terms and open").click()
    south.sign()
    expect(south.page.locator(".desk")).to_contain_text("Clinic of the hill")
    for tab in ("Movements", "Coverage", "Lists"):
        open_desk(south, tab)
    south.page.locator(".desk .two .card").first.click()
    south.button("Read back").click()
    south.page.locator(".desk form input").first.fill("31.95 35.93")
    south.button("Compare").click()
    expect(south.page.locator(".desk form p[role=status]").first).to_be_visible()
    south.button("Desk").click()
    south.button("Record").click()
    expect(south.page.locator("dialog.record")).to_contain_text("list of sites issued")

    answers = {answer.url: answer.text() for answer in heard if "/api/events" not in answer.url and answer.ok}
    told = " ".join(answers.values())
    assert "Clinic of the hill" in told and len(answers) > 8
    planted = ("MARK", "31.9538", "35.9343", "319538000", "359343000", "7735239075", "77352 39075")
    assert [(mark, url) for mark in planted for url, text in answers.items() if mark in text] == []
    assert [url for url, text in answers.items() if "markdesk" in text or "marklist" in text] == []


def test_whose_office_keeps_no_desk_has_no_button_for_it(centre: Centre) -> None:
    watch, observer = centre.sit("north", "watch"), centre.sit("north", "observer")

    expect(observer.button("Desk")).to_have_count(0)
    watch.button("Desk").click()
    expect(watch.page.locator(".desk > .tabs button")).to_have_text(["Movements", "Lists", "Coverage"])


@pytest.mark.parametrize("language", ["en", "ru", "ar"])
def test_nothing_of_the_desk_runs_out_of_a_telephone(centre: Centre, language: str) -> None:
    north = centre.sit("north", "protection")
    north.page.set_viewport_size({"width": 360, "height": 760})
    speak(north, language)
    north.page.locator("header.bar > button").first.click()
    tabs = north.page.locator(".desk > .tabs button")
    for at in range(tabs.count()):
        tabs.nth(at).click()
        north.page.locator(".desk h2").first.wait_for()
        assert north.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_list_is_read_and_taken_by_the_keyboard_alone(centre: Centre, tmp_path: Path) -> None:
    north = centre.sit("north", "protection")
    (tmp_path / "health.csv").write_text(LIST, encoding="utf-8")

    def go(name: str) -> None:
        for _ in range(90):
            north.page.keyboard.press("Tab")
            focused = "document.activeElement?.innerText || document.activeElement?.getAttribute('aria-label') || ''"
            if str(north.page.evaluate(focused)).startswith(name):
                north.page.keyboard.press("Enter")
                return
        pytest.fail(f"Tab does not come to {name!r}")

    go("Desk")
    go("Lists in")
    north.page.locator("input[name=file]").set_input_files(tmp_path / "health.csv")
    go("Read")
    expect(north.page.get_by_text("Nothing was taken yet.")).to_be_visible()
    go("Accept the list")
    expect(north.page.get_by_text("Taken: 3 rows.")).to_be_visible()


def test_the_desk_prints_what_it_shows(centre: Centre, tmp_path: Path) -> None:
    north = centre.sit("north", "protection")
    import_list(north, tmp_path)
    open_desk(north, "Register")
    expect(north.page.locator(".desk tbody tr")).to_have_count(3)
    north.page.emulate_media(media="print")

    expect(north.page.locator(".desk table")).to_be_visible()
    expect(north.page.locator(".desk form").first).to_be_hidden()
    expect(north.page.locator(".minute")).to_contain_text("Not listed is not unprotected.")


@pytest.mark.parametrize("size", [(1400, 860), (360, 760)])
def test_what_sticks_to_the_foot_of_a_view_never_lies_over_its_last_row(
    centre: Centre, tmp_path: Path, size: tuple[int, int]
) -> None:
    """At the end of a list that was read, its last row and the bar that accepts it are both seen whole."""
    north = centre.sit("north", "protection")
    rows = [f"Clinic {n};{31.9 + n / 100:.4f};35.9;Valley;Jordan;clinic" for n in range(40)]
    (tmp_path / "health.csv").write_text("\n".join([LIST.split("\n")[0], *rows]), encoding="utf-8")
    open_desk(north, "Lists in")
    north.page.locator("input[name=file]").set_input_files(tmp_path / "health.csv")
    north.button("Read").click()
    expect(north.page.get_by_text("Nothing was taken yet.")).to_be_visible()
    north.page.set_viewport_size({"width": size[0], "height": size[1]})

    for language in ("en", "ru", "ar"):
        if language != "en":
            speak(north, language)
            north.page.locator(".desk .actions button.small").first.click()
        last = north.page.locator(".desk tbody tr").last
        last.wait_for()
        north.page.evaluate("for (const one of ['main', '.desk']) document.querySelector(one).scrollTo(0, 1e6)")
        row, bar = last.bounding_box(), north.page.locator(".desk .sticky").bounding_box()
        assert row is not None and bar is not None
        assert row["y"] + row["height"] <= bar["y"], language
        assert bar["y"] + bar["height"] <= size[1], language
        # Whatever is tabbed to is not under the bar either.
        button = north.page.locator(".desk .reading button[type=submit]")
        button.scroll_into_view_if_needed()
        assert (button.bounding_box() or {"y": 0})["y"] > 0
