"""Suite `W1`: a passkey's assertion as a person's signature (SIGN-10…SIGN-19; W3C, Web Authentication Level 3, §7.2).

A passkey does not sign our bytes: it signs that a browser, at one address, was asked a *challenge* while a person was
verified. The challenge is SHA-256 of the very pre-authentication encoding that `E1` signs, so that an assertion
belongs to one statement; address, verification and challenge are each held to what they must be, and whatever is not
understood is refused. An assertion has no post-quantum half: the checkpoint over its entry protects it (ADR 0041).

- A key states the address at which it signs; the relying party is that address's host, and no other.
- Nothing here is read by a parser that could be argued with: a COSE key, authenticator data of an assertion and the
  head of the client's data have one spelling each, and bytes are compared.
- What is signed with others at one touch stands on a sheet (`feed.sheet`), whose words are then what is signed.
- The counter is read past. A passkey that lives on several devices counts 0 for ever, and no rule may rest on what a
  copied key would repeat.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from entente import canonical
from entente.errors import Malformed, Untrusted
from entente.feed import sheet
from entente.feed.suite import b64, pae, unb64
from entente.ids import Hash
from entente.tlog.curve import require_sound

SUITE = "W1"
KIND = "application/vnd.entente.passkey+json"
"""The type of a key with its owner's name, which a new passkey signs itself (`introduced`)."""
MOST_CREDENTIAL, MOST_CLIENT_DATA = 1023, 2048
"""Longest credential id (WebAuthn §4) and longest client data [bytes]; a browser's is some 150."""
FIELDS = frozenset({"suite", "cose", "credential", "origin"})
HALVES = frozenset({"authenticator_data", "client_data", "signature"})
SHEET = "sheet"
"""A further field of a signature that signed others too (SIGN-22)."""

# RFC 9052 §7 and RFC 9053 §7.1, §7.2 in the one encoding that CTAP2 §8 leaves: {1: 2, 3: -7, -1: 1, -2: x, -3: y} and
# {1: 1, 3: -8, -1: 6, -2: x}.
_ES256_HEAD, _ES256_MIDDLE = bytes.fromhex("a5010203262001215820"), bytes.fromhex("225820")
_EDDSA_HEAD = bytes.fromhex("a4010103272006215820")

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(
    rf"(?:(https)://((?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?)|(http)://((?:{_LABEL}\.)*localhost))"
    r"(?::([1-9][0-9]{0,4}))?"
)
_DEFAULT_PORT = {"https": "443", "http": "80"}

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP = 0x01, 0x04, 0x08, 0x10
"""Flags of authenticator data (WebAuthn §6.1). The others are reserved, or say that more follows."""
_DATA_BYTES = 37


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A W1 public key: the credential's COSE key and id, and the address at which it signs."""

    cose: bytes
    credential: bytes
    origin: str

    def __post_init__(self) -> None:
        _public(self.cose)
        host_of(self.origin)
        if not 1 <= len(self.credential) <= MOST_CREDENTIAL:
            raise Malformed("key.size", f"a credential's id has from 1 to {MOST_CREDENTIAL} bytes")

    @property
    def algorithm(self) -> Literal["ES256", "EdDSA"]:
        """What it signs with."""
        return "EdDSA" if self.cose.startswith(_EDDSA_HEAD) else "ES256"

    @property
    def relying_party(self) -> str:
        """The host that browsers and authenticators tie it to."""
        return host_of(self.origin)

    @property
    def fingerprint(self) -> Hash:
        """SHA-256 over suite and key: how it is named wherever it is pinned (SIGN-12)."""
        return Hash(sha256(b"entente/key/W1\0" + canonical.encode(self.plain())).hexdigest())

    @property
    def raw(self) -> bytes:
        """The public key's own bytes: of Ed25519 32, of P-256 x and y."""
        return self.cose[len(_EDDSA_HEAD) :] if self.algorithm == "EdDSA" else _point(self.cose)

    def plain(self) -> dict[str, str]:
        """Return the key as text, for acts."""
        return {"suite": SUITE, "cose": b64(self.cose), "credential": b64(self.credential), "origin": self.origin}


def read(plain: object) -> Passkey:
    """Read a key as `Passkey.plain` spells it.

    Raises:
        Malformed: `key.spelling`, `key.suite`, `key.size`, `passkey.cose`, `passkey.origin`, `tlog.key`.
    """
    if not isinstance(plain, dict) or set(plain) != FIELDS or type(plain["origin"]) is not str:
        raise Malformed("key.spelling", "a passkey has exactly suite, cose, credential and origin")
    if plain["suite"] != SUITE:
        raise Malformed("key.suite", f"suite {plain['suite']!r} is none of a passkey; that is {SUITE}")
    return Passkey(cose=unb64(plain["cose"]), credential=unb64(plain["credential"]), origin=plain["origin"])


def introduced(data: bytes) -> tuple[str, Passkey]:
    """Return the owner and the key in a file that a page made for whoever enrols, when that key signed just this.

    The file is the canonical object {`v`: 1, `owner`, `public`, `proof`}; `proof` is an assertion over the rest of it,
    which shows that the key is held, works at its address and verifies its person (SIGN-17).

    Raises:
        Malformed: `passkey.file`, and as `read`.
        Untrusted: `signature.invalid`.
    """
    try:
        plain = canonical.decode(data.strip(), 16 * 1024)
        body = {name: plain[name] for name in ("v", "owner", "public")}
        if set(plain) != {*body, "proof"} or body["v"] != 1 or type(body["owner"]) is not str:
            raise TypeError
    except (Malformed, KeyError, TypeError):
        raise Malformed("passkey.file", "this is not a passkey's public half, as a page makes it") from None
    key = read(body["public"])
    if isinstance(plain["proof"], dict) and SHEET in plain["proof"]:
        raise _wrong("a new passkey signs its file alone, and nothing beside it")
    verify(key, KIND, canonical.encode(body), plain["proof"])
    return body["owner"], key


