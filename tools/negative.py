"""Makes spec/vectors/negative/*.json: bytes to be refused, beside some that are not, in the manner of Wycheproof.

Run `python tools/negative.py`; what it writes is the same each time. ML-DSA signatures are hedged, so those that were
made once are kept in tools/negative.signatures.json. Each case says why, and whether it is good. `differs` names the
verifiers that are known to say otherwise, and the file's `note` why that is no harm. One function makes one file.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha512
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA65PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from entente import canonical
from entente.errors import EntenteError
from entente.feed import bundle, leaf, sealed, sheet, suite
from entente.feed.bundle import Frame, Lane
from entente.feed.fork import Apart, Fork, Side, Step
from entente.feed.part import committed
from entente.feed.suite import b64
from entente.ids import Origin
from entente.node.custody import SealKey, seal_to
from entente.testing.authenticator import HONEST, Authenticator
from entente.tlog import note, proof, tile
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import leaf_hash, root
from entente.tlog.note import Kind, Line, Note, NoteKey
from entente.tlog.proof import inclusion_proof

HERE = Path(__file__).parent
FOLDER = HERE.parent / "spec" / "vectors" / "negative"
KEPT = HERE / "negative.signatures.json"
GO, NOBLE = "Go's crypto and golang.org/x/mod", "@noble/curves, @noble/post-quantum and ECMAScript's JSON"
ORIGIN = "north/exercise-one/1"
Case = dict[str, Any]

# -- keys --------------------------------------------------------------------------------------------------------------

ED = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ED_PUBLIC = ED.public_key().public_bytes_raw()
ML44 = MLDSA44PrivateKey.from_seed_bytes(bytes([44] * 32))
ML65 = MLDSA65PrivateKey.from_seed_bytes(bytes([65] * 32))
LOG = NoteKey.of(ORIGIN, Kind.ED25519, ED)
LOG_PQ = NoteKey.of(ORIGIN, Kind.COSIGNATURE_MLDSA44, ML44)
MIRROR = Ed25519PrivateKey.from_private_bytes(bytes([7] * 32))
PEER = NoteKey.of("south/mirror", Kind.COSIGNATURE_ED25519, MIRROR)


class Signatures:
    """Hedged signatures that were made once."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
        self.used: dict[str, str] = {}

    def of(self, private: MLDSA44PrivateKey | MLDSA65PrivateKey, message: bytes, context: bytes = b"") -> bytes:
        """Return a signature over `message`, the one that was made before when it still verifies."""
        name = sha512(private.public_key().public_bytes_raw() + context + b"\0" + message).hexdigest()[:24]
        try:
            raw = base64.b64decode(self._kept.get(name, ""))
            private.public_key().verify(raw, message, context)
        except (InvalidSignature, ValueError):
            raw = private.sign(message, context)
        self.used[name] = base64.b64encode(raw).decode()
        return raw

    def sealed(self, key: SealKey, grant: bytes, info: bytes) -> bytes:
        """Return a grant sealed to `key`, the one that was made before when it still opens."""
        name = sha512(key.public() + info + b"\0" + grant).hexdigest()[:24]
        try:
            raw = base64.b64decode(self._kept.get(name, ""))
            key.open(raw, info)
        except EntenteError:
            raw = seal_to({"keys": {"seal": b64(key.public())}}, grant, info)
        self.used[name] = base64.b64encode(raw).decode()
        return raw


SIGNATURES = Signatures()

# -- Ed25519, by the book (RFC 8032 §5.1), so that what no library makes can be made -----------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]
BASE: Point = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)


def add(a: Point, b: Point) -> Point:
    """Add two points."""
    t = D * a[0] * b[0] * a[1] * b[1]
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + t, -1, P)
    return x % P, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P) % P


def times(n: int, a: Point) -> Point:
    """Multiply a point."""
    total: Point = (0, 1)
    while n:
        if n & 1:
            total = add(total, a)
        a, n = add(a, a), n >> 1
    return total


def spell(a: Point) -> bytes:
    """Encode a point."""
    return (a[1] | (a[0] & 1) << 255).to_bytes(32, "little")


