"""The page's files, and the API's documents."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.centres import Page

from entente.errors import Refused
from entente.web import documenting, problems, routes, static


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page as it is built, beside a file that is nobody's."""
    root = tmp_path_factory.mktemp("built")
    (root / "static" / "assets").mkdir(parents=True)
    (root / "secret.js").write_text("secret")
    (root / "static" / ".hidden.js").write_text("secret")
    (root / "static" / "index.html").write_text("<!doctype html><script src='assets/main-1a2b.js'></script>")
    (root / "static" / "assets" / "main-1a2b.js").write_text("let a")
    (root / "static" / "places.bin").write_text("secret")
    return root / "static"


def test_files_have_their_type_and_are_kept_where_their_name_holds_a_hash(built: Path) -> None:
    assert static.asset("assets/main-1a2b.js", built) == (b"let a", "text/javascript", static.FOREVER)
    assert static.asset("index.html", built)[1:] == ("text/html", static.NEVER)
    assert b"main-1a2b.js" in static.page(built)


def test_what_can_be_sent_smaller_is_and_unpacks_to_the_same(built: Path) -> None:
    (built / "assets" / "big-3c.js").write_bytes(b"let a = 1;\n" * 400)

    packed = static.squeezed("assets/big-3c.js", built)

    assert packed is not None and len(packed) < 200
    assert gzip.decompress(packed) == static.asset("assets/big-3c.js", built)[0]
    assert static.squeezed("assets/main-1a2b.js", built) is None  # it would only grow


def test_without_a_page_it_says_how_one_is_made(tmp_path: Path) -> None:
    assert b"was not built" in static.page(tmp_path / "nothing")


@given(st.text(max_size=30) | st.sampled_from(["../secret.js", "assets/../../secret.js", "/etc/passwd.js", ".hidden.js",
       "assets//main.js", "assets\\..\\..\\secret.js", "C:/x.js", "places.bin", "assets", "", "x\0.js"]))  # fmt: skip
def test_no_path_leads_anywhere_else(built: Path, path: str) -> None:
    try:
        data, _, _ = static.asset(path, built)
    except Refused as error:
        assert error.code == "centre.unknown"
    else:
        assert b"secret" not in data


def test_the_page_is_never_cached_and_serves_from_here_alone(north: Page) -> None:
    answer = north.client.get("/")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for path in ("/api/docs", "/"):
        text = north.client.get(path).text
        assert not re.findall(r"(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//", text), path
    assert north.client.get("/api/openapi.json").json() == json.loads(documenting.document())


# -- documents ---------------------------------------------------------------------------------------------------------


def test_the_openapi_document_is_current() -> None:
    made = documenting.FILE.read_text(encoding="utf-8")
    assert made == documenting.document(), "run: python -m entente.web.documenting"


def test_every_route_has_a_name_a_sentence_and_its_errors() -> None:
    described = routes.described()
    names = [route["operationId"] for path in described["paths"].values() for route in path.values()]
    assert len(names) == len(set(names))
    for path, held in described["paths"].items():
        for route in held.values():
            assert route["description"].endswith(".") and route["tags"], path
            assert {"400", "401", "403", "503"} <= set(route["responses"]), path


def test_the_api_page_names_every_route(north: Page) -> None:
    page = north.client.get("/api/docs").text
    for path in routes.described()["paths"]:
        assert path in page


def test_each_class_of_error_has_a_status_and_each_code_that_has_its_own_is_raised_somewhere() -> None:
    from entente import errors
    from entente.joint.verdict import SENTENCES

    kinds = {k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, errors.EntenteError)}
    assert set(problems.STATUS) == kinds - {errors.EntenteError}
    sources = "".join(path.read_text(encoding="utf-8") for path in Path("src/entente").rglob("*.py")
                      if path.name != "problems.py")  # fmt: skip
    for code in problems.BY_CODE:
        assert code in SENTENCES or f'"{code}"' in sources, code
