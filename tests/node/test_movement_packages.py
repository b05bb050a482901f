"""A convoy on paper: signed, within the recipient's precision, and amended so that nobody misses it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.node.packaging import AGENCY, SECRET, PackageDesk
from tests.report.packages import everything, pages

from entente.errors import Malformed, Refused, Untrusted
from entente.geo.position import Position
from entente.joint.journey import Journey, Passage, Vehicle, VehicleKind
from entente.joint.ladder import Rung
from entente.joint.protected_sites import InfraredMark
from entente.node import acknowledging, enlistment, movement_packages, packages
from entente.picture.coverage import ByHand, rows_by_hand
from entente.picture.recipients import Format, Language
from entente.report.package import movement as one_page
from entente.report.package.document import Package
from entente.testing.coalition import START

TRUCKS = Vehicle(
    kind=VehicleKind.TRUCK, count=3, label="R 11", infrared_marks=frozenset({InfraredMark.INFRARED_BEACON})
)


def convoy(**changes: object) -> Journey:
    way = [(31.951569, 35.923963, 6, "Depot"), (32.05123, 35.98712, 8, "جسر الطاحونة"), (32.15, 36.08, 10, "Camp East")]
    passages = tuple(
        Passage(position=Position(lat=lat, lon=lon), at=START + timedelta(days=2, hours=hour), name=name)
        for lat, lon, hour, name in way
    )
    journey = Journey(title="Water", contact="channel 4", passages=passages, vehicles=(TRUCKS,), note="crane")
    return replace(journey, **changes)  # type: ignore[arg-type]


def later(journey: Journey) -> Journey:
    first, second, *rest = journey.passages
    return replace(journey, passages=(first, replace(second, at=second.at + timedelta(minutes=30)), *rest))


@pytest.fixture
def desk() -> PackageDesk:
    found = PackageDesk()
    found.enlist(replace(AGENCY, formats=(Format.PDF, Format.EMAIL)))
    return found


def send(desk: PackageDesk, journey: Journey) -> tuple[movement_packages.Manifest, dict[str, bytes]]:
    desk.clock.advance(seconds=60)
    prepared = movement_packages.prepare(
        desk.node, enlistment.recipient(desk.node, "agency"), "relief-7", journey, SECRET
    )
    files = one_page.render(notice(prepared))
    manifest = movement_packages.manifest(desk.node, prepared, files)
    signed = desk.signed(movement_packages.KIND, manifest.encode())
    movement_packages.release(desk.node, prepared, manifest, signed)
    return manifest, files


def notice(prepared: movement_packages.Prepared) -> one_page.Notice:
    package = Package(
        sender="Desk", released_by="desk/duty", exercise=True, recipient=prepared.recipient, number=prepared.version,
        since=prepared.version - 1, made=prepared.made, until="", copy=prepared.copy, rows=(), held=0,
        list_hash=movement_packages.digest(prepared.journey),
    )  # fmt: skip
    return one_page.Notice(package=package, name=prepared.movement, journey=prepared.journey, before=prepared.before)


def test_f19_an_amended_convoy_says_what_changed_and_voids_what_was_acknowledged(desk: PackageDesk) -> None:
    """PKG-13."""
    send(desk, convoy())
    item = movement_packages.item("relief-7")
    said = ByHand(
        recipient="agency", item=item, issue=1, rung=Rung.LOADED, unit="2 Wing", at=desk.clock.now(),
        source="telephone", entered_by="desk/duty",
    )  # fmt: skip
    acknowledging.acknowledge(desk.node, said)
    [before] = rows_by_hand(movement_packages.notices(desk.node, 10**6), acknowledging.acknowledged(desk.node), START)

    manifest, files = send(desk, later(convoy()))

    [row] = rows_by_hand(movement_packages.notices(desk.node, 10**6), acknowledging.acknowledged(desk.node), START)
    assert before.rung is Rung.LOADED and row.rung is None and row.notice.number == 2
    assert [step.rung for step in row.notice.stale] == [Rung.LOADED]
    for name, data in files.items():
        text = data.decode() if name.endswith(".txt") else "".join(pages(data))
        assert "Replaces version 1" in text and "031400ZDEC26" in text and "031430ZDEC26" in text
    assert manifest.reference == "agency relief-7 2"


def test_the_same_convoy_again_is_no_new_version_and_its_places_stay(desk: PackageDesk) -> None:
    """PKG-2, PKG-13: an amendment draws nothing anew that it leaves where it was."""
    send(desk, convoy())
    with pytest.raises(Refused) as refusal:
        send(desk, convoy())
    assert refusal.value.code == "movement.same"

    send(desk, later(convoy()))
    one, two = (movement_packages.journey(desk.node, of.manifest) for of in movement_packages.sent(desk.node))
    assert [p.position for p in one.passages] == [p.position for p in two.passages]


def test_a_convoy_fits_one_page_and_says_everything_that_every_page_says(desk: PackageDesk) -> None:
    """PKG-11."""
    _, files = send(desk, convoy())

    [page] = pages(files["agency-relief-7-001-movement.pdf"])
    for told in ("Not listed is not unprotected.", "EXERCISE EXERCISE EXERCISE", "keep away, and nothing else",
                 "channel 4", "infrared beacon", "not a request for permission"):  # fmt: skip
        assert told in page


def test_f20_a_convoy_that_cannot_be_told_in_the_dark_says_so_first(desk: PackageDesk) -> None:
    _, files = send(desk, convoy(vehicles=(TRUCKS, Vehicle(kind=VehicleKind.CAR))))

    [page] = pages(files["agency-relief-7-001-movement.pdf"])
    warning = "Not every vehicle states a mark by which it can be told in the dark."
    assert page.index(warning) < page.index("Reference")


def test_f24_no_precise_passage_is_in_any_byte_and_no_name_that_finds_it(desk: PackageDesk) -> None:
    """PKG-2, PKG-13."""
    send(desk, convoy())
    _, files = send(desk, later(convoy(note="gate 31.951569 35.923963")))

    for name, data in files.items():
        for part, text in everything(name, data):
            assert not any(
                told in text for told in ("31.9515", "35.9239", "32.0512", "35.9871", "Depot", "Camp East")
            ), part


def test_names_go_along_where_settlements_do_and_stand_right_on_an_arabic_page(desk: PackageDesk) -> None:
    """R-25: a name from the right moves no figure."""
    desk.enlist(replace(AGENCY, formats=(Format.PDF,), language=Language.ARABIC, keep=("settlement",)))
    send(desk, convoy())
    _, files = send(desk, later(convoy()))

    [page] = pages(files["agency-relief-7-002-movement.pdf"])
    kept = movement_packages.journey(desk.node, movement_packages.sent(desk.node)[-1].manifest)
    assert "Depot" in page
    for passage in kept.passages:
        assert f"{passage.position.lat:.5f}".rstrip("0")[:7] in page


def test_a_version_is_signed_noted_and_proven_like_a_package(desk: PackageDesk) -> None:
    """PKG-7, PKG-13."""
    to = enlistment.recipient(desk.node, "agency")
    one = movement_packages.prepare(desk.node, to, "relief-7", convoy(), SECRET)
    manifest = movement_packages.manifest(desk.node, one, one_page.render(notice(one)))
    for signed in (desk.signed(packages.KIND, manifest.encode()), desk.signed(movement_packages.KIND, b"other")):
        with pytest.raises(Untrusted):
            movement_packages.release(desk.node, one, manifest, signed)
    assert movement_packages.sent(desk.node) == []
    signed = desk.signed(movement_packages.KIND, manifest.encode())
    movement_packages.release(desk.node, one, manifest, signed)
    with pytest.raises(Refused) as refusal:
        movement_packages.release(desk.node, one, manifest, signed)
    assert refusal.value.code == "package.overtaken"

    with desk.node.store.transaction() as txn:
        txn.set_meta("package/agency/movement/relief-7/1", b"{}")
    with pytest.raises(Malformed):
        movement_packages.journey(desk.node, manifest)
