"""Screening a plan while it is being made: nothing of it is kept, and nobody else hears of it."""

from __future__ import annotations

from dataclasses import replace

from entente.deconfliction.resolve import Reach
from entente.errors import Refused
from entente.ids import AgreementId, SubjectId
from entente.node import drafting
from entente.report import ways as words
from entente.web import forms
from entente.web.shapes import Screen, Screened, WayView
from entente.web.viewer import Viewer

NEW = "operation/{party}/-"
"""What a plan is called while it has no name: no operation can be called so."""
REACH = Reach()


def screen(viewer: Viewer, asked: Screen) -> Screened:
    """Screen a plan as it would be if it were proposed now, and find ways out when they are asked for.

    Raises:
        Refused: `centre.unknown`, `centre.screening`, when the agreement is none under which anybody flies.
        Malformed: `plan.*`, `geo.*`.
    """
    node = viewer.node
    if asked.agreement not in viewer.seat.offices:
        raise Refused("centre.unknown", f"there is no agreement {asked.agreement[:64]!r} for this officer")
    book = node.books[AgreementId(asked.agreement)]
    if book.current(viewer.now).standard is None:
        raise Refused("centre.screening", f"{asked.agreement} has no operations, so it fixes no separation")
    if asked.subject:
        viewer.find("operation", asked.subject, asked.agreement)
    subject = SubjectId(asked.subject or NEW.format(party=node.party))
    plan = replace(forms.plan_of(asked.plan), id=subject)
    found = drafting.screen(node, book, plan, subject, node.party, viewer.now)
    ways: tuple[WayView, ...] = ()
    said: list[str] = []
    if asked.ways and found.findings:
        out = drafting.ways_out(node, book, plan, subject, node.party, viewer.now, REACH)
        ways = tuple(
            WayView(
                text=words.shift(way.later_s, way.higher_m, viewer.words), later_s=way.later_s, higher_m=way.higher_m,
                plan=forms.form_of(way.plan),
            )
            for way in out.ways
        )  # fmt: skip
        said = [*words.sentences(out, REACH, viewer.words), viewer.words.say("way.nature")]
    return Screened(
        findings=viewer.findings(found.findings, node.party), compared=found.compared,
        undisclosed=node.watch.undisclosed(subject), ways=ways, said=tuple(said), drawn=forms.drawn(plan.volumes),
        sentences=viewer.sentences,
    )  # fmt: skip
