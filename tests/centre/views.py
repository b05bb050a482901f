"""Every view that anybody has of the centre and of a hosted exercise: who sees it, when, and how one comes to it.

The pictures in docs/images/views are drawn from this table (tools/views.py), and tests/centre/test_views.py looks at
each view in every language and both themes. A view of the page that is not in the table fails a test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from tests.centre.catalogue import catalogue
from tests.centre.world import Stage, World

from entente.geo.interval import parse_time

WIDE, TELEPHONE, PAPER = (1440, 900), (390, 844), (1000, 1200)
PATIENCE_MS = 30_000
HOST = "host"
"""Sees the lobby's pages, in a seat or in none."""


@dataclass
class Looking:
    """Somebody at a page, in a language. `press` and the like name things as the catalogue does, in no language."""

    world: World
    page: Page
    language: str

    def says(self, key: str) -> str:
        return catalogue(self.language)[key]

    def named(self, key: str) -> Locator:
        return self.page.get_by_role("button", name=self.says(key), exact=True)

    def press(self, key: str) -> None:
        self.named(key).first.click()

    def see(self, selector: str, text: str = "") -> Locator:
        found = self.page.locator(selector).filter(has_text=text).first
        found.wait_for()
        return found

    def fill(self, **fields: str) -> None:
        for name, text in fields.items():
            self.page.locator(f"[name={name}]").first.fill(text)

    def waits(self, text: str) -> None:
        """Open a line of what waits, by what it is about."""
        self.see("#waits .card", text).click()

    def tab(self, name: str) -> None:
        if not self.page.locator(".desk").count():
            self.press("bar.desk")
        self.page.locator(".desk > .tabs").get_by_role("button", name=self.says(f"desk.tab.{name}"), exact=True).click()
        self.see(".desk h2")

    def key(self) -> None:
        """Choose the key file of whoever sits here."""
        name = self.page.locator(".bar .who").inner_text().split()[0]
        self.page.locator("dialog input[type=file]").set_input_files(self.world.key(name))

    def drawn(self) -> None:
        """Wait until the map and what is on its way are there."""
        self.page.locator(".map .canvas[aria-busy=false]").wait_for()


@dataclass(frozen=True, kw_only=True)
class View:
    """One view. `reach` comes to it from the page as it opens; `shows` are the components of the page seen there."""

    name: str
    seat: str
    reach: Callable[[Looking], None] = lambda looking: None
    shows: tuple[str, ...] = ()
    translated: tuple[str, ...] = ()
    """Components seen beside them where the reader's language is not the words' own."""
    stage: Stage = Stage.MORNING
    size: tuple[int, int] = WIDE
    theme: str = "light"
    path: str = "/"
    """Of the lobby's pages, for a view of `HOST`."""
    kept: tuple[str, ...] = ("en",)
    """Languages whose picture the guides show; the others are drawn beside them, and not kept."""


def refused(at: Looking) -> None:
    """Come with a link that is none."""
    host = at.world.served["north"].host
    at.page.goto("about:blank")
    at.page.goto(f"http://{host}/#link=none")
    at.see(".enter .trouble")


# -- the situation -----------------------------------------------------------------------------------------------------


def situation(at: Looking) -> None:
    at.see("#waits .card", "supply-9")
    at.drawn()


def detail(at: Looking) -> None:
    at.waits("supply-9")
    at.see(".detail .findings li")
    at.see(".profile .spot")
    at.drawn()


def owner(at: Looking) -> None:
    at.see(".right .card", "NORTH 81").click()
    at.see(".detail .holdings li")
    at.drawn()


def planning(at: Looking) -> None:
    at.press("bar.plan")
    at.page.locator("form.plan [name=shape]").select_option("corridor")
    at.fill(name="supply-10", title="Supply to the valley", points="36.95 38.30\n36.45 39.15\n36.10 39.60", reach="1")
    at.page.locator("form.plan fieldset input[type=checkbox]").first.check()
    at.fill(altitude="2000 ft AMSL-4000 ft AMSL", start="011200ZDEC26", end="011300ZDEC26")  # now it is whole
    at.see("form.plan .findings li")
    at.press("plan.find_ways")
    at.see("form.plan .ways li, form.plan section p[lang=en]")
    at.press("plan.draw")
    at.see("form.plan [aria-pressed=true]")
    at.drawn()


