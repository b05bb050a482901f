"""The words in which a statement is shown to whoever signs it, in his language.

A signature covers the hash of this text, its language and the catalogue's version, so an inquiry can show what the
signer had before his eyes. The sentences are `catalogues`; what a statement tells, and in which order, stands here once
for all languages, so that the same facts are in each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entente.geo.altitude import show_band
from entente.geo.interval import dtg
from entente.ids import PartyId, is_hash
from entente.joint.act import Statement
from entente.joint.agreement import Agreement
from entente.joint.journey import Change
from entente.joint.plan import Plan
from entente.joint.screening import Finding
from entente.picture.catalogues import CATALOGUES, ENGLISH, LANGUAGES, Catalogue

__all__ = ["LANGUAGES", "NOT_LISTED", "NO_FINDING", "Context", "change", "describe", "render"]

NO_FINDING, NOT_LISTED = ENGLISH.phrases["no_finding"], ENGLISH.phrases["not_listed"]
_LISTS = {
    "kind": "kind", "kinds": "kind", "crew": "crew", "answer": "answer", "how": "how", "reason": "reason", "why": "why",
    "role": "role", "limits": "limit", "office": "office", "emergency": "",
}  # fmt: skip
"""The fields of statements that hold codes of closed lists, and the list; what else they hold stays as it is."""
_TOGETHER = 3
"""Bands of altitude that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What stands beside a statement: the plan it is about, notes, who gets which detail, and what was found.

    `findings` is None when nothing was screened, `released` when it is not known who was granted what; `undisclosed`
    counts plans that could not be screened.
    """

    plan: Plan | None = None
    notes: tuple[str, ...] = ()
    released: Mapping[str, frozenset[PartyId]] | None = None
    findings: Sequence[Finding] | None = None
    undisclosed: int = 0
    notices: tuple[str, ...] = ()
    """The terms of a release that the statement is about, in words of the same language."""


def render(statement: Statement, agreement: Agreement, party: str, context: Context, language: str = "en") -> str:
    """Return the text shown for a statement: one fact a line, the same for everyone who draws it up from these."""
    words = CATALOGUES[language]
    lines = [
        words.say("exercise") if agreement.exercise else "",
        words.say("says", party=party, title=agreement.text.title, id=agreement.id, digest=agreement.digest[:16]),
        words.say("circle", circle=statement.circle),
        words.head(statement.verb, _facts(statement, words)),
        words.say("subject", subject=statement.subject),
        *(_plan(context.plan, words) if context.plan is not None else ()),
        words.say("threat", threat=statement.body["threat"]) if statement.body.get("threat") else "",
        words.say("emergency") if _urgent(statement) else "",
        *(words.say("note", note=" ".join(note.split())) for note in context.notes),
        *context.notices,
        *(_detail(name, digest, context.released, words) for name, digest in statement.details),
    ]
    if context.findings is not None:
        lines += [words.say("findings", count=len(context.findings))]
        lines += [describe(finding, words) for finding in context.findings]
        lines += [words.say("hidden", count=context.undisclosed)] if context.undisclosed else []
        lines += [words.say("no_finding"), words.say("not_listed")]
    return "\n".join(line for line in lines if line)


def _urgent(statement: Statement) -> bool:
    return statement.verb == "sites.notify" and bool(statement.body.get("emergency"))


def _facts(statement: Statement, words: Catalogue) -> dict[str, str]:
    """Return what a statement's body says, field by field; codes of closed lists as words."""
    lists = _LISTS | ({"purpose": "purpose"} if statement.verb.startswith("release.") else {})
    found = {name: _fact(value, lists.get(name), words) for name, value in statement.body.items()}
    found.setdefault("item", statement.subject.partition("/")[2])
    return found


def _fact(value: Any, codes: str | None, words: Catalogue) -> str:
    if isinstance(value, list | tuple):
        return words.phrases["and_so_on"].join(_fact(item, codes, words) for item in value) or "-"
    if isinstance(value, dict):
        return " ".join(f"{name} {_fact(item, None, words)}" for name, item in value.items())
    text = str(value) if value not in ("", None) else "-"
    if codes is not None:
        return words.code(text, codes)
    return f"{text[:16]}…" if is_hash(text) else text


def _plan(plan: Plan, words: Catalogue) -> Iterator[str]:
    """Say which flight it is: what an officer knows it by, not its hash."""
    start, end = min(v.interval.start for v in plan.volumes), max(v.interval.end for v in plan.volumes)
    bands = sorted({show_band(volume.band) for volume in plan.volumes})
    yield words.say("flight", name=f"{plan.callsign}, {plan.title}" if plan.callsign else plan.title)
    key = "window_more" if len(bands) > _TOGETHER else "window"
    yield words.say(key, start=dtg(start), end=dtg(end), bands=words.listed(bands[:_TOGETHER]))


def _detail(name: str, digest: str, released: Mapping[str, frozenset[PartyId]] | None, words: Catalogue) -> str:
    given = {"name": name, "digest": digest[:16]}
    if released is None:
        return words.say("detail", **given)
    readers = released.get(name)
    return (
        words.say("detail_to", to=words.listed(sorted(readers)), **given)
        if readers
        else words.say("detail_nobody", **given)
    )


def describe(finding: Finding, words: Catalogue = ENGLISH) -> str:
    """Return one finding as one line of text."""

    def gap(metres: float | None, otherwise: str) -> str:
        return words.say(otherwise) if metres is None else words.say("metres", count=f"{metres:.0f}")

    return words.say(
        "finding_marked" if finding.marks else "finding", against=words.code(finding.against, "against"),
        other=finding.other_title or finding.other, across=gap(finding.horizontal_m, "overlap"),
        up=gap(finding.vertical_m, "unknown"), required_m=f"{finding.required_horizontal_m:.0f}",
        required_up_m=f"{finding.required_vertical_m:.0f}", marks=", ".join(finding.marks),
    )  # fmt: skip


def change(one: Change, words: Catalogue = ENGLISH) -> str:
    """Return what an amendment changed as one line of text."""
    of, _, number = one.what.partition(" ")
    what = words.say("passage_number", number=number) if of == "passage" else words.code(one.what)
    none = words.say("none")
    told = {"what": what, "old": words.code(one.old) if one.old else none, "new": words.code(one.new) or none}
    return (
        words.say("changed_moved", moved_m=words.number(one.moved_m), **told)
        if one.moved_m >= 1
        else words.say("changed", **told)
    )
