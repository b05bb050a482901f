"""The whole API, asked what its document allows and what it does not (schemathesis): every answer fits it.

No answer is 500 or more but a documented 503, none has an undocumented status, type or body, and none breaks the node.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.web.centres import Page, in_pairs

from entente.web import routes

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
document = in_pairs(routes.described())
asked = {
    **document,
    "paths": {
        # Without what it says of signing in: who asks here is signed in, and stays so.
        path: {
            method: {key: value for key, value in route.items() if key != "security"} for method, route in held.items()
        }
        for path, held in document["paths"].items()
        # The stream does not end; leaving would end the session that all of this stands on, and so would /api/session.
        if path not in ("/api/events", "/api/session")
    },
}
schema = schemathesis.openapi.from_dict(asked)


def _ask(north: Page, case: Any) -> None:
    headers = {name: north.client.headers[name] for name in ("host", "origin", "x-entente", "cookie")}
    response = case.call(base_url=f"http://127.0.0.1:{north.served.port}", headers=headers)
    case.validate_response(response, checks=CHECKS)
    assert response.status_code not in (401, 503), response.text


@schema.parametrize()
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_route_answers_as_its_document_says(case: Any, north: Page) -> None:
    _ask(north, case)


@pytest.mark.campaign
@schema.parametrize()
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_route_answers_as_its_document_says_for_long(case: Any, north: Page) -> None:
    _ask(north, case)
