"""The lists around the flows, through the installed command: pages, failures, tokens, selection."""

from __future__ import annotations

import json
from traceback import walk_tb
from typing import Any, Final

import pytest

from simulator.data import tenants
from tap_ivrflow.ledger import Ledger
from tap_ivrflow.tap import TapIVRFlow
from tests.harness import FLOW, TENANT, Command, Run, names

SISTERS: Final = ("called_routes", "access_codes", "skill_queues", "satisfaction_config")
PAGED: Final = SISTERS[:3]
KEYS: Final = {"skill_queues": "skillId", "satisfaction_config": "position"}
FIELDS: Final = {"called_routes": "routes", "access_codes": "access_codes", "skill_queues": "queues"}
NAMES: Final = {
    "called_routes": "queryCalledRoute",
    "access_codes": "queryAccessCodeList",
    "skill_queues": "querySkills",
    "satisfaction_config": "querySatisfactionConfig",
}
SURVEY: Final = {"enabled": True, "data": [{"ivrId": "1", "feedbackType": "IVR", "accessCode": "0090500"}]}
TRANSFER: Final = {"transferType": "Transfer", "deviceType": "3", "value": 1}


PAGES: Final = ((0, 100), (100, 100), (200, 50))
"""The first row and the size of each page of a list; test_paging has every other way to page."""


def rows(stream: str, count: int, first: int = 0) -> list[dict[str, Any]]:
    """Rows of a list as the service sends them."""
    key = KEYS.get(stream, "id")
    ids = (number if key == "skillId" else str(10**18 + number) for number in range(first, first + count))
    return [{key: each} for each in ids]


def lists(count: int = 3) -> dict[str, Any]:
    return {**{FIELDS[stream]: rows(stream, count) for stream in PAGED}, "survey": SURVEY}


def page(stream: str, data: list[Any] | None, total: object = None, **fields: Any) -> str:
    """The body of a page of a list."""
    success = {"returnCode": "0", "description": "success", **fields}
    counted = {} if total is None else {"total": total}
    if stream == "skill_queues":
        return json.dumps({**success, **counted, "data": data})
    return json.dumps({**success, "data": {**counted, "calledRouteList": data}})


def run_with(tap: Command, *selected: str, config: dict[str, Any] | None = None, **settings: Any) -> Run:
    """Run the command with these streams and the proof selected."""
    return tap(config or tap.config(**settings), *tap.select(*selected))


def ids(run: Run, stream: str) -> list[Any]:
    return [
        message["record"][KEYS.get(stream, "id")]
        for message in run.lists
        if message["type"] == "RECORD" and message["stream"] == stream
    ]


def pages_called(tap: Command, stream: str) -> int:
    return int(tap.service.calls()[stream])


def served(tap: Command, stream: str, *bodies: str) -> None:
    """Let the service answer these pages, one after the other, again and again."""
    tap.serve(FLOW, **lists())
    for _ in range(3):
        for body in bodies:
            tap.service.fault(call=stream, body=body)


def test_all_lists_of_a_tenant_come_with_one_token_and_a_proof(tap: Command) -> None:
    tap.serve(FLOW, **lists())
    run = run_with(tap, "ivr_flows", *SISTERS)

    assert run.code == 0
    assert run.warnings == []
    assert tap.service.calls()["token"] == 1
    assert {stream: len(ids(run, stream)) for stream in SISTERS} == dict.fromkeys(PAGED, 3) | {
        "satisfaction_config": 1
    }
    assert {(proof["tenant"], proof["stream"], proof["records"]) for proof in run.proofs} == {
        ("north", "ivr_flows", 1),
        *(("north", stream, 3) for stream in PAGED),
        ("north", "satisfaction_config", 1),
    }
    extraction = {message["record"]["extraction"] for message in run.messages if message["type"] == "RECORD"}
    assert extraction == {run.proofs[0]["extraction"]}


def test_what_is_not_selected_is_not_called(tap: Command) -> None:
    tap.serve(FLOW)
    run = tap(tap.config())
    assert (run.code, run.ids) == (0, [("north", 1)])
    assert [call["call"] for call in tap.service.calls()["log"]] == ["token", "ivr_flows"]


