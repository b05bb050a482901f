"""What is fuzzed: each target takes any bytes, may refuse them with an error of ours, and must do nothing else.

Whatever is taken must be in its one spelling; whatever is signed or committed to must be what was signed. Seeds are the
vectors of `spec/vectors` and files under `fuzz/seeds/TARGET/`, where inputs that once found a fault are kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import structs

from entente import canonical
from entente.errors import EntenteError, Malformed
from entente.feed import attachment, bundle, fork, leaf, sealed, suite
from entente.feed import disclosure as disclosures
from entente.feed import root as roots
from entente.feed.bundle import Frame, Lane
from entente.feed.part import Part, committed
from entente.feed.root import Root
from entente.feed.suite import PublicKey
from entente.ids import Hash, OfficerId, Origin, PartyId, SubjectId
from entente.joint import act
from entente.joint.act import Signer
from entente.node import carry, command, custody
from entente.node import disclose as disclosing
from entente.node.carry import stops
from entente.node.node import Node
from entente.testing.coalition import Coalition
from entente.tlog import proof, tile, witness
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.head import open_head
from entente.tlog.merkle import Frontier, leaf_hash
from entente.tlog.note import Note, NoteKey
from entente.verify.disclosure import check as check_disclosure

HERE = Path(__file__).parent
VECTORS = HERE.parent / "spec" / "vectors"
REFUSALS = (EntenteError, InvalidSignature)


@dataclass(frozen=True)
class Target:
    """What takes any bytes, and bytes to begin from."""

    take: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]


def run(name: str, data: bytes) -> bool:
    """Give `data` to a target; return whether it was taken. What the target may not do comes out as an error."""
    try:
        TARGETS[name].take(data)
    except REFUSALS:
        return False
    return True


def seeds(name: str) -> list[bytes]:
    """Return what a target begins from: its vectors, and whatever found a fault before."""
    kept = [path.read_bytes() for path in sorted((HERE / "seeds" / name).glob("*"))]
    return [*TARGETS[name].seeds(), *kept]


@cache
def _file(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _cases(name: str, field: str, good: bool | None = None) -> Iterator[dict[str, Any]]:
    return (row for row in _file(f"negative/{name}")["cases"] if field in row and good in (None, row["good"]))


# -- spellings ---------------------------------------------------------------------------------------------------------


def take_canonical(data: bytes) -> None:
    """JSON has one spelling."""
    assert canonical.encode(canonical.decode(data)) == data


def take_base64(data: bytes) -> None:
    """Base64 has one spelling."""
    text = data.decode("latin-1")
    assert suite.b64(suite.unb64(text)) == text


def take_checkpoint(data: bytes) -> None:
    """A checkpoint has one spelling."""
    text = data.decode(errors="surrogateescape")
    assert Checkpoint.parse(text).encode() == text


def take_note(data: bytes) -> None:
    """A note has one spelling, and keeps it when it is written again."""
    assert Note.parse(data).encode() == data


def take_vkey(data: bytes) -> None:
    """A key's text has one spelling."""
    text = data.decode(errors="surrogateescape")
    assert NoteKey.parse(text).encode() == text


def take_frontier(data: bytes) -> None:
    """A frontier has one spelling."""
    assert Frontier.from_bytes(data).to_bytes() == data


def take_leaf(data: bytes) -> None:
    """A leaf has one spelling, and stands where it says."""
    found = leaf.decode(data, "north/exercise-one/1", 7)
    assert (found.encode(), found.seq) == (data, 7)


def take_leaves(data: bytes) -> None:
    """A run of leaves has one spelling."""
    assert bundle.join(bundle.split(data)) == data


def take_act(data: bytes) -> None:
    """An act holds its statement's bytes as they were signed."""
    found = act.read(data, Origin("north/exercise-one/1"), 0, Hash(""))
    assert found.statement.encode() in data and found.digest == sha256(data).hexdigest()


# -- what is signed or committed to ------------------------------------------------------------------------------------


@cache
def _log() -> tuple[NoteKey, ...]:
    return tuple(NoteKey.parse(text) for text in _file("negative/note")["vkeys"])


def take_head(data: bytes) -> None:
    """Only heads that were signed are heads."""
    said = open_head(data, _log()).checkpoint
    assert said.encode() in {Note.parse(seed).text for seed in _signed_notes()}