def point(y: int) -> Point | None:
    """Return a point with this y, or None when there is none."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    for candidate in (x, x * pow(2, (P - 1) // 4, P) % P):
        if candidate * candidate % P == square:
            return candidate, y % P
    return None


def challenge(r: bytes, public: bytes, message: bytes) -> int:
    """The hash that binds R, key and message."""
    return int.from_bytes(sha512(r + public + message).digest(), "little") % ORDER


def small() -> Iterator[Point]:
    """Yield the eight points whose order divides 8."""
    eighth = next(
        times(ORDER, found) for y in range(2, 200) if (found := point(y)) and times(4 * ORDER, found) != (0, 1)
    )
    for n in range(8):
        yield times(n, eighth)


def ed25519() -> Case:
    """Signatures and keys that some verifier somewhere takes."""
    message = b"entente"
    good = ED.sign(message)
    r, s = good[:32], int.from_bytes(good[32:], "little")
    cases: list[Case] = []

    def case(why: str, signature: bytes, *, public: bytes = ED_PUBLIC, over: bytes = message, **more: Any) -> None:
        row = {"why": why, "public": public.hex(), "message": over.hex(), "signature": signature.hex()}
        cases.append({**row, "good": False, **more})

    case("sound", good, good=True)
    case(
        "S and the group's order added: the same signature in another spelling", r + (s + ORDER).to_bytes(32, "little")
    )
    case("S and twice the order", r + (s + 2 * ORDER).to_bytes(32, "little"))
    case("S with its highest bit set", r + (s | 1 << 255).to_bytes(32, "little"))
    case("S negated", r + (ORDER - s).to_bytes(32, "little"))
    case("R with the other sign", bytes([*r[:31], r[31] ^ 128]) + good[32:])
    case("R and S exchanged", good[32:] + r)
    case("all zero", bytes(64))
    case("S zero", r + bytes(32))
    case("cut short", good[:63])
    case("empty", b"")
    case("one byte too long", good + b"\0")
    case("over another message", good, over=b"Entente")
    case("over the message and a zero byte", good, over=message + b"\0")
    case("by another key", good, public=PEER.public)
    case("the key is no point", good, public=next(y for y in range(2, 99) if point(y) is None).to_bytes(32, "little"))
    for number, key in enumerate(small()):
        for sign in (0, 128):
            public = spell(key)[:31] + bytes([spell(key)[31] & 127 | sign])
            if spell(key) == public or key[0] == 0:
                spelled = "" if spell(key) == public else ", with a sign that zero has not"
                case(f"a key of order dividing 8 (number {number}{spelled})", FORGED, public=public, **_taken(public))
    for y in (P, P + 1):
        public = y.to_bytes(32, "little")
        case(f"a key of small order, y spelled as p + {y - P}", FORGED, public=public, **_taken(public))
    _mixed(case, message)
    scalar = _scalar(ED)
    identity = spell((0, 1))
    k = challenge(identity, ED_PUBLIC, message)
    case("R is the neutral point: unwise, and sound", identity + (k * scalar % ORDER).to_bytes(32, "little"), good=True)
    odd = (P + 1).to_bytes(32, "little")
    k = challenge(odd, ED_PUBLIC, message)
    case("R is the neutral point, y spelled as p + 1", odd + (k * scalar % ORDER).to_bytes(32, "little"))
    return {"kind": "ed25519", "second": [GO, NOBLE], "note": ED_NOTE, "cases": cases}


ED_NOTE = (
    "Go takes keys of small order, as RFC 8032 allows; here they are no keys. Noble checks with the cofactor, so it "
    "takes signatures that are off by a point of small order; whoever can make one can make a sound one too."
)


def _scalar(private: Ed25519PrivateKey) -> int:
    raw = bytearray(sha512(private.private_bytes_raw()).digest()[:32])
    raw[0] &= 248
    raw[31] = raw[31] & 127 | 64
    return int.from_bytes(raw, "little")


FORGED = spell((0, 1)) + bytes(32)
"""A signature that needs no private key: R the neutral point, S zero."""


def _taken(public: bytes) -> Case:
    """A message over which such a signature holds, and who takes it."""
    y = int.from_bytes(public, "little") & (2**255 - 1)
    key = point(y % P)
    assert key is not None
    if key[0] & 1 != public[31] >> 7:
        key = (-key[0] % P, key[1])
    over = next(m for m in (b"%d" % n for n in range(99)) if times(challenge(spell((0, 1)), public, m), key) == (0, 1))
    return {"over": over, "differs": {"go": True}}


def _mixed(case: Callable[..., None], message: bytes) -> None:
    """A key that is the sum of a proper one and a point of order 8: signatures with and without the cofactor differ."""
    torsion = next(one for one in small() if times(4, one) != (0, 1))
    public = spell(add(times(_scalar(ED), BASE), torsion))
    nonce = 12345
    r = spell(times(nonce, BASE))

    def signature(over: bytes) -> bytes:
        s = (nonce + challenge(r, public, over) * _scalar(ED)) % ORDER
        return r + s.to_bytes(32, "little")

    def exact(over: bytes) -> bool:
        return challenge(r, public, over) % 8 == 0

    apart = next(m for m in (b"%d" % n for n in range(99)) if not exact(m))
    alike = next(m for m in (b"%d" % n for n in range(99)) if exact(m))
    case(
        "a key of mixed order, off by a small point",
        signature(apart),
        public=public,
        over=apart,
        differs={"noble": True},
    )
    case("a key of mixed order, exact: unwise, and sound", signature(alike), public=public, over=alike, good=True)
    off = spell(add(times(nonce, BASE), torsion))
    s = (nonce + challenge(off, ED_PUBLIC, message) * _scalar(ED)) % ORDER
    case("R off by a small point", off + s.to_bytes(32, "little"), differs={"noble": True})


# -- ML-DSA ------------------------------------------------------------------------------------------------------------


def mldsa(name: str, context: bytes) -> Case:
    """Signatures whose encoding FIPS 204 forbids, in the parts that Algorithms 21 and 27 read."""
    private = ML44 if name == "44" else ML65
    # FIPS 204, table 1: bytes of c~, of one z, how many z; omega, k.
    tilde, z, count, omega, k = (32, 576, 4, 80, 4) if name == "44" else (48, 640, 5, 55, 6)
    message = b"entente"
    good = SIGNATURES.of(private, message, context)
    hint = tilde + z * count
    counts = list(good[hint + omega :])
    assert len(good) == hint + omega + k and counts[-1] < omega
    full = next(i for i in range(k) if counts[i] - (counts[i - 1] if i else 0) >= 2)
    first = hint + (counts[full - 1] if full else 0)
    cases: list[Case] = []

    def case(why: str, *edits: tuple[int, bytes], **more: Any) -> None:
        cases.append({"why": why, "edits": [[at, put.hex()] for at, put in edits], "good": False, **more})

    case("sound", good=True)
    case("one bit of the challenge", (0, bytes([good[0] ^ 1])))
    case("one bit of z", (tilde + 5, bytes([good[tilde + 5] ^ 1])))
    case("z out of range", (tilde, bytes(3)))
    case("z all zero", (tilde, bytes(z * count)))
    case("two hints of one polynomial exchanged", (first, bytes([good[first + 1], good[first]])))
    case("a hint that stands twice", (first + 1, good[first : first + 1]))
    case("bytes behind the last hint", (hint + omega - 1, b"\1"))
    case("more hints than there may be", (hint + omega + k - 1, bytes([omega + 1])))
    case("a count that falls", (hint + omega + k - 1, bytes([counts[-2] - 1])))
    case("a count of 255", (hint + omega, b"\xff"))
    case("one hint fewer", (hint + omega + k - 1, bytes([counts[-1] - 1])))
    case("no hints", (hint, bytes(omega + k)))
    case("cut short", length=len(good) - 1)
    case("one byte too long", length=len(good) + 1)
    case("empty", length=0)
    case("half", length=len(good) // 2)
    case("all zero", (0, bytes(len(good))))
    case("over another message", message=b"Entente".hex())
    case("in another context", context=b"entente/v2".hex())
    case("in no context" if context else "in a context", context=b"".hex() if context else b"entente/v1".hex())
    case(
        "the context moved into the message",
        context=b"".hex(),
        message=(bytes([len(context)]) + context + message).hex(),
    )
    case(
        "a key with one bit changed",
        public_edits=[[40, bytes([private.public_key().public_bytes_raw()[40] ^ 1]).hex()]],
    )
    case("a key cut short", public_length=len(private.public_key().public_bytes_raw()) - 1)
    base = {"public": private.public_key().public_bytes_raw().hex(), "message": message.hex(), "context": context.hex()}
    how = "Each case is the base, its signature cut or filled to `length`, then `edits` put in: [offset, bytes]."
    return {
        "kind": f"mldsa{name}", "second": [GO, NOBLE], "note": how, "base": {**base, "signature": good.hex()},
        "cases": cases,
    }  # fmt: skip


def statements() -> Case:
    """Suite E1: what is not both halves over exactly these bytes of this kind."""
    body, kind = b'{"a":1}', suite.STATEMENT
    message = suite.pae(kind, body)
    good = {"ed25519": suite.b64(ED.sign(message)), "mldsa65": suite.b64(SIGNATURES.of(ML65, message, suite.CONTEXT))}
    bare = {"ed25519": suite.b64(ED.sign(body)), "mldsa65": suite.b64(SIGNATURES.of(ML65, body, suite.CONTEXT))}
    elsewhere = suite.b64(SIGNATURES.of(ML65, message, b"entente/v2"))
    cases: list[Case] = []

    def case(why: str, signature: Any = good, **more: Any) -> None:
        cases.append({"why": why, "signature": signature, "good": False, **more})

    case("sound", good=True)
    case("over another body", body='{"a":2}')
    case("over the same body as another kind", kind="application/vnd.entente.card+json")
    case("a byte moved from kind to body", kind=kind[:-1], body=kind[-1] + body.decode())
    case("over the body without its encoding", bare)
    case("the ML-DSA half in another context", {**good, "mldsa65": elsewhere})
    case("the Ed25519 half stripped", {"mldsa65": good["mldsa65"]})
    case("the ML-DSA half stripped", {"ed25519": good["ed25519"]})
    case("the ML-DSA half empty", {**good, "mldsa65": ""})
    case("the Ed25519 half in both places", {"ed25519": good["ed25519"], "mldsa65": good["ed25519"]})
    case("a half too many", {**good, "mldsa87": good["mldsa65"]})
    case("base64 without padding", {**good, "ed25519": good["ed25519"].rstrip("=")})
    stray = good["ed25519"][:-3] + chr(ord(good["ed25519"][-3]) + 1) + "=="
    case("base64 with stray bits", {**good, "ed25519": stray})
    case("base64 with a line end", {**good, "ed25519": good["ed25519"] + "\n"})
    case("base64 for addresses", {**good, "mldsa65": good["mldsa65"].replace("+", "-").replace("/", "_")})
    case("no signature", {})
    key = suite.PublicKey(ed25519=ED_PUBLIC, mldsa65=ML65.public_key().public_bytes_raw()).plain()
    case("a key of another suite", public={**key, "suite": "E0"})
    case("a key without its ML-DSA half", public={**key, "mldsa65": ""})
    case("a key whose Ed25519 half is of small order", public={**key, "ed25519": suite.b64(spell((0, 1)))})
    return {
        "kind": "e1",
        "second": [GO, NOBLE],
        "base": {"public": key, "kind": kind, "body": body.decode()},
        "cases": cases,
    }


# -- notes, checkpoints, proofs, tiles, forks --------------------------------------------------------------------------

TREE = [b"entry %d" % n for n in range(300)]
HASHES = [leaf_hash(entry) for entry in TREE]


def head(size: int, hashes: list[bytes] = HASHES) -> Checkpoint:
    """The head of the tree's first entries."""
    return Checkpoint(origin=ORIGIN, size=size, root=root(hashes[:size]))