def test_a_test_of_the_connection_does_not_fail_for_a_list_that_nobody_selected(tap: Command) -> None:
    tap.serve(FLOW)
    run = tap(tap.config(), "--test")
    assert (run.code, run.errors) == (0, [])
    assert [call["call"] for call in tap.service.calls()["log"]] == ["token", "ivr_flows"]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_pages_of_many_tenants_cost_a_token_and_a_call_each_and_keep_their_order(
    tap: Command, concurrency: int
) -> None:
    tenants = [{**TENANT, "name": f"t{number:02}", "app_key": f"key-number-{number}"} for number in range(30)]
    tap.service.set_tenants(
        [{**tenant, "flows": [], "routes": rows("called_routes", 250)} for tenant in tenants]
    )
    run = run_with(tap, "called_routes", config=tap.config(tenants, concurrency=concurrency))

    assert run.code == 0
    assert run.ids == [
        (tenant["name"], row["id"]) for tenant in tenants for row in rows("called_routes", 250)
    ]
    calls = tap.service.calls()
    assert (calls["token"], calls["called_routes"]) == (30, 90)


def test_a_survey_is_a_row_even_without_one(tap: Command) -> None:
    tap.serve(FLOW, survey={"enabled": False, "data": []})
    run = run_with(tap, "satisfaction_config")
    assert run.records == [
        {
            "tenant": "north",
            "position": 0,
            "enabled": False,
            **dict.fromkeys(["ivrId", "feedbackType", "channelType", "accessCode"]),
        }
    ]


def test_a_queue_is_flat(tap: Command) -> None:
    skill = {"busy": TRANSFER, "waitVoice": {"parameterType": "1"}, "more": 1}
    tap.serve(FLOW, queues=[{"skillId": 7, "skillParam": skill}])
    run = run_with(tap, "skill_queues")
    (record,) = run.records
    assert (record["busyTransferType"], record["busyDeviceType"], record["busyValue"]) == ("Transfer", 3, 1)
    (warning,) = run.warnings
    assert names(warning, "skill_queues", "unknown", "skillParam.more")


@pytest.mark.parametrize("stream", PAGED)
def test_pages_that_fit_together_are_emitted(tap: Command, stream: str) -> None:
    served(tap, stream, *(page(stream, rows(stream, size, first), "250") for first, size in PAGES))
    run = run_with(tap, stream)

    assert (run.code, run.errors) == (0, [])
    assert len(set(ids(run, stream))) == len(ids(run, stream)) == 250
    assert pages_called(tap, stream) == len(PAGES)


@pytest.mark.parametrize("stream", PAGED)
def test_a_list_that_changes_is_read_again_from_the_start(tap: Command, stream: str) -> None:
    tap.serve(FLOW, **lists(250))
    tap.service.fault(call=stream, skip=1, body=page(stream, [], 250))
    run = run_with(tap, stream)

    assert (run.code, len(ids(run, stream))) == (0, 250)
    (warning,) = run.warnings
    assert names(warning, "'north'", NAMES[stream], "total", "250", "1 of 5")
    assert pages_called(tap, stream) == 2 + 3


@pytest.mark.parametrize("stream", PAGED)
def test_a_list_that_keeps_changing_is_a_failure(tap: Command, stream: str) -> None:
    served(tap, stream, *(page(stream, rows(stream, 100, first), 250 + first) for first in (0, 100)))
    run = run_with(tap, stream, max_retries=2)

    assert (run.code, run.records, len(run.warnings)) == (1, [], 2)
    (error,) = run.errors
    assert names(error, "'north'", NAMES[stream], "250", "350", "3")
    assert run.proofs == []


@pytest.mark.parametrize("stream", PAGED)
def test_an_offset_that_is_ignored_is_named(tap: Command, stream: str) -> None:
    body = page(stream, rows(stream, 100), 250)
    served(tap, stream, body, body)
    run = run_with(tap, stream)

    assert (run.code, run.records, run.warnings) == (1, [], [])
    assert names(run.errors[0], "'north'", NAMES[stream], "`offset`")
    assert names(run.errors[0], "documented", "100") == (stream == "access_codes")


@pytest.mark.parametrize("stream", PAGED)
def test_no_list_with_a_total_is_a_failure(tap: Command, stream: str) -> None:
    served(tap, stream, page(stream, None, 7))
    run = run_with(tap, stream)
    assert run.code == 1
    assert names(run.errors[0], NAMES[stream], "total", "7", "no list")


