"""Movements and lists for tests: the places, what is said of them, and what a faulty author writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.node.stories import AGREEMENT, fold, others, site, three, utter

from entente.geo.position import Position
from entente.ids import Hash, SubjectId
from entente.joint import ladder, movements, notifications, readback
from entente.joint.act import spell
from entente.joint.disputes import Reason
from entente.joint.journey import Guards, Journey, Passage, Vehicle, VehicleKind
from entente.joint.movements import How, Version, Why
from entente.joint.protected_sites import DayMark, InfraredMark, Site
from entente.node import command, translate
from entente.node.node import Receipt
from entente.testing.coalition import START, Coalition, Member

LEAF = "0" * 64
RELIEF = SubjectId("movement/a/relief")
LIST = SubjectId("sites/a/valley")
TRUCK = Vehicle(
    kind=VehicleKind.TRUCK, count=3, day_marks=frozenset({DayMark.FLAG}),
    infrared_marks=frozenset({InfraredMark.INFRARED_BEACON}),
)  # fmt: skip


def journey(lat: float = 47.0, start: datetime = START + timedelta(hours=60), hours: float = 2, **more: Any) -> Journey:
    """A convoy eastwards along a parallel, three days from now: far enough ahead to be in time."""
    passages = (
        Passage(position=Position(lat=lat, lon=8.0), at=start, name="Depot"),
        Passage(position=Position(lat=lat, lon=8.2), at=start + timedelta(hours=hours), name="Mill bridge"),
    )
    given: dict[str, Any] = {
        "title": "Water to the valley", "passages": passages, "contact": "channel 4", "vehicles": (TRUCK,),
        "guards": Guards.NONE, "half_width_m": 500.0, "uncertainty_m": 100.0,
    }  # fmt: skip
    return Journey(**(given | more))


def notify(
    member: Member, what: Journey | None = None, name: str = "relief", to: Iterable[str] | None = None, **how: Any
) -> Receipt:
    readers = others(member, "ab") if to is None else set(to)
    return member.say(
        command.notify_movement(
            AGREEMENT, "ab", member.party, name, what or journey(), "Water to the valley", to=readers, **how
        )
    )


def amend(member: Member, what: Journey, to: Iterable[str] | None = None, **how: Any) -> Receipt:
    readers = others(member, "ab") if to is None else set(to)
    return member.say(command.amend_movement(AGREEMENT, "ab", RELIEF, latest(member), what, to=readers, **how))


def report(member: Member, how: How, when: datetime | None = None, until: datetime | None = None) -> Receipt:
    now = when or member.node.clock.now()
    return member.say(
        command.report_movement(AGREEMENT, "ab", RELIEF, latest(member).leaf, how, now, "checkpoint 3", until=until)
    )


def end(member: Member, why: Why = Why.COMPLETED) -> Receipt:
    return member.say(command.end_movement(AGREEMENT, "ab", RELIEF, latest(member).leaf, why))


def acknowledge(member: Member) -> Receipt:
    return member.say(command.acknowledge_movement(AGREEMENT, "ab", RELIEF, latest(member).leaf))


def latest(member: Member) -> Version:
    found = movements.read(RELIEF, fold(member, "ab").now())
    assert found is not None
    return found.latest


def issue(member: Member, sites: Iterable[Site] | None = None, number: int = 1, **how: Any) -> Receipt:
    """Issue a list, valley, to everyone in the circle."""
    listed = [site("c-1"), site("c-2", lat=47.5)] if sites is None else list(sites)
    return member.say(
        command.notify_sites(
            AGREEMENT, "ab", member.party, "valley", number, listed, "protection", to=others(member, "ab"), **how
        )
    )


def issued(member: Member, subject: SubjectId = LIST) -> Hash:
    return notifications.issues(subject, fold(member, "ab").now())[-1][0]


def read_back(member: Member, texts: dict[str, str], subject: SubjectId = LIST, item: Hash | None = None) -> Receipt:
    """Read places of a list back, held against the notice as this party holds it."""
    held = {s.id: s for listed, s in member.node.watch.sites.values() if listed == subject}
    entered = [
        readback.compare(text, readback.Place(id=name, position=held[name].position, within_m=held[name].uncertainty_m))
        for name, text in texts.items()
    ]
    leaf = item or issued(member, subject)
    return member.say(command.read_back(AGREEMENT, "ab", subject, leaf, entered, to=[subject.split("/")[1]]))


def dispute(member: Member, name: str = "c-1", reason: Reason = Reason.WRONG_POSITION) -> Receipt:
    return member.say(command.dispute(AGREEMENT, "ab", LIST, issued(member), name, reason))


def moved(what: Journey, lat: float, place: int = 1) -> Journey:
    """The journey with one passage elsewhere."""
    changed = replace(what.passages[place], position=Position(lat=lat, lon=what.passages[place].position.lon))
    return replace(what, passages=(*what.passages[:place], changed, *what.passages[place + 1 :]))


# -- what a faulty author writes ---------------------------------------------------------------------------------------

JOURNEY = translate.salted(movements.JOURNEY, b"{}")
ENTERED = translate.salted(ladder.READ_BACK, b"[]")
Found = tuple[Coalition, str, str, int]


def body(**more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "version": 1, "start": spell(START + timedelta(hours=1)), "end": spell(START + timedelta(hours=2)),
        "purpose": "water", "previous": "", "emergency": False, "notice_s": 0,
    }  # fmt: skip
    return plain | more


def _says(verb: str, said: dict[str, Any], subject: str = RELIEF, **how: Any) -> Callable[[], Found]:
    def case() -> Found:
        c = three()
        return c, "a", "ab", utter(c["a"], verb, subject, said, **how)

    return case


def _told(party: str, verb: str, said: dict[str, Any], **how: Any) -> Callable[[], Found]:
    """One act about a movement that a has notified; LATEST stands for its leaf."""

    def case() -> Found:
        c = three()
        notify(c["a"])
        if how.pop("over", False):
            end(c["a"])
        c.settle()
        filled = {key: latest(c["a"]).leaf if value == "LATEST" else value for key, value in said.items()}
        return c, party, "ab", utter(c[party], verb, RELIEF, filled, **how)

    return case


def _listed(party: str, verb: str, said: dict[str, Any], **how: Any) -> Callable[[], Found]:
    """One act about a list that a has issued; ISSUED stands for its leaf."""

    def case() -> Found:
        c = three()
        issue(c["a"])
        c.settle()
        filled = {key: issued(c["a"]) if value == "ISSUED" else value for key, value in said.items()}
        return c, party, "ab", utter(c[party], verb, LIST, filled, **how)

    return case


def _stale() -> Found:
    """b acknowledges a version although it holds the amendment."""
    c = three()
    notify(c["a"])
    old = latest(c["a"]).leaf
    amend(c["a"], journey(lat=47.1))
    c.settle()
    return c, "b", "ab", utter(c["b"], "movement.acknowledge", RELIEF, {"version": old})


def _others_dispute() -> Found:
    c = three()
    issue(c["a"])
    c.settle()
    receipt = dispute(c["b"])
    c.settle()
    return c, "a", "ab", utter(c["a"], "dispute.end", LIST, {"dispute": receipt.leaf})


RELAY = {"item": "ISSUED", "unit": "2 Wing"}
BACK = {"item": "ISSUED", "places": 1, "differing": 0}
DISPUTE = {"item": "ISSUED", "site": "c-1", "reason": "not_found"}
TOLD = {"version": "LATEST", "how": "denied", "when": spell(START), "by": "checkpoint 3", "until": ""}
END = {"version": "LATEST", "why": "completed"}
CASES: dict[str, Callable[[], Found]] = {
    "dispute.other_party": _others_dispute,
    "dispute.own": _listed("a", "dispute.give", DISPUTE),
    "dispute.site": _listed("b", "dispute.give", DISPUTE | {"site": ""}),
    "dispute.unknown": _listed("b", "dispute.end", {"dispute": LEAF}),
    "ladder.own": _listed("a", "ladder.load", RELAY),
    "ladder.places": _listed("b", "ladder.read_back", BACK | {"differing": 2}, details=(ENTERED,)),
    "ladder.unit": _listed("b", "ladder.relay", RELAY | {"unit": " "}),
    "ladder.unknown": _listed("b", "ladder.relay", RELAY | {"item": LEAF}),
    "movement.by": _told("b", "movement.report", TOLD | {"by": ""}),
    "movement.clock": _says("movement.notify", body(notice_s=31 * 86400), details=(JOURNEY,)),
    "movement.ended": _told("a", "movement.end", END, over=True),
    "movement.exists": _told("a", "movement.notify", body(), details=(JOURNEY,)),
    "movement.journey": _says("movement.notify", body()),
    "movement.other_party": _told("b", "movement.end", END),
    "movement.purpose": _says("movement.notify", body(purpose=" "), details=(JOURNEY,)),
    "movement.stale": _stale,
    "movement.unknown": _told("b", "movement.acknowledge", {"version": LEAF}),
    "movement.version": _told("a", "movement.amend", body(version=3, previous="LATEST"), details=(JOURNEY,)),
    "movement.when": _told("b", "movement.report", TOLD | {"when": spell(START + timedelta(days=2))}),
    "movement.window": _says("movement.notify", body(end=spell(START)), details=(JOURNEY,)),
}
"""An act for each code of these rules; tests/joint/test_verdict.py runs them with all others."""
BODIES: dict[str, dict[str, Any]] = {
    "movement.notify": body(), "movement.amend": body(), "movement.acknowledge": {"version": LEAF},
    "movement.report": TOLD | {"version": LEAF}, "movement.end": END | {"version": LEAF},
    "ladder.read_back": BACK | {"item": LEAF}, "ladder.relay": RELAY | {"item": LEAF},
    "ladder.load": RELAY | {"item": LEAF}, "dispute.give": DISPUTE | {"item": LEAF}, "dispute.end": {"dispute": LEAF},
}  # fmt: skip
