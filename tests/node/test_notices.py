"""Notices that reach those who fly: movements, the ladder, disputes, both ways; each failure of docs/failures.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.node import moving
from tests.node.moving import (
    LIST,
    RELIEF,
    TRUCK,
    acknowledge,
    amend,
    dispute,
    end,
    issue,
    issued,
    journey,
    latest,
    moved,
    notify,
    read_back,
    report,
)
from tests.node.stories import (
    AGREEMENT,
    copied,
    fold,
    node,
    others,
    plan,
    propose,
    row,
    site,
    tell,
    three,
    utter,
)

from entente import canonical
from entente.deconfliction.resolve import Reach
from entente.errors import Refused
from entente.geo.altitude import parse_band
from entente.geo.position import Position
from entente.ids import Hash, PartyId, SubjectId
from entente.joint import disputes, ladder, movements, notifications, releases
from entente.joint.act import spell
from entente.joint.disputes import Reason
from entente.joint.journey import difference, protected
from entente.joint.ladder import Rung
from entente.joint.movements import How, Why
from entente.joint.plan import Plan
from entente.joint.protected_sites import Category, DayMark, Function, Grade, InfraredMark, Method, Reliability
from entente.joint.readback import Outcome, Place, compare, entered_from_plain, held_against
from entente.joint.screening import Finding
from entente.joint.spelling import journey_to_plain
from entente.node import affected, allowance, command, convoys, drafting, translate
from entente.node.node import Node
from entente.picture import board, coverage, journeys
from entente.picture.coarsen import coarsen
from entente.testing.coalition import START, Coalition, Member

SECRET = b"0123456789abcdef"


def low(hours_from_now: float = 60.5, lat: float = 47.0, title: str = "low") -> Plan:
    """A flight near the ground over the movements and sites of `moving`, one hour long."""
    made = plan(title, lat=lat, start=START + timedelta(hours=hours_from_now - 2))
    return replace(made, volumes=tuple(replace(v, band=parse_band("GND-1000 ft AGL")) for v in made.volumes))


def findings(member: Member, what: Plan) -> list[Finding]:
    book = member.node.book(AGREEMENT)
    subject = SubjectId(f"operation/{member.party}/new")
    now = member.node.clock.now()
    return list(drafting.screen(member.node, book, replace(what, id="new"), subject, member.party, now).findings)


def marks(member: Member, what: Plan | None = None) -> set[str]:
    """The marks of what is found of others' sites and movements."""
    found = [f for f in findings(member, what or low()) if f.against.value in ("site", "unplaced")]
    return {mark for finding in found for mark in finding.marks} | ({"found"} if found else set())


def cover(member: Member, subject: str = LIST) -> list[coverage.Row]:
    here = fold(member, "ab")
    agreement = member.node.book(AGREEMENT).current(member.node.clock.now())
    return coverage.rows(here, agreement, subject, member.node.clock.now())  # type: ignore[arg-type]


@pytest.fixture
def c() -> Coalition:
    return three()


# -- what failed, and what catches it ----------------------------------------------------------------------------------


def test_f10_a_changed_function_reaches_the_recipient_and_the_old_one_stays_in_the_record(c: Coalition) -> None:
    """F-10."""
    a, b = c["a"], c["b"]
    issue(a, [site("c-1")])
    was = Function(since=START - timedelta(days=400), category=Category.MEDICAL)
    second = issue(a, [replace(site("c-1"), category=Category.SCHOOL, history=(was,))], number=2)
    c.settle()

    held = {s.id: s for listed, s in b.node.watch.sites.values() if listed == LIST}
    first = canonical.decode(b.node.store.parts("a/exercise-test/1", second.seq - 1)[1].data)

    assert held["c-1"].category is Category.SCHOOL and held["c-1"].history == (was,)
    assert first[0]["category"] == "medical"


