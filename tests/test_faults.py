"""What happens for each fault: all rows and exit 0, or a non-zero exit, one clear line, nothing lost."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from simulator.server import Simulator
from tap_ivrflow.aicc.client import Client, Shared
from tap_ivrflow.aicc.errors import ServiceError
from tap_ivrflow.aicc.redaction import Redactor
from tap_ivrflow.aicc.retry import Retry
from tap_ivrflow.streams import LISTS
from tests.harness import FLOW, TENANT, Command, names
from tests.test_calls import columns

ROWS: Final = [FLOW, {**FLOW, "id": 2}]
ROUTES: Final = [{"id": str(number), "accessCode": "4008001001"} for number in range(250)]
"""Three pages."""
GOOD: Final = json.dumps({"result": ROWS, "retCode": "0", "message": "success"})
RAW: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@dataclass(frozen=True)
class Case:
    """A fault and its outcome.

    Attributes:
        fault: fields of the simulator's fault; it lasts for ever unless `times` says otherwise.
        rows: rows that come out; a run with rows ends well.
        calls: calls made for tokens, and for the list.
        words: what the error names, or else the warning of the retry.
    """

    fault: dict[str, Any]
    rows: int
    calls: tuple[int, int]
    words: tuple[str, ...] = ()


def transient(call: str, fault: dict[str, Any], words: tuple[str, ...], name: str) -> list[Any]:
    """A fault that is retried: it fails when it lasts and is forgotten when it passes."""
    token = call == "token"
    once = Case({**fault, "call": call, "times": 1}, 2, (2, 1) if token else (1, 2), words)
    lasts = Case({**fault, "call": call}, 0, (3, 0) if token else (1, 3), (*words, "3"))
    return [pytest.param(once, id=f"{call}-{name}-once"), pytest.param(lasts, id=f"{call}-{name}-lasts")]


def final(call: str, fault: dict[str, Any], words: tuple[str, ...], name: str) -> Any:
    """A fault that ends the run at once, with one call."""
    calls = (1, 0) if call == "token" else (1, 1)
    return pytest.param(Case({**fault, "call": call}, 0, calls, words), id=f"{call}-{name}")


def retried() -> list[Any]:
    cases = []
    for call in ("token", "ivr_flows"):
        for status in (408, 429, 500, 502, 503, 504, 599):
            cases += transient(call, {"status": status, "body": "{}"}, (str(status),), str(status))
        html = {"status": 502, "body": "<html>bad gateway</html>", "headers": {"Content-Type": "text/html"}}
        cases += transient(call, html, ("502",), "html-502")
        breaks = {"reset": ("Connection reset by peer", "api_url"), "close": ("api_url", "network")}
        for how, words in breaks.items():
            cases += transient(call, {how: True}, words, how)
        cases += transient(call, {"body": GOOD, "cut_after": 20}, ("cut",), "cut")
        cases += transient(call, {"body": ""}, ("empty",), "empty")
        cases += transient(call, {"body": GOOD[:40]}, ("JSON", "cut"), "half-json")
        utf_16 = {"body": b'\xff\xfe{\x00"', "headers": {"Content-Type": "text/plain; charset=ascii"}}
        cases += transient(call, utf_16, ("UTF-8",), "bad-utf-16")
        corrupt = {"body": b"\x1f\x8b no gzip", "headers": {"Content-Encoding": "gzip"}}
        cases += transient(call, corrupt, ("decoded",), "bad-gzip")
        cases += transient(call, {"body": b'{"message": "\xff\xfe\x80"}'}, ("UTF-8",), "bad-text")
        cases += transient(call, {"raw": b"garbage\r\n\r\n"}, ("api_url", "network"), "garbage")
        chunk = {"raw": RAW + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"}
        cases += transient(call, chunk, ("cut",), "bad-chunk")
    return cases


ECHO: Final = '{"error": {"message": "frozen s3cret-n0rth+/=%ü\\"x"}}'


def ended() -> list[Any]:
    cases = []
    for call in ("token", "ivr_flows"):
        for status, advice in {
            400: "api_url",
            404: "api_url",
            405: "undocumented",
            418: "api_url",
            204: "undocumented",
        }.items():
            cases.append(final(call, {"status": status, "body": ""}, (str(status), advice), str(status)))
        cases.append(
            final(
                call,
                {"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}, "body": ""},
                ("302", "redirect", "api_url"),
                "redirect",
            )
        )
        cases.append(
            final(
                call,
                {"status": 307, "headers": {"Location": "/elsewhere"}, "body": ""},
                ("307", "redirect", "api_url"),
                "redirect-307",
            )
        )
        html = {"body": "<html>log in</html>", "headers": {"Content-Type": "text/html"}}
        cases.append(final(call, html, ("JSON", "HTML", "login"), "html"))
        cases.append(final(call, {"body": "maintenance"}, ("JSON", "api_url"), "text"))
        cases.append(final(call, {"body": "[]"}, ("list", "object"), "bare-list"))
        cases.append(final(call, {"body": "null"}, ("null", "object"), "null"))
    for status, advice in {401: "bought", 403: "IP allow-list"}.items():
        cases.append(final("token", {"status": status, "body": "{}"}, (str(status), advice), str(status)))
        # On the query a refusal costs one new token and one more try.
        refused = Case(
            {"call": "ivr_flows", "status": status, "body": "{}"}, 0, (2, 2), (str(status), advice)
        )
        cases.append(pytest.param(refused, id=f"query-{status}-lasts"))
        once = Case({"call": "ivr_flows", "status": status, "body": "{}", "times": 1}, 2, (2, 2))
        cases.append(pytest.param(once, id=f"query-{status}-once"))
    cases.append(
        pytest.param(
            Case({"call": "ivr_flows", "expire_token": True, "times": 1}, 2, (2, 2)), id="query-expired-token"
        )
    )
    for body, words in {
        '{"ApplyType": "Bearer"}': "AccessToken",
        '{"AccessToken": ""}': "AccessToken",
        '{"AccessToken": null, "message": "no such key"}': "no such key",
        '{"AccessToken": 12}': "AccessToken",
        '{"AccessToken": "a\\nX-Injected: b"}': "AccessToken",
        '{"retCode": "7", "message": "locked"}': "locked",
        '{"errorCode": "0", "exceptionInfo": "suspended"}': "suspended",
        '{"returnCode": "2", "description": "expired"}': "expired",
        ECHO: "frozen ***",
    }.items():
        cases.append(final("token", {"body": body}, (words,), body))
    return cases


ENVELOPES: Final = {
    '{"result": [], "retCode": "1", "message": "no authority"}': ("retCode 1", "no authority"),
    '{"result": [{"id": 1}], "retCode": "-1"}': ("retCode -1",),
    '{"result": [], "retCode": 7}': ("retCode 7",),
    '{"result": [], "retCode": false}': (
        "retCode",
        "boolean",
    ),
    '{"result": []}': ("retCode",),
    '{"returnCode": "1", "description": "wrong page"}': ("retCode", "wrong page"),
    '{"result": {}, "retCode": "0"}': (
        "`result`",
        "object",
    ),
    '{"result": "", "retCode": "0"}': (
        "`result`",
        "string",
    ),
    '{"result": [{"id": 1}, 7], "retCode": "0"}': ("row 2", "integer"),
    '{"result": [[]], "retCode": "0"}': ("row 1", "list"),
    '{"schema": [], "retCode": "0"}': (
        "`schema`",
        "list",
    ),
    '{"schema": {"retCode": "1"}, "retCode": "0"}': (
        "`retCode`",
        "different",
    ),
    '{"result": [{"accessCode": "1"}], "retCode": "0"}': ("row 1", "`id`", "null"),
    '{"result": [{"id": 1}, {"id": null}], "retCode": "0"}': ("row 2", "`id`", "null"),
    '{"result": [{"id": 1}, {"id": "abc"}], "retCode": "0"}': ("row 2", "`id`", "whole number"),
    '{"result": [{"id": 1, "flowType": 1.5}], "retCode": "0"}': ("row 1", "`flowType`", "whole number"),
    '{"result": [{"id": 1, "isLoad": true}], "retCode": "0"}': ("row 1", "`isLoad`", "boolean"),
    '{"result": [{"id": 1, "description": {}}], "retCode": "0"}': ("row 1", "`description`", "object"),
    '{"result": [{"id": 9223372036854775808}], "retCode": "0"}': ("row 1", "`id`", "64 bits"),
}

PAGE_ENVELOPES: Final = {
    '{"data": {"calledRouteList": []}, "returnCode": "1", "description": "busy"}': ("returnCode 1", "busy"),
    '{"data": {"calledRouteList": [{"id": "a"}]}, "returnCode": 7}': ("returnCode 7",),
    '{"data": {"calledRouteList": []}, "returnCode": false}': (
        "returnCode",
        "boolean",
    ),
    '{"data": {"calledRouteList": [{"id": "a"}]}}': ("returnCode",),
    '{"result": [], "retCode": "0", "message": "wrong list"}': ("returnCode", "wrong list"),
    '{"data": "", "returnCode": "0"}': (
        "`data`",
        "string",
    ),
    '{"data": {"calledRouteList": {}}, "returnCode": "0"}': (
        "`calledRouteList`",
        "object",
    ),
    '{"data": {"calledRouteList": [{"id": "a"}, 7]}, "returnCode": "0"}': ("row 2", "integer"),
    '{"data": {"calledRouteList": [[]]}, "returnCode": "0"}': ("row 1", "list"),
    '{"data": {"calledRouteList": [{"dnid": "1"}]}, "returnCode": "0"}': ("row 1", "`id`", "null"),
    '{"data": {"calledRouteList": [{"id": ""}]}, "returnCode": "0"}': ("row 1", "`id`", "empty string"),
    '{"data": {"calledRouteList": [{"id": "a", "deviceId": true}]}, "returnCode": "0"}': (
        "`deviceId`",
        "boolean",
    ),
    '{"data": {"calledRouteList": [{"id": "a", "deviceId": 1.5}]}, "returnCode": "0"}': (
        "`deviceId`",
        "whole number",
    ),
    '{"data": {"calledRouteList": [{"id": "a", "dnid": {}}]}, "returnCode": "0"}': ("`dnid`", "object"),
    '{"data": {"calledRouteList": [{"id": "a", "id": "b"}]}, "returnCode": "0"}': (
        "`id`",
        "different",
    ),
    '{"data": {"total": 1, "calledRouteList": []}, "data": {}, "returnCode": "0"}': (
        "`data`",
        "different",
    ),
}
"""Bodies of the second page of the routes that are no success."""


def of_second_page(cases: Iterable[Any]) -> Iterator[Any]:
    """The faults of the flows' call, as faults of the second of three pages."""
    for param in cases:
        (case,) = param.values
        if case.fault["call"] == "ivr_flows":
            fault = {**case.fault, "call": "called_routes", "skip": 1}
            token, query = case.calls
            calls = (token, 1 + query + 1) if case.rows else (token, 1 + query)
            routes = replace(case, fault=fault, rows=len(ROUTES) if case.rows else 0, calls=calls)
            yield pytest.param(routes, id=f"second-page-{param.id}")


