"""One HTML file that shows a story on a map, over time, with nothing fetched from anywhere.

Rules kept:

- The page asks the network for nothing: script and style are inlined and named by hash in its content security policy,
  whose default is none. It can be opened from a disk two years later.
- Whatever a story says is data, never markup: it travels as JSON in which ``<``, ``>`` and ``&`` are escaped.
- The two sentences, and EXERCISE where it is one, are in the page itself and do not wait for its script.
"""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from importlib.resources import files

from entente.geo.interval import dtg
from entente.report.pack import pack
from entente.report.story import SENTENCES, Story

RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "ur"})


def render(story: Story) -> str:
    """Return the whole page, in UTF-8 when written."""
    data = json.dumps(pack(story), separators=(",", ":"), ensure_ascii=False)
    return document(story, body=_frame(story), style="map.css", script="map.js", data=data)


def document(story: Story, *, body: str, style: str, script: str | None = None, data: str = "null") -> str:
    """Return a self-contained page around `body` (markup, already escaped), with files of `page/` inlined."""
    css, js = asset(style), asset(script) if script else ""
    policy = f"default-src 'none'; style-src {_named(css)}; base-uri 'none'; form-action 'none'"
    title = ("EXERCISE: " if story.exercise else "") + story.title
    scripts = ""
    if script:
        policy += f"; script-src {_named(js)}"
        scripts = f'<script type="application/json" id="story">{_inert(data)}</script>\n<script>{js}</script>\n'
    return f"""<!doctype html>
<html lang="{escape(story.lang)}" dir="{_direction(story.lang)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<style>{css}</style>
</head>
<body class="{"exercise" if story.exercise else "live"}">
{body}
{scripts}</body>
</html>
"""


def _direction(language: str) -> str:
    return "rtl" if language.split("-")[0].lower() in RIGHT_TO_LEFT else "ltr"


def banner(story: Story) -> str:
    """The strip that says EXERCISE, on top of every page of one."""
    return '<p class="banner" role="note">EXERCISE EXERCISE EXERCISE</p>' if story.exercise else ""


def sentences(story: Story) -> str:
    """The two sentences, and the terms on which others' details are held, as they stand on every page."""
    told = '<p class="sentences">' + " ".join(f"<strong>{escape(line)}</strong>" for line in SENTENCES) + "</p>"
    lines = "<br>".join(map(escape, story.notices))
    return told + (f'<p class="sentences" role="note">{lines}</p>' if lines else "")


def asset(name: str) -> str:
    """The text of one file in `page/`."""
    return files("entente.report").joinpath("page", name).read_text("utf-8")


def _frame(story: Story) -> str:
    window = f"{dtg(story.window.start)} to {dtg(story.window.end)}"
    about = f"{window} · made {dtg(story.made_at)}"
    return (
        asset("map.html")
        .replace("{{banner}}", banner(story))
        .replace("{{sentences}}", sentences(story))
        .replace("{{about}}", escape(about))
        .replace("{{title}}", escape(story.title))
    )


def _named(text: str) -> str:
    """A content security policy's name for inlined text (CSP level 2, hash-source)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inert(data: str) -> str:
    """JSON that cannot end the element that holds it; U+2028 and U+2029 would be line ends to old readers."""
    for character in "<>&\u2028\u2029":
        data = data.replace(character, f"\\u{ord(character):04x}")
    return data
