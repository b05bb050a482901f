"""The pages keep their word: every numbered rule has a test that cites it, and every link leads somewhere."""

import re
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]
PAGES = sorted([*HOME.glob("*.md"), *HOME.glob("docs/**/*.md"), *HOME.glob("spec/**/*.md")])
RULE = re.compile(r"\*\*([A-Z][A-Z0-9]+-\d+)\*\*")
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")


def rules_of(page: Path) -> list[str]:
    return RULE.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", [page for page in PAGES if rules_of(page)], ids=lambda page: page.name)
def test_every_numbered_rule_is_cited_by_a_test(page: Path) -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in HOME.glob("tests/**/*.py"))
    cited = set(re.findall(r"\b[A-Z][A-Z0-9]+-\d+\b", tests))

    assert [rule for rule in rules_of(page) if rule not in cited] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOME)))
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []
