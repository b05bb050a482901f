"""The formats of feed, read again from the vectors with nothing but the standard library and the signatures' own."""

from __future__ import annotations

import base64
import hmac
import importlib.util
import json
import math
import struct
import sys
from hashlib import sha3_256, sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from entente.feed import bundle, leaf, passkey
from entente.feed.part import Part
from entente.ids import Hash, Origin
from entente.joint import act

HOME = Path(__file__).parents[2]


def vectors(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (HOME / "spec" / "vectors" / "feed" / f"{name}.json").read_text(encoding="utf-8")
    )
    return found


def test_parts_are_committed_to_as_the_page_says() -> None:
    """FEED-11, FEED-12."""
    found = vectors("part")
    commitments = []
    for row in found["parts"]:
        name, salt, data = row["name"].encode(), bytes.fromhex(row["salt"]), bytes.fromhex(row["data"])
        lengths = struct.pack(">H", len(name)), struct.pack(">Q", len(data))
        hashed = sha256(b"entente/part/v1\0" + lengths[0] + name + salt + lengths[1] + data)
        commitments.append(hashed.digest())
        assert row["commitment"] == hashed.hexdigest() == Part(name=row["name"], salt=salt, data=data).commitment.hex()

    listed = b"entente/parts/v1\0" + struct.pack(">I", 3) + b"".join(commitments)

    assert (found["com"], found["com2"]) == (sha256(listed).hexdigest(), sha3_256(listed).hexdigest())


def test_a_leaf_is_spelled_and_tagged_as_the_page_says() -> None:
    """FEED-5, FEED-7."""
    found = vectors("leaf")
    plain = json.loads(found["leaf"])

    tag = hmac.digest(bytes.fromhex(found["circle_key"]), f"{found['feed']}\0{found['seq']}".encode(), "sha256")[:16]

    assert list(plain) == sorted(["v", "origin", "seq", "t", "kind", "tag", "size", "com", "com2", "env"])
    assert plain["tag"] == found["tag"] == tag.hex()
    assert leaf.decode(found["leaf"].encode(), found["feed"], found["seq"]).encode() == found["leaf"].encode()


def test_a_statement_is_signed_twice_as_the_page_says() -> None:
    """SIGN-1, SIGN-2, SIGN-3, SIGN-5."""
    found = vectors("statement")
    words, kind = found["statement"].encode(), found["kind"].encode()
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(words), words)
    keys = {half: base64.b64decode(found["public"][half]) for half in ("ed25519", "mldsa65")}

    assert message.hex() == found["pae"]
    assert found["fingerprint"] == sha256(b"entente/key/E1\0" + keys["ed25519"] + keys["mldsa65"]).hexdigest()
    signatures = {half: base64.b64decode(text) for half, text in found["signature"].items()}
    Ed25519PublicKey.from_public_bytes(keys["ed25519"]).verify(signatures["ed25519"], message)
    MLDSA65PublicKey.from_public_bytes(keys["mldsa65"]).verify(signatures["mldsa65"], message, b"entente/v1")


def test_the_signed_words_are_a_slice_of_the_act() -> None:
    """JOINT-1, JOINT-2: nothing is spelled again to check a signature."""
    found = vectors("statement")

    read = act.read(found["act"].encode(), Origin("north/exercise-one/1"), 0, Hash(""))

    assert f'"statement":{found["statement"]}' in found["act"]
    assert read.statement.encode() == found["statement"].encode()
    assert read.digest == found["act_digest"] == sha256(found["act"].encode()).hexdigest()


