"""Packages to recipients without a node: what leaves, how precisely, on whose signature, and what is kept of it."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.node.packaging import AGENCY, HOUR, SECRET, PackageDesk, clinic, listed, render

from entente.errors import Malformed, Refused, Untrusted
from entente.geo.position import Position
from entente.joint.ladder import Rung
from entente.joint.protected_sites import Category, Site, SiteStatus
from entente.node import acknowledging, command, custody, enlistment, packages, papers
from entente.picture import packages as contents
from entente.picture.coverage import ByHand, rows_by_hand
from entente.picture.recipients import Format, LeftOut, Recipient
from entente.testing.coalition import Coalition


@pytest.fixture
def desk() -> PackageDesk:
    """A desk that has enlisted one agency."""
    found = PackageDesk()
    found.enlist()
    return found


def said(prepared: packages.Prepared) -> list[tuple[str, str]]:
    return [(str(row.change), row.site.id) for row in prepared.rows]


# -- what is told ------------------------------------------------------------------------------------------------------


def test_f26_the_first_package_is_the_whole_list_and_later_ones_tell_changes_only(desk: PackageDesk) -> None:
    """F-26, PKG-3: nobody re-keys three thousand rows."""
    sites = listed(clinic("c-1"), clinic("c-2", 31.8), clinic("c-3", 31.7))
    desk.send(sites)
    sites[1] = replace(sites[1], site=replace(sites[1].site, name="Clinic of the hill"))
    sites[2] = replace(sites[2], site=replace(sites[2].site, status=SiteStatus.ENDED))
    sites += listed(clinic("c-4", 31.6))

    prepared = desk.prepare(sites)

    assert sorted(said(prepared)) == [("added", "c-4"), ("changed", "c-2"), ("ended", "c-3")]
    assert prepared.since == 1
    [ended] = [row.site for row in prepared.rows if row.change is contents.Change.ENDED]
    assert ended.position is None, "a place that is over is named and not placed"


def test_a_whole_list_can_be_had_at_any_time_and_so_can_the_changes_since_an_earlier_one(desk: PackageDesk) -> None:
    """PKG-3."""
    desk.send(listed(clinic("c-1")))
    desk.send(listed(clinic("c-1"), clinic("c-2")))
    three = listed(clinic("c-1"), clinic("c-2"), clinic("c-3"))

    assert said(desk.prepare(three, full=True)) == [("listed", "c-1"), ("listed", "c-2"), ("listed", "c-3")]
    assert said(desk.prepare(three, since=1)) == [("added", "c-2"), ("added", "c-3")]
    assert said(desk.prepare(three)) == [("added", "c-3")]
    with pytest.raises(Refused) as refusal:
        desk.prepare(three, since=3)
    assert refusal.value.code == "package.unknown"


def test_a_site_that_is_missing_from_the_list_is_not_ended_by_that(desk: PackageDesk) -> None:
    """PKG-4: absence says nothing; only its originator ends a site."""
    desk.send(listed(clinic("c-1"), clinic("c-2")))

    prepared = desk.prepare(listed(clinic("c-1")))

    assert said(prepared) == [] and prepared.absent == (("health", "c-2"),)
    assert ("health", "c-2") in prepared.after


def test_what_a_recipient_is_given_no_longer_is_told_as_withdrawn_without_its_place(desk: PackageDesk) -> None:
    """PKG-4."""
    school = clinic("s-1", category=Category.SCHOOL)
    desk.send(listed(clinic("c-1"), school))
    desk.enlist(replace(AGENCY, categories=(Category.MEDICAL,)))

    prepared = desk.prepare(listed(clinic("c-1"), school))

    assert said(prepared) == [("withdrawn", "s-1")] and prepared.rows[0].site.position is None
    assert prepared.choice.reasons() == {LeftOut.CATEGORY: 1}
    desk.send(listed(clinic("c-1"), school))
    assert said(desk.prepare(listed(clinic("c-1"), school))) == [], "and told once"


def test_f09_an_unplaced_site_goes_along_unplaced_and_an_expired_one_as_still_protected(desk: PackageDesk) -> None:
    """F-09: what is not placed or has run out is protected all the same."""
    camp = Site(id="camp", name="Camp East", category=Category.DISPLACED_PERSONS, position=None, uncertainty_m=500.0)
    old = clinic("c-1", expires_at=desk.clock.now() - HOUR)

    data = render(desk.prepare(listed(camp, old)))["agency-001-sites.csv"].decode()

    assert "known, not placed" in data and "still protected" in data


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["keep", "rename", "end", "drop", "hide"])), max_size=25))
def test_changes_upon_changes_leave_what_a_whole_list_would(steps: list[tuple[int, str]]) -> None:
    """PKG-6: the hash of what is in hands is the same, whichever way it came there (model: a plain dict)."""
    desk = PackageDesk()
    desk.enlist()
    held = {f"c-{n}": clinic(f"c-{n}", 31.5 + n / 10) for n in range(6)}
    expected: dict[str, str] = {}
    hidden: set[str] = set()
    for number, (which, what) in enumerate([(0, "keep"), *steps]):
        name = f"c-{which}"
        if name in held:
            if what == "rename":
                held[name] = replace(held[name], name=f"Clinic {number}")
            elif what == "end":
                held[name] = replace(held[name], status=SiteStatus.ENDED)
            elif what == "drop":
                del held[name]
            elif what == "hide":
                hidden.add(name)
                desk.enlist(replace(AGENCY, left_out=tuple(sorted(hidden))))
        for one, site in held.items():
            gone = site.status is SiteStatus.ENDED or one in hidden
            expected = {k: v for k, v in expected.items() if not (gone and k == one)} | (
                {} if gone else {one: site.name}
            )
        desk.send(listed(*held.values()), full=number % 7 == 3)

    register = packages.sent(desk.node, "agency")
    in_hands = packages.in_hands(desk.node, register, len(register))
    assert {key[1]: site.name for key, site in in_hands.items()} == expected
    assert contents.digest(in_hands) == register[-1].manifest.list


# -- how precise -------------------------------------------------------------------------------------------------------


def test_f24_an_unchanged_site_keeps_its_shifted_place_and_its_copy_number_in_every_package(desk: PackageDesk) -> None:
    """PKG-2, F-24: so that package after package cannot be averaged to the precise place."""
    seen, numbers = set(), set()
    for number in range(12):
        sites = listed(clinic("c-1", name=f"Clinic, called {number}"))
        manifest, _ = desk.send(sites, full=number % 3 == 0)
        [row] = packages.rows(desk.node.store, manifest)
        seen.add((row.site.position, row.site.uncertainty_m))
        numbers.add(manifest.copy)

    assert len(seen) == 1 and len(numbers) == 1


def test_corrections_of_a_few_metres_are_not_told_by_a_place_that_still_covers(desk: PackageDesk) -> None:
    """PKG-2: resurveyed thirty times, a clinic is one copy, and tells nothing new."""
    for number in range(30):
        desk.clock.advance(seconds=60)
        sites = listed(clinic("c-1", lat=31.951569 + number * 2e-6))
        if desk.prepare(sites).rows:
            desk.send(sites)

    assert len(packages.sent(desk.node)) == 1


def test_copies_are_not_drawn_anew_under_another_secret(desk: PackageDesk) -> None:
    """PKG-2: a home whose secret was lost would draw every place a second time, and tell more by both."""
    desk.send(listed(clinic("c-1")))

    with pytest.raises(Refused) as refusal:
        packages.prepare(desk.node, AGENCY, listed(clinic("c-1"), clinic("c-2")), bytes(16))
    assert refusal.value.code == "package.secret"


def test_a_site_that_moved_is_told_anew(desk: PackageDesk) -> None:
    desk.send(listed(clinic("c-1")))

    assert said(desk.prepare(listed(clinic("c-1", lat=32.3)))) == [("changed", "c-1")]


def test_f04_the_true_place_lies_within_what_every_copy_says(desk: PackageDesk) -> None:
    """F-04: no zero uncertainty, and never less than the precision."""
    sites = [clinic(f"c-{n}", 31 + n / 50, uncertainty_m=0.001) for n in range(40)]

    prepared = desk.prepare(listed(*sites))

    true = {site.id: site for site in sites}
    for row in prepared.rows:
        assert row.site.uncertainty_m >= 1000 and row.site.position is not None
        place = true[row.site.id].position
        assert place is not None and _metres(place, row.site.position) <= row.site.uncertainty_m


def _metres(a: Position, b: Position) -> float:
    """The haversine on a sphere a little larger than the earth: an upper bound."""
    lat1, lat2, lon = math.radians(a.lat), math.radians(b.lat), math.radians(b.lon - a.lon)
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(lon / 2) ** 2
    return 2 * 6_400_000 * math.asin(math.sqrt(half))


def test_f24_two_recipients_copies_differ_and_carry_their_own_numbers(desk: PackageDesk) -> None:
    """F-24: whose copy a leaked list is, is seen by its number."""
    desk.enlist(replace(AGENCY, name="bureau"))
    sites = listed(*(clinic(f"c-{n}", 31 + n / 10) for n in range(5)))

    one, two = (desk.prepare(sites, name) for name in ("agency", "bureau"))

    assert one.copy != two.copy
    assert not {row.site.position for row in one.rows} & {row.site.position for row in two.rows}


@pytest.mark.parametrize("precision", [0, 9, -5, 200_000])
def test_no_recipient_is_given_more_precision_than_a_copy_may_have(precision: int) -> None:
    """Asking for more precision: finer than the finest there is, or none at all."""
    with pytest.raises(Refused) as refusal:
        replace(AGENCY, precision_m=precision)
    assert refusal.value.code == "coarsen.precision"


def test_more_precision_is_an_officers_signed_word_and_nothing_else(desk: PackageDesk) -> None:
    """PKG-1: a package takes its precision from what was signed; forging or replaying that changes nothing."""
    finer = enlistment.statement(desk.node, replace(AGENCY, precision_m=10), desk.clock.now())
    for signed in (
        desk.signed(enlistment.KIND, b"another statement"),
        desk.signed(packages.KIND, finer),  # signed as something else
        desk.signed(enlistment.KIND, finer, officer="south/duty"),
        desk.signed(enlistment.KIND, finer, office="observer"),
    ):
        with pytest.raises((Refused, Untrusted)):
            enlistment.enlist(desk.node, finer, signed)

    assert enlistment.recipient(desk.node, "agency").precision_m == 1000


# -- who signs, and what is kept ---------------------------------------------------------------------------------------


def test_a_release_is_signed_and_noted_before_anything_is_handed_out(desk: PackageDesk) -> None:
    """PKG-5, PKG-7."""
    prepared = desk.prepare(listed(clinic()))
    files = render(prepared)
    manifest = packages.manifest(desk.node, prepared, files)
    altered = replace_manifest(manifest, precision_m=10)
    for wanted, signed in (
        (altered, desk.signed(packages.KIND, manifest.encode())),
        (manifest, desk.signed(packages.KIND, manifest.encode(), officer="desk/nobody", office="observer")),
        (manifest, desk.signed(enlistment.KIND, manifest.encode())),
    ):
        with pytest.raises((Refused, Untrusted)):
            packages.release(desk.node, prepared, wanted, signed)
    assert packages.sent(desk.node) == []

    packages.release(desk.node, prepared, manifest, desk.signed(packages.KIND, manifest.encode()))

    [of] = packages.sent(desk.node, "agency")
    assert papers.verified(of.text, of.signed, packages.KIND) and of.manifest == manifest
    assert [(f.name, f.bytes) for f in of.manifest.files] == [(name, len(data)) for name, data in files.items()]
    assert not papers.verified(of.text.replace(b"1000", b"2000"), of.signed, packages.KIND)


def replace_manifest(manifest: packages.Manifest, **changes: object) -> packages.Manifest:
    import msgspec

    return msgspec.structs.replace(manifest, **changes)


def test_an_officer_whom_the_agreement_does_not_know_releases_nothing() -> None:
    """PKG-5: where an agreement knows the staff, its word counts, and no roster's."""
    coalition = Coalition.form("north", "south")
    north = coalition["north"]
    message = enlistment.statement(north.node, AGENCY, coalition.clock.now())
    stranger = custody.generate("north/protection")
    for officer, office, key, code in (
        ("north/protection", "protection", stranger, "package.office"),
        ("north/watch", "watch", north.key("watch"), "package.office"),
        ("north/watch", "protection", north.key("watch"), "package.office"),
    ):
        signature = key.sign(enlistment.KIND, message)
        signed = papers.Signed(officer=officer, office=office, key=key.public.plain(), signature=signature)
        with pytest.raises(Refused) as refusal:
            enlistment.enlist(north.node, message, signed)
        assert refusal.value.code == code
    key = north.key("protection")
    enlistment.enlist(
        north.node, message,
        papers.Signed(
            officer="north/protection", office="protection", key=key.public.plain(),
            signature=key.sign(enlistment.KIND, message),
        ),
    )  # fmt: skip

    assert list(enlistment.enlisted(north.node)) == ["agency"]
    assert [line["facts"]["code"] for line in north.node.journal_lines() if line["what"] == "refused"] == [code] * 3