@cache
def _signed_notes() -> tuple[bytes, ...]:
    heads = [row["note"].encode() for row in _cases("note", "note", good=True)]
    for name in ("fork", "apart"):
        for row in _cases(name, "evidence", good=True):
            heads += fork.heads(fork.decode(row["evidence"].encode()))
    return tuple(heads)


def take_fork(data: bytes) -> None:
    """Evidence has one spelling, and its heads were signed."""
    found = fork.decode(data)
    assert found.encode() == data
    small, large = fork.check(found, lambda note: open_head(note, _log()).checkpoint)
    size, *roots = fork.claims(data)
    assert roots[0] != roots[1] and 0 < size <= small.size <= large.size


def take_inclusion(data: bytes) -> None:
    """One path leads from an entry at its place to a root."""
    row = next(_cases("proof", "leaf", good=True))
    steps = [data[at : at + 32] for at in range(0, len(data), 32)]
    where, at = bytes.fromhex(row["leaf"]), bytes.fromhex(row["root"])
    proof.verify_inclusion(row["index"], row["size"], where, at, steps)
    assert data.hex() == "".join(row["proof"])


def take_consistency(data: bytes) -> None:
    """One path leads from a head to a later one."""
    row = next(_cases("proof", "small", good=True))
    steps = [data[at : at + 32] for at in range(0, len(data), 32)]
    roots = bytes.fromhex(row["small_root"]), bytes.fromhex(row["large_root"])
    proof.verify_consistency(row["small"], row["large"], *roots, steps)
    assert data.hex() == "".join(row["proof"])


@cache
def _files() -> tuple[Checkpoint, dict[str, bytes]]:
    entries = [b"", b"one", bytes(range(40))]
    files = dict(tile.publish(entries))
    hashes = files["tile/0/000.p/3"]
    edge = Frontier().extend(hashes[at : at + 32] for at in range(0, 96, 32))
    return Checkpoint(origin="north/one/1", size=3, root=edge.root()), files


def take_bundle_of_entries(data: bytes) -> None:
    """One bundle and one tile belong to a head; the first 96 bytes are given as the tile."""
    edge, files = _files()
    given = {"tile/0/000.p/3": data[:96], "tile/entries/000.p/3": data[96:]}
    tile.read(edge, given.__getitem__)
    assert given == files


def take_signature(data: bytes) -> None:
    """Only what was signed verifies: a JSON value with `signature` and `body`."""
    base = _file("negative/e1")["base"]
    try:
        value = json.loads(data)
        body, signature = value["body"].encode(), value["signature"]
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise Malformed("fuzz.input", "no signature to try") from None
    suite.verify(suite.public_key(base["public"]), base["kind"], body, signature)
    assert body.decode() == base["body"]


def take_key(data: bytes) -> None:
    """A key has one spelling."""
    found: PublicKey = suite.public_key(canonical.decode(data))
    assert canonical.encode(found.plain()) == data


def take_bundle(data: bytes) -> None:
    """Only bundles that were signed are bundles."""
    exchange = Ed25519PublicKey.from_public_bytes(bytes.fromhex(_file("negative/bundle")["exchange"]))
    bundle.unpack(data, lambda kind, body, signature: exchange.verify(signature, suite.pae(kind, body)))
    assert data.hex() in {row["bundle"] for row in _cases("bundle", "bundle", good=True)}


def take_frames(data: bytes) -> None:
    """Without the signature: frames have one spelling."""
    found = bundle.unpack(data, lambda *_: None)
    magic = bundle.MAGIC + Frame(lane=Lane.MANIFEST, head=found.manifest, body=_first_body(data)).encode()
    assert magic + b"".join(frame.encode() for frame in found.frames) == data


def _first_body(data: bytes) -> bytes:
    head, body = int.from_bytes(data[9:13], "big"), int.from_bytes(data[13:17], "big")
    return data[17 + head : 17 + head + body]


def take_card(data: bytes) -> None:
    """A card's signature is its own root's; of another root's, kept from another run, there is nothing to compare."""
    found, true = custody.open_card(data), custody.open_card(_card())
    assert found == true or found["root"] != true["root"]


@cache
def _card() -> bytes:
    return json.dumps(_pair().members["north"].card).encode()


# -- a whole node, given what a peer truly signed ----------------------------------------------------------------------


@cache
def _pair() -> Coalition:
    coalition = Coalition.form("north", "south")
    north = coalition["north"]
    north.say(command.stop("exercise-test", "all", "north", "one", "other"))
    return coalition