def signed(text: str, time_s: int = 1_796_126_400) -> Note:
    """A note over any text with a line of each of the log's keys."""
    ed = Line(name=ORIGIN, key_id=LOG.key_id, signature=ED.sign(text.encode()))
    return Note(text=text, lines=(ed, pq_line(text, time_s)))


def pq_line(text: str, time_s: int, key: NoteKey = LOG_PQ) -> Line:
    """The ML-DSA-44 line, as far as its message can be written for `text`; else over the text itself."""
    try:
        message = note.signed_message(key, text, time_s)
    except Exception:
        message = text.encode()
    return Line(name=key.name, key_id=key.key_id, signature=time_s.to_bytes(8, "big") + SIGNATURES.of(ML44, message))


def notes() -> Case:
    """Heads that both keys of a log must have signed."""
    text = head(3).encode()
    good = signed(text)
    ed, pq = good.lines
    whole = good.encode().decode()
    cases: list[Case] = []

    def case(why: str, data: str, **more: Any) -> None:
        cases.append({"why": why, "note": data, "good": False, **more})

    def lines(*given: Line, over: str = text) -> str:
        return Note(text=over, lines=given).encode().decode()

    def other(line: Line, **more: Any) -> Line:
        fields = {"name": line.name, "key_id": line.key_id, "signature": line.signature}
        return Line(**(fields | more))

    stranger = Line(name="east/mirror", key_id=b"\1\2\3\4", signature=bytes(72))
    case("sound", whole, good=True)
    case("sound, the lines the other way round", lines(pq, ed), good=True)
    case("a line of an unknown key is passed over", lines(ed, stranger, pq), good=True)
    case("a line with a known id under another name is passed over", lines(other(ed, name="x"), ed, pq), good=True)
    case("a line with a known name and another id is passed over", lines(other(ed, key_id=bytes(4)), ed, pq), good=True)
    case("the ML-DSA line stripped", lines(ed))
    case("the Ed25519 line stripped", lines(pq))
    case("only strangers' lines", lines(stranger))
    case("the Ed25519 line is false", lines(other(ed, signature=bytes(64)), pq))
    case("the ML-DSA line is false", lines(ed, other(pq, signature=pq.signature[:-1] + b"\1")))
    case("the ML-DSA line states another time", lines(ed, other(pq, signature=bytes(8) + pq.signature[8:])))
    case("the ML-DSA line is cut to its time", lines(ed, other(pq, signature=pq.signature[:8])))
    case("the ML-DSA line has seven bytes", lines(ed, other(pq, signature=pq.signature[:7])))
    case("a false line behind a sound one", lines(ed, pq, other(ed, signature=bytes(64))), differs={"go": True})
    case("the two lines under each other's id", lines(other(ed, key_id=pq.key_id), other(pq, key_id=ed.key_id)))
    case("a plain signature as a cosignature of the same key", lines(ed, other(pq, signature=bytes(8) + ed.signature)))
    case(
        "the ML-DSA line is another name's",
        lines(ed, other(pq_line(text, 5, _named("south/one/1")), name=ORIGIN, key_id=pq.key_id)),
    )
    case("another head under the same lines", lines(ed, pq, over=head(4).encode()))
    case("another origin under the same lines", lines(ed, pq, over=text.replace("north", "south")))
    case("an extension line, signed by both", signed(text + "extension\n").encode().decode())
    case("a size with a leading zero, signed by both", signed(text.replace("\n3\n", "\n03\n")).encode().decode())
    case("a size beyond 63 bits, signed by both", signed(text.replace("\n3\n", f"\n{2**63}\n")).encode().decode())
    case("a time beyond 63 bits", lines(ed, Line(name=ORIGIN, key_id=LOG_PQ.key_id, signature=_late(text))))
    case("no empty line", whole.replace("\n\n", "\n"))
    case("a second empty line before the lines", whole.replace("\n\n", "\n\n\n"))
    case("no newline at the end", whole[:-1])
    case("a newline too many", whole + "\n")
    case("lines end as on Windows", whole.replace("\n", "\r\n"))
    case("a hyphen for the dash", whole.replace("\u2014", "-"))
    case("two spaces behind the dash", whole.replace("\u2014 ", "\u2014  "))
    case("a space at a line's end", whole[:-1] + " \n")
    case("a tab in the text", whole.replace("north", "no\trth", 1))
    case("a null in the text", whole.replace("north", "no\0rth", 1))
    case("base64 without padding", lines(ed, pq).replace("=\n", "\n"), differs={})
    case("a name with a plus", whole + "\u2014 a+b AAAAAAA=\n")
    case("a line that holds an id and no signature", whole + "\u2014 stranger AAAAAA==\n")
    case(
        "a line of a stranger with stray bits in its base64", whole + "\u2014 stranger AAAAAAB=\n", differs={"go": True}
    )
    case("empty", "")
    case("text alone", text)
    return {
        "kind": "note", "second": [GO], "vkeys": [LOG.encode(), LOG_PQ.encode()], "cases": cases,
        "note": "Go's package counts a key's first line and passes over its others, and reads base64 with stray bits.",
    }  # fmt: skip


def cosignatures() -> Case:
    """A peer's time-stamped Ed25519 line, kind 0x04."""
    text = head(3).encode()
    cases: list[Case] = []

    def case(why: str, signature: bytes, over: str = text, **more: Any) -> None:
        data = Note(text=over, lines=(Line(name=PEER.name, key_id=PEER.key_id, signature=signature),)).encode()
        cases.append({"why": why, "note": data.decode(), "good": False, **more})

    def stamped(time_s: int, message: bytes) -> bytes:
        return time_s.to_bytes(8, "big") + MIRROR.sign(message)

    good = stamped(7, note.signed_message(PEER, text, 7))
    late = b"cosignature/v1\ntime %d\n" % 2**63 + text.encode()
    case("sound", good, good=True)
    case("sound, at no time", stamped(0, note.signed_message(PEER, text, 0)), good=True)
    case("another time", (8).to_bytes(8, "big") + good[8:])
    case("a time beyond 63 bits", stamped(2**63, late))
    case(
        "a time with a leading zero in what is signed",
        stamped(7, note.signed_message(PEER, text, 7).replace(b"7", b"07", 1)),
    )
    case("over the text alone, as a log signs", stamped(7, text.encode()))
    case("without a time", MIRROR.sign(note.signed_message(PEER, text, 7)))
    case("cut short", good[:-1])
    case("a byte too many", good + b"\0")
    case("the time alone", good[:8])
    case("over another head", good, head(4).encode())
    case("over an extension line", stamped(7, b"cosignature/v1\ntime 7\n" + text.encode() + b"more\n"), text + "more\n")
    case("S with the order added", good[:40] + _plus(good[40:]))
    return {"kind": "cosignature", "second": [GO], "vkeys": [PEER.encode()], "cases": cases}


