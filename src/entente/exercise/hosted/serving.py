"""Serving the lobby, the seats' pages, the director's and the debrief; the `door` stands before them.

- **Who asks** is told by his cookie: a ticket for one seat, or the director's name. A participant reaches his own
  seat's page and the debrief once it is open, and nothing else; who has no seat reaches the lobby. Cookies are
  `HttpOnly` and `SameSite=Strict`.
- **Secrets** come in forms and leave in cookies; the director's token and a seat's code stand behind the ``#`` of an
  address, where no log has them. Nothing is logged.

In the clear: an exercise binds nobody, and its cards say so (docs/adr/0040-hosted-exercises.md).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from entente.errors import EntenteError, Refused, Unavailable, Untrusted
from entente.exercise.hosted import door
from entente.exercise.hosted.casting import By, Casting
from entente.exercise.hosted.course import Course
from entente.exercise.hosted.door import Bounded, Place
from entente.exercise.hosted.pages import debriefing, directing, frame, lobby, paper
from entente.exercise.hosted.running import Running
from entente.exercise.hosted.words import LANGUAGES, Words, chosen
from entente.exercise.live import HERE
from entente.web.door import CARRIED
from entente.web.problems import status_of

MOST = 4096
"""[bytes] The longest form."""
YEAR_S = 365 * 86400


@dataclass(slots=True, kw_only=True)
class House:
    """What a request is answered from. `desk` makes the one-time address of a seat's centre, `centres` names all."""

    running: Running
    casting: Casting
    place: Place
    desk: Callable[[str], str]
    centres: Callable[[], list[str]]
    left: Callable[[str], None] = lambda seat: None
    """Called when a seat was given up or freed: whoever sat there is told nothing further at its centre."""
    entered: Callable[[], None] = lambda: None
    """Called when the director's link was used."""
    written: Callable[[], None] = lambda: None
    """Called when the debrief is opened to all."""
    looking: debriefing.Looking = field(init=False)

    def __post_init__(self) -> None:
        self.looking = debriefing.Looking(self.running)


@contextmanager
def served(house: House) -> Iterator[str]:
    """Serve until the block ends, and give the address.

    Raises:
        Unavailable: `serve.port`.
    """
    try:
        server = _Server((house.place.host, house.place.port), _Asked)
    except OSError as error:
        raise Unavailable(
            "serve.port",
            f"the lobby cannot listen at {house.place.host}:{house.place.port}: {error.strerror}; give another "
            "--port or --host-address",
        ) from None
    server.house = house
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield house.place.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(Bounded):
    house: House


@dataclass(slots=True)
class _Answer:
    """An answer: a page, or where to go instead, and the cookies that go with it."""

    body: str = ""
    status: int = 200
    kind: str = "text/html"
    to: str = ""
    cookies: list[str] = field(default_factory=list)


Fields = Mapping[str, str]


