"""Flights out of recorded ADS-B positions in CSV, as plans: real traffic to try screening with.

The columns are those of the OpenSky samples: ``timestamp`` (ISO 8601), ``icao24``, ``callsign``, ``latitude``,
``longitude``, ``altitude`` [ft, barometric]. Rules kept:

- A flight is one aircraft (icao24) under one callsign, without a silence of more than 30 minutes. An empty callsign
  continues the flight it falls into.
- Each flight is cut at whole multiples of `Cut.seconds` of UTC, by default every half minute. A piece with samples
  becomes one corridor from its first sample to the first of the next piece, wide and high enough to hold every sample
  from one to the other. Where samples are further apart, the silence becomes corridors of at most that length each:
  straight, at an even speed and an even climb.
- Altitudes stay pressure altitudes (reference FL). A row without a position or an altitude is counted and passed over.
- Ids follow from icao24, callsign and first time: the same file gives the same plans.

Of the recordings tried, `adsb_switzerland` (139,098 rows of 842 aircraft, none incomplete) gives 1,244 flights, none of
a single row; `adsb_calfire` (9,955 rows of 45 aircraft) 238, six of them of a single row; `adsb_refuelling` (10,397
rows, one without a position) one.

>>> side("4067f2"), side("44093b")
('even', 'odd')
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from typing import Literal

from entente.errors import Malformed
from entente.geo.altitude import FOOT_M, Altitude, Band, Reference
from entente.geo.interval import Interval, whole_ms
from entente.geo.position import Position
from entente.geo.volume import SMALLEST_EXTENT_M, Corridor, Volume
from entente.joint.plan import Crew, Kind, Plan

SILENCE_S = 1800.0
"""[s] A longer silence ends a flight."""
LAST_S = 1.0
"""[s] How long the last sample is occupied, as intervals do not hold their end."""
NEEDED = ("timestamp", "icao24", "callsign", "latitude", "longitude", "altitude")

Progress = Callable[[int, int], None]
"""Called now and then with bytes read and bytes in all."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One row: time [s since 1970], latitude and longitude [degrees], pressure altitude [m]."""

    time: float
    lat: float
    lon: float
    altitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How flights become pieces: how long one lasts [s], its least half width [m], what is added below and above [m].

    docs/guides/real-flights.md says what each choice costs in alarms.
    """

    seconds: float = 30.0
    half_width_m: float = SMALLEST_EXTENT_M
    height_m: float = 0.0


HALF_MINUTES = Cut()


@dataclass(slots=True)
class Tally:
    """What became of a file's rows: rows = incomplete + those in flights. Filled while `flights` is read."""

    rows: int = 0
    without_position: int = 0
    without_altitude: int = 0
    flights: int = 0
    single: int = 0
    """Flights of one sample; each is a plan of one circle for one second."""


@dataclass(slots=True)
class _Open:
    """A flight under way; owned by `flights`, and closed once."""

    icao24: str
    callsign: str
    samples: list[Sample] = field(default_factory=list)


def side(icao24: str) -> Literal["even", "odd"]:
    """Divide flights between two parties: by whether the address' last hexadecimal digit is even."""
    return "odd" if int(icao24[-1], 16) % 2 else "even"


def flights(
    path: Path, *, tally: Tally | None = None, progress: Progress | None = None, cut: Cut = HALF_MINUTES
) -> Iterator[Plan]:
    """Yield each flight of a recording as a plan, when it ends; only flights under way are held in memory.

    Rows must come in order of time, as recordings do.

    Raises:
        Malformed: with file and row; `adsb.column`, `adsb.row`, `adsb.order`, `file.missing`.
    """
    tally = Tally() if tally is None else tally
    under_way: dict[str, _Open] = {}
    for icao24, callsign, sample in _samples(path, tally, progress):
        held = under_way.get(icao24)
        if held is not None and (sample.time - held.samples[-1].time > SILENCE_S or _another(held.callsign, callsign)):
            yield _closed(under_way.pop(icao24), tally, cut)
            held = None
        if held is None:
            held = under_way[icao24] = _Open(icao24, callsign)
        held.callsign = held.callsign or callsign
        held.samples.append(sample)
    for held in under_way.values():
        yield _closed(held, tally, cut)


def _another(old: str, new: str) -> bool:
    return bool(old and new and old != new)


def _closed(flight: _Open, tally: Tally, cut: Cut) -> Plan:
    tally.flights += 1
    tally.single += len(flight.samples) == 1
    first = _moment(flight.samples[0].time)
    return Plan(
        id=f"adsb/{flight.icao24}/{flight.callsign or 'unknown'}/{first:%Y%m%dT%H%M%SZ}",
        title=f"{flight.callsign or flight.icao24} as flown",
        kind=Kind.GENERAL,
        crew=Crew.CREWED,
        volumes=tuple(_volumes(flight.samples, cut)),
        callsign=flight.callsign,
    )


# ------------------------------------------------------------------------------------------------ reading


def _samples(path: Path, tally: Tally, progress: Progress | None) -> Iterator[tuple[str, str, Sample]]:
    """Each complete row: address, callsign, sample."""
    try:
        with path.open("rb") as raw:
            size = path.stat().st_size
            unpacked = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
            rows = csv.reader(io.TextIOWrapper(unpacked, "utf-8", newline=""))
            columns = _columns(next(rows, []), path.name)
            last = -math.inf
            for number, row in enumerate(rows, 2):
                if progress is not None and number % 4096 == 0:
                    progress(raw.tell(), size)
                tally.rows += 1
                sample = _sample(row, columns, tally, f"{path.name}, row {number}")
                if sample is not None:
                    if sample.time < last:
                        raise Malformed(
                            "adsb.order", "is earlier than the row before it", where=f"{path.name}, row {number}"
                        )
                    last = sample.time
                    yield row[columns[1]].strip().lower(), row[columns[2]].strip(), sample
            if progress is not None:
                progress(size, size)
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error) as error:
        raise Malformed("file.missing", f"cannot be read as CSV ({error})", where=path.name) from error


