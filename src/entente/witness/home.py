"""A witness's home: a folder of its own, on a machine of its own, kept by somebody who is no party.

    witness.toml      its name, where it listens
    keys.json         its two keys, readable by its user alone: Ed25519 and ML-DSA-44
    witness.sqlite    the logs it knows, and of each the newest head that it cosigned
    tls-certificate.pem, tls-key.pem     if they are there, it serves HTTPS with them

A witness that has lost `witness.sqlite` must not go on under its name: it could cosign a second history.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from entente.errors import Malformed, Refused
from entente.feed.suite import b64, unb64
from entente.node import custody
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.note import Kind, Note, NoteKey

SETTINGS, KEYS, RECORD = "witness.toml", "keys.json", "witness.sqlite"


@dataclass(frozen=True, slots=True)
class Keys:
    """What a witness signs with; both have its name."""

    name: str
    ed25519: Ed25519PrivateKey
    mldsa44: MLDSA44PrivateKey

    def public(self) -> tuple[NoteKey, NoteKey]:
        """Return the two keys as verifiers know them, the classical one first."""
        return (
            NoteKey.of(self.name, Kind.COSIGNATURE_ED25519, self.ed25519),
            NoteKey.of(self.name, Kind.COSIGNATURE_MLDSA44, self.mldsa44),
        )

    def cosign(self, head: Checkpoint, time_s: int) -> bytes:
        """Return both signature lines over a head at `time_s` [s since 1970]. Whoever calls this has kept the head."""
        classic, quantum = self.public()
        note = Note(text=head.encode()).signed_by(classic, self.ed25519, time_s)
        note = note.signed_by(quantum, self.mldsa44, time_s)
        return "".join(line.encode() for line in note.lines).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A witness's settings and keys."""

    path: Path
    host: str
    port: int
    keys: Keys

    @property
    def record(self) -> Path:
        """What it has cosigned."""
        return self.path / RECORD

    def certificate(self) -> tuple[Path, Path] | None:
        """Return certificate and key for HTTPS, when both lie in the home."""
        pair = self.path / "tls-certificate.pem", self.path / "tls-key.pem"
        return pair if all(file.is_file() for file in pair) else None


def create(path: Path, name: str, *, host: str, port: int) -> Home:
    """Make a new home with fresh keys.

    Raises:
        Refused: `home.exists`.
        Malformed: `tlog.key`, when the name cannot name a key.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise Refused("home.exists", "the folder is not empty; choose a new one", where=str(path))
    keys = Keys(name, Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())
    keys.public()  # raises before anything is written
    path.mkdir(parents=True, exist_ok=True)
    private = {
        "v": 1,
        "ed25519": b64(keys.ed25519.private_bytes_raw()),
        "mldsa44": b64(keys.mldsa44.private_bytes_raw()),
    }
    custody.write_private(path / KEYS, json.dumps(private, indent=1).encode())
    settings = {"version": 1, "name": name, "host": host, "port": port}
    text = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in settings.items())
    # Last: a folder with its settings is a whole home.
    (path / SETTINGS).write_text(text, encoding="utf-8")
    return Home(path=path, host=host, port=port, keys=keys)


def read(path: Path) -> Home:
    """Open a witness's home.

    Raises:
        Refused: `witness.missing`, `custody.permissions`, `custody.missing`.
        Malformed: `witness.settings`.
    """
    try:
        plain = tomllib.loads((path / SETTINGS).read_text(encoding="utf-8"))
        private = custody.read_private(path / KEYS)
        keys = Keys(
            plain["name"], Ed25519PrivateKey.from_private_bytes(unb64(private["ed25519"])),
            MLDSA44PrivateKey.from_seed_bytes(unb64(private["mldsa44"])),
        )  # fmt: skip
        keys.public()
        return Home(path=path, host=plain["host"], port=int(plain["port"]), keys=keys)
    except FileNotFoundError:
        raise Refused(
            "witness.missing", "there is no witness's home here; make one with: entente witness init", where=str(path)
        ) from None
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, OSError) as error:
        raise Malformed("witness.settings", f"the witness's home cannot be read: {error}", where=str(path)) from None