def envelopes() -> Iterator[Any]:
    """Bodies that are no success, of the flows and of the second page of the routes."""
    for body, words in ENVELOPES.items():
        yield final("ivr_flows", {"body": body}, words, body)
    for body, words in PAGE_ENVELOPES.items():
        case = Case({"call": "called_routes", "skip": 1, "body": body}, 0, (1, 2), words)
        yield pytest.param(case, id=f"second-page-{body}")


FAULTS: Final = [*retried(), *ended()]
ALL: Final = [*FAULTS, *of_second_page(FAULTS), *envelopes()]
CASES: Final = {param.id: param for param in ALL}


class Waits(list[float]):
    """Waits that take no time; the clock goes on by each."""

    def clock(self) -> float:
        return sum(self)


def read(service: Simulator, stream: str, waits: Waits) -> int:
    """Read a list by the client, and return how many rows it has."""
    (call,) = (each.call for each in LISTS if vars(each)["name"] == stream)
    redact = Redactor()
    redact.add(TENANT["app_secret"])
    shared = Shared(retry=Retry(2, sleep=waits.append, clock=waits.clock), redact=redact)
    client = Client(TENANT["app_key"], TENANT["app_secret"], api_url=service.url, shared=shared)
    return len(client.fetch_page(call, columns(call).parse).rows)