def _named(name: str) -> NoteKey:
    return NoteKey.of(name, Kind.COSIGNATURE_MLDSA44, ML44)


def _late(text: str) -> bytes:
    """An ML-DSA cosignature that states 2^63 seconds, sound but for that."""
    stamp = (2**63).to_bytes(8, "big")
    message = note.signed_message(LOG_PQ, text, 0)
    at = len(b"subtree/v1\n\0") + 1 + len(LOG_PQ.name)
    return stamp + SIGNATURES.of(ML44, message[:at] + stamp + message[at + 8 :])


def proofs() -> Case:
    """Inclusion and consistency proofs that do not hold."""
    cases: list[Case] = []

    def inclusion(why: str, index: int, size: int, path: list[bytes], *, at: int | None = None, **more: Any) -> None:
        here = {"type": "inclusion", "index": index, "size": size, "leaf": HASHES[index if at is None else at].hex()}
        top = {"root": root(HASHES[: max(size, 0)]).hex(), "proof": [step.hex() for step in path]}
        cases.append({"why": why, **here, **top, "good": False, **more})

    def consistency(why: str, small: int, large: int, path: list[bytes], **more: Any) -> None:
        here = {"type": "consistency", "small": small, "large": large, "small_root": root(HASHES[:small]).hex()}
        top = {"large_root": root(HASHES[:large]).hex(), "proof": [step.hex() for step in path]}
        cases.append({"why": why, **here, **top, "good": False, **more})

    path = proof.inclusion_proof(HASHES, 5, 11)
    inclusion("sound", 5, 11, path, good=True)
    inclusion("sound: one entry needs no proof", 0, 1, [], good=True)
    inclusion("sound: the lone last entry", 10, 11, proof.inclusion_proof(HASHES, 10, 11), good=True)
    inclusion("another place", 4, 11, path, at=5)
    inclusion("another entry", 5, 11, path, at=6)
    inclusion("a place behind the end", 11, 11, path, at=5)
    inclusion("a place before the start", -1, 11, path, at=5)
    inclusion("an empty log", 0, 0, [])
    inclusion("one step fewer", 5, 11, path[:-1])
    inclusion("no step", 5, 11, [])
    inclusion("a step too many", 5, 11, [*path, path[0]])
    inclusion("a step twice", 5, 11, [path[0], *path])
    inclusion("the other way round", 5, 11, path[::-1])
    inclusion("a bit of a step", 5, 11, [bytes([path[0][0] ^ 1]) + path[0][1:], *path[1:]])
    inclusion("a short step", 5, 11, [path[0][:31], *path[1:]])
    inclusion("the proof for another size", 5, 11, proof.inclusion_proof(HASHES, 5, 12))
    inclusion("the root itself as a step of one entry", 0, 1, [root(HASHES[:1])])
    way = proof.consistency_proof(HASHES, 6, 11)
    consistency("sound", 6, 11, way, good=True)
    consistency("sound: from a perfect tree", 8, 11, proof.consistency_proof(HASHES, 8, 11), good=True)
    consistency("sound: equal heads", 6, 6, [], good=True)
    consistency("sound: from nothing", 0, 11, [], good=True, differs={"go": False})
    consistency("a log that shrinks", 11, 6, way)
    consistency("equal heads with a step", 6, 6, [way[0]])
    consistency("from nothing with a step", 0, 11, [way[0]])
    consistency("one step fewer", 6, 11, way[:-1])
    consistency("no step", 6, 11, [])
    consistency("a step too many", 6, 11, [*way, way[0]])
    consistency("the other way round", 6, 11, way[::-1])
    consistency("a bit of a step", 6, 11, [bytes([way[0][0] ^ 1]) + way[0][1:], *way[1:]])
    consistency(
        "a perfect tree's own root as first step", 8, 11, [root(HASHES[:8]), *proof.consistency_proof(HASHES, 8, 11)]
    )
    consistency("another smaller root", 6, 11, way, small_root=root(HASHES[:7]).hex())
    consistency("another larger root", 6, 11, way, large_root=root(HASHES[:12]).hex())
    consistency("equal sizes, different roots", 6, 6, [], large_root=root(HASHES[:7]).hex())
    consistency("the smaller root as the larger", 6, 11, way, large_root=root(HASHES[:6]).hex())
    return {"kind": "proof", "second": [GO], "cases": cases, "note": "Go proves nothing from the empty log."}


def tiles() -> Case:
    """A log of 300 entries as files, and changes of one file each."""
    files = dict(tile.publish(TREE))
    cases: list[Case] = [{"why": "sound", "path": "tile/0/000", "at": 0, "put": "", "good": True}]

    def case(why: str, path: str, at: int, put: bytes, **more: Any) -> None:
        cases.append({"why": why, "path": path, "at": at, "put": put.hex(), "good": False, **more})

    case("a hash changed in a full tile", "tile/0/000", 8191, b"\1")
    case("a hash changed in a partial tile", "tile/0/001.p/44", 0, b"\1")
    case("a hash changed in the tile above", "tile/1/000.p/1", 31, b"\1")
    case("two hashes exchanged", "tile/0/000", 0, HASHES[1] + HASHES[0])
    case("a tile cut short", "tile/0/001.p/44", 43 * 32, b"", cut=True)
    case("a hash too many", "tile/0/001.p/44", 44 * 32, HASHES[0])
    case("a tile that is empty", "tile/1/000.p/1", 0, b"", cut=True)
    case("an entry changed", "tile/entries/000", 3, b"E")
    case("an entry's length changed", "tile/entries/000", 1, b"\6")
    case("a length beyond the end", "tile/entries/001.p/44", 0, b"\xff\xff")
    case("a bundle cut short", "tile/entries/001.p/44", 100, b"", cut=True)
    case("an entry too many", "tile/entries/001.p/44", len(files["tile/entries/001.p/44"]), b"\0\0")
    case("an entry too few", "tile/entries/001.p/44", len(files["tile/entries/001.p/44"]) - 11, b"", cut=True)
    how = "Each case puts bytes into one file at a place; with `cut`, what follows is dropped."
    return {
        "kind": "tile", "second": [GO], "note": how, "head": head(300).encode(),
        "files": {path: data.hex() for path, data in files.items()}, "cases": cases,
    }  # fmt: skip


