"""Where a centre listens, and what that means; and that it is served by the command line, over HTTPS too."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from tests.exchange.conftest import Cell, until
from tests.web.centres import Served

from entente.cli import roster
from entente.cli.main import main
from entente.errors import EntenteError, Refused, Unavailable
from entente.testing.processes import Process, free_port
from entente.web.serve import Listen, require_free

PEM = Path("certificate.pem")


def test_only_this_machine_is_the_default_and_names_are_this_nodes(cell: Cell) -> None:
    home = cell["north"].home
    here = Listen(port=8700).address(home)
    assert (here.url, here.local, here.secure) == ("http://north.localhost:8700", True, False)
    assert Listen(port=8700, host="0.0.0.0").address(home).url == "http://north.localhost:8700"
    assert Listen(port=8700, host="10.0.0.7").address(home).url == "http://10.0.0.7:8700"
    named = Listen(port=8700, host="0.0.0.0", name="desk.example", certificate=PEM, key=PEM).address(home)
    assert (named.url, named.secure) == ("https://desk.example:8700", True)
    assert named.admits("desk.example:8700") and not named.admits("other.example:8700")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "desk.lan"])
def test_a_real_home_is_not_served_in_the_clear_to_a_network(cell: Cell, host: str) -> None:
    real = replace(cell["north"].home, exercise=False)
    with pytest.raises(Refused) as error:
        Listen(port=8700, host=host).address(real)
    assert error.value.code == "centre.plain"
    assert Listen(port=8700, host=host, certificate=PEM, key=PEM).address(real).secure
    assert Listen(port=8700).address(real).local


def test_a_certificate_comes_with_its_key(cell: Cell) -> None:
    for listen in (Listen(port=1, certificate=PEM), Listen(port=1, key=PEM)):
        with pytest.raises(Refused) as error:
            listen.address(cell["north"].home)
        assert error.value.code == "centre.key"


def test_a_port_that_is_taken_is_told() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(EntenteError) as error:
        require_free("127.0.0.1", taken.getsockname()[1])
    assert isinstance(error.value, Unavailable) and error.value.code == "serve.port"


def test_a_link_is_made_for_who_is_on_the_roster_once_the_centre_is_known(
    cell: Cell, capsys: pytest.CaptureFixture[str]
) -> None:
    home = str(cell["north"].home.path)
    assert main(["staff", "link", "nobody", "--home", home]) == 3
    assert "staff.not_on_roster" in capsys.readouterr().err


def test_a_served_centre_with_a_certificate_gives_cookies_for_https_alone(cell: Cell) -> None:
    """The home's own certificate stands in for one that browsers know."""
    north, port = cell["north"], free_port()
    certificate = north.home.keys / "tls-certificate.pem"
    listen = Listen(port=port, certificate=certificate, key=north.home.keys / "tls-key.pem")
    trusted = ssl.create_default_context(cafile=str(certificate))
    trusted.check_hostname = False
    trusted.verify_flags &= ~ssl.VERIFY_X509_STRICT
    host = f"north.localhost:{port}"
    headers = {"host": host, "origin": f"https://{host}", "x-entente": "1"}
    served = Served(north, port, [], listen=listen)
    served.start()
    try:
        with httpx.Client(base_url=f"https://127.0.0.1:{port}", headers=headers, verify=trusted) as client:
            answer = client.post("/api/session", json={"token": served.link("watch")})
            assert answer.status_code == 200 and "Secure" in answer.headers["set-cookie"]
            plain = client.post("/api/session", json={"token": "x"}, headers={"origin": f"http://{host}"})
            assert plain.json()["code"] == "door.origin"
        assert f"the centre listens at https://{host}" in served.lines
    finally:
        served.stop()


def test_the_command_line_serves_it_and_makes_a_link_that_works_there(
    cell: Cell, capsys: pytest.CaptureFixture[str]
) -> None:
    north, port = cell["north"], free_port()
    home = str(north.home.path)
    roster.write(north.home.path, [roster.Listed(label="watch", offices=(roster.Term(office="watch", start=""),))])
    assert main(["staff", "link", "watch", "--home", home]) == 3
    assert "staff.centre" in capsys.readouterr().err  # it was not served yet

    with Process(north.home.path, port) as node:
        until(lambda: "centre listens" in node.said())
        assert main(["staff", "link", "watch", "--home", home]) == 0
        address, _, token = capsys.readouterr().out.splitlines()[-2].partition("/#link=")
        assert address == f"http://north.localhost:{port}"
        headers = {"host": f"north.localhost:{port}", "origin": address, "x-entente": "1"}
        answer = httpx.post(
            f"http://127.0.0.1:{port}/api/session", json={"token": token}, headers=headers, trust_env=False
        )
        assert answer.json()["officer"] == "north/watch"
        assert token not in node.said()
