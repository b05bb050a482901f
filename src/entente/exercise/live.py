"""A live exercise: played to its end, its nodes kept up with their centres, and a page from which to enter every seat.

The page is for this machine alone. It makes a one-time link for the seat that was clicked and sends the browser there,
with the seat's key behind the ``#`` of the address, which no server sees: an exercise's keys have no passphrase, and
bind nobody outside it. A real home's keys are never handed over so, and its links are made by `entente staff link`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

from rich.console import Console

from entente.errors import Unavailable
from entente.exercise import find
from entente.exercise.network import Network
from entente.exercise.performance import perform
from entente.exercise.seats import Seat
from entente.listening import free_address, until_signalled
from entente.node import custody
from entente.node import home as homes
from entente.node.home import Home
from entente.node.node import Node
from entente.node.opening import open_node
from entente.testing.processes import Process, free_port
from entente.web.sessions import make_link

HERE = "127.0.0.1"
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:760px;margin:5vh auto;padding:0 20px;color:#1b1f24;background:#f4f5f3}
.exercise{padding:2px 12px;text-align:center;font-weight:700;letter-spacing:.3em;background:#f0e442}
section{background:#fff;border:1px solid #d0d5da;border-radius:10px;padding:10px 18px;margin:14px 0}
h2{margin:4px 0 8px}
a{display:inline-block;margin:0 8px 10px 0;padding:6px 14px;border-radius:6px}
a{background:#00619a;color:#fff;text-decoration:none}
"""
OFFICES = {"air_operations": "air operations", "legal_adviser": "legal adviser"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chair:
    """Where a party's centre is served, from which home, and the offices that a browser can take there."""

    title: str
    home: Path
    centre: str
    offices: tuple[str, ...]


class Staying(Network):
    """A network whose nodes serve their centres, and stay when the exercise is over."""

    def __init__(self, port: int, host: str = HERE) -> None:
        """Serve the centres above `port` at `host`, or wherever is free there when something listens."""
        super().__init__()
        self._port, self._host = port, host
        self.chairs: dict[str, Chair] = {}

    def _process(self, seat: Seat) -> Process:
        self._port += 1
        port = self._port if _free(self._host, self._port) else free_port()
        offices = tuple(office for office in seat.keys if office != "root")
        name = f"{seat.party}.localhost" if self._host == HERE else self._host
        address = f"http://{name}:{port}"
        self.chairs[seat.party] = Chair(title=seat.title, home=seat.home.path, centre=address, offices=offices)
        return Process(seat.home.path, port, self._host)

    def close(self) -> None:
        """Stay: the exercise is over, the nodes are not."""

    def stop(self) -> None:
        """Stop every node and every relay."""
        super().close()


def _free(host: str, port: int) -> bool:
    with suppress(OSError):
        return bool(free_address(host, port))
    return False


def live(name: str, out: Path, port: int) -> int:
    """Play an exercise and keep it up until it is interrupted; return what the play returned.

    Raises:
        as `perform`; Unavailable: `serve.port`, when another process listens at `port`.
    """
    console, wire = Console(), Staying(port)
    with lobby(port, wire.chairs) as address:
        try:
            result = perform(find(name), out, wire=wire, console=console)
            console.print(f"\nThe nodes stay up. Open {address} in a browser and take a seat; Ctrl-C ends it.")
            with until_signalled() as stop:
                stop.wait()
            return result
        finally:
            wire.stop()


@contextmanager
def lobby(port: int, chairs: Mapping[str, Chair]) -> Iterator[str]:
    """Serve the page with the seats, to this machine alone, and give its address. `chairs` may grow meanwhile.

    Raises:
        Unavailable: `serve.port`.
    """
    try:
        server = _Lobby((HERE, port), _Asked)
    except OSError:
        raise Unavailable("serve.port", f"another process listens at {HERE}:{port}; give another with --port") from None
    server.chairs = chairs
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HERE}:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Lobby(ThreadingHTTPServer):
    chairs: Mapping[str, Chair]
    daemon_threads = True


class _Asked(BaseHTTPRequestHandler):
    """One request. A click makes a link and sends the browser to it; nothing else is to be had here."""

    server: _Lobby

    def do_GET(self) -> None:
        """Answer the page, its style, or a click on a seat."""
        # A page elsewhere whose name was turned to this address is told nothing (DNS rebinding), and none can click.
        if self.headers.get("host", "") != f"{HERE}:{self.server.server_address[1]}":
            self._answer(403, "text/plain", "this page is for this machine, by its number")
            return
        match self.path.strip("/").split("/"):
            case [""]:
                self._answer(200, "text/html", _page(self.server.chairs))
            case ["seats.css"]:
                self._answer(200, "text/css", STYLE)
            case ["enter", party, office] if office in self._offices(party) and self._own():
                self.send_response(303)
                self.send_header("location", enter(self.server.chairs[party], party, office))
                self.send_header("cache-control", "no-store")
                self.send_header("referrer-policy", "no-referrer")
                self.end_headers()
            case _:
                self._answer(404, "text/plain", "there is no such seat")

    def _own(self) -> bool:
        return self.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")

    def _offices(self, party: str) -> tuple[str, ...]:
        chair = self.server.chairs.get(party)
        return chair.offices if chair else ()

    def _answer(self, status: int, kind: str, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        for name, value in (
            ("content-type", f"{kind}; charset=utf-8"), ("content-length", str(len(data))),
            ("cache-control", "no-store"), ("content-security-policy", POLICY), ("x-content-type-options", "nosniff"),
        ):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the terminal is the director's."""


def enter(chair: Chair, party: str, office: str) -> str:
    """Return the address at which a browser takes a seat, once: a fresh link, and the exercise's key beside it."""
    home = homes.read(chair.home)
    node = open_node(home)
    try:
        return seated(node, home, chair.centre, office)
    finally:
        node.close()


def seated(node: Node, home: Home, centre: str, office: str) -> str:
    """Return the address at which a browser takes a seat of an open node's party, once."""
    officer = f"{home.party}/{office}"
    path = home.key_path(officer)
    token = make_link(node, officer, custody.public_half(path)[1].fingerprint)
    return f"{centre}/#link={quote(token)}&key={quote(path.read_text('utf-8'), safe='')}"


def _page(chairs: Mapping[str, Chair]) -> str:
    seats = "".join(
        f"<section><h2>{escape(chair.title)}</h2>"
        + "".join(
            f'<a href="/enter/{party}/{office}" target="_blank">{escape(OFFICES.get(office, office))}</a>'
            for office in chair.offices
        )
        + "</section>"
        for party, chair in chairs.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Take a seat</title>'
        '<link rel="stylesheet" href="/seats.css"></head><body>'
        '<p class="exercise">EXERCISE</p><h1>Take a seat</h1><p>Each opens in a tab of its own, with that office '
        "and its key: sit down twice, and settle an operation with yourself.</p>"
        f"{seats}<p>No finding is not a legal judgement. Not listed is not unprotected.</p></body></html>"
    )