def test_f11_grade_verifier_and_method_go_with_the_site(c: Coalition) -> None:
    """F-11: the grade and the method go with every copy, who verified it only where the notifier says so."""
    graded = replace(
        site("c-1"), grade=Grade(reliability=Reliability.C, credibility=3), method=Method.GAZETTEER, verifier="cluster"
    )
    copy = coarsen(graded, precision_m=500, recipient="b", secret=SECRET)
    issue(c["a"], [copy])
    c.settle()

    [(_, held)] = c["b"].node.watch.sites.values()

    assert (str(held.grade), held.method, held.verifier) == ("C3", Method.GAZETTEER, "")


def test_f13_coverage_names_who_lacks_it_and_which_unit_has_it(c: Coalition) -> None:
    """F-13; JOINT-150, JOINT-151, JOINT-166."""
    a, b = c["a"], c["b"]
    issue(a)
    c.clock.advance(hours=1)
    notify(a)
    before = cover(a)
    c.settle()
    tell(c)
    b.say(command.relay(AGREEMENT, "ab", LIST, issued(b), "2 Wing"))
    b.say(command.load(AGREEMENT, "ab", LIST, issued(b), "2 Wing, 3 Sqn"))
    tell(c)

    [list_row] = cover(a)
    [movement_row] = cover(a, RELIEF)

    assert before[0].rung is None and before[0].notice.recipient == "b"
    assert list_row.rung is Rung.LOADED and list_row.units == ("2 Wing", "2 Wing, 3 Sqn")
    assert list_row.missing == (Rung.OPENED, Rung.READ_BACK)
    assert movement_row.rung is Rung.DELIVERED
    assert coverage.ordered([movement_row, list_row]) == [list_row, movement_row]


@pytest.mark.parametrize(("emergency", "hours"), [(False, 48), (True, 24)])
def test_f13_who_has_said_nothing_of_a_list_in_time_is_told_by_the_theatres_clock(
    c: Coalition, emergency: bool, hours: int
) -> None:
    """F-13, R-37; JOINT-165: a view by the reader's clock; what a machine holds is no acknowledgement."""
    a, b = c["a"], c["b"]
    issue(a, [site("c-1")], emergency=emergency)
    tell(c)

    c.clock.advance(hours=hours - 1)
    [early], [still] = cover(a), lists(a)
    c.clock.advance(hours=2)
    [late], [listed] = cover(a), lists(a)
    b.say(command.acknowledge_sites(AGREEMENT, "ab", LIST, issued(b)))
    tell(c)
    [said], [heard] = cover(a), lists(a)

    assert (early.rung, early.unacknowledged, late.unacknowledged, said.unacknowledged) == (
        Rung.DELIVERED, False, True, False
    )  # fmt: skip
    assert late.overdue and said.overdue, "no unit has loaded it, whoever has acknowledged it"
    assert (still.overdue, listed.overdue, heard.overdue) == ((), ("b",), ())
    assert listed.due == late.notice.due == late.notice.issued_at + timedelta(hours=hours)
    assert still.waiting == listed.waiting == ("b",) and heard.waiting == ()


def test_f13_a_list_given_on_terms_waits_for_those_whom_they_name_and_nobody_else(c: Coalition) -> None:
    """F-13."""
    a = c["a"]
    terms = releases.Terms(to=(PartyId("b"),), purpose=releases.Purpose.KEEP_AWAY)
    a.say(command.give_terms(AGREEMENT, "all", SubjectId("sites/a/clinics"), terms))
    a.say(command.notify_sites(AGREEMENT, "all", "a", "clinics", 1, [site("c-1")], "To keep away", to=["b"]))
    c.settle()
    c.clock.advance(hours=49)

    book = a.node.book(AGREEMENT)
    [listed] = board.list_rows(book.fold("all"), book.first, c.clock.now())

    assert listed.waiting == listed.overdue == ("b",)


def lists(member: Member) -> list[board.ListRow]:
    book = member.node.book(AGREEMENT)
    return board.list_rows(fold(member, "ab"), book.first, member.node.clock.now())