def deciding(at: Looking) -> None:
    at.waits("supply-9")
    at.press("do.objection")
    at.page.locator("form.asking textarea").fill("Passes Clinic 3 lower than was agreed.")
    at.press("do.next")
    at.see("dialog.sign pre.statement")


def signed(at: Looking) -> None:
    """The key is chosen, and everything stands ready; nothing is said."""
    deciding(at)
    at.key()
    at.see("dialog.sign button[type=submit]:not(:disabled)").scroll_into_view_if_needed()


def past(at: Looking) -> None:
    at.drawn()
    at.see(".timeline .lanes .row")
    slide = "(range, to) => { range.value = to; range.dispatchEvent(new Event('input', {bubbles: true})) }"
    early = parse_time("2026-12-01T06:25:00Z").timestamp() * 1000
    at.page.locator(".timeline input[type=range]").evaluate(slide, early)
    at.see(".clock small.mark", at.says("time.past"))
    expect(at.page.locator(".clock small.mark")).not_to_have_text(
        re.compile("…$")
    )  # the picture of that moment is here
    at.drawn()


def stop(at: Looking) -> None:
    at.press("bar.stop")
    at.see("form.stopping select[name=operation]").select_option("operation/south/patrol-1")
    at.drawn()


def stopped(at: Looking) -> None:
    at.see("#waits .card.urgent").click()
    at.see(".detail")
    at.drawn()


def terms(at: Looking) -> None:
    at.see("#waits .card", "places").click()
    at.see(".detail, .desk .detail")


def passkey(at: Looking) -> None:
    at.see(".settings summary").click()
    at.press("bar.passkey")
    at.see("dialog h2")


def settings(at: Looking) -> None:
    at.see(".settings summary").click()
    at.see(".legend summary").click()
    at.drawn()


def printed(at: Looking) -> None:
    at.see("#waits .card", "supply-9")
    at.page.emulate_media(media="print")
    at.see(".minute")


# -- the record --------------------------------------------------------------------------------------------------------


def entries(at: Looking) -> None:
    at.press("bar.record")
    at.see("dialog.record .card")


def story(at: Looking) -> None:
    at.waits("relief-1")
    at.press("op.record")
    at.see("dialog.record .card", "relief-1").click()
    at.see("dialog.record .story")
    at.press("story.verify.do")
    at.see("dialog.record .steps li.yes")
    at.see("dialog.record .steps").scroll_into_view_if_needed()


# -- the desk ----------------------------------------------------------------------------------------------------------


def lists_in(at: Looking) -> None:
    at.tab("in")
    at.see(".desk .actions button.small", "health").click()
    at.see(".desk article table")


def register(at: Looking) -> None:
    at.tab("register")
    at.see(".desk tbody button.link", "Clinic at the mill").click()
    at.see(".desk .detail")


def pairs(at: Looking) -> None:
    at.tab("pairs")
    at.see(".desk .pair-of")


def giving(at: Looking) -> None:
    at.tab("out")
    at.page.locator(".desk select[name=list]").select_option("health")
    for value in ("north", "air-desk"):
        at.page.locator(f".desk input[value={value}]").check()
    at.press("desk.preview")
    at.see(".desk table.beside")


def recipients(at: Looking) -> None:
    at.tab("recipients")
    at.see(".desk tbody tr", "port-desk").get_by_role("button").first.click()
    at.see(".desk form.asking")


def paper(at: Looking) -> None:
    recipients(at)
    at.fill(precision="2000")
    at.press("do.next")
    at.see("dialog.sign pre.statement")


def sent(at: Looking) -> None:
    at.tab("sent")
    at.see(".desk", "air-desk")


def coverage(at: Looking) -> None:
    at.tab("coverage")
    at.page.locator(".desk label.check input").first.check()
    at.see(".desk .rungs li.done")