def test_a_party_with_a_node_is_no_recipient_without_one() -> None:
    """PKG-1: it would have two copies of every site, drawn alike at two precisions."""
    coalition = Coalition.form("north", "south")
    for name in ("south", "north"):
        with pytest.raises(Refused) as refusal:
            enlistment.statement(coalition["north"].node, replace(AGENCY, name=name), coalition.clock.now())
        assert refusal.value.code == "recipient.party"


def test_two_releases_prepared_at_once_do_not_both_count(desk: PackageDesk) -> None:
    """PKG-7."""
    one, two = (desk.prepare(listed(clinic(name))) for name in ("c-1", "c-2"))
    manifests = [packages.manifest(desk.node, prepared, render(prepared)) for prepared in (one, two)]
    packages.release(desk.node, one, manifests[0], desk.signed(packages.KIND, manifests[0].encode()))

    with pytest.raises(Refused) as refusal:
        packages.release(desk.node, two, manifests[1], desk.signed(packages.KIND, manifests[1].encode()))
    assert refusal.value.code == "package.overtaken"


def test_f25_the_files_of_a_package_can_be_made_again_byte_for_byte(desk: PackageDesk) -> None:
    """PKG-8, F-25: what did the agency know, two years later."""
    desk.enlist(replace(AGENCY, formats=tuple(Format)))
    sent = [desk.send(listed(clinic("c-1"), clinic(f"d-{n}", 30 + n / 10))) for n in range(3)]
    desk.enlist(replace(AGENCY, precision_m=5000, formats=(Format.CSV,)))
    desk.clock.advance(hours=10_000)

    for of, (manifest, files) in zip(packages.sent(desk.node), sent, strict=True):
        again = render(
            packages.rebuilt(desk.node, of, enlistment.settings_at(desk.node, of.manifest.recipient, of.seq))
        )
        assert of.manifest == manifest and again == files