def test_f14_every_new_place_is_held_against_every_plan_and_every_plan_against_every_place(c: Coalition) -> None:
    """F-14; JOINT-170: the planner learns at once, the notifier nothing of a plan that it was not given."""
    a, b = c["a"], c["b"]
    receipt = propose(b, "ab", "low", low(), to=[])
    tell(c)
    notify(a)
    issue(a, [site("c-1")])
    tell(c)

    noted = affected.noted(b.node, receipt.leaf)
    told = [line["facts"] for line in b.node.journal_lines() if line["what"] == "affected"]
    [news] = affected.news(b.node, b.node.book(AGREEMENT))

    assert {name.split("/")[0] for name in noted} == {"movement", "sites"}
    assert {fact["by"] for fact in told} == set(noted) == {finding.other for finding in news.new}
    assert affected.look(b.node) == 0
    assert [line for line in a.node.journal_lines() if line["what"] == "affected"] == []
    assert findings(b, low()) != [] and list(affected.news(a.node, a.node.book(AGREEMENT))) == []


def test_f14_a_notice_says_which_plans_that_we_were_given_come_too_close(c: Coalition) -> None:
    """F-14, JOINT-170: only of plans that were released to the notifier."""
    a, b = c["a"], c["b"]
    propose(b, "ab", "hidden", low(title="hidden"), to=[])
    c.settle()
    draft = a.draft(_notice(a))
    assert "too close: 0." in draft.text and "hidden" not in draft.text

    propose(b, "ab", "open", low(title="open"))
    c.settle()

    assert "Plans released to us that come too close: 1." in a.draft(_notice(a)).text


def _notice(member: Member) -> command.Command:
    return command.notify_movement(AGREEMENT, "ab", "a", "relief", journey(), "water", to=others(member, "ab"))


@pytest.mark.parametrize("office", ["watch", "protection", "air_operations", "senior"])
def test_f16_any_officer_on_duty_acknowledges_reads_back_and_reports(c: Coalition, office: str) -> None:
    """F-16; JOINT-142."""
    a, b = c["a"], c["b"]
    notify(a)
    c.settle()

    b.say(command.acknowledge_movement(AGREEMENT, "ab", RELIEF, latest(b).leaf), office)
    b.say(command.load(AGREEMENT, "ab", RELIEF, latest(b).leaf, "2 Wing"), office)
    b.say(command.report_movement(AGREEMENT, "ab", RELIEF, latest(b).leaf, How.FACILITATED, c.clock.now(), "b"), office)

    held = convoys.journey_of(b.node, latest(b))
    assert held is not None and held.contact == "channel 4"


def test_f17_a_wrong_notice_is_read_back_faithfully_and_found_only_against_our_own_plan(c: Coalition) -> None:
    """F-17; JOINT-154, JOINT-155: nine kilometres off, as at Deir ez-Zor."""
    a, b = c["a"], c["b"]
    wrong = site("c-1", lat=47.0809)
    own = Place(id="c-1", position=Position(lat=47.0, lon=8.0), within_m=100.0)
    issue(a, [wrong], originals=[own])
    c.settle()
    read_back(b, {"c-1": "47.0809 8.0000"})
    c.settle()

    [event] = [e for e in fold(a, "ab").now().events(LIST, "b") if e.verb == "ladder.read_back"]
    part = next(p for p in a.node.store.parts(event.origin, event.seq) if p.name == ladder.READ_BACK)
    [entered] = entered_from_plain(canonical.decode(part.data))
    ours = held_against(entered, convoys.originals_of(a.node, fold(a, "ab"), LIST)["c-1"])

    assert entered.outcome is Outcome.SAME and event.act.statement.body["differing"] == 0
    assert ours.outcome is Outcome.DIFFERS and ours.apart_m is not None and 8_900 < ours.apart_m < 9_100
    assert convoys.originals_of(b.node, fold(b, "ab"), LIST) == {}


def test_f17_a_read_back_that_differs_is_a_finding_for_both_and_no_rung(c: Coalition) -> None:
    """F-17, F-02; JOINT-154."""
    a, b = c["a"], c["b"]
    issue(a)
    c.settle()
    read_back(b, {"c-1": "8.0 47.0", "c-2": "47.5 8.0"})
    tell(c)

    for member in (a, b):
        [found] = cover(member)
        assert found.differing == 1 and found.rung is Rung.DELIVERED
    read_back(b, {"c-1": "47.0 8.0"})
    tell(c)
    assert cover(a)[0].rung is Rung.READ_BACK and cover(a)[0].differing == 0


