"""Makes spec/vectors/feed/passkey.json: assertions by Chromium's virtual authenticator, over statements of the vectors.

Run `python tools/passkeys.py`. Keys are new each time and cannot be made again, so the file is kept and only verified:
by tests/feed/test_vectors.py with hashlib, `cryptography` and JSON alone. No server runs: the browser is answered here.
"""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from entente.feed import passkey, suite

FILE = Path(__file__).parents[1] / "spec" / "vectors" / "feed" / "passkey.json"
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


def case(page: Page, algorithm: str, statement: bytes) -> dict[str, Any]:
    """A key of an algorithm, and its assertion over a statement."""
    host = passkey.host_of(ORIGIN)
    data, credential = page.evaluate(MAKE, [ALGORITHMS[algorithm], host])
    # Authenticator data of a new key: 37 bytes, AAGUID, u16 length, credential, and the COSE key (WebAuthn §6.5.1).
    key = {
        "suite": passkey.SUITE, "cose": b64(data[55 + len(credential) :]), "credential": b64(credential),
        "origin": ORIGIN,
    }  # fmt: skip
    made = page.evaluate(SIGN, [list(passkey.challenge(suite.STATEMENT, statement)), credential, host])
    names = ("authenticator_data", "client_data", "signature")
    row = {"algorithm": algorithm, "public": key, "fingerprint": passkey.read(key).fingerprint,
           "signature": dict(zip(names, map(b64, made), strict=True))}  # fmt: skip
    passkey.verify(passkey.read(key), suite.STATEMENT, statement, row["signature"])
    return row


def b64(data: list[int]) -> str:
    """Spell bytes that came from the page."""
    return base64.b64encode(bytes(data)).decode()


def main() -> None:
    """Write the file."""
    statement = json.loads((FILE.parent / "statement.json").read_text(encoding="utf-8"))["statement"]
    statement = statement.replace('"suite":"E1"', '"suite":"W1"')
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
        rows = []
        for algorithm in ALGORITHMS:
            try:
                rows.append(case(page, algorithm, statement.encode()))
            except Exception as error:
                print(f"{algorithm}: not here: {error}")
        made = f"tools/passkeys.py; Chromium {browser.version}, its virtual authenticator over CDP, no attestation"
        browser.close()
    plain = {"origin": made, "kind": suite.STATEMENT, "statement": statement, "cases": rows}
    FILE.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