class _Asked(BaseHTTPRequestHandler):
    """One request."""

    server: _Server
    timeout = 30
    server_version, sys_version = "entente", ""

    def do_GET(self) -> None:
        """Answer a page."""
        self._answer(READS, {})

    def do_POST(self) -> None:
        """Take a form."""
        self._answer(_CHANGES, None)

    def _answer(self, table: Mapping[str, Callable[[_Asked, Fields], _Answer]], fields: Fields | None) -> None:
        try:
            path = urlsplit(self.path).path
        except ValueError:  # as `http://[`: no browser asks so
            self.send_error(400)
            return
        back = _Answer(to=_BACK.get(path, "/"), status=303) if table is READS and path in _CHANGES else None
        handle = table.get(path)
        try:
            door.require(self.house.place, self.headers, changes=table is _CHANGES)
            if handle is None:
                self._send(back or _Answer("there is no such page\n", 404, "text/plain"))
                return
            self._send(handle(self, self._form() if fields is None else fields))
        except EntenteError as error:
            self._send(self._troubled(path, error))

    def _form(self) -> Fields:
        """Return a form's fields.

        Raises:
            Refused: `host.form`.
        """
        length = self.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 9 and int(length) <= MOST):
            raise Refused("host.form", f"a form of this page has at most {MOST} bytes")
        text = self.rfile.read(int(length)).decode("utf-8", errors="replace")
        try:
            found = parse_qs(text, keep_blank_values=True, max_num_fields=20)
        except ValueError:
            raise Refused("host.form", "a form of this page has at most 20 fields") from None
        return {name: values[0] for name, values in found.items()}

    def _troubled(self, path: str, error: EntenteError) -> _Answer:
        """Return the page from which a request came, with what was wrong above it."""
        if error.code.startswith("door."):
            return _Answer(f"{error.sentence}\n", 403, "text/plain")
        status, back = status_of(error), _BACK.get(path, "/")
        if back == "/director" and self.directs:
            return _Answer(self._director_page(error), status)
        if back == "/director":
            return _Answer(directing.enter(self.words, error), status)
        if back == "/seat" and self.seat is not None:
            return _Answer(self._seat_page(self.seat, error), status)
        exercise, casting = self.house.running.exercise, self.house.casting
        return _Answer(lobby.lobby(self.words, exercise, casting, self.seat, error), status)

    # -- who asks ------------------------------------------------------------------------------------------------------

    @property
    def house(self) -> House:
        """What it is answered from."""
        return self.server.house

    def _cookie(self, name: str) -> str:
        try:
            held = SimpleCookie(self.headers.get("cookie", "")[:MOST])
        except CookieError:
            return ""
        return held[name].value if name in held else ""

    @property
    def words(self) -> Words:
        """The reader's language."""
        asked = parse_qs(urlsplit(self.path).query).get("lang", [""])[0]
        held = asked if asked in LANGUAGES else self._cookie("entente-language")
        return Words(chosen(held, self.headers.get("accept-language", "")))

    @property
    def seat(self) -> str | None:
        """The asker's seat."""
        return self.house.casting.seat_of(self._cookie(self._named("seat")))

    @property
    def directs(self) -> bool:
        """Whether the director asks."""
        return self.house.casting.directs(self._cookie(self._named("director")))

    def _named(self, what: str) -> str:
        """Return a cookie's name: cookies ignore ports."""
        return f"entente-{what}-{self.house.place.port}"

    def _set(self, what: str, value: str) -> str:
        life = "" if value else "; Max-Age=0"
        return f"{self._named(what)}={value}; Path=/; HttpOnly; SameSite=Strict{life}"

    def require_director(self) -> None:
        """Raise Untrusted unless the director asks.

        Raises:
            Untrusted: `director.none`.
        """
        if not self.directs:
            raise Untrusted("director.none", "this is the director's; open the link that the host's terminal printed")

    def require_seat(self) -> str:
        """Return the asker's seat.

        Raises:
            Untrusted: `seat.none`.
        """
        seat = self.seat
        if seat is None:
            raise Untrusted("seat.none", "you have no seat, or it was freed; type the code from your card")
        return seat

    # -- pages ---------------------------------------------------------------------------------------------------------

    def lobby(self, _: Fields) -> _Answer:
        """The seats, and the code."""
        return _Answer(lobby.lobby(self.words, self.house.running.exercise, self.house.casting, self.seat))

    def own_seat(self, _: Fields) -> _Answer:
        """The asker's seat; who has none is sent to the lobby."""
        seat = self.seat
        return _Answer(self._seat_page(seat)) if seat is not None else _Answer(to="/", status=303)

    def _seat_page(self, seat: str, trouble: EntenteError | None = None) -> str:
        running = self.house.running
        try:
            stood = running.stood
            hour = lobby.Hour(now=stood.time.now(), paused=running.paused, pace_permille=running.pace_permille)
            messages = tuple(stood.messages[seat])
            tasks = {turn.number: turn.asked for turn in stood.course.expected(seat)}
        except Refused:
            hour, messages, tasks = None, (), {}
        return lobby.seat(
            self.words, running.exercise, seat, hour, messages, tasks, debrief=running.debriefing, trouble=trouble
        )

    def director(self, _: Fields) -> _Answer:
        """The director's page, or the one that takes his link."""
        if not self.directs:
            return _Answer(directing.enter(self.words))
        return _Answer(self._director_page())

    def _director_page(self, trouble: EntenteError | None = None) -> str:
        house = self.house
        return directing.director(self.words, house.running, _course(house), trouble, house.casting.guessing())

    def debrief(self, _: Fields) -> _Answer:
        """The debrief: the director's at any time, a participant's once it is open."""
        if not self.directs:
            self.require_seat()
            if not self.house.running.debriefing:
                return _Answer(debriefing.closed(self.words))
        return _Answer(debriefing.debrief(self.words, self.house.looking.back(), here="/debrief"))

    def cards(self, _: Fields) -> _Answer:
        """The seat cards, with their codes."""
        self.require_director()
        house = self.house
        made = paper.cards(self.words, house.running.exercise, house.casting.codes, house.place.url, here="/cards")
        return _Answer(made)

    def timetable(self, _: Fields) -> _Answer:
        """The timetable."""
        self.require_director()
        return _Answer(paper.timetable(self.words, self.house.running.exercise, here="/timetable"))

    def sheet(self, _: Fields) -> _Answer:
        """The styles."""
        return _Answer(frame.asset("host.css"), kind="text/css")

    def script(self, _: Fields) -> _Answer:
        """The script."""
        return _Answer(frame.asset("host.js"), kind="text/javascript")

    # -- forms ---------------------------------------------------------------------------------------------------------

    def join(self, fields: Fields) -> _Answer:
        """Take a seat by its code."""
        mine = self.seat
        if mine is not None:
            raise Refused("seat.one", f"you sit as {mine} in this browser; leave that seat first")
        _, ticket = self.house.casting.take(fields.get("code", ""), self.client_address[0])
        return _Answer(to="/seat", status=303, cookies=[self._set("seat", ticket)])

    def desk(self, _: Fields) -> _Answer:
        """Send the asker's browser to his own node's centre."""
        return _Answer(to=self.house.desk(self.require_seat()), status=303)

    def leave(self, _: Fields) -> _Answer:
        """Give the asker's seat up."""
        seat = self.require_seat()
        self.house.casting.free(seat)
        self.house.left(seat)
        return _Answer(to="/", status=303, cookies=[self._set("seat", "")])

    def say(self, fields: Fields) -> _Answer:
        """Say what was handed to the asker's seat."""
        self.house.running.say(self.require_seat(), _number(fields, "step"))
        return _Answer(to="/seat", status=303)

    def ask(self, fields: Fields) -> _Answer:
        """Leave what was handed to the asker's seat to the director."""
        self.house.running.ask(self.require_seat(), _number(fields, "step"))
        return _Answer(to="/seat", status=303)

    def enter(self, fields: Fields) -> _Answer:
        """Turn the director's link into his cookie."""
        name = self.house.casting.admit(fields.get("director", ""))
        self.house.entered()
        return _Answer(to="/director", status=303, cookies=[self._set("director", name)])

    def directed(self, do: Callable[[House, Fields], str | None]) -> Callable[[Fields], _Answer]:
        """Return what does something for the director, and sends him back or where `do` says."""

        def done(fields: Fields) -> _Answer:
            self.require_director()
            return _Answer(to=do(self.house, fields) or "/director", status=303)

        return done

    # -- sending -------------------------------------------------------------------------------------------------------

    def _send(self, answer: _Answer) -> None:
        data = answer.body.encode()
        self.send_response(answer.status)
        forms = " ".join(["'self'", *self.house.centres()])
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
            f"base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
        )
        kept = {name.decode(): value.decode() for name, value in CARRIED}
        if self.house.place.host != HERE:
            del kept[
                "cross-origin-opener-policy"
            ]  # heeded over HTTPS and on one's own machine, complained of elsewhere
        # A page that names no referrer sends no Origin with its forms either, and the door asks for one.
        kept |= {"content-security-policy": policy, "referrer-policy": "same-origin", "cache-control": "no-store"}
        kept |= {"content-type": f"{answer.kind}; charset=utf-8", "content-length": str(len(data))}
        for name, value in kept.items():
            self.send_header(name, value)
        if answer.to:
            self.send_header("location", answer.to)
        asked = parse_qs(urlsplit(self.path).query).get("lang", [""])[0]
        if asked in LANGUAGES:
            life = f"Path=/; Max-Age={YEAR_S}; HttpOnly; SameSite=Strict"
            self.send_header("set-cookie", f"entente-language={asked}; {life}")
        for cookie in answer.cookies:
            self.send_header("set-cookie", cookie)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the terminal is the director's, and a log would hold who asked for what."""