def test_rows_that_somebody_changed_on_the_disk_are_not_taken_for_what_was_sent(desk: PackageDesk) -> None:
    """PKG-7: the line that was signed holds their hash."""
    manifest, _ = desk.send(listed(clinic()))
    for data in (b"", b"x", None):
        with desk.node.store.transaction() as txn:
            txn.set_meta("package/agency/1", data)
        with pytest.raises(Malformed) as error:
            packages.rows(desk.node.store, manifest)
        assert error.value.code == "package.rows"


def test_what_ends_or_has_not_begun_is_not_sent(desk: PackageDesk) -> None:
    """PKG-1: a period is kept."""
    start, until = "2030-01-01T00:00:00.000Z", "2026-12-01T07:00:00.000Z"
    for wanted in (replace(AGENCY, start=start), replace(AGENCY, until=until)):
        desk.enlist(wanted)
        desk.clock.advance(hours=2)
        with pytest.raises(Refused) as refusal:
            desk.prepare(listed(clinic()))
        assert refusal.value.code == "recipient.period"


# -- passing on, exporting ---------------------------------------------------------------------------------------------


def test_anothers_sites_are_passed_on_only_with_their_originators_signed_consent() -> None:
    """JOINT-117, PKG-10: a package is no way around it, nor around the caps on exports."""
    coalition = Coalition.form("desk", "north")
    desk, north = coalition["desk"], coalition["north"]
    issue = command.notify_sites(desk.default, "all", "desk", "list", 1, [clinic()], "keep away", to=["north"])
    desk.say(issue, "protection")
    coalition.settle()
    [(_, theirs)] = north.node.watch.sites.values()
    key = north.key("protection")
    message = enlistment.statement(north.node, AGENCY, coalition.clock.now())
    enlistment.enlist(
        north.node, message,
        papers.Signed(
            officer="north/protection", office="protection", key=key.public.plain(),
            signature=key.sign(enlistment.KIND, message),
        ),
    )  # fmt: skip

    with pytest.raises(Refused) as refusal:
        packages.prepare(north.node, enlistment.recipient(north.node, "agency"), listed(theirs), SECRET)
    assert refusal.value.code == "sites.onward"


