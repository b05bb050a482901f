"""A desk without any agreement, whose officer releases packages; and what tests ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from entente.feed.suite import PublicKey
from entente.geo.position import Position
from entente.ids import PartyId
from entente.joint.protected_sites import Category, Site
from entente.node import custody, enlistment, packages
from entente.node.custody import SigningKey
from entente.node.home import Mark
from entente.node.node import Node
from entente.node.packages import Manifest, Prepared
from entente.node.papers import Signed
from entente.picture.recipients import Format, Listed, Recipient
from entente.report import package
from entente.report.package.document import Document, Package
from entente.store.memory import MemoryStore
from entente.testing.clock import ManualClock
from entente.testing.coalition import START

SECRET = b"0123456789abcdef"
AGENCY = Recipient(name="agency", formats=(Format.CSV,), precision_m=1000)


def clinic(ident: str = "c-3", lat: float = 31.951569, lon: float = 35.923963, **other: Any) -> Site:
    """Return a clinic."""
    said = {"name": f"Clinic {ident}", "category": Category.MEDICAL, "uncertainty_m": 50.0, "country": "Jordan"}
    return Site(id=ident, position=Position(lat=lat, lon=lon), **{**said, **other})  # type: ignore[arg-type]


def listed(*sites: Site, name: str = "health") -> list[Listed]:
    """Return sites as one list of the desk's."""
    return [Listed(list=name, site=site) for site in sites]


@dataclass
class PackageDesk:
    """A party alone, with one officer who may release."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    node: Node = field(init=False)
    key: SigningKey = field(default_factory=lambda: custody.generate("desk/duty"))

    def __post_init__(self) -> None:
        self.node = Node(
            PartyId("desk"), MemoryStore(), custody.generate_node("localhost"), self.clock, Mark(None), exercise=True
        )

    def signed(self, kind: str, message: bytes, office: str = "protection", **changes: Any) -> Signed:
        """Sign as the desk's officer."""
        public: PublicKey = self.key.public
        signed = Signed(officer="desk/duty", office=office, key=public.plain(), signature=self.key.sign(kind, message))
        return replace(signed, **changes)

    def enlist(self, wanted: Recipient = AGENCY) -> Recipient:
        """Add or change a recipient."""
        message = enlistment.statement(self.node, wanted, self.clock.now())
        enlistment.enlist(self.node, message, self.signed(enlistment.KIND, message))
        return enlistment.recipient(self.node, wanted.name)

    def prepare(self, sites: Sequence[Listed], name: str = "agency", **how: Any) -> Prepared:
        """Prepare a package."""
        return packages.prepare(self.node, enlistment.recipient(self.node, name), sites, SECRET, **how)

    def send(self, sites: Sequence[Listed], name: str = "agency", **how: Any) -> tuple[Manifest, dict[str, bytes]]:
        """Prepare, render, sign and release a package, a minute after the last."""
        self.clock.advance(seconds=60)
        prepared = self.prepare(sites, name, **how)
        files = render(prepared)
        manifest = packages.manifest(self.node, prepared, files)
        packages.release(self.node, prepared, manifest, self.signed(packages.KIND, manifest.encode()))
        return manifest, files


def render(prepared: Prepared, **changes: Any) -> dict[str, bytes]:
    """Return a package's files."""
    from entente.picture.packages import digest

    whole = Package(
        sender="Coordination desk", released_by="desk/duty, protection", exercise=True, recipient=prepared.recipient,
        number=prepared.number, since=prepared.since, made=prepared.made, until=prepared.until, copy=prepared.copy,
        rows=prepared.rows, held=len(prepared.after), list_hash=digest(prepared.after),
    )  # fmt: skip
    return package.render(Document(replace(whole, **changes)))


HOUR = timedelta(hours=1)
