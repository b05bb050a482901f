"""The page's files, as they were built into this package: right types, kept for ever where their name holds a hash.

`web/` builds into `entente/web/static`: `index.html`, which is never cached, and files under ``assets/`` whose names
change with their content. Without them, the centre says how they are made.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from entente.errors import Refused

TYPES = {
    "css": "text/css",
    "geojson": "application/geo+json",
    "gz": "application/gzip",
    "html": "text/html",
    "ico": "image/x-icon",
    "js": "text/javascript",
    "json": "application/json",
    "map": "application/json",
    "md": "text/markdown",
    "mjs": "text/javascript",
    "mp3": "audio/mpeg",
    "pbf": "application/x-protobuf",
    "pmtiles": "application/octet-stream",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "wasm": "application/wasm",
    "webmanifest": "application/manifest+json",
    "woff2": "font/woff2",
}
"""By the file's ending; of another kind nothing is given. Their own table: a machine's own may say anything."""
SQUEEZED = frozenset({"text/css", "text/html", "text/javascript", "text/plain", "application/json", "image/svg+xml"})
"""What is sent smaller to whoever takes it so; the rest is packed already."""
FOREVER = "public, max-age=31536000, immutable"
NEVER = "no-store"
NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Entente</title></head><body>
<h1>The centre's page was not built</h1>
<p>This node serves, and its API answers; only the page is missing. From a clone of the project, build it with
<code>make web</code>, and load this again. An installed package brings it along.</p>
<p><a href="/api/docs">What the API offers</a></p>
</body></html>
"""


@cache
def page(root: Traversable | None = None) -> bytes:
    """Return the page, or one that says that it was not built; as it was when this process first looked."""
    index = (root or _root()) / "index.html"
    return index.read_bytes() if index.is_file() else NOT_BUILT.encode()


def asset(path: str, root: Traversable | None = None) -> tuple[bytes, str, str]:
    """Return a file's bytes, its type, and how long it may be kept.

    Raises:
        Refused: `centre.unknown`, for what is not there, and for any path but a plain one.
    """
    names = path.split("/")
    kind = TYPES.get(names[-1].rpartition(".")[2].lower(), "")
    found = root or _root()
    plain = kind and all(name and not name.startswith(".") and not set(name) & set("\\:\0") for name in names)
    if plain:
        for name in names:
            found = found / name
    if not plain or not found.is_file():
        raise Refused("centre.unknown", "there is no such file here")
    return found.read_bytes(), kind, FOREVER if names[0] == "assets" else NEVER


@cache
def squeezed(path: str, root: Traversable | None = None) -> bytes | None:
    """Return a file packed by gzip, once for this process; None where that does not help."""
    data, kind, _ = asset(path, root)
    packed = gzip.compress(data, mtime=0) if kind in SQUEEZED else data
    return packed if len(packed) < len(data) else None


def _root() -> Traversable:
    return files("entente.web") / "static"
