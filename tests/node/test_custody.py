"""Keys at rest: what others on the machine may read is not used."""

import os
from pathlib import Path

import pytest

from entente.errors import Refused
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