def test_f02_a_swapped_read_back_is_named() -> None:
    held = Place(id="1", position=Position(lat=31.95, lon=35.92), within_m=100.0)

    assert compare("35.92 31.95", held).outcome is Outcome.SWAPPED
    assert compare("36R YA 76012 38617", held).outcome is Outcome.SAME
    assert compare("31°57'00\"N 035°55'12\"E", held).outcome is Outcome.SAME
    assert compare("31.9505 35.9200", held).outcome is Outcome.WITHIN
    assert compare("31.96 35.92", replace(held, position=None)).outcome is Outcome.UNPLACED


@pytest.mark.parametrize(("hours", "emergency", "stated", "late"), [
    (60, False, 0, 0), (47, False, 0, 3600), (25, True, 0, 0), (1, True, 0, 23 * 3600), (1, False, 3600, 0),
])  # fmt: skip
def test_f18_lateness_shows_in_the_draft_and_in_coverage(
    c: Coalition, hours: int, emergency: bool, stated: int, late: int
) -> None:
    """F-18; JOINT-165: 48 h, in an emergency 24 h, or as the notice itself states."""
    a = c["a"]
    what = command.notify_movement(
        AGREEMENT, "ab", "a", "relief", journey(start=c.clock.now() + timedelta(hours=hours)), "water", to=["b"],
        emergency=emergency, notice_s=stated,
    )  # fmt: skip

    text = a.draft(what).text
    a.say(what)

    assert ("LATE by" in text) == bool(late)
    [found] = cover(a, RELIEF)
    assert found.notice.late_s == late
    assert found.notice.due <= c.clock.now() + timedelta(hours=hours)


def test_f19_an_amendment_makes_an_acknowledgement_stale_and_one_after_it_void(c: Coalition) -> None:
    """F-19; JOINT-143, JOINT-153."""
    a, b = c["a"], c["b"]
    notify(a)
    c.settle()
    acknowledge(b)
    b.say(command.load(AGREEMENT, "ab", RELIEF, latest(b).leaf, "2 Wing"))
    tell(c)
    old = latest(b).leaf
    assert cover(a, RELIEF)[0].rung is Rung.LOADED

    amend(a, moved(journey(), lat=47.1))
    tell(c)
    [found] = cover(a, RELIEF)

    assert found.rung is Rung.DELIVERED and [s.rung for s in found.notice.stale] == [Rung.OPENED, Rung.LOADED]
    for what in (
        command.acknowledge_movement(AGREEMENT, "ab", RELIEF, old),
        command.relay(AGREEMENT, "ab", RELIEF, old, "2 Wing"),
    ):
        with pytest.raises(Refused) as refusal:
            b.say(what)
        assert refusal.value.code == "movement.stale"


def test_f19_an_acknowledgement_that_crosses_an_amendment_is_valid_and_shown_as_stale(c: Coalition) -> None:
    """JOINT-143: verdicts never change, so it is the leaf that tells."""
    a, b = c["a"], c["b"]
    notify(a)
    c.settle()
    acknowledge(b)
    amend(a, moved(journey(), lat=47.1))
    tell(c)

    [found] = cover(a, RELIEF)

    assert found.rung is Rung.DELIVERED and [step.rung for step in found.notice.stale] == [Rung.OPENED]
    assert fold(a, "ab").digest() == fold(b, "ab").digest()


def test_f19_the_difference_says_what_moved_and_how_far() -> None:
    old = journey()
    new = replace(moved(old, lat=47.1), vehicles=(replace(TRUCK, count=5),))

    changes = {change.what: change for change in difference(old, new)}

    assert changes.keys() == {"passage 2", "vehicles"}
    assert 11_000 < changes["passage 2"].moved_m < 11_300
    assert difference(old, old) == []


def test_f20_what_cannot_be_told_in_the_dark_is_warned_of_in_the_notice_and_in_findings(c: Coalition) -> None:
    """F-20."""
    dark = replace(TRUCK, infrared_marks=frozenset({InfraredMark.NONE}))
    notify(c["a"], journey(vehicles=(TRUCK, dark)))
    c.settle()

    assert journeys.NOT_TOLD_AT_NIGHT in list(journeys.notice(journey(vehicles=(dark,))))
    assert journeys.NOT_TOLD_AT_NIGHT not in list(journeys.notice(journey()))
    assert "movement.unmarked_at_night" in marks(c["b"])
    assert TRUCK.day_marks == {DayMark.FLAG}