# -- acknowledged by hand ----------------------------------------------------------------------------------------------


def heard(desk: PackageDesk, number: int = 1, **changes: object) -> ByHand:
    said = ByHand(
        recipient="agency", item=packages.item("agency"), issue=number, rung=Rung.READ_BACK, unit="",
        at=desk.clock.now(), source="telephone, duty desk", entered_by="desk/duty",
    )  # fmt: skip
    return replace(said, **changes)  # type: ignore[arg-type]


def test_f12_what_was_heard_climbs_the_ladder_with_source_time_and_who_entered_it(desk: PackageDesk) -> None:
    """F-12, PKG-9: receipt at headquarters is a rung, and not the last."""
    desk.send(listed(clinic()))
    desk.clock.advance(hours=1)
    acknowledging.acknowledge(desk.node, heard(desk))
    acknowledging.acknowledge(desk.node, heard(desk, rung=Rung.RELAYED, unit="2 Wing"))

    [row] = rows_by_hand(
        packages.notices(desk.node, packages.DUE_S), acknowledging.acknowledged(desk.node), desk.clock.now()
    )

    assert row.rung is Rung.RELAYED and row.units == ("2 Wing",)
    assert row.missing == (Rung.DELIVERED, Rung.OPENED) and not row.overdue
    assert all(step.how == "by hand" and "telephone, duty desk" in step.by for step in row.steps)


