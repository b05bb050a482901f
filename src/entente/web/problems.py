"""Errors as the page is told them: one table from class to HTTP status, and the few codes that have one of their own.

The body is a problem document (RFC 9457) with our stable `code` and sentence.

>>> status_of(Refused("staff.authority", "the officer's office may not say this"))
403
>>> status_of(Refused("decision.stale", "the decision names a version that is not the latest"))
409
"""

from __future__ import annotations

from entente.errors import EntenteError, Forked, Malformed, Refused, Unavailable, Untrusted
from entente.picture.catalogues import CATALOGUES, retelling
from entente.web.shapes import Problem

STATUS: dict[type[EntenteError], int] = {Malformed: 400, Untrusted: 401, Refused: 403, Forked: 409, Unavailable: 503}
NO_SUCH, STALE, TOO_MANY = 404, 409, 429
BY_CODE: dict[str, int] = {
    "centre.unknown": NO_SUCH,
    "agreement.not_held": NO_SUCH,
    "circle.unknown": NO_SUCH,
    # What a page shows is no longer so: it is to look again, and draft anew.
    "centre.draft": STALE,
    "centre.stale": STALE,
    "decision.findings_changed": STALE,
    "decision.stale": STALE,
    "draft.stale": STALE,
    "movement.exists": STALE,
    "movement.stale": STALE,
    "movement.version": STALE,
    "operation.exists": STALE,
    "operation.stale": STALE,
    "operation.version": STALE,
    "package.overtaken": STALE,
    "place.stale": STALE,
    "release.changed": STALE,
    "sites.issue": STALE,
    "statement.expired": STALE,
    "statement.repeated": STALE,
    "session.too_many": TOO_MANY,
}
TITLES = {400: "Malformed", 404: "Refused", 405: "Malformed", 413: "Malformed", 415: "Malformed"}


def status_of(error: EntenteError) -> int:
    """Return the HTTP status of an error: its code's own, else its class's."""
    return BY_CODE.get(error.code) or STATUS[type(error)]


def problem(error: EntenteError, language: str = "en") -> Problem:
    """Return the body that tells a page what went wrong, in its reader's language; no path of this machine is in it."""
    text, whole = retelling.trouble(error, CATALOGUES[language])
    return Problem(
        title=type(error).__name__, status=status_of(error), code=error.code, detail=str(error), text=text, whole=whole
    )
