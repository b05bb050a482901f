"""A package for a recipient without a node: chosen, coarsened, written in its forms, signed and kept in the record."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench.table import Row

from entente.geo.position import Position
from entente.ids import PartyId
from entente.joint.protected_sites import Category, Site
from entente.node import custody, enlistment, packages
from entente.node.home import Mark
from entente.node.node import Node
from entente.node.papers import Signed
from entente.picture.packages import digest
from entente.picture.recipients import Format, Listed, Recipient
from entente.report import package
from entente.report.package.document import Document, Package
from entente.store.sqlite import open_sqlite
from entente.testing.clock import ManualClock

SITES = 3000
NAMES = ("CSCom de Tin-Essako {}", "Centre de santé {}", "École publique {}", "مستشفى غاو {}")
USUAL = (Format.PDF, Format.CSV, Format.KML)


def rows(count: int = SITES) -> list[Row]:
    """Release packages of `count` sites with a record on the disk: the usual forms, every form, changes of a tenth."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        desk = _Desk(Path(folder) / "record.sqlite")
        held = _held(count)
        render = desk.send(held[:10], "warm", USUAL)  # fonts and libraries are loaded once for each process
        usual, every = desk.send(held, "usual", USUAL), desk.send(held, "every", tuple(Format))
        tenth = [replace(one, site=replace(one.site, name=f"{one.site.name} bis")) for one in held[::10]]
        changes = desk.send([*tenth, *(one for i, one in enumerate(held) if i % 10)], "usual", USUAL)
        desk.node.close()
    what = f"a package for {count:,} sites"
    kept = "chosen, coarsened, rendered, signed and kept"
    return [
        Row(what=f"{what}: form, CSV and KML", goal=5, measured=usual, unit="s", how=f"{kept}; {len(USUAL)} files"),
        Row(what=f"{what}: all eight forms", goal=None, measured=every, unit="s", how=f"{kept}; three PDF among them"),
        Row(
            what="the next package, a tenth changed", goal=None, measured=changes, unit="s",
            how=f"against what the recipient holds; the first of all took {render:.1f} s for ten sites",
        ),
    ]  # fmt: skip


class _Desk:
    def __init__(self, record: Path) -> None:
        self.clock = ManualClock(datetime(2026, 11, 22, 10, 30, tzinfo=UTC))
        keys = custody.generate_node("localhost")
        self.node = Node(PartyId("desk"), open_sqlite(record, create=True), keys, self.clock, Mark(None), exercise=True)
        self.key = custody.generate("desk/duty")

    def send(self, held: Sequence[Listed], name: str, formats: tuple[Format, ...]) -> float:
        """Release a package, and return how long [s] it took."""
        to = Recipient(name=name, formats=formats, precision_m=1000)
        if name not in enlistment.enlisted(self.node):
            message = enlistment.statement(self.node, to, self.clock.now())
            enlistment.enlist(self.node, message, self._signed(enlistment.KIND, message))
        begun = time.perf_counter()
        prepared = packages.prepare(self.node, to, held, bytes(32))
        told = Package(
            sender="Coordination desk", released_by="desk/duty, protection", exercise=True, recipient=to,
            number=prepared.number, since=prepared.since, made=prepared.made, until=prepared.until, copy=prepared.copy,
            rows=prepared.rows, held=len(prepared.after), list_hash=digest(prepared.after),
        )  # fmt: skip
        files = package.render(Document(told))
        manifest = packages.manifest(self.node, prepared, files)
        packages.release(self.node, prepared, manifest, self._signed(packages.KIND, manifest.encode()))
        return time.perf_counter() - begun

    def _signed(self, kind: str, message: bytes) -> Signed:
        return Signed(
            officer="desk/duty",
            office="protection",
            key=self.key.public.plain(),
            signature=self.key.sign(kind, message),
        )


def _held(count: int) -> list[Listed]:
    """Return sites with names as a health list of the Sahel has them, one in four Arabic, one in fifty not placed."""
    found = []
    for i in range(count):
        place = None if i % 50 == 7 else Position(lat=13 + i * 7 % 1009 / 250, lon=-4 + i * 13 % 997 / 120)
        found.append(
            Site(
                id=f"s-{i}", name=NAMES[i % len(NAMES)].format(i), category=list(Category)[i % 4], position=place,
                uncertainty_m=100.0, country="Mali", region="Gao", district=f"District {i % 40}",
                confirmed_at=datetime(2026, 10, 1, tzinfo=UTC),
            )
        )  # fmt: skip
    return [Listed(list="health", site=site) for site in found]
