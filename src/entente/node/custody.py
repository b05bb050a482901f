"""Custody: private keys at rest, and the only code that signs.

Three kinds of key, each for one role (docs/guides/keys.md says who holds which and what its loss costs):

- *root*: the party's own, off line; certifies the node's keys and enrols staff. A key file with a passphrase.
- *officer*: a person's; signs statements. A key file with a passphrase. The node never holds it, except in exercises.
- *node*: log (Ed25519 and ML-DSA-44), cosigner and exchange (Ed25519), TLS; in the home, readable by its user alone.

A key file is JSON: public half in the clear, private half in AES-256-GCM under scrypt of the passphrase.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA65PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey, Suite
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.x509.oid import NameOID

from entente import canonical
from entente.errors import Malformed, Refused, Untrusted
from entente.feed import card as cards
from entente.feed import passkey, person, suite
from entente.feed import root as roots
from entente.feed.root import Root
from entente.feed.suite import PublicKey, b64, unb64
from entente.tlog import head
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.note import Kind, Note, NoteKey

_AAD = b"entente/key-file/v1"
_SCRYPT = {"n": 1 << 15, "r": 8, "p": 1}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An E1 key pair, unlocked. `owner` is the officer, or ``PARTY/root``."""

    owner: str
    ed25519: Ed25519PrivateKey
    mldsa65: MLDSA65PrivateKey

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return PublicKey(
            ed25519=self.ed25519.public_key().public_bytes_raw(), mldsa65=self.mldsa65.public_key().public_bytes_raw()
        )

    def sign(self, kind: str, body: bytes) -> dict[str, str]:
        """Return both signatures over `body` as `kind` (SIGN-2)."""
        message = suite.pae(kind, body)
        return {
            "ed25519": b64(self.ed25519.sign(message)),
            "mldsa65": b64(self.mldsa65.sign(message, suite.CONTEXT)),
        }


def generate(owner: str) -> SigningKey:
    """Return a new key pair."""
    return SigningKey(owner, Ed25519PrivateKey.generate(), MLDSA65PrivateKey.generate())


def save(key: SigningKey, path: Path, passphrase: str) -> None:
    """Write a key file that only its owner can read. An empty passphrase is for exercises only, and says so.

    Raises:
        Refused: `custody.exists`: a key file is never overwritten.
    """
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    private = key.ed25519.private_bytes_raw() + key.mldsa65.private_bytes_raw()
    box = AESGCM(_derive(passphrase, salt)).encrypt(nonce, private, _AAD)
    write_private(
        path,
        json.dumps(
            {
                "v": 1,
                "owner": key.owner,
                "public": key.public.plain(),
                "passphrase": "none: for exercises only" if not passphrase else "scrypt",
                "salt": b64(salt),
                "nonce": b64(nonce),
                "box": b64(box),
            },
            indent=1,
        ).encode(),
    )


def load(path: Path, passphrase: str) -> SigningKey:
    """Unlock a key file.

    Raises:
        Malformed: `custody.file`.
        Refused: `custody.passphrase`, `custody.permissions` (others on this machine may read it), `custody.missing`.
    """
    plain = _read(path)
    try:
        owner, salt, nonce, box = plain["owner"], unb64(plain["salt"]), unb64(plain["nonce"]), unb64(plain["box"])
        private = AESGCM(_derive(passphrase, salt)).decrypt(nonce, box, _AAD)
        key = SigningKey(
            owner, Ed25519PrivateKey.from_private_bytes(private[:32]), MLDSA65PrivateKey.from_seed_bytes(private[32:])
        )
        public = suite.public_key(plain["public"])
    except InvalidTag:
        raise Refused("custody.passphrase", "the passphrase does not open this key file", where=str(path)) from None
    except (KeyError, TypeError, ValueError, Malformed):
        raise Malformed("custody.file", "this is not a key file of this project", where=str(path)) from None
    if key.public != public:
        raise Malformed("custody.file", "the key file's two halves do not belong together", where=str(path))
    return key


