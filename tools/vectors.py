"""Makes spec/vectors/feed/*.json: parts, leaves, tags, statements and bundles, from fixed seeds.

Run `python tools/vectors.py`; what it writes is the same each time, so a difference in git is a change of format.
ML-DSA signatures are hedged and differ each time: the vectors hold one of each and are only verified again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

from entente import canonical
from entente.feed import attachment, bundle, leaf, sealed, suite
from entente.feed.bundle import Frame, Lane
from entente.feed.part import Part, committed
from entente.ids import CircleId, Hash, OfficerId, Origin, SubjectId
from entente.joint import act
from entente.joint.act import Head, Signer, Statement
from entente.node.custody import SigningKey

FOLDER = Path(__file__).parents[1] / "spec" / "vectors" / "feed"
ORIGIN = Origin("north/exercise-one/1")
MADE = "tools/vectors.py; checked by tests/feed/test_vectors.py with hashlib, hmac and struct alone"
CIRCLE_KEY = sha256(b"vectors/circle").digest()


def parts() -> list[Part]:
    """An act, a plan and an empty note, each with its own salt."""
    data = {"act": b'{"a":1}', "plan": '{"name":"é"}'.encode(), "note": b""}
    return [Part(name=name, salt=sha256(f"vectors/{name}".encode()).digest(), data=raw) for name, raw in data.items()]


def part_vectors() -> dict[str, Any]:
    """Parts with their commitments, and the two hashes that bind all three."""
    rows = [
        {"name": p.name, "salt": p.salt.hex(), "data": p.data.hex(), "commitment": p.commitment.hex()} for p in parts()
    ]
    com, com2 = committed([p.commitment for p in parts()])
    return {"origin": MADE, "parts": rows, "com": com, "com2": com2}


def sealed_vectors() -> dict[str, Any]:
    """Those parts sealed, what grants them, and that grant sealed by HPKE to a key from fixed seeds."""
    rows = [
        {"salt": p.salt.hex(), "key": sealed.key_of(p.salt).hex(), "sealed": sealed.sealed(p).hex()} for p in parts()
    ]
    grant = sealed.spell_grant((sealed.name_of(sealed.sealed(p)), p.salt) for p in parts())
    return {
        "origin": MADE,
        "parts": rows,
        "grant": grant.hex(),
        "info": sealed.info_of("exercise-one", "north", "south", "0" * 32).decode(),
        "rooms": {
            str(size): len(sealed.sealed(Part(name="x", salt=bytes(32), data=bytes(size)))) - 16 for size in SIZES
        },
    }


def attachment_vectors() -> dict[str, Any]:
    """A file of two chunks, byte i of which is i mod 251: its description, and each chunk's salt and ciphertext."""
    data = bytes(at % 251 for at in range(40_000))
    paper = attachment.describe("strip.pdf", "application/pdf", data, seed=sha256(b"vectors/seed").digest())
    rows = [
        {"salt": paper.salt(number).hex(), "sealed_sha256": sha256(paper.sealed(number, piece)).hexdigest()}
        for number, piece in enumerate(attachment.pieces(data))
    ]
    return {"origin": MADE, "bytes": len(data), "description": paper.encode().decode(), "chunks": rows}


SIZES = (0, 1, 7, 8, 100, 1000, 5000, 16384, 1048576)


def leaf_vectors() -> dict[str, Any]:
    """A leaf of circle ab at place 7."""
    com, com2 = committed([p.commitment for p in parts()])
    one = leaf.Leaf(
        origin=ORIGIN, seq=7, t=1796126400, kind="act", tag=leaf.tag(CIRCLE_KEY, ORIGIN, 7), size=leaf.bucket(5000),
        com=com, com2=com2,
    )  # fmt: skip
    return {
        "origin": MADE,
        "circle_key": CIRCLE_KEY.hex(),
        "feed": ORIGIN,
        "seq": 7,
        "tag": one.tag,
        "leaf": one.encode().decode(),
    }


def signing_key() -> SigningKey:
    """The officer's key, from fixed seeds."""
    return SigningKey(
        "north/senior", Ed25519PrivateKey.from_private_bytes(bytes(32)), MLDSA65PrivateKey.from_seed_bytes(bytes(32))
    )


def statement() -> Statement:
    """A STOP that a senior officer signs."""
    key = signing_key()
    signer = Signer(
        office="senior", officer=OfficerId("north/senior"), key=key.public.fingerprint, suite=suite.SUITE,
        shown=Hash("1" * 64), language="en", catalogue="1",
        seen=(Head(Origin("south/exercise-one/1"), 3, Hash("2" * 64)),), nonce="0" * 32,
        expires="2026-12-01T06:15:00.000Z",
    )  # fmt: skip
    return Statement(
        agreement=Hash("3" * 64), circle=CircleId("ab"), verb="stop.send", subject=SubjectId("stop/north/one"),
        body={"reason": "civilians_present", "operation": "", "note": "é"},
        details=(("shown", Hash(parts()[2].commitment.hex())),), signer=signer,
    )  # fmt: skip


def statement_vectors(old: dict[str, Any]) -> dict[str, Any]:
    """A signed statement and the act that holds it; an older signature is kept while the words are the same."""
    words = statement().encode()
    signature = signing_key().sign(suite.STATEMENT, words)
    if old.get("statement") == words.decode():
        signature = old["signature"]
    at = datetime(2026, 12, 1, 6, tzinfo=UTC)
    assert statement().signer is not None
    data = act.write(statement(), at, (Head(Origin("south/exercise-one/1"), 3, Hash("2" * 64)),), signature)
    return {
        "origin": MADE + "; the signature by cryptography 50 (OpenSSL), from all-zero seeds",
        "kind": suite.STATEMENT,
        "public": signing_key().public.plain(),
        "fingerprint": signing_key().public.fingerprint,
        "statement": words.decode(),
        "pae": suite.pae(suite.STATEMENT, words).hex(),
        "signature": signature,
        "act": data.decode(),
        "act_digest": sha256(data).hexdigest(),
    }


def bundle_vectors() -> dict[str, Any]:
    """A bundle of two frames; the exchange key's seed is all ones."""
    exchange = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
    frames = [
        Frame(lane=Lane.ACT, head={"origin": ORIGIN, "seq": 0}, body=b"act"),
        Frame(lane=Lane.STOP, head={"statement": {}}, body=b""),
    ]
    manifest = {"from": "north", "to": "south", "agreement": "exercise-one", "nonce": "0" * 32}
    data = bundle.pack(manifest, frames, lambda kind, body: exchange.sign(suite.pae(kind, body)))
    public = exchange.public_key().public_bytes_raw().hex()
    return {"origin": MADE, "exchange_public": public, "bundle": data.hex(), "lanes": [int(Lane.STOP), int(Lane.ACT)]}


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    statements = FOLDER / "statement.json"
    old = json.loads(statements.read_text(encoding="utf-8")) if statements.exists() else {}
    made = {
        "part": part_vectors(),
        "sealed": sealed_vectors(),
        "attachment": attachment_vectors(),
        "leaf": leaf_vectors(),
        "statement": statement_vectors(old),
        "bundle": bundle_vectors(),
    }
    for name, value in made.items():
        canonical.check(value)
        path = FOLDER / f"{name}.json"
        path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
