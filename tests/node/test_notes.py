"""Notes for strangers: heads with their log's lines, peers' and the witness's, from the log's node or from a peer."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tests.node.stories import AGREEMENT, WITNESS_KEY, copy, cosign, propose, witnessed

from entente.node import cosigning, custody, notes, publish
from entente.node.disclose import Choice, disclose
from entente.testing.coalition import Coalition, Member
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.head import open_head
from entente.tlog.note import Note, NoteKey, verify
from entente.tlog.proof import consistency_proof, verify_consistency
from entente.verify import disclosure

ORIGIN = f"a/{AGREEMENT}/1"


@cache
def _story() -> tuple[Coalition, int, int]:
    c = witnessed()
    proposed = propose(c["a"], "all")
    c.settle()
    size = c["a"].node.book(AGREEMENT).size(ORIGIN)
    for party in "bc":
        cosigning.acknowledge(c[party].node)
    c.settle()
    cosign(c["a"])
    c.settle()
    return c, proposed.seq, size


def story() -> tuple[Coalition, int, int]:
    """Party a proposes; b and c acknowledge, the witness cosigns that very head, and a's feed goes on behind it."""
    c, seq, size = _story()
    return copy(c), seq, size


def keys(c: Coalition) -> list[NoteKey]:
    log = custody.note_keys(ORIGIN, c["a"].card["keys"])
    peers = [custody.cosigner_key(p, c[p].card["keys"]) for p in "bc"]
    return [*log, *peers, WITNESS_KEY]


def written(member: Member, folder: Path, *, acts: bool = False) -> None:
    book = member.node.book(AGREEMENT)
    for path, data in publish.files(member.node, book, book.feeds()[0], acts=acts):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def test_a_head_is_given_with_every_line_that_is_known_by_its_own_log_and_by_a_peer() -> None:
    """TLOG-12, TLOG-13, FEED-60."""
    c, _, size = story()
    for party in "ab":
        book = c[party].node.book(AGREEMENT)
        found = notes.notes(c[party].node, book, book.feeds()[0])

        opened = open_head(found[size], keys(c)[:2], keys(c)[2:])
        assert set(opened.signers) == set(keys(c)), party
        assert opened.checkpoint.root.hex() == book.root_at(book.feeds()[0], size)
        newest = max(found)
        assert newest == book.size(ORIGIN) > size
        assert set(verify(found[newest], keys(c)).signers) == set(keys(c)[:2])
        root = book.trees[book.feeds()[0]].root(0, newest)
        steps = consistency_proof(book.trees[book.feeds()[0]], size, newest)
        verify_consistency(size, newest, opened.checkpoint.root, root, steps)


def test_what_we_sign_again_of_our_own_says_the_time_that_we_said_then() -> None:
    """TLOG-11: a cosignature kind's time says that this was the longest head at that time."""
    c, _, size = story()
    book = c["a"].node.book(AGREEMENT)
    event = book.fold("all").find(book.origin, size - 1)
    assert event is not None
    c.clock.advance(hours=50)

    signers = verify(notes.notes(c["a"].node, book, book.origin)[size], keys(c)).signers

    assert signers[keys(c)[1]] == int(event.act.at.timestamp())


def test_a_peer_that_cosigned_nothing_and_a_head_of_another_size_have_no_line() -> None:
    c = witnessed()
    propose(c["a"], "all")
    book = c["a"].node.book(AGREEMENT)

    found = notes.notes(c["a"].node, book, book.origin)

    assert list(found) == [book.size(book.origin)] and len(Note.parse(found[max(found)]).lines) == 2


def test_a_disclosure_shows_the_head_that_most_others_cosigned_and_says_who() -> None:
    """DISC-9, DISC-16."""
    c, seq, size = story()
    book = c["a"].node.book(AGREEMENT)

    made = disclose(c["a"].node, book, Choice(feeds=(book.origin,), seqs=frozenset({seq})))

    checked = disclosure.check(made.data, book.first.digest)
    assert checked.feeds[book.origin].head.size == size
    told = {(line.code, line.data.get("by")) for line in checked.report.lines if line.code.startswith("head.")}
    assert {("head.cosigned", "b/cosigner"), ("head.cosigned", "c/cosigner")} <= told
    assert ("head.witnessed", WITNESS_KEY.name) in told and "head.unknown" not in {code for code, _ in told}
    assert not any("held all" in line.sentence for line in checked.report.lines if line.code == "head.witnessed")


def test_the_files_are_read_again_by_whoever_has_the_card(tmp_path: Path) -> None:
    """TLOG-15, FEED-60, FEED-61."""
    c, _, size = story()
    written(c["a"], tmp_path)
    book = c["a"].node.book(AGREEMENT)

    head = publish.read_again(c["a"].node, book, book.origin, lambda path: (tmp_path / path).read_bytes())

    assert isinstance(head, Checkpoint) and head.size > size
    assert [path.name for path in (tmp_path / "cosigned").iterdir()] == [str(size)]
    listed = (tmp_path / "cosigners").read_text(encoding="utf-8").splitlines()
    assert [NoteKey.parse(line) for line in listed] == keys(c)[2:]
