"""What can go wrong, divided by who can act on it.

Every error carries a stable `code` (``operation.ended``), one sentence for a person that says what happened and what
helps, and `data` for programs. Faces map classes to exit codes and status codes in one table each; rules know neither.

- `Refused`: our rules say no; the user can change the request.
- `Malformed`: bytes or words that no rule can read; whoever wrote them can mend them.
- `Untrusted`: bytes that are readable but not proven to be whose they claim to be.
- `Forked`: two signed heads of one feed that cannot both be true; carries the evidence.
- `Unavailable`: nothing is wrong with the request; try later, or somewhere else.

>>> error = Malformed("geo.latitude", "latitude 91 lies outside -90 to 90", where="plans.toml, volume 2")
>>> str(error)
'plans.toml, volume 2: latitude 91 lies outside -90 to 90'
"""

from __future__ import annotations

from typing import Any, Self


class EntenteError(Exception):
    """The root of all errors that a face may show to a person."""

    def __init__(self, code: str, sentence: str, *, where: str | None = None, **data: Any) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.where = where
        self.data = data

    def at(self, where: str) -> Self:
        """Return the same error, placed: outer callers know the file, inner ones the row."""
        self.where = where if self.where is None else f"{where}, {self.where}"
        return self

    def __str__(self) -> str:
        return self.sentence if self.where is None else f"{self.where}: {self.sentence}"


class Refused(EntenteError):
    """Our rules say no. The user can change the request."""


class Malformed(EntenteError):
    """Unreadable input. Its author can mend it."""


class Untrusted(EntenteError):
    """Readable, but not proven to be whose it claims to be."""


class Forked(EntenteError):
    """Two signed heads of one feed contradict each other; `data["evidence"]` holds both."""


class Unavailable(EntenteError):
    """Nothing wrong with the request; later, or elsewhere, it may succeed."""
