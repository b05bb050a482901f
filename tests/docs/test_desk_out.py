"""The desk's guide keeps its word, second half: its commands, in its order, take a register to whoever runs no node."""

import re
from pathlib import Path

from tests.cli.conftest import founded, valley  # noqa: F401 (fixtures)
from tests.cli.convoys import CONVOY, LATER
from tests.cli.desks import Desks
from tests.docs.test_desk import ROWS, write

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "desk.md"
COMMAND = re.compile(r"^ {4}(entente .*)$", re.MULTILINE)
ASKS = ("recipient add", "package make", "package movement")


def test_a_list_and_a_convoy_reach_recipients_without_a_node_by_the_commands_of_the_page(
    valley: Desks,  # noqa: F811
) -> None:
    """PKG-1 to PKG-13, by somebody who has the page and nothing else."""
    write(valley.folder / "health.xlsx", ROWS)
    valley.do("place import health.xlsx --list health", "north")
    valley.do("place accept --list health --yes", "north")
    valley.write("convoy.toml", CONVOY)
    _, half = PAGE.read_text(encoding="utf-8").split("## 7.")

    said = []
    for line in COMMAND.findall(half):
        if sum("package movement" in earlier for earlier, _ in said):
            valley.write("convoy.toml", LATER)
        asks = " --yes" if any(word in line for word in ASKS) else ""
        said.append((line, valley.do(line.replace("--to north", "--to south") + asks, "north").out))

    texts = "\n".join(out for _, out in said)
    assert len(said) == 15 and "its node: entente site add" in texts
    made = {path.name for path in (valley.folder / "packages").rglob("*") if path.is_file()}
    assert {"air-desk-001-form.pdf", "air-desk-001-mgrs.xlsx", "ground-cell-001-form.docx", "manifest.json"} <= made
    assert {"air-desk-002-form.pdf", "air-desk-relief-7-002-movement.pdf", "ground-cell-001-email.txt"} <= made
    coverage = next(out for line, out in said if line.startswith("entente site coverage"))
    assert "relayed" in coverage and "2 Wing" in coverage and "opened" in coverage
    assert "stale, of an older version: loaded" in said[-1][1]