def host_of(origin: str) -> str:
    """Return the host of an address at which passkeys work.

    Raises:
        Malformed: `passkey.origin`, when it is not spelled as browsers do, or browsers give it no passkeys.

    >>> host_of("http://north.localhost:8700")
    'north.localhost'
    """
    found = _ORIGIN.fullmatch(origin) if len(origin) <= 300 else None
    if found is not None:
        scheme, host, port = found[1] or found[3], found[2] or found[4], found[5]
        if len(host) <= 253 and port != _DEFAULT_PORT[scheme] and (port is None or int(port) < 1 << 16):
            return str(host)
    raise Malformed(
        "passkey.origin", "a passkey signs at https://NAME or http://NAME.localhost, with a port unless it is the usual"
    )


def challenge(kind: str, body: bytes) -> bytes:
    """Return what an authenticator is asked to sign for `body` as `kind` (SIGN-13)."""
    return sha256(pae(kind, body)).digest()


def verify(key: Passkey, kind: str, body: bytes, signature: object) -> None:
    """Return when `signature` is an assertion by `key` over these very bytes, its person verified, alone or on a sheet.

    Raises:
        Untrusted: `signature.invalid`, with what is wrong in the sentence.
    """
    if not isinstance(signature, dict) or set(signature) - {SHEET} != HALVES:
        raise _wrong(f"it must have exactly {', '.join(sorted(HALVES))}, and {SHEET} where others were signed with it")
    try:
        data, client, made = (unb64(signature[name]) for name in ("authenticator_data", "client_data", "signature"))
        if SHEET in signature:
            kind, body = sheet.KIND, sheet.of(signature[SHEET], kind, body)
    except (Malformed, Untrusted) as error:
        raise _wrong(error.sentence) from None
    _require_data(data, key)
    _require_client(client, key, challenge(kind, body))
    try:
        _require_signed(key, made, data + sha256(client).digest())
    except (InvalidSignature, Malformed, ValueError):
        raise _wrong("it does not belong to these bytes and this key") from None


def _require_data(data: bytes, key: Passkey) -> None:
    """Hold authenticator data to SIGN-14."""
    if len(data) != _DATA_BYTES:
        raise _wrong(f"authenticator data of an assertion has {_DATA_BYTES} bytes, and nothing follows")
    if data[:32] != sha256(key.relying_party.encode()).digest():
        raise _wrong(f"it was made for another relying party than {key.relying_party}")
    flags = data[32]
    if flags & (PRESENT | VERIFIED) != PRESENT | VERIFIED:
        raise _wrong("its authenticator did not verify a person")
    if flags & ~(PRESENT | VERIFIED | ELIGIBLE | BACKED_UP) or flags & (ELIGIBLE | BACKED_UP) == BACKED_UP:
        raise _wrong("its flags say what is not known here")


def _require_client(client: bytes, key: Passkey, asked: bytes) -> None:
    """Hold client data to SIGN-15: the limited verification of WebAuthn §5.8.1.2, over bytes."""
    spelt = base64.urlsafe_b64encode(asked).rstrip(b"=")
    head = b'{"type":"webauthn.get","challenge":"%s","origin":"%s"' % (spelt, key.origin.encode())
    rest = client[len(head) :]
    if len(client) > MOST_CLIENT_DATA or not client.startswith(head):
        raise _wrong(f"its browser was not asked these words at {key.origin}")
    # A browser may leave out what is false, and add members behind; a page inside another's says so, and is refused.
    same = b',"crossOrigin":false'
    if rest not in (b"}", same + b"}") and not (rest.startswith(same + b",") and rest.endswith(b"}")):
        raise _wrong("its page stood inside another's, or its browser says what is not known here")


def _require_signed(key: Passkey, made: bytes, message: bytes) -> None:
    public = _public(key.cose)
    if isinstance(public, Ed25519PublicKey):
        public.verify(made, message)
        return
    if encode_dss_signature(*decode_dss_signature(made)) != made:
        raise InvalidSignature
    public.verify(made, message, ec.ECDSA(SHA256()))


def _public(cose: bytes) -> Ed25519PublicKey | ec.EllipticCurvePublicKey:
    """Return the key in a COSE key's one spelling (SIGN-11).

    Raises:
        Malformed: `passkey.cose`, `tlog.key`.
    """
    if cose.startswith(_EDDSA_HEAD) and len(cose) == len(_EDDSA_HEAD) + 32:
        raw = cose[len(_EDDSA_HEAD) :]
        require_sound(raw)
        return Ed25519PublicKey.from_public_bytes(raw)
    if point := _point(cose):
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + point)
        except ValueError:
            pass  # not on the curve
    raise Malformed("passkey.cose", "this is no COSE key of ES256 or Ed25519 as authenticators spell one")


def _point(cose: bytes) -> bytes:
    """Return x and y of an ES256 key; empty when it is not spelled so."""
    x, y = len(_ES256_HEAD), len(_ES256_HEAD) + 32 + len(_ES256_MIDDLE)
    spelt = cose.startswith(_ES256_HEAD) and cose[x + 32 : y] == _ES256_MIDDLE and len(cose) == y + 32
    return cose[x : x + 32] + cose[y:] if spelt else b""


def _wrong(what: str) -> Untrusted:
    return Untrusted("signature.invalid", f"this is not the passkey's signature: {what}")