def stream_of(case: Case) -> str:
    return "called_routes" if case.fault["call"] == "called_routes" else "ivr_flows"


@pytest.mark.parametrize("case", ALL)
def test_a_fault_ends_in_all_rows_or_in_one_error(
    service: Simulator, caplog: pytest.LogCaptureFixture, case: Case
) -> None:
    service.set_tenants([{**TENANT, "flows": ROWS, "routes": ROUTES}])
    service.fault(**{"times": None, **case.fault})
    waits = Waits()
    stream = stream_of(case)
    try:
        rows = read(service, stream, waits)
        said = [record.getMessage() for record in caplog.records]
    except ServiceError as error:
        rows, said = 0, [str(error)]
    calls = service.calls()

    assert rows == case.rows
    assert (calls["token"], calls[stream]) == case.calls
    assert len(waits) == len([record for record in caplog.records if record.levelname == "WARNING"])
    assert not case.words or names(said[-1], *case.words), said


COMMANDS: Final = (
    "token-503-once",
    "token-503-lasts",
    "token-close-lasts",
    "token-400",
    "token-403",
    "token-html",
    f"token-{ECHO}",
    "ivr_flows-503-once",
    "ivr_flows-429-lasts",
    "ivr_flows-reset-once",
    "ivr_flows-reset-lasts",
    "ivr_flows-cut-once",
    "ivr_flows-cut-lasts",
    "ivr_flows-bad-gzip-lasts",
    "ivr_flows-redirect",
    "ivr_flows-empty-once",
    "query-401-lasts",
    "query-403-once",
    "second-page-ivr_flows-502-once",
    "second-page-ivr_flows-half-json-lasts",
    f"ivr_flows-{next(iter(ENVELOPES))}",
    'second-page-{"data": {"calledRouteList": [{"id": ""}]}, "returnCode": "0"}',
)
"""One of each kind of outcome."""