def test_parts_are_sealed_as_the_page_says() -> None:
    """FEED-14, FEED-15, FEED-16."""
    found, clear = vectors("sealed"), vectors("part")["parts"]
    info = b"entente/part-key/v1"
    listed = b""
    for row, part in zip(found["parts"], clear, strict=True):
        # HKDF by hand (RFC 5869), so that the page is read twice and the library once.
        extracted = hmac.digest(bytes(32), bytes.fromhex(row["salt"]), "sha256")
        key = hmac.digest(extracted, info + b"\1", "sha256")
        assert key.hex() == row["key"] and row["salt"] == part["salt"]
        sealed = bytes.fromhex(row["sealed"])
        padded = AESGCM(key).decrypt(bytes(12), sealed, info)
        assert padded.rstrip(b"\0") == bytes.fromhex(part["data"]) + b"\x80"
        listed += sha256(sealed).digest() + bytes.fromhex(row["salt"])

    assert found["grant"] == listed.hex()
    assert json.loads(found["info"]) == {
        "agreement": "exercise-one", "from": "north", "nonce": "0" * 32, "to": "south",
    }  # fmt: skip
    for size, room in found["rooms"].items():
        longest = int(size) + 1
        exponent = math.floor(math.log2(longest))
        bits = math.floor(math.log2(exponent)) + 1 if exponent else 0
        step = 2 ** max(exponent - bits, 0)
        assert room == math.ceil(longest / step) * step and room - longest <= longest / 8


def test_a_file_is_described_and_its_chunks_sealed_as_the_page_says() -> None:
    """FEED-80, FEED-81."""
    found = vectors("attachment")
    told, data = json.loads(found["description"]), bytes(at % 251 for at in range(found["bytes"]))

    assert found["description"] == json.dumps(told, sort_keys=True, separators=(",", ":"))
    assert sorted(told) == ["chunk", "chunks", "media", "name", "seed", "sha256", "size", "v"]
    assert (told["v"], told["size"], told["chunk"]) == (1, len(data), 32 * 1024)
    assert told["sha256"] == sha256(data).hexdigest()
    assert len(found["chunks"]) == len(told["chunks"]) == 2
    for number, (row, commitment) in enumerate(zip(found["chunks"], told["chunks"], strict=True)):
        piece = data[number * told["chunk"] : (number + 1) * told["chunk"]]
        extracted = hmac.digest(bytes(32), bytes.fromhex(told["seed"]), "sha256")
        salt = hmac.digest(extracted, b"entente/chunk-salt/v1" + number.to_bytes(4, "big") + b"\1", "sha256")
        assert salt.hex() == row["salt"]
        framed = b"entente/part/v1\0" + b"\0\5chunk" + salt + len(piece).to_bytes(8, "big") + piece
        assert commitment == sha256(framed).hexdigest()
        info, extracted = b"entente/part-key/v1", hmac.digest(bytes(32), salt, "sha256")
        key = hmac.digest(extracted, info + b"\1", "sha256")
        step = 2 ** (
            math.floor(math.log2(len(piece) + 1)) - math.floor(math.log2(math.floor(math.log2(len(piece) + 1)))) - 1
        )
        padded = (piece + b"\x80").ljust(math.ceil((len(piece) + 1) / step) * step, b"\0")
        assert row["sealed_sha256"] == sha256(AESGCM(key).encrypt(bytes(12), padded, info)).hexdigest()


def test_a_bundle_is_laid_out_as_the_page_says() -> None:
    """FEED-40, FEED-41."""
    found = vectors("bundle")
    data = bytes.fromhex(found["bundle"])
    frames, at = [], 8
    while at < len(data):
        lane, head, body = struct.unpack(">BII", data[at : at + 9])
        frames.append((lane, data[at + 9 : at + 9 + head], data[at + 9 + head : at + 9 + head + body], at))
        at += 9 + head + body
    manifest, signature = json.loads(frames[0][1]), frames[0][2]

    assert data[:8] == b"ENTENTE1" and [frame[0] for frame in frames] == [0, *found["lanes"]]
    assert manifest["body"] == sha256(data[frames[1][3] :]).hexdigest()
    kind = b"application/vnd.entente.bundle+json"
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(frames[0][1]), frames[0][1])
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(found["exchange_public"])).verify(signature, message)
    assert [int(f.lane) for f in bundle.unpack(data, lambda *_: None).frames] == found["lanes"]


