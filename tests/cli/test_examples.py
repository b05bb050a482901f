"""Every command's example is run as it stands in its help, in one story of two homes, with bundles carried by hand."""

import pytest
from tests.cli.convoys import CONVOY
from tests.cli.desks import AGREEMENT, PLAN, SITES, Desks

from entente.cli.main import main
from entente.cli.options import EXAMPLES

ELSEWHERE = {
    "entente.cli.home.serve": "tests/exchange serve real nodes",
    "entente.cli.exchange.pull": "tests/exchange pull over a real link",
    "entente.cli.exchange.push": "tests/exchange push over a real link",
    "entente.cli.exchange.witness": "tests/docs/test_witness asks a witness that serves",
    "entente.cli.witness.serve": "tests/docs/test_witness serves one",
    "entente.cli.operation.lapse": "tests/cli/test_lapsing waits for a silence",
    "entente.cli.screen.screen_command": "tests/cli/test_screen screens the example folder",
    "entente.cli.site.export": "tests/cli/test_releasing exports, where a home allows it",
    "entente.cli.root.key": "tests/docs/test_keys makes one",
    "entente.cli.root.init": "tests/docs/test_keys makes a root of several keys",
    "entente.cli.root.rotate": "tests/docs/test_keys changes a root",
    "entente.cli.root.revoke": "tests/docs/test_keys revokes a node's keys",
    "entente.cli.root.sign": "tests/docs/test_keys signs apart",
    "entente.cli.root.finish": "tests/docs/test_keys puts together what was signed apart",
    "entente.cli.staff.revoke": "tests/docs/test_keys revokes an officer's key",
    "entente.cli.attaching.ask": "tests/docs/test_papers asks for one that waits",
    "entente.cli.attaching.save": "tests/docs/test_papers saves one",
    "entente.cli.exercise.run": "tests/exercise play it",
    "entente.cli.exercise.host": "it stays up until it is interrupted; tests/centre/test_seats.py seats twelve people",
    "entente.cli.exercise.cards": "tests/exercise/test_timetable.py prints them",
    "entente.cli.exercise.live": "it stays up until it is interrupted; tests/exercise/test_live.py takes a seat",
}
BULK = ("entente.cli.forks.", "entente.cli.importing.", "entente.cli.movement.", "entente.cli.site_ladder.")
"""Commands over many operations, of movements, of the ladder and of forks, whose tests stand beside theirs."""
FOUNDING = [
    ("", "home.init"),
    ("", "node init south --home south --port 8444 --exercise"),
    ("", "home.card"),
    ("north", "staff.enrol"),
    ("south", "staff enrol duty --office senior"),
    ("", "agreement.draft"),
    ("", "agreement.show_"),
]
SIGNING = [
    ("", "agreement.diff"),
    ("north", "agreement.adopt"),
    ("south", "agreement adopt drafted/agreement.toml --card north/card.json --keys drafted/keys-for-south.json"),
    ("north", "agreement.sign"),
    ("south", "agreement sign exercise-valley --yes"),
    ("", "settle"),
    ("north", "agreement.list_"),
    ("north", "staff.appoint"),
    ("north", "staff.list_"),
    ("north", "staff.link"),
    ("north", "staff.relieve"),
]
DAY = [
    ("north", "place.import_"),
    ("north", "place.accept"),
    ("north", "place.list_"),
    ("north", "place.show_"),
    ("north", "place.flags"),
    ("north", "place.review"),
    ("north", "place.columns"),
    ("north", "site.add"),
    ("north", "recipient.add"),
    ("north", "recipient.change"),
    ("north", "recipient.list_"),
    ("north", "package.preview"),
    ("north", "package.make"),
    ("north", "package.movement"),
    ("north", "package.list_"),
    ("north", "package.show_"),
    ("north", "package.acknowledge"),
    ("north", "recipient.show_"),
    ("north", "operation.propose"),
    ("north", "operation propose water-later.toml --name water-2 --yes"),
    ("north", "conflicts.conflicts_command"),
    ("north", "conflicts.explain_command"),
    ("north", "conflicts.ways_out_command"),
    ("north", "conflicts.affected_command"),
    ("north", "exchange.write"),
    ("south", "exchange.read"),
    ("south", "site.list_"),
    ("south", "site.open_"),
    ("south", "site.show_"),
    ("south", "site.acknowledge"),
    ("south", "operation.list_"),
    ("south", "operation.show_"),
    ("south", "decision.decide"),
    ("south", "decision.dissent"),
    ("south", "attaching.list_"),
    ("south", "decision.give"),
    ("south", "decision.show_"),
    ("south", "decision.revoke"),
    ("", "settle"),
    ("north", "site.onward"),
    ("north", "site.withdraw"),
    ("north", "site.end"),
    ("north", "place.end"),
    ("north", "place.merge"),
    ("north", "decision.release"),
    ("north", "release water-1 plan --to south --purpose keep_apart --yes"),
    ("", "settle"),
    ("south", "operation.open_"),
    ("north", "stop.send"),
    ("", "settle"),
    ("south", "stop.acknowledge"),
    ("south", "stop.list_"),
    ("", "settle"),
    ("north", "stop.lift"),
    ("north", "operation.change"),
    ("north", "operation.withdraw"),
    ("", "settle"),
    ("south", "decide water-1 no_objection --yes"),
    ("", "settle"),
    ("north", "operation.activate"),
    ("north", "operation.deviate"),
    ("north", "operation.end"),
]
EVENING = [
    ("", "home.status"),
    ("north", "root.show_"),
    ("north", "staff.tell"),
    ("", "home.rotate_keys"),
    ("north", "record.verify"),
    ("north", "record.show_"),
    ("north", "record.journal"),
    ("south", "record.opened"),
    ("north", "record.reanchor"),
    ("north", "record.tiles"),
    ("north", "record.disclose"),
    ("north", "record.hash_"),
    ("north", "record.show_state"),
    ("", "home.backup"),
    ("", "home.restore"),
    ("", "witness.init"),
    ("", "witness.add"),
    ("", "witness.show_"),
    ("", "exercise.list_"),
]
JSON = [
    "agreement list",
    "agreement show exercise-valley",
    "agreement diff exercise-valley exercise-valley",
    "staff list",
    "operation list --all",
    "operation show water-1",
    "operation conflicts",
    "operation affected",
    "place list",
    "place show clinic-3",
    "place flags",
    "place columns",
    "site list",
    "site show valley-south",
    "standing-decision show",
    "stop list",
    "recipient list",
    "recipient show agency",
    "package list",
    "package show agency 1",
    "package preview sites.csv --list valley --to agency",
    "record verify",
    "record show",
    "record journal",
    "record opened",
    "record tiles --out south-in-tiles --feed south --acts",
    "record disclose --out north.disclosure --subject water-1 --detail shown --reason asked",
    "state hash",
    "state show",
    "node status",
    "root show",
    "witness show",
]


