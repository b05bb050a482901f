"""What separation is asked for, in tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from entente.deconfliction.core import Floats, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What separation each group asks for: (groups,) [m], [m], [ms]; and the margins between altitudes (4, 4) [m]."""

    horizontal_m: Floats
    vertical_m: Floats
    time_ms: Rows
    margins: Floats


def packed(needs: Sequence[Needs]) -> Floats:
    """Return (own groups, groups + 1, 3): [m], [m], [ms] for each pair of groups, the greatest of each line last."""
    table = np.stack(
        [np.stack([need.horizontal_m, need.vertical_m, need.time_ms.astype(np.float64)], axis=1) for need in needs]
    )
    return np.concatenate([table, table.max(axis=1, keepdims=True, initial=0.0)], axis=1)
