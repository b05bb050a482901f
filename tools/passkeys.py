"""Makes spec/vectors/feed/passkey.json and sheet.json: assertions by Chromium's virtual authenticator, over statements
of the vectors, one alone and several at one touch.

Run `python tools/passkeys.py`, or with the name of the one to make. Keys are new each time and cannot be made again, so
a file is kept and only verified: by tests/feed/test_vectors.py with hashlib, `cryptography` and JSON alone. No server
runs: the browser is answered here.
"""

from __future__ import annotations

import base64
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from entente.feed import passkey, sheet, suite

FOLDER = Path(__file__).parents[1] / "spec" / "vectors" / "feed"
ORIGIN = "http://north.localhost:8700"
ALGORITHMS = {"ES256": -7, "EdDSA": -8}

MAKE = """async ([algorithm, host]) => {
  const made = await navigator.credentials.create({ publicKey: {
    challenge: new Uint8Array(32), rp: { id: host, name: host }, attestation: "none",
    user: { id: new Uint8Array(8), name: "north/senior", displayName: "north/senior" },
    pubKeyCredParams: [{ type: "public-key", alg: algorithm }],
    authenticatorSelection: { userVerification: "required" } } });
  const data = new Uint8Array(made.response.getAuthenticatorData());
  return [Array.from(data), Array.from(new Uint8Array(made.rawId))];
}"""
SIGN = """async ([challenge, credential, host]) => {
  const { response } = await navigator.credentials.get({ publicKey: {
    challenge: new Uint8Array(challenge), rpId: host, userVerification: "required",
    allowCredentials: [{ type: "public-key", id: new Uint8Array(credential) }] } });
  const parts = [response.authenticatorData, response.clientDataJSON, response.signature];
  return parts.map((part) => Array.from(new Uint8Array(part)));
}"""


def case(page: Page, algorithm: str, items: Sequence[sheet.Item]) -> dict[str, Any]:
    """A key of an algorithm, and its assertion over a statement, or over a sheet of several."""
    host = passkey.host_of(ORIGIN)
    data, credential = page.evaluate(MAKE, [ALGORITHMS[algorithm], host])
    # Authenticator data of a new key: 37 bytes, AAGUID, u16 length, credential, and the COSE key (WebAuthn §6.5.1).
    key = {
        "suite": passkey.SUITE, "cose": b64(data[55 + len(credential) :]), "credential": b64(credential),
        "origin": ORIGIN,
    }  # fmt: skip
    kind, words = items[0] if len(items) == 1 else (sheet.KIND, sheet.words(items))
    made = page.evaluate(SIGN, [list(passkey.challenge(kind, words)), credential, host])
    names = ("authenticator_data", "client_data", "signature")
    signature = dict(zip(names, map(b64, made), strict=True))
    signatures = [signature] if len(items) == 1 else [
        {**signature, "sheet": sheet.place(items, at)} for at in range(len(items))
    ]  # fmt: skip
    for item, one in zip(items, signatures, strict=True):
        passkey.verify(passkey.read(key), *item, one)
    row = {"algorithm": algorithm, "public": key, "fingerprint": passkey.read(key).fingerprint}
    return {**row, "signature": signature} if len(items) == 1 else {**row, "signatures": signatures}


def b64(data: list[int]) -> str:
    """Spell bytes that came from the page."""
    return base64.b64encode(bytes(data)).decode()


def contents() -> dict[str, tuple[dict[str, Any], list[sheet.Item]]]:
    """What each file says of what is signed, and that itself: the vectors' statement; with it others, and a package."""
    statement = json.loads((FOLDER / "statement.json").read_text(encoding="utf-8"))["statement"]
    statement = statement.replace('"suite":"E1"', '"suite":"W1"')
    one = (suite.STATEMENT, statement.encode())
    others = [(suite.STATEMENT, statement.replace('"circle":"ab"', f'"circle":"a{n}"').encode()) for n in range(3)]
    several = [one, *others, ("application/vnd.entente.package+json", b'{"number":1,"v":1}')]
    plain = [{"kind": kind, "body": body.decode()} for kind, body in several]
    words = sheet.words(several).decode()
    return {
        "passkey": ({"kind": suite.STATEMENT, "statement": statement}, [one]),
        "sheet": ({"kind": sheet.KIND, "items": plain, "words": words}, several),
    }


def main() -> None:
    """Write the files that are named, or all."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.route(f"{ORIGIN}/", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
        page.goto(f"{ORIGIN}/")
        tools = page.context.new_cdp_session(page)
        tools.send("WebAuthn.enable")
        device = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True,
        }  # fmt: skip
        tools.send("WebAuthn.addVirtualAuthenticator", {"options": device})
        made = f"tools/passkeys.py; Chromium {browser.version}, its virtual authenticator over CDP, no attestation"
        for name, (said, items) in contents().items():
            if sys.argv[1:] and name not in sys.argv[1:]:
                continue
            rows = []
            for algorithm in ALGORITHMS:
                try:
                    rows.append(case(page, algorithm, items))
                except Exception as error:
                    print(f"{algorithm}: not here: {error}")
            plain = {"origin": made, **said, "cases": rows}
            text = json.dumps(plain, indent=1) + "\n"
            (FOLDER / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")
        browser.close()


if __name__ == "__main__":
    main()
