"""Make the compiled search ready: `python -m entente.deconfliction`."""

from entente.deconfliction import compiled

try:
    compiled.build()
except ImportError:
    print("numba is not there for this system; searches take the plain way, which gives the same answers.")
