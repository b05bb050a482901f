"""Lists given on terms, at two desks: sealed, opened, noted, withdrawn, ended, each by one command."""

from pathlib import Path

import pytest
from tests.cli.desks import SITES, Desks

from entente.node import custody

ADD = "site add sites.csv --list valley --to south --consent 'letter 14' --yes"
OVER_THE_CLINIC = """
[[plan]]
title = "Over the clinic"
kind = "general"
crew = "crewed"

[[plan.volume]]
circle = { centre = "31.9516 35.9240", radius_nm = 1 }
altitude = "GND-3000 ft AGL"
start = 2027-03-01T10:00:00Z
end = 2027-03-01T11:00:00Z
"""


@pytest.fixture
def listed(valley: Desks) -> Desks:
    """North has told South of a list, on terms."""
    valley.write("sites.csv", SITES)
    valley.write("over.toml", OVER_THE_CLINIC)
    valley.do(ADD, "north")
    valley.settle()
    return valley


def test_nothing_of_a_list_is_shown_before_its_limits_are_acknowledged(listed: Desks) -> None:
    """JOINT-112."""
    faces = [
        listed.do(line, "south").out
        for line in ("site show valley-south", "site show valley-south --json", "site list", "site list --json")
    ]
    faces.append(listed.do("operation propose over.toml --name over --yes", "south").out)
    faces.append(listed.do("operation waiting", "south").out)

    assert not any("Clinic 3" in face or "Camp East" in face for face in faces)
    assert all("keep away" in face for face in faces[:4])
    assert "not acknowledged yet" in faces[4], "and it is screened all the same"

    listed.do("site open valley-south --yes", "south")
    assert "Clinic 3" in listed.do("site show valley-south", "south").out


def test_the_terms_are_repeated_wherever_the_sites_stand(listed: Desks) -> None:
    """JOINT-114."""
    listed.do("site open valley-south --yes", "south")

    for line in ("site show valley-south", "site show valley-south --json"):
        told = listed.do(line, "south").out
        assert "released by north to south, to keep away, and for nothing else" in told
        assert "Limits: not exported" in told and "consent: letter 14" in told


def test_a_later_issue_keeps_the_terms_and_needs_no_second_acknowledgement(listed: Desks) -> None:
    listed.do("site open valley-south --yes", "south")
    listed.do(ADD.replace("--consent 'letter 14' ", ""), "north")
    listed.settle()
    assert "Clinic 3" in listed.do("site show valley-south", "south").out

    listed.do(ADD + " --limit duty_staff_only --limit not_exported", "north")
    listed.settle()
    assert "Clinic 3" not in listed.do("site show valley-south", "south").out


def test_a_word_that_is_in_no_closed_list_is_refused(listed: Desks) -> None:
    """JOINT-110."""
    for option in ("--purpose planning", "--limit never"):
        assert "[cli.word]" in listed.run(f"{ADD} {option}", "north").err


def test_withdrawn_consent_says_plainly_what_it_does_not_do_and_shows_at_the_recipient(listed: Desks) -> None:
    """JOINT-116."""
    listed.do("site open valley-south --yes", "south")

    said = listed.do("site withdraw valley --site clinic-3 --yes", "north").out
    assert "What was sent stays sent" in said and "screened all the same" in said
    listed.settle()

    shown = listed.do("site show valley-south", "south").out
    assert "WITHDRAWN of clinic-3" in shown and "withdrawn, still protected" in shown
    assert "Over the clinic" not in shown
    assert "site.expired" in listed.do("operation propose over.toml --name over --yes", "south").out


def test_after_a_withdrawal_a_list_is_added_again_on_new_terms_only(listed: Desks) -> None:
    """JOINT-116."""
    listed.do("site withdraw valley --yes", "north")

    again = listed.run(ADD.replace("--consent 'letter 14' ", ""), "north")
    assert "[release.ended]" in again.err
    listed.do(ADD.replace("letter 14", "letter 15"), "north")


