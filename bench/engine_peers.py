"""What a planner could use instead of the engine, each at its best: shapely's tree, SQLite's R*Tree, PostGIS.

All search the same widened shapes (`engine_work`): box first, then height and time, then the shape, which was the
fastest order for each. They are started here and end with the measurement; nothing else on the machine is touched.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import shapely
from bench.engine_work import Array, Work

INSTALLED = Path("out/bench/peers")
DEBIAN = "postgresql-15-postgis-3"


class Missing(Exception):
    """A peer that cannot be had here, and why, in one line."""


class Peer(Protocol):
    """Volumes held by a peer, and questions to it."""

    name: str

    def ask(self, asked: Work, k: int) -> Array:
        """Return the ids of the volumes too close to volume `k` of `asked`, in any order."""
        ...


def install() -> None:
    """Install the peers that come from the package index, apart from our own packages.

    Raises:
        Missing: when pip cannot.
    """
    wanted = Path(__file__).with_suffix(".txt")
    stamp = INSTALLED / wanted.name
    if not (stamp.exists() and stamp.read_bytes() == wanted.read_bytes()):
        line = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target", str(INSTALLED)]
        if subprocess.run([*line, "-r", str(wanted)], capture_output=True).returncode:
            raise Missing("pip could not install BlueSky and psycopg here")
        shutil.copy(wanted, stamp)
    if str(INSTALLED.resolve()) not in sys.path:
        sys.path.append(str(INSTALLED.resolve()))


# ------------------------------------------------------------------------------------------------------- shapely


class Tree:
    """shapely's STRtree over boxes, then height and time, then the shape."""

    name = "STRtree"

    def __init__(self, held: Work, wide: Array) -> None:
        self.wide, self.bands, self.times = wide, held.bands(), held.times
        self.tree = shapely.STRtree(wide)

    def ask(self, asked: Work, k: int) -> Array:
        shape = asked.shapes[k]
        near = self.tree.query(shape)
        low, high = asked.heights[k]
        start, end = asked.times[k]
        bands, times = self.bands[near], self.times[near]
        near = near[(bands[:, 0] < high) & (bands[:, 1] > low) & (times[:, 0] < end) & (times[:, 1] > start)]
        return near[shapely.intersects(self.wide[near], shape)]


def tree_pairs(half: Array, bands: Array, times: Array, at_once: int, spread: Callable[..., Any] = map) -> Array:
    """Return all pairs (n, 2), i < j, of volumes widened by half, their `bands` and `times` (n, 2), part by part."""
    tree = shapely.STRtree(half)

    def part(first: int) -> Array:
        i, j = tree.query(half[first : first + at_once])
        i = i + first
        kept = i < j
        i, j = i[kept], j[kept]
        kept = (bands[i, 0] < bands[j, 1]) & (bands[j, 0] < bands[i, 1])
        kept &= (times[i, 0] < times[j, 1]) & (times[j, 0] < times[i, 1])
        i, j = i[kept], j[kept]
        return np.stack([i, j], axis=1)[shapely.intersects(half[i], half[j])]

    return np.concatenate(list(spread(part, range(0, len(half), at_once))))


# -------------------------------------------------------------------------------------------------------- SQLite


