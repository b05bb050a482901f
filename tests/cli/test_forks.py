"""A fork as people meet it: one copy of a home too many, found, shown, handed on, and gone on from."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests.cli.desks import Desks

from entente.cli.options import EXAMPLES
from entente.verify.main import main as verify


@pytest.fixture
def forked(valley: Desks) -> Desks:
    """North's home was copied, and both copies spoke; south has heard the first, and then the other."""
    shutil.copytree(valley.folder / "north", valley.folder / "copy")
    valley.do("stop send --reason other --note one --yes", "north")
    valley.do("stop send --reason other --note two --yes", "copy")
    valley.carry("north", "south")
    said = valley.run("exchange bundle write south --out other.entente", "copy")
    assert said.code == 0
    said = valley.run("exchange bundle read other.entente", "south")
    assert said.code == 6 and "feed.forked" in said.err
    return valley


def test_a_fork_is_listed_shown_and_handed_to_a_stranger(forked: Desks, capsys: pytest.CaptureFixture[str]) -> None:
    """FEED-32, FEED-74: the file and the party's card are enough."""
    listed = forked.do("record fork list --json", "south").json
    assert [(row["feed"], row["number"]) for row in listed] == [("north/exercise-valley/1", 1)]
    assert "north has signed two histories" in forked.do(EXAMPLES["entente.cli.forks.show_"], "south").out
    assert "north/exercise-valley/1" in forked.do(EXAMPLES["entente.cli.forks.list_"], "south").out
    forked.do(EXAMPLES["entente.cli.forks.export"], "south")
    assert forked.run(EXAMPLES["entente.cli.forks.export"], "south").code == 3  # never written over
    assert forked.run("record fork show south", "south").code == 3

    proof, card = forked.folder / "north.fork", forked.folder / "north.fork.card.json"
    assert verify(["fork", str(proof), "--card", str(card)]) == 6
    told = capsys.readouterr().out
    assert "no single list of entries fits both" in told and "Which of the two is true" in told
    # As its party hands it out, too; and with another's card, or a changed byte, nothing.
    assert verify(["fork", str(proof), "--card", str(forked.folder / "north" / "card.json")]) == 6
    assert verify(["fork", str(proof), "--card", str(forked.folder / "south" / "card.json")]) == 5
    assert verify(["fork", str(proof)]) == 4
    data = proof.read_bytes()
    for at in range(0, len(data), 97):
        proof.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert verify(["fork", str(proof), "--card", str(card)]) in (4, 5)


def test_a_party_that_forked_goes_on_in_a_new_epoch(forked: Desks) -> None:
    """JOINT-190: as docs/guides/new-epoch.md has it, step by step."""
    forked.run("exchange bundle read carried.entente", "copy")
    forked.carry("south", "north")
    early = forked.run("node new-epoch --reason fork --dry-run", "north")
    assert early.code == 3 and "epoch.unreported" in early.err
    forked.settle()
    planned = forked.do("node new-epoch --reason fork --dry-run", "north").out
    assert "goes on from" in planned and "stop.send" in planned
    refused = forked.run("node new-epoch --reason boredom --yes", "north")
    assert refused.code == 3 and "epoch.reason" in refused.err

    forked.do(EXAMPLES["entente.cli.forks.new_epoch"], "north")
    forked.do("operation propose water.toml --name w --release-to south --yes", "north")
    forked.settle()
    assert "north/2 0" in forked.do("record show", "south").out
    forked.do("decide w no_objection --yes", "south")
    forked.settle()
    forked.do("operation activate w --yes", "north")
    forked.settle()

    row = forked.do("operation show w --json", "south").json
    assert "active" in str(row)
    assert forked.do("state hash --json", "north").json == forked.do("state hash --json", "south").json
    for home in ("north", "south"):
        said = forked.run("record verify", home)
        assert said.code == 6 and "flaw" not in said.out, said.out + said.err
        assert verify(["home", str(forked.folder / home)]) == 6


def test_the_guides_steps_run_as_they_stand(forked: Desks) -> None:
    """JOINT-190, JOINT-195: docs/guides/new-epoch.md, every command of it."""
    guide = Path(__file__).parents[2] / "docs" / "guides" / "new-epoch.md"
    commands = re.findall(r"^    (entente .*)$", guide.read_text(encoding="utf-8"), re.MULTILINE)
    forked.settle()

    said = [forked.do(line) for line in commands]
    forked.settle()

    assert len(commands) == 6 and "two histories" in said[1].out
    assert "north/exercise-valley/2" in said[-1].out
    assert "epoch/north/2" in forked.do("record show --feed north --last 3", "south").out
