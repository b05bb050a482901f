"""A ZIP archive whose bytes follow from its members alone: no clock, no owner, no system in it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first time that a ZIP can say."""


def archive(members: Mapping[str, bytes]) -> bytes:
    """Return an archive with these members, in their order."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
        for name, data in members.items():
            member = zipfile.ZipInfo(name, EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # one system for all, wherever it is made
            member.external_attr = 0o600 << 16
            file.writestr(member, data)
    return written.getvalue()
