"""Two nodes with their centres, each a process: how soon a page hears of the other side, and what pages cost."""

from __future__ import annotations

import base64
import json
import selectors
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from bench.table import Row

from entente.feed import suite
from entente.testing.homes import HomeMember, form
from entente.testing.processes import Process, free_port
from entente.web.sessions import make_link

AGREEMENT = "exercise-cell"
OFFICE = "air_operations"


@dataclass
class Desk:
    """An officer at a page of one of the two centres."""

    member: HomeMember
    port: int
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        host = f"{self.member.party}.localhost:{self.port}"
        headers = {"host": host, "origin": f"http://{host}", "x-entente": "1"}
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=60, trust_env=False
        )
        key = self.member.key(OFFICE).public.fingerprint
        token = make_link(self.member.node, f"{self.member.party}/{OFFICE}", key)
        _until(self._listens)
        answer = self.client.post("/api/session", json={"token": token}).raise_for_status()
        self.client.headers["cookie"] = answer.headers["set-cookie"].partition(";")[0]

    def _listens(self) -> bool:
        """Whether the centre is there; its node may listen to peers a little earlier."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def say(self, **asked: Any) -> float:
        """Draft, sign and say; return how long the node took for its two answers [s]."""
        began = time.perf_counter()
        draft = self.client.post("/api/drafts", json={"agreement": AGREEMENT, **asked}).raise_for_status().json()
        took = time.perf_counter() - began
        [statement] = draft["statements"]
        signed = self.member.key(OFFICE).sign(suite.STATEMENT, base64.b64decode(statement["statement"]))
        began = time.perf_counter()
        self.client.post(f"/api/drafts/{draft['id']}/say", json={"signatures": [signed]}).raise_for_status()
        return took + time.perf_counter() - began

    def propose(self, number: int) -> str:
        """Propose an operation that is near no other, and return its name."""
        centre = [-170.0 + 2 * (number % 170), -60.0 + 2 * (number // 170)]
        volume = {"shape": {"type": "circle", "centre": centre, "radius_m": 1852.0}, "altitude": "FL100-FL120",
                  "start": "2026-12-01T10:00:00Z", "end": "2026-12-01T11:00:00Z"}  # fmt: skip
        plan = {"title": f"Flight {number}", "kind": "general", "crew": "crewed", "volumes": [volume]}
        self.say(say="propose", name=f"flight-{number}", plan=plan, to=["south"])
        return f"operation/north/flight-{number}"

    def leaf(self, subject: str) -> str:
        """Wait until an operation's plan is here, and return its version's leaf."""
        while True:
            answer = self.client.get(f"/api/{subject.replace('operation', 'operations', 1)}")
            if answer.status_code == 200 and answer.json()["versions"][-1]["plan"]:
                return str(answer.json()["versions"][-1]["leaf"])
            time.sleep(0.01)


class Pages:
    """Pages that listen, many of them on one thread; `heard` says when each subject came to the first of them."""

    def __init__(self, desk: Desk, count: int) -> None:
        self.heard: dict[str, float] = {}
        self.count = 0
        self._selector, self._over = selectors.DefaultSelector(), threading.Event()
        request = "".join(f"{name}: {desk.client.headers[name]}\r\n" for name in ("host", "cookie"))
        for nth in range(count):
            page = socket.create_connection(("127.0.0.1", desk.port))
            page.sendall(f"GET /api/events HTTP/1.1\r\n{request}\r\n".encode())
            self._selector.register(page, selectors.EVENT_READ, nth)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        greeted = set()
        while not self._over.is_set():
            for key, _ in self._selector.select(0.1):
                data = key.fileobj.recv(1 << 16)  # type: ignore[union-attr]
                if b"event: hello" in data and key.data not in greeted:
                    greeted.add(key.data)
                    self.count = len(greeted)
                if key.data == 0 and b'"subjects":[' in data:
                    now = time.perf_counter()
                    for line in data.split(b"\n"):
                        if line.startswith(b"data: {"):
                            for subject in json.loads(line[6:]).get("subjects", ()):
                                self.heard.setdefault(subject, now)

    def close(self) -> None:
        """Let go of every page."""
        self._over.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]


@contextmanager
def serving() -> Iterator[tuple[Desk, Desk]]:
    """Serve two fresh homes with their centres; an officer sits at each."""
    with tempfile.TemporaryDirectory() as folder:
        members = form(Path(folder), "north", "south")
        ports = {party: free_port() for party in members}
        with (
            Process(members["north"].home.path, ports["north"]),
            Process(members["south"].home.path, ports["south"]),
        ):
            yield Desk(members["north"], ports["north"]), Desk(members["south"], ports["south"])
        for member in members.values():
            member.node.close()


def rows(runs: int, pages: int) -> list[Row]:
    """Measure news from one node to a page of the other, and decisions with and without pages that listen."""
    with serving() as (north, south):
        north.propose(0)
        south.leaf("operation/north/flight-0")
        one, news = Pages(south, 1), []
        _greeted(one, 1)
        for number in range(1, runs + 1):
            subject = north.propose(number)
            said = time.perf_counter()
            _until(lambda subject=subject: subject in one.heard)  # type: ignore[misc]
            news.append(one.heard[subject] - said)
            time.sleep(0.25)  # one change at a time
        one.close()
        idle = _decided(north, south, range(runs + 1, 2 * runs + 1))
        many = Pages(south, pages)
        _greeted(many, pages)
        busy = _decided(north, south, range(2 * runs + 1, 3 * runs + 1))
        many.close()
    alone, among = _p95(idle), _p95(busy)
    return [
        Row(what="a change at one node heard by a page of the other, p50", goal=500.0,
            measured=1000 * max(statistics.median(news), 0.0), unit="ms", how=f"{runs} proposals, from the answer to "
            "whoever said it to the event at the other centre's page"),
        Row(what="a decision at a page, p95", goal=None, measured=1000 * alone, unit="ms",
            how=f"{runs} decisions by HTTP, draft and say, the officer's own signing left out; no page listens"),
        Row(what=f"the same with {pages:,} pages that listen", goal=2000 * alone, measured=1000 * among, unit="ms",
            how="goal: twice the idle one; the pages' client shares the machine, and pages ask nothing by themselves"),
    ]  # fmt: skip


def _decided(north: Desk, south: Desk, numbers: range) -> list[float]:
    leaves = [(subject, south.leaf(subject)) for subject in map(north.propose, numbers)]
    return [south.say(say="decide", subject=subject, leaf=leaf, answer="no_objection") for subject, leaf in leaves]


def _greeted(pages: Pages, count: int) -> None:
    _until(lambda: pages.count == count)


def _until(holds: Any) -> None:
    while not holds():
        time.sleep(0.001)


def _p95(times: list[float]) -> float:
    return sorted(times)[int(0.95 * len(times))]