def test_f13_who_has_heard_nothing_is_shown_and_overdue_in_time(desk: PackageDesk) -> None:
    """F-13: whoever flies and has not loaded it stands in the coverage."""
    desk.send(listed(clinic()))
    desk.clock.advance(hours=49)

    [row] = rows_by_hand(packages.notices(desk.node, packages.DUE_S), [], desk.clock.now())

    assert row.rung is None and row.overdue


def test_f19_an_acknowledgement_of_an_older_package_is_stale(desk: PackageDesk) -> None:
    """F-19: it says nothing of what has changed since."""
    desk.send(listed(clinic("c-1")))
    acknowledging.acknowledge(desk.node, heard(desk, rung=Rung.LOADED, unit="2 Wing"))
    desk.send(listed(clinic("c-1"), clinic("c-2")))

    [notice] = packages.notices(desk.node, packages.DUE_S)
    [row] = rows_by_hand([notice], acknowledging.acknowledged(desk.node), desk.clock.now())

    assert notice.number == 2 and [step.rung for step in notice.stale] == [Rung.LOADED]
    assert row.rung is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"source": ""}, "package.words"),
        ({"source": "x" * 200}, "package.words"),
        ({"source": "two\nlines"}, "package.words"),
        ({"rung": Rung.LOADED}, "package.words"),
        ({"issue": 7}, "package.unknown"),
        ({"recipient": "nobody"}, "package.unknown"),
    ],
)
def test_what_is_entered_by_hand_says_what_and_from_where(desk: PackageDesk, changes: dict, code: str) -> None:
    """PKG-9."""
    desk.send(listed(clinic()))
    with pytest.raises(Refused) as refusal:
        acknowledging.acknowledge(desk.node, heard(desk, **changes))
    assert refusal.value.code == code and acknowledging.acknowledged(desk.node) == []