@pytest.mark.parametrize("case", [CASES[name] for name in COMMANDS])
def test_a_fault_ends_a_run_with_all_rows_or_with_one_clear_line(tap: Command, case: Case) -> None:
    stream = stream_of(case)
    tap.serve(*ROWS, routes=ROUTES)
    tap.service.fault(**{"times": None, **case.fault})
    run = tap(tap.config(max_retries=2), *tap.select(stream))
    calls = tap.service.calls()
    said = run.errors if case.rows == 0 else run.warnings

    assert (calls["token"], calls[stream]) == case.calls
    assert len(run.records) == case.rows
    assert run.code == (0 if case.rows else 1)
    assert len(run.errors) == (0 if case.rows else 1)
    assert len(run.warnings) == len(run.waits)
    assert "Traceback" not in run.stderr
    assert not case.words or names(said[-1], "'north'", *case.words)
    assert run.proofs == [] or case.rows
    if case.rows == 0:
        assert "ACTIVATE_VERSION" not in run.types


@pytest.mark.parametrize("call", ["token", "ivr_flows"])
@pytest.mark.parametrize("fault", [{"delay": 30}, {"body": GOOD, "delay_body": 30}], ids=["silence", "stall"])
def test_a_hang_ends_within_the_timeout_of_each_try(tap: Command, call: str, fault: dict[str, Any]) -> None:
    tap.serve(*ROWS)
    tap.service.fault(call=call, times=None, **fault)
    run = tap(tap.config(max_retries=1, request_timeout=1))

    assert run.code == 1
    assert names(run.errors[0], "1 s", "request_timeout")
    assert tap.service.calls()[call] == 2


def test_an_answer_that_goes_on_for_ever_ends_within_the_bound_on_a_call(tap: Command) -> None:
    tap.serve(*ROWS)
    tap.service.fault(call="ivr_flows", times=None, raw=RAW + b"\r\n", repeat=b" ")
    run = tap(tap.config(call_timeout=1))

    assert (run.code, run.warnings) == (1, [])
    assert names(run.errors[0], "queryIVRFlowList", "call_timeout")


def test_a_malformed_header_is_logged_at_debug_only(tap: Command) -> None:
    tap.serve(*ROWS)
    body = RAW + b"Content-Length: %d\r\nno header\r\n\r\n%b" % (len(GOOD), GOOD.encode())
    tap.service.fault(call="ivr_flows", times=None, raw=body)
    run = tap(tap.config())

    assert (run.code, run.warnings) == (0, [])
    assert "no header" not in run.stderr
    assert "no header" in tap(tap.config(), TAP_IVRFLOW_LOGLEVEL="debug").stderr


