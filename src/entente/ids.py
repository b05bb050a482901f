"""Names of things, each a type of its own, so that one cannot stand where another belongs."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NewType

from entente.errors import Malformed

PartyId = NewType("PartyId", str)
"""Lower-case name of a party: ``north``."""
AgreementId = NewType("AgreementId", str)
"""Name of an agreement; an exercise's begins with ``exercise-``."""
CircleId = NewType("CircleId", str)
"""Name of a circle in an agreement; ``all`` always exists."""
Origin = NewType("Origin", str)
"""Name of one feed: ``party/agreement-id/epoch`` (FEED-1)."""
SubjectId = NewType("SubjectId", str)
"""What an act is about: ``operation/north/7f3a…``, ``sites/coordinator/list-1``."""
OfficerId = NewType("OfficerId", str)
"""``party/label``: an enrolled key, not a person's name."""
Hash = NewType("Hash", str)
"""SHA-256 in lower-case hexadecimal, 64 characters."""

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)
_NAMES = 4096
"""Names of feeds that are kept taken apart: a node holds few, and asks of each millions of times."""
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


def name(text: str, what: str) -> str:
    """Return `text` when it is a plain name: lower-case letters, digits and single dashes, at most 64 characters.

    Raises:
        Malformed: `name.spelling`.
    """
    if len(text) > 64 or not _NAME.fullmatch(text):
        raise Malformed(
            "name.spelling", f"{what} {text[:80]!r} must be lower-case letters, digits and dashes, at most 64"
        )
    return text


def origin(party: str, agreement: str, epoch: int) -> Origin:
    """Return the feed's name, which says of itself whether it belongs to an exercise."""
    return Origin(f"{name(party, 'party')}/{name(agreement, 'agreement')}/{epoch}")


@lru_cache(_NAMES)
def party_of(feed: str) -> PartyId:
    """Return the party that a feed belongs to."""
    return PartyId(feed.split("/", 1)[0])


@lru_cache(_NAMES)
def epoch_of(feed: str) -> int:
    """Return which of its party's feeds under the agreement a feed is, from 1; 0 when its name says none."""
    text = feed_of(feed).rsplit("/", 1)[-1]
    return int(text) if text.isascii() and text.isdigit() and text == str(int(text)) else 0


def branch(feed: Origin, leaf: Hash) -> Origin:
    """Return the name under which a node holds another branch of a forked feed: by the first leaf that is its own.

    It is for the node's own shelves. Which branch came first differs from node to node, so no such name is signed,
    hashed, carried or shown.
    """
    return Origin(f"{feed_of(feed)}~{leaf}")


@lru_cache(_NAMES)
def feed_of(held: str) -> Origin:
    """Return the feed that something held belongs to, whichever branch of it that is."""
    return Origin(held.partition("~")[0])


def is_hash(text: str) -> bool:
    """Whether `text` spells a SHA-256 as this project does."""
    return bool(_HASH.fullmatch(text))
