"""Agreements: one readable TOML file that every signatory signs by the hash of its content (R-01, R-07, R-08, R-14).

What is signed is the file's content, spelled canonically: layout and comments do not count, every value does. Numbers
are integers, with their unit in the name; positions, altitudes and times are text as people write them.

An agreement of kind ``coordination`` binds its signatories; one of kind ``notification`` is an instrument that only
the notifier signs, and the others receive under it (R-38: it asks nobody's permission).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

import msgspec

from entente import canonical
from entente.errors import Malformed
from entente.geo import altitude, interval, position
from entente.geo.volume import Circle as CircleShape
from entente.geo.volume import Corridor, Polygon, Shape
from entente.ids import AgreementId, CircleId, Hash, PartyId, is_hash, name
from entente.joint.act import ALL, moment, spell
from entente.joint.areas import Area, AreaClass
from entente.joint.plan import Crew
from entente.joint.protected_sites import Category
from entente.joint.standard import Minimum, Standard
from entente.tlog.note import Kind, NoteKey

Mode = Literal["flight_safety", "independent"]
EXERCISE = "exercise-"
MAX_PARTIES, MAX_CIRCLES = 32, 64
LONGEST_S = 366 * 86400
"""No agreed period is longer [s]."""
OF_CODES = tuple(f"OF-{grade}" for grade in range(1, 11))


class Party(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A party, pinned by the fingerprint of its root key. Who does not fly receives no operations."""

    id: PartyId
    name: str
    root: Hash
    flies: bool
    signs: bool


class Circle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who decides and who only reads; `key` is the SHA-256 of the circle's tag key."""

    id: CircleId
    key: Hash
    deciders: tuple[PartyId, ...] = ()
    readers: tuple[PartyId, ...] = ()

    @property
    def members(self) -> frozenset[PartyId]:
        """Everyone to whom its acts go, whole."""
        return frozenset(self.deciders) | frozenset(self.readers)