def test_only_its_originator_ends_a_site(listed: Desks) -> None:
    """JOINT-60."""
    listed.do("site open valley-south --yes", "south")
    assert "[sites.other_party]" in listed.run("site end valley clinic-3 --yes", "south").err
    assert "[site.unknown]" in listed.run("site end valley no-such --yes", "north").err

    listed.do("site end valley clinic-3 --yes", "north")
    listed.settle()

    sites = {site["id"]: site["status"] for site in listed.do("site show valley-south --json", "south").json["sites"]}
    assert sites == {"clinic-3": "ended", "school-12": "active", "camp-east": "active"}
    assert "Clinic 3" not in listed.do("operation propose over.toml --name over --yes", "south").out


def test_a_release_that_begins_later_sends_nothing_yet(valley: Desks) -> None:
    """JOINT-115."""
    valley.write("sites.csv", SITES)
    said = valley.do(f"{ADD} --from 2030-01-01T00:00:00Z", "north").out
    valley.settle()

    assert "is sent to south from 010000ZJAN30, and not before" in said
    valley.do("site open valley-south --yes", "south")
    assert "none of its sites was released to us" in valley.do("site show valley-south", "south").out


def test_a_plan_released_on_terms_is_opened_first(valley: Desks) -> None:
    """JOINT-112."""
    valley.do("operation propose water.toml --name water-1 --yes", "north")
    valley.do("release water-1 plan --to south --purpose keep_apart --yes", "north")
    valley.settle()
    assert "NORTH 11" not in valley.do("operation show water-1", "south").out
    assert "[decision.unopened]" in valley.run("decide water-1 no_objection --yes", "south").err
    for line in ("operation list", "operation waiting", "operation conflicts", "operation explain water-1 corridor"):
        shown = valley.do(line, "south").out
        assert "NORTH 11" not in shown and "Water to the valley" not in shown, line
    for line in ("operation ways-out water-1", "operation ways-out water-1 --take 1 --out way.toml"):
        said = valley.run(line, "south")
        assert "NORTH 11" not in said.out and "Water to the valley" not in said.out, line
    assert not (valley.folder / "way.toml").exists()

    valley.do("operation open water-1 --yes", "south")
    shown = valley.do("operation show water-1", "south").out
    assert "NORTH 11" in shown and "to keep flights apart, and for nothing else" in shown
    valley.do("decide water-1 no_objection --yes", "south")


def test_whoever_looks_at_anothers_list_is_noted_in_our_own_record_and_nowhere_else(listed: Desks) -> None:
    """JOINT-118."""
    listed.do("site show valley-south", "south")  # sealed: nothing was looked at
    listed.do("site open valley-south --yes", "south")
    listed.do("site show valley-south --as duty", "south")
    listed.do("site show valley-south --json", "south")
    listed.do("site show valley-south", "north")  # its own
    listed.settle()

    rows = listed.do("record opened --json", "south").json
    assert [(row["item"], row["by"]) for row in rows] == [
        ("sites/north/valley-south", "duty"), ("sites/north/valley-south", "not stated")
    ]  # fmt: skip
    assert all(row["account"] and row["at"] for row in rows)
    assert listed.do("record opened --json", "north").json == []


# -- passing on and exporting ------------------------------------------------------------------------------------------

EXPORT = "site export valley-south --out list.csv --reason 'Board of inquiry' --as duty --second second --yes"


@pytest.fixture
def opened(valley: Desks) -> Desks:
    """South holds and has opened a list that may be exported, and has a second officer."""
    valley.write("sites.csv", SITES)
    valley.do(f"{ADD} --limit duty_staff_only", "north")
    valley.do("staff enrol second --office records", "south")
    valley.settle()
    valley.do("site open valley-south --yes", "south")
    return valley