def forks() -> Case:
    """What proves a fork, and what only looks like it."""
    theirs = [*HASHES[:4], leaf_hash(b"another story"), *HASHES[5:]]
    ours6, ours9 = signed(head(6).encode()).encode(), signed(head(9).encode()).encode()
    theirs6, theirs9 = signed(head(6, theirs).encode()).encode(), signed(head(9, theirs).encode()).encode()
    way = tuple(proof.consistency_proof(theirs, 6, 9))
    cases: list[Case] = []

    def case(why: str, smaller: bytes, larger: bytes, other: bytes, path: tuple[bytes, ...], **more: Any) -> None:
        made = Fork(smaller=smaller, larger=larger, other_root=other, proof=path)
        cases.append({"why": why, "evidence": made.encode().decode(), "good": False, **more})

    root6 = root(theirs[:6])
    case("two stories of one size", ours6, theirs6, root6, (), good=True)
    case("a later head that does not continue an earlier one", ours6, theirs9, root6, way, good=True)
    case("the same head twice", ours6, ours6, root(HASHES[:6]), ())
    case(
        "a head and one that continues it", ours6, ours9, root(HASHES[:6]), tuple(proof.consistency_proof(HASHES, 6, 9))
    )
    case("the larger head first", theirs9, ours6, root6, way)
    case("no proof", ours6, theirs9, root6, ())
    case("the proof of the true continuation", ours6, ours9, root6, tuple(proof.consistency_proof(HASHES, 6, 9)))
    case("a step too many", ours6, theirs9, root6, (*way, way[0]))
    case("another root than the larger head's", ours6, theirs6, root(theirs[:7]), ())
    unsigned = Note(text=head(6, theirs).encode(), lines=signed(head(6, theirs).encode()).lines[:1]).encode()
    case("one head without its ML-DSA line", ours6, unsigned, root6, ())
    case("equal sizes with a step", ours6, theirs6, root6, (way[0],))
    good = cases[1]["evidence"]
    plain = json.loads(good)
    for why, more in {
        "hashes in upper case": {"other_root": plain["other_root"].upper()}, "another version": {"v": 2},
        "a field too many": {"more": 1}, "a space within a hash": {"proof": [f" {step}" for step in plain["proof"]]},
        "a step cut short": {"proof": [step[:-2] for step in plain["proof"]]}, "a proof that is text": {"proof": "00"},
    }.items():  # fmt: skip
        cases.append({"why": why, "evidence": canonical.encode({**plain, **more}).decode(), "good": False})
    cases.append({"why": "a newline behind", "evidence": good + "\n", "good": False})
    false = Note(text=head(6, theirs).encode(), lines=Note.parse(ours6).lines).encode()
    case("one head under the other's lines", ours6, false, root6, ())
    return {"kind": "fork", "second": [GO], "vkeys": [LOG.encode(), LOG_PQ.encode()], "cases": cases}


# -- spellings ---------------------------------------------------------------------------------------------------------


def canonicals() -> Case:
    """JSON that is not in its one spelling, or outside the profile."""
    good: list[tuple[str, bytes]] = [
        ("nothing", b"null"), ("an empty object", b"{}"), ("sorted keys", b'{"B":1,"a":[true,false,null]}'),
        ("the largest integer", b"9007199254740991"), ("the smallest", b"-9007199254740991"),
        ("text in NFC", '"é \u0639\u0645\u0627\u0646"'.encode()), ("escapes that must be", b'"\\"\\\\"'),
        ("a slash is not escaped", b'"/"'), ("depth of 16", b"[" * 17 + b"]" * 17),
    ]  # fmt: skip
    bad: list[tuple[str, bytes]] = [
        ("nothing at all", b""), ("keys not sorted", b'{"b":1,"a":2}'), ("a key twice", b'{"a":1,"a":1}'),
        ("a key twice, once escaped", b'{"a":1,"\\u0061":1}'), ("a key that is not ASCII", '{"é":1}'.encode()),
        ("a key with a control character", b'{"\\n":1}'), ("a float", b"1.5"), ("an integer as a float", b"1.0"),
        ("an exponent", b"1e3"), ("minus zero", b"-0"), ("a leading zero", b"01"), ("a plus", b"+1"),
        ("2^53", b"9007199254740992"), ("-2^53", b"-9007199254740992"), ("an integer of 400 digits", b"1" * 400),
        ("not a number", b"NaN"), ("infinity", b"Infinity"), ("a space", b"[1, 2]"), ("a newline after", b"1\n"),
        ("a byte order mark", b"\xef\xbb\xbf1"), ("UTF-16", '"a"'.encode("utf-16-le")), ("not UTF-8", b'"\xff"'),
        ("an overlong slash", b'"\xc0\xaf"'), ("half a character in UTF-8", b'"\xed\xa0\x80"'),
        ("half a character, escaped", b'"\\ud800"'), ("an escape that need not be", b'"\\u0041"'),
        ("an escaped slash", b'"\\/"'), ("a pair of escapes for one character", b'"\\ud83d\\ude00"'),
        ("not NFC", '"e\u0301"'.encode()), ("a null", b'"\\u0000"'), ("a tab", b'"\\t"'), ("a raw tab", b'"\t"'),
        ("a line separator", '"\u2028"'.encode()), ("a paragraph separator", '"\u2029"'.encode()),
        ("a change of direction", '"a\u202eb"'.encode()), ("an isolate", '"\u2066"'.encode()),
        ("a mark of direction", '"\u200f"'.encode()), ("an Arabic letter mark", '"\u061c"'.encode()),
        ("a control character above ASCII", '"\u0085"'.encode()), ("depth of 17", b"[" * 18 + b"]" * 18),
        ("a comma too many", b"[1,]"), ("a comment", b"1//"), ("single quotes", b"'a'"), ("two values", b"1 2"),
        ("a bare word", b"nul"), ("upper case", b"True"), ("an unfinished text", b'"a'), ("delete", b'"\x7f"'),
    ]  # fmt: skip
    rows = [
        {"why": why, "data": data.hex(), "good": kind}
        for group, kind in ((good, True), (bad, False))
        for why, data in group
    ]
    return {"kind": "canonical", "second": [NOBLE], "cases": rows}


def base64s() -> Case:
    """Base64 in other spellings than its one."""
    good = ["", "QQ==", "QUI=", "QUJD", "+/+/"]
    bad = {
        "no padding": "QQ", "too little padding": "QQ=", "too much": "QQ===", "stray bits of one byte": "QR==",
        "stray bits of two bytes": "QUJ=", "a space within": "Q Q=", "a newline behind": "QQ==\n",
        "a newline within": "QU\nJD", "for addresses": "-_-_", "two texts": "QQ==QQ==", "padding alone": "====",
        "padding in front": "=QQ=", "a letter that is none": "QQ!=", "not ASCII": "QQ\u00e9=",
        "a full-width letter": "\uff31Q==",
        "a null behind": "QQ==\0",
    }  # fmt: skip
    rows: list[Case] = [{"why": "sound", "text": text, "good": True} for text in good]
    return {
        "kind": "base64",
        "second": [NOBLE],
        "cases": rows + [{"why": w, "text": t, "good": False} for w, t in bad.items()],
    }


def leaves() -> Case:
    """What is not the leaf at place 7 of its feed."""
    com, com2 = committed([bytes(32)])
    one = leaf.Leaf(
        origin=Origin(ORIGIN), seq=7, t=1796126400, kind="act", tag="0f" * 16, size=4096, com=com, com2=com2
    )
    plain: dict[str, Any] = json.loads(one.encode())
    cases: list[Case] = [{"why": "sound", "leaf": one.encode().decode(), "good": True}]
    changes: dict[str, dict[str, Any]] = {
        "another place": {"seq": 8}, "another feed": {"origin": "south/exercise-one/1"}, "another version": {"v": 2},
        "a place as text": {"seq": "7"}, "a place that is a truth value": {"seq": True}, "a negative time": {"t": -1},
        "a time as text": {"t": "0"}, "a kind that is none": {"kind": "note"},
        "an upper-case hash": {"com": com.upper()},
        "a short hash": {"com2": com2[:-2]}, "no hash": {"com": ""}, "a short tag": {"tag": "0" * 31},
        "a tag that is no hexadecimal": {"tag": "g" * 32}, "a size as text": {"size": "4096"},
        "env that is no hash": {"env": "x"},
        "a field too many": {"more": 0}, "nothing for a hash": {"com": None}, "a negative size": {"size": -1},
    }  # fmt: skip
    cases += [{"why": w, "leaf": canonical.encode({**plain, **c}).decode(), "good": False} for w, c in changes.items()]
    for name in plain:
        short = canonical.encode({key: value for key, value in plain.items() if key != name}).decode()
        cases.append({"why": f"no {name}", "leaf": short, "good": False})
    spelled = one.encode().decode()
    cases += [
        {"why": "a field twice", "leaf": spelled.replace('"v":1', '"v":1,"v":1'), "good": False},
        {"why": "a space", "leaf": spelled.replace('"v":1', '"v": 1'), "good": False},
        {
            "why": "keys in another order",
            "leaf": json.dumps(dict(reversed(plain.items())), separators=(",", ":")),
            "good": False,
        },
        {"why": "a list of it", "leaf": f"[{spelled}]", "good": False},
        {"why": "too long", "leaf": spelled.replace('"env":""', f'"env":"{"0" * 2048}"'), "good": False},
    ]
    return {"kind": "leaf", "second": [NOBLE], "feed": ORIGIN, "seq": 7, "cases": cases}