# -- what the director may do ------------------------------------------------------------------------------------------


def _number(fields: Fields, name: str) -> int:
    """Return a number of a form.

    Raises:
        Refused: `host.form`.
    """
    text = fields.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Refused("host.form", f"the form lacks {name}")
    return int(text)


def _opened(house: House, fields: Fields) -> None:
    house.running.debriefing = bool(fields.get("show"))
    if house.running.debriefing:
        house.written()


def _its_desk(house: House, fields: Fields) -> str:
    """Return the address of the desk of a seat that the director has taken.

    Raises:
        Refused: `seat.unknown`, `seat.taken`.
    """
    seat = house.running.known(fields.get("seat", ""))
    if house.casting.sitter(seat).by is not By.DIRECTOR:
        raise Refused("seat.taken", f"take {seat} first; whoever sits there has its desk", seat=seat)
    return house.desk(seat)


def _freed(house: House, fields: Fields) -> None:
    seat = house.running.known(fields.get("seat", ""))
    house.running.free(seat)
    house.left(seat)


def _course(house: House) -> Course | None:
    try:
        return house.running.stood.course
    except Refused:
        return None


def _run(do: Callable[[Running, Fields], None]) -> Callable[[House, Fields], str | None]:
    def done(house: House, fields: Fields) -> None:
        do(house.running, fields)

    return done


