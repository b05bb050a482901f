"""Exercises: a day of coordination as data, played by real nodes, with what must be so written beside each step.

    run("amman", Path("out/amman"))     # 0 when everything was as expected

An exercise drives whole nodes as people would, so this room stands above the other faces.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from entente.errors import Refused

WIDTH_OF_A_FILE = 118
"""Characters in a line when nobody's window sets another width."""


def folder() -> Path:
    """Return where the exercises lie: in the installed package, or in the repository that this is."""
    packed = Path(str(files("entente.exercise"))) / "data"
    return packed if packed.is_dir() else Path(__file__).parents[3] / "exercises"


def list_exercises() -> list[str]:
    """Return the names of the exercises."""
    return sorted(path.parent.name for path in folder().glob("*/exercise.toml"))


def find(name: str) -> Path:
    """Return an exercise's folder.

    Raises:
        Refused: `exercise.unknown`.
    """
    if name not in list_exercises():
        raise Refused("exercise.unknown", f"there is no exercise {name!r}; there are: {', '.join(list_exercises())}")
    return folder() / name


def run(name: str, out: Path) -> int:
    """Play an exercise with a process for each node, telling it as it goes; return 0 when all was as expected.

    Raises:
        Refused: `exercise.unknown`, `exercise.folder`.
        Malformed: `exercise.*`, in the exercise's own files.
    """
    from rich.console import Console

    from entente.exercise.network import Network
    from entente.exercise.performance import perform

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_OF_A_FILE)
    return perform(find(name), out, wire=Network(), console=console)