def movement(at: Looking) -> None:
    at.tab("movements")
    at.see(
        ".desk .two .card", "relief-north" if at.page.locator(".desk .card", has_text="relief-north").count() else ""
    ).click()
    at.see(".desk .detail .rungs")


def amending(at: Looking) -> None:
    movement(at)
    at.press("desk.movement.amend")
    at.see("form.movement")


def notices(at: Looking) -> None:
    at.tab("notices")
    at.see(".desk .two .card", "health").click()
    at.see(".desk .detail table")


def exporting(at: Looking) -> None:
    notices(at)
    at.press("export.order")
    at.see(".desk form [name=reason]").scroll_into_view_if_needed()


def withdrawing(at: Looking) -> None:
    at.tab("notices")
    at.see(".desk .two .card", "health-north").click()
    at.see(".desk .holdings button.small").click()
    at.see("form.release")


def read_back(at: Looking) -> None:
    at.tab("movements")
    at.see(".desk .two .card").click()
    at.press("desk.do.read_back")
    inputs = at.page.locator(".desk form input")
    for i, text in enumerate(("36.3901 38.6101", "38.8800 36.5300")):
        inputs.nth(i).fill(text)
    at.press("desk.compare")
    at.see(".desk form p[role=status]")


# -- narrow ------------------------------------------------------------------------------------------------------------


def narrow(which: str) -> Callable[[Looking], None]:
    def reach(at: Looking) -> None:
        at.see("#waits .card", "supply-9")
        at.page.locator("nav.phone").get_by_role("button", name=at.says(f"tab.{which}"), exact=True).click()
        if which == "map":
            at.drawn()

    return reach


# -- a hosted exercise -------------------------------------------------------------------------------------------------


def decision(at: Looking) -> None:
    found = at.page.locator("article.blind", has_text="lift-2").first
    found.wait_for()
    found.evaluate("(one) => window.scrollTo(0, one.offsetTop - 40)")


def filled(at: Looking) -> None:
    at.see("article.paper")


AIR, WATCH, DESK = "south/air_operations", "south/watch", "coordinator/protection"
ALL = ("en", "ru", "ar")
SITUATION = ("App", "Bar", "Inbox", "MapView", "Timeline")

