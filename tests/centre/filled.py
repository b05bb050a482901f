"""Two desks in the middle of their day: something of everything that a page can show, and every way to look at it.

What people typed stands in Greek letters here, so that whoever looks for English words on a page finds none of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import expect
from tests.centre.conftest import Desk
from tests.exchange.conftest import until
from tests.web.centres import Page, Served, plan
from tests.web.test_desk import say_at_once, sign_paper, upload

LIST = """Facility;Lat;Long;District;Country;Type;Expires;Note
Κλινική;31.9538;35.9343;Κοιλάδα;Jordan;clinic;soon;Στον λόφο
Σχολείο;31.9712;35.9501;Κοιλάδα;Jordan;school;;
Σχολείο;31.9713;35.9502;Κοιλάδα;Jordan;school;;
Πηγάδι;;;Κοιλάδα;Jordan;water;;
Αποθήκη;99;35.95;Κοιλάδα;Jordan;?;;
Facility;Lat;Long;District;Country;Type;Expires;Note
Μακριά;31.9;75.9;Κοιλάδα;Jordan;mosque;2026-11-30;
;;;;;;;
Σύνολο 5;;;;;;;
"""
LATER = LIST.replace("31.9538;35.9343", "31.9838;35.9343").replace("Στον λόφο", "Κάτω")


def _until(page: Page, path: str, ready: Any, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def look() -> bool:
        nonlocal found
        answer = page.client.get(f"/api/{path}", params=query)
        found = answer.json() if answer.status_code == 200 else {}
        return bool(found) and bool(ready(found))

    until(look)
    return found


def _journey(hour: int, **more: Any) -> dict[str, Any]:
    passages = [
        {"position": "31.95 35.92", "at": f"2026-12-04T{hour:02d}:00:00Z", "name": "Γέφυρα"},
        {"position": "31.97 35.99", "at": f"2026-12-04T{hour + 2:02d}:00:00Z", "name": ""},
    ]
    vehicles = [{"kind": "truck", "count": 3, "label": "Ρ 11", "day_marks": ["flag"], "infrared_marks": []}]
    return {"title": "Νερό", "contact": "Κανάλι 4", "passages": passages, "vehicles": vehicles, "note": "Ήρεμα", **more}


def fill(served: dict[str, Served]) -> None:
    """Let both sides say what they have to say: plans, answers, lists, a movement, packages, a STOP."""
    north, south = served["north"].enter("air_operations"), served["south"].enter("air_operations")
    desk, duty, watch = (
        served["north"].enter("protection"), served["south"].enter("protection"), served["south"].enter("watch")
    )  # fmt: skip
    _lists(desk, duty)
    _operations(north, south)
    _movements(desk, watch)
    _packages(desk)
    watch.say("stop", reason="aircraft_safety", note="Καπνός")
    _until(north, "picture", lambda found: found["stops"])


def _operations(north: Page, south: Page) -> None:
    north.say("propose", name="n1", plan=plan("Πτήση", lon=35.93, lat=31.95, note="Πρωί"), to=["south"])
    south.say("propose", name="s1", plan=plan("Έρευνα", lon=35.94, lat=31.96), to=["north"])
    first = _until(south, "operations/north/n1", lambda found: found["versions"][-1]["plan"])
    leaf, subject = first["operation"]["row"]["leaf"], "operation/north/n1"
    south.say("decide", subject=subject, leaf=leaf, answer="objection", note="Κοντά")
    _until(north, "operations/north/n1", lambda found: found["remarks"])
    corridor = {"type": "corridor", "path": [[35.9, 31.9], [35.95, 31.95], [36.0, 32.0]], "half_width_m": 1500.0}
    changed = plan("Πτήση", lon=35.93, lat=31.95, hour=11)
    changed["volumes"][0] |= {"shape": corridor, "altitude": "FL080-FL100"}
    linked = [{"kind": "apart_at_least", "other": "operation/south/s1", "seconds": 600}]
    north.say(
        "change", subject=subject, leaf=leaf, plan={**changed, "kind": "transport", "links": linked}, to=["south"]
    )
    newest = _until(south, "operations/north/n1", lambda found: len(found["versions"]) == 2)
    south.say("dissent", subject=subject, leaf=newest["operation"]["row"]["leaf"], note="Ανησυχία")
    north.say("propose", name="n2", plan=plan("Κρυφή", lon=35.0), to=[])
    _until(south, "operations/north/n2", lambda found: True)


def _lists(desk: Page, duty: Page) -> None:
    read = desk.post("desk/imports", **upload(LIST), list="h1").json()
    desk.post("desk/imports/h1/accept", sha256=read["sha256"], rest_new=True)
    beside = LIST.splitlines()[0] + "\nΚλινική;31.9540;35.9344;Κοιλάδα;Jordan;clinic;;\n"
    read = desk.post("desk/imports", **upload(beside), list="h2").json()
    desk.post("desk/imports/h2/accept", sha256=read["sha256"], rest_new=True)
    issue = {"name": "h1", "to": ["south"], "precision_m": 1000.0, "conditions": ["list=h1"], "consent": "Επιστολή 9"}
    say_at_once(desk, "issue_list", **issue, limits=["not_exported", "duty_staff_only"], words="Μόνο")
    subject = "sites/north/h1-south"
    _until(duty, "lists/north/h1-south", lambda found: found["list"]["sealed"])
    duty.say("open_terms", subject=subject)
    listed = _until(duty, "lists/north/h1-south", lambda found: found["sites"])
    notice = duty.get("notices/north/h1-south")
    duty.say("acknowledge_list", subject=subject, leaf=notice["leaf"])
    place = next(one for one in listed["sites"] if one["position"])
    lon, lat = place["position"]
    entered = [{"place": place["id"], "text": f"{lon:.5f} {lat:.5f}"}]
    duty.say("read_back", subject=subject, leaf=notice["leaf"], places=entered)
    duty.say("relay", subject=subject, leaf=notice["leaf"], unit="Μοίρα 2", step="relayed")
    duty.say("dispute", subject=subject, leaf=notice["leaf"], site=place["id"], reason="not_found", note="Άδειο")
    _until(desk, "notices/north/h1-south", lambda found: found["read_backs"])
    desk.post("desk/imports", **upload(LATER), list="h1")


def _movements(desk: Page, watch: Page) -> None:
    notify = {"name": "m1", "to": ["south"], "precision_m": 500.0, "purpose": "Νερό για 400"}
    say_at_once(desk, "notify_movement", **notify, journey=_journey(6), keep=["note", "names"])
    subject = "movement/north/m1-south"
    _until(watch, "movements/north/m1-south", lambda found: found["movement"]["sealed"])
    watch.say("open_terms", subject=subject)
    first = _until(watch, "movements/north/m1-south", lambda found: found["journey"])
    watch.say("acknowledge_movement", subject=subject, leaf=first["notice"]["leaf"])
    _until(desk, "movements/north/m1-south", lambda found: found["movement"]["row"]["acknowledged"])
    later = _journey(8, guards="unarmed", guarded_by="Φρουρά", people=12, half_width_m=800.0)
    say_at_once(desk, "amend_movement", name="m1", purpose="Νερό για 400", journey=later)
    newest = _until(watch, "movements/north/m1-south", lambda found: len(found["versions"]) == 2)
    entered = [{"place": "1", "text": "31.9501 35.9201"}, {"place": "2", "text": "35.99 31.97"}]
    watch.say("read_back", subject=subject, leaf=newest["notice"]["leaf"], places=entered)
    watch.say("report_movement", subject=subject, how="delayed", by="Φυλάκιο 3", at="2026-12-01T06:00:00Z")
    _until(desk, "movements/north/m1-south", lambda found: found["reports"])


def _packages(desk: Page) -> None:
    terms = {"limits": ["not_combined"], "words": "Μόνο", "consent": "Επιστολή 9", "until": "2027-06-01T00:00:00Z"}
    given = {"formats": ["csv", "email"], "precision_m": 1000, "lists": ["h1"], "categories": ["school", "medical"]}
    sign_paper(desk, say="paper_recipient", name="r1", title="Πυροσβεστική", **given, **terms)
    sign_paper(desk, say="paper_package", to=["r1"])
    desk.post("desk/heard", recipient="r1", number=1, rung="relayed", source="Τηλέφωνο", unit="Μοίρα 2")


# -- looking -----------------------------------------------------------------------------------------------------------


def situation(desk: Desk) -> Iterator[str]:
    """Walk through the page of an officer of air operations, and say of each view what it is."""
    page = desk.page
    page.locator("#waits .card").first.wait_for()
    page.locator(".right .card").first.wait_for()
    page.locator(".legend summary").click()
    if page.locator("#waits details summary").count():
        page.locator("#waits details summary").first.click()
    yield "map"
    page.locator(".legend summary").click()
    tabs = page.locator(".right .tabs button")
    for at, name in ((1, "findings"), (2, "sites"), (0, "operations")):
        tabs.nth(at).click()
        yield name
    for name in ("n1", "s1", "n2"):
        card = page.locator("#waits .card, .right .card").filter(
            has_text={"n1": "Πτήση", "s1": "Έρευνα", "n2": "n2"}[name]
        )
        if card.count():
            card.first.click()
            page.locator(".detail h2").first.wait_for()
            page.locator(".detail .badges").first.wait_for()
            yield f"operation-{name}"
            page.locator(".right > .close").click()


def planning(desk: Desk) -> Iterator[str]:
    """Plan a flight too close to another, look for ways out, and come as far as the words to sign."""
    page = desk.page
    page.locator("header.bar > button").filter(has_text=_word(desk, "bar.plan")).click()
    yield "plan-empty"
    desk.fill(name="n9", title="Δοκιμή", points="31.96 35.94", start="2026-12-01T10:00", end="2026-12-01T11:00")
    page.locator("form.plan fieldset input").first.check()
    page.locator("form.plan .findings li").first.wait_for()
    page.locator("form.plan section button").filter(has_text=_word(desk, "plan.find_ways")).click()
    page.locator("form.plan .ways li").first.wait_for()
    yield "plan"
    desk.fill(points="πουθενά")
    page.locator("form.plan .trouble").first.wait_for()
    desk.fill(points="31.96 35.94", altitude="ψηλά")
    page.locator("form.plan .trouble").first.wait_for()
    yield "plan-refused"
    desk.fill(altitude="GND-5000 ft AMSL")
    page.locator("form.plan .findings li").first.wait_for()
    page.locator("form.plan button.main").last.click()
    page.locator("dialog pre.statement").wait_for()
    yield "sign"
    page.locator("dialog .close").first.click()
    page.locator(".right > .close").click()


def stopping(desk: Desk) -> Iterator[str]:
    """Open what sends a STOP, and send none."""
    desk.page.locator("header.bar button.stop").click()
    desk.page.locator(".right form").wait_for()
    yield "stop"
    desk.page.locator(".right > .close").click()


def recorded(desk: Desk) -> Iterator[str]:
    """Look at the record, at one entry's story, and verify it."""
    page = desk.page
    page.locator("header.bar > button").filter(has_text=_word(desk, "bar.record")).click()
    page.locator("dialog.record .card").first.wait_for()
    yield "record"
    page.locator("dialog.record .card").filter(has_text="operation/north/n1").first.click()
    page.locator("dialog.record .story").wait_for()
    page.locator("dialog.record button.main").first.click()
    page.locator("dialog.record .steps li").first.wait_for()
    yield "story"
    page.locator("dialog.record .close").first.click()