DIRECTS: Mapping[str, Callable[[House, Fields], str | None]] = {
    "/director/go": _run(lambda running, _: running.go()),
    "/director/pause": _run(lambda running, _: running.pause()),
    "/director/pace": _run(lambda running, fields: running.pace(_number(fields, "pace"))),
    "/director/jump": _run(lambda running, _: running.jump()),
    "/director/play": _run(lambda running, fields: running.play(_number(fields, "step"))),
    "/director/pass": _run(lambda running, fields: running.pass_over(_number(fields, "step"))),
    "/director/cut": _run(lambda running, _: running.cut()),
    "/director/heal": _run(lambda running, _: running.heal()),
    "/director/take": _run(lambda running, fields: running.take(fields.get("seat", ""))),
    "/director/free": _freed,
    "/director/reset": _run(lambda running, _: running.reset()),
    "/director/debrief": _opened,
    "/director/desk": _its_desk,
}


def _directing(do: Callable[[House, Fields], str | None]) -> Callable[[_Asked, Fields], _Answer]:
    return lambda asked, fields: asked.directed(do)(fields)


READS: Mapping[str, Callable[[_Asked, Fields], _Answer]] = {
    "/": _Asked.lobby, "/seat": _Asked.own_seat, "/director": _Asked.director, "/debrief": _Asked.debrief,
    "/cards": _Asked.cards, "/timetable": _Asked.timetable, frame.SHEET: _Asked.sheet, frame.SCRIPT: _Asked.script,
}  # fmt: skip
_CHANGES: Mapping[str, Callable[[_Asked, Fields], _Answer]] = {
    "/join": _Asked.join, "/seat/desk": _Asked.desk, "/seat/leave": _Asked.leave,
    "/seat/say": _Asked.say, "/seat/ask": _Asked.ask,
    "/director/enter": _Asked.enter, **{path: _directing(do) for path, do in DIRECTS.items()},
}  # fmt: skip
_BACK: Mapping[str, str] = {
    path: "/director" if path.startswith("/director") or path in ("/cards", "/timetable") else "/seat"
    for path in (*_CHANGES, "/cards", "/timetable")
    if path != "/join"
}
"""From which page a form comes, and where its trouble is shown; the lobby for all others."""
