"""What the command line's exit code says: one table. 0 is success; 1 that something was found; 130 an interruption."""

from __future__ import annotations

from entente.errors import EntenteError, Forked, Malformed, Refused, Unavailable, Untrusted

USAGE = 2
INTERRUPTED = 130
CODES: dict[type[EntenteError], int] = {Refused: 3, Malformed: 4, Untrusted: 5, Forked: 6, Unavailable: 7}


def code_of(error: EntenteError) -> int:
    """Return the exit code for an error's class.

    >>> code_of(Refused("operation.ended", "the operation has ended"))
    3
    """
    return next(code for kind, code in CODES.items() if isinstance(error, kind))


def line_of(error: EntenteError) -> str:
    """Return an error as the one line that is printed on standard error.

    >>> line_of(Refused("operation.ended", "the operation has ended; propose a new one"))
    'error: the operation has ended; propose a new one [operation.ended]'
    """
    return f"error: {' '.join(str(error).split())} [{error.code}]"
