"""What the post-quantum half of a head costs: bytes of a note, of a settled operation, and time to sign and verify.

python -m bench.heads
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bench.table import timed

from entente.feed import bundle
from entente.feed.bundle import Lane
from entente.geo.altitude import parse_band
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Volume
from entente.joint.decisions import Answer
from entente.joint.plan import Crew, Kind, Plan
from entente.node import carry, command, custody
from entente.testing.coalition import START, Coalition
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.head import open_head, sign
from entente.tlog.merkle import EMPTY_ROOT
from entente.tlog.note import Note

AGREEMENT = "exercise-test"


def main() -> None:
    """Measure and print."""
    keys = custody.generate_node("localhost")
    head = Checkpoint(origin="north/exercise-one/1", size=100_000, root=EMPTY_ROOT)
    log = custody.note_keys(head.origin, keys.public())
    note = keys.sign_head(head, 1_796_126_400)
    classic = sign(head, [(log[0], keys.log)], 0)
    print(f"a head's note: {len(note):,} bytes; with its Ed25519 line alone {len(classic):,}")
    for what, step in {
        "signing both": lambda: keys.sign_head(head, 1_796_126_400),
        "signing Ed25519 alone": lambda: sign(head, [(log[0], keys.log)], 0),
        "verifying both": lambda: open_head(note, log),
        "verifying Ed25519 alone": lambda: open_head(classic, log[:1]),
    }.items():
        print(f"{what}: {timed(step, 500) * 1e6:,.0f} µs")
    whole, quantum, heads = settled()
    print(f"a settled operation: {whole:,} bytes in bundles, of which {heads} heads' ML-DSA lines have {quantum:,}")


def plan() -> Plan:
    """Return a plan of one volume."""
    when = Interval(start=START + timedelta(hours=2), end=START + timedelta(hours=3))
    shape = Circle(centre=Position(lat=47.0, lon=8.0), radius_m=1000.0)
    volume = Volume(shape=shape, band=parse_band("FL100-FL120"), interval=when)
    return Plan(id="", title="one", kind=Kind.GENERAL, crew=Crew.CREWED, volumes=(volume,), note="")


def settled() -> tuple[int, int, int]:
    """Let one operation be proposed and answered; return the bytes carried, those of ML-DSA lines, and the heads."""
    coalition = Coalition.form("north", "south")
    north, south = coalition["north"], coalition["south"]
    bundles = []

    def carried(giver: str, taker: str) -> None:
        question = carry.ask(coalition[taker].node, AGREEMENT, giver)
        data = carry.answer(coalition[giver].node, question)
        if data is not None:
            carry.take(coalition[taker].node, data, nonce=question["nonce"])
            bundles.append(data)

    receipt = north.say(command.propose(AGREEMENT, "all", "north", "one", plan(), to={"south"}))
    carried("north", "south")
    south.say(command.decide(AGREEMENT, "all", receipt.subject, receipt.leaf, Answer.NO_OBJECTION))
    carried("south", "north")
    carried("north", "south")
    heads, quantum = 0, 0
    for data in bundles:
        for frame in bundle.unpack(data, lambda *_: None).frames:
            if frame.lane is Lane.LEAVES:
                note = Note.parse(frame.body[4 : 4 + int.from_bytes(frame.body[:4], "big")])
                heads += 1
                quantum += len(note.encode()) - len(replace(note, lines=note.lines[:1]).encode())
    return sum(map(len, bundles)), quantum, heads


if __name__ == "__main__":
    main()