def test_nobody_acknowledges_before_it_was_sent_or_in_the_future(desk: PackageDesk) -> None:
    """PKG-9."""
    desk.send(listed(clinic()))
    for moved in (timedelta(hours=-2), timedelta(hours=2)):
        with pytest.raises(Refused) as refusal:
            acknowledging.acknowledge(desk.node, heard(desk, at=desk.clock.now() + moved))
        assert refusal.value.code == "package.time"


# -- recipients --------------------------------------------------------------------------------------------------------


def test_a_recipient_is_read_back_as_it_was_signed() -> None:
    """PKG-1."""
    desk = PackageDesk()
    wanted = Recipient(
        name="agency", formats=tuple(Format), precision_m=2500, title="Агентство", words="До весны.", channel="line 4",
        categories=(Category.MEDICAL, Category.SCHOOL), countries=("Mali",), districts=("Gao", "غاو"),
        left_out=("c-9",), keep=("note",), until="2027-01-01T00:00:00.000Z",
    )  # fmt: skip

    assert desk.enlist(wanted) == wanted


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"formats": ()}, "recipient.format"),
        ({"name": "Two Words"}, "name.spelling"),
        ({"title": "two\nlines"}, "recipient.words"),
        ({"words": "x" * 501}, "recipient.words"),
        ({"start": "2027-01-01T00:00:00.000Z", "until": "2026-01-01T00:00:00.000Z"}, "recipient.period"),
        ({"keep": ("position",)}, "coarsen.keep"),
        ({"districts": tuple(f"d{n}" for n in range(201))}, "recipient.choice"),
    ],
)
def test_a_recipient_that_no_rule_allows_is_refused(changes: dict, code: str) -> None:
    with pytest.raises((Malformed, Refused)) as refusal:
        replace(AGENCY, **changes)
    assert refusal.value.code == code


def test_every_site_is_given_or_left_out_for_a_reason() -> None:
    """The closed list of reasons: nothing is lost between them."""
    from entente.picture.recipients import choose

    sites = [
        *listed(clinic("a", country="MALI", district="Gao"), clinic("b", country="Niger"), clinic("c", country="Mali")),
        *listed(clinic("d", country="Mali", district="gao", category=Category.SCHOOL), name="schools"),
        *listed(clinic("e", country="Mali", region=" GAO ")),
        *listed(clinic("f", country="mali", district="Gao")),
    ]
    wanted = replace(
        AGENCY, lists=("health",), countries=("Mali",), districts=("Gao",), left_out=("f",)
    )  # fmt: skip

    choice = choose(sites, wanted)

    assert [one.site.id for one in choice.given] == ["a", "e"]
    assert [(one.site.id, why) for one, why in choice.left] == [
        ("b", LeftOut.COUNTRY), ("c", LeftOut.DISTRICT), ("d", LeftOut.LIST), ("f", LeftOut.NAMED)
    ]  # fmt: skip


def test_nothing_of_a_person_is_needed_of_a_recipient() -> None:
    """Labels only: every field that names somebody may be empty."""
    plain = {field.name for field in fields(Recipient)}

    assert {"title", "channel", "acknowledges"} <= plain
    assert (AGENCY.title, AGENCY.channel, AGENCY.acknowledges) == ("", "", "")


def test_texts_that_would_not_read_as_they_are_spelt_are_made_plain(desk: PackageDesk) -> None:
    name = "Cli\u202enic\u200b e\u0301  A\x07"

    prepared = desk.prepare(listed(clinic("c-1", name=name)))

    assert prepared.rows[0].site.name == "Cli nic é A"
    assert json.loads(contents.spell(prepared.rows))[0][0] == "listed"


def test_two_sites_of_one_id_are_not_sent_as_one(desk: PackageDesk) -> None:
    with pytest.raises(Malformed) as error:
        desk.prepare(listed(clinic("c-1"), clinic("c-1", 30.0)))
    assert error.value.code == "package.duplicate"
