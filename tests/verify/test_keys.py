"""A home whose party's keys have changed, read years later: who could sign what, and from which entry on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.desks import Desks

from entente import canonical
from entente.errors import EntenteError
from entente.verify import disclosure, main


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Desks:
    """North's node, root and officer changed their keys, one was stolen, and the feed was bound anew."""
    desks = Desks(tmp_path_factory.mktemp("changed"))
    desks.found()
    desks.do("operation propose water.toml --name water --release-to south --yes", "north")
    desks.settle()
    desks.do("decide water no_objection --yes", "south")
    desks.settle()
    desks.do("staff revoke duty --since 4 --yes", "south")
    desks.do("staff enrol duty --office senior --replace", "south")
    desks.do("node rotate-keys", "north")
    desks.do("root revoke log --since 2 --yes", "north")
    desks.do("root rotate --threshold 2 --keys 3", "north")
    desks.do("node rotate-keys --role cosigner", "north")
    desks.do("record reanchor --yes", "north")
    desks.settle()
    desks.do("stop send --reason other --yes", "north")
    desks.settle()
    return desks


def report(desks: Desks, home: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main.main(["home", str(desks.folder / home), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.slow
@pytest.mark.parametrize("home", ["north", "south"])
def test_a_home_tells_how_its_parties_keys_changed(
    changed: Desks, home: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """KEY-10, KEY-11, KEY-14, KEY-16, KEY-42."""
    code, found = report(changed, home, capsys)

    proved = {(line["about"].split("/")[0], line["code"]) for line in found["proved"]}
    assert {("north", "keys.changed"), ("north", "keys.root"), ("north", "keys.revoked")} <= proved
    assert ("south", "keys.revoked") in proved
    flaws = {(line["about"].split("/")[0], line["code"]) for line in found["flaw"]}
    assert flaws == {("south", "act.doubtful")} and code == 5
    assert all("south" in line["about"] for line in found["flaw"])
    heads = [line["sentence"] for line in found["proved"] if line["code"] == "head.signed"]
    assert len(heads) >= 2
    # -- the author's home has every part that its anchor binds; another's has not
    anchor = [line["code"] for sort in ("proved", "not_proved") for line in found[sort] if "anchor" in line["code"]]
    assert anchor == (["anchor.bound"] if home == "north" else ["anchor.parts"])


@pytest.mark.slow
def test_what_was_changed_on_the_disk_is_found_by_the_anchor_too(
    changed: Desks, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """KEY-42."""
    import shutil
    import sqlite3

    shutil.copytree(changed.folder / "north", tmp_path / "north")
    with sqlite3.connect(tmp_path / "north" / "record.sqlite") as record:
        record.execute(
            "UPDATE part SET salt = zeroblob(32) WHERE seq = 1 AND idx = 1 AND origin LIKE 'north/exercise%'"
        )
    code = main.main(["home", str(tmp_path / "north"), "--json"])
    found = json.loads(capsys.readouterr().out)

    assert code == 5
    assert "part.false" in {line["code"] for line in found["flaw"]}
    assert "anchor.parts" in {line["code"] for line in found["not_proved"]}


@pytest.mark.slow
def test_a_disclosure_of_what_was_said_before_and_after_the_change_proves_both(
    changed: Desks, capsys: pytest.CaptureFixture[str]
) -> None:
    """DISC-8, DISC-9, KEY-6: with the cards and root documents in between, and nothing when one of them is another."""
    capsys.readouterr()
    changed.do("record disclose --out keys.disclosure --from 2020-01-01T00:00:00Z", "north")
    data = (changed.folder / "keys.disclosure").read_bytes()
    capsys.readouterr()
    code = main.main(["disclosure", str(changed.folder / "keys.disclosure"), "--json"])
    found = json.loads(capsys.readouterr().out)

    codes = [line["code"] for line in found["proved"]]
    assert code == 0, found["flaw"]
    assert {"trust.followed", "trust.cards", "root.changed", "head.signed", "act.signed"} <= set(codes)
    plain = json.loads(data)
    assert plain["v"] == 2 and len(plain["cards"]) == 5 and len(plain["roots"]) == 1
    for field, change in (("roots", []), ("cards", plain["cards"][::-1]), ("v", 1), ("roots", plain["roots"] * 2)):
        with pytest.raises(EntenteError):
            disclosure.check(canonical.encode({**plain, field: change}))
