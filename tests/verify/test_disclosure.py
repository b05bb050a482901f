"""What a disclosure proves is said, what it does not prove is said too, and rules keep others' words at home."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.node.stories import AGREEMENT, propose, site, three, version
from tests.verify.scenes import WATER, both, case, entries, feed, own, show, told

from entente.cli import exits
from entente.errors import EntenteError, Refused
from entente.feed import disclosure as files
from entente.feed import suite
from entente.ids import PartyId, SubjectId
from entente.joint.releases import Limit, Purpose, Terms
from entente.node import command, disclose, exporting, terms
from entente.testing.coalition import START, Coalition
from entente.tlog.note import NoteKey, verify
from entente.verify import main
from entente.verify.report import Sort, harmless

PROVED, UNPROVED, FLAW = Sort.PROVED, Sort.UNPROVED, Sort.FLAW


# -- what is proved, and what is not -----------------------------------------------------------------------------------


def test_an_own_proposal_is_proved_from_its_plan_to_the_pinned_root() -> None:
    """DISC-7 to DISC-15, DISC-19."""
    report = own().check().report
    [last] = [line.about for line in report.lines if line.code == "shown.text"]

    assert report.of(FLAW) == []
    assert {"trust.agreement", "trust.roots"} <= set(report.codes(PROVED, ""))
    assert {"head.signed", "head.time"} <= set(report.codes(PROVED, "a"))
    assert {"entry.held", "act.said", "act.signed", "office.held", "part.opened"} <= set(report.codes(PROVED, last))
    assert report.texts[last].startswith("EXERCISE")
    chain = [line.sentence for line in report.of(PROVED) if line.code == "act.signed" and line.about == last]
    assert "enrolled in entry" in chain[0] and "a/root" in chain[0]
    assert "head.alone" in report.codes(UNPROVED, "a") and "entries.chosen" in report.codes(UNPROVED, "a")
    assert {"never.true", "never.first", "never.valid"} <= set(report.codes(UNPROVED, ""))
    closed = [line for line in report.of(UNPROVED) if (line.code, line.about) == ("part.closed", last)]
    assert "screening" in closed[0].sentence


def test_two_feeds_show_not_before_and_by_when_by_each_sides_clock() -> None:
    """DISC-16, DISC-17."""
    report = both().check().report
    asked = next(line for line in report.lines if line.data.get("verb") == "operation.propose").about
    answered = next(line for line in report.lines if line.data.get("verb") == "decision.give").about

    [later] = [line for line in report.of(PROVED) if (line.about, line.code) == (asked, "time.by")]
    assert later.data["by"] == "b" and later.data["at"] == "2026-12-01T06:05:00.000Z"
    after = [line.sentence for line in report.of(PROVED) if (line.about, line.code) == (answered, "time.after")]
    assert any(f"after entry {asked.split()[1]} of a, which a dated 2026-12-01 06:00:00 UTC" in text for text in after)
    assert answered.startswith("b ") and report.of(FLAW) == []
    said = next(line.sentence for line in report.of(PROVED) if (line.about, line.code) == (answered, "act.said"))
    assert said.startswith(f"About operation/a/water it answers no objection to {asked}; findings named: 0")


def test_without_a_known_agreement_its_hash_is_left_to_compare() -> None:
    """DISC-7."""
    from entente.verify import disclosure

    report = disclosure.check(own().data).report

    [line] = [line for line in report.of(UNPROVED) if line.code == "trust.agreement"]
    assert own().agreement in line.sentence


def test_a_detail_can_be_shown_while_its_act_stays_closed() -> None:
    """DISC-12."""
    shown = case(told()["a"], details=("plan",), acts=False)
    report = shown.check().report

    [about] = [line.about for line in report.of(UNPROVED) if line.code == "act.closed"]
    assert set(report.codes(PROVED, about)) >= {"entry.held", "part.opened", "parts.bound"}
    assert not {"act.said", "act.signed"} & set(report.codes(PROVED, about))


def test_all_entries_of_a_period_can_be_counted() -> None:
    """DISC-20: entries of circles that are not the reader's are leaves alone, and are counted."""
    c = three()
    propose(c["a"], "ab", "one")
    c.settle()
    c.clock.advance(hours=1)
    propose(c["a"], "ab", "two")
    propose(c["a"], "ab", "three")
    c.settle()
    size = c["c"].node.book(AGREEMENT).size(feed("a"))

    seen = case(c["c"], feeds=(feed("a"),), subjects=frozenset(), start=START + timedelta(minutes=30), reason="count")

    listed = [entry.seq for entry in entries(seen.file, "a") if not entry.parts]
    assert listed == [size - 2, size - 1]
    report = seen.check().report
    assert any(f"{size - 2} to {size - 1} are all here" in line.sentence for line in report.of(PROVED))
    assert report.codes(UNPROVED).count("act.closed") == 2