def test_the_generator_makes_the_same_vectors_again(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("vectors", HOME / "tools" / "vectors.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["vectors"] = made
    spec.loader.exec_module(made)

    assert made.part_vectors() == vectors("part")
    assert made.sealed_vectors() == vectors("sealed")
    assert made.attachment_vectors() == vectors("attachment")
    assert made.leaf_vectors() == vectors("leaf")
    assert made.bundle_vectors() == vectors("bundle")
    assert made.statement_vectors(vectors("statement")) == vectors("statement")


def encoded(kind: str, words: str) -> bytes:
    """SIGN-1."""
    return b"DSSEv1 %d %b %d %b" % (len(kind.encode()), kind.encode(), len(words.encode()), words.encode())


def test_a_passkey_signs_as_the_page_says() -> None:
    """SIGN-10 to SIGN-16, as Chromium's authenticator made it: SIGN-11, SIGN-12, SIGN-13, SIGN-14, SIGN-15, SIGN-16."""
    found = vectors("passkey")
    asserted(found, encoded(found["kind"], found["statement"]), [row["signature"] for row in found["cases"]])
    for row in found["cases"]:
        passkey.verify(passkey.read(row["public"]), found["kind"], found["statement"].encode(), row["signature"])


def test_one_touch_signs_a_sheet_as_the_page_says() -> None:
    """SIGN-20, SIGN-21, SIGN-22: the tree over what is signed is built here by hand, for five."""
    found = vectors("sheet")
    leaves = [sha256(b"\0" + encoded(one["kind"], one["body"])).digest() for one in found["items"]]

    def node(left: bytes, right: bytes) -> bytes:
        return sha256(b"\1" + left + right).digest()

    a, b, c, d, e = leaves
    ab, cd = node(a, b), node(c, d)
    root, abcd = node(node(ab, cd), e), node(ab, cd)
    paths = [[b, cd, e], [a, cd, e], [d, ab, e], [c, ab, e], [abcd]]
    assert found["words"] == json.dumps({"root": root.hex(), "size": 5, "v": 1}, separators=(",", ":"))

    asserted(found, encoded(found["kind"], found["words"]), [row["signatures"][0] for row in found["cases"]])
    for row in found["cases"]:
        for at, (item, signature) in enumerate(zip(found["items"], row["signatures"], strict=True)):
            assert base64.b64decode(signature["sheet"]) == bytes([at, 5]) + b"".join(paths[at])
            passkey.verify(passkey.read(row["public"]), item["kind"], item["body"].encode(), signature)


def asserted(found: dict[str, Any], message: bytes, signatures: list[dict[str, str]]) -> None:
    """Hold assertions of both algorithms to what was signed, with nothing of the project's own."""
    challenge = sha256(message).digest()
    assert {row["algorithm"] for row in found["cases"]} == {"ES256", "EdDSA"}
    for row, made in zip(found["cases"], signatures, strict=True):
        key, signature = row["public"], {half: base64.b64decode(text) for half, text in made.items()}
        spelt = json.dumps(key, sort_keys=True, separators=(",", ":")).encode()
        assert row["fingerprint"] == sha256(b"entente/key/W1\0" + spelt).hexdigest()
        said = json.loads(signature["client_data"])
        # Chromium adds a member at random, so that nobody compares with a template.
        assert {name: said[name] for name in ("type", "challenge", "origin", "crossOrigin")} == {
            "type": "webauthn.get", "challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "origin": "http://north.localhost:8700", "crossOrigin": False,
        }  # fmt: skip
        data = signature["authenticator_data"]
        assert len(data) == 37 and data[:32] == sha256(b"north.localhost").digest() and data[32] & 5 == 5
        message, cose = data + sha256(signature["client_data"]).digest(), base64.b64decode(key["cose"])
        if row["algorithm"] == "EdDSA":
            Ed25519PublicKey.from_public_bytes(cose[-32:]).verify(signature["signature"], message)
        else:
            point = b"\4" + cose[10:42] + cose[45:]
            public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
            public.verify(signature["signature"], message, ec.ECDSA(SHA256()))