@cache
def _north_says() -> tuple[dict[str, Any], bytes]:
    """A true answer of north's to south: its manifest, and its frames' bytes."""
    coalition = _pair()
    question = carry.ask(coalition["south"].node, "exercise-test", "north")
    # A STOP goes alone, and first; the peer says that it has it, and gets the leaves.
    question["alerts"] = [digest for digest, _ in stops.frames(coalition["north"].node, _book())]
    data = carry.answer(coalition["north"].node, question)
    assert data is not None
    found = bundle.unpack(data, lambda *_: None)
    return found.manifest, b"".join(frame.encode() for frame in found.frames)


def _book() -> Any:
    return _pair()["north"].node.book("exercise-test")


def take_anything(data: bytes) -> None:
    """A node takes what its peer signed, whatever it is, or keeps nothing of it."""
    coalition = _pair()
    manifest, _ = _north_says()
    south: Node = coalition["south"].node
    before = south.store.changes()
    whole = _whole(manifest, data)
    try:
        carry.take(south, whole, nonce=manifest["nonce"])
    except EntenteError as error:
        # Evidence of a fork is kept though the bundle is refused; it must be what the error says.
        assert error.code == "feed.forked" or south.store.changes() == before, f"{error.code}, and something was kept"
        raise


def take_root(data: bytes) -> None:
    """A root document's file has one spelling, and what follows the true one is what its keys signed."""
    found, signatures = roots.read_file(data)
    assert roots.write_file(found, signatures) == data
    before, after = _roots()[:2]
    roots.require_following(before, found, signatures)
    assert found == after


@cache
def _roots() -> tuple[Root, Root, bytes]:
    """Two of three keys, and two of three others after them, with the signatures of both."""
    keys = [custody.generate(f"north/root-{number}") for number in range(4)]

    def of(chosen: list[Any], before: Root | None) -> Root:
        publics = tuple(sorted((one.public for one in chosen), key=lambda public: public.fingerprint))
        return Root(
            party=PartyId("north"), version=2 if before else 1, keys=publics, threshold=2,
            previous=before.pin if before else "",
        )  # fmt: skip

    first = of(keys[:3], None)
    second = of(keys[1:], first)
    return first, second, roots.write_file(second, custody.sign_together(keys, roots.KIND, second.encode()))


@cache
def _granted() -> tuple[list[Frame], Frame, bytes]:
    """The frames of that answer that grant nothing, the one that does, and what it grants when it is opened."""
    manifest, body = _north_says()
    frames = bundle.unpack(_whole(manifest, body), lambda *_: None).frames
    [grant] = [frame for frame in frames if frame.lane is Lane.GRANT]
    opened = _pair()["south"].node.keys.seal.open(grant.body, _info())
    return [frame for frame in frames if frame.lane is not Lane.GRANT], grant, opened


def _info() -> bytes:
    manifest, _ = _north_says()
    return sealed.info_of(manifest["agreement"], manifest["from"], manifest["to"], manifest["nonce"])


def _whole(manifest: dict[str, Any], body: bytes) -> bytes:
    named = {**manifest, "v": 1, "body": sha256(body).hexdigest()}
    signature = _pair()["north"].node.keys.sign_exchange(bundle.MANIFEST, canonical.encode(named))
    return bundle.MAGIC + Frame(lane=Lane.MANIFEST, head=named, body=signature).encode() + body


def take_grant(data: bytes) -> None:
    """Only what was sealed to this node, for this bundle, is a grant."""
    assert _pair()["south"].node.keys.seal.open(data, _info()) == _granted()[2]


def take_granted(data: bytes) -> None:
    """Whatever a peer grants opens what the leaves commit to, or nothing is kept."""
    frames, _, _ = _granted()
    card = _pair()["south"].card
    given = Frame(lane=Lane.GRANT, head={}, body=custody.seal_to(card, data, _info()))
    ordered = sorted([*frames, given], key=lambda frame: frame.lane)
    take_anything(b"".join(frame.encode() for frame in ordered))


