"""The keys guide keeps its word: each block of its commands is run, and what it promises afterwards is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.desks import AGREEMENT, Desks, Said

from entente.verify import main as verifier

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "keys.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^#{2,3} (.+?)\n(.*?)(?=^#{2,3} |\Z)", re.DOTALL | re.MULTILINE)
SECTIONS: dict[str, str] = dict(SECTION.findall(GUIDE))


def lines(section: str, kind: str = "sh") -> Iterator[str]:
    for block in re.findall(rf"^```{kind}\n(.*?)^```$", SECTIONS[section], re.DOTALL | re.MULTILINE):
        yield from block.splitlines()


@pytest.fixture
def desks(tmp_path: Path) -> Desks:
    """North and south, an agreement in force, and an officer on duty at each."""
    desks = Desks(tmp_path)
    desks.found()
    return desks


def run(desks: Desks, section: str) -> str:
    return "".join(desks.do(line).out for line in lines(section))


def healthy(desks: Desks, *homes: str) -> None:
    for home in homes:
        assert desks.run("record verify", home).code == 0, desks.run("record verify", home).out


@pytest.mark.slow
@pytest.mark.parametrize(
    "section",
    [
        "Steps that change the node's keys",
        "When a suite grows old",
        "An officer's key is lost",
        "An officer's key is stolen",
        "A key of the node is stolen",
        "One root key of three is lost",
    ],
)
def test_each_step_of_a_section_runs_and_both_records_verify(desks: Desks, section: str) -> None:
    """KEY-10, KEY-14, KEY-17, KEY-23, KEY-30."""
    assert run(desks, section)

    desks.settle()
    healthy(desks, "north", "south")
    desks.do("stop send --reason other --yes", "north")
    desks.settle()
    assert "stop/north" in desks.do("stop list --json", "south").out


@pytest.mark.slow
def test_who_has_lost_the_logs_key_goes_on_in_a_new_epoch(desks: Desks) -> None:
    """KEY-24."""
    for name in ("node.json", "tls-key.pem", "tls-certificate.pem"):
        (desks.folder / "north" / "keys" / name).unlink()
    assert "[custody.missing]" in desks.run("node status", "north").err

    said = run(desks, "The log's key is lost")

    assert "epoch/north/2" in said
    healthy(desks, "south")
    desks.do("stop send --reason other --yes", "north")
    desks.settle()
    assert "stop/north" in desks.do("stop list --json", "south").out
    healthy(desks, "north", "south")
    code = verifier.main(["home", str(desks.folder / "south"), "--json"])
    assert code == 0, "entente-verify follows, too"


@pytest.mark.slow
def test_a_home_is_restored_as_the_page_says(desks: Desks) -> None:
    assert "north-again" in run(desks, "The node's disk is lost")
    healthy(desks, "north-again")


@pytest.mark.slow
def test_a_root_of_several_keys_is_made_apart_and_signs_apart(tmp_path: Path) -> None:
    """KEY-1, KEY-3, KEY-30 to KEY-32."""
    desks = Desks(tmp_path)
    section = "A root of several keys"
    for line in lines(section):
        desks.do(line)
    [init] = [line for line in lines(section, "text") if " init " in line]

    said = desks.run(init)

    assert said.code == 3 and "[root.order]" in said.err
    order = _order(said)
    signed = []
    for line in (line for line in lines(section, "text") if " sign " in line):
        told = desks.do(line.replace("ORDER", order)).out
        assert "2 of 3 keys sign" in told
        signed.append(re.search(r"carry (\S+) back", told)[1])  # type: ignore[index]
    # -- one is too few, and the wrong file is none
    few = desks.run(f"entente root finish {order} --home west --signed {signed[0]}")
    assert (few.code, "[root.threshold]" in few.err) == (5, True)
    assert "1 of 1" in desks.do("root show", "west").out
    [finish, show] = [line for line in lines(section, "text") if " finish " in line or " show " in line]
    desks.do(finish.replace("ORDER", order).replace("ANNA", signed[0]).replace("CORA", signed[1]))
    assert "2 of 3" in desks.do(show).out

    # -- and from the first agreement on two of them sign what the root says

    agreed(desks)
    west = desks.do("staff list", "west").out
    assert "west/senior" in west and "west/new" not in west
    obeyed(desks, "staff enrol new --office watch", "staff tell")
    assert "west/new" in desks.do("staff list", "west").out
    obeyed(desks, "node rotate-keys")
    desks.carry("west", "east")
    desks.carry("east", "west")
    healthy(desks, "west", "east")


def obeyed(desks: Desks, line: str, again: str = "") -> None:
    """Run a command of west's until it has all the signatures that it takes: each time, two carry an order and sign."""
    said = desks.run(line, "west")
    for _ in range(4):
        if said.code == 0:
            return
        assert "[root.order]" in said.err, said.err
        order, carried = _order(said), []
        for key in ("bela", "cora"):
            told = desks.do(f"root sign {order} --key-file {key}.key.json --yes").out
            carried.append(re.search(r"carry (\S+) back", told)[1])  # type: ignore[index]
        done = desks.do(f"root finish {order} " + " ".join(f"--signed {one}" for one in carried), "west")
        if "Card" in done.out:
            return
        said = desks.run(again or line, "west")
    raise AssertionError(said.err)


def agreed(desks: Desks) -> None:
    """Bring west into an agreement with east: its keys are told by the card alone, its staff by orders."""
    desks.do("node init east --home east --exercise")
    for party in ("west", "east"):
        desks.do("staff enrol senior --office senior", party)
    text = AGREEMENT.replace('"north"', '"west"').replace('"south"', '"east"')
    desks.write("valley.toml", text)
    desks.do("agreement draft valley.toml --card west/card.json --card east/card.json --out drafted")
    for mine, other in (("west", "east"), ("east", "west")):
        keys = f"--card {other}/card.json --keys drafted/keys-for-{mine}.json"
        desks.do(f"agreement adopt drafted/agreement.toml {keys}", mine)
    obeyed(desks, "agreement sign exercise-valley --yes")
    desks.do("agreement sign exercise-valley --yes", "east")
    for _ in range(2):
        desks.carry("west", "east")
        desks.carry("east", "west")
    assert "in force" in desks.do("agreement list", "west").out


def _order(said: Said) -> str:
    found = re.search(r"carry (\S+) to each", said.err)
    assert found is not None, said.err
    return found[1]


def test_every_key_of_the_table_has_its_steps() -> None:
    for link in re.findall(r"\(#([\w-]+)\)", GUIDE):
        assert link in {re.sub(r"[^\w -]", "", name).lower().replace(" ", "-") for name in SECTIONS}
