"""The door: what every request must be before anything here looks at it, and what every answer carries.

- **Host** is one of ours, or the request is refused: a page elsewhere whose name was turned to this address (DNS
  rebinding) is told nothing. Addresses in digits cannot be turned, names can.
- **What changes something** comes from our own page: `Origin` is ours, and the header `X-Entente` is there, which no
  other site's page can send without asking (CSRF). A browser that says where a request comes from (`Sec-Fetch-Site`)
  is believed when it says "elsewhere".
- **Answers** say what the page may do: load its own files and nothing else (Content-Security-Policy), stand in nobody's
  frame, tell nobody where it came from. What the API answers is kept by no cache.

Source: Fetch Metadata (W3C), CSP Level 3, RFC 6454; docs/adr/0033-the-browser-centre.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import msgspec

from entente.errors import EntenteError, Untrusted
from entente.web.language import spoken
from entente.web.problems import problem, status_of

API = "/api/"
ALIVE = "/api/alive"
"""Answered here, with nothing: a thousand pages may knock."""
ASKING = b"x-entente"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""`blob:` lets the map's library start its worker; only scripts of ours can make one."""
CARRIED: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a centre stands: `name` is what the browser is told to open, `local` that only this machine reaches it."""

    name: str
    host: str
    port: int
    secure: bool = False
    names: frozenset[str] = field(default_factory=frozenset)

    @property
    def local(self) -> bool:
        """Whether nobody but this machine can connect."""
        return self.host == "localhost" or _is_loopback(self.host)

    @property
    def url(self) -> str:
        """What the browser is told to open."""
        scheme = "https" if self.secure else "http"
        return f"{scheme}://{self.name}:{self.port}"

    def admits(self, host: str) -> bool:
        """Whether a request's Host is ours.

        >>> at = Address(name="north.localhost", host="127.0.0.1", port=8700)
        >>> at.admits("north.localhost:8700"), at.admits("127.0.0.1:8700"), at.admits("evil.example:8700")
        (True, True, False)
        >>> at.admits("10.1.2.3:8700"), at.admits("north.localhost")
        (False, False)
        """
        try:
            split = urlsplit(f"//{host}")
            name, port = split.hostname or "", split.port
        except ValueError:
            return False
        if split.netloc != host or "@" in host or (port or (443 if self.secure else 80)) != self.port:
            return False
        if name in self.names or name == self.name:
            return True
        try:
            address = ip_address(name)
        except ValueError:
            return False
        return address.is_loopback if self.local else True


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Door:
    """The application, behind the door (ASGI)."""

    def __init__(self, inner: Any, address: Address) -> None:
        self._inner = inner
        self._address = address

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Refuse what is not for us; else pass it on, and mark the answer."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        kept = (b"cache-control", b"no-store")
        private = scope["path"].startswith(API)

        async def answer(message: Any) -> None:
            if message["type"] == "http.response.start":
                named = {bytes(name).lower() for name, _ in message["headers"]}
                added = [*CARRIED, kept] if private and b"cache-control" not in named else [*CARRIED]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        try:
            self._require(scope)
        except EntenteError as error:
            await _refuse(error, scope, answer)
            return
        if scope["path"] == ALIVE:
            await answer({"type": "http.response.start", "status": 204, "headers": []})
            await answer({"type": "http.response.body", "body": b""})
            return
        await self._inner(scope, receive, answer)

    def _require(self, scope: Any) -> None:
        """Raise Untrusted unless a request is one of our own page's.

        Raises:
            Untrusted: `door.host`, `door.origin`, `door.header`.
        """
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if headers.setdefault(bytes(name).lower(), bytes(value)) != bytes(value) and name in (b"host", b"origin"):
                raise Untrusted("door.host", "the request names two hosts")
        host = headers.get(b"host", b"").decode("latin-1")
        if not self._address.admits(host):
            raise Untrusted("door.host", f"this is not an address of this node's centre; open {self._address.url}")
        if not scope["path"].startswith(API):
            return
        if headers.get(b"sec-fetch-site", b"same-origin") not in (b"same-origin", b"none"):
            raise Untrusted("door.origin", "the request comes from another site's page")
        if scope["method"] in _READS:
            return
        scheme = "https" if self._address.secure else "http"
        if headers.get(b"origin", b"").decode("latin-1") != f"{scheme}://{host}":
            raise Untrusted("door.origin", "what changes something must come from this centre's own page")
        if headers.get(ASKING) != b"1":
            raise Untrusted("door.header", "what changes something carries the header X-Entente: 1")


async def _refuse(error: EntenteError, scope: Any, send: Any) -> None:
    accepts = next((bytes(value) for name, value in scope["headers"] if name.lower() == b"accept-language"), b"")
    body = msgspec.json.encode(problem(error, spoken(accepts.decode("latin-1"))))
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status_of(error), "headers": headers})
    await send({"type": "http.response.body", "body": body})
