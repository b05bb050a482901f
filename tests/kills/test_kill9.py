"""No acknowledged entry is lost, whoever is killed when: kill -9 at random instants, by seed.

`make campaign` kills 50 times by each of four seeds; what was done is printed (-s).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.kills.campaign import run


@pytest.mark.slow
def test_no_acknowledged_entry_is_lost_when_any_process_is_killed(tmp_path: Path) -> None:
    report = run(tmp_path, seed=1, kills=12)

    assert report.kills.total() == 12 and report.acknowledged >= 12 and report.cosigned >= 1
    print(f"\n{report}")


@pytest.mark.campaign
@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_no_acknowledged_entry_is_lost_in_many_kills(tmp_path: Path, seed: int) -> None:
    report = run(tmp_path, seed=seed, kills=50)

    assert report.kills.total() == 50 and report.acknowledged >= 50 and report.cosigned >= 5
    print(f"\n{report}")
