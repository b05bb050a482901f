"""Negative vectors: our code, Go and noble say of every case what its file says, disagreements included."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey, MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from tests.strangers.toolchain import HERE, VECTORS, build_go, noble

from entente import canonical
from entente.errors import EntenteError
from entente.feed import bundle, fork, leaf, passkey, suite
from entente.node.custody import SealKey
from entente.tlog import proof, tile
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.curve import require_sound
from entente.tlog.head import open_head
from entente.tlog.note import NoteKey

Row = dict[str, Any]
FILES: dict[str, Row] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in VECTORS.glob("*.json")}
COUNTED = {
    "apart", "base64", "bundle", "canonical", "cosignature", "e1", "ed25519", "fork", "grant", "leaf", "mldsa44",
    "mldsa65", "note", "proof", "tile", "w1",
}  # fmt: skip


def edited(data: bytes, edits: list[tuple[int, str]], length: int | None) -> bytes:
    made = bytearray(data.ljust(length or 0, b"\0")[: len(data) if length is None else length])
    for at, put in edits:
        made[at : at + len(put) // 2] = bytes.fromhex(put)
    return bytes(made)


def judge_ed25519(row: Row, file: Row) -> None:
    public = bytes.fromhex(row["public"])
    require_sound(public)
    key = Ed25519PublicKey.from_public_bytes(public)
    key.verify(bytes.fromhex(row["signature"]), bytes.fromhex(row["message"]))


def judge_mldsa(kind: type[MLDSA44PublicKey] | type[MLDSA65PublicKey]) -> Callable[[Row, Row], None]:
    def judge(row: Row, file: Row) -> None:
        base = {name: bytes.fromhex(row.get(name, value)) for name, value in file["base"].items()}
        public = edited(base["public"], row.get("public_edits", []), row.get("public_length"))
        signature = edited(base["signature"], row.get("edits", []), row.get("length"))
        kind.from_public_bytes(public).verify(signature, base["message"], base["context"])

    return judge


def judge_e1(row: Row, file: Row) -> None:
    given = {**file["base"], **row}
    suite.verify(suite.public_key(given["public"]), given["kind"], given["body"].encode(), given["signature"])


def judge_w1(row: Row, file: Row) -> None:
    given = {**file["base"], **row}
    passkey.verify(passkey.read(given["public"]), given["kind"], given["body"].encode(), given["signature"])


def keys(file: Row) -> list[NoteKey]:
    return [NoteKey.parse(text) for text in file["vkeys"]]


def judge_proof(row: Row, file: Row) -> None:
    steps = [bytes.fromhex(step) for step in row["proof"]]
    if row["type"] == "inclusion":
        where, at = bytes.fromhex(row["leaf"]), bytes.fromhex(row["root"])
        proof.verify_inclusion(row["index"], row["size"], where, at, steps)
    else:
        roots = bytes.fromhex(row["small_root"]), bytes.fromhex(row["large_root"])
        proof.verify_consistency(row["small"], row["large"], *roots, steps)


def judge_tile(row: Row, file: Row) -> None:
    files = {path: bytes.fromhex(data) for path, data in file["files"].items()}
    kept, put = files[row["path"]], bytes.fromhex(row["put"])
    rest = b"" if row.get("cut") else kept[row["at"] + len(put) :]
    files[row["path"]] = kept[: row["at"]] + put + rest
    tile.read(Checkpoint.parse(file["head"]), files.__getitem__)


def judge_fork(row: Row, file: Row) -> None:
    found = fork.decode(row["evidence"].encode())
    fork.check(found, lambda data: open_head(data, keys(file)).checkpoint)


def judge_grant(row: Row, file: Row) -> None:
    halves = (bytes.fromhex(file["recipient"][name]) for name in ("mlkem_seed", "x25519"))
    key = SealKey(MLKEM768PrivateKey.from_seed_bytes(next(halves)), X25519PrivateKey.from_private_bytes(next(halves)))
    given = {**file["base"], **row}
    sealed = edited(bytes.fromhex(given["sealed"]), row.get("edits", []), row.get("length"))
    assert key.public().hex() == file["recipient"]["seal"]
    assert key.open(sealed, given["info"].encode()).hex() == given["grant"]


def judge_bundle(row: Row, file: Row) -> None:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(file["exchange"]))
    data = bytes.fromhex(row["bundle"])
    bundle.unpack(data, lambda kind, body, signature: key.verify(signature, suite.pae(kind, body)))


JUDGES: dict[str, Callable[[Row, Row], object]] = {
    "ed25519": judge_ed25519,
    "mldsa44": judge_mldsa(MLDSA44PublicKey),
    "mldsa65": judge_mldsa(MLDSA65PublicKey),
    "e1": judge_e1,
    "w1": judge_w1,
    "note": lambda row, file: open_head(row["note"].encode(), keys(file)),
    "cosignature": lambda row, file: open_head(row["note"].encode(), keys(file)),
    "proof": judge_proof,
    "tile": judge_tile,
    "fork": judge_fork,
    "apart": judge_fork,
    "grant": judge_grant,
    "canonical": lambda row, file: canonical.decode(bytes.fromhex(row["data"])),
    "base64": lambda row, file: suite.unb64(row["text"]),
    "leaf": lambda row, file: leaf.decode(row["leaf"].encode(), file["feed"], file["seq"]),
    "bundle": judge_bundle,
}


def test_there_are_vectors_for_every_signature_and_encoding() -> None:
    assert set(FILES) == set(JUDGES) == COUNTED
    assert all({row["good"] for row in file["cases"]} == {True, False} for file in FILES.values())


CASES = [(name, row["why"], row) for name, file in sorted(FILES.items()) for row in file["cases"]]


@pytest.mark.parametrize(("name", "why", "row"), CASES, ids=[f"{name}: {why}" for name, why, _ in CASES])
def test_a_case_is_taken_or_refused_as_the_page_says(name: str, why: str, row: Row) -> None:
    """CANON-1, CANON-2, CANON-3, CANON-4, CANON-5, CANON-6, SIGN-1, SIGN-3, SIGN-4, SIGN-5, SIGN-7, SIGN-10,
    SIGN-11, SIGN-13, SIGN-14, SIGN-15, SIGN-16, TLOG-4, TLOG-5, TLOG-6, TLOG-7, TLOG-9, TLOG-10, TLOG-11, TLOG-12,
    TLOG-15, TLOG-16, FEED-5, FEED-17, FEED-30, FEED-32, FEED-40, FEED-41, FEED-74.
    """
    refusals = (EntenteError,) if name not in ("ed25519", "mldsa44", "mldsa65", "bundle") else (Exception,)
    try:
        JUDGES[name](row, FILES[name])
    except refusals:
        assert not row["good"]
    else:
        assert row["good"]


@pytest.mark.slow
def test_go_agrees_case_by_case(tmp_path: Path) -> None:
    ran = subprocess.run([str(build_go(tmp_path)), "vectors", str(VECTORS)], capture_output=True, text=True)

    assert ran.returncode == 0, ran.stderr
    require_agreement(
        "go",
        json.loads(ran.stdout),
        {"cosignature", "e1", "ed25519", "fork", "mldsa44", "mldsa65", "note", "proof", "tile"},
    )


def test_noble_agrees_case_by_case() -> None:
    found = noble("vectors", str(VECTORS))

    require_agreement("noble", found, COUNTED - {"tile"})


def require_agreement(who: str, found: dict[str, list[bool]], kinds: set[str]) -> None:
    assert set(found) == kinds
    apart = [
        (name, row["why"], verdict)
        for name, verdicts in found.items()
        for row, verdict in zip(FILES[name]["cases"], verdicts, strict=True)
        if verdict != row.get("differs", {}).get(who, row["good"])
    ]
    assert apart == []


def test_the_generator_makes_the_same_vectors_again() -> None:
    spec = importlib.util.spec_from_file_location("negative", HERE.parents[1] / "tools" / "negative.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["negative"] = made
    spec.loader.exec_module(made)

    assert made.files() == FILES
