"""The desk's guide keeps its word: who has it and nothing else reaches three recipients, from nothing."""

import re
from pathlib import Path

from tests.cli.desks import Desks
from tests.docs.test_desk import ROWS, write

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
COMMAND = re.compile(r"^ {4}(entente .*)$", re.MULTILINE)
TEXT = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ASKS = (
    "place accept", "place end", "place merge", "agreement sign", "site add", "site open", "site relayed",
    "site loaded", "recipient add", "recipient change", "package make", "package movement", "movement notify",
    "movement amend",
)  # fmt: skip


def test_a_list_and_a_convoy_reach_three_recipients_by_the_commands_of_the_page(tmp_path: Path) -> None:
    """PKG-1 to PKG-13, by somebody who has the page and nothing else: one recipient with a node, two without."""
    desk = Desks(tmp_path)
    page = (GUIDES / "desk.md").read_text(encoding="utf-8")
    desk.write("instrument.toml", TEXT.findall(page)[0])
    [convoy] = TEXT.findall((GUIDES / "movements.md").read_text(encoding="utf-8"))
    desk.write("convoy.toml", convoy)
    write(tmp_path / "health.xlsx", ROWS)
    write(tmp_path / "health-march.xlsx", [row for row in ROWS if row[0] != "Forage"])

    said: list[tuple[str, str]] = []
    for line in COMMAND.findall(page):
        if sum("package movement" in earlier for earlier, _ in said) == 1 and "package movement" in line:
            desk.write("convoy.toml", convoy.replace("T08:", "T10:").replace("T06:", "T08:"))
        asks = " --yes" if any(word in line for word in ASKS) else ""
        # The first three are said before the page sets its home once for all.
        said.append((line, desk.do(line + asks, "" if "--home" in line else "desk").out))

    def of(begins: str) -> list[str]:
        return [out for line, out in said if line.startswith(f"entente {begins}")]

    assert "position.swapped" in of("place flags")[0] and "which waits" in of("place flags")[0]
    assert "its node: entente site add" in of("package preview")[0]
    made = {path.name for path in (tmp_path / "packages").rglob("*") if path.is_file()}
    assert {"air-desk-001-form.pdf", "air-desk-001-mgrs.xlsx", "ground-cell-001-form.docx", "manifest.json"} <= made
    assert {"air-desk-002-form.pdf", "air-desk-relief-7-002-movement.pdf", "ground-cell-001-email.txt"} <= made
    [covered] = of("site coverage")
    assert "sites/desk/health-north" in covered and "loaded" in covered, "by the recipient's own node"
    assert "relayed" in covered and "2 Wing" in covered and "opened" in covered, "by hand"
    assert "stale, of an older version: loaded" in of("movement coverage")[-1]
    assert "T10:00" in desk.do("movement show relief-7-north --json", "desk").out