def test_what_a_terminal_would_obey_is_written_out() -> None:
    assert harmless("a\x1b[2Jb\u202ec\nd") == "a\\u001b[2Jb\\u202ec\nd"


# -- one file, one spelling --------------------------------------------------------------------------------------------


def test_reading_and_writing_again_gives_the_same_bytes() -> None:
    """DISC-1, DISC-2."""
    for shown in (own(), both()):
        assert shown.file.encode() == shown.data


@settings(max_examples=400)
@given(at=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7), which=st.sampled_from([own, both]))
def test_a_changed_byte_is_caught_or_changes_nothing_that_is_claimed(at: int, bit: int, which: Any) -> None:
    """DISC-6."""
    shown = which()
    data = bytearray(shown.data)
    data[at % len(data)] ^= 1 << bit

    try:
        report = shown.check(bytes(data)).report
    except EntenteError:
        return
    assert report.plain() == shown.check().report.plain()


@settings(max_examples=40)
@given(start=st.integers(min_value=0), gone=st.integers(min_value=1, max_value=4000), put=st.binary(max_size=40))
def test_a_piece_cut_out_or_put_in_is_caught(start: int, gone: int, put: bytes) -> None:
    """DISC-6."""
    data = own().data
    at = start % len(data)

    with pytest.raises(EntenteError):
        own().check(data[:at] + put + data[at + gone + len(put) :])


# -- what may leave ----------------------------------------------------------------------------------------------------


def test_others_words_need_a_reason_and_ours_do_not() -> None:
    """DISC-21."""
    a = told()["a"]

    show(a, details=("plan",))
    for more in ({"details": ("shown",)}, {"feeds": (feed("b"),)}, {"details": ("screening",)}):
        with pytest.raises(Refused) as refusal:
            show(a, **more)
        assert refusal.value.code == "disclose.reason"
        show(a, **more, reason="the inquiry of 2027 asked")


def test_every_disclosure_is_noted_before_it_is_handed_out() -> None:
    """DISC-22."""
    a = told()["a"]

    made = show(a, feeds=(feed("b"),), reason="the inquiry asked", to="inquiry")

    line = a.node.journal_lines()[-1]
    assert line["what"] == "disclosed"
    assert line["facts"] == {
        "file": sha256(made.data).hexdigest(), "agreement": AGREEMENT, "entries": 1, "details": 0, "of": "b",
        "to": "inquiry", "reason": "the inquiry asked",
    }  # fmt: skip


def listed(purpose: Purpose, limits: tuple[Limit, ...] = (), **more: Any) -> Coalition:
    """`a` gives `b` a list on terms, and `b` acknowledges them."""
    c = three()
    said = Terms(to=(PartyId("b"),), purpose=purpose, limits=limits, **more)
    c["a"].say(command.give_terms(AGREEMENT, "ab", "sites/a/l", said), "protection")
    c["a"].say(command.notify_sites(AGREEMENT, "ab", "a", "l", 1, [site("s")], "p", to=["b"]), "protection")
    c.settle()
    return c


def acknowledge(c: Coalition) -> None:
    held = terms.held(c["b"].node.book(AGREEMENT).fold("ab"), "sites/a/l", "b")
    assert held is not None
    c["b"].say(command.acknowledge_terms(AGREEMENT, "ab", "sites/a/l", held), "protection")


