"""One key file for both: what the page's tests open (web/tests/signing.test.ts), the node's own code opens too."""

from __future__ import annotations

import shutil
from pathlib import Path

from entente.node import custody

FILE = Path(__file__).parents[2] / "web" / "tests" / "keyfile.json"


def test_the_pages_key_file_is_the_nodes(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    shutil.copy(FILE, path)
    path.chmod(0o600)

    key = custody.load(path, "correct horse")

    assert key.owner == "north/watch"
    assert key.ed25519.private_bytes_raw() == b"\1" * 32