VIEWS: tuple[View, ...] = (
    View(name="enter", seat="", shows=("Enter",)),
    View(name="enter-refused", seat="", reach=refused, shows=("Enter", "Refusal"), kept=()),
    View(name="centre", seat=AIR, reach=situation, shows=(*SITUATION, "Lists"), kept=ALL),
    View(name="centre-dark", seat=AIR, reach=detail, theme="dark", kept=()),
    View(name="detail", seat=AIR, reach=detail, kept=ALL,
         shows=(*SITUATION, "Detail", "Actions", "Profile", "Differences", "Found")),
    View(name="owner", seat="north/air_operations", reach=owner, shows=("Detail", "Holdings"), kept=()),
    View(name="planning", seat=AIR, reach=planning, shows=("Plan", "Found")),
    View(name="deciding", seat=AIR, reach=deciding, shows=("Sign", "Differences", "Found"), kept=ALL),
    View(name="signing", seat=AIR, reach=signed, shows=("Sign",), kept=()),
    View(name="past", seat=AIR, reach=past, shows=("Timeline",)),
    View(name="stop", seat=WATCH, reach=stop, shows=("Stop",)),
    View(name="settings", seat=AIR, reach=settings, shows=("Bar", "Legend"), kept=()),
    View(name="passkey", seat=AIR, reach=passkey, shows=("Passkey",), kept=()),
    View(name="minute", seat=AIR, reach=printed, shows=("Minute",), size=PAPER),
    View(name="record", seat="south/senior", reach=entries, shows=("Record",)),
    View(name="story", seat="south/senior", reach=story, shows=("Record", "Story")),
    View(name="desk-lists-in", seat=DESK, reach=lists_in, shows=("Desk", "ListsIn", "Differences")),
    View(name="desk-register", seat=DESK, reach=register, shows=("Desk", "Register")),
    View(name="desk-pairs", seat=DESK, reach=pairs, shows=("Desk", "Pairs")),
    View(name="desk-give-out", seat=DESK, reach=giving, shows=("Desk", "Giving", "Previewed")),
    View(name="desk-recipients", seat=DESK, reach=recipients, shows=("Desk", "Recipients")),
    View(name="desk-paper", seat=DESK, reach=paper, shows=("Sign",), translated=("Reading",)),
    View(name="desk-sent", seat=DESK, reach=sent, shows=("Desk", "Sent")),
    View(name="desk-coverage", seat=DESK, reach=coverage, shows=("Inbox", "Desk", "Coverage", "Rungs"), kept=ALL),
    View(name="desk-movement", seat=DESK, reach=movement, shows=("Desk", "Movements", "Ladder", "Rungs"), kept=ALL),
    View(name="desk-amending", seat=DESK, reach=amending, shows=("Desk", "MovementForm"), kept=()),
    View(name="desk-notice", seat="south/protection", reach=notices, shows=("Desk", "Notices", "Ladder"), kept=()),
    View(name="desk-export", seat="south/protection", reach=exporting, shows=("Desk", "Notices", "Export"), kept=()),
    View(name="desk-withdrawing", seat=DESK, reach=withdrawing, shows=("Desk", "Notices", "Release"), kept=()),
    View(name="desk-read-back", seat="north/watch", reach=read_back, shows=("Desk", "Movements", "Ladder")),
    View(name="telephone", seat=AIR, reach=narrow("inbox"), size=TELEPHONE, shows=("App", "Bar", "Inbox"), kept=ALL),
    View(name="telephone-map", seat=AIR, reach=narrow("map"), size=TELEPHONE, shows=("App", "MapView"), kept=()),
    View(name="telephone-timeline", seat=AIR, reach=narrow("timeline"), size=TELEPHONE, shows=("Timeline",), kept=()),
    View(name="telephone-deciding", seat=AIR, reach=deciding, size=TELEPHONE, shows=("Sign",), kept=()),
    View(name="telephone-desk", seat=DESK, reach=coverage, size=TELEPHONE, shows=("Desk", "Coverage"), kept=()),
    View(name="host-lobby", seat=HOST, path="/"),
    View(name="host-director", seat="director", path="/director", kept=ALL),
    View(name="host-director-enter", seat=HOST, path="/director", kept=()),
    View(name="host-cards", seat="director", path="/cards", size=PAPER, reach=filled),
    View(name="host-timetable", seat="director", path="/timetable", size=PAPER),
    View(name="stopped", seat=WATCH, reach=stopped, shows=("Waiting",), stage=Stage.STOPPED),
    View(name="host-seat", seat="north/watch@host", path="/seat", stage=Stage.STOPPED, size=(900, 900)),
    View(name="host-debrief", seat="director", path="/debrief", stage=Stage.AFTERWARDS, reach=decision,
         size=(1000, 720)),
)  # fmt: skip

SEEN = {
    "App": "header.bar", "Bar": "header.bar", "Inbox": "#waits .card", "MapView": ".map .maplibregl-canvas",
    "Timeline": ".timeline .lanes", "Lists": ".right .tabs, .right .card", "Detail": "article.detail .badges",
    "Actions": ".detail .actions", "Profile": ".profile svg", "Differences": ".differences", "Found": ".findings li",
    "Holdings": ".holdings li", "Plan": "form.plan [name=shape]", "Sign": "dialog.sign pre.statement",
    "Stop": "form.stopping", "Legend": ".legend[open]", "Passkey": "dialog[open]", "Minute": ".minute",
    "Record": "dialog.record", "Story": "dialog.record .story", "Desk": ".desk > .tabs",
    "ListsIn": ".desk form.reading", "Pager": ".desk .pager", "Register": ".desk form[role=search]",
    "Giving": ".desk form.filters", "Recipients": ".desk form.asking", "Sent": ".desk table",
    "Coverage": ".desk .rungs", "Rungs": ".rungs li",
    "Movements": ".desk .two .card.pick", "Ladder": ".climbs li", "MovementForm": "form.movement",
    "Notices": ".desk .detail table", "Waiting": "article.detail", "Enter": ".enter",
    "Refusal": ".trouble p", "Export": ".desk form [name=reason]", "Pairs": ".desk .pair-of",
    "Release": "form.release", "Previewed": ".desk table.beside", "Reading": "dl.facts.reading",
}  # fmt: skip
"""By what each component of the page is known, where it is shown."""