def public_half(path: Path) -> tuple[str, person.Key, bool]:
    """Return a key file's owner, its public half, and whether a passphrase protects the other; nothing is unlocked.

    Of a passkey there is the public half alone, as its page made it (`feed.passkey.introduced`).

    Raises:
        Malformed: `custody.file`, and of a passkey's file as `introduced`; Untrusted: likewise.
        Refused: `custody.permissions`, `custody.missing`.
    """
    plain = _read(path)
    if "proof" in plain:
        return *passkey.introduced(_private(path)), True
    try:
        return str(plain["owner"]), suite.public_key(plain["public"]), not plain["passphrase"].startswith("none")
    except (KeyError, AttributeError, Malformed):
        raise Malformed("custody.file", "this is not a key file of this project", where=str(path)) from None


def _derive(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, **_SCRYPT).derive(passphrase.encode())


def _private(path: Path) -> bytes:
    """Return the bytes of a private key's file, which nobody but its owner may read.

    Raises:
        Refused: `custody.permissions`, `custody.missing`.
        Malformed: `custody.file`.
    """
    try:
        # Windows keeps access in lists that `mode` does not show; there the profile's own protection applies.
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Refused(
                "custody.permissions",
                f"others on this machine may read the key; run: chmod 600 {path.name}",
                where=str(path),
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise Refused("custody.missing", "there is no such key file", where=str(path)) from None
    except OSError as error:
        raise Malformed("custody.file", f"the key file cannot be read: {error.strerror}", where=str(path)) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        plain = json.loads(_private(path))
    except ValueError:
        raise Malformed("custody.file", "this is not a key file of this project", where=str(path)) from None
    if not isinstance(plain, dict):
        raise Malformed("custody.file", "this is not a key file of this project", where=str(path))
    return plain


def read_private(path: Path) -> dict[str, Any]:
    """Return the fields of a file of private keys, which nobody but its owner may read.

    Raises:
        Refused: `custody.permissions`, `custody.missing`.
        Malformed: `custody.file`.
    """
    return _read(path)


def write_private(path: Path, data: bytes) -> None:
    """Create a file that only its owner can read, and sync it; if we stop inside, the file is absent or not yet whole.

    Raises:
        Refused: `custody.exists`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except FileExistsError:
        raise Refused(
            "custody.exists", "there is a file already; a key is never overwritten", where=str(path)
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


# -- the node's own keys -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SealKey:
    """What grants to this party are sealed to: HPKE (RFC 9180) with MLKEM768_X25519, HKDF-SHA-256 and AES-256-GCM."""

    mlkem: MLKEM768PrivateKey
    x25519: X25519PrivateKey

    def public(self) -> bytes:
        """Return the public halves, ML-KEM's 1,184 bytes first."""
        return self.mlkem.public_key().public_bytes_raw() + self.x25519.public_key().public_bytes_raw()

    def open(self, grant: bytes, info: bytes) -> bytes:
        """Return what a grant holds; `info` says for which bundle it was made.

        Raises:
            Untrusted: `grant.sealed`.
        """
        try:
            return _HPKE.decrypt(grant, MLKEM768X25519PrivateKey(self.mlkem, self.x25519), info=info)
        except (InvalidTag, ValueError):
            raise Untrusted("grant.sealed", "a grant was not sealed to this node for this bundle") from None


_HPKE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def seal_to(card: Mapping[str, Any], grant: bytes, info: bytes) -> bytes:
    """Return a grant sealed to the node whose card this is."""
    return _HPKE.encrypt(grant, _seal_public(card["keys"]), info=info)


def _seal_public(keys: Mapping[str, str]) -> MLKEM768X25519PublicKey:
    data = unb64(keys["seal"])
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(data[:-32]), X25519PublicKey.from_public_bytes(data[-32:])
    )


