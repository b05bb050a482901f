"""Two parties' homes in force, each served with its centre, and officers at pages that are plain clients."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.exchange.conftest import until

from entente.exchange.serve import serve
from entente.testing.homes import HomeMember
from entente.testing.processes import free_port
from entente.web.serve import Listen
from entente.web.serve import serve as serve_centre
from entente.web.sessions import make_link

AGREEMENT = "exercise-cell"


@dataclass
class Served:
    """A member whose centre is served."""

    member: HomeMember
    port: int
    lines: list[str]
    clients: list[httpx.Client] = field(default_factory=list)
    listen: Listen | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Serve, on a thread, until stopped; returns once the centre listens."""
        self._stop = threading.Event()
        said = len(self.lines)
        home, listen = self.member.home, self.listen or Listen(port=self.port)

        def beside(node: Any, pulse: Any, say: Any) -> Any:
            return serve_centre(home, node, listen, pulse, say)

        told = {"say": self.lines.append, "beside": [beside]}
        self._thread = threading.Thread(target=serve, args=(home, self.member.node, self._stop), kwargs=told)
        self._thread.start()
        until(lambda: any("centre listens" in line for line in self.lines[said:]))

    def stop(self) -> None:
        """Tell it to stop, and see that it does."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(15)
            assert not self._thread.is_alive(), "a serving node ends when it is told to"

    @property
    def host(self) -> str:
        return f"{self.member.party}.localhost:{self.port}"

    def client(self, **headers: str) -> httpx.Client:
        """A client at the centre's address that behaves as its page does, with no session."""
        own = {"host": self.host, "origin": f"http://{self.host}", "x-entente": "1", **headers}
        made = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=own, timeout=20, trust_env=False)
        self.clients.append(made)
        return made

    def link(self, office: str) -> str:
        key = self.member.key(office).public.fingerprint
        return make_link(self.member.node, f"{self.member.party}/{office}", key)

    def enter(self, office: str, agreement: str = AGREEMENT) -> Page:
        """Sit down at a page as the holder of an office, to speak under an agreement."""
        client = self.client()
        answer = client.post("/api/session", json={"token": self.link(office)})
        assert answer.status_code == 200, answer.text
        # The cookie is for NAME.localhost, which this client reaches by its number.
        client.headers["cookie"] = answer.headers["set-cookie"].partition(";")[0]
        return Page(self, client, office, agreement)


@dataclass
class Page:
    """An officer at a page."""

    served: Served
    client: httpx.Client
    office: str
    agreement: str = AGREEMENT

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self.client.get(f"/api/{path}", params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def reading(self, language: str) -> Page:
        """The same page, whose reader wants to be told in another language."""
        self.client.headers["accept-language"] = language
        return self

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.client.post(f"/api/{path}", json=body)

    def draft(self, say: str, **fields: Any) -> httpx.Response:
        return self.post("drafts", say=say, agreement=self.agreement, **fields)

    def sign(self, draft: Mapping[str, Any], office: str = "") -> dict[str, list[dict[str, str]]]:
        """Sign all of a draft as its page would, with the officer's key."""
        key = self.served.member.key(office or self.office)
        every = draft["statements"]
        return {"signatures": [key.sign(one["kind"], base64.b64decode(one["statement"])) for one in every]}

    def say(self, say: str, **fields: Any) -> dict[str, Any]:
        """Draft, sign and say."""
        drafted = self.draft(say, **fields)
        assert drafted.status_code == 201, drafted.text
        said = self.post(f"drafts/{drafted.json()['id']}/say", **self.sign(drafted.json()))
        assert said.status_code == 200, said.text
        found: dict[str, Any] = said.json()["receipts"][-1]
        return found

    def events(self, after: str = "") -> Events:
        return Events(self, after)


class Events:
    """A page's stream, read on a thread of its own."""

    def __init__(self, page: Page, after: str = "") -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.ids: list[str] = []
        self._page, self._after = page, after
        self.open = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def _read(self) -> None:
        try:
            self._hear()
        except httpx.HTTPError:
            pass  # the node is gone
        finally:
            self.open = False

    def _hear(self) -> None:
        headers = {"last-event-id": self._after} if self._after else {}
        kind = ""
        with self._page.client.stream("GET", "/api/events", headers=headers, timeout=30) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream"), answer.headers
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "id":
                    self.ids.append(value)
                elif name == "data":
                    self.heard.append((kind, json.loads(value)))
                if self._stop.is_set():
                    return

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [data for name, data in self.heard if name == kind]

    def __enter__(self) -> Events:
        self._thread.start()
        until(lambda: bool(self.heard))
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()


@contextmanager
def centres(members: Mapping[str, HomeMember], maps: Mapping[str, Path] | None = None) -> Iterator[dict[str, Served]]:
    """Serve members' nodes with their centres on threads; `maps` are files that some draw under everything."""
    served = {party: Served(member, free_port(), []) for party, member in members.items()}
    for party, file in (maps or {}).items():
        served[party].listen = Listen(port=served[party].port, map=file)
    try:
        for one in served.values():
            one.start()
        yield served
    finally:
        for client in [client for one in served.values() for client in one.clients]:
            client.close()
        for one in served.values():
            one.stop()


def plan(title: str = "Water", lon: float = 8.0, lat: float = 47.0, hour: int = 10, **more: Any) -> dict[str, Any]:
    """A plan as a form holds it."""
    day = "2026-12-01"
    volume = {
        "shape": {"type": "circle", "centre": [lon, lat], "radius_m": 1852.0}, "altitude": "GND-5000 ft AMSL",
        "start": f"{day}T{hour:02d}:00:00Z", "end": f"{day}T{hour + 1:02d}:00:00Z",
    }  # fmt: skip
    return {"title": title, "kind": "humanitarian", "crew": "crewed", "volumes": [volume], **more}


def folder_bytes(path: Path) -> bytes:
    """Everything that lies in a folder."""
    return b"".join(file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file())


def in_pairs(plain: Any) -> Any:
    """Spell pairs as lists of two: the tool does not read `prefixItems`."""
    if isinstance(plain, list):
        return [in_pairs(one) for one in plain]
    if not isinstance(plain, dict):
        return plain
    found = {key: in_pairs(value) for key, value in plain.items() if key != "prefixItems"}
    if kinds := plain.get("prefixItems"):
        found |= {"items": {"anyOf": in_pairs(kinds)}, "minItems": len(kinds), "maxItems": len(kinds)}
    return found
