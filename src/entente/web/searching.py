"""Looking things up: a position in three spellings, and anything on the map by its name, id or place."""

from __future__ import annotations

from collections.abc import Iterator

from entente.errors import Malformed
from entente.geo.position import Position, parse_with_precision, show
from entente.picture import board
from entente.web import forms, picturing
from entente.web.shapes import Hit, Hits, Spelt
from entente.web.viewer import Viewer

MOST = 50


def spelt(text: str) -> Spelt:
    """Return a position, typed in any spelling, in three.

    Raises:
        Malformed: `geo.*`.
    """
    position, within = parse_with_precision(text)
    return _spelt(position, within)


def spelt_at(lat: float, lon: float) -> Spelt:
    """Return the position under a cursor in three spellings.

    Raises:
        Malformed: `geo.latitude`, `geo.longitude`, `geo.number`.
    """
    return _spelt(Position(lat=lat, lon=lon), 0.0)


def _spelt(position: Position, within: float) -> Spelt:
    three = show(position)
    return Spelt(position=forms.point(position), decimal=three.decimal, dms=three.dms, mgrs=three.mgrs, within_m=within)


def search(viewer: Viewer, text: str) -> Hits:
    """Return what a text names, by part of a name or id, or as a position; the first `MOST`, by kind and name.

    Only what this officer's map shows is found.
    """
    wanted = " ".join(text.split()).casefold()
    found = [hit for hit in _every(viewer) if wanted and wanted in f"{hit.text} {hit.subject}".casefold()]
    place = _position(text)
    return Hits(hits=tuple([*place, *found][:MOST]))


def _position(text: str) -> list[Hit]:
    try:
        there = spelt(text)
    except Malformed:
        return []
    return [Hit(code="position", agreement="", subject="", text=f"{there.decimal}, {there.mgrs}",
                position=there.position)]  # fmt: skip


def _every(viewer: Viewer) -> Iterator[Hit]:
    picturing.hold(viewer)
    for place in viewer.places():
        past = place.fold.now()
        plans = picturing.plans_at(viewer, place, past)
        for row in board.operation_rows(place.fold, plans, viewer.now):
            plan = plans.get(row.leaf)
            where = forms.rings(plan.volumes[0].shape)[0][0] if plan else None
            names = f"{plan.callsign} {plan.title}".strip() if plan else row.subject
            yield Hit(code="operation", agreement=place.book.id, subject=row.subject, text=names, position=where)
        for listed in picturing.list_views(viewer, place):
            yield Hit(code="list", agreement=listed.agreement, subject=listed.row.subject, text=listed.row.subject,
                      position=None)  # fmt: skip
            for site in picturing.sites(viewer, listed):
                yield Hit(code="site", agreement=listed.agreement, subject=f"{site.list}/{site.id}", text=site.name,
                          position=site.position)  # fmt: skip
        for view in picturing.movements_of(viewer, place):
            where = view.drawn[0].rings[0][0] if view.drawn else None
            yield Hit(code="movement", agreement=view.agreement, subject=view.row.subject,
                      text=view.row.title or view.row.subject, position=where)  # fmt: skip
    for area in picturing.areas(viewer):
        yield Hit(code="area", agreement=area.agreement, subject=f"{area.agreement}/{area.id}", text=area.title,
                  position=area.drawn[0][0][0])  # fmt: skip
