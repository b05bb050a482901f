"""The board's rows: whose answer is due, what covers a flight, and how long a STOP took."""

from datetime import UTC, datetime, timedelta

from entente.geo.altitude import Altitude, Band, Reference
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Volume
from entente.ids import Hash, SubjectId
from entente.joint.decisions import Answer
from entente.joint.line import Reason
from entente.joint.plan import Crew, Kind, Plan
from entente.joint.protected_sites import Category, Site
from entente.node import command
from entente.picture import board
from entente.testing.coalition import Coalition

AGREEMENT = "exercise-test"
START = datetime(2026, 12, 3, 10, 0, tzinfo=UTC)


def plan(lat: float = 31.9) -> Plan:
    level = Altitude(metres=3000.0, reference=Reference.AMSL)
    volume = Volume(
        shape=Circle(centre=Position(lat=lat, lon=36.0), radius_m=5000.0),
        band=Band(lower=level, upper=level),
        interval=Interval(start=START, end=START + timedelta(hours=1)),
    )
    return Plan(id="p", title="Water", kind=Kind.HUMANITARIAN, crew=Crew.CREWED, volumes=(volume,))


def flown(coalition: Coalition, name: str = "w") -> SubjectId:
    said = coalition["north"].say(command.propose(AGREEMENT, "all", "north", name, plan(), to=["south"]))
    coalition.settle()
    return said.subject


def row(coalition: Coalition, party: str = "south") -> board.OperationRow:
    node = coalition[party].node
    plans = {f.version.leaf: f.plan for f in node.watch.flights.values() if f.plan is not None}
    [found] = board.operation_rows(node.book(AGREEMENT).fold("all"), plans, coalition.clock.now())
    return found


def latest(coalition: Coalition) -> Hash:
    return row(coalition).leaf


def test_an_unanswered_operation_is_noticed_due_and_then_overdue() -> None:
    coalition = Coalition.form("north", "south")
    flown(coalition)

    early = row(coalition)
    coalition.clock.advance(hours=2)
    late = row(coalition)
    coalition.clock.advance(hours=24)

    assert (early.standing, early.waiting, early.overdue, early.title) == ("noticed", ("south",), False, "Water")
    assert late.overdue and not late.noticed
    assert row(coalition).noticed


def test_an_operation_dated_at_the_end_of_the_calendar_is_a_row_like_any_other() -> None:
    """Every author has its own clock, and nothing says that it is right."""
    coalition = Coalition.form("north", "south")
    end = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    coalition.clock.advance(seconds=(end - coalition.clock.now()).total_seconds())
    flown(coalition)

    assert row(coalition).due.year == 9999


def test_an_answer_ends_the_wait_and_a_change_begins_it_again() -> None:
    coalition = Coalition.form("north", "south")
    subject = flown(coalition)
    coalition["south"].say(command.decide(AGREEMENT, "all", subject, latest(coalition), Answer.NO_OBJECTION))
    coalition.settle()
    answered = row(coalition, "north")

    node = coalition["north"].node
    from entente.joint import operations

    operation = operations.read(subject, node.book(AGREEMENT).fold("all").now())
    assert operation is not None
    coalition["north"].say(command.change(AGREEMENT, "all", subject, operation.latest, plan(32.5), to=["south"]))
    coalition.settle()

    assert (answered.standing, answered.waiting) == ("no_objection", ())
    assert [(s.party, s.answer, s.by_rule) for s in answered.said] == [("south", "no_objection", False)]
    assert (row(coalition).standing, row(coalition).version, row(coalition).waiting) == ("noticed", 2, ("south",))


def test_a_declared_threat_and_a_crossing_objection_stay_on_the_board() -> None:
    coalition = Coalition.form("north", "south")
    subject, leaf = flown(coalition), latest(coalition)

    coalition["north"].say(command.activate(AGREEMENT, "all", subject, leaf, threat="Aircraft under fire"))
    coalition["south"].say(command.decide(AGREEMENT, "all", subject, leaf, Answer.OBJECTION))
    coalition.settle()

    [activation] = row(coalition).flown
    assert (activation.threat, activation.covered_by) == ("Aircraft under fire", "noticed")
    assert activation.objections == (("south", "crossed"),)
    assert row(coalition).phase == "active"


