"""Strangers' programs by hand: ``python -m tests.strangers FOLDER`` builds the one in Go and says where it lies;
``python -m tests.strangers disclosure FILE [HASH]`` asks the one in JavaScript.
"""

import sys
from pathlib import Path

from tests.strangers.toolchain import build_go, run_noble

if __name__ == "__main__":
    if sys.argv[1] == "disclosure":
        ran = run_noble(*sys.argv[1:])
        print(ran.stdout or ran.stderr, end="")
        sys.exit(ran.returncode)
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True)
    print(build_go(folder))
