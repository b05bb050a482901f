"""Go verifies a feed of 100,000 leaves, 1,000 of them persons' acts, and refuses it changed; noble the persons'."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.strangers.toolchain import build_go, noble

from entente.cli.main import main
from entente.feed import leaf, suite
from entente.ids import Origin
from entente.node import command, custody
from entente.testing.homes import HomeMember, form
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import Frontier, leaf_hash
from entente.tlog.proof import consistency_proof, inclusion_proof

AGREEMENT = "exercise-cell"
LEAVES, PERSONS, ROUNDS = 100_000, 1_000, 10


@dataclass
class Published:
    """A feed as files, with what a stranger trusts beside it, and the program that checks it."""

    folder: Path
    program: Path
    root: str

    def check(self) -> subprocess.CompletedProcess[str]:
        trusted = self.folder.parent
        arguments = ["-vkeys", trusted / "trusted-vkeys", "-root", self.root]
        arguments += ["-heads", trusted / "heads", "-proofs", trusted / "proofs.json"]
        line = [str(part) for part in (self.program, "feed", self.folder, *arguments)]
        return subprocess.run(line, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("published")
    north = form(folder / "homes", "north", "south")["north"]
    (folder / "heads").mkdir()
    origin = north.node.book(AGREEMENT).origin
    while (size := north.node.book(AGREEMENT).size(origin)) < LEAVES:
        round_ = size * ROUNDS // LEAVES
        row = north.node.store.feed(origin)
        assert row is not None and row.checkpoint is not None
        (folder / "heads" / f"{size}").write_bytes(row.checkpoint)
        send_stops(north, round_, PERSONS // ROUNDS)
        fill(north, origin, (round_ + 1) * LEAVES // ROUNDS)
    hashes = north.node.store.leaf_hashes(origin, 0, LEAVES)
    places = range(0, LEAVES, 9_973)
    inclusion = [{"index": n, "proof": [h.hex() for h in inclusion_proof(hashes, n, LEAVES)]} for n in places]
    consistency = [{"small": n, "proof": [h.hex() for h in consistency_proof(hashes, n, LEAVES)]} for n in places[1:]]
    proofs = json.dumps({"inclusion": inclusion, "consistency": consistency})
    (folder / "proofs.json").write_text(proofs, encoding="utf-8")
    keys = "".join(f"{key.encode()}\n" for key in custody.note_keys(origin, north.card["keys"]))
    (folder / "trusted-vkeys").write_text(keys, encoding="utf-8", newline="\n")
    north.node.close()

    home = str(north.home.path)
    assert main(["record", "tiles", "--home", home, "--out", str(folder / "feed"), "--acts"]) == 0
    return Published(folder / "feed", build_go(folder), north.root.public.fingerprint)


def send_stops(north: HomeMember, round_: int, count: int) -> None:
    """Let the senior officer say so many things, each signed."""
    drafts = [
        north.draft(command.stop(AGREEMENT, "all", "north", f"s{round_}-{number}", "other")) for number in range(count)
    ]
    key = north.key("senior")
    north.node.say_all([(draft, key.sign(suite.STATEMENT, draft.message)) for draft in drafts])


def fill(north: HomeMember, origin: str, size: int) -> None:
    """Add leaves that say nothing, up to `size`, and sign the head over all."""
    row = north.node.store.feed(origin)
    assert row is not None
    run = [
        leaf.Leaf(
            origin=Origin(origin), seq=seq, t=1796126400, kind="pad", tag=leaf_hash(b"%d" % seq).hex()[:32], size=4096,
            com="0" * 64, com2="1" * 64,
        ).encode()
        for seq in range(row.size, size)
    ]  # fmt: skip
    edge = Frontier.from_bytes(row.frontier).extend(map(leaf_hash, run))
    head = north.node.keys.sign_head(Checkpoint(origin=origin, size=size, root=edge.root()), 1796126400)
    with north.node.store.transaction() as txn:
        txn.append(origin, row.size, run, edge.to_bytes(), head)
    north.node.catch_up()


@pytest.mark.slow
def test_a_feed_of_100_000_leaves_verifies_with_strangers_code(published: Published) -> None:
    """TLOG-1, TLOG-4, TLOG-5, TLOG-12, TLOG-14, FEED-11, FEED-12, SIGN-1, SIGN-2, SIGN-5, FEED-60, FEED-61."""
    ran = published.check()

    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    persons = found.pop("persons_acts")
    assert persons == found.pop("acts") >= PERSONS
    assert noble("acts", str(published.folder / "acts.jsonl"), published.root) == {"persons_acts": persons}
    assert found == {
        "origin": f"north/{AGREEMENT}/1", "size": LEAVES, "head_signatures": 2, "inclusions": LEAVES,
        "consistent_heads": ROUNDS, "their_proofs": 21,
    }  # fmt: skip

    # -- and not when a byte of it was changed

    for path, spoil, words in SPOILS:
        file = published.folder / path
        kept = file.read_bytes()
        file.write_bytes(spoil(kept))
        ran = published.check()
        file.write_bytes(kept)
        assert (ran.returncode, words in ran.stderr) == (1, True), (path, ran.stderr)
    assert published.check().returncode == 0


def flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def swapped(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(old, new, 1)


SPOILS: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("checkpoint", swapped(b"\n100000\n", b"\n100001\n"), "invalid signature"),
    ("checkpoint", lambda data: b"\n".join(data.split(b"\n")[:-2]) + b"\n", "1 of 2 keys signed"),
    ("checkpoint", lambda data: b"\n".join([*data.split(b"\n")[:4], data.split(b"\n")[5], b""]), "1 of 2 keys signed"),
    ("checkpoint", lambda data: data[:-1], "malformed note"),
    ("tile/0/000", flipped(40), "tile"),
    ("tile/0/390.p/160", flipped(5119), "tile"),
    ("tile/1/000", flipped(8191), "tile"),
    ("tile/1/001.p/134", flipped(0), "tile"),
    ("tile/2/000.p/1", flipped(0), "tile"),
    ("tile/entries/200", flipped(700), "entry"),
    ("tile/entries/390.p/160", lambda data: data + b"\0\0", "too long"),
    ("acts.jsonl", swapped(b'"seq":20}', b'"seq":21}'), "the leaf does not commit to it"),
]