def _seal_key(data: bytes) -> SealKey:
    return SealKey(MLKEM768PrivateKey.from_seed_bytes(data[:-32]), X25519PrivateKey.from_private_bytes(data[-32:]))


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """What a node signs with by itself: heads of its feeds, heads of others, what it sends. TLS is in PEM."""

    log: Ed25519PrivateKey
    log_pq: MLDSA44PrivateKey
    cosigner: Ed25519PrivateKey
    exchange: Ed25519PrivateKey
    seal: SealKey
    tls_key: bytes
    tls_certificate: bytes

    def sign_head(self, checkpoint: Checkpoint, time_s: int, successor: NodeKeys | None = None) -> bytes:
        """Return the signed note over a head of one of this party's feeds; at a handover the successor signs, too."""
        signing = dict(self._signing(checkpoint.origin))
        if successor is not None:
            signing |= dict(successor._signing(checkpoint.origin))
        return head.sign(checkpoint, signing.items(), time_s)

    def _signing(self, origin: str) -> Iterator[tuple[NoteKey, Ed25519PrivateKey | MLDSA44PrivateKey]]:
        yield from zip(note_keys(origin, self.public()), (self.log, self.log_pq), strict=True)

    def cosign(self, party: str, checkpoint: Checkpoint, time_s: int) -> bytes:
        """Return the cosignature over a head of another's feed, as it stands in a note after the key's id (TLOG-11).

        Whoever calls this holds every entry of that head on its disk, and has verified the log's own signatures.
        """
        key = cosigner_key(party, self.public())
        return Note(text=checkpoint.encode()).signed_by(key, self.cosigner, time_s).lines[0].signature

    def sign_exchange(self, kind: str, body: bytes) -> bytes:
        """Return the exchange key's signature over `body` as `kind`."""
        return self.exchange.sign(suite.pae(kind, body))

    def public(self) -> dict[str, str]:
        """Return the public halves as a card lists them."""
        certificate = x509.load_pem_x509_certificate(self.tls_certificate)
        return {
            "log": b64(self.log.public_key().public_bytes_raw()),
            "log_pq": b64(self.log_pq.public_key().public_bytes_raw()),
            "cosigner": b64(self.cosigner.public_key().public_bytes_raw()),
            "exchange": b64(self.exchange.public_key().public_bytes_raw()),
            "seal": b64(self.seal.public()),
            "tls": b64(certificate.public_bytes(serialization.Encoding.DER)),
        }


note_keys = cards.log_keys


def cosigner_key(party: str, public: Mapping[str, str]) -> NoteKey:
    """Return the key with which a party's node cosigns others' heads; one for all of its agreements."""
    return NoteKey(name=f"{party}/cosigner", kind=Kind.COSIGNATURE_ED25519, public=unb64(public["cosigner"]))


def generate_node(host: str) -> NodeKeys:
    """Return new node keys; the TLS certificate is its own authority, pinned by the party's card."""
    tls = ec.generate_private_key(ec.SECP256R1())
    pem = tls.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificate = _self_signed(tls, host).public_bytes(serialization.Encoding.PEM)
    return NodeKeys(
        Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate(), Ed25519PrivateKey.generate(),
        Ed25519PrivateKey.generate(), SealKey(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()), pem,
        certificate,
    )  # fmt: skip


ROLES = ("log", "cosigner", "exchange", "seal", "tls")
"""What can be replaced by itself; the log's two keys go together."""


def replaced(keys: NodeKeys, roles: Collection[str], host: str) -> NodeKeys:
    """Return the same keys with fresh ones in these roles."""
    fresh = generate_node(host)
    fields = {"log": ("log", "log_pq"), "tls": ("tls_key", "tls_certificate")}
    names = [name for role in ROLES if role in roles for name in fields.get(role, (role,))]
    return replace(keys, **{name: getattr(fresh, name) for name in names})