def chunk(c: Coalition, cap: int = 10, seconds: str = "protection", **choice: Any) -> disclose.Made:
    """`b` shows the list that `a` gave it, by order of its senior officer and another."""
    b = c["b"]

    def order(sites: Mapping[SubjectId, int], data: bytes) -> None:
        [(item, count)] = sites.items()
        book = b.node.book(AGREEMENT)
        wanted = exporting.draw_up(b.node, book.fold("ab"), item, count, "asked", data, cap)
        signed = [
            exporting.Signature(
                officer=f"b/{who}", office=who, signature=b.key(who).sign(exporting.KIND, wanted.encode())
            )
            for who in ("senior", seconds)
        ]
        exporting.confirm(b.node, book, wanted, signed, "account")

    wanted = {"feeds": (feed("a"),), "subjects": frozenset({"sites/a/l"}), "details": ("chunk",), "reason": "asked"}
    return show(b, order, **wanted, **choice)


def test_others_sites_leave_by_order_of_two_officers_only() -> None:
    """DISC-21, JOINT-120."""
    c = listed(Purpose.INQUIRY)
    acknowledge(c)
    wanted = {"feeds": (feed("a"),), "subjects": frozenset({"sites/a/l"}), "details": ("chunk",), "reason": "asked"}

    for code, attempt in {
        "disclose.order": lambda: show(c["b"], **wanted),
        "export.off": lambda: chunk(c, cap=0),
        "export.second": lambda: chunk(c, seconds="senior"),
        "export.office": lambda: chunk(c, seconds="watch"),
    }.items():
        with pytest.raises(Refused) as refusal:
            attempt()
        assert refusal.value.code == code
        assert "disclosed" not in {line["what"] for line in c["b"].node.journal_lines()}
    made = chunk(c)
    exported, disclosed = c["b"].node.journal_lines()[-2:]
    assert exported["facts"]["file"] == disclosed["facts"]["file"] == sha256(made.data).hexdigest()
    assert exported["facts"]["sites"] == 1


def test_a_list_on_terms_leaves_for_an_inquiry_or_by_its_originators_consent_only() -> None:
    """DISC-21."""
    c = listed(Purpose.KEEP_AWAY)
    with pytest.raises(Refused, match="nobody here has acknowledged") as sealed:
        chunk(c)
    acknowledge(c)
    with pytest.raises(Refused) as another:
        chunk(c, to="inquiry")
    assert sealed.value.code == another.value.code == "disclose.terms"

    c.settle()
    leaf = terms.held(c["b"].node.book(AGREEMENT).fold("ab"), "sites/a/l", "b").leaf  # type: ignore[union-attr]
    until = c.clock.now() + timedelta(hours=1)
    c["a"].say(command.consent_onward(AGREEMENT, "ab", "sites/a/l", leaf, "b", "inquiry", until), "protection")
    c.settle()
    assert chunk(c, to="inquiry").details == 1
    with pytest.raises(Refused):
        chunk(c, to="press")
    c.clock.advance(hours=2)
    with pytest.raises(Refused):
        chunk(c, to="inquiry")


@pytest.mark.parametrize(("limits", "leaves"), [((), True), ((Limit.NOT_EXPORTED,), False)])
def test_a_list_given_for_an_inquiry_may_be_shown_to_it_unless_limited(limits: Any, leaves: bool) -> None:
    """DISC-21."""
    c = listed(Purpose.INQUIRY, limits)
    acknowledge(c)

    if leaves:
        assert chunk(c).details == 1
    else:
        with pytest.raises(Refused):
            chunk(c)


def test_what_fits_nothing_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        show(told()["a"], subjects=frozenset({"operation/a/none"}))
    assert refusal.value.code == "disclose.nothing"


# -- the program -------------------------------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main.main(list(arguments))
    return code, *capsys.readouterr()


def test_the_program_says_it_in_words_and_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "water.disclosure"
    path.write_bytes(own().data)

    code, out, err = run(capsys, "disclosure", str(path), "--agreement", own().agreement)
    assert (code, err) == (0, "")
    for words in ("PROVED", "NOT PROVED", "signed these very words", "That what was said is true.", "| EXERCISE"):
        assert words in out
    code, out, _ = run(capsys, "disclosure", str(path), "--json")
    found = json.loads(out)
    assert code == 0 and found["sha256"] == sha256(own().data).hexdigest()
    assert set(found) == {"sha256", "proved", "not_proved", "flaw", "texts"}