def test_f22_a_dissent_and_a_dispute_travel_with_the_item_and_take_no_protection_away(c: Coalition) -> None:
    """F-22; JOINT-160."""
    a, b = c["a"], c["b"]
    issue(a, [site("c-1")])
    notify(a)
    c.settle()
    before = marks(b)
    b.say(command.dissent(AGREEMENT, "ab", RELIEF, latest(b).leaf, "The bridge is down.", others(b, "ab")))
    dispute(b, "c-1", Reason.CLOSED)
    c.settle()

    assert marks(b) == before | {"site.disputed"} and marks(a) >= {"site.disputed"}
    assert row(a, "ab", RELIEF)["dissents"][0]["party"] == "b"
    assert row(a, "ab", LIST)["disputes"][0][1:4] == ["b", "c-1", "closed"]


def test_f23_what_is_held_up_stays_protected_past_its_timetable(c: Coalition) -> None:
    """F-23; JOINT-142, JOINT-146."""
    a, b = c["a"], c["b"]
    notify(a)
    c.settle()
    later = low(64)
    assert "found" in marks(b) and "found" not in marks(b, later)

    c.clock.advance(hours=61)
    report(b, How.DENIED)
    c.settle()
    assert {"found", "movement.held_up"} <= marks(b, later) & marks(a, later)

    report(b, How.FACILITATED)
    c.settle()
    assert "found" not in marks(b, later)


def test_f23_the_convoys_own_word_is_not_taken_back_by_the_checkpoints(c: Coalition) -> None:
    """JOINT-146: each party's last report counts."""
    a, b = c["a"], c["b"]
    notify(a)
    c.settle()
    c.clock.advance(hours=61)
    report(a, How.IMPEDED)
    c.clock.advance(minutes=1)
    report(b, How.FACILITATED)
    c.settle()

    assert "movement.held_up" in marks(b, low(64))
    report(a, How.FACILITATED)
    c.settle()
    assert "found" not in marks(b, low(64))


def test_f24_no_precise_coordinate_is_in_anything_that_a_recipient_holds(c: Coalition) -> None:
    """F-24; JOINT-147: every byte of the recipient's record is searched."""
    a, b = c["a"], c["b"]
    true = journey(passages=tuple(
        replace(p, position=Position(lat=47.0123457, lon=8.1234567 + 0.1 * k)) for k, p in enumerate(journey().passages)
    ), note="ford at 47.0123457 8.1234567")  # fmt: skip
    place = replace(site("c-1"), position=Position(lat=47.0123457, lon=8.1234567))
    copy = journeys.coarsen_journey(true, precision_m=500, recipient="b", name="relief", secret=SECRET, keep=["note"])
    notify(a, copy, original=true)
    own = Place(id="c-1", position=place.position, within_m=100.0)
    issue(a, [coarsen(place, precision_m=500, recipient="b", secret=SECRET)], originals=[own])
    tell(c)

    held = b"".join(
        part.data + part.salt
        for origin, feed in b.node.store.feeds().items()
        for seq in range(feed.size)
        for part in b.node.store.parts(origin, seq)
    )
    mine = b"".join(p.data for p in a.node.store.parts("a/exercise-test/1", latest(a).seq))

    assert all(digits not in held for digits in (b"470123457", b"81234567", b"47.0123457", b"8.1234567"))
    assert b"470123457" in mine


def test_f25_what_a_copy_was_drawn_from_is_committed_to_and_stays_at_home(c: Coalition) -> None:
    """F-25; JOINT-147: it can be proved later, and is released to nobody."""
    a, b = c["a"], c["b"]
    notify(a, journey(lat=47.01), original=journey())
    c.settle()
    listed = dict(fold(b, "ab").now().events(RELIEF)[0].act.statement.details)

    assert command.ORIGINAL in listed and convoys.original_of(a.node, latest(a)) == journey()
    assert convoys.original_of(b.node, latest(b)) is None
    with pytest.raises(Refused) as refusal:
        a.node.release(AGREEMENT, latest(a).seq, command.ORIGINAL, PartyId("b"))
    assert refusal.value.code == "release.original"


