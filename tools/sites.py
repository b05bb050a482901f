"""Makes spec/vectors/joint/sites.json: protected sites as details spell them, of the first version and of now.

Run `python tools/sites.py`; what it writes is the same each time, so a difference in git is a change of format.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from entente import canonical
from entente.geo.position import Position
from entente.joint.protected_sites import Category, DayMark, Function, Grade, InfraredMark, Method, Reliability, Site
from entente.joint.spelling import site_to_plain

FILE = Path(__file__).parents[1] / "spec" / "vectors" / "joint" / "sites.json"
MADE = "tools/sites.py; read again by tests/joint/test_sites.py"


def sites() -> dict[str, Site]:
    """A site as the first version knew it, and one that says all that can be said."""
    first = Site(
        id="clinic-3", name="Clinic 3", category=Category.MEDICAL, position=Position(lat=31.951569, lon=35.923963),
        uncertainty_m=50.0, country="Jordan", district="Valley",
    )  # fmt: skip
    whole = Site(
        id="clinic-4", name="مركز صحي", category=Category.MEDICAL, position=None, uncertainty_m=300.0,
        confirmed_at=datetime(2026, 11, 1, tzinfo=UTC), expires_at=datetime(2027, 2, 1, tzinfo=UTC),
        consent="letter 14", region="North", district="Valley", settlement="Old Town", pcode="JO0101",
        day_marks=frozenset({DayMark.ROOF_MARKING, DayMark.PROTECTIVE_EMBLEM}),
        infrared_marks=frozenset({InfraredMark.NONE}), verifier="health cluster", method=Method.SITE_VISIT,
        grade=Grade(reliability=Reliability.B, credibility=2), confirmed_by="district office",
        history=(Function(since=datetime(2024, 3, 1, tzinfo=UTC), category=Category.SCHOOL, words="girls' school"),),
    )  # fmt: skip
    return {"first": first, "whole": whole}


def vectors() -> dict[str, Any]:
    """Spellings that are read, and spellings that are refused."""
    spelt = {name: site_to_plain(site) for name, site in sites().items()}
    whole = spelt["whole"]
    refused = {
        "nothing said": spelt["first"] | {"consent": ""},
        "no marks said": spelt["first"] | {"day_marks": []},
        "no method said": spelt["first"] | {"method": None},
        "marked and not marked": whole | {"day_marks": ["flag", "none"]},
        "marks out of order": whole | {"day_marks": ["roof_marking", "flag"]},
        "a mark of no list": whole | {"infrared_marks": ["torch"]},
        "a grade of no code": whole | {"grade": "B7"},
        "a grade in small letters": whole | {"grade": "b2"},
        "a method of no list": whole | {"method": "hearsay"},
        "a history that runs backwards": whole | {"history": whole["history"] * 2},
        "no uncertainty": whole | {"uncertainty_mm": 0},
        "a category of no list": whole | {"category": "objective"},
        "an unknown key": whole | {"value": 9},
    }
    return {
        "origin": MADE,
        "read": [{"name": name, "text": canonical.encode(plain).decode()} for name, plain in spelt.items()],
        "refused": [{"name": name, "text": canonical.encode(plain).decode()} for name, plain in refused.items()],
    }


def main() -> None:
    """Write the file."""
    FILE.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