def test_a_text_that_no_encoding_can_hold_costs_its_half_character_and_a_warning(tap: Command) -> None:
    tap.serve(*ROWS)
    body = GOOD.replace("Exception handling", r"Christmas \ud83c", 1)
    tap.service.fault(call="ivr_flows", body=body)
    run = tap(tap.config())

    assert (run.code, run.errors) == (0, [])
    assert [record["description"] for record in run.records] == ["Christmas \ufffd", "Exception handling"]
    (warning,) = run.warnings
    assert names(warning, "'north'", "ivr_flows", "id 1", "`description`", "U+FFFD")


@pytest.mark.parametrize("status", [400, 500])
def test_advice_for_the_token_call_names_no_tenant_space(tap: Command, status: int) -> None:
    tap.serve(*ROWS)
    tap.service.fault(call="token", times=None, status=status, body="{}")
    (error,) = tap(tap.config(max_retries=0)).errors
    assert names(error, "tokenByAkSk", str(status))
    assert "tenant_space_id" not in error


def test_a_refused_connection_is_retried_and_then_named(tap: Command) -> None:
    run = tap({**tap.config(max_retries=2), "api_url": "http://127.0.0.1:9"})

    assert run.code == 1
    assert len(run.waits) == 2
    assert "Connection refused" in run.errors[0]


def test_waits_grow_from_about_a_second_and_never_exceed_half_a_minute(tap: Command) -> None:
    tap.serve(*ROWS)
    tap.service.fault(call="ivr_flows", status=503, times=None)
    waits = tap(tap.config(max_retries=10)).waits

    assert len(waits) == 10
    assert all(0 <= wait <= min(30, 2 ** (tried + 1)) for tried, wait in enumerate(waits))


@pytest.mark.parametrize(("asked", "waited"), [("7", 7), ("90", 60), ("Fri, 31 Dec 2100 23:59:59 GMT", 60)])
def test_a_retry_after_is_honoured_up_to_a_minute(tap: Command, asked: str, waited: float) -> None:
    tap.serve(*ROWS)
    tap.service.fault(call="ivr_flows", status=503, headers={"Retry-After": asked})
    run = tap(tap.config())

    assert run.code == 0
    assert run.waits == [waited]


@pytest.mark.parametrize("asked", ["0", "-5", "soon", "Fri, 31 Dec 1999 23:59:59 GMT"])
def test_a_retry_after_that_asks_for_nothing_leaves_the_usual_wait(tap: Command, asked: str) -> None:
    tap.serve(*ROWS)
    tap.service.fault(call="ivr_flows", status=503, headers={"Retry-After": asked})
    (wait,) = tap(tap.config()).waits

    assert 0 < wait <= 2


def test_each_retry_is_one_warning_with_cause_attempt_and_wait(tap: Command) -> None:
    tap.serve(*ROWS)
    tap.service.fault(
        call="ivr_flows", status=503, times=2, headers={"Retry-After": "4"}, body='{"message": "busy"}'
    )
    run = tap(tap.config(max_retries=3))

    assert len(run.warnings) == 2
    for number, warning in enumerate(run.warnings, 1):
        assert names(warning, "'north'", "queryIVRFlowList", "503", '"busy"', f"{number} of 3", "4.0 s")


ONE = {"retCode": "0", "result": [{**FLOW, "description": "客服热线"}]}


@pytest.mark.parametrize(
    "fault",
    [
        {"gzip": True},
        *(
            {
                "body": json.dumps(ONE, ensure_ascii=False).encode(charset),
                "headers": {"Content-Type": f"application/json;charset={charset.removesuffix('-sig')}"},
            }
            for charset in ("utf-8-sig", "utf-16", "gbk")
        ),
        {"body": json.dumps({"schema": ONE})},
    ],
)
def test_an_answer_is_read_however_it_is_wrapped(tap: Command, fault: dict[str, Any]) -> None:
    tap.serve({**FLOW, "description": "客服热线"})
    tap.service.fault(call="ivr_flows", **fault)
    run = tap(tap.config())

    assert run.code == 0
    assert [record["description"] for record in run.records] == ["客服热线"]