# -- movements ---------------------------------------------------------------------------------------------------------


def test_a_movement_protects_its_way_in_its_time_and_nowhere_else(c: Coalition) -> None:
    """JOINT-140, JOINT-144, JOINT-145."""
    notify(c["a"])
    c.settle()

    found = [f for f in findings(c["b"], low()) if f.other.startswith("movement/")]

    assert [finding.other_title for finding in found] == ["Water to the valley"]
    assert "site.humanitarian_movement" in found[0].marks and found[0].doubt_m >= 100.0
    assert "found" not in marks(c["b"], low(70)) and "found" not in marks(c["b"], low(lat=48.0))
    assert row(c["b"], "ab", RELIEF)["owner"] == "a" and "ladder" not in row(c["b"], "ab", RELIEF)


def test_the_smallest_shift_that_avoids_a_convoy_is_a_shift_in_time(c: Coalition) -> None:
    """JOINT-145: unlike a site, a convoy passes."""
    notify(c["a"])
    c.settle()
    b = c["b"]
    book, now = b.node.book(AGREEMENT), b.node.clock.now()

    ways = drafting.ways_out(
        b.node, book, replace(low(), id="new"), SubjectId("operation/b/new"), PartyId("b"), now, Reach()
    )

    assert ways.ways and not ways.left
    assert all(way.higher_m == 0 and way.later_s for way in ways.ways)


def test_only_an_end_ends_a_movement_and_a_clock_does_not(c: Coalition) -> None:
    """JOINT-141, JOINT-146."""
    a, b = c["a"], c["b"]
    notify(a)
    c.settle()
    c.clock.advance(hours=30 * 24)
    month = low(30 * 24 + 1)
    assert {"found", "movement.overdue"} <= marks(b, month)

    end(a, Why.CANCELLED)
    c.settle()

    assert "found" not in marks(b, month)
    for what in (
        command.end_movement(AGREEMENT, "ab", RELIEF, latest(a).leaf, Why.COMPLETED),
        command.amend_movement(AGREEMENT, "ab", RELIEF, latest(a), journey(), to=["b"]),
    ):
        with pytest.raises(Refused) as refusal:
            a.say(what)
        assert refusal.value.code == "movement.ended"


def test_an_amended_way_replaces_the_old_one_where_it_was_released_and_is_marked_where_not(c: Coalition) -> None:
    """JOINT-145."""
    a, b = c["a"], c["b"]
    notify(a)
    amend(a, journey(lat=48.0), to=[])
    c.settle()
    assert {"found", "movement.stale"} <= marks(b) and "found" not in marks(b, low(lat=48.0))

    a.node.release(AGREEMENT, latest(a).seq, movements.JOURNEY, PartyId("b"))
    c.settle()

    assert "found" not in marks(b) and "found" in marks(b, low(lat=48.0))
    assert "movement.stale" not in marks(b, low(lat=48.0))


def test_a_notice_protects_before_it_can_be_folded(c: Coalition) -> None:
    """JOINT-148: a gap suspends permissions, never protections."""
    a, b = c["a"], c["b"]
    utter(a, "stop.acknowledge", "stop/b/none", {"stop": "0" * 64}, agreement=Hash("f" * 64))
    notify(a)
    c.carry("a", "b")

    assert movements.read(RELIEF, fold(b, "ab").now()) is None
    assert "found" in marks(b) and "found" not in marks(b, low(70))


