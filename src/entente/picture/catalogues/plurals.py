"""Which form of a word a whole number takes: two in English, three in Russian, six in Arabic (CLDR, plural rules).

>>> [form("ru", n, ["план", "плана", "планов"]) for n in (1, 3, 5, 11, 21, 112)]
['план', 'плана', 'планов', 'планов', 'план', 'планов']
>>> form("en", 2, ["plan", "plans"])
'plans'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

FORMS: Mapping[str, tuple[str, ...]] = {
    "en": ("one", "other"),
    "ru": ("one", "few", "many"),
    "ar": ("zero", "one", "two", "few", "many", "other"),
}
"""The forms of a language in the order in which a sentence lists them; the page's `Intl.PluralRules` names them so."""


def category(language: str, number: int) -> str:
    """Return what a number counts as in a language.

    Source: Unicode CLDR 46, supplemental/plurals.xml, cardinal numbers that are whole.
    """
    ones, hundreds = abs(number) % 10, abs(number) % 100
    match language:
        case "ru":
            teen = 11 <= hundreds <= 14
            return "one" if ones == 1 and not teen else "few" if 2 <= ones <= 4 and not teen else "many"
        case "ar":
            named = {0: "zero", 1: "one", 2: "two"}.get(abs(number))
            return named or ("few" if 3 <= hundreds <= 10 else "many" if hundreds >= 11 else "other")
        case _:
            return "one" if abs(number) == 1 else "other"


def form(language: str, number: int, forms: Sequence[str]) -> str:
    """Return the form that a number takes, of as many as the language has."""
    return forms[FORMS[language].index(category(language, number))]
