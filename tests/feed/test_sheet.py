"""Sheets: what one touch signed together is verified piece by piece, and no piece at another place or on another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente import canonical
from entente.errors import EntenteError, Untrusted
from entente.feed import passkey, person, sheet, suite
from entente.feed.suite import b64, unb64
from entente.testing.authenticator import Authenticator

KEY = Authenticator(origin="http://north.localhost:8700", ed25519=True)
PACKAGE = "application/vnd.entente.package+json"
ITEMS = st.lists(
    st.tuples(st.sampled_from([suite.STATEMENT, PACKAGE]), st.binary(max_size=12)),
    min_size=2, max_size=12, unique=True,
)  # fmt: skip


def refused(item: sheet.Item, signature: object) -> bool:
    try:
        person.verify(KEY.public, *item, signature)
    except Untrusted as error:
        assert error.code == "signature.invalid"
        return True
    return False


@given(ITEMS)
def test_each_of_what_one_touch_signed_is_verified_alone(items: list[sheet.Item]) -> None:
    """SIGN-20, SIGN-21, SIGN-22, SIGN-23: every other is withheld, and a path of hashes stands for it."""
    signed = KEY.sign_together(items)

    for at, (item, signature) in enumerate(zip(items, signed, strict=True)):
        person.verify(KEY.public, *item, signature)
        assert sheet.counted(signature) == (at + 1, len(items))
        assert {name: signature[name] for name in passkey.HALVES} == {n: signed[0][n] for n in passkey.HALVES}
    assert KEY.count > 0 and canonical.decode(sheet.words(items))["size"] == len(items)


@given(ITEMS, st.data())
def test_no_piece_is_lifted_to_another_place_another_sheet_or_another_kind(
    items: list[sheet.Item], draw: st.DataObject
) -> None:
    """SIGN-20, SIGN-21, SIGN-22."""
    signed = KEY.sign_together(items)
    at = draw.draw(st.integers(0, len(items) - 1))
    other = draw.draw(st.integers(0, len(items) - 1).filter(lambda n: n != at))

    assert refused(items[at], signed[other])
    assert refused(items[at], signed[at] | {"sheet": signed[other]["sheet"]})
    # The same things in another order, or with one more that nobody was shown, are another sheet.
    turned, more = items[::-1], [*items, (suite.STATEMENT, b"one that was not shown")]
    assert sheet.words(turned) != sheet.words(items) != sheet.words(more)
    for sheets in (turned, more):
        place = sheets.index(items[at])
        if len(sheets) != len(items) or place != at:
            assert refused(items[at], signed[at] | {"sheet": sheet.place(sheets, place)})
    assert refused(more[-1], signed[at] | {"sheet": sheet.place(more, len(items))})
    kind, body = items[at]
    assert refused((PACKAGE if kind == suite.STATEMENT else suite.STATEMENT, body), signed[at])


@given(ITEMS, st.data())
def test_no_bit_of_a_place_can_change(items: list[sheet.Item], draw: st.DataObject) -> None:
    """SIGN-22."""
    signed = KEY.sign_together(items)
    data = bytearray(unb64(signed[0]["sheet"]))
    bit = draw.draw(st.integers(0, len(data) * 8 - 1))
    data[bit // 8] ^= 1 << bit % 8

    assert refused(items[0], signed[0] | {"sheet": b64(bytes(data))})


def test_one_alone_has_no_sheet_and_a_sheet_is_nothing_else() -> None:
    """SIGN-20, SIGN-21: nothing that is signed has two spellings."""
    item = (suite.STATEMENT, b"one")
    [alone] = KEY.sign_together([item])
    assert set(alone) == passkey.HALVES

    pair = [item, (suite.STATEMENT, b"two")]
    [signed, _] = KEY.sign_together(pair)
    assert refused(item, {name: text for name, text in signed.items() if name != "sheet"})
    assert refused(item, alone | {"sheet": signed["sheet"]})
    assert refused(item, alone | {"sheet": b64(bytes([0, 1]))})
    # Its words are no statement, whatever they say, and no leaf of another.
    assert refused((suite.STATEMENT, sheet.words(pair)), {n: t for n, t in signed.items() if n != "sheet"})


@pytest.mark.parametrize("size", [65, 100, 255])
def test_a_sheet_longer_than_a_person_reads_is_none(size: int) -> None:
    """SIGN-20."""
    items = [(suite.STATEMENT, b"%d" % number) for number in range(size)]
    made = KEY.sign(sheet.KIND, sheet.words(items))
    hashes = [sheet.leaf_hash(suite.pae(*item)) for item in items]
    path = b"".join(sheet.inclusion_proof(hashes, 0, size))

    assert refused(items[0], {**made, "sheet": b64(bytes([0, size]) + path)})
    whole = items[: sheet.MOST]
    person.verify(KEY.public, *whole[-1], KEY.sign_together(whole)[-1])


@given(st.one_of(st.text(max_size=60), st.binary(max_size=90).map(b64), st.none(), st.integers()))
def test_whatever_a_signature_says_of_its_sheet_is_refused_or_fits(spelt: object) -> None:
    """SIGN-22: bytes of a stranger."""
    item = (suite.STATEMENT, b"one")
    assert refused(item, KEY.sign(*item) | {"sheet": spelt})


def test_a_key_files_signature_and_a_new_passkeys_file_stand_on_no_sheet() -> None:
    """SIGN-24."""
    body = {"v": 1, "owner": "north/duty", "public": KEY.public.plain()}
    items = [(passkey.KIND, canonical.encode(body)), (suite.STATEMENT, b"two")]
    [proof, _] = KEY.sign_together(items)
    with pytest.raises(EntenteError, match="alone"):
        passkey.introduced(canonical.encode({**body, "proof": proof}))

    halves = {"ed25519": "", "mldsa65": "", "sheet": proof["sheet"]}
    with pytest.raises(Untrusted, match="exactly the halves"):
        suite.verify(None, *items[0], halves)  # type: ignore[arg-type]