def test_a_sealed_movement_is_screened_without_its_title(c: Coalition) -> None:
    a, b = c["a"], c["b"]
    terms = releases.Terms(to=(PartyId("b"),), purpose=releases.Purpose.LET_RELIEF_PASS)
    a.say(command.give_terms(AGREEMENT, "ab", RELIEF, terms))
    notify(a)
    c.settle()

    [sealed] = [f for f in findings(b, low()) if f.other.startswith("movement/")]
    release = releases.standing(RELIEF, fold(b, "ab").now(), "b")
    assert release is not None
    b.say(command.acknowledge_terms(AGREEMENT, "ab", RELIEF, release))
    [opened] = [f for f in findings(b, low()) if f.other.startswith("movement/")]

    assert "Water" not in sealed.other_title and opened.other_title == "Water to the valley"
    tell(c)
    assert cover(a, RELIEF)[0].rung is Rung.OPENED


def test_a_node_that_starts_anew_holds_the_same_movements(c: Coalition) -> None:
    a, b = c["a"], c["b"]
    notify(a)
    issue(a)
    c.settle()
    dispute(b)
    b.node.keep()

    again = other_node(b, node(b, copied(b.node.store), c.clock))

    assert {"found", "site.disputed"} <= marks(again)
    assert [f.other for f in findings(again, low())] == [f.other for f in findings(b, low())]


def other_node(member: Member, new: Node) -> Member:
    return Member(member.party, new, member.root, member.officers, member.card, member.default)


# -- abuse -------------------------------------------------------------------------------------------------------------


def test_nobody_ends_anothers_movement_or_dispute_nor_reads_back_its_own(c: Coalition) -> None:
    """Abuse; JOINT-141, JOINT-151, JOINT-161."""
    a, b = c["a"], c["b"]
    notify(a)
    issue(a)
    c.settle()
    given = dispute(b)
    c.settle()
    attempts = [
        (b, command.end_movement(AGREEMENT, "ab", RELIEF, latest(b).leaf, Why.CANCELLED), "movement.other_party"),
        (a, command.end_dispute(AGREEMENT, "ab", LIST, given.leaf), "dispute.other_party"),
        (a, command.relay(AGREEMENT, "ab", LIST, issued(a), "2 Wing"), "ladder.own"),
        (a, command.acknowledge_movement(AGREEMENT, "ab", RELIEF, latest(a).leaf), "ladder.own"),
        (a, command.dispute(AGREEMENT, "ab", LIST, issued(a), "c-1", Reason.CLOSED), "dispute.own"),
    ]
    for member, what, code in attempts:
        with pytest.raises(Refused) as refusal:
            member.say(what)
        assert refusal.value.code == code
    assert disputes.standing(LIST, fold(a, "ab").now()) == {"c-1"}
    b.say(command.end_dispute(AGREEMENT, "ab", LIST, given.leaf))
    c.settle()
    assert disputes.standing(LIST, fold(a, "ab").now()) == frozenset()
    assert len(disputes.disputes(LIST, fold(a, "ab").now())) == 1


def test_anothers_journey_goes_on_only_with_its_originators_consent(c: Coalition) -> None:
    """Abuse: passing on; JOINT-117."""
    a, b = c["a"], c["b"]
    notify(a)
    c.settle()
    held = convoys.journey_of(b.node, latest(b))
    assert held is not None

    with pytest.raises(Refused) as refusal:
        b.say(command.notify_movement(AGREEMENT, "bc", "b", "mine", held, "water", to=["c"]))
    assert refusal.value.code == "sites.onward"


def test_probing_with_plans_around_a_hidden_convoy_is_bounded(c: Coalition) -> None:
    """Abuse: probing by repeated plans; JOINT-119 counts a movement as it counts a site."""
    a, b = c["a"], c["b"]
    book = b.node.book(AGREEMENT)
    assert allowance.left(b.node, book, "c", c.clock.now()) is None

    notify(a)
    c.settle()

    assert allowance.left(b.node, book, "c", c.clock.now()) == allowance.A_DAY
    assert allowance.left(b.node, book, "a", c.clock.now()) is None


def test_a_void_notice_under_anothers_name_protects_nothing_and_hides_nothing(c: Coalition) -> None:
    """Abuse: a notice in another's name neither replaces its way nor ends it."""
    a, b = c["a"], c["b"]
    notify(a)
    c.settle()
    utter(b, "movement.end", RELIEF, {"version": latest(b).leaf, "why": "completed"})
    utter(b, "movement.amend", RELIEF, _body(latest(b).leaf))
    c.settle()

    assert "found" in marks(a) and "found" in marks(b)
    found = movements.read(RELIEF, fold(a, "ab").now())
    assert found is not None and found.ended is None and len(found.versions) == 1


