"""Two activities closer than agreed: found, explained, measured.

`Airspace` holds what a node knows; `screen` compares one plan with it. Nothing here decides: a screening is evidence
for a person (DESIGN, principle 5). How it works, from the doors inward: `screening` (what a screening holds), `asking`
(short questions), `layer` (the worst pair for each other), `index` (which rows are too close, searched by `plain` or,
among many, by `grid` and its compiled `kernels`), `batch` (rows in arrays), `nearness` and `core` (distances on the
earth), `vertical` (altitudes), `links` (times that were agreed).

For what flies now there are `tracks`: `approach` tells which of them come too close to each other, `conformance` which
leave their own operation or enter what they must keep away from.
"""

from entente.deconfliction.airspace import Airspace
from entente.deconfliction.screening import screen

__all__ = ["Airspace", "screen"]
