"""Two activities closer than agreed: found, explained, measured.

`Airspace` holds what a node knows; `screen` compares one plan with it. Nothing here decides: a screening is evidence
for a person (DESIGN, principle 5). How it works, from the doors inward: `screening` (what a screening holds), `layer`
(the worst pair for each other), `index` (which pairs are worth comparing), `nearness` and `core` (distances on the
earth), `vertical` (altitudes), `links` (times that were agreed).
"""

from entente.deconfliction.airspace import Airspace
from entente.deconfliction.screening import screen

__all__ = ["Airspace", "screen"]