class RTree:
    """SQLite's R*Tree of x, y, height and time in memory, then the shape by shapely."""

    name = "SQLite R*Tree"
    _ASK = (
        "select id from held where x0 <= ? and x1 >= ? and y0 <= ? and y1 >= ? and z0 <= ? and z1 >= ? "
        "and t0 <= ? and t1 >= ?"
    )

    def __init__(self, held: Work, wide: Array, room: int = 0) -> None:
        self.wide = np.concatenate([wide, np.full(room, None)])
        self.bands = np.concatenate([held.bands(), np.zeros((room, 2))])
        self.times = np.concatenate([held.times, np.zeros((room, 2), dtype=np.int64)])
        self.base = sqlite3.connect(":memory:", isolation_level=None)
        self.base.execute("create virtual table held using rtree(id, x0, x1, y0, y1, z0, z1, t0, t1)")
        self.base.execute("begin")
        rows = enumerate(boxes(wide, held.bands(), held.times).tolist())
        self.base.executemany("insert into held values (?,?,?,?,?,?,?,?,?)", ((k, *row) for k, row in rows))
        self.base.execute("commit")

    def ask(self, asked: Work, k: int) -> Array:
        shape = asked.shapes[k]
        x0, y0, x1, y1 = shape.bounds
        low, high = asked.heights[k].tolist()
        start, end = asked.times[k].tolist()
        rows = self.base.execute(self._ASK, (x1, x0, y1, y0, high, low, end / 1000, start / 1000)).fetchall()
        near = np.array([row for (row,) in rows], dtype=np.int64)
        bands, times = self.bands[near], self.times[near]  # The tree keeps single precision, rounded outward.
        near = near[(bands[:, 0] < high) & (bands[:, 1] > low) & (times[:, 0] < end) & (times[:, 1] > start)]
        return near[shapely.intersects(self.wide[near], shape)]

    def insert(self, k: int, row: list[float], wide: Any, band: Array, times: Array) -> None:
        """Hold one more volume, for which there was room: its box, and what the tree does not keep."""
        self.add(k, row)
        self.wide[k], self.bands[k], self.times[k] = wide, band, times

    def add(self, k: int, row: list[float]) -> None:
        """Hold a box."""
        self.base.execute("insert into held values (?,?,?,?,?,?,?,?,?)", (k, *row))

    def update(self, k: int, row: list[float]) -> None:
        self.base.execute(
            "update held set x0=?, x1=?, y0=?, y1=?, z0=?, z1=?, t0=?, t1=? where id=?", (*row, k)
        )  # fmt: skip

    def delete(self, k: int) -> None:
        self.base.execute("delete from held where id=?", (k,))


def boxes(wide: Array, bands: Array, times: Array) -> Array:
    """Return (n, 8): least and greatest x, y [m], height [m] and time [s]."""
    around = shapely.bounds(wide)
    return np.column_stack([around[:, 0], around[:, 2], around[:, 1], around[:, 3], bands, times / 1000])


# ------------------------------------------------------------------------------------------------------- PostGIS

_HEIGHTS = "int8range(floor({0} * 1000)::int8, ceil({1} * 1000)::int8, '[]')"
_TIMES = "tstzrange(to_timestamp({0} / 1000.0), to_timestamp({1} / 1000.0))"


class PostGIS:
    """PostGIS with one index over shape, time and height; the question is a prepared statement."""

    name = "PostGIS"
    _ASK = (
        "select id from {table} where geom && st_geomfromwkb(%(g)s, 0) "
        f"and tr && {_TIMES.format('%(t0)s::int8', '%(t1)s::int8')} "
        f"and ar && {_HEIGHTS.format('%(z0)s::float8', '%(z1)s::float8')} and z0 < %(z1)s and z1 > %(z0)s "
        "and st_intersects(geom, st_geomfromwkb(%(g)s, 0))"
    )

    def __init__(self, connection: Any, held: Work, wide: Array, table: str, share: float = 1.0) -> None:
        self.base, self.table = connection, table
        self.base.execute(f"drop table if exists {table}")
        self.base.execute(
            f"create unlogged table {table} (id int primary key, wkb bytea, z0 float8, z1 float8, t0 int8, t1 int8, "
            "geom geometry(Polygon, 0), tr tstzrange, ar int8range)"
        )
        bands, rows = held.bands(share).tolist(), held.times.tolist()
        with self.base.cursor() as cursor:
            command = f"copy {table} (id, wkb, z0, z1, t0, t1) from stdin (format binary)"
            with cursor.copy(command) as copy:
                copy.set_types(["int4", "bytea", "float8", "float8", "int8", "int8"])
                for k, shape in enumerate(shapely.to_wkb(wide)):
                    copy.write_row((k, shape, *bands[k], *rows[k]))
        self.base.execute(
            f"create unlogged table {table}_full as select id, st_geomfromwkb(wkb, 0)::geometry(Polygon, 0) as geom, "
            f"{_TIMES.format('t0', 't1')} as tr, {_HEIGHTS.format('z0', 'z1')} as ar, z0, z1 from {table}"
        )
        self.base.execute(f"drop table {table}")
        self.base.execute(f"alter table {table}_full rename to {table}")
        self.base.execute(f"create index on {table} using gist (geom, tr, ar)")
        self.base.execute(f"vacuum analyze {table}")

    def ask(self, asked: Work, k: int) -> Array:
        (low, high), (start, end) = asked.heights[k].tolist(), asked.times[k].tolist()
        known = {"g": asked_wkb(asked)[k], "z0": low, "z1": high, "t0": start, "t1": end}
        found = self.base.execute(self._ASK.format(table=self.table), known, prepare=True, binary=True).fetchall()
        return np.array([row for (row,) in found], dtype=np.int64)

    def pairs(self, select: str) -> Any:
        """Return what `select` makes of all pairs."""
        return self.base.execute(
            f"select {select} from {self.table} a join {self.table} b on a.geom && b.geom and a.tr && b.tr "
            "and a.ar && b.ar and a.z0 < b.z1 and b.z0 < a.z1 and st_intersects(a.geom, b.geom) where a.id < b.id"
        )