def play(desks: Desks, steps: list[tuple[str, str]]) -> set[str]:
    """Run steps, each an example by its function's name, a line of its own, or a settling; return the examples run."""
    ran = set()
    for home, step in steps:
        name = f"entente.cli.{step}"
        if step == "settle":
            desks.settle()
        else:
            desks.do(EXAMPLES.get(name, step), home)
            ran.add(name)
    return ran & EXAMPLES.keys()


def test_every_commands_example_runs_as_it_stands_in_its_help(desks: Desks) -> None:
    files = {"valley.toml": AGREEMENT, "water.toml": PLAN, "sites.csv": SITES, "convoy.toml": CONVOY}
    for name, text in files.items():
        desks.write(name, text)
    desks.write("water-later.toml", PLAN.replace("T10:00", "T12:00"))

    ran = play(desks, FOUNDING)
    complete = (desks.folder / "drafted" / "agreement.toml").read_text(encoding="utf-8")
    desks.write("counter.toml", complete.replace("5000", "7500"))
    ran |= play(desks, SIGNING) | play(desks, DAY) | play(desks, EVENING)

    left = set(EXAMPLES) - ran - set(ELSEWHERE)
    assert {name for name in left if not name.startswith(BULK)} == set()
    for line in JSON:
        assert isinstance(
            desks.do(f"{line} --json", "south" if line.startswith("site") else "north").json, dict | list
        ), line
    for line in ("operation list --all", "operation show water-1"):
        assert "no objection" in desks.do(line, "north").out


def test_the_example_stands_in_the_help_of_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["operation", "withdraw", "--help"]) == 0

    assert EXAMPLES["entente.cli.operation.withdraw"] in capsys.readouterr().out


def test_both_parties_print_the_same_state_after_settling(valley: Desks) -> None:
    valley.do("operation propose water.toml --name w --release-to south --yes", "north")
    valley.settle()

    assert valley.do("state hash", "north").out == valley.do("state hash", "south").out


def test_a_statement_is_shown_before_it_is_signed_and_needs_a_yes(valley: Desks) -> None:
    said = valley.run("operation propose water.toml --name w", "north")

    assert (said.code, said.err) == (
        3,
        "error: nobody is there to confirm it; add --yes to sign without being asked [cli.unconfirmed]\n",
    )
    assert "Notify a humanitarian operation" in said.out and "EXERCISE" in said.out
    assert "no operation is open here" in valley.do("operation list", "north").out


def test_a_restored_home_says_nothing_until_its_peers_have_answered(valley: Desks) -> None:
    valley.do("node backup kept.tar --home north")
    valley.do("operation propose water.toml --name w --yes", "north")
    valley.settle()

    valley.do("node restore kept.tar --home again")

    said = valley.run("operation propose water.toml --name other --yes", "again")
    assert said.code == 3 and said.err.endswith("[node.restored]\n")
    assert "south" in valley.do("node status", "again").out


def test_help_is_quick_because_heavy_modules_are_loaded_inside_commands() -> None:
    import subprocess
    import sys

    heavy = "{'cryptography', 'numpy', 'shapely', 'pyproj', 'litestar', 'msgspec', 'entente.joint', 'entente.node'}"
    code = f"import sys, entente.cli.main; print(sorted(m for m in sys.modules if m in {heavy}))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"