@pytest.mark.parametrize("stream", PAGED)
def test_a_key_twice_on_one_page_is_a_warning(tap: Command, stream: str) -> None:
    served(tap, stream, page(stream, [*rows(stream, 2), *rows(stream, 1)], 3))
    run = run_with(tap, stream)
    assert (run.code, len(run.records)) == (0, 3)
    assert names(run.warnings[0], "'north'", stream, "duplicate")
    assert run.proofs[0]["records"] == 2


def test_the_older_form_of_a_list_is_parsed(tap: Command) -> None:
    body = json.dumps({"returnCode": "0", "data": rows("access_codes", 2)})
    served(tap, "access_codes", body)
    assert len(run_with(tap, "access_codes").records) == 2


@pytest.mark.parametrize("stream", SISTERS)
def test_a_fault_of_a_page_is_retried_like_any_other(tap: Command, stream: str) -> None:
    tap.serve(FLOW, **lists(250))
    skip = 0 if stream == "satisfaction_config" else 1
    tap.service.fault(call=stream, skip=skip, status=503)
    run = run_with(tap, stream)
    assert (run.code, len(run.warnings)) == (0, 1)
    assert names(run.warnings[0], NAMES[stream], "503")


@pytest.mark.parametrize(
    ("stream", "fault", "words"),
    [
        ("called_routes", {"body": '{"returnCode": "7", "description": "no rights"}'}, ("7", '"no rights"')),
        ("access_codes", {"body": '{"data": []}'}, ("returnCode",)),
        ("skill_queues", {"status": 400, "body": "{}"}, ("400",)),
        ("satisfaction_config", {"body": "<html>"}, ("JSON", "HTML")),
    ],
)
def test_a_list_that_fails_stands_alone(
    tap: Command, stream: str, fault: dict[str, Any], words: tuple[str, ...]
) -> None:
    tap.serve(FLOW, **lists())
    tap.service.fault(call=stream, times=None, **fault)
    run = run_with(tap, "ivr_flows", *SISTERS)

    assert run.code == 1
    assert names(run.errors[0], "'north'", stream, NAMES[stream], *words)
    assert names(run.errors[1], "1 of 5", f"north ({stream})")
    assert {proof["stream"] for proof in run.proofs} == {"ivr_flows", *SISTERS} - {stream}
    assert {message["stream"] for message in run.lists if message["type"] == "RECORD"} == {
        "ivr_flows",
        *SISTERS,
    } - {stream}


def test_the_summary_names_tenants_and_streams(tap: Command) -> None:
    tenants = [
        {**TENANT, "name": name, "app_key": f"key-number-{name}"} for name in ("north", "south", "west")
    ]
    tap.service.set_tenants([{**tenant, "flows": [FLOW], **lists()} for tenant in tenants])
    tap.service.fault(call="called_routes", tenant="north", times=None, status=400)
    tap.service.fault(call="ivr_flows", tenant="south", times=None, status=400)
    tap.service.fault(call="access_codes", tenant="south", times=None, status=400)
    run = run_with(
        tap,
        "ivr_flows",
        *SISTERS,
        config=tap.config(tenants, emit_activate_version_messages=True),
    )

    assert names(run.errors[-1], "3 of 15", "north (called_routes)", "south (ivr_flows, access_codes)")
    assert len(run.errors) == 4
    activated = [message["stream"] for message in run.messages if message["type"] == "ACTIVATE_VERSION"]
    assert activated == ["skill_queues", "satisfaction_config"]


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize("with_flows", [True, False])
def test_a_list_that_was_not_bought_is_hinted_at(tap: Command, status: int, *, with_flows: bool) -> None:
    tap.serve(FLOW, **lists())
    tap.service.fault(call="called_routes", times=None, status=status, body="{}")
    run = run_with(tap, *(["ivr_flows"] if with_flows else []), "called_routes")
    assert names(run.errors[0], "bought", "deselect called_routes") == with_flows


def test_flows_that_are_refused_too_give_no_such_hint(tap: Command) -> None:
    tap.serve(FLOW, **lists())
    for call in ("ivr_flows", "called_routes"):
        tap.service.fault(call=call, times=None, status=403, body="{}")
    run = run_with(tap, "ivr_flows", "called_routes")
    assert len(run.errors) == 3
    assert not any(names(error, "deselect") for error in run.errors)


