"""A feed as files for strangers' tools: head, tiles and entries (c2sp.org/tlog-tiles), and the keys to check with.

    checkpoint   the newest signed head, a C2SP note, with every cosignature over it that is known
    cosigned/    earlier heads, by size, that others cosigned last, each with every signature known
    tile/        hashes, and under tile/entries/ the leaves
    vkeys        the log's two keys, as C2SP spells them; to be compared with the party's card
    cosigners    the keys of those who may cosign: the other parties', and the witness's that the agreement names
    handover/    when the log's keys have changed: the head at which they did, signed by the old and the new, with both
    acts.jsonl   when asked for: a line {"act", "salt", "seq"} for each act held, bytes in base64

Leaves show nothing of who talked to whom; acts say everything that this node was told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from entente import canonical
from entente.errors import Refused
from entente.feed.suite import b64
from entente.ids import Origin
from entente.node import notes
from entente.node.book import Book, handover_key
from entente.node.node import Node
from entente.tlog import tile
from entente.tlog.checkpoint import Checkpoint

HEAD, KEYS, ACTS, HANDOVER = "checkpoint", "vkeys", "acts.jsonl", "handover"
COSIGNED, COSIGNERS = "cosigned", "cosigners"


def head_of(node: Node, book: Book, origin: Origin) -> tuple[bytes, Checkpoint]:
    """Return the held signed head of a feed, and what it says.

    Raises:
        Refused: `publish.partial`, when leaves that the head signs are not held yet; `publish.empty`.
        Untrusted: `feed.origin`, `tlog.*`.
    """
    row = node.store.feed(origin)
    if row is None or row.checkpoint is None:
        raise Refused("publish.empty", f"nothing of {origin} is held yet")
    head = book.log(origin).open(row.checkpoint).checkpoint
    if head.size > row.size:
        held = f"{row.size} entries of {origin} are held and its head signs {head.size}"
        raise Refused("publish.partial", f"{held}; fetch the others first")
    return row.checkpoint, head


def files(node: Node, book: Book, origin: Origin, *, acts: bool = False) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of every file that a feed is as files, its head last: who finds a head finds all under it.

    Raises:
        Refused, Untrusted: as `head_of`.
    """
    note, head = head_of(node, book, origin)
    known = notes.notes(node, book, origin)
    yield from tile.publish(entry.leaf for entry in node.store.leaves(origin, 0, head.size))
    yield COSIGNERS, "".join(f"{key.encode()}\n" for key in notes.cosigners(book, origin)).encode()
    for size, earlier in known.items():
        if size < head.size:
            yield f"{COSIGNED}/{size}", earlier
    log = book.log(origin)
    yield KEYS, "".join(f"{key.encode()}\n" for key in log.required(head.size)).encode()
    for size in log.handovers:
        kept = node.store.meta(handover_key(origin, size))
        if kept is not None and size <= head.size:
            yield f"{HANDOVER}/{size}", kept
            yield f"{HANDOVER}/{size}.{KEYS}", "".join(f"{key.encode()}\n" for key in log.required(size)).encode()
    if acts:
        yield ACTS, b"".join(_acts(node, origin, head.size))
    yield HEAD, known.get(head.size, note)


def read_again(node: Node, book: Book, origin: Origin, file: Callable[[str], bytes]) -> Checkpoint:
    """Return the head when what `file` gives for each path is that feed.

    Raises:
        Untrusted: `feed.origin`, `tlog.*`.
        Malformed: `tlog.*`.
    """
    head = book.log(origin).open(file(HEAD)).checkpoint
    tile.read(head, file)
    return head


def _acts(node: Node, origin: str, size: int) -> Iterator[bytes]:
    for seq in range(size):
        if (part := node.store.part(origin, seq, 0)) is not None:
            yield canonical.encode({"act": b64(part.data), "salt": b64(part.salt), "seq": seq}) + b"\n"