def asked_wkb(asked: Work) -> Array:
    """Return the shapes asked about as bytes, made once."""
    if "wkb" not in asked.__dict__:
        asked.__dict__["wkb"] = shapely.to_wkb(asked.shapes)
    return asked.__dict__["wkb"]


@contextmanager
def postgres() -> Iterator[Any]:
    """Start a cluster of its own in a new folder, reached by a socket there, and yield a connection to it.

    Raises:
        Missing: when there is no PostgreSQL with PostGIS, and none can be installed.
    """
    tools = _postgres_tools()
    try:
        import psycopg
    except ImportError as error:
        raise Missing("psycopg could not be installed") from error
    user = ["runuser", "-u", "postgres", "--"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="bench", ignore_cleanup_errors=True) as folder:
        if user:
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        settings = f"-k {folder} -c listen_addresses='' -c shared_buffers=2GB -c work_mem=256MB -c max_wal_size=8GB"
        settings += " -c fsync=off -c autovacuum=off -c maintenance_work_mem=1GB"
        _run([*user, f"{tools}/initdb", "-D", data, "-U", "bench", "-A", "trust"])
        _run([*user, f"{tools}/pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", settings, "start"])
        try:
            with psycopg.connect(host=folder, user="bench", dbname="postgres", autocommit=True) as connection:
                connection.execute("create extension postgis")
                yield connection
        finally:
            _run([*user, f"{tools}/pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"])


def _run(line: list[str]) -> None:
    done = subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd="/")
    if done.returncode:
        raise Missing(f"PostgreSQL did not start: {done.stderr.strip().splitlines()[-1:]}")


def _postgres_tools() -> Path:
    """Return the folder of initdb of a PostgreSQL that has PostGIS, installing it where that is possible."""
    found = _with_postgis()
    if found is None and sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"… installing {DEBIAN}", file=sys.stderr, flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for line in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "--no-install-recommends", DEBIAN]):
            subprocess.run(line, env=environment, capture_output=True)
        found = _with_postgis()
    if found is None:
        raise Missing(f"no PostgreSQL with PostGIS is here; on Debian 12, install {DEBIAN}")
    return found


def _with_postgis() -> Path | None:
    for tools in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if Path(f"/usr/share/postgresql/{tools.parent.name}/extension/postgis.control").exists():
            return tools
    if initdb := shutil.which("initdb"):
        share = subprocess.run(["pg_config", "--sharedir"], capture_output=True, text=True).stdout.strip()
        if share and Path(share, "extension", "postgis.control").exists():
            return Path(initdb).resolve().parent
    return None
