"""The API as documents: the OpenAPI document, and a page made of it that needs no script and no other machine.

python -m entente.web.documenting        writes docs/reference/openapi.json
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

FILE = Path("docs/reference/openapi.json")


def document() -> str:
    """Return the OpenAPI document, as it stands in the reference."""
    from entente.web.routes import described

    return json.dumps(described(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def page(schema: dict[str, Any]) -> bytes:
    """Return the page of routes: method, path, what it does, what it takes and gives."""
    rows = "".join(
        f"<tr><td><code>{escape(method.upper())} {escape(path)}</code></td><td>{escape(_said(route))}</td>"
        f"<td>{escape(_takes(route))}</td><td>{escape(_gives(route))}</td></tr>"
        for path, routes in sorted(schema["paths"].items())
        for method, route in sorted(routes.items())
        if isinstance(route, dict)
    )
    title = escape(schema["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><h1>{title}</h1>"
        f"<p>{escape(schema['info'].get('description', ''))}</p>"
        '<p>The whole of it: <a href="/api/openapi.json">openapi.json</a>.</p>'
        f"<table border><tr><th>Route</th><th>What</th><th>Takes</th><th>Gives</th></tr>{rows}</table></body></html>"
    ).encode()


def _said(route: dict[str, Any]) -> str:
    return " ".join(str(route.get("description") or route.get("summary", "")).split())


def _takes(route: dict[str, Any]) -> str:
    named = [parameter["name"] for parameter in route.get("parameters", ())]
    body = route.get("requestBody", {}).get("content", {})
    return ", ".join([*named, *(_type(content) for content in body.values())])


def _gives(route: dict[str, Any]) -> str:
    answers = sorted(route["responses"].items())
    good = ", ".join(
        f"{status} {' '.join(map(_type, answer.get('content', {}).values()))}".strip()
        for status, answer in answers
        if status < "400"
    )
    return f"{good}; or a problem: {', '.join(status for status, _ in answers if status >= '400')}"


def _type(content: dict[str, Any]) -> str:
    schema = content.get("schema", {})
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return " or ".join(_type({"schema": one}) for one in schema.get("oneOf", ())) or str(schema.get("type", ""))


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8", newline="\n")