def _self_signed(key: ec.EllipticCurvePrivateKey, host: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"entente {host}"[:64])])
    now = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    try:
        names.append(x509.IPAddress(ip_address(host)))
    except ValueError:
        names.append(x509.DNSName(host))
    usage = x509.BasicConstraints(ca=True, path_length=0)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=3650))
    builder = builder.add_extension(usage, critical=True)
    return builder.add_extension(x509.SubjectAlternativeName(list(dict.fromkeys(names))), critical=False).sign(
        key, hashes.SHA256()
    )


def save_node(keys: NodeKeys, folder: Path) -> None:
    """Write the node's keys into its home."""
    private = {
        "v": 1,
        "log": b64(keys.log.private_bytes_raw()),
        "log_pq": b64(keys.log_pq.private_bytes_raw()),
        "cosigner": b64(keys.cosigner.private_bytes_raw()),
        "exchange": b64(keys.exchange.private_bytes_raw()),
        "seal": b64(keys.seal.mlkem.private_bytes_raw() + keys.seal.x25519.private_bytes_raw()),
    }
    write_private(folder / "node.json", json.dumps(private, indent=1).encode())
    write_private(folder / "tls-key.pem", keys.tls_key)
    write_private(folder / "tls-certificate.pem", keys.tls_certificate)


def load_node(folder: Path) -> NodeKeys:
    """Read the node's keys.

    Raises:
        Malformed: `custody.file`.
        Refused: `custody.permissions`, `custody.missing`.
    """
    plain = _read(folder / "node.json")
    try:
        return NodeKeys(
            Ed25519PrivateKey.from_private_bytes(unb64(plain["log"])),
            MLDSA44PrivateKey.from_seed_bytes(unb64(plain["log_pq"])),
            Ed25519PrivateKey.from_private_bytes(unb64(plain["cosigner"])),
            Ed25519PrivateKey.from_private_bytes(unb64(plain["exchange"])),
            _seal_key(unb64(plain["seal"])),
            _private(folder / "tls-key.pem"),
            (folder / "tls-certificate.pem").read_bytes(),
        )
    except (KeyError, TypeError, ValueError, OSError, Malformed):
        raise Malformed("custody.file", "the node's keys cannot be read", where=str(folder)) from None


# -- cards -------------------------------------------------------------------------------------------------------------

CARD = cards.KIND


def card_body(root: Root, party: str, name: str, url: str, keys: NodeKeys, number: int) -> dict[str, Any]:
    """Return what a root document's keys sign to certify a node's keys; later cards have higher numbers."""
    return {
        "v": 2, "party": party, "name": name, "url": url, "root": root.spelt(), "keys": keys.public(), "number": number,
    }  # fmt: skip


def sign_together(keys: Iterable[SigningKey], kind: str, body: bytes) -> dict[str, str]:
    """Return root keys' signatures over `body` as `kind`, by fingerprint (KEY-5)."""
    return {key.public.fingerprint: roots.signature(key.sign(kind, body)) for key in keys}


def make_card(root: SigningKey, party: str, name: str, url: str, keys: NodeKeys) -> dict[str, Any]:
    """Return a party's card: its keys and address, certified by its root. Fingerprints are compared in person."""
    body = {"v": 1, "party": party, "name": name, "url": url, "root": root.public.plain(), "keys": keys.public()}
    return {**body, "signature": root.sign(CARD, canonical.encode(body))}


def open_card(data: bytes, where: str = "") -> dict[str, Any]:
    """Return a card whose signature is its own root's; whether that root is the right one is for people to compare.

    Raises:
        Malformed: `card.file`.
        Untrusted: `signature.invalid`.
    """
    try:
        card = json.loads(data)
        body, root = cards.body_of(card), cards.own_root(card)
        canonical.encode(body)
        x509.load_der_x509_certificate(unb64(body["keys"]["tls"]))
        signature = card["signature"]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, x509.InvalidVersion, Malformed):
        raise Malformed("card.file", "this is not a party's card", where=where or None) from None
    cards.require(card, root)
    return {**body, "signature": signature}