def _columns(header: list[str], file: str) -> list[int]:
    if missing := [name for name in NEEDED if name not in header]:
        raise Malformed("adsb.column", f"lacks the column {', '.join(missing)}", where=f"{file}, row 1")
    return [header.index(name) for name in NEEDED]


def _sample(row: list[str], columns: list[int], tally: Tally, where: str) -> Sample | None:
    try:
        time, _, _, lat, lon, altitude = (row[column] for column in columns)
        if not lat or not lon:
            tally.without_position += 1
            return None
        if not altitude:
            tally.without_altitude += 1
            return None
        int(row[columns[1]], 16)
        sample = Sample(datetime.fromisoformat(time).timestamp(), float(lat), float(lon), float(altitude) * FOOT_M)
    except (ValueError, IndexError) as error:
        raise Malformed("adsb.row", f"cannot be read ({error})", where=where) from error
    if not (math.isfinite(sample.altitude) and abs(sample.lat) <= 90 and abs(sample.lon) <= 180):
        raise Malformed("adsb.row", "has a position or an altitude out of range", where=where)
    return sample


# ------------------------------------------------------------------------------------------------ samples to volumes


def _volumes(samples: list[Sample], cut: Cut) -> Iterator[Volume]:
    """The corridors that hold a flight's samples, one after another in time."""
    pieces = [list(part) for _, part in groupby(samples, lambda sample: sample.time // cut.seconds)]
    for here, after in pairwise(pieces):
        yield from _leg([*here, after[0]], cut)
    yield from _leg(pieces[-1], cut, last=True)


def _leg(samples: list[Sample], cut: Cut, last: bool = False) -> Iterator[Volume]:
    """From the first of `samples` to the last, in more pieces where they lie further apart than one may last.

    A leg of less than two pieces stays whole: its ends lie about a piece apart, on either side of where it was cut.
    """
    start, end = samples[0], samples[-1]
    until = end.time + (LAST_S if last else 0.0)
    if until - start.time < 2 * cut.seconds:
        yield _corridor(samples, start.time, until, cut)
        return
    inside = samples[:-1]  # those of the piece itself; the silence after them is taken as straight
    yield from _leg(inside, cut) if len(inside) > 1 else ()
    yield from _silence(inside[-1], end, cut)


def _silence(a: Sample, b: Sample, cut: Cut) -> Iterator[Volume]:
    pieces = math.ceil((b.time - a.time) / cut.seconds)
    turn = (b.lon - a.lon + 180) % 360 - 180  # the short way round
    steps = [
        Sample(
            a.time + (b.time - a.time) * k / pieces,
            a.lat + (b.lat - a.lat) * k / pieces,
            _wrapped(a.lon + turn * k / pieces),
            a.altitude + (b.altitude - a.altitude) * k / pieces,
        )
        for k in range(1, pieces)
    ]
    for here, there in pairwise([a, *steps, b]):
        yield _corridor([here, there], here.time, there.time, cut)


def _corridor(samples: list[Sample], begins: float, ends: float, cut: Cut) -> Volume:
    path = [Position(lat=samples[0].lat, lon=samples[0].lon), Position(lat=samples[-1].lat, lon=samples[-1].lon)]
    heights = [sample.altitude for sample in samples]
    return Volume(
        shape=Corridor(path=tuple(dict.fromkeys(path)), half_width_m=max(_half_width(samples), cut.half_width_m)),
        band=Band(lower=_level(min(heights) - cut.height_m), upper=_level(max(heights) + cut.height_m)),
        # Two rows of one instant would make an empty interval.
        interval=Interval(start=_moment(begins), end=_moment(max(ends, begins + LAST_S))),
    )


def _half_width(samples: list[Sample]) -> float:
    """A width [m] that surely holds the samples, in whole metres.

    Distances are taken on a plane around the leg. Over the few kilometres of a minute that is wrong by less than 1 %
    and 5 m, which are added; the smallest shared extent bounds it from below.
    """
    a, b = samples[0], samples[-1]
    east = 111_320.0 * math.cos(math.radians((a.lat + b.lat) / 2))
    x, y = ((b.lon - a.lon + 180) % 360 - 180) * east, (b.lat - a.lat) * 111_320.0
    square = x * x + y * y
    widest = 0.0
    for sample in samples[1:-1]:
        px, py = ((sample.lon - a.lon + 180) % 360 - 180) * east, (sample.lat - a.lat) * 111_320.0
        f = max(0.0, min(1.0, (px * x + py * y) / square)) if square else 0.0
        widest = max(widest, math.hypot(px - f * x, py - f * y))
    return max(SMALLEST_EXTENT_M, float(math.ceil(widest * 1.01 + 5.0)))


def _level(metres: float) -> Altitude:
    return Altitude(metres=round(metres, 3), reference=Reference.FL)


def _moment(time: float) -> datetime:
    return whole_ms(datetime.fromtimestamp(0, UTC) + timedelta(seconds=time))


def _wrapped(lon: float) -> float:
    return (lon + 180) % 360 - 180
