"""A witness is handed a party's new card at the command line, with the root documents that lead to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.desks import Desks


@pytest.mark.slow
def test_a_witness_follows_a_party_whose_root_and_log_keys_have_changed(tmp_path: Path) -> None:
    """TLOG-24, KEY-4."""
    desks = Desks(tmp_path)
    desks.found()
    agreement = "exercise-valley"
    desks.do("witness init witness.example/w1 --home witness")
    known = f"witness add north/card.json --agreement {agreement} --home witness"
    assert "root's fingerprint" in desks.do(known).out
    desks.do("root rotate --threshold 2 --keys 3", "north")
    desks.do("node rotate-keys", "north")

    assert "witness.known" in desks.run(known).err
    assert "witness.card" in desks.run(f"{known} --replace").err
    led = desks.do(f"{known} --replace --root north/root/version-2.json").out

    pin = desks.do("root show --json", "north").json["fingerprint"]
    assert pin in led.replace("\n", "").replace(" ", "")
    desks.do(f"{known} --replace")  # once more is no harm
    [row] = desks.do("witness show --home witness --json").json["logs"]
    assert row["origin"] == f"north/{agreement}/1" and len(row["keys"]) == 2