def bundles() -> Case:
    """Bundles that are refused whole."""
    frames = [
        Frame(lane=Lane.LEAVES, head={"origin": ORIGIN, "first": 0, "proof": []}, body=bundle.join([b"leaf"])),
        Frame(lane=Lane.ACT, head={"origin": ORIGIN, "seq": 0}, body=b"act"),
    ]
    manifest = {"from": "north", "to": "south", "agreement": "exercise-one", "nonce": "0" * 32}

    def sign(kind: str, body: bytes) -> bytes:
        return ED.sign(suite.pae(kind, body))

    good = bundle.pack(manifest, frames, sign)
    start = len(bundle.MAGIC)
    head_size = int.from_bytes(good[start + 1 : start + 5], "big")
    body_at = start + 9 + head_size
    rest = body_at + 64
    cases: list[Case] = []

    def case(why: str, data: bytes, **more: Any) -> None:
        cases.append({"why": why, "bundle": data.hex(), "good": False, **more})

    def put(at: int, data: bytes) -> bytes:
        return good[:at] + data + good[at + len(data) :]

    case("sound", good, good=True)
    case("sound, and empty", bundle.pack(manifest, [], sign), good=True)
    case("another magic", b"ENTENTE2" + good[8:])
    case("no magic", good[8:])
    case("empty", b"")
    case("the magic alone", good[:8])
    case("cut in the manifest", good[: body_at - 5])
    case("cut in the signature", good[: rest - 1])
    case("without its frames", good[:rest])
    case("cut in the last frame", good[:-1])
    case("a byte behind", good + b"\0")
    case("a whole frame behind", good + frames[1].encode())
    case("the frames in another order", good[:rest] + frames[1].encode() + frames[0].encode())
    case("one bit of the manifest", put(start + 20, bytes([good[start + 20] ^ 1])))
    case("one bit of the signature", put(body_at, bytes([good[body_at] ^ 1])))
    case("the signature's S with the order added", put(body_at + 32, _plus(good[body_at + 32 : rest])))
    case("one bit of a frame's body", put(len(good) - 1, bytes([good[-1] ^ 1])))
    case("one bit of a frame's kind", put(rest, b"\4"))
    case("a manifest of another kind", put(start, b"\1"))
    case("a length of 4 GiB", put(start + 1, b"\xff\xff\xff\xff"))
    case(
        "signed as another kind of bytes", bundle.pack(manifest, frames, lambda _, body: ED.sign(suite.pae("x", body)))
    )
    case("signed without its encoding", bundle.pack(manifest, frames, lambda _, body: ED.sign(body)))
    case("not signed", bundle.pack(manifest, frames, lambda *_: b""))
    raw = frames[0].encode()
    case("a frame of no known kind, signed", _sealed(manifest, b"\x09" + raw[1:], sign))
    case("a frame whose head is no object, signed", _sealed(manifest, b"\x03\0\0\0\2\0\0\0\0[]", sign))
    case("a frame whose head has a space, signed", _sealed(manifest, b"\x03\0\0\0\3\0\0\0\0{ }", sign))
    case("a frame that ends too early, signed", _sealed(manifest, raw[:-1], sign))
    case("a head of 64 KiB and one, signed", _sealed(manifest, b"\x03\0\1\0\1\0\0\0\0", sign))
    case("no sender, signed", bundle.pack({**manifest, "from": 1}, frames, sign))
    return {"kind": "bundle", "second": [NOBLE], "exchange": ED_PUBLIC.hex(), "cases": cases}


def _plus(raw: bytes) -> bytes:
    return (int.from_bytes(raw, "little") + ORDER).to_bytes(32, "little")


def _sealed(manifest: Case, rest: bytes, sign: Callable[[str, bytes], bytes]) -> bytes:
    """A bundle with any bytes for frames, under a manifest that truly names them."""
    from hashlib import sha256

    named = {**manifest, "v": 1, "body": sha256(rest).hexdigest()}
    signature = sign(bundle.MANIFEST, canonical.encode(named))
    return bundle.MAGIC + Frame(lane=Lane.MANIFEST, head=named, body=signature).encode() + rest


W1_ORIGIN = "http://north.localhost:8700"
W1_BODY = '{"agreement":"vectors","verb":"decision.give"}'


def aparts() -> Case:
    """Evidence of the second form: two roots at one size, and from each a way to a head that was signed (FEED-74)."""
    theirs = [*HASHES[:4], leaf_hash(b"another story"), *HASHES[5:]]

    def way(hashes: list[bytes], *sizes: int) -> tuple[Step, ...]:
        return tuple(
            Step(size=b, root=root(hashes[:b]), proof=tuple(proof.consistency_proof(hashes[:b], a, b)))
            for a, b in pairwise(sizes)
        )

    def side(hashes: list[bytes], *sizes: int) -> Side:
        note = signed(head(sizes[-1], hashes).encode()).encode()
        return Side(head=note, root=root(hashes[: sizes[0]]), steps=way(hashes, *sizes))

    def two(one: Side, another: Side, size: int = 6) -> Apart:
        return Apart(size=size, sides=(one, another))

    ours, other = side(HASHES, 6, 9), side(theirs, 6, 8)
    good = Apart(size=6, sides=(ours, other))
    unsigned = Note(text=head(8, theirs).encode(), lines=signed(head(8, theirs).encode()).lines[:1]).encode()
    stays, back = Step(size=6, root=ours.root, proof=()), way(HASHES, 6, 9)
    evidence = {
        "two ways from one size": (good, True),
        "several steps on one side": (two(side(HASHES, 6, 7, 9, 10), other), True),
        "no step where the head has that size": (two(side(HASHES, 8, 9), side(theirs, 8), 8), True),
        "the sides the other way round": (two(other, ours), True),
        "one side twice": (two(ours, ours), False),
        "two ways before the parting": (two(side(HASHES, 4, 9), side(theirs, 4, 8), 4), False),
        "another size": (two(ours, other, 5), False),
        "no entries": (two(replace(ours, root=HASHES[0]), other, 0), False),
        "a root that the steps do not begin from": (two(replace(ours, root=other.root), other), False),
        "steps that end before the head": (two(replace(ours, steps=way(HASHES, 6, 8)), other), False),
        "no steps": (two(replace(ours, steps=()), other), False),
        "a step that stays where it is": (two(replace(ours, steps=(stays, *ours.steps)), other), False),
        "a step back": (two(replace(ours, steps=(*back, *back)), other), False),
        "one head without its ML-DSA line": (two(ours, replace(other, head=unsigned)), False),
    }
    cases: list[Case] = [
        {"why": why, "evidence": made.encode().decode(), "good": is_good} for why, (made, is_good) in evidence.items()
    ]
    plain = json.loads(good.encode())
    for why, more in {
        "three sides": {"sides": [*plain["sides"], plain["sides"][0]]}, "one side": {"sides": plain["sides"][:1]},
        "a field too many": {"more": 1}, "the first form's number": {"v": 1}, "a size that is text": {"size": "6"},
        "a root in upper case": {"sides": [{**one, "root": one["root"].upper()} for one in plain["sides"]]},
        "a step of two": {"sides": [{**one, "steps": [step[:2] for step in one["steps"]]} for one in plain["sides"]]},
        "a step whose size is text": {
            "sides": [{**one, "steps": [[str(n), r, p] for n, r, p in one["steps"]]} for one in plain["sides"]]},
    }.items():  # fmt: skip
        cases.append({"why": why, "evidence": canonical.encode({**plain, **more}).decode(), "good": False})
    cases.append({"why": "a newline behind", "evidence": good.encode().decode() + "\n", "good": False})
    return {"kind": "apart", "second": [NOBLE], "vkeys": [LOG.encode(), LOG_PQ.encode()], "cases": cases}


