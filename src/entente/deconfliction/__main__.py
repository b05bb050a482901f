"""Make the compiled search ready: `python -m entente.deconfliction`."""

from entente.deconfliction import compiled

compiled.build()