def _body(previous: Hash) -> dict[str, object]:
    when = START + timedelta(hours=1)
    return {
        "version": 2, "start": spell(when), "end": spell(when + timedelta(hours=1)), "purpose": "x",
        "previous": previous, "emergency": False, "notice_s": 0,
    }  # fmt: skip


@pytest.mark.parametrize("year", [1, 1969, 9000, 9999])
def test_no_time_in_a_journey_or_report_stops_a_node(c: Coalition, year: int) -> None:
    """JOINT-12: whatever another party writes, this one goes on screening, and shows what it could not read."""
    a, b = c["a"], c["b"]
    plain = journey_to_plain(journey())
    for passage, day in zip(plain["passages"], ("01", "02"), strict=True):
        passage["at"] = f"{year:04d}-01-{day}T00:00:00.000Z"
    part = translate.salted(movements.JOURNEY, canonical.encode(plain))
    odd = utter(a, "movement.notify", "movement/a/odd", moving.body(), details=(part,))
    with a.node.store.transaction() as txn:
        txn.grant("b", f"a/{AGREEMENT}/1", odd, 1)
    notify(a)
    end_of_time = {"when": "2026-12-01T06:00:00.000Z", "until": "9999-12-31T23:59:59.999Z"}
    utter(a, "movement.report", RELIEF, moving.TOLD | {"version": latest(a).leaf} | end_of_time)
    c.settle()
    c.clock.advance(hours=61)

    assert {"found", "movement.held_up"} <= marks(b)
    assert [subject for subject, _ in b.node.watch.unreadable] == ["movement/a/odd"]
    assert cover(a, RELIEF)


def test_read_backs_and_ladders_of_two_parties_do_not_mix(c: Coalition) -> None:
    """JOINT-152: what one recipient says climbs for it alone."""
    a = c["a"]
    a.say(command.notify_sites(AGREEMENT, "all", "a", "valley", 1, [site("c-1")], "protection", to=["b", "c"]))
    tell(c)
    leaf = notifications.issues(LIST, fold(c["b"]).now())[-1][0]
    c["b"].say(command.load(AGREEMENT, "all", LIST, leaf, "2 Wing"))
    tell(c)

    here, agreement = fold(a), a.node.book(AGREEMENT).current(c.clock.now())
    found = {r.notice.recipient: r for r in coverage.rows(here, agreement, LIST, c.clock.now())}

    assert found["b"].rung is Rung.LOADED and found["c"].rung is Rung.DELIVERED
    assert found["c"].missing == () and found["b"].missing == (Rung.OPENED, Rung.READ_BACK, Rung.RELAYED)


def test_a_forgotten_clock_is_overdue_in_coverage_and_takes_nothing_away(c: Coalition) -> None:
    """JOINT-165: 48 h after an issue, by whoever looks."""
    a = c["a"]
    issue(a)
    tell(c)
    assert not cover(a)[0].overdue
    c.clock.advance(hours=49)

    assert cover(a)[0].overdue and cover(a)[0].notice.due == START + timedelta(hours=48) + (
        cover(a)[0].notice.issued_at - START
    )
    assert "found" in marks(c["b"])


def test_journeys_are_protected_alike_whatever_their_copy_was_moved_by() -> None:
    """JOINT-147: a coarser copy is kept away from more widely, never less, and stays where it was when amended."""
    true = journey()
    copies = [
        journeys.coarsen_journey(one, precision_m=1000, recipient="b", name="relief", secret=SECRET)
        for one in (true, moved(true, lat=47.1))
    ]

    assert copies[0].passages[0] == copies[1].passages[0] and copies[0].passages[1] != copies[1].passages[1]
    assert all(copy.uncertainty_m >= true.uncertainty_m + 1000 for copy in copies)
    assert protected(true, now=START).volumes[0].interval == protected(copies[0], now=START).volumes[0].interval
    assert copies[0].note == copies[1].note and copies[0].note.startswith("Copy b-")
