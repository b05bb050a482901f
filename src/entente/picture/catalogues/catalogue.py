"""One language's sentences, and how their gaps are filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from entente.picture.catalogues.plurals import form

FROM, TO = "\u2068", "\u2069"
"""First strong isolate and its end: what stands between reads in its own direction (UAX #9 §2.7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The sentences of a language: what each verb says, what stands beside it, and the words for closed lists.

    `signed` are the keys of phrases that stand in signed texts.

    `thousands` parts figures in threes: in Russian a comma would make 1,500 m one and a half.
    """

    language: str
    version: str
    heads: Mapping[str, str]
    phrases: Mapping[str, str]
    codes: Mapping[str, str]
    thousands: str
    signed: frozenset[str]
    from_right: bool = False

    def say(self, key: str, **gaps: object) -> str:
        """Return a phrase with its gaps filled; each filling keeps its own direction.

        A gap may have a form for each number that the language tells apart: ``{count:# plan|# plans}``.
        """
        return self.fill(self.phrases[key], gaps, within=key in self.signed)

    def fill(self, sentence: str, gaps: Mapping[str, object], *, within: bool = False) -> str:
        """Return any sentence of this language with its gaps filled, as `say` does.

        What is itself a sentence of ours has set its facts apart already: an isolate around it would find no letter to
        tell its direction by. Only in what is signed it stands `within` one all the same, since that is kept as it is.
        """
        return sentence.format_map({name: _Filling(value, self, within) for name, value in gaps.items()})

    def head(self, verb: str, facts: Mapping[str, str]) -> str:
        """Return what a verb says; a fact that a statement lacks is a dash."""
        return self.heads[verb].format_map(_Facts({name: self.kept(value) for name, value in facts.items()}))

    def code(self, code: str, kind: str = "") -> str:
        """Return the word for a code of a closed list; one that is not known stays as it is."""
        return self.codes.get(f"{kind}.{code}") or self.codes.get(code) or code.replace("_", " ")

    def listed(self, items: Iterable[str]) -> str:
        """Return items one behind the other, each in its own direction."""
        return self.phrases["and_so_on"].join(self.kept(item) for item in items)

    def number(self, value: float) -> str:
        """Return a whole figure in threes."""
        return f"{value:,.0f}".replace(",", self.thousands)

    def hours(self, seconds: int) -> str:
        """Return a length of time in hours and minutes, rounded up to the minute."""
        whole, minutes = divmod(-(-seconds // 60), 60)
        told = [self.say("hours", count=whole)] if whole else []
        return " ".join([*told, *([self.say("minutes", count=minutes)] if minutes or not whole else [])])

    def kept(self, value: str) -> str:
        """Return a fact so that the sentence around it does not turn it."""
        return f"{FROM}{value}{TO}" if self.from_right and value else value


@dataclass(frozen=True, slots=True)
class _Filling:
    """What fills a gap: a fact as it is, or, where the gap lists forms, the one that this number takes."""

    value: object
    words: Catalogue
    within: bool

    def __format__(self, forms: str) -> str:
        if not forms:
            text = str(self.value)
            return text if FROM in text and not self.within else self.words.kept(text)
        assert isinstance(self.value, int), "only numbers have forms"
        return form(self.words.language, self.value, forms.split("|")).replace("#", self.words.number(self.value))


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"
