"""Tracks: where aircraft were seen last and how they moved, one by one or as arrays.

A track flies on as it was seen: along the WGS84 geodesic of its course, at its ground speed and vertical rate. That is
what the live functions compare (`approach`, `conformance`); what a pilot will do is in the plan, not here.

>>> from datetime import UTC
>>> from entente.geo.altitude import parse
>>> seen = Track(id="4b1803", crew=Crew.CREWED, position=Position(lat=47.45, lon=8.55), altitude=parse("FL240"),
...     speed_mps=230.0, course_deg=90.0, climb_mps=0.0, time=datetime(2026, 11, 22, 10, tzinfo=UTC))
>>> tracks = Tracks.of([seen])
>>> tracks.ids, tracks.altitude_m.tolist()
(('4b1803',), [7315.2])
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np

from entente.deconfliction.core import Floats, Rows
from entente.errors import Malformed
from entente.geo.altitude import Altitude, Reference
from entente.geo.interval import utc
from entente.geo.position import Position, number
from entente.joint.plan import Crew

FASTEST_MPS = 2_000.0
"""[m/s] Over the ground; the fastest aircraft that took off by itself flew 980 m/s."""
STEEPEST_MPS = 500.0
"""[m/s] Upwards or downwards."""
CREWS = tuple(Crew)
REFERENCES = (Reference.AMSL, Reference.FL, Reference.WGS84, Reference.AGL)
"""Their places are the codes in `Tracks.reference`, as in `vertical`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One aircraft as it was seen at `time`: course [degrees from true north], speed over the ground, vertical rate.

    `altitude` None was not told: it counts as any. `doubt_m` [m] is how far off the position may be.
    """

    id: str
    crew: Crew
    position: Position
    altitude: Altitude | None
    speed_mps: float
    course_deg: float
    climb_mps: float
    time: datetime
    doubt_m: float = 0.0

    def __post_init__(self) -> None:
        number(self.speed_mps, "ground speed [m/s]", 0.0, FASTEST_MPS, "track.speed")
        number(self.course_deg, "course [degrees]", 0.0, 360.0, "track.course")
        number(self.climb_mps, "vertical rate [m/s]", -STEEPEST_MPS, STEEPEST_MPS, "track.climb")
        number(self.doubt_m, "position doubt [m]", 0.0, 1_000_000.0, "track.doubt")
        utc(self.time, "time of the fix")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tracks:
    """Many tracks as columns (n,), as a receiver gives them: unlike a `Track`, a row may lack something (NaN).

    `crew` and `reference` are places in `CREWS` and `REFERENCES`; `time_s` [s since 1970-01-01T00:00Z]. What a row
    lacks is told by whoever compares it, so that one bad row hides no other.
    """

    ids: tuple[str, ...]
    crew: Rows
    lat: Floats
    lon: Floats
    altitude_m: Floats
    reference: Rows
    speed_mps: Floats
    course_deg: Floats
    climb_mps: Floats
    time_s: Floats
    doubt_m: Floats

    def __post_init__(self) -> None:
        for name in self.__slots__[1:]:
            column = getattr(self, name)
            if column.shape != (len(self.ids),):
                raise Malformed("tracks.shape", f"{name} has shape {column.shape}; {len(self.ids)} ids want one each")
        for name, words in (("crew", CREWS), ("reference", REFERENCES)):
            column = getattr(self, name)
            if len(column) and not (column.min() >= 0 and column.max() < len(words)):
                raise Malformed("tracks.code", f"{name} holds a code outside 0 to {len(words) - 1}")
        if len(set(self.ids)) < len(self.ids):
            raise Malformed("tracks.repeated", "two tracks have the same id; give each aircraft once")

    @classmethod
    def of(cls, tracks: Iterable[Track]) -> Self:
        """Return the columns of these tracks, in their order.

        Raises:
            Malformed: `tracks.repeated`, when two have the same id.
        """
        rows = list(tracks)

        def floats(values: Iterable[float]) -> Floats:
            return np.fromiter(values, dtype=float, count=len(rows))

        def codes(values: Iterable[int]) -> Rows:
            return np.fromiter(values, dtype=np.int64, count=len(rows))

        return cls(
            ids=tuple(row.id for row in rows),
            crew=codes(CREWS.index(row.crew) for row in rows),
            lat=floats(row.position.lat for row in rows),
            lon=floats(row.position.lon for row in rows),
            altitude_m=floats(np.nan if row.altitude is None else row.altitude.metres for row in rows),
            reference=codes(0 if row.altitude is None else REFERENCES.index(row.altitude.reference) for row in rows),
            speed_mps=floats(row.speed_mps for row in rows),
            course_deg=floats(row.course_deg for row in rows),
            climb_mps=floats(row.climb_mps for row in rows),
            time_s=floats(row.time.timestamp() for row in rows),
            doubt_m=floats(row.doubt_m for row in rows),
        )

    def __len__(self) -> int:
        return len(self.ids)
