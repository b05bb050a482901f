"""Packages for the tests, and everything that a file holds: members of archives, streams, texts and properties."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pypdf import PdfReader

from entente.geo.position import Position
from entente.joint.protected_sites import (
    Category,
    DayMark,
    Grade,
    InfraredMark,
    Method,
    Reliability,
    Site,
    SiteStatus,
)
from entente.picture.coarsen import copy_number
from entente.picture.packages import Row, after, copies, differences, digest, whole
from entente.picture.recipients import Format, Language, Listed, Recipient
from entente.report.package.document import Document, Package

SECRET = b"0123456789abcdef"
MADE = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
NAMES = (
    "Clinic {}", "CSCom de Tin-Essako {}", "مستشفى غاو {}", "Больница № {}", '=HYPERLINK("http://x.example";"{}")',
    "École publique {}", "مدرسة Gao {} (النيل)", "Camp de déplacés de Ménaka, secteur {}, dont le nom est très long",
    "<b>&{}", "-2+{}", "@SUM(A{})", "بیمارستان گلها {}", "ښوونځی {}",
)  # fmt: skip


def sites(count: int) -> list[Site]:
    """Return sites of every kind: in several scripts, marked or not, unplaced, expired, with names that attack."""
    found = []
    for i in range(count):
        said: dict[str, Any] = {"method": Method.SITE_VISIT, "grade": Grade(reliability=Reliability.B, credibility=2)}
        found.append(
            Site(
                id=f"s-{i}", name=NAMES[i % len(NAMES)].format(i), category=list(Category)[i % len(Category)],
                position=None if i % 17 == 5 else Position(lat=16 + i / (count + 7), lon=-1 + (i * 37 % 97) / 97),
                uncertainty_m=100.0, country="Mali", region=("Gao", "Ménaka")[i % 2],
                district=("Gao", "Ansongo", "غاو")[i % 3], note="gate at the back",
                day_marks=frozenset({DayMark.PROTECTIVE_EMBLEM, DayMark.ROOF_MARKING}) if i % 3 == 0 else frozenset(),
                infrared_marks=frozenset({InfraredMark.NONE}) if i % 4 == 0 else frozenset(),
                confirmed_at=datetime(2026, 10, 1, tzinfo=UTC),
                expires_at=datetime(2026, 11, 1 if i % 5 == 0 else 28, tzinfo=UTC), **(said if i % 2 else {}),
            )
        )  # fmt: skip
    return found


def agency(language: str = "en", **changes: Any) -> Recipient:
    """Return a recipient that takes everything."""
    return replace(
        Recipient(
            name="agency", title="Air liaison", formats=tuple(Format), precision_m=1000, language=Language(language),
            acknowledges="by telephone, within a day", consent="letter 14", until="2027-03-01T00:00:00.000Z",
            keep=("note",),
        ),
        **changes,
    )  # fmt: skip


def document(held: list[Site], to: Recipient, *, full: bool = False, exercise: bool = True, lists: int = 1) -> Document:
    """Return a package in words: whole, or as additions with one change, one end and one withdrawal."""
    listed = [Listed(list=("health", "schools")[i % lists], site=site) for i, site in enumerate(held)]
    drawn = copies(listed, to, SECRET, {}, False)
    rows: list[Row] = whole({}, drawn, set())
    if not full and len(drawn) > 3:
        keys = list(drawn)
        before = {key: drawn[key] for key in keys[:3]}
        before[keys[0]] = replace(before[keys[0]], name="As it was called")
        now = drawn | {keys[1]: replace(drawn[keys[1]], status=SiteStatus.ENDED)}
        del now[keys[2]]
        rows = differences(before, now, {keys[2]})
    return Document(
        Package(
            sender="Coordination desk", released_by="desk/duty, protection", exercise=exercise, recipient=to, number=3,
            since=0 if full else 2, made=MADE, until=to.until, copy=copy_number(to.name, SECRET), rows=tuple(rows),
            held=len(after({}, rows)), list_hash=digest(after({}, rows)),
        )
    )  # fmt: skip


def pages(data: bytes) -> list[str]:
    """Return the text of each page of a PDF."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


def everything(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Yield all that a file holds, as text: bytes, an archive's members, streams, pages, properties."""
    yield name, data.decode("latin-1")
    yield f"{name} as text", data.decode("utf-8", "replace")
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                yield from everything(f"{name}/{member.filename}", archive.read(member))
                yield f"{name}/{member.filename} beside", f"{member.comment!r} {member.extra!r}"
            yield f"{name} beside", repr(archive.comment)
    if data[:5] == b"%PDF-":
        for number, stream in enumerate(re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)):
            try:
                yield f"{name} stream {number}", zlib.decompress(stream).decode("latin-1")
            except zlib.error:
                yield f"{name} stream {number}", stream.decode("latin-1")
        yield f"{name} pages", "\n".join(pages(data))
        yield f"{name} properties", str(PdfReader(io.BytesIO(data)).metadata)
