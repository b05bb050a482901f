"""The reference pages are what the code makes of them, and name everything that can be met."""

from pathlib import Path

import pytest

from entente.cli import exits, reference
from entente.cli.options import EXAMPLES
from entente.errors import EntenteError
from entente.joint.verdict import SENTENCES

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", ["cli.md", "errors.md"])
def test_the_page_is_what_the_code_makes_of_it(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == reference.pages()[name], (
        "run: python -m entente.cli.reference"
    )


def test_every_example_and_every_verdict_is_on_its_page() -> None:
    commands, errors = reference.cli_page(), reference.errors_page()

    assert [text for text in EXAMPLES.values() if text not in commands] == []
    assert [code for code in SENTENCES if f"`{code}`" not in errors] == []


def test_every_class_of_error_has_an_exit_code_of_its_own() -> None:
    classes = set(EntenteError.__subclasses__())

    assert set(exits.CODES) == classes
    assert len({*exits.CODES.values(), 0, 1, exits.USAGE, exits.INTERRUPTED}) == len(classes) + 4
