"""Screening: everything that a plan comes closer to than the standard allows.

Rules kept:

- No conflict is missed. What is not known exactly is added to the separation, and each finding says how much.
- One finding for each pair of plan and other: the pair of volumes that is worst, by the greatest of its three gaps,
  each as a part of what is required.
- The answer follows from the arguments alone: not from a clock, nor from the order in which things were put.

>>> from datetime import UTC, datetime
>>> from entente.deconfliction.airspace import Airspace
>>> from entente.geo import altitude, interval, position, volume
>>> from entente.joint.plan import Crew, Kind
>>> from entente.joint.protected_sites import Category
>>> here = volume.Volume(
...     shape=volume.Circle(centre=position.parse("47.4500 8.5500"), radius_m=1000.0),
...     band=altitude.parse_band("GND-3000 ft AGL"),
...     interval=interval.Interval.parse("2026-11-22T10:00:00Z/2026-11-22T11:00:00Z"))
>>> plan = Plan(id="operation/north/1@1", title="Survey", kind=Kind.GENERAL, crew=Crew.UNCREWED, volumes=(here,))
>>> airspace = Airspace()
>>> airspace.put_site(Site(id="s1", name="Clinic", category=Category.MEDICAL,
...     position=position.parse("47.4500 8.5700"), uncertainty_m=50.0))
>>> now = datetime(2026, 11, 22, 9, tzinfo=UTC)
>>> found = screen(plan, airspace, Standard(name="example", pairs={}), now=now).findings
>>> [(finding.other, round(finding.horizontal_m), finding.required_horizontal_m, finding.doubt_m) for finding in found]
[('s1', 508, 1852.0, 50.01)]
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import numpy as np

from entente.deconfliction.airspace import CATEGORIES, CREWS, Airspace, plan_rows
from entente.deconfliction.districts import Extent, Ways
from entente.deconfliction.index import Index, Needs
from entente.deconfliction.layer import Layer, worst_of_each
from entente.deconfliction.links import broken_links
from entente.deconfliction.vertical import margins
from entente.errors import Malformed
from entente.geo.interval import spell, whole_ms
from entente.joint.plan import Crew, Plan
from entente.joint.protected_sites import Category, Site
from entente.joint.screening import Against, Finding, Input, Screening
from entente.joint.standard import Minimum, Standard


def screen(
    plan: Plan,
    airspace: Airspace,
    standard: Standard,
    *,
    now: datetime,
    ignore: Collection[str] = (),
    party: str | None = None,
) -> Screening:
    """Find every activity, protected site and area in `airspace` that comes closer to `plan` than `standard` allows.

    Separation is horizontal [m] along the WGS84 ellipsoid and vertical [m] by ADR-0004: altitudes that cannot be
    compared count as overlapping, and the finding says so. Times are half-open, so volumes that only touch in time are
    apart. Plans named in `ignore` and `plan` itself are left out, as are areas that exempt `party`. `now` decides which
    sites have expired; they are screened all the same. Findings are ordered by start, those without first, then by id.

    Raises:
        Malformed: `plan.empty`, when the plan has no volume; `standard.pair`, when the standard has no minimum for two
            crews that meet here.
    """
    own = Index()
    own.put(plan.id, plan_rows(plan))
    ignored = {*ignore, plan.id}
    held = layers(plan, airspace, standard, now, ignored, party)
    found = [
        *(finding for layer in held for finding in worst_of_each(plan, own, layer)),
        *broken_links(plan, airspace, ignored),
        *_unplaced(plan, airspace, standard, now),
    ]
    found.sort(key=lambda finding: (_start(finding), finding.other, finding.against, finding.marks))
    return Screening(
        plan=plan.id,
        standard=standard.name,
        made_at=whole_ms(now),
        compared={
            Against.OPERATION.value: len(airspace.plans) - sum(name in airspace.plans for name in ignored),
            Against.SITE.value: len(airspace.sites) + len(airspace.movements),
            Against.AREA.value: len(airspace.areas) - len(held[-1].left_out),
        },
        findings=tuple(found),
    )


def layers(
    plan: Plan, airspace: Airspace, standard: Standard, now: datetime, ignored: Collection[str], party: str | None
) -> tuple[Layer, ...]:
    """Return what a plan is compared with: operations, sites, areas.

    Raises:
        Malformed: `standard.pair`, as `screen`.
    """
    exempt = {area.id for area in airspace.areas.values() if party is not None and party in area.exempt}
    return (
        _operations(plan, airspace, standard, ignored),
        _sites(airspace, standard, now),
        _areas(airspace, standard, exempt),
    )


def _operations(plan: Plan, airspace: Airspace, standard: Standard, ignored: Collection[str]) -> Layer:
    present = airspace.crews.copy()
    present.subtract(airspace.plans[name].crew for name in ignored if name in airspace.plans)
    needs = [minimum_between(standard, plan.crew, crew) if present[crew] else _NOTHING for crew in CREWS]
    return Layer(
        against=Against.OPERATION,
        rows=airspace.plan_rows,
        needs=needs_of(needs, standard),
        left_out=ignored,
        title=lambda other: airspace.plans[other].title,
        marks=lambda other: (),
    )


def _sites(airspace: Airspace, standard: Standard, now: datetime) -> Layer:
    return Layer(
        against=Against.SITE,
        rows=airspace.site_rows,
        needs=needs_of([standard.sites.get(category, standard.site_default) for category in CATEGORIES], standard),
        left_out=(),
        title=lambda site: _site_title(airspace, site),
        marks=lambda site: _site_marks(airspace, site, now),
    )


def _site_title(airspace: Airspace, name: str) -> str:
    return airspace.movements[name] if name in airspace.movements else airspace.sites[name].name


def _site_marks(airspace: Airspace, name: str, now: datetime) -> tuple[str, ...]:
    told = airspace.marks.get(name, ())
    if name in airspace.movements:
        return (*told, f"site.{Category.HUMANITARIAN_MOVEMENT}")
    return (*told, "site.expired") if _expired(airspace.sites[name], now) else told


def _areas(airspace: Airspace, standard: Standard, exempt: Collection[str]) -> Layer:
    return Layer(
        against=Against.AREA,
        rows=airspace.area_rows,
        needs=needs_of([standard.area], standard),
        left_out=exempt,
        title=lambda area: airspace.areas[area].title,
        marks=lambda area: (f"area.{airspace.areas[area].area_class}",),
    )


_NOTHING = Minimum(horizontal_m=0.0, vertical_m=0.0)


def minimum_between(standard: Standard, one: Crew, other: Crew) -> Minimum:
    """Return what a standard asks for between two crews.

    Raises:
        Malformed: `standard.pair`, when it names no such pair.
    """
    minimum = standard.pairs.get((one, other)) or standard.pairs.get((other, one))
    if minimum is None:
        raise Malformed(
            "standard.pair",
            f"standard {standard.name} gives no minimum between {one} and {other}; add one",
            where="pairs",
        )
    return minimum


def needs_of(minima: Sequence[Minimum], standard: Standard) -> Needs:
    """Return minima, one for each group, as an index takes them."""
    return Needs(
        horizontal_m=np.array([minimum.horizontal_m for minimum in minima]),
        vertical_m=np.array([minimum.vertical_m for minimum in minima]),
        time_ms=np.array([round(minimum.time_s * 1000) for minimum in minima], dtype=np.int64),
        margins=margins(standard),
    )


def _unplaced(plan: Plan, airspace: Airspace, standard: Standard, now: datetime) -> Iterator[Finding]:
    """Yield one finding for each district that has sites nobody has placed, and that the plan may come into.

    They may be anywhere in it. Where it lies is told by its placed sites, and where those do not tell, it may be here.
    """
    for district, known in _districts_met(plan, airspace, standard):
        sites = list(airspace.unplaced[district].values())
        needs = [standard.sites.get(site.category, standard.site_default) for site in sites]
        told = {mark for site in sites for mark in _site_marks(airspace, site.id, now)}
        told |= {"site.unplaced"}
        unknown = "" if known else ", wherever that lies"
        yield Finding(
            plan=plan.id,
            against=Against.UNPLACED,
            other=district,
            other_title=f"{len(sites)} protected site{'s'[: len(sites) > 1]} without a position in {district}{unknown}",
            horizontal_m=None,
            vertical_m=None,
            time_s=0.0,
            required_horizontal_m=max(need.horizontal_m for need in needs),
            required_vertical_m=max(need.vertical_m for need in needs),
            doubt_m=0.0,
            interval=None,
            place=None,
            marks=tuple(sorted(told)),
            inputs=(
                Input(kind=Against.OPERATION, id=plan.id),
                *(Input(kind=Against.SITE, id=site) for site in sorted(site.id for site in sites)),
            ),
        )


def _districts_met(plan: Plan, airspace: Airspace, standard: Standard) -> Iterator[tuple[str, bool]]:
    """Yield the districts with unplaced sites that a plan may come into, and whether it is known where they lie."""
    by_need: dict[float, dict[str, Extent]] = {}
    for district, sites in airspace.unplaced.items():
        where = airspace.districts.extent(next(iter(sites.values())))
        if where is None:
            yield district, False
        else:
            categories = {site.category for site in sites.values()}
            need = max(standard.sites.get(category, standard.site_default).horizontal_m for category in categories)
            by_need.setdefault(need, {})[district] = where
    ways = Ways(plan) if by_need else None
    for need, extents in by_need.items():
        assert ways is not None
        for district, met in zip(extents, ways.may_meet(list(extents.values()), need), strict=True):
            if met:
                yield district, True


def _expired(site: Site, now: datetime) -> bool:
    return site.expires_at is not None and site.expires_at <= now


def _start(finding: Finding) -> str:
    return "" if finding.interval is None else spell(finding.interval.start)