def take_attachment(data: bytes) -> None:
    """What describes a file does so in one spelling, and a chunk is taken only when it is the one described."""
    paper, chunk = _described()
    if data.startswith(b"{"):
        read = attachment.read("attachment-1", data)
        assert read.encode() == data, "a description has two spellings"
        assert len(read.chunks) == -(-read.size // read.chunk)
    else:
        assert paper.opened(0, data) == chunk, "another chunk was taken"


@cache
def _described() -> tuple[attachment.Attachment, bytes]:
    chunk = b"Soft after rain"
    return attachment.describe("strip.txt", "text/plain", chunk, seed=bytes(32)), chunk


def _descriptions() -> Iterator[bytes]:
    paper, chunk = _described()
    yield from (paper.encode(), paper.sealed(0, chunk), _file("feed/attachment")["description"].encode())


def take_question(data: bytes) -> None:
    """A node answers any question that is one, and no other."""
    north = _pair()["north"].node
    carry.answer(north, carry.check_question(canonical.decode(data)))


def _question() -> bytes:
    return canonical.encode(carry.ask(_pair()["south"].node, "exercise-test", "north"))


# -- what is shown to a stranger, and asked of a witness ---------------------------------------------------------------


@cache
def _disclosed() -> bytes:
    """North's own first words under the agreement, as a file."""
    north = _pair()["north"].node
    choice = disclosing.Choice(feeds=(_book().origin,), seqs=frozenset({0}))
    return disclosing.disclose(north, _book(), choice).data


def take_disclosure(data: bytes) -> None:
    """A disclosure has one spelling, and whatever it shows stands in the feed."""
    assert disclosures.decode(data).encode() == data
    checked, north = check_disclosure(data, _book().first.digest), _pair()["north"].node
    for origin, shown in checked.feeds.items():
        assert _book().root_at(origin, shown.head.size) == shown.head.root.hex()
        for place in shown.places:
            [held] = north.store.leaves(origin, place.seq, place.seq + 1)
            assert held.leaf == place.entry.leaf
            kept = {part.index: part.data for part in north.store.parts(origin, place.seq)}
            assert all(kept[part.index] == part.data for part in place.entry.parts)


def take_said(data: bytes) -> None:
    """Whatever a party's root signs can be told of to a stranger: verb, subject and body are anything."""
    try:
        value = canonical.decode(data)
        verb, subject, body = value["verb"], value["subject"], value["body"]
    except (KeyError, TypeError):
        raise Malformed("fuzz.input", "nothing to say") from None
    if type(verb) is not str or type(subject) is not str or type(body) is not dict:
        raise Malformed("fuzz.input", "nothing to say")
    north, at = _pair()["north"], datetime(2026, 12, 1, 6, 2, tzinfo=UTC)
    signer = Signer(
        office="root", officer=OfficerId("north/root"), key=north.root.public.fingerprint, suite="E1",
        shown=Hash("0" * 64), language="en", catalogue="1", seen=(), nonce="0" * 32, expires=act.spell(at),
    )  # fmt: skip
    said = act.Statement(
        agreement=_book().first.digest, circle=act.ALL, verb=verb, subject=SubjectId(subject), body=body, signer=signer
    )
    words = act.write(said, at, (), north.root.sign(suite.STATEMENT, said.encode()))
    found = check_disclosure(_alone(Part(name="act", salt=bytes(32), data=words), int(at.timestamp())))
    assert ("north 0", "act.signed") in {(line.about, line.code) for line in found.report.lines}


def _alone(said: Part, at: int) -> bytes:
    """A disclosure of a feed that has this one act and nothing else."""
    given, north = disclosures.decode(_disclosed()), _pair()["north"].node
    origin = _book().origin
    com, com2 = committed([said.commitment])
    made = leaf.Leaf(
        origin=origin, seq=0, t=at - at % 60, kind="act", tag="0" * 32, size=leaf.bucket(len(said.data)), com=com,
        com2=com2,
    ).encode()  # fmt: skip
    part = disclosures.Opened(index=0, name=said.name, salt=said.salt, data=said.data)
    entry = disclosures.Entry(seq=0, leaf=made, proof=(), commitments=(said.commitment,), parts=(part,))
    head = north.keys.sign_head(Checkpoint(origin=origin, size=1, root=leaf_hash(made)), at)
    return structs.replace(given, feeds=(disclosures.Feed(origin=origin, head=head, entries=(entry,)),)).encode()


def _sayings() -> Iterator[bytes]:
    """What was said in north's feed, and what is about keys."""
    node, origin = _pair()["north"].node, _book().origin
    for seq in range(_book().size(origin)):
        part = node.store.part(origin, seq, 0)
        said = json.loads(part.data)["statement"] if part is not None else {}
        if said:
            yield canonical.encode({name: said[name] for name in ("verb", "subject", "body")})
    step = json.loads(_roots()[2])
    yield canonical.encode({"verb": "keys.root", "subject": "keys/north", "body": step})
    body: dict[str, Any] = {"role": "officer", "key": "0" * 64, "since": 0}
    yield canonical.encode({"verb": "keys.revoke", "subject": "keys/north", "body": body})
    body = {"previous": "north/exercise-test/1", "size": 1, "root": "0" * 64, "reason": "fork"}
    yield canonical.encode({"verb": "epoch.open", "subject": "epoch/north/2", "body": body})
    body = {"held": [["south/exercise-test/1", 1, ""]]}
    yield canonical.encode({"verb": "record.acknowledge", "subject": "record/north", "body": body})


def take_request(data: bytes) -> None:
    """A request to a witness has one spelling, and only a head that was signed is cosigned."""
    request = witness.AddCheckpoint.parse(data)
    assert request.encode() == data
    head = witness.admit(request, _log(), None)
    assert head.encode() in {Note.parse(seed).text for seed in _signed_notes()}


def _requests() -> Iterator[bytes]:
    for note in _signed_notes():
        yield witness.AddCheckpoint(old=0, proof=(), note=note).encode()
        yield witness.AddCheckpoint(old=3, proof=(bytes(32),) * 3, note=note).encode()


def _hexes(name: str, field: str) -> Callable[[], Iterator[bytes]]:
    return lambda: (bytes.fromhex(row[field]) for row in _cases(name, field))


def _texts(name: str, field: str) -> Callable[[], Iterator[bytes]]:
    return lambda: (row[field].encode() for row in _cases(name, field))


def _one(make: Callable[[], bytes]) -> Callable[[], Iterator[bytes]]:
    return lambda: iter([make()])


def _signatures() -> Iterator[bytes]:
    for row in _cases("e1", "signature"):
        body = row.get("body", _file("negative/e1")["base"]["body"])
        yield json.dumps({"body": body, "signature": row["signature"]}).encode()


def _first_proof(field: str) -> bytes:
    return bytes.fromhex("".join(next(_cases("proof", field, good=True))["proof"]))


TARGETS: dict[str, Target] = {
    "act": Target(take_act, _one(lambda: _file("feed/statement")["act"].encode())),
    "root": Target(take_root, _one(lambda: _roots()[2])),
    "anything": Target(take_anything, _one(lambda: _north_says()[1])),
    "base64": Target(take_base64, _texts("base64", "text")),
    "bundle": Target(take_bundle, _hexes("bundle", "bundle")),
    "canonical": Target(take_canonical, _hexes("canonical", "data")),
    "card": Target(take_card, _one(_card)),
    "checkpoint": Target(take_checkpoint, lambda: iter([t.encode() for t in _file("tlog/checkpoint")["good"]])),
    "disclosure": Target(take_disclosure, _one(_disclosed)),
    "said": Target(take_said, _sayings),
    "consistency": Target(take_consistency, _one(lambda: _first_proof("small"))),
    "entries": Target(take_bundle_of_entries, _one(lambda: b"".join(dict(reversed(_files()[1].items())).values()))),
    "fork": Target(take_fork, lambda: chain(_texts("fork", "evidence")(), _texts("apart", "evidence")())),
    "frames": Target(take_frames, _hexes("bundle", "bundle")),
    "frontier": Target(take_frontier, _one(lambda: Frontier(size=5, peaks=(bytes(32), bytes(32))).to_bytes())),
    "grant": Target(take_grant, _one(lambda: _granted()[1].body)),
    "attachment": Target(take_attachment, _descriptions),
    "granted": Target(take_granted, _one(lambda: _granted()[2])),
    "head": Target(take_head, _texts("note", "note")),
    "inclusion": Target(take_inclusion, _one(lambda: _first_proof("leaf"))),
    "key": Target(take_key, _one(lambda: canonical.encode(_file("negative/e1")["base"]["public"]))),
    "leaf": Target(take_leaf, _texts("leaf", "leaf")),
    "leaves": Target(take_leaves, _one(lambda: bundle.join([b"", b"a", bytes(300)]))),
    "note": Target(take_note, _texts("note", "note")),
    "question": Target(take_question, _one(_question)),
    "request": Target(take_request, _requests),
    "signature": Target(take_signature, _signatures),
    "vkey": Target(take_vkey, lambda: iter([t.encode() for t in _file("negative/note")["vkeys"]])),
}