def at_the_desk(desk: Desk) -> Iterator[str]:
    """Walk through every tab of the desk, and open one of whatever it lists."""
    page = desk.page
    page.locator("header.bar > button").first.click()
    tabs = page.locator(".desk > .tabs button")
    tabs.first.wait_for()
    for at in range(tabs.count()):
        tabs.nth(at).click()
        page.locator(".desk h2").first.wait_for()
        expect(page.locator(".desk td.none").filter(has_text="…")).to_have_count(0)
        yield f"desk-{at}"
        cards = page.locator(".desk .two ul > li > .card")
        if cards.count():
            cards.first.click()
            page.locator(".desk article.detail h3").first.wait_for()
            yield f"desk-{at}-open"
            yield from _answering(desk, f"desk-{at}")
    if page.locator(".desk > .tabs").get_by_text(_word(desk, "desk.tab.register"), exact=True).count():
        yield from _keeping(desk)


def _answering(desk: Desk, name: str) -> Iterator[str]:
    """Open each form in which a notice is answered, and close it."""
    buttons = desk.page.locator(".desk article.detail > .actions button[aria-pressed]")
    for at in range(buttons.count()):
        buttons.nth(at).click()
        form = desk.page.locator(".desk form.asking")
        form.wait_for()
        yield f"{name}-form-{at}"
        form.locator("button").last.click()