SPACES: Final = [
    {**TENANT, "name": name, "tenant_space_id": f"space-{name}"} for name in ("north", "south", "west")
]


def test_tenants_of_one_key_pair_share_a_token(tap: Command) -> None:
    tap.service.set_tenants([{**TENANT, "flows": [FLOW], **lists()}])
    run = run_with(tap, "ivr_flows", *SISTERS, config=tap.config(SPACES, concurrency=3))
    calls = tap.service.calls()
    assert (run.code, calls["token"], calls["ivr_flows"]) == (0, 1, 3)
    spaces = {call["headers"].get("x-tenantspaceid") for call in calls["log"] if call["call"] != "token"}
    assert spaces == {"space-north", "space-south", "space-west"}


def test_a_key_pair_that_is_refused_is_asked_about_once(tap: Command) -> None:
    tap.serve(FLOW, **lists())
    tap.service.fault(call="token", times=None, status=403, body='{"exceptionInfo": "wrong pair"}')
    run = run_with(tap, "ivr_flows", *SISTERS, config=tap.config(SPACES))
    assert tap.service.calls()["token"] == 1
    # One line for the pair, and one that counts the lists.
    pair, summary = run.errors
    assert names(pair, "tokenByAkSk", "403", '"wrong pair"', "app_key", "app_secret", "IP allow-list")
    assert names(summary, "15 of 15")


def test_a_host_that_is_gone_is_not_called_for_ever(tap: Command) -> None:
    tenants = [{**TENANT, "name": f"t{number}", "app_key": f"key-number-{number}"} for number in range(20)]
    gone = [{**tenant, "api_url": "http://127.0.0.1:9"} for tenant in tenants[:19]]
    tap.service.set_tenants([{**tenants[19], "flows": [FLOW]}])
    tap.service.fault(call="called_routes", tenant="t19", times=None, status=403)
    run = run_with(
        tap,
        "ivr_flows",
        "called_routes",
        config=tap.config([*gone, tenants[19]], max_retries=1, concurrency=1),
    )

    assert run.code == 1
    assert run.ids == [("t19", 1)]
    assert len(run.waits) == 5
    (dead,) = (error for error in run.errors if names(error, "5 lists in a row"))
    assert names(dead, "tokenByAkSk", "http://127.0.0.1:9")
    assert names(run.errors[-1], "39 of 40", "t0 (ivr_flows, called_routes)")


def test_a_token_host_of_its_own_is_called_for_tokens_only(tap: Command) -> None:
    tap.serve(FLOW)
    run = tap(tap.config(token_api_url="http://127.0.0.1:9", max_retries=0))
    assert run.code == 1
    assert names(run.errors[0], "tokenByAkSk", "Connection refused", "token_api_url")
    assert tap.service.calls()["log"] == []
    good = tap(
        {**tap.config(token_api_url=tap.service.url), "api_url": "http://127.0.0.1:9", "max_retries": 0}
    )
    assert names(good.errors[0], "queryIVRFlowList", "Connection refused")
    assert tap.service.calls()["token"] == 1


@pytest.mark.parametrize("fault", [{"status": 404, "body": ""}, {"body": "<html>"}])
def test_a_token_call_that_leads_elsewhere_names_its_setting(tap: Command, fault: dict[str, Any]) -> None:
    tap.serve(FLOW)
    tap.service.fault(call="token", times=None, **fault)
    assert names(tap(tap.config()).errors[0], "tokenByAkSk", "token_api_url")


def test_a_tenants_own_host_cancels_the_general_token_host(tap: Command) -> None:
    tap.serve(FLOW)
    tenant = {**TENANT, "api_url": tap.service.url}
    run = tap({**tap.config([tenant], token_api_url="http://127.0.0.1:9"), "api_url": "http://127.0.0.1:9"})
    assert (run.code, run.ids) == (0, [("north", 1)])


