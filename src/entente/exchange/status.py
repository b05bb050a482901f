"""Errors on the wire: one table from error class to HTTP status, and the body that says what happened.

The body is a problem document (RFC 9457) with our stable `code`. What a peer says is text from outside: `raise_problem`
keeps only a code that is spelled as ours are, and a short printable sentence.

>>> status_of(Refused("exchange.not_us", "wrong node"))
403
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from entente.errors import EntenteError, Forked, Malformed, Refused, Unavailable, Untrusted

STATUS: dict[type[EntenteError], int] = {Malformed: 400, Untrusted: 401, Refused: 403, Forked: 409, Unavailable: 503}
"""The one table; a peer reads it backwards."""
TOO_LARGE = 413
_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_SENTENCE_LIMIT = 300


def status_of(error: EntenteError) -> int:
    """Return the HTTP status of an error."""
    return STATUS[type(error)]


def problem(error: EntenteError) -> dict[str, Any]:
    """Return the body that tells a peer what went wrong; it holds no path and no data but a clock's reading."""
    body = {"title": type(error).__name__, "status": status_of(error), "code": error.code, "detail": error.sentence}
    return body if "now" not in error.data else {**body, "now": error.data["now"]}


def raise_problem(status: int, data: bytes, peer: str) -> NoReturn:
    """Raise what a peer's problem document says, as the class that its status stands for.

    Below a head of 200, which is sent before the answer is known (`exchange.beats`), the document's own status counts.
    """
    kinds = {number: kind for kind, number in STATUS.items()} | {TOO_LARGE: Malformed}
    kind = kinds.get(status, Unavailable)
    try:
        plain = json.loads(data)
        code, detail, now = plain["code"], plain["detail"], plain.get("now")
        if not (_CODE.fullmatch(code) and len(code) <= 64 and isinstance(detail, str)):
            raise ValueError
        kind = kinds.get(plain["status"], Unavailable) if status == 200 else kind
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise kind("exchange.answer", f"{peer} answered with status {status} and nothing that says why") from None
    said = "".join(c for c in detail[:_SENTENCE_LIMIT] if c.isprintable())
    extra: dict[str, Any] = {"now": now} if type(now) is int else {}
    raise kind(code, f"{peer} answers: {said}", **extra)