def _keeping(desk: Desk) -> Iterator[str]:
    """For whoever keeps the register: a place, a list that waits, a preview, a paper, a movement's form."""
    page = desk.page

    def tab(name: str) -> None:
        page.locator(".desk > .tabs").get_by_role("button", name=_word(desk, f"desk.tab.{name}"), exact=True).click()

    tab("register")
    page.locator(".desk tbody th button").first.wait_for()
    for at in range(min(page.locator(".desk tbody th button").count(), 6)):
        page.locator(".desk tbody th button").nth(at).click()
        page.locator(".desk article.detail .remarks li").first.wait_for()
        yield f"register-{at}"
    tab("in")
    page.locator(".desk .actions button.small").first.click()
    page.locator(".desk article table").first.wait_for()
    yield "list-waits"
    tab("out")
    page.locator(".desk fieldset input").first.wait_for()
    boxes = page.locator(".desk fieldset.across").first.locator("input")
    for at in range(boxes.count()):
        boxes.nth(at).check()
    page.locator(".desk form .actions button").first.click()
    page.locator(".desk table.beside").wait_for()
    yield "preview"
    tab("recipients")
    page.locator(".desk tbody button").first.click()
    page.locator(".desk form [name=precision]").fill("2000")
    yield "recipient"
    page.locator(".desk form button.main").first.click()
    page.locator("dialog pre.statement").wait_for()
    yield "paper"
    page.locator("dialog .close").first.click()
    tab("sent")
    page.locator(".desk tbody button").first.click()
    page.locator(".desk form.asking").wait_for()
    yield "heard"
    tab("movements")
    page.locator(".desk .actions button.main").first.click()
    page.locator(".desk form").wait_for()
    yield "movement-form"


def _word(desk: Desk, key: str) -> str:
    """A sentence of the page's own catalogue, in the language it is in."""
    from tests.web.test_words import catalogue

    return catalogue(str(desk.page.locator("html").get_attribute("lang")))[key]
