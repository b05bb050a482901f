"""Suite W1: an assertion belongs to one statement, one key, one address and a verified person, or it is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente import canonical
from entente.errors import EntenteError, Malformed, Untrusted
from entente.feed import passkey, person, suite
from entente.feed import root as roots
from entente.feed.suite import b64, unb64
from entente.testing.authenticator import Authenticator

ORIGIN = "http://north.localhost:8700"
WORDS = b'{"verb":"decision.give"}'


@pytest.mark.parametrize("edwards", [False, True], ids=["ES256", "Ed25519"])
def test_an_honest_assertion_verifies_under_its_own_key_alone(edwards: bool) -> None:
    """SIGN-10, SIGN-12, SIGN-13."""
    key = Authenticator(origin=ORIGIN, ed25519=edwards)
    signature = key.sign(suite.STATEMENT, WORDS)

    person.verify(key.public, suite.STATEMENT, WORDS, signature)

    elsewhere = Authenticator(origin="https://desk.example", ed25519=edwards).public
    assert elsewhere.fingerprint != key.public.fingerprint and elsewhere.cose == key.public.cose
    for other in (elsewhere, Authenticator(origin=ORIGIN, seed=b"other", ed25519=edwards).public):
        with pytest.raises(Untrusted):
            passkey.verify(other, suite.STATEMENT, WORDS, signature)
    assert person.read(key.public.plain()) == key.public and person.suite_of(key.public) == "W1"


@given(st.sampled_from(["authenticator_data", "client_data", "signature"]), st.data(), st.booleans())
def test_no_bit_of_an_assertion_can_change(half: str, draw: st.DataObject, edwards: bool) -> None:
    """SIGN-13, SIGN-14, SIGN-15, SIGN-16."""
    key = Authenticator(origin=ORIGIN, ed25519=edwards)
    signature = key.sign(suite.STATEMENT, WORDS)
    data = bytearray(unb64(signature[half]))
    bit = draw.draw(st.integers(0, len(data) * 8 - 1))
    data[bit // 8] ^= 1 << bit % 8

    with pytest.raises(Untrusted):
        passkey.verify(key.public, suite.STATEMENT, WORDS, {**signature, half: b64(bytes(data))})


@given(st.binary(max_size=120), st.text(max_size=40))
def test_no_bytes_are_a_key_but_in_their_one_spelling(cose: bytes, origin: str) -> None:
    """SIGN-11: whatever comes is refused with a code, or spells itself again."""
    plain = {"suite": "W1", "cose": b64(cose), "credential": b64(b"c"), "origin": origin}
    try:
        assert passkey.read(plain).plain() == plain
    except EntenteError as error:
        assert error.code in ("passkey.cose", "passkey.origin", "key.size", "tlog.key")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost", "localhost"), ("http://north.localhost:8700", "north.localhost"),
        ("https://desk.example", "desk.example"), ("https://desk.example:8443", "desk.example"),
    ],
)  # fmt: skip
def test_the_relying_party_is_the_addresses_host(origin: str, host: str) -> None:
    """SIGN-11."""
    assert passkey.host_of(origin) == host


@pytest.mark.parametrize(
    "origin",
    [
        "", "null", "http://desk.example", "https://desk", "https://192.0.2.7", "https://[::1]", "https://desk.example:443",
        "https://desk.example:0", "https://desk.example:65536", "https://desk.example:08443", "https://desk.example/",
        "https://Desk.example", "https://desk..example", "https://desk.example.", "https://-desk.example",
        "http://localhost.example", "https://u@desk.example", "https://desk.example\n", "https://d\u00e9sk.example",
        "https://" + "a." * 150 + "example",
    ],
)  # fmt: skip
def test_an_address_that_browsers_give_no_passkeys_or_spell_otherwise_is_none(origin: str) -> None:
    """SIGN-11."""
    with pytest.raises(Malformed) as refused:
        passkey.host_of(origin)
    assert refused.value.code == "passkey.origin"


def test_a_new_passkeys_file_shows_that_its_owner_holds_it() -> None:
    """SIGN-17: nobody else's name, key or address can be put into it."""
    key = Authenticator(origin=ORIGIN)
    data = key.introduce("north/duty")
    assert passkey.introduced(data + b"\n") == ("north/duty", key.public)

    plain = json.loads(data)
    other = Authenticator(origin=ORIGIN, seed=b"other").public.plain()
    for change in (
        {"owner": "north/senior"},
        {"public": other},
        {"public": plain["public"] | {"origin": "http://localhost"}},
    ):
        with pytest.raises(Untrusted):
            passkey.introduced(canonical.encode({**plain, **change}))
    for broken in ({"v": 2}, {"more": 1}, {"owner": 1}):
        with pytest.raises(Malformed):
            passkey.introduced(canonical.encode({**plain, **broken}))
    unseen = {"v": 1, "owner": "north/duty", "public": plain["public"]}
    lax = key.sign(passkey.KIND, canonical.encode(unseen), flags=0x01)
    with pytest.raises(Untrusted, match="did not verify a person"):
        passkey.introduced(canonical.encode({**unseen, "proof": lax}))


def test_a_statements_assertion_introduces_nothing() -> None:
    """SIGN-13: the type stands in what is signed, so a signature of one kind is none of another."""
    key = Authenticator(origin=ORIGIN)
    body = {"v": 1, "owner": "north/duty", "public": key.public.plain()}
    proof = key.sign(suite.STATEMENT, canonical.encode(body))
    with pytest.raises(Untrusted):
        passkey.introduced(canonical.encode({**body, "proof": proof}))


def test_a_root_or_whoever_wants_a_key_files_halves_takes_no_passkey() -> None:
    """SIGN-18."""
    plain = Authenticator(origin=ORIGIN).public.plain()
    for read in (suite.public_key, lambda given: roots.read(given, "north")):
        with pytest.raises(Malformed):
            read(plain)
