"""Sessions: a link that is used once, a seat that ends, an office that is lost at once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.web.centres import Served, folder_bytes

from entente.errors import EntenteError, Refused, Untrusted
from entente.ids import OfficerId
from entente.joint.staff import Office
from entente.node import command, custody
from entente.testing.coalition import START, Coalition, Member
from entente.web import sessions as sitting
from entente.web.sessions import LINKS, MOST_LINKS, Sessions, dismiss, make_link

AGREEMENT = "exercise-test"


@dataclass
class Ticking:
    """A clock that a test turns [s]."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture(scope="module")
def coalition() -> Coalition:
    return Coalition.form("north", "south")


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def sat(coalition: Coalition, clock: Ticking) -> Sessions:
    return Sessions(coalition["north"].node, monotonic=clock, wall=clock)


def link(member: Member, office: str, clock: Ticking) -> str:
    return make_link(member.node, f"{member.party}/{office}", member.key(office).public.fingerprint, now=clock())


def code(error: pytest.ExceptionInfo[EntenteError]) -> str:
    return error.value.code


def test_a_link_seats_its_officer_once(coalition: Coalition, sat: Sessions, clock: Ticking) -> None:
    token = link(coalition["north"], "watch", clock)

    name, seat = sat.redeem(token)

    assert (seat.officer, dict(seat.offices)) == ("north/watch", {AGREEMENT: ("watch",)})
    assert sat.seat(name).officer == "north/watch"
    with pytest.raises(Untrusted) as error:
        sat.redeem(token)
    assert code(error) == "session.link"


def test_a_link_expires(coalition: Coalition, sat: Sessions, clock: Ticking) -> None:
    token = link(coalition["north"], "watch", clock)
    clock.at += sitting.LINK_S

    with pytest.raises(Untrusted) as error:
        sat.redeem(token)
    assert code(error) == "session.link"

    link(coalition["north"], "watch", clock)  # making another sweeps what has expired
    assert len(coalition["north"].node.store.metas(sitting.LINKS)) == 1


def test_two_who_redeem_a_link_at_once_do_not_both_sit(coalition: Coalition, sat: Sessions, clock: Ticking) -> None:
    from concurrent.futures import ThreadPoolExecutor

    token = link(coalition["north"], "watch", clock)

    def attempt(_: int) -> bool:
        try:
            sat.redeem(token)
        except Untrusted:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, range(6))) == 1


