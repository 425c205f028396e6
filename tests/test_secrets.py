"""Every failure path at DEBUG, with a service that echoes what it was sent: no secret in any form."""

from __future__ import annotations

import base64
import json
from typing import Any, Final, Literal
from urllib.parse import quote, quote_plus

import pytest

from tests.harness import FLOW, TENANT, Command, Run, names

ECHO: Final = "{{app_secret}} {{token}} {{base64:app_secret}} {{base64:token}} {{url:app_secret}} {{url:token}} {{app_key}}"
LONG: Final = "x" * 190 + ECHO
"""An error cuts the service's words after 200 characters: the cut must not leave a part of a secret."""
RAW: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nnot a header %s\r\n\r\n{}"


def echo(text: str) -> str:
    return json.dumps({"retCode": "7", "message": text})


FAULTS: Final[dict[str, dict[str, Any]]] = {
    **{
        f"{status}": {"status": status, "body": echo(ECHO)}
        for status in (400, 401, 403, 404, 408, 418, 429, 500, 503)
    },
    "long": {"status": 404, "body": echo(LONG)},
    "retCode": {"body": echo(ECHO)},
    "long retCode": {"body": echo(LONG)},
    "code": {"body": json.dumps({"retCode": "{{token}}", "message": "no"})},
    "html": {"body": f"<html>{ECHO}</html>", "headers": {"Content-Type": "text/html"}},
    "text": {"body": ECHO},
    "half": {"body": echo(ECHO)[:-3]},
    "cut": {"body": echo(ECHO), "cut_after": 60},
    "redirect": {
        "status": 302,
        "body": "",
        "headers": {"Location": "http://127.0.0.1:9/?{{url:token}}&{{url:app_secret}}"},
    },
    "header": {"status": 404, "body": "", "headers": {"X-Echo": "{{token}} {{app_key}}"}},
    "charset": {"body": ECHO, "headers": {"Content-Type": "application/json; charset={{token}}"}},
    "encoding": {"body": ECHO, "headers": {"Content-Encoding": "gzip"}},
    "wait": {"status": 503, "body": "{}", "headers": {"Retry-After": "{{token}}"}},
    "row": {"body": json.dumps({"retCode": "0", "result": [{"id": "{{token}}", "{{app_secret}}": 1}]})},
    "raw": {"raw": RAW % TENANT["app_secret"].encode()},
    "status line": {"raw": b"HTTP/1.1 %s\r\n\r\n" % TENANT["app_secret"].encode()},
    "reset": {"reset": True},
    "url by others": {
        "status": 404,
        "body": json.dumps({"message": "another%2b%2F%3d%25s3cret and another%2B%2f=%25s3cret"}),
    },
}


def forms(secret: str) -> set[str]:
    """What a secret may look like in a text."""
    raw = secret.encode()
    plain = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
    }
    return plain | {
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }


def leaks(run: Run, secrets: list[str]) -> list[str]:
    printed = run.stdout.decode() + run.stderr
    return [form for secret in secrets for form in forms(secret) if form in printed]


@pytest.mark.parametrize("call", ["token", "ivr_flows"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_failure_shows_a_secret_at_any_level(
    tap: Command, call: Literal["token", "ivr_flows"], fault: dict[str, Any]
) -> None:
    # One secret breaks the JSON that echoes it, the other one does not.
    others = {"name": "south", "app_key": "key-south-88", "app_secret": "another+/=%s3cret"}
    tap.service.set_tenants([{**TENANT, "flows": [FLOW]}, {**others, "flows": [FLOW]}])
    tap.service.fault(call=call, times=None, **fault)
    run = tap(tap.config([TENANT, others], max_retries=1, concurrency=2), TAP_IVRFLOW_LOGLEVEL="DEBUG")
    # What a failed token call echoes is no token: none was issued as one.
    tokens = tap.service.tokens() if call == "ivr_flows" else []
    secrets = [
        TENANT["app_secret"],
        others["app_secret"],
        TENANT["app_key"],
        others["app_key"],
        *tokens,
    ]

    assert run.code == 1
    assert names(run.errors[-1], "2 of 2", "north (ivr_flows)", "south (ivr_flows)")
    assert "DEBUG" in run.stderr
    assert len(tokens) >= (2 if call == "ivr_flows" else 0)
    assert leaks(run, secrets) == []
    # Nor the beginning of one, where the service's words were cut.
    assert all(secret[:8] not in run.stderr for secret in secrets)


def test_a_good_run_shows_no_secret_either(tap: Command) -> None:
    tap.serve(FLOW)
    run = tap(tap.config(emit_activate_version_messages=True), TAP_IVRFLOW_LOGLEVEL="DEBUG")
    secrets = [TENANT["app_secret"], TENANT["app_key"], *tap.service.tokens()]

    assert run.code == 0
    assert "DEBUG" in run.stderr
    assert leaks(run, secrets) == []


def test_the_search_finds_what_it_looks_for() -> None:
    secret = TENANT["app_secret"]
    for form in forms(secret):
        assert leaks(Run(1, b"", f"an error with {form} in it"), [secret]), form