# -- sealed grants -----------------------------------------------------------------------------------------------------


def grants() -> Case:
    """A grant sealed with HPKE, opened by its recipient's key for its own bundle alone (FEED-17)."""
    ours, others = (
        SealKey(MLKEM768PrivateKey.from_seed_bytes(seed * 2), X25519PrivateKey.from_private_bytes(seed))
        for seed in (bytes([17] * 32), bytes([18] * 32))
    )
    grant = sealed.spell_grant([(bytes([1] * 32), bytes([2] * 32)), (bytes([3] * 32), bytes([4] * 32))])
    info, nonce = sealed.info_of("exercise-one", "north", "south", "0" * 32), "0" * 32
    data = SIGNATURES.sealed(ours, grant, info)
    other = SIGNATURES.sealed(others, grant, info)
    lifted = {
        "another nonce": sealed.info_of("exercise-one", "north", "south", "1" + nonce[1:]),
        "another sender": sealed.info_of("exercise-one", "east", "south", nonce),
        "another recipient": sealed.info_of("exercise-one", "north", "east", nonce),
        "another agreement": sealed.info_of("exercise-two", "north", "south", nonce),
        "the info with a space": info.replace(b",", b", ", 1),
        "no info": b"",
    }  # fmt: skip
    places = {
        "ML-KEM's ciphertext": 0, "the end of ML-KEM's ciphertext": 1087, "X25519's ciphertext": 1088,
        "the last byte of X25519's": 1119, "the sealed grant": 1120, "its tag": len(data) - 1,
    }  # fmt: skip
    cases: list[Case] = [{"why": "sealed to this key for this bundle", "good": True}]
    cases += [{"why": f"lifted: {why}", "good": False, "info": bound.decode()} for why, bound in lifted.items()]
    cases += [
        {"why": f"a changed byte of {why}", "good": False, "edits": [[at, f"{data[at] ^ 1:02x}"]]}
        for why, at in places.items()
    ]
    cases += [
        {"why": "sealed to another key", "good": False, "edits": [[0, other.hex()]]},
        {"why": "X25519's part alone of another", "good": False, "edits": [[1088, other[1088:1120].hex()]]},
        {"why": "a byte more", "good": False, "length": len(data) + 1},
        {"why": "a byte less", "good": False, "length": len(data) - 1},
        {"why": "its head alone", "good": False, "length": 1120},
        {"why": "nothing", "good": False, "length": 0},
    ]  # fmt: skip
    return {
        "kind": "grant", "second": [NOBLE],
        "recipient": {"mlkem_seed": "11" * 64, "x25519": "11" * 32, "seal": ours.public().hex()},
        "base": {"sealed": data.hex(), "info": info.decode(), "grant": grant.hex()},
        "cases": cases,
    }  # fmt: skip


def passkeys() -> Case:
    """Suite W1: assertions of both algorithms, and everything about one that must be as it is."""
    kind, body = suite.STATEMENT, W1_BODY.encode()
    key, edwards, other = (
        Authenticator(origin=W1_ORIGIN, seed=name.encode(), ed25519=name == "edwards")
        for name in ("nist", "edwards", "other")
    )
    without = key.sign(kind, body, client=W1_SHORT + b"}")
    rows: list[Case] = [
        {"why": "an honest assertion with ES256", "good": True},
        {
            "why": "an honest assertion with Ed25519",
            "good": True,
            "public": edwards.public.plain(),
            "signature": edwards.sign(kind, body),
        },
        {
            "why": "a browser that leaves out crossOrigin, being false",
            "good": True,
            "signature": key.sign(kind, body, client=W1_SHORT + b"}"),
        },
        {
            "why": "a browser that says more behind",
            "good": True,
            "signature": key.sign(kind, body, client=HONEST[:-1] + b',"extra":"do not compare with a template"}'),
        },
        {
            "why": "a passkey that is kept on several devices",
            "good": True,
            "signature": key.sign(kind, body, flags=0x1D),
        },
    ]
    bad = {
        "another statement's challenge": {"signature": key.sign(kind, body + b" ")},
        "a challenge in padded base64": {"signature": key.sign(kind, body, client=HONEST.replace(b'e)s"', b'e)s="'))},
        "another kind's challenge": {"signature": key.sign("application/vnd.entente.passkey+json", body)},
        "nobody verified": {"signature": key.sign(kind, body, flags=0x01)},
        "nobody present": {"signature": key.sign(kind, body, flags=0x04)},
        "a reserved flag": {"signature": key.sign(kind, body, flags=0x07)},
        "backed up, though it cannot be": {"signature": key.sign(kind, body, flags=0x15)},
        "a flag that says that extensions follow": {"signature": key.sign(kind, body, flags=0x85, more=b"\xa0")},
        "a byte behind the authenticator data": {"signature": key.sign(kind, body, more=b"\0")},
        "authenticator data cut short": {"signature": key.answer(*_cut(key.sign(kind, body)))},
        "another relying party": {"signature": key.sign(kind, body, relying_party="localhost")},
        "another origin": {"signature": key.sign(kind, body, origin="http://north.localhost:8701")},
        "an origin under the same host's other scheme": {"signature": key.sign(kind, body, origin="https://north.localhost:8700")},
        "a page inside another site's": {"signature": key.sign(kind, body, client=HONEST.replace(b"false", b"true"))},
        "a page inside another's, the top named": {
            "signature": key.sign(kind, body, client=W1_SHORT + b',"topOrigin":"https://other.example"}')},
        "the making of a key in place of its use": {"signature": key.sign(kind, body, client=W1_MAKING)},
        "members in another order": {
            "signature": key.sign(kind, body, client=W1_TURNED)},
        "a space in the client data": {"signature": key.sign(kind, body, client=HONEST.replace(b",", b", ", 1))},
        "bytes behind the client data": {"signature": key.sign(kind, body, client=HONEST + b"\n")},
        "client data that does not end": {"signature": key.sign(kind, body, client=HONEST[:-1] + b",")},
        "client data that is too long": {
            "signature": key.sign(kind, body, client=HONEST[:-1] + b',"extra":"' + b"x" * 2048 + b'"}')},
        "another key of the same address": {"signature": other.sign(kind, body)},
        "another body": {"body": W1_BODY + " "},
        "a signature over other client data": {"signature": without | {"client_data": _client(key.sign(kind, body))}},
        "no signature": {"signature": key.sign(kind, body) | {"signature": ""}},
        "a byte behind the signature": {"signature": _longer(key.sign(kind, body))},
        "an Ed25519 signature under an ES256 key": {"signature": edwards.sign(kind, body)},
        "a key file's halves": {"signature": {"ed25519": "", "mldsa65": ""}},
        "a field too many": {"signature": key.sign(kind, body) | {"user_handle": ""}},
        "a field too few": {"signature": {n: t for n, t in key.sign(kind, body).items() if n != "client_data"}},
        "base64 for addresses": {"signature": {n: t.rstrip("=") for n, t in key.sign(kind, body).items()}},
    }  # fmt: skip
    rows += [{"why": why, "good": False, **row} for why, row in bad.items()]
    rows += sheets(key)
    plain = key.public.plain()
    cose = key.public.cose
    keys = {
        "a COSE key with a byte behind it": {"cose": b64(cose + b"\0")},
        "a COSE key cut short": {"cose": b64(cose[:-1])},
        "a COSE key of another algorithm": {"cose": b64(cose.replace(bytes.fromhex("0326"), bytes.fromhex("0338"), 1))},
        "a COSE key whose lengths are spelt longer": {"cose": b64(cose.replace(b"X ", b"Y\0 ", 1))},
        "a COSE key in another order": {"cose": b64(cose[:1] + cose[3:5] + cose[1:3] + cose[5:])},
        "a COSE key with a label twice": {"cose": b64(b"\xa6" + cose[1:] + bytes.fromhex("0102"))},
        "a point that is not on the curve": {"cose": b64(cose[:-1] + bytes([cose[-1] ^ 1]))},
        "an Ed25519 key of small order": {"cose": b64(edwards.public.cose[:10] + bytes([1] + [0] * 31))},
        "no credential": {"credential": ""},
        "an origin with a path": {"origin": W1_ORIGIN + "/"},
        "an origin with the usual port": {"origin": "http://north.localhost:80"},
        "an origin in capitals": {"origin": W1_ORIGIN.replace("north", "North")},
        "a plain address of the network": {"origin": "http://desk.example:8700"},
        "a number for a host": {"origin": "https://192.0.2.7"},
        "another suite": {"suite": "E1"},
        "a field of its own": {"name": "desk"},
    }  # fmt: skip
    rows += [{"why": why, "good": False, "public": plain | change} for why, change in keys.items()]
    return {
        "kind": "w1", "second": [NOBLE],
        "base": {"public": plain, "kind": kind, "body": W1_BODY, "signature": key.sign(kind, body)},
        "cases": rows,
    }  # fmt: skip