@dataclass
class Gallery:
    """Opens views: one browser, one world, a page for each seat and language that stays open from view to view."""

    browser: Browser
    world: World
    last: Page = field(init=False, repr=False)
    """What was looked at last."""
    trouble: list[str] = field(default_factory=list)
    """What the pages complained of: scripts that failed, and whatever the policy refused."""
    _pages: dict[tuple[str, ...], Page] = field(default_factory=dict)

    @contextmanager
    def open(self, view: View, language: str, theme: str = "") -> Iterator[Looking]:
        """Come to a view, and leave the page as it was found."""
        self.world.at(view.stage)
        page = self.last = self._page(view, language, theme or view.theme)
        looking = Looking(self.world, page, language)
        view.reach(looking)
        yield looking
        page.emulate_media(media="screen", color_scheme="dark" if "dark" in (theme, view.theme) else "light")
        page.goto("about:blank")  # a page that nobody looks at draws no map

    def dim(self, page: Page) -> None:
        """Let an open page be dark: the centre by its own attribute, a lobby's page as the system is."""
        page.emulate_media(color_scheme="dark")
        page.evaluate("document.documentElement.dataset.theme &&= 'dark'")

    def _page(self, view: View, language: str, theme: str) -> Page:
        name = (view.seat, language, str(view.size), theme, "host" if view.path != "/" else "")
        page = self._pages.get(name)
        if page is None:
            page = self._pages[name] = self._sit(view, language, theme)
        elif not _hosted(view):
            page.goto(f"http://{self.world.served[view.seat.partition('/')[0] or 'north'].host}/")
        if _hosted(view):
            page.goto(f"{self.world.place.url}{view.path}?lang={language}")
        elif view.seat:
            page.locator("header.bar").wait_for()
        return page

    def _sit(self, view: View, language: str, theme: str) -> Page:
        width, height = view.size
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            locale=language,
            color_scheme="dark" if theme == "dark" else "light",
        )
        context.set_default_timeout(PATIENCE_MS)
        kept = {"language": language, "theme": theme, "sound": "off"}
        for key, value in kept.items():
            context.add_init_script(f"try {{ localStorage.setItem('entente.{key}', '{value}') }} catch {{}}")
        page = context.new_page()
        page.on("pageerror", lambda error: self.trouble.append(f"{view.name}: {error}"))
        page.on("console", lambda said: self.trouble.append(said.text) if "Security Policy" in said.text else None)
        if view.seat == "director":
            page.goto(self.world.director())
            page.locator(".bar").wait_for()
        elif view.seat.endswith("@host"):
            self._take(context, page, view.seat.partition("@")[0])
        elif view.seat == HOST:
            pass
        else:
            party, _, office = view.seat.partition("/")
            where = self.world.served[party or "north"]
            page.goto(f"http://{where.host}/" + (f"#link={where.link(office)}" if view.seat else ""))
        return page

    def _take(self, context: BrowserContext, page: Page, seat: str) -> None:
        """Come into a seat by its ticket: who sits there came by his code long ago."""
        ticket = self.world.ticket(seat)
        cookie = {"name": f"entente-seat-{self.world.place.port}", "value": ticket, "url": self.world.place.url}
        context.add_cookies([cookie])  # type: ignore[list-item]

    def close(self) -> None:
        """Close every page."""
        for page in self._pages.values():
            page.context.close()


def _hosted(view: View) -> bool:
    return view.seat in (HOST, "director") or view.seat.endswith("@host")


def pictured(name: str) -> tuple[str, str]:
    """Return the view and the language of a picture's file name.

    >>> pictured("desk-coverage.ru"), pictured("centre")
    (('desk-coverage', 'ru'), ('centre', 'en'))
    """
    found = re.fullmatch(r"(.+?)(?:\.(ru|ar))?", name)
    assert found, name
    return found[1], found[2] or "en"
