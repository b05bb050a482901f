"""The page's words, as its own catalogues have them: a story told in three languages presses the same buttons."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

WORDS = Path(__file__).parents[2] / "web" / "src" / "words"
LINE = re.compile(r'^\s*"([\w.]+)": ("(?:[^"\\]|\\.)*"),$', re.MULTILINE)


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return every text of a language by its key."""
    return {key: json.loads(text) for key, text in LINE.findall((WORDS / f"{language}.ts").read_text("utf-8"))}
