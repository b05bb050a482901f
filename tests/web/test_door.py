"""The door: whose pages may ask, and what every answer carries."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.centres import Page, Served

from entente.web.door import POLICY, Address

ATTACKS = [
    ("a name turned to this address", "GET", "/api/session", {"host": "evil.example"}, "door.host"),
    ("our name at another's port", "GET", "/api/session", {"host": "north.localhost:1"}, "door.host"),
    ("a name that only begins as ours", "GET", "/", {"host": "north.localhost.evil.example"}, "door.host"),
    ("another node of this machine", "GET", "/", {"host": "south.localhost"}, "door.host"),
    ("no origin", "POST", "/api/session", {"origin": ""}, "door.origin"),
    ("another site's form", "POST", "/api/session", {"origin": "https://evil.example"}, "door.origin"),
    ("a page of no origin", "POST", "/api/session", {"origin": "null"}, "door.origin"),
    ("no header of ours", "POST", "/api/session", {"x-entente": ""}, "door.header"),
    ("another site's picture", "GET", "/api/picture", {"sec-fetch-site": "cross-site"}, "door.origin"),
    ("another port's page", "GET", "/api/picture", {"sec-fetch-site": "same-site"}, "door.origin"),
    ("another site's delete", "DELETE", "/api/session", {"origin": "http://localhost:80"}, "door.origin"),
]


@pytest.mark.parametrize(("attack", "method", "path", "headers", "code"), ATTACKS, ids=[a[0] for a in ATTACKS])
def test_what_is_not_our_page_is_told_nothing(
    served: dict[str, Served], north: Page, attack: str, method: str, path: str, headers: dict[str, str], code: str
) -> None:
    if headers.get("host", "").endswith(("evil.example", "south.localhost")):
        headers = {"host": f"{headers['host']}:{served['north'].port}"}

    answer = north.client.request(method, path, headers=headers, json={} if method == "POST" else None)

    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert "set-cookie" not in answer.headers


def test_every_answer_lets_a_page_load_its_own_files_and_nothing_else(north: Page) -> None:
    for path in ("/", "/api/session", "/api/nothing", "/nothing.js", "/api/docs", "/api/alive", "/api/events?after=x"):
        with north.client.stream("GET", path) as answer:
            held = answer.headers
        assert held["content-security-policy"] == POLICY, path
        assert (held["x-content-type-options"], held["x-frame-options"]) == ("nosniff", "DENY")
        assert held["referrer-policy"] == "no-referrer"
        if path.startswith("/api/"):
            assert held["cache-control"] == "no-store", path
    assert "unsafe" not in POLICY and "http" not in POLICY and "*" not in POLICY


def test_errors_are_problems_with_a_code_and_a_sentence(north: Page) -> None:
    asked: list[tuple[str, str, bytes, int, str]] = [
        ("GET", "/api/nothing", b"", 404, "request.path"),
        ("PUT", "/api/session", b"", 405, "request.method"),
        ("POST", "/api/drafts", b"{", 400, "request.fields"),
        ("POST", "/api/drafts", b'{"say": "attack"}', 400, "request.fields"),
        ("POST", "/api/drafts", b"[" * (3 << 20), 413, "request.large"),
        ("GET", "/api/picture?at=noon", b"", 400, "geo.time"),
        ("GET", "/api/lists/north/none?page=0", b"", 400, "request.fields"),
        ("GET", "/api/operations/north/none", b"", 404, "centre.unknown"),
        ("GET", "/api/record/exercise-cell/nobody", b"", 404, "centre.unknown"),
        ("GET", "/api/lookup/position?text=here", b"", 400, "geo.position"),
    ]
    for method, path, body, status, code in asked:
        answer = north.client.request(method, path, content=body, headers={"content-type": "application/json"})
        told = answer.json()
        assert (answer.status_code, told["status"], told["code"]) == (status, status, code), (path, told)
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(told["detail"]) > 3 and "Traceback" not in answer.text


def test_nothing_is_read_or_said_without_a_session(served: dict[str, Served]) -> None:
    client = served["north"].client()
    for path in ("session", "picture", "findings", "inbox", "timeline", "operations/a/b", "lists/a/b", "links",
                 "record/a/b", "record/a/b/1", "lookup/position?text=1", "lookup/search?q=x", "events"):  # fmt: skip
        answer = client.get(f"/api/{path}")
        assert (answer.status_code, answer.json()["code"]) == (401, "session.none"), path
    for path, body in (
        ("drafts", {"say": "stop", "agreement": "exercise-cell", "reason": "other"}),
        ("drafts/x/say", {"signatures": []}),
        ("screening", {"agreement": "x", "plan": {"title": "", "kind": "general", "crew": "crewed", "volumes": []}}),
    ):
        assert client.post(f"/api/{path}", json=body).json()["code"] == "session.none", path


def test_who_has_no_session_makes_the_node_hold_no_long_body(served: dict[str, Served]) -> None:
    """A list may have 44 MB in base64; whoever reaches the port could send many of them at once."""
    client = served["north"].client()
    for path in ("desk/columns", "desk/imports"):
        # What is no JSON would be a fault of the request, had anybody read it.
        answer = client.post(f"/api/{path}", content=b"[" * (3 << 20), headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (401, "session.none"), path


@given(st.text(max_size=40) | st.from_regex(r"[a-z.]{1,20}:[0-9]{1,5}", fullmatch=True))
def test_no_name_but_ours_is_admitted(host: str) -> None:
    here = Address(name="north.localhost", host="127.0.0.1", port=8700)
    open_ = Address(name="10.0.0.7", host="0.0.0.0", port=8700)

    assert not here.admits(host) or host.lower() == "north.localhost:8700"
    if open_.admits(host):
        assert host.endswith(":8700") and not any(c.isalpha() for c in host if c not in "abcdef")


def test_on_a_local_network_numbers_are_admitted_and_names_are_not() -> None:
    open_ = Address(name="10.0.0.7", host="0.0.0.0", port=8700)

    assert open_.admits("10.0.0.7:8700") and open_.admits("192.168.1.5:8700") and not open_.admits("desk.lan:8700")


def test_a_request_may_not_name_two_hosts(served: dict[str, Served]) -> None:
    request = f"GET / HTTP/1.1\r\nHost: evil.example\r\nHost: {served['north'].host}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served["north"].port)) as wire:
        wire.sendall(request.encode())
        status = wire.recv(64)

    assert status.split()[1] in (b"400", b"401")
