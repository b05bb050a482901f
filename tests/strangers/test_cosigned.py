"""Go opens a head with its log's, its peers' and its witness's lines, and a false one among them voids it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.node.stories import AGREEMENT
from tests.node.test_notes import keys, story, written
from tests.strangers.toolchain import build_go

from entente.node.disclose import Choice, disclose


@pytest.mark.slow
def test_strangers_verify_every_cosignature_in_a_folder_of_tiles_and_in_a_disclosure(tmp_path: Path) -> None:
    """TLOG-11, TLOG-12, FEED-60, DISC-5."""
    c, seq, size = story()
    program = build_go(tmp_path)
    written(c["a"], tmp_path / "feed", acts=True)
    trusted = ["-vkeys", tmp_path / "feed" / "vkeys", "-root", c["a"].root.public.fingerprint]
    everybody = tmp_path / "all-vkeys"
    everybody.write_text("".join(f"{key.encode()}\n" for key in keys(c)), encoding="utf-8", newline="\n")

    def go(*words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(program), *map(str, words)], capture_output=True, text=True, encoding="utf-8")

    cosigned = tmp_path / "feed" / "cosigned" / str(size)
    ran = go("head", cosigned, "-vkeys", everybody)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {"origin": f"a/{AGREEMENT}/1", "size": size, "signatures": 5}
    whole = go("feed", tmp_path / "feed", *trusted, "-heads", cosigned.parent)
    assert whole.returncode == 0, whole.stderr

    # -- and not when a line was changed, or is not there

    kept = cosigned.read_bytes()
    lines = kept.splitlines(keepends=True)
    for at in range(4, 9):
        changed = lines[at][:-9] + (b"AAAA" if lines[at][-9:-5] != b"AAAA" else b"BBBB") + lines[at][-5:]
        for spoilt in (b"".join([*lines[:at], changed, *lines[at + 1 :]]), b"".join([*lines[:at], *lines[at + 1 :]])):
            cosigned.write_bytes(spoilt)
            assert go("head", cosigned, "-vkeys", everybody).returncode == 1, at

    # -- the same head stands in a disclosure

    book = c["a"].node.book(AGREEMENT)
    made = disclose(c["a"].node, book, Choice(feeds=(book.origin,), seqs=frozenset({seq})))
    (tmp_path / "a.disclosure").write_bytes(made.data)
    ran = go("disclosure", tmp_path / "a.disclosure", "-agreement", book.first.digest)
    assert ran.returncode == 0, ran.stderr