def sheets(key: Authenticator) -> list[Case]:
    """What one touch signs together (SIGN-20 to SIGN-22): `W1_BODY` among others, and what is no place of it there."""
    others = [(suite.STATEMENT, f'{{"verb":"stop.lift","subject":"stop/north/{n}"}}'.encode()) for n in range(4)]
    ours = (suite.STATEMENT, W1_BODY.encode())
    items = [others[0], ours, *others[1:]]
    made = key.sign_together(items)[1]
    assertion = {name: text for name, text in made.items() if name != "sheet"}
    path = base64.b64decode(made["sheet"])
    turned = [ours, *others]

    def put(data: bytes) -> Case:
        return {"signature": assertion | {"sheet": b64(data)}}

    def signed(words: bytes, place: str = made["sheet"], kind: str = sheet.KIND) -> Case:
        return {"signature": key.sign(kind, words) | {"sheet": place}}

    words = sheet.words(items)
    good = {
        "the second of five at one touch": {"signature": made},
        "the last of five, which is carried up": {"signature": key.sign_together([*others, ours])[4]},
        "one of two": {"signature": key.sign_together([ours, others[0]])[0]},
    }
    bad = {
        "one of a sheet, its place left out": {"signature": assertion},
        "another of the sheet": {"signature": made, "body": others[0][1].decode()},
        "at another's place of the sheet": put(bytes([2]) + path[1:]),
        "with another's path": {"signature": assertion | {"sheet": sheet.place(items, 2)}},
        "the same things in another order": {"signature": assertion | {"sheet": sheet.place(turned, 0)}},
        "one more than were signed": {"signature": assertion | {"sheet": sheet.place([*items, (PACKAGE, b"x")], 1)}},
        "another number of leaves, with a path as long": put(bytes([1, 6]) + path[2:]),
        "a place beyond the number": put(bytes([5]) + path[1:]),
        "a path with a hash too few": put(path[:-32]),
        "a path with a hash too many": put(path + bytes(32)),
        "half a hash behind the path": put(path + bytes(16)),
        "no place at all": put(b""),
        "a place and no number": put(path[:1]),
        "one alone, spelt as a sheet": signed(sheet.words([ours]), b64(bytes([0, 1]))),
        "a sheet of none": put(bytes([0, 0])),
        "a sheet of 65": _long(key, ours),
        "a statement's own challenge": signed(W1_BODY.encode(), kind=suite.STATEMENT),
        "the sheet's words as a statement": signed(words, kind=suite.STATEMENT),
        "the root alone": signed(words[9:73]),
        "words without their version": signed(words.replace(b',"v":1', b"")),
        "words spelt with spaces": signed(words.replace(b":", b": ")),
        "a sheet of packages": {"signature": key.sign_together([(PACKAGE, body) for _, body in items])[1]},
        "leaves that are the bodies alone": signed(*_bare(items)),
        "base64 without its padding": {"signature": made | {"sheet": made["sheet"].rstrip("=")}},
    }  # fmt: skip
    return [
        {"why": why, "good": holds, **row} for rows, holds in ((good, True), (bad, False)) for why, row in rows.items()
    ]


PACKAGE = "application/vnd.entente.package+json"


def _long(key: Authenticator, ours: sheet.Item) -> Case:
    hashes = [leaf_hash(suite.pae(*ours))] * 65
    words = sheet.words([ours] * 65)
    path = b"".join(inclusion_proof(hashes, 0, 65))
    return {"signature": key.sign(sheet.KIND, words) | {"sheet": b64(bytes([0, 65]) + path)}}


def _bare(items: list[sheet.Item]) -> tuple[bytes, str]:
    """A sheet whose leaves leave out the type."""
    hashes = [leaf_hash(body) for _, body in items]
    words = canonical.encode({"v": 1, "size": len(items), "root": root(hashes).hex()})
    return words, b64(bytes([1, len(items)]) + b"".join(inclusion_proof(hashes, 1, len(items))))


W1_SHORT = HONEST.partition(b',"crossOrigin"')[0]
W1_MAKING = HONEST.replace(b".get", b".create")
W1_TURNED = b'{"challenge":"%(challenge)s","type":"webauthn.get","origin":"%(origin)s","crossOrigin":false}'


def _cut(signature: dict[str, str]) -> tuple[bytes, bytes]:
    return base64.b64decode(signature["authenticator_data"])[:-1], base64.b64decode(signature["client_data"])


def _client(signature: dict[str, str]) -> str:
    return signature["client_data"]


def _longer(signature: dict[str, str]) -> dict[str, str]:
    return signature | {"signature": b64(base64.b64decode(signature["signature"]) + b"\0")}


def files() -> dict[str, Case]:
    """Every file by its name."""
    made = {
        "ed25519": ed25519(), "mldsa44": mldsa("44", b""), "mldsa65": mldsa("65", suite.CONTEXT), "e1": statements(),
        "w1": passkeys(),
        "note": notes(), "cosignature": cosignatures(),
        "proof": proofs(), "tile": tiles(), "fork": forks(), "apart": aparts(), "grant": grants(),
        "canonical": canonicals(),
        "base64": base64s(), "leaf": leaves(), "bundle": bundles(),
    }  # fmt: skip
    origin = "Made by tools/negative.py; checked by tests/strangers with this project's code and that under `second`."
    for name, value in made.items():
        made[name] = {"origin": origin, **value}
    return made


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, value in files().items():
        text = json.dumps(value, indent=1, ensure_ascii=True)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    KEPT.write_text(json.dumps(SIGNATURES.used, indent=1, sort_keys=True) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