def test_a_stop_stands_against_its_operation_and_its_acknowledgement_is_timed() -> None:
    coalition = Coalition.form("north", "south")
    subject = flown(coalition)
    sent = coalition["south"].say(command.stop(AGREEMENT, "all", "south", "s1", Reason.CIVILIANS, subject, "Bridge"))
    coalition.settle()
    coalition.clock.advance(seconds=90)
    coalition["north"].say(command.acknowledge_stop(AGREEMENT, "all", sent.subject, sent.leaf))
    coalition.settle()

    book = coalition["north"].node.book(AGREEMENT)
    [stop] = board.stop_rows(book.fold("all"), book.first)

    assert (stop.by, stop.reason, stop.note, stop.lifted_at) == ("south", "civilians_present", "Bridge", None)
    assert [(who, seconds) for who, _, seconds in stop.acknowledged] == [("north", 90)]
    assert row(coalition).stops == (sent.leaf,)


def test_lists_say_who_acknowledged_the_newest_issue_and_expired_sites_stay() -> None:
    coalition = Coalition.form("north", "south")
    old = datetime(2026, 11, 1, tzinfo=UTC)
    site = Site(id="a", name="Clinic", category=Category.MEDICAL, position=None, uncertainty_m=500.0, expires_at=old)
    notify = command.notify_sites(AGREEMENT, "all", "north", "valley", 1, [site], "To keep away", to=["south"])
    issued = coalition["north"].say(notify)
    coalition.settle()
    coalition["south"].say(command.acknowledge_sites(AGREEMENT, "all", issued.subject, issued.leaf))
    coalition.settle()

    node = coalition["south"].node
    book = node.book(AGREEMENT)
    [listed] = board.list_rows(book.fold("all"), book.first, coalition.clock.now())
    [shown] = board.site_rows(node.watch.sites, coalition.clock.now())

    assert (listed.issue, listed.waiting, [who for who, _ in listed.acknowledged]) == (1, (), ["south"])
    assert shown.expired and shown.site.name == "Clinic"


def test_an_agreement_is_said_to_wait_to_start_later_or_to_be_in_force() -> None:
    coalition = Coalition.gather("north", "south")
    text, keys = coalition.text(AGREEMENT, {}, starts="2026-12-02T00:00:00.000Z")
    coalition.adopt(text, keys)

    def state() -> board.AgreementRow:
        past = coalition["north"].node.book(AGREEMENT).fold("all").now()
        return board.agreement_row(text, past, [], coalition.clock.now())

    before = state()
    coalition.sign(text)
    signed = state()
    coalition.clock.advance(hours=24)

    assert (before.state, before.waiting) == ("waits for signatures", ("north", "south"))
    assert (signed.state, signed.signed) == ("starts later", ("north", "south"))
    assert state().state == "in force"


def test_a_standing_decision_stands_until_its_time_or_its_revocation() -> None:
    coalition = Coalition.form("north", "south")
    until = coalition.clock.now() + timedelta(hours=3)
    give = command.standing_decision(AGREEMENT, "all", "south", Answer.NO_OBJECTION, ["humanitarian"], until)
    given = coalition["south"].say(give)

    def stands() -> bool:
        fold = coalition["south"].node.book(AGREEMENT).fold("all")
        [found] = board.standing_decision_rows(fold, coalition.clock.now())
        return found.stands

    first = stands()
    coalition.clock.advance(hours=4)
    late = stands()
    coalition.clock.at = until - timedelta(hours=1)
    coalition["south"].say(command.revoke_standing(AGREEMENT, "all", "south", given.leaf))

    assert (first, late, stands()) == (True, False, False)


def test_officers_are_listed_with_their_terms() -> None:
    coalition = Coalition.form("north", "south")

    rows = board.officer_rows(
        coalition["north"].node.book(AGREEMENT).fold("all"), coalition["north"].node.book(AGREEMENT).first
    )

    assert {row.officer for row in rows} >= {"north/senior", "south/watch"}
    assert all([office for office, _, _ in row.offices] == [row.officer.split("/")[1]] for row in rows)
