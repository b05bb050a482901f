"""The page with an exercise's seats: a click makes a link for one seat, and nobody else's page can click."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from entente.errors import Unavailable
from entente.exercise.live import Chair, lobby
from entente.testing.homes import form


def test_a_click_leads_to_the_seats_centre_with_a_link_and_the_exercises_key(tmp_path: Path) -> None:
    member = form(tmp_path, "north", "south")["north"]
    chair = Chair(title="North", home=member.home.path, centre="http://north.localhost:1", offices=("watch",))

    with lobby(0, {"north": chair}) as address, httpx.Client(base_url=address, trust_env=False) as browser:
        assert "North" in browser.get("/").text
        moved = browser.get("/enter/north/watch")
        to = urlsplit(moved.headers["location"])
        given = parse_qs(to.fragment)

        assert moved.status_code == 303 and to.netloc == "north.localhost:1" and not to.query
        assert '"owner": "north/watch"' in given["key"][0] and given["link"][0]
        for path, headers in (
            ("/enter/north/root", {}),
            ("/enter/west/watch", {}),
            ("/enter/north/watch", {"sec-fetch-site": "cross-site"}),
        ):
            assert browser.get(path, headers=headers).status_code == 404
        assert browser.get("/", headers={"host": "evil.example"}).status_code == 403
        with pytest.raises(Unavailable), lobby(urlsplit(address).port or 0, {}):
            pass