@pytest.mark.parametrize(
    ("data", "code"), [(b"", 4), (b"{}", 4), (b"[" * 100_000, 4), (own().data[:-1] + b"\n", 4), (b"\xff", 4)]
)
def test_what_is_no_disclosure_is_one_line_and_a_code(
    data: bytes, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)

    found, out, err = run(capsys, "disclosure", str(path))

    assert (found, out, err.count("\n")) == (code, "", 1) and err.startswith("error: ")


def test_another_agreement_than_the_readers_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x"
    path.write_bytes(own().data)

    code, out, err = run(capsys, "disclosure", str(path), "--agreement", "0" * 64)

    assert (code, out) == (5, "") and "[disclosure.agreement]" in err
    assert run(capsys, "disclosure", str(tmp_path / "none"))[0] == 3


def test_what_is_extracted_is_what_strangers_tools_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """DISC-5: a C2SP tlog-proof, whose head verifies under the vkeys beside it."""
    path, folder = tmp_path / "x", tmp_path / "out"
    path.write_bytes(own().data)

    assert run(capsys, "disclosure", str(path), "--extract", str(folder))[0] == 0

    last = entries(own().file, "a")[-1]
    proof = (folder / f"a-{last.seq}.tlog-proof").read_bytes()
    top, _, note = proof.partition(b"\n\n")
    lines = top.decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", f"index {last.seq}"] and len(lines) == 2 + len(last.proof)
    keys = [NoteKey.parse(line) for line in (folder / "a.vkeys").read_text(encoding="utf-8").split()]
    assert len(verify(note, keys).signers) == 2 and note == (folder / "a.checkpoint").read_bytes()
    assert (folder / f"a-{last.seq}.leaf").read_bytes() == last.leaf
    assert all((folder / f"a-{last.seq}.part-{p.index}").read_bytes() == p.data for p in last.parts)
    assert run(capsys, "disclosure", str(path), "--extract", str(folder))[0] == 3


def test_its_exit_codes_are_those_of_the_other_program() -> None:
    assert main.EXITS == exits.CODES


def test_it_loads_nothing_but_what_a_verifier_needs() -> None:
    heavy = "('numpy', 'numba', 'shapely', 'pyproj', 'mgrs', 'litestar', 'granian', 'httpx', 'typer', 'rich', 'socket')"
    rooms = "('entente.node', 'entente.store', 'entente.cli', 'entente.exchange', 'entente.picture')"
    code = f"import sys, entente.verify.main; print([m for m in sys.modules if m in {heavy} or m in {rooms}])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"


def test_the_caps_are_told() -> None:
    """DISC-3."""
    one = files.Cited(size=1, root=b"", proof=(b"",) * 65, last=b"", last_proof=())
    many = files.Disclosure(agreements=(), cards=(), feeds=(files.Feed(origin="x", head=b"", cited=(one,)),))

    with pytest.raises(EntenteError, match="65 hashes in a proof") as found:
        files.decode(many.encode())
    assert found.value.code == "disclosure.size"


def test_a_text_in_arabic_is_told_as_it_was_shown() -> None:
    """JOINT-3, DISC-14: word for word, isolates and all; what would turn a line is spelt out."""
    c = told()
    what = command.withdraw(AGREEMENT, "ab", SubjectId(WATER), version(c["a"], "ab", WATER).leaf)
    draft = c["a"].node.draft(what, officer="a/senior", office="senior", language="ar")
    c["a"].node.say(draft, c["a"].key("senior").sign(suite.STATEMENT, draft.message))

    written = list(case(c["a"], details=("shown",), reason="asked for").check().report.written())

    lines = draft.text.split("\n")
    assert [row for row in written if row.startswith("      | ")][-len(lines) :] == [f"      | {one}" for one in lines]
    assert "سحب العملية." in draft.text and "\u2068exercise-test\u2069" in draft.text
