"""The page of attacks keeps its word: each test that it names is there, and each attack that was promised."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HOME = Path(__file__).parents[2]
PAGE = (HOME / "docs" / "attacks.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!Attack|---)(.+?) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
PROMISED = {
    "fork to two peers", "rollback after a restore", "withheld act", "half a circle told",
    "replayed and reordered bundles", "swapped ciphertext", "stripped signature", "key used in another role",
    "decision lifted onto other bytes", "back-dated entry", "peer that sends 10 GB", "peer that never answers",
}  # fmt: skip


def names(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    targets = (target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets)
    return defined | {target.id for target in targets if isinstance(target, ast.Name)}


def test_every_test_that_the_page_names_is_there() -> None:
    for attack, _, tests in ROWS:
        found = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)
        assert found, attack
        for path, name in found:
            assert (HOME / path).is_file() and name in names(HOME / path), f"{attack}: {path}::{name}"


def test_every_attack_that_was_promised_stands_on_the_page() -> None:
    assert {attack for attack, _, _ in ROWS} >= PROMISED
