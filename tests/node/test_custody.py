"""Keys at rest: what others on the machine may read is not used."""

import json
import os
from pathlib import Path

import pytest

from entente import canonical
from entente.errors import Malformed, Refused
from entente.feed import suite
from entente.node import custody


@pytest.mark.skipif(os.name != "posix", reason="elsewhere access is kept in lists that a file's mode does not show")
@pytest.mark.parametrize("name", ["node.json", "tls-key.pem"])
def test_node_keys_that_others_may_read_are_refused(tmp_path: Path, name: str) -> None:
    custody.save_node(custody.generate_node("localhost"), tmp_path)
    custody.load_node(tmp_path)

    (tmp_path / name).chmod(0o640)

    with pytest.raises(Refused) as refusal:
        custody.load_node(tmp_path)
    assert refusal.value.code == "custody.permissions"
    assert name in str(refusal.value)


@pytest.mark.parametrize("field", ["party", "name", "url"])
def test_a_card_whose_words_are_no_text_is_none(field: str) -> None:
    root, keys = custody.generate("north/root"), custody.generate_node("localhost")
    card = custody.make_card(root, "north", "North", "https://localhost:1", keys)
    body = {name: value for name, value in card.items() if name != "signature"} | {field: 5}
    signed = {**body, "signature": root.sign(custody.CARD, canonical.encode(body))}

    with pytest.raises(Malformed) as refusal:
        custody.open_card(json.dumps(signed).encode())

    assert refusal.value.code == "card.file"


@pytest.mark.parametrize("name", ["log", "exchange"])
def test_a_card_with_a_key_under_which_anybody_signs_is_none(name: str) -> None:
    """SIGN-7, TLOG-16."""
    root, keys = custody.generate("north/root"), custody.generate_node("localhost")
    card = custody.make_card(root, "north", "North", "https://localhost:1", keys)
    weak = {**card["keys"], name: suite.b64(bytes([1] + [0] * 31))}
    body = {key: value for key, value in card.items() if key != "signature"} | {"keys": weak}
    signed = {**body, "signature": root.sign(custody.CARD, canonical.encode(body))}

    with pytest.raises(Malformed) as refusal:
        custody.open_card(json.dumps(signed).encode())

    assert refusal.value.code == "card.file"
