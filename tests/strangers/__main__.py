"""Build the strangers' Go program into a folder: ``python -m tests.strangers FOLDER``; it says where it lies."""

import sys
from pathlib import Path

from tests.strangers.toolchain import build_go

if __name__ == "__main__":
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True)
    print(build_go(folder))