def allow(desks: Desks, sites: int) -> None:
    """Write into south's home how many of others' sites may leave in a day."""
    path = desks.folder / "south" / "home.toml"
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("exports_a_day")]
    path.write_text("\n".join([*lines, f"exports_a_day = {sites}\n"]), "utf-8")


def test_nothing_of_anothers_is_exported_until_the_home_allows_it(opened: Desks) -> None:
    """JOINT-120."""
    assert "[export.off]" in opened.run(EXPORT, "south").err
    allow(opened, 2)
    assert "[export.cap]" in opened.run(EXPORT, "south").err
    assert not (opened.folder / "list.csv").exists()


def test_an_export_is_ordered_by_two_officers_noted_and_counted(opened: Desks) -> None:
    """JOINT-120."""
    allow(opened, 5)
    for second in ("duty", "nobody"):
        assert opened.run(EXPORT.replace("--second second", f"--second {second}"), "south").code == 3
    assert "[export.reason]" in opened.run(EXPORT.replace("Board of inquiry", " "), "south").err
    assert not (opened.folder / "list.csv").exists()

    opened.do(EXPORT, "south")
    [noted] = [line for line in opened.do("record journal --json", "south").json if line["what"] == "exported"]
    facts = noted["facts"]
    assert (facts["by"], facts["second"], facts["sites"]) == ("south/duty", "south/second", 3)
    assert facts["by_mldsa65"] != facts["second_mldsa65"] and facts["reason"] == "Board of inquiry"
    assert "exported: 3 sites" in opened.do("record opened", "south").out
    assert "[export.cap]" in opened.run(EXPORT, "south").err, "three of five have left today"


@pytest.mark.parametrize("kind", ["csv", "json", "html"])
def test_an_export_repeats_its_terms_and_the_copys_number(opened: Desks, kind: str) -> None:
    """JOINT-114, JOINT-120."""
    allow(opened, 3)
    opened.do(EXPORT.replace("list.csv", f"list.{kind}"), "south")

    written = (opened.folder / f"list.{kind}").read_text("utf-8")
    for told in ("released by north to south, to keep away, and for nothing else", "letter 14", "Board of inquiry"):
        assert told in written
    assert "Not listed is not unprotected." in written and "Copy south-" in written
    if kind == "csv":
        assert all("released by north to south" in line for line in written.splitlines()[1:])


def test_what_is_limited_ended_or_not_opened_never_leaves(listed: Desks) -> None:
    """JOINT-120."""
    allow(listed, 100)
    listed.do("staff enrol second --office records", "south")
    assert "[export.sealed]" in listed.run(EXPORT, "south").err
    listed.do("site open valley-south --yes", "south")
    assert "[export.limits]" in listed.run(EXPORT, "south").err


def test_another_partys_list_is_no_list_of_ours_to_add(opened: Desks) -> None:
    """JOINT-117."""
    allow(opened, 3)
    opened.do(EXPORT, "south")

    back = "site add list.csv --list theirs --to north --yes"
    assert "[sites.onward]" in opened.run(back, "south").err


def test_what_one_issue_says_is_shown_together_and_the_key_is_unlocked_once(
    valley: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ADR 0047: terms and notice stand side by side in the feed, by one passphrase."""
    valley.write("sites.csv", SITES)
    unlocked: list[str] = []
    load = custody.load

    def counted(path: Path, passphrase: str) -> custody.SigningKey:
        unlocked.append(path.name)
        return load(path, passphrase)

    monkeypatch.setattr(custody, "load", counted)
    out = valley.do(ADD.replace("valley", "once"), "north").out

    said = [line for line in out.splitlines() if line.startswith("Said:")]
    assert [line.split(",")[0] for line in said] == [
        "Said: release/sites/north/once-south", "Said: sites/north/once-south",
    ]  # fmt: skip
    assert out.index("EXERCISE") < out.index("Notify 3 protected sites") < out.index(said[0])
    assert len(unlocked) == 1
