"""The minute: what was agreed, held, found, decided and done, on one page to print."""

from __future__ import annotations

import re

from tests.report.stories import everything

from entente.adapters import standardfile
from entente.report.minute import minute


def text_of(page: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", re.sub("<style>.*?</style>", "", page, flags=re.DOTALL)).split())


def test_the_minute_tells_everything_in_order() -> None:
    told = text_of(minute(everything(standard=standardfile.default())))

    places = [
        told.index(part)
        for part in (
            "Notice one day ahead",
            "crewed and uncrewed 5.0 NM 2,000 ft 60 s",
            "Relief road humanitarian corridor",
            "Lost school school place known, position not",
            "expired, still protected, since 220000ZNOV26",
            "Lift to the valley north · transport",
            "2026-11-22 09:55:00Z south no objection: seen and compared",
            "0.50 of 5.0 NM, vertical gap unknown (1,000 ft required); 12 m of doubt added",
            "2026-11-22T10:12:00.000Z 221012ZNOV26 south STOP",
            "ab" * 32,
            "every signature good",
        )
    ]

    assert places == sorted(places)


def test_a_minute_runs_no_script() -> None:
    assert "<script" not in minute(everything())


def test_no_findings_are_told_as_none() -> None:
    assert "None was made." in minute(everything(findings=()))


def test_the_terms_on_which_others_details_are_held_stand_above_and_on_the_foot_of_each_sheet() -> None:
    """JOINT-114."""
    page = minute(everything(notices=("sites/a/l: released by a to b, to keep away <and> for nothing else.",)))

    assert page.count("to keep away &lt;and&gt; for nothing else.") == 2
    assert "<tfoot>" in page and "tfoot{display:table-footer-group}" in page
    assert "<tfoot>" not in minute(everything())
