"""The desk's guide keeps its word: its commands, in its order, take a spreadsheet to a recipient."""

import re
from pathlib import Path

import openpyxl
from tests.cli.conftest import founded, valley  # noqa: F401 (fixtures)
from tests.cli.desks import Desks

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "desk.md"
COMMAND = re.compile(r"(?:^ {4}|`)(entente (?:place|site add --from-register)[^`\n]*)", re.MULTILINE)
ASKS = ("accept", "end", "merge", "review", "add")

ROWS = [
    ["Liste des structures", None, None, None, None],
    ["Nom", "Type", "Latitude", "Longitude", "Cercle", "Pays"],
    ["CSCom de Bagala", "santé", 14.44712, -11.43961, "Kayes", "Mali"],
    ["CSCom Bagala", "santé", 14.45012, -11.44161, "Kayes", "Mali"],
    ["École Diallo", "école", "14°26'24\"N", "11°25'12\"W", "Kayes", "Mali"],
    ["Camp Nord", "camp", None, None, "Kayes", "Mali"],
    ["Forage", "eau", -11.42, 14.45, "Kayes", "Mali"],
]


def write(path: Path, rows: list[list[object]]) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(path)


def test_a_spreadsheet_reaches_a_recipient_by_the_commands_of_the_page(valley: Desks) -> None:  # noqa: F811
    write(valley.folder / "health.xlsx", ROWS)
    march = [list(row) for row in ROWS if row[0] != "Forage"]
    march[-1][2:4] = [14.461, -11.441]
    write(valley.folder / "health-march.xlsx", march)

    said: dict[str, str] = {}
    for line in COMMAND.findall(PAGE.read_text(encoding="utf-8")):
        asks = any(f" {word}" in line for word in ASKS)
        said[line] = valley.do(line.replace("--to north", "--to south") + (" --yes" if asks else ""), "north").out

    texts = "\n".join(said.values())
    assert "5       new" in texts and "position.missing" in texts and "position.swapped  1     7" in texts
    assert "placed now" in texts and "not in this list; kept, and marked so" in texts
    assert "written in the list" in said["entente place show health-bbbd"]

    valley.settle()
    valley.do("site open health-south --yes", "south")
    sites = {site["name"]: site for site in valley.do("site show health-south --json", "south").json["sites"]}
    # One was ended and never told; of the two that were merged, one is released.
    assert len(sites) == 3 and all(site["uncertainty_mm"] > 500_000 for site in sites.values())
