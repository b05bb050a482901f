"""Go follows a feed whose log's keys changed: the newest head by the new keys, the handover by all four."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.cli.desks import Desks
from tests.strangers.toolchain import build_go

from entente.node import custody


@pytest.mark.slow
def test_go_follows_a_log_from_its_old_keys_to_its_new_ones(tmp_path: Path) -> None:
    """KEY-11, FEED-60: who knew the old keys learns the new ones from a head that both signed."""
    desks = Desks(tmp_path)
    desks.found()
    old = json.loads((tmp_path / "north" / "card.json").read_text(encoding="utf-8"))
    desks.do("node rotate-keys", "north")
    desks.do("stop send --reason other --yes", "north")
    desks.settle()
    desks.do("record tiles --out feed --feed north --acts", "south")
    program, folder = build_go(tmp_path / "go"), tmp_path / "feed"
    new = json.loads((tmp_path / "north" / "card.json").read_text(encoding="utf-8"))
    root = desks.do("root show --json", "north").json["fingerprint"]
    vkeys = {name: tmp_path / f"{name}.vkeys" for name in ("old", "new", "both")}
    origin = (folder / "checkpoint").read_text(encoding="utf-8").split("\n")[0]
    lines = {name: custody.note_keys(origin, card["keys"]) for name, card in (("old", old), ("new", new))}
    lines["both"] = (*lines["old"], *lines["new"])  # type: ignore[assignment]
    for name, keys in lines.items():
        vkeys[name].write_text("".join(f"{key.encode()}\n" for key in keys), encoding="utf-8", newline="\n")
    [handover] = [path for path in (folder / "handover").iterdir() if path.suffix != ".vkeys"]
    heads = tmp_path / "heads"
    heads.mkdir()
    (heads / handover.name).write_bytes(handover.read_bytes())

    def go(keys: str) -> subprocess.CompletedProcess[str]:
        line = [program, "feed", folder, "-vkeys", vkeys[keys], "-root", root, "-heads", heads]
        return subprocess.run([str(part) for part in line], capture_output=True, text=True, encoding="utf-8")

    ran = go("new")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["consistent_heads"] == 1
    assert (folder / "vkeys").read_bytes() == vkeys["new"].read_bytes()
    assert sorted((folder / "handover" / f"{handover.name}.vkeys").read_text().split()) == sorted(
        vkeys["both"].read_text().split()
    )
    assert go("old").returncode == go("both").returncode == 1

    # -- the handover itself is a head under all four

    (folder / "checkpoint").write_bytes(handover.read_bytes())
    for name in ("old", "new", "both"):
        ran = go(name)
        assert "signed" not in ran.stderr, ran.stderr