@pytest.mark.parametrize(
    "body", ['{"retCode": "0"}', '{"retCode": 0, "result": null}', '{"schema": {"retCode": "0"}}']
)
def test_a_success_without_a_result_is_an_empty_tenant_with_a_warning(tap: Command, body: str) -> None:
    tap.serve(*ROWS)
    tap.service.fault(call="ivr_flows", body=body)
    run = tap(tap.config())

    assert (run.code, run.records) == (0, [])
    (warning,) = run.warnings
    assert names(warning, "'north'", "ivr_flows", "no list", "empty")


def test_an_empty_result_is_an_empty_tenant(tap: Command) -> None:
    tap.serve()
    run = tap(tap.config())

    assert (run.code, run.records, run.warnings) == (0, [], [])


def test_fifty_thousand_rows_in_one_answer_work(tap: Command) -> None:
    tap.serve(*({**FLOW, "id": number} for number in range(50_000)))
    run = tap(tap.config())

    assert run.code == 0
    assert run.ids == [("north", number) for number in range(50_000)]


def test_a_gzip_body_of_a_failure_is_read_too(tap: Command) -> None:
    body = gzip.compress(b'{"retCode": "9", "message": "squeezed"}')
    tap.serve(*ROWS)
    tap.service.fault(call="ivr_flows", body=body, headers={"Content-Encoding": "gzip"})

    assert "squeezed" in tap(tap.config()).errors[0]


@pytest.mark.parametrize("call", ["token", "ivr_flows"])
@pytest.mark.parametrize(
    "fault",
    [
        {"body": b"\x1f\x8b no gzip" + b"x" * 400_000, "headers": {"Content-Encoding": "gzip"}},
        {"status": 500, "body": b"x" * 400_000, "headers": {"Content-Encoding": "gzip"}},
        {"body": GOOD, "headers": {"Content-Encoding": ", ".join(["gzip"] * 6)}},
        {"body": GOOD + " " * 400_000, "cut_after": 300_000},
    ],
    ids=["gzip", "gzip-500", "gzip-six-times", "cut"],
)
def test_an_answer_that_cannot_be_decoded_costs_no_connection(
    tap: Command, call: Any, fault: dict[str, Any]
) -> None:
    tap.serve(*ROWS)
    tap.service.fault(call=call, times=3, **fault)
    run = tap(tap.config(max_retries=3, concurrency=1))

    assert (run.code, len(run.records), len(run.waits)) == (0, 2, 3)


@pytest.mark.parametrize("location", ["http://[::1", "http://\u00ff\u00fe/", "//:x", "http://host:99999/"])
def test_the_target_of_a_redirect_is_not_even_looked_at(tap: Command, location: str) -> None:
    tap.serve(*ROWS)
    tap.service.fault(call="ivr_flows", times=None, status=302, body="moved", headers={"Location": location})
    run = tap(tap.config(concurrency=1))

    assert run.code == 1
    assert names(run.errors[0], "redirect", "api_url")


MANY: Final = [
    {"name": name, "app_key": f"key-{name}-55", "app_secret": f"secret-{name}-66"} for name in "abcd"
]


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_tenants_that_fail_do_not_stop_the_others(tap: Command, concurrency: int) -> None:
    tap.service.set_tenants([{**tenant, "flows": ROWS} for tenant in MANY])
    tap.service.fault(call="token", tenant="a", status=403)
    tap.service.fault(call="ivr_flows", tenant="c", body='{"retCode": "5"}')
    run = tap(tap.config(MANY, concurrency=concurrency))

    assert run.code == 1
    assert run.ids == [("b", 1), ("b", 2), ("d", 1), ("d", 2)]
    assert len(run.errors) == 3
    assert names(run.errors[0], "'a'", "tokenByAkSk", "403")
    assert names(run.errors[1], "'c'", "queryIVRFlowList", "retCode 5")
    assert names(run.errors[2], "2 of 4", "a (ivr_flows)", "c (ivr_flows)")
    assert "Traceback" not in run.stderr


def test_at_debug_a_failure_may_show_its_traceback(tap: Command) -> None:
    tap.service.set_tenants([{**tenant, "flows": ROWS} for tenant in MANY])
    tap.service.fault(call="token", tenant="a", status=403)
    run = tap(tap.config(MANY), TAP_IVRFLOW_LOGLEVEL="debug")

    assert run.code == 1
    assert "Traceback" in run.stderr