class Times(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Agreed periods [s]: notice before independent action, time to answer, the feed's cadence, a statement's life.

    `notice_s`, and in an emergency `emergency_notice_s`, are how long before its start a humanitarian movement is
    notified, and within which a notice is to be loaded by those who fly: the theatre's rule (R-37).
    """

    independent_notice_s: int = 86400
    answer_s: int = 3600
    cadence_s: int = 60
    statement_s: int = 900
    notice_s: int = 48 * 3600
    emergency_notice_s: int = 24 * 3600


class _Gap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Horizontal in metres; vertical in metres or in feet, since 1,000 ft is no whole number of metres."""

    horizontal_m: int
    vertical_m: int = 0
    vertical_ft: int = 0
    time_s: int = 0

    def minimum(self) -> Minimum:
        """Return the minimum in SI.

        Raises:
            Malformed: `agreement.vertical`, when both units are given.
        """
        if self.vertical_m and self.vertical_ft:
            raise Malformed("agreement.vertical", "a minimum has vertical_m or vertical_ft, not both")
        vertical = self.vertical_m or self.vertical_ft * 3048 / 10000
        return Minimum(horizontal_m=self.horizontal_m, vertical_m=vertical, time_s=self.time_s)


class _Pair(_Gap, frozen=True, kw_only=True, forbid_unknown_fields=True):
    a: Crew
    b: Crew


class _SiteRule(_Gap, frozen=True, kw_only=True, forbid_unknown_fields=True):
    category: Category


class _Standard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    pair: tuple[_Pair, ...]
    site: tuple[_SiteRule, ...] = ()
    site_default: _Gap = _Gap(horizontal_m=1852, vertical_m=1500)
    area: _Gap = _Gap(horizontal_m=0)
    fl_uncertainty_m: int = 300
    terrain_ceiling_m: int = 9000


class _Area(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str
    area_class: AreaClass
    polygon: tuple[str, ...] = ()
    circle: str = ""
    radius_m: int = 0
    corridor: tuple[str, ...] = ()
    half_width_m: int = 0
    lower: str = ""
    upper: str = ""
    start: str = ""
    end: str = ""
    exempt: tuple[PartyId, ...] = ()


class _Text(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str
    kind: Literal["coordination", "notification"]
    exercise: bool
    rules: Literal[1]
    starts: str
    party: tuple[Party, ...]
    circle: tuple[Circle, ...]
    mode: Mode = "independent"
    unopposed: bool = False
    """Whether a decider's proven silence covers an operation (JOINT-106)."""
    passkeys: bool = False
    """Whether an officer may sign with a passkey (suite W1, JOINT-134): classical, and held by his device."""
    witness: str = ""
    """The neutral witness whose cosignature makes standings final too: its key as TLOG-11 spells it (JOINT-130)."""
    standard: _Standard | None = None
    times: Times = Times()
    area: tuple[_Area, ...] = ()
    predecessor: str = ""
    note: str = ""
    ranks: dict[str, tuple[str, ...]] = {}
    """Equivalence of ranks (R-03): an OF code of STANAG 2116 and the ranks and civilian grades that count as equal."""
    authority: dict[str, tuple[str, ...]] = {}


@dataclass(frozen=True)
class Agreement:
    """An agreement as the rules read it. `plain` is the content that was hashed."""

    plain: Mapping[str, Any]
    digest: Hash
    text: _Text
    starts: datetime

    @property
    def id(self) -> AgreementId:
        """The agreement's name, the same for its successors."""
        return AgreementId(self.text.id)

    @property
    def mode(self) -> Mode:
        """How operations are settled."""
        return self.text.mode

    @property
    def passkeys(self) -> bool:
        """Whether officers may sign with passkeys."""
        return self.text.passkeys

    @property
    def exercise(self) -> bool:
        """Whether all of it is an exercise."""
        return self.text.exercise

    @property
    def times(self) -> Times:
        """The agreed periods."""
        return self.text.times

    @cached_property
    def parties(self) -> Mapping[PartyId, Party]:
        """The parties by id."""
        return {party.id: party for party in self.text.party}

    @cached_property
    def circles(self) -> Mapping[CircleId, Circle]:
        """The circles by id."""
        return {circle.id: circle for circle in self.text.circle}

    @cached_property
    def signatories(self) -> tuple[PartyId, ...]:
        """Those without whose signature it does not exist."""
        return tuple(party.id for party in self.text.party if party.signs)

    @cached_property
    def standard(self) -> Standard | None:
        """The separation standard; an instrument of notification has none."""
        return _standard(self.text.standard) if self.text.standard else None

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """The designated areas."""
        return tuple(_area(area) for area in self.text.area)

    @cached_property
    def authority(self) -> Mapping[str, frozenset[str]]:
        """The rows of the authority table that this agreement replaces."""
        return {verb: frozenset(offices) for verb, offices in self.text.authority.items()}

    def party(self, party: str) -> Party:
        """Return a party of the agreement; the caller has seen that it is one."""
        return self.parties[PartyId(party)]

    def circle(self, circle: str) -> Circle:
        """Return a circle of the agreement; the caller has seen that it is one."""
        return self.circles[CircleId(circle)]


def parse(text: str) -> Agreement:
    """Read an agreement's TOML.

    Raises:
        Malformed: `agreement.toml`, `agreement.field` and others under `agreement.`, each naming the field.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed("agreement.toml", f"not TOML: {error}") from None
    return load(_plain(raw, "agreement"))


def load(plain: Mapping[str, Any]) -> Agreement:
    """Read an agreement's canonical content.

    Raises:
        Malformed: as `parse`.
    """
    canonical.check(dict(plain))
    try:
        body = msgspec.convert(plain, _Text, strict=True)
    except msgspec.ValidationError as error:
        raise Malformed("agreement.field", f"the agreement is not complete or not right: {error}") from None
    _consistent(body)
    agreement = Agreement(plain=plain, digest=canonical.digest(dict(plain)), text=body, starts=moment(body.starts))
    # Both are read on first use; reading them here means that an agreement that exists has a usable map and standard.
    _ = agreement.areas, agreement.standard
    return agreement


def diff(a: Agreement, b: Agreement) -> list[tuple[str, str, str]]:
    """Return what differs: (path, in `a`, in `b`), in order of path; empty text where it is absent."""
    left, right = dict(_flat(a.plain, "")), dict(_flat(b.plain, ""))
    paths = sorted(set(left) | set(right))
    return [(p, left.get(p, ""), right.get(p, "")) for p in paths if left.get(p) != right.get(p)]


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for place, item in enumerate(value):
            label = item.get("id") or item.get("category") or place if isinstance(item, dict) else place
            yield from _flat(item, f"{path}[{label}]")
    else:
        yield path, str(value)


def _plain(value: Any, path: str) -> Any:
    """Turn TOML's own types into canonical ones; floats have no place in signed bytes."""
    if isinstance(value, dict):
        return {key: _plain(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, f"{path}[{place}]") for place, item in enumerate(value)]
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise Malformed("agreement.time", f"{path}: a time needs its zone, as in 2026-12-01T06:00:00Z")
        return spell(value)
    if isinstance(value, float):
        raise Malformed(
            "agreement.float", f"{path}: {value} is not whole; use integers in the unit that the name gives"
        )
    if not isinstance(value, str | int | bool):
        raise Malformed("agreement.type", f"{path}: a {type(value).__name__} has no place here; write text")
    return value


def _consistent(body: _Text) -> None:
    """Raise Malformed when parts of the agreement do not fit together."""
    if name(body.id, "agreement id") == "journal":
        raise Malformed("agreement.reserved", "'journal' is the name of a party's own record; choose another id")
    parties = [name(party.id, "party") for party in body.party]
    circles = [name(circle.id, "circle") for circle in body.circle]
    checks = {
        "agreement.exercise": (
            body.exercise == body.id.startswith(EXERCISE),
            f"an exercise's id begins with {EXERCISE!r}, and no other does: {body.id!r}",
        ),
        "agreement.parties": (
            1 < len(set(parties)) == len(parties) <= MAX_PARTIES,
            f"from 2 to {MAX_PARTIES} parties, each once",
        ),
        "agreement.circles": (
            ALL in circles and len(set(circles)) == len(circles) <= MAX_CIRCLES,
            "each circle once, and one of them is 'all'",
        ),
        "agreement.all": (
            all(c.members == set(parties) for c in body.circle if c.id == ALL),
            "circle 'all' holds every party, as decider or reader",
        ),
        "agreement.members": (
            all(c.members <= set(parties) for c in body.circle),
            "a circle names someone who is no party",
        ),
        "agreement.pins": (
            all(is_hash(p.root) for p in body.party) and all(is_hash(c.key) for c in body.circle),
            "each party's root and each circle's key is a SHA-256 in 64 lower-case hexadecimal digits",
        ),
        "agreement.signatories": (
            any(p.signs for p in body.party)
            and (body.kind == "notification" or all(p.signs for p in body.party if p.flies)),
            "everyone who flies signs, and someone does",
        ),
        "agreement.standard": (
            body.kind == "notification" or body.standard is not None,
            "a coordination agreement fixes a separation standard",
        ),
        "agreement.times": (
            all(0 < period <= LONGEST_S for period in msgspec.structs.astuple(body.times)),
            f"every agreed period is at least one second and at most {LONGEST_S}",
        ),
        "agreement.unopposed": (
            not body.unopposed or (body.kind == "coordination" and body.mode == "independent"),
            "silence may count (unopposed) only in a coordination agreement of mode independent",
        ),
        "agreement.witness": (
            not body.witness or (body.kind == "coordination" and _cosigns(body.witness)),
            "witness is a cosigner's key, NAME+ID+BASE64 of kind 04 or 06, in a coordination agreement",
        ),
        "agreement.ranks": (
            all(code in OF_CODES for code in body.ranks)
            and _once(name for names in body.ranks.values() for name in names),
            "ranks stand under OF-1 to OF-10 (STANAG 2116), each rank or grade once",
        ),
        "agreement.predecessor": (not body.predecessor or is_hash(body.predecessor), "predecessor is a SHA-256"),
    }
    for code, (holds, sentence) in checks.items():
        if not holds:
            raise Malformed(code, sentence)


def _cosigns(key: str) -> bool:
    try:
        return NoteKey.parse(key).kind is not Kind.ED25519
    except Malformed:
        return False


def _once(names: Iterable[str]) -> bool:
    listed = list(names)
    return len(set(listed)) == len(listed)


def _standard(text: _Standard) -> Standard:
    return Standard(
        name=text.name,
        pairs={(pair.a, pair.b): pair.minimum() for pair in text.pair},
        sites={rule.category: rule.minimum() for rule in text.site},
        site_default=text.site_default.minimum(),
        area=text.area.minimum(),
        fl_uncertainty_m=text.fl_uncertainty_m,
        terrain_ceiling_m=text.terrain_ceiling_m,
    )


def _area(text: _Area) -> Area:
    try:
        band = None
        if text.lower or text.upper:
            band = altitude.Band(lower=altitude.parse(text.lower), upper=altitude.parse(text.upper))
        when = None
        if text.start or text.end:
            when = interval.Interval(start=moment(text.start), end=moment(text.end))
        return Area(
            id=text.id, title=text.title, area_class=text.area_class, shape=_shape(text), band=band, interval=when,
            exempt=frozenset(text.exempt),
        )  # fmt: skip
    except Malformed as error:
        raise error.at(f"area {text.id}") from None


def _shape(text: _Area) -> Shape:
    given = [bool(text.polygon), bool(text.circle), bool(text.corridor)]
    if sum(given) != 1:
        raise Malformed("agreement.shape", "an area has exactly one of polygon, circle and corridor")
    if text.polygon:
        return Polygon(ring=tuple(position.parse(p) for p in text.polygon))
    if text.circle:
        return CircleShape(centre=position.parse(text.circle), radius_m=text.radius_m)
    return Corridor(path=tuple(position.parse(p) for p in text.corridor), half_width_m=text.half_width_m)
