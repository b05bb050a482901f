"""What every page has: EXERCISE above, its language and direction, the two sentences below, one sheet of styles.

A served page names the sheet; a file that leaves the house carries it within. No page loads anything from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from importlib.resources import files

from entente.errors import EntenteError
from entente.exercise.hosted import telling
from entente.exercise.hosted.words import LANGUAGES, TEXT, Words
from entente.geo.interval import dtg
from entente.picture.catalogues import retelling

__all__ = [
    "SCRIPT", "SHEET", "TEXT", "asset", "button", "line", "listed", "moment", "own", "page", "refusal", "seat_name",
    "stands",
]  # fmt: skip
SHEET, SCRIPT = "/host.css", "/host.js"


def asset(name: str) -> str:
    """Return one of the files beside this module: ``host.css``, ``host.js``."""
    return (files("entente.exercise.hosted.pages") / name).read_text("utf-8")


def page(
    words: Words, title: str, body: str, *, here: str = "", live: int = 0, loose: bool = False, wide: bool = False,
    trouble: str = "",
) -> str:  # fmt: skip
    """Return a document.

    `here` is its address, to which the choice of language comes back; `live` how often [s] what is in it is asked for
    anew, 0 never; `loose` carries its styles within, for a file. `trouble` is HTML that stays when the rest is renewed.
    """
    style = f"<style>{asset('host.css')}</style>" if loose else f'<link rel="stylesheet" href="{SHEET}">'
    script = "" if loose else f'<script src="{SCRIPT}" defer></script>'
    fresh = f' data-live="{live}" data-here="{here}" data-lost="{words("lost")}"' if live else ""
    said = f"{words('no_finding')} {words('not_listed')}"
    return (
        f'<!doctype html>\n<html lang="{words.language}" dir="{words.direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{words("exercise")} · {escape(title)}</title><link rel="icon" href="data:,">{style}{script}</head>'
        f'<body class="{"wide" if wide else ""}"><p class="banner">{words("exercise")}</p>'
        f"{_languages(words, here) if here else ''}"
        f"{f'<p class=trouble role=alert>{trouble}</p>' if trouble else ''}<main{fresh}>{body}</main>"
        f"<footer>{said}</footer></body></html>\n"
    )


def _languages(words: Words, here: str) -> str:
    links = (
        f'<a href="{here}?lang={code}" lang="{code}" hreflang="{code}"'
        f"{' aria-current=true' if code == words.language else ''}>{name}</a>"
        for code, name in LANGUAGES.items()
    )
    return f'<nav class="languages" aria-label="{words("language")}">{" ".join(links)}</nav>'


def own(text: str, tag: str = "span", kind: str = "") -> str:
    """Return words of the exercise or a record: as they were written, in whatever language that is."""
    named = f' class="{kind}"' if kind else ""
    return f'<{tag}{named} lang="en" dir="auto">{escape(text)}</{tag}>'


def line(words: Words, text: str) -> str:
    """Return a sentence of ours, which may name what somebody wrote: in the page's language and direction."""
    return f'<span lang="{words.language}">{escape(text)}</span>'


def stands(words: Words, kind: str, code: str) -> str:
    """Return the word for how an operation stands: its `standing` or `phase`."""
    return line(words, words.catalogue.code(code, kind))


def refusal(words: Words, error: EntenteError | None) -> str:
    """Return what went wrong, as HTML: what the page's language cannot tell stands in English beside it."""
    if error is None:
        return ""
    if f"error.{error.code}" in TEXT:
        return escape(words(f"error.{error.code}"))
    text, whole = retelling.trouble(error, words.catalogue, telling.TROUBLES)
    return line(words, text) if whole else f"{line(words, text)} <small>{own(error.sentence)}</small>"


def moment(at: datetime, seconds: bool = False) -> str:
    """Return a time, which runs from the left on every page."""
    clock = f":{at:%S}" if seconds else ""
    return f'<time dir="ltr" datetime="{at.isoformat()}">{dtg(at)[:6]}{clock}{dtg(at)[6:]}</time>'


def button(
    action: str, label: str, *, kind: str = "", elsewhere: bool = False, disabled: bool = False, **values: object
) -> str:
    """Return a form of one button, which sends `values` to `action`."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(str(value))}">' for name, value in values.items()
    )
    target = ' target="_blank"' if elsewhere else ""
    return (
        f'<form method="post" action="{action}"{target}>{hidden}'
        f'<button class="{kind}"{" disabled" if disabled else ""}>{escape(label)}</button></form>'
    )


def listed(items: Iterable[str], kind: str = "") -> str:
    """Return a list of pieces of HTML; nothing for none."""
    rows = "".join(f"<li>{item}</li>" for item in items)
    return f'<ul class="{kind}">{rows}</ul>' if rows else ""


def seat_name(words: Words, seat: str, title: str) -> str:
    """Return a seat as people call it: ``North · air operations``."""
    return f"{own(title)} · {escape(words.or_code('office', seat.partition('/')[2]))}"