def test_a_session_ends_when_its_page_is_gone_and_at_the_end_of_a_watch(
    coalition: Coalition, sat: Sessions, clock: Ticking
) -> None:
    name, _ = sat.redeem(link(coalition["north"], "watch", clock))
    clock.at += sitting.IDLE_S - 1
    sat.seat(name)  # it asked for something: it is not gone
    clock.at += sitting.IDLE_S - 1
    sat.seat(name)
    clock.at += sitting.IDLE_S
    with pytest.raises(Untrusted) as error:
        sat.seat(name)
    assert code(error) == "session.none"

    name, _ = sat.redeem(link(coalition["north"], "watch", clock))
    for _ in range(int(sitting.WHOLE_S // 1800) - 1):
        clock.at += 1800
        sat.renew(name)
    clock.at += 1800
    with pytest.raises(Untrusted) as error:
        sat.renew(name)
    assert code(error) == "session.none"


def test_whoever_guesses_tokens_waits_and_keeps_nobody_from_his_seat(
    coalition: Coalition, sat: Sessions, clock: Ticking
) -> None:
    token = link(coalition["north"], "watch", clock)
    for attempt in range(sitting.TRIES):
        with pytest.raises(Untrusted):
            sat.redeem(f"guess {attempt}")

    with pytest.raises(Refused) as error:
        sat.redeem("another guess")
    assert code(error) == "session.too_many"
    assert sat.redeem(token)[1].officer == "north/watch"

    clock.at += sitting.TRIES_S
    with pytest.raises(Untrusted):
        sat.redeem("another guess")


def test_one_officers_sessions_keep_no_other_out_and_those_that_ended_make_room(
    coalition: Coalition, sat: Sessions, clock: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = coalition["north"]
    monkeypatch.setattr(sitting, "MOST_OF_ONE", 2)
    monkeypatch.setattr(sitting, "MOST", 3)
    for _ in range(2):
        sat.redeem(link(member, "watch", clock))
    with pytest.raises(Refused) as error:
        sat.redeem(link(member, "watch", clock))
    assert code(error) == "session.too_many"
    assert sat.redeem(link(member, "air_operations", clock))[1].officer == "north/air_operations"
    with pytest.raises(Refused):
        sat.redeem(link(member, "senior", clock))

    clock.at += sitting.IDLE_S
    assert sat.redeem(link(member, "senior", clock))[1].officer == "north/senior"


def test_who_is_relieved_has_lost_the_office_at_once(clock: Ticking) -> None:
    member = Coalition.form("north", "south")["north"]
    sat = Sessions(member.node, monotonic=clock, wall=clock)
    officer = OfficerId("north/watch")
    member.say(command.appoint(AGREEMENT, "north", officer, Office.RECORDS, START), Office.ROOT)
    name, seat = sat.redeem(link(member, "watch", clock))
    assert seat.offices[AGREEMENT] == ("records", "watch")

    member.say(command.relieve(AGREEMENT, "north", officer, Office.WATCH), Office.ROOT)
    assert sat.seat(name).offices[AGREEMENT] == ("records",)

    member.say(command.relieve(AGREEMENT, "north", officer, Office.RECORDS), Office.ROOT)
    with pytest.raises(Refused) as error:
        sat.seat(name)
    assert code(error) == "session.office"


def test_a_term_that_has_ended_is_no_office(coalition: Coalition, clock: Ticking) -> None:
    from datetime import timedelta

    member = Coalition.form("north", "south")["north"]
    sat = Sessions(member.node, monotonic=clock, wall=clock)
    until = member.node.clock.now() + timedelta(hours=1)
    member.say(command.appoint(AGREEMENT, "north", OfficerId("north/watch"), Office.WATCH, START, until), Office.ROOT)
    name, _ = sat.redeem(link(member, "watch", clock))

    member.node.clock.advance(hours=2)  # type: ignore[attr-defined]

    with pytest.raises(Refused) as error:
        sat.seat(name)
    assert code(error) == "session.office"


def test_who_was_dismissed_sits_there_no_longer_and_his_links_are_none(coalition: Coalition, clock: Ticking) -> None:
    member = coalition["north"]
    sat, other = (Sessions(member.node, monotonic=clock, wall=clock) for _ in range(2))
    name, _ = sat.redeem(link(member, "watch", clock))
    stays, _ = other.redeem(link(member, "air_operations", clock))
    kept = link(member, "watch", clock)

    dismiss(member.node, "north/watch")  # as whoever hosts an exercise does, in another process than the centre's

    for ask in (lambda: sat.seat(name), lambda: sat.renew(name), lambda: sat.redeem(kept)):
        with pytest.raises(Untrusted):
            ask()
    assert other.seat(stays).officer == "north/air_operations"
    again, _ = sat.redeem(link(member, "watch", clock))
    assert sat.seat(again).officer == "north/watch"


def test_whoever_asks_for_links_without_end_fills_no_record(
    coalition: Coalition, sat: Sessions, clock: Ticking
) -> None:
    member = coalition["north"]
    others = link(member, "air_operations", clock)
    tokens = []
    for _ in range(MOST_LINKS + 3):
        clock.at += 1
        tokens.append(link(member, "watch", clock))

    held = [key for key, data in member.node.store.metas(LINKS).items() if b'"north/watch"' in data]
    assert len(held) == MOST_LINKS
    with pytest.raises(Untrusted):
        sat.redeem(tokens[0])
    assert sat.redeem(tokens[-1])[1].officer == "north/watch"
    assert sat.redeem(others)[1].officer == "north/air_operations"


def test_whose_key_was_replaced_sits_there_no_longer(clock: Ticking) -> None:
    member = Coalition.form("north", "south")["north"]
    sat = Sessions(member.node, monotonic=clock, wall=clock)
    name, _ = sat.redeem(link(member, "watch", clock))

    other = custody.generate("north/watch").public
    member.say(command.enrol(AGREEMENT, "north", OfficerId("north/watch"), other), Office.ROOT)

    with pytest.raises(Refused) as error:
        sat.seat(name)
    assert code(error) == "session.office"


def test_who_is_enrolled_nowhere_is_told_nothing(coalition: Coalition, sat: Sessions, clock: Ticking) -> None:
    stranger = make_link(coalition["north"].node, "north/nobody", "0" * 64, now=clock())
    other = make_link(coalition["north"].node, "north/watch", "0" * 64, now=clock())  # the label, not the key

    for token in (stranger, other):
        with pytest.raises(Refused) as error:
            sat.redeem(token)
        assert code(error) == "session.office"


# -- over HTTP ---------------------------------------------------------------------------------------------------------


def test_the_cookie_is_for_this_node_and_no_script(served: dict[str, Served]) -> None:
    north = served["north"]
    client, token = north.client(), north.link("watch")

    answer = client.post("/api/session", json={"token": token})

    cookie = answer.headers["set-cookie"]
    name, *marks = cookie.split("; ")
    assert name.startswith("entente-north=") and len(name) > 40
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(marks) and "Domain" not in cookie
    assert answer.json()["officer"] == "north/watch" and name.partition("=")[2] not in answer.text


def test_neither_token_nor_session_is_in_the_record_a_log_or_an_address(served: dict[str, Served]) -> None:
    north = served["north"]
    token = north.link("watch")
    kept = folder_bytes(north.member.home.path)
    client = north.client()
    answer = client.post("/api/session", json={"token": token})
    session = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]

    held = kept + folder_bytes(north.member.home.path) + "\n".join(north.lines).encode()
    for secret in (token, session):
        assert secret.encode() not in held and secret not in str(answer.request.url)
    # The office of a link that is wrong is told nothing either.
    again = client.post("/api/session", json={"token": token})
    assert (again.status_code, again.json()["code"]) == (401, "session.link") and token not in again.text


def test_leaving_ends_the_session_and_another_nodes_cookie_is_none(served: dict[str, Served]) -> None:
    page = served["north"].enter("watch")
    cookie = page.client.headers["cookie"]
    there = served["south"].client(cookie=cookie.replace("entente-north", "entente-south"))
    assert there.get("/api/session").json()["code"] == "session.none"

    assert page.client.delete("/api/session").status_code == 204

    assert page.client.get("/api/session").json()["code"] == "session.none"
    assert page.client.delete("/api/session").status_code == 204


def test_a_session_says_what_its_officer_may(served: dict[str, Served]) -> None:
    told = served["north"].enter("observer").get("session")
    [agreement] = told["agreements"]
    assert (told["exercise"], agreement["offices"], agreement["may"]) == (True, ["observer"], [])

    told = served["north"].enter("senior").get("session")
    may = {one["verb"]: one["offices"] for one in told["agreements"][0]["may"]}
    assert may["decision.give"] == ["senior"] and "record.acknowledge" not in may
