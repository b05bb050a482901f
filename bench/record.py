"""The record: durable appends beside raw fdatasync, and a million entries read, proven and folded again.

    python -m bench record [--quick]

What is durable is measured beside what the disk itself can do in the same minute and folder, and given as a multiple of
it. Persons' signatures are measured apart, over two processes; the fold is given them as checked. Each row that fills
memory runs in a process of its own, whose greatest size is told.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from bench.table import Row, machine, markdown, timed
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from entente.feed import leaf as leaves
from entente.feed import suite
from entente.geo.interval import spell
from entente.ids import Hash, OfficerId, Origin, SubjectId
from entente.joint import act as acts
from entente.joint import decisions, operations
from entente.joint.act import ALL, Act, Signer, Statement
from entente.joint.decisions import Answer
from entente.joint.plan import Crew, Kind
from entente.joint.state import Ledger
from entente.node import command, custody, translate
from entente.node.node import Node
from entente.store.sqlite import SqliteStore, open_sqlite
from entente.testing.coalition import Coalition
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.head import cosign, open_head, sign
from entente.tlog.merkle import Frontier, leaf_hash
from entente.tlog.note import Kind as KeyKind
from entente.tlog.note import NoteKey
from entente.tlog.proof import inclusion_proof, verify_inclusion
from entente.tlog.subtrees import Subtrees

AGREEMENT = "exercise-test"
ORIGIN = Origin(f"north/{AGREEMENT}/1")
GROUP = 4096
"""Entries of one commit where they come in groups: an import, or what a peer brings."""
EVERY = 1000
"""Entries between two signed heads in the long log."""
MIB = 2**20
_CONTEXT = multiprocessing.get_context("spawn")


def rows(quick: bool = False) -> list[Row]:
    """Measure all of it; `quick` takes a hundredth of the entries, and its rows have no goal."""
    count = 10_000 if quick else 1_000_000
    found = [*appends(200 if quick else 2000), *_apart(long_log, count), *_apart(folded, count)]
    found += persons(1000 if quick else 100_000)
    return [_without_goal(row) for row in found] if quick else found


def _without_goal(row: Row) -> Row:
    """Return a row without its goal: a goal is for the whole number."""
    return Row(what=row.what, goal=None, measured=row.measured, unit=row.unit, how=f"quick: {row.how}")


# -- durable appends ---------------------------------------------------------------------------------------------------


def appends(count: int) -> list[Row]:
    """Measure commits of one leaf and of many, with a signed head and without, beside raw writes of as many bytes."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder)
        keys = custody.generate_node("localhost")
        turns = []
        for turn in range(5):  # by turns, so that a slow minute of the disk is everybody's
            store = open_sqlite(path / f"{turn}.sqlite", create=True)
            raw, ready = _raw(path / f"{turn}.raw", count // 5), _raw(path / f"{turn}.ready", count // 5, room=True)
            plain = _one_by_one(store, count // 5, None)
            signed = _one_by_one(store, count // 5, keys)
            turns.append((raw, ready, plain, signed, _group(store, None), _group(store, keys)))
            store.close()
        raw, ready, plain, signed, group, group_signed = (median(column) for column in zip(*turns, strict=True))
        size = _bytes_per_leaf(path / "size.sqlite", count)
    how = f"median of 5 turns of {count // 5}; raw fdatasync of 4 KiB took {raw * 1e3:.2f} ms beside it"
    groups = f"{GROUP} leaves a commit, median of 5"
    return [
        Row(what="one durable append, as a multiple of raw fdatasync", goal=1 / 0.65, measured=plain / raw, unit="×",
            how=f"{1 / plain:,.0f} a second, no head signed; {how}"),
        Row(what="the same, of one into room that was made before", goal=None, measured=plain / ready, unit="×",
            how=f"as the record's own log has it (ADR 0045); that took {ready * 1e3:.2f} ms"),
        Row(what="one durable append, with its head signed twice", goal=None, measured=signed / raw, unit="×",
            how=f"{1 / signed:,.0f} a second; Ed25519 and ML-DSA-44"),
        Row(what="an append in groups", goal=25.0, measured=group * 1e6, unit="µs",
            how=f"{1 / group:,.0f} a second, no head signed; {groups}"),
        Row(what="the same, with a signed head for each group", goal=None, measured=group_signed * 1e6, unit="µs",
            how=f"{1 / group_signed:,.0f} a second; {groups}"),
        Row(what="bytes of an entry's leaf in the record", goal=None, measured=size, unit="B",
            how=f"file size for each leaf of {len(_leaf(0))} B, with its hash; its parts come to that"),
    ]  # fmt: skip


def _raw(path: Path, count: int, room: bool = False) -> float:
    """Return the time [s] of one write of 4 KiB that is on the disk, behind a file's end or, with `room`, inside."""
    flush: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
    with path.open("wb", buffering=0) as file:

        def write() -> None:
            file.write(bytes(4096))
            flush(file.fileno())

        if room:
            file.write(bytes(4096 * count))
            flush(file.fileno())
            file.seek(0)
        return _mean(write, count)


def _one_by_one(store: SqliteStore, count: int, keys: custody.NodeKeys | None) -> float:
    ready = iter(_next(store, count))
    return _mean(lambda: _append(store, [next(ready)], keys), count)


def _group(store: SqliteStore, keys: custody.NodeKeys | None) -> float:
    """Return the time [s] for each leaf of a commit of `GROUP`."""
    ready = iter(_next(store, 3 * GROUP))
    return timed(lambda: _append(store, list(islice(ready, GROUP)), keys), 3) / GROUP


def _next(store: SqliteStore, count: int) -> list[bytes]:
    """Return the leaves that come next: making them is not what is measured."""
    row = store.feed(ORIGIN)
    size = row.size if row else 0
    return [_leaf(size + number) for number in range(count)]


def _append(store: SqliteStore, run: list[bytes], keys: custody.NodeKeys | None) -> None:
    """Append leaves that say nothing, as a node does: their bytes, hashes, the log's edge, and a head or none."""
    row = store.feed(ORIGIN)
    edge = Frontier.from_bytes(row.frontier) if row else Frontier()
    after = edge.extend(map(leaf_hash, run))
    head = Checkpoint(origin=ORIGIN, size=after.size, root=after.root())
    note = keys.sign_head(head, 1_796_126_400) if keys else None
    with store.transaction() as txn:
        txn.append(ORIGIN, edge.size, run, after.to_bytes(), note)


def _bytes_per_leaf(path: Path, count: int) -> float:
    store = open_sqlite(path, create=True)
    before = path.stat().st_size
    _append(store, _next(store, count), None)
    store.close()
    return (path.stat().st_size - before) / count


def _mean(step: Callable[[], object], count: int) -> float:
    begun = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - begun) / count


def _leaf(seq: int) -> bytes:
    digest = leaf_hash(b"%d" % seq).hex()
    return leaves.Leaf(
        origin=ORIGIN, seq=seq, t=1_796_126_400, kind="act", tag=digest[:32], size=4096, com=digest, com2=digest
    ).encode()


# -- a long log --------------------------------------------------------------------------------------------------------


def long_log(count: int) -> list[Row]:
    """Read a log strictly from its record, with its heads, cosigned by three; then prove and check single entries."""
    logs = Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
    log = NoteKey.of(ORIGIN, KeyKind.ED25519, logs[0]), NoteKey.of(ORIGIN, KeyKind.COSIGNATURE_MLDSA44, logs[1])
    peers = [Ed25519PrivateKey.generate() for _ in range(3)]
    cosigners = [NoteKey.of(f"p{n}/cosigner", KeyKind.COSIGNATURE_ED25519, key) for n, key in enumerate(peers)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "record.sqlite"
        store = open_sqlite(path, create=True)
        notes, edge = [], Frontier()
        for first in range(0, count, EVERY):
            run = [_leaf(seq) for seq in range(first, min(first + EVERY, count))]
            edge = edge.extend(map(leaf_hash, run))
            note = sign(Checkpoint(origin=ORIGIN, size=edge.size, root=edge.root()), zip(log, logs, strict=True), 1)
            for key, private in zip(cosigners, peers, strict=True):
                note = cosign(note, key, private, 2)
            notes.append(note)
            with store.transaction() as txn:
                txn.append(ORIGIN, first, run, edge.to_bytes(), note)
        begun, at_rest = time.perf_counter(), _peak_mb()
        tree = _verified(store, notes, log, cosigners)
        whole, peak = time.perf_counter() - begun, _peak_mb()
        store.close()
    places = [random.Random(1).randrange(count) for _ in range(500)]
    root = tree.root(0, count)
    proofs: list[list[bytes]] = []
    making = _mean(lambda: proofs.append(inclusion_proof(tree, places[len(proofs)], count)), len(places))
    checks = iter(zip(places, proofs, strict=True))

    def check() -> None:
        place, proof = next(checks)
        verify_inclusion(place, count, tree.hashes[place], root, proof)

    checking = _mean(check, len(places))
    how = f"from its record: each leaf strictly, {len(notes):,} heads with five signatures each against the root there"
    return [
        Row(what=f"{count:,} leaves verified from nothing", goal=60.0, measured=whole, unit="s", how=how),
        Row(what="its memory", goal=500.0, measured=peak, unit="MB",
            how=f"the greatest size of that process, {at_rest:.0f} MB before it began; the tree's hashes are kept"),
        Row(what="an inclusion proof made", goal=2.0, measured=making * 1e3, unit="ms", how=f"mean of {len(places)}"),
        Row(what="and checked", goal=0.1, measured=checking * 1e3, unit="ms", how="the same"),
    ]  # fmt: skip


def _verified(store: SqliteStore, notes: list[bytes], log: tuple[NoteKey, ...], cosigners: list[NoteKey]) -> Subtrees:
    """Return a log's tree when every leaf is one of it and every head is signed, cosigned, and that of its leaves."""
    tree, waiting, run = Subtrees(), iter(notes), list[bytes]()
    for entry in store.leaves(ORIGIN):
        leaves.decode(entry.leaf, ORIGIN, entry.seq)
        run.append(leaf_hash(entry.leaf))
        if len(run) == EVERY:
            tree.extend(run)
            run = []
            found = open_head(next(waiting), log, cosigners)
            head = found.checkpoint
            assert len(found.signers) == len(log) + len(cosigners), "a signature is missing"
            assert (head.size, head.root) == (len(tree), tree.root(0, len(tree))), "the head is another's"
    return tree


# -- persons' signatures -----------------------------------------------------------------------------------------------


def persons(count: int) -> list[Row]:
    """Check persons' hybrid signatures over statements, by as many processes as there are cores."""
    cores, share = os.cpu_count() or 1, 500
    key = custody.generate("north/senior")
    body = secrets.token_bytes(900)
    signed = [(body + b"%d" % number, key.sign(suite.STATEMENT, body + b"%d" % number)) for number in range(share)]
    with ProcessPoolExecutor(cores, mp_context=_CONTEXT) as pool:
        list(pool.map(_check, [(key.public.plain(), signed[:1])] * cores))  # started, and loaded
        begun = time.perf_counter()
        done = sum(pool.map(_check, [(key.public.plain(), signed)] * -(-count // share)))
        took = time.perf_counter() - begun
    how = f"Ed25519 and ML-DSA-65 over statements of 900 B, {cores} processes: {done / took:,.0f} a second"
    return [Row(what=f"{done:,} persons' signatures checked", goal=60.0, measured=took, unit="s", how=how)]


def _check(given: tuple[Mapping[str, str], list[tuple[bytes, Mapping[str, str]]]]) -> int:
    public = suite.public_key(dict(given[0]))
    for body, signature in given[1]:
        suite.verify(public, suite.STATEMENT, body, signature)
    return len(given[1])


# -- folding again -----------------------------------------------------------------------------------------------------


class _Checked(translate.Proofs):
    """The proofs of acts whose persons' signatures were checked before, by several processes (`persons`)."""

    def statement(self, key: Mapping[str, str], fingerprint: str, act: Act) -> bool:
        return True


def folded(count: int) -> list[Row]:
    """Read and fold acts anew: proposed by one side's officer, answered by the other's rule, and withdrawn."""
    coalition = Coalition.form("north", "south")
    north, south = coalition["north"].node, coalition["south"].node
    until = coalition.clock.now() + timedelta(days=9)
    given = coalition["south"].say(
        command.standing_decision(AGREEMENT, "all", "south", Answer.NO_OBJECTION, ["general"], until)
    )
    coalition.settle()
    book = north.book(AGREEMENT)
    proofs = _Checked()
    book.proofs, book.ledger.checks = proofs, proofs
    took, done = 0.0, 0
    gc.disable()  # as a node does that reads a long history: nothing of it is garbage
    while done < count:
        names = [f"o{done + number}" for number in range(GROUP // 4)]
        versions, spent = _take(book.ledger, north, "north", (_proposal(coalition, name) for name in names))
        answers = (_answer(name, version, given.leaf) for name, version in zip(names, versions, strict=True))
        _, more = _take(book.ledger, north, "south", answers)
        ends = (
            ("operation.withdraw", f"operation/north/{name}", operations.Refer(version=version))
            for name, version in zip(names, versions, strict=True)
        )
        _, last = _take(book.ledger, north, "north", ends)
        took, done = took + spent + more + last, done + 3 * len(names)
    void = [event for event in book.fold(ALL).folded() if event.code]
    assert not void, f"{len(void)} acts are void, the first: {void[0].code}"
    south.close()
    how = f"{done:,} acts of two parties, signatures checked before: one core's time; {_peak_mb():,.0f} MB"
    return [Row(what=f"{count:,} acts folded again", goal=90.0, measured=took * count / done, unit="s", how=how)]


Said = tuple[str, str, msgspec.Struct]


def _proposal(coalition: Coalition, name: str) -> Said:
    start = coalition.clock.now() + timedelta(hours=2)
    body = operations.Propose(
        version=1, kind=Kind.GENERAL, crew=Crew.CREWED, start=spell(start), end=spell(start + timedelta(hours=1)),
        areas=(), previous="", proxy_for="",
    )  # fmt: skip
    return "operation.propose", f"operation/north/{name}", body


def _answer(name: str, version: Hash, rule: Hash) -> Said:
    body = decisions.Decide(version=version, answer=Answer.NO_OBJECTION, under=rule)
    return "decision.give", f"operation/north/{name}", body


def _take(ledger: Ledger, node: Node, party: str, said: Iterator[Said]) -> tuple[list[Hash], float]:
    """Make acts of a party, then read and fold them; return their leaves, and the processor's time for that [s]."""
    book = node.book(AGREEMENT)
    origin = Origin(f"{party}/{AGREEMENT}/1")
    seen = book.fold(ALL).heads(origin)
    written = [_written(node, party, one, seen) for one in said]
    first = book.size(origin)
    hashes = [leaf_hash(data) for data in written]
    begun = time.process_time()
    book.trees[origin].extend(hashes)
    for seq, (data, hashed) in enumerate(zip(written, hashes, strict=True), first):
        found = Hash(hashed.hex())
        ledger.add_leaf(origin, found, ALL)
        ledger.add_act(origin, seq, acts.read(data, origin, seq, found))
    ledger.advance()
    took = time.process_time() - begun
    return [Hash(hashed.hex()) for hashed in hashes], took


def _written(node: Node, party: str, said: Said, seen: tuple[acts.Head, ...]) -> bytes:
    verb, subject, body = said
    now, signer, signature = node.clock.now(), None, None
    if party == node.party:
        key = next(
            event.act.statement.body["fingerprint"]
            for event in node.book(AGREEMENT).fold(ALL).now().events(SubjectId(f"staff/{party}/senior"))
            if event.verb == "staff.enrol"
        )
        signer = Signer(
            office="senior", officer=OfficerId(f"{party}/senior"), key=key, suite=suite.SUITE, shown="0" * 64,
            language="en", catalogue="1", seen=seen, nonce=secrets.token_hex(16),
            expires=acts.spell(now + timedelta(minutes=15)),
        )  # fmt: skip
        signature = {"ed25519": "A" * 86 + "==", "mldsa65": "A" * 4412}
    statement = Statement(
        agreement=node.book(AGREEMENT).first.digest, circle=ALL, verb=verb, subject=SubjectId(subject),
        body=msgspec.to_builtins(body), details=(), signer=signer,
    )  # fmt: skip
    return acts.write(statement, now, seen, signature)


# -- processes ---------------------------------------------------------------------------------------------------------


def _apart(measure: Callable[[int], list[Row]], count: int) -> list[Row]:
    """Measure in a process of its own, so that its size is its own."""
    with ProcessPoolExecutor(1, mp_context=_CONTEXT) as pool:
        return pool.submit(measure, count).result()


def _peak_mb() -> float:
    """Return the greatest size of this process so far [MB]; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0.0
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / MIB if sys.platform == "darwin" else size * 1024 / 1e6


def main(arguments: list[str]) -> None:
    """Measure and print."""
    where = machine()
    found: list[Any] = rows("--quick" in arguments)
    print(f"{where}\n{markdown(found)}")


if __name__ == "__main__":
    main(sys.argv[1:])
