"""A desk's day before anybody looks: a list in and out, recipients without a node, a convoy amended and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.exchange.conftest import until
from tests.web.centres import Page, Served
from tests.web.test_desk import say_at_once, sign_paper, upload

SITES = "exercise-amman-sites"
HEAD = "id;Facility;Lat;Long;District;Country;Type"
KINDS = (("Clinic", "clinic"), ("School", "school"), ("Well", "water"), ("Bakery", "food"), ("Shelter", "shelter"))
PLACES = ("of the hill", "of the river", "at the mill", "by the bridge", "in the valley", "at the crossroads")
HELD = ["district=District X"]
"""What is issued: nothing that is doubtful, and nothing near the routes of the exercise."""
ODD = (
    "odd-1;Clinic without a place;;;District W;Exerciseland;clinic",
    "odd-2;School, coordinates exchanged;38.4410;36.6120;District W;Exerciseland;school",
    "odd-3;Well on a whole degree;37;39;District W;Exerciseland;water",
    "odd-4;Clinic of the hill;36.4004;38.4504;District W;Exerciseland;clinic",
)


SCHOOLS = f"""{HEAD}
s-1;School of the hill;36.4004;38.6403;District X;Exerciseland;school
s-2;School by the harbour;36.9120;38.2100;District Z;Exerciseland;school
"""
"""Another ministry's list, which perhaps names a place of the first."""


def rows() -> list[str]:
    """Thirty places on a lattice, and some that are doubtful."""
    plain = [
        f"h-{5 * i + j + 1};{kind} {place};{36.40 + 0.09 * i:.4f};{38.45 + 0.19 * j:.4f};"
        f"District {'XYZ'[i % 3]};Exerciseland;{sort}"
        for i, place in enumerate(PLACES)
        for j, (kind, sort) in enumerate(KINDS)
    ]
    return [*plain, *ODD]


def first() -> str:
    """Return the list as it came first."""
    return "\n".join([HEAD, *rows()]) + "\n"


def edited() -> str:
    """Return the list as it came a week later: one moved, one renamed, one left out, one new."""
    kept = [row for row in rows() if not row.startswith("h-9;")]
    kept[0] = kept[0].replace("36.4000", "36.4600")
    kept[6] = kept[6].replace("School of the river", "Secondary school of the river")
    return "\n".join([HEAD, *kept, "h-31;Clinic of the new road;36.7421;39.3010;District Z;Exerciseland;clinic"]) + "\n"


def fill(served: Mapping[str, Served]) -> None:
    """Let the Coordinator's desk have worked: what comes to the parties is opened, relayed and read back by some."""
    desk = served["coordinator"].enter("protection", SITES)
    _lists(desk, served)
    _papers(desk)
    _movement(desk, served)
    desk.post("desk/imports", **upload(edited(), file="health-week-49.csv"), list="health")


def _lists(desk: Page, served: Mapping[str, Served]) -> None:
    read = desk.post("desk/imports", **upload(first(), file="health.csv"), list="health").json()
    desk.post("desk/imports/health/accept", sha256=read["sha256"], rest_new=True)
    more = desk.post("desk/imports", **upload(SCHOOLS, file="schools.csv"), list="schools").json()
    desk.post("desk/imports/schools/accept", sha256=more["sha256"], rest_new=True)
    issue = {
        "name": "health",
        "precision_m": 1000.0,
        "conditions": ["list=health", *HELD],
        "consent": "letters of the owners",
    }
    say_at_once(desk, "issue_list", **issue, to=["north", "south"])
    for party, far in (("north", "opened"), ("south", "loaded")):
        duty, path = served[party].enter("protection", SITES), f"coordinator/health-{party}"
        subject = f"sites/{path}"
        until(lambda subject=subject, duty=duty: any(one["subject"] == subject for one in duty.get("inbox")["items"]))
        duty.say("open_terms", subject=subject)
        leaf = duty.get(f"notices/{path}")["leaf"]
        duty.say("acknowledge_list", subject=subject, leaf=leaf)
        for step in ("relayed", "loaded") if far == "loaded" else ():
            duty.say("relay", subject=subject, leaf=leaf, unit="2 Wing", step=step)


def _papers(desk: Page) -> None:
    for name, title, language, formats in (
        ("air-desk", "Air desk of the river force", "en", ["pdf", "csv"]),
        ("port-desk", "Bureau du port", "fr", ["docx", "mgrs"]),
    ):
        sign_paper(
            desk, say="paper_recipient", name=name, title=title, formats=formats, precision_m=1000, lists=["health"],
            language=language, acknowledges="duty officer, by telephone", limits=["not_combined"],
        )  # fmt: skip
    sign_paper(desk, say="paper_package", to=["air-desk"])
    heard = desk.post("desk/heard", recipient="air-desk", number=1, rung="loaded", source="telephone", unit="4 Wing")
    assert heard.is_success, heard.text


def _journey(hour: int) -> dict[str, Any]:
    way = (("36.3900 38.6100", "Depot"), ("36.5300 38.8800", "Bridge"), ("36.6520 39.1400", "Valley"))
    passages = [
        {"position": at, "at": f"2026-12-02T{hour + i:02d}:00:00Z", "name": name} for i, (at, name) in enumerate(way)
    ]
    trucks = {"kind": "truck", "count": 6, "label": "R 11 to R 16", "day_marks": ["flag"]}
    return {
        "title": "Water to the valley", "contact": "channel 4", "passages": passages,
        "vehicles": [{**trucks, "infrared_marks": ["infrared_beacon"]}],
    }  # fmt: skip


def _movement(desk: Page, served: Mapping[str, Served]) -> None:
    common = {"name": "relief", "purpose": "Water for 400 families"}
    say_at_once(desk, "notify_movement", **common, to=["north", "south"], precision_m=500.0, journey=_journey(6))
    duties = {party: served[party].enter("watch", SITES) for party in ("north", "south")}
    for party, duty in duties.items():
        path = f"coordinator/relief-{party}"
        until(lambda path=path, duty=duty: any(path in one["subject"] for one in duty.get("inbox")["items"]))
        duty.say("open_terms", subject=f"movement/{path}")
        until(lambda path=path, duty=duty: duty.get(f"movements/{path}")["journey"] is not None)
        leaf = duty.get(f"movements/{path}")["notice"]["leaf"]
        duty.say("acknowledge_movement", subject=f"movement/{path}", leaf=leaf)
    until(lambda: all(desk.get(f"movements/coordinator/relief-{party}")["movement"]["row"]["acknowledged"]
                      for party in duties))  # fmt: skip
    say_at_once(desk, "amend_movement", **common, journey=_journey(8))
    path, duty = "coordinator/relief-north", duties["north"]
    until(lambda: len(duty.get(f"movements/{path}")["versions"]) == 2)
    leaf = duty.get(f"movements/{path}")["notice"]["leaf"]
    entered = [
        {"place": "1", "text": "36.3901 38.6101"}, {"place": "2", "text": "38.8800 36.5300"},
        {"place": "3", "text": "36.6520 39.1400"},
    ]  # fmt: skip
    duty.say("read_back", subject=f"movement/{path}", leaf=leaf, places=entered)
    until(lambda: bool(desk.get(f"movements/{path}")["notice"]["read_backs"]))