def test_the_simulators_own_lists_hang_together(tap: Command) -> None:
    tenant = tenants(2)[1]
    tap.service.set_tenants([tenant])
    pair = {"name": tenant.name, "app_key": tenant.app_key, "app_secret": tenant.app_secret}
    run = run_with(tap, "ivr_flows", *SISTERS, config=tap.config([pair]))
    assert (run.code, run.warnings) == (0, [])
    flows = {flow["id"]: flow for flow in tenant.flows}
    routes = tenant.routes
    reached = {route["deviceId"] for route in routes if route["devicetype"] == 3}
    assert {
        "gone": reached - flows.keys(),
        "not loaded": {key for key in reached & flows.keys() if not flows[key]["isLoad"]},
    } == {
        "gone": {999},
        "not loaded": {3, 6},
    }
    assert flows.keys() - reached
    codes = {route["accessCode"] for route in routes}
    assert codes.isdisjoint({flow["accessCode"] for flow in tenant.flows})
    assert {code["accessCode"] for code in tenant.access_codes} - codes == {"4008001009"}
    assert [proof["records"] for proof in run.proofs] == [8, 5, 5, 2, 1]


def test_generated_routes_are_paged(tap: Command) -> None:
    tenant = tenants(1, flows=0, routes=250)[0]
    tap.service.set_tenants([tenant])
    pair = {"name": tenant.name, "app_key": tenant.app_key, "app_secret": tenant.app_secret}
    run = run_with(tap, "called_routes", config=tap.config([pair]))
    assert (run.code, len(run.records), tap.service.calls()["called_routes"]) == (0, 250, 3)


def test_one_host_in_two_spellings_is_one_host(tap: Command) -> None:
    tap.serve(FLOW)
    port = tap.service.url.rpartition(":")[2]
    urls = (f"http://localhost:{port}", f"HTTP://LocalHost:{port}/")
    spaces = [{**TENANT, "name": str(number), "api_url": url} for number, url in enumerate(urls)]
    run = tap(tap.config(spaces))
    assert (run.code, len(run.ids), tap.service.calls()["token"]) == (0, 2, 1)


def test_a_service_with_smaller_pages_than_were_asked_for_is_not_read_in_part(tap: Command) -> None:
    tap.serve(FLOW, **lists(300), paging=lambda rows, _, at, __: (rows[at : at + 50], len(rows)))
    run = run_with(tap, "called_routes", max_retries=1)
    assert (run.code, run.records, run.proofs) == (1, [], [])
    assert names(run.errors[0], "total", "300")


def test_tenants_of_one_pair_do_not_fail_each_other_where_a_new_token_ends_the_old_one(tap: Command) -> None:
    tap.service.set_tenants(
        [{**TENANT, **space, "flows": [FLOW], **lists()} for space in SPACES], new_token_ends_old=True
    )
    tap.service.fault(call="called_routes", tenant="north", times=None, status=403)
    run = run_with(tap, "ivr_flows", *SISTERS, config=tap.config(SPACES, concurrency=3))
    assert names(run.errors[-1], "1 of 15", "north (called_routes)")
    assert len(run.proofs) == 14


def test_a_tenants_own_token_host_is_called_for_its_token(tap: Command) -> None:
    tap.serve(FLOW)
    config = tap.config(max_retries=0)
    config["tenants"][0]["token_api_url"] = "http://127.0.0.1:9"
    run = tap(config)
    assert names(run.errors[0], "tokenByAkSk", "Connection refused")
    assert tap.service.calls()["log"] == []


def test_a_host_is_dead_though_its_token_call_answers(tap: Command) -> None:
    tenants = [{**TENANT, "name": f"t{number}", "app_key": f"key-number-{number}"} for number in range(12)]
    tap.service.set_tenants([{**tenant, "flows": [FLOW]} for tenant in tenants])
    tap.service.fault(call="ivr_flows", times=None, close=True)
    run = tap(tap.config(tenants, max_retries=0, concurrency=1))
    assert sum(names(error, "5 lists in a row") for error in run.errors) == 1
    assert tap.service.calls()["token"] == 5


@pytest.mark.parametrize(
    "body", ['{"retCode": "0", "result": [{"id": "x"}]}', '{"retCode": "0", "result": [']
)
def test_a_failure_that_waits_holds_no_response(
    tap: Command, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    failures: list[BaseException] = []

    monkeypatch.setattr(Ledger, "fail", lambda _ledger, _tenant, _list, error, **_: failures.append(error))
    tap.service.fault(call="ivr_flows", body=body)
    TapIVRFlow(config=tap.config(max_retries=0)).sync_all()

    (failure,) = failures
    assert (failure.__cause__, failure.__context__) == (None, None)
    frames = [frame.f_code.co_filename for frame, _ in walk_tb(failure.__traceback__)]
    assert not [name for name in frames if "/aicc/" in name]
