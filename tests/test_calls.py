"""The lists whose rows are no columns yet are reshaped without a loss."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import asdict

from tap_ivrflow.aicc.calls import (
    ACCESS_CODES,
    CALLED_ROUTES,
    IVR_FLOWS,
    SATISFACTION_CONFIG,
    SKILL_QUEUES,
    Call,
)
from tap_ivrflow.aicc.errors import CallError, RowError
from tap_ivrflow.aicc.listing import Page, parse_page
from tap_ivrflow.aicc.responses import Response
from tap_ivrflow.aicc.rows import Columns
from tap_ivrflow.streams import ADDED, LISTS
from tests.harness import ROOT

STREAM_OF = {stream.call: stream for stream in LISTS}
QUEUE = {"skillId": 7, "name": "sales", "maxWaitTime": 60}
TRANSFER = {"transferType": "Transfer", "deviceType": "3", "value": 12}


def columns(call: Call) -> Columns:
    path = ROOT / "schemas" / f"{vars(STREAM_OF[call])['name']}.json"
    declared = json.loads(path.read_text(encoding="utf-8"))["properties"]
    return Columns(call, {name: column for name, column in declared.items() if name not in ADDED})


def response(fields: dict[str, Any]) -> Response:
    return Response(200, json.dumps({"returnCode": "0", "description": "success", **fields}).encode())


def parse(call: Call, fields: dict[str, Any]) -> tuple[list[dict[str, Any]], Page]:
    """The rows with nulls left out, and the page."""
    page = columns(call).parse(response(fields))
    rows = map(asdict, page.rows)
    return [{name: value for name, value in row.items() if value is not None} for row in rows], page


@pytest.mark.parametrize("call", STREAM_OF)
def test_every_list_has_its_key_among_its_columns(call: Call) -> None:
    assert vars(STREAM_OF[call])["primary_keys"] == ("tenant", call.key)
    assert call.key in columns(call)._row.__struct_fields__  # noqa: SLF001 (the columns are told nowhere else)


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (IVR_FLOWS, {}),
        (CALLED_ROUTES, {"limit": 100, "offset": 200}),
        (ACCESS_CODES, {"limit": 100, "offset": 200}),
        (SKILL_QUEUES, {"limit": "100", "offset": "200"}),
        (SATISFACTION_CONFIG, {}),
    ],
)
def test_a_request_is_as_documented(call: Call, body: dict[str, Any]) -> None:
    assert call.body(200) == body


@pytest.mark.parametrize("total", [2, "2", 2.0, None, ""])
def test_a_total_counts_if_it_is_a_whole_number(total: object) -> None:
    rows = [{"id": "1"}, {"id": "2"}]
    records, page = parse(CALLED_ROUTES, {"data": {"total": total, "calledRouteList": rows}})
    assert records == rows
    assert page.total == (2 if total else None)


@pytest.mark.parametrize("total", [-1, -2.0, "many", "250 rows", "2 ", 2.5, True, [2], {}])
def test_a_total_that_cannot_be_read_is_a_failure(total: object) -> None:
    for place in ({"total": total}, {"data": {"totalCount": total}}):
        with pytest.raises(CallError, match=r"a `total(Count)?` that is not a whole number from 0"):
            parse(CALLED_ROUTES, {"data": {}, **place})


def test_an_older_form_has_the_rows_in_place_of_the_object() -> None:
    records, page = parse(ACCESS_CODES, {"data": [{"id": "1"}]})
    assert (records, page.total) == ([{"id": "1"}], None)


@pytest.mark.parametrize("data", [None, {}, {"calledRouteList": None}])
def test_a_list_may_be_absent_at_every_level(data: object) -> None:
    assert parse(CALLED_ROUTES, {"data": data})[1].is_absent


def test_rows_under_another_name_are_no_empty_list() -> None:
    _, page = parse(CALLED_ROUTES, {"data": {"total": None, "routes": [{"id": "1"}]}})
    assert page.is_absent
    assert page.unknown_fields == {"routes (next to the list)"}
    with pytest.raises(CallError, match="no list, but with result"):
        parse(SATISFACTION_CONFIG, {"enabled": True, "data": None, "result": [{"ivrId": 1}]})
    # The row of a tenant without a survey would say that it has none.
    with pytest.raises(CallError, match="no list, but with more"):
        parse(SATISFACTION_CONFIG, {"enabled": True, "data": None, "more": 1})


def test_fields_beside_the_list_are_told_wherever_the_list_is() -> None:
    data = {"total": 1, "calledRouteList": [{"id": "1"}], "more": 1, "less": None}
    assert parse(CALLED_ROUTES, {"data": data})[1].unknown_fields == {"more (next to the list)"}


@pytest.mark.parametrize("data", [None, [{"id": "1"}], {"calledRouteList": [{"id": "1"}]}])
def test_a_total_counts_wherever_it_is(data: object) -> None:
    assert parse(CALLED_ROUTES, {"total": 250, "data": data})[1].total == 250


def test_two_totals_are_refused() -> None:
    data = {"total": 1, "calledRouteList": [{"id": "1"}]}
    assert parse(CALLED_ROUTES, {"total": 1, "totalCount": "1", "data": data})[1].total == 1
    for other in ({"total": 2}, {"totalCount": 2}):
        with pytest.raises(CallError, match="two different values of `total`"):
            parse(CALLED_ROUTES, {**other, "data": data})


@pytest.mark.parametrize(("inside", "above"), [("7", None), (None, "7"), ("", "7"), ("0", "7"), ("7", "0")])
def test_an_error_beside_the_list_is_one_wherever_it_is(inside: str | None, above: str | None) -> None:
    data = {"total": 1, "calledRouteList": [{"id": "1"}], "errorCode": inside}
    with pytest.raises(CallError, match=r"says that it failed|two different values of `errorCode`"):
        parse(CALLED_ROUTES, {"data": data, "errorCode": above})


def test_the_code_of_a_failure_counts_wherever_it_is() -> None:
    data = {"total": 1, "calledRouteList": [{"id": "1"}], "returnCode": "7"}
    with pytest.raises(CallError, match="two different values of `returnCode`, at the top and in `data`"):
        parse(CALLED_ROUTES, {"data": data})
    with pytest.raises(CallError, match="failed with returnCode 7"):
        parse(CALLED_ROUTES, {"data": data, "returnCode": None})


def test_a_page_may_say_that_another_one_follows() -> None:
    data = {"total": 2, "calledRouteList": [{"id": "1"}], "hasNext": True}
    assert parse(CALLED_ROUTES, {"data": data})[1].has_next
    assert parse(CALLED_ROUTES, {"data": data["calledRouteList"], "hasNext": True})[1].has_next
    assert not parse(CALLED_ROUTES, {"data": {**data, "hasNext": False}})[1].has_next


@pytest.mark.parametrize("data", ["", 7, {"calledRouteList": {}}])
def test_a_list_of_another_type_is_refused(data: object) -> None:
    with pytest.raises(CallError, match="a `"):
        parse(CALLED_ROUTES, {"data": data})


def test_a_queue_is_flattened() -> None:
    skill = {
        "busy": TRANSFER,
        "timeOut": {"transferType": "Release"},
        "noAgents": None,
        "waitVoice": {"a": 1},
    }
    records, page = parse(SKILL_QUEUES, {"total": 1, "data": [{**QUEUE, "skillParam": skill}]})
    assert records == [
        {
            **QUEUE,
            "busyTransferType": "Transfer",
            "busyDeviceType": 3,
            "busyValue": 12,
            "timeOutTransferType": "Release",
        }
    ]
    assert (page.total, page.unknown_fields) == (1, frozenset())


@pytest.mark.parametrize(
    "row",
    [
        {"answerFunction": "a"},
        {"skillParam": {"answerFunction": "a"}},
        {"answerFunction": "a", "skillParam": {"answerFunction": "a"}},
        {"answerFunction": None, "skillParam": {"answerFunction": "a"}},
        {"answerFunction": "a", "skillParam": {"answerFunction": None}},
    ],
)
def test_the_answer_function_is_read_in_both_places(row: dict[str, Any]) -> None:
    records, page = parse(SKILL_QUEUES, {"data": [{**QUEUE, **row}]})
    assert records == [{**QUEUE, "answerFunction": "a"}]
    assert page.unknown_fields == frozenset()


def test_two_answer_functions_are_refused() -> None:
    row = {**QUEUE, "answerFunction": "a", "skillParam": {"answerFunction": "b"}}
    with pytest.raises(RowError, match="row 2: two different values of `answerFunction`"):
        parse(SKILL_QUEUES, {"data": [QUEUE, row]})


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"skillParam": [1]}, "skillParam"),
        ({"skillParam": "x"}, "skillParam"),
        ({"skillParam": {"busy": 7}}, "busy"),
        ({"skillParam": {"noAgents": [TRANSFER]}}, "noAgents"),
    ],
)
def test_a_part_of_a_queue_that_is_no_object_is_refused(row: dict[str, Any], name: str) -> None:
    with pytest.raises(RowError, match=f"row 1: `{name}` is not an object"):
        parse(SKILL_QUEUES, {"data": [{**QUEUE, **row}]})


def test_a_part_that_nobody_reads_is_named_by_its_path() -> None:
    skill = {"busy": {**TRANSFER, "x": 1}, "colour": "red"}
    _, page = parse(SKILL_QUEUES, {"data": [{**QUEUE, "skillParam": skill, "size": 1, "busyValue": 3}]})
    assert page.unknown_fields == {
        "skillParam.busy.x",
        "skillParam.colour",
        "size",
        "busyValue (next to skillParam)",
    }


def test_an_answer_function_that_is_no_text_is_refused() -> None:
    with pytest.raises(RowError, match="row 1, field `answerFunction`: a list cannot become text"):
        parse(SKILL_QUEUES, {"data": [{**QUEUE, "skillParam": {"answerFunction": []}}]})


def test_a_survey_has_no_place_and_no_switch_of_its_own() -> None:
    row = {"ivrId": 1, "enabled": False, "position": 3}
    records, page = parse(SATISFACTION_CONFIG, {"enabled": True, "data": [row]})
    assert records == [{"position": 0, "enabled": True, "ivrId": 1}]
    assert page.unknown_fields == {"data.enabled", "data.position"}


def test_surveys_are_numbered() -> None:
    rows = [{"ivrId": "12", "feedbackType": "IVR"}, {"ivrId": 13}]
    records, page = parse(SATISFACTION_CONFIG, {"enabled": "true", "data": rows})
    assert records == [
        {"position": 0, "enabled": True, "ivrId": 12, "feedbackType": "IVR"},
        {"position": 1, "enabled": True, "ivrId": 13},
    ]
    assert not page.is_absent


@pytest.mark.parametrize("data", [{"data": []}, {"data": None}, {}, {"data": ""}, {"data": {}}])
@pytest.mark.parametrize("enabled", [False, "0", "false"])
def test_a_tenant_without_a_survey_has_one_row(data: dict[str, Any], enabled: object) -> None:
    records, page = parse(SATISFACTION_CONFIG, {"enabled": enabled, **data})
    assert records == [{"position": 0, "enabled": False}]
    assert not page.is_absent


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        *[(True, True), (False, False), ("true", True), ("false", False), (0, False), (1, True)],
        *[(None, None), ("", None), ("0", False), ("1", True)],
    ],
)
def test_a_boolean_is_what_is_documented(sent: object, kept: object) -> None:
    records, _ = parse(SATISFACTION_CONFIG, {"enabled": sent})
    assert records == [{"position": 0} | ({} if kept is None else {"enabled": kept})]


@pytest.mark.parametrize("data", ["", {}])
@pytest.mark.parametrize("enabled", [True, "1", None])
def test_a_survey_in_use_whose_list_has_another_type_is_refused(data: object, enabled: object) -> None:
    with pytest.raises(CallError, match=r"`data` that is .*, not a list"):
        parse(SATISFACTION_CONFIG, {"enabled": enabled, "data": data})


def test_an_empty_switch_is_off() -> None:
    assert parse(SATISFACTION_CONFIG, {"enabled": "", "data": ""})[0] == [{"position": 0}]


@pytest.mark.parametrize(
    "row", [{"skillParam": []}, {"skillParam": ""}, {"skillParam": {"busy": "", "timeOut": []}}]
)
def test_an_empty_part_of_a_queue_is_no_part(row: dict[str, Any]) -> None:
    assert parse(SKILL_QUEUES, {"data": [{**QUEUE, **row}]})[0] == [QUEUE]


@pytest.mark.parametrize("sent", ["yes", "True", 2, 1.0, 0.0, [], {}])
def test_nothing_else_is_a_boolean(sent: object) -> None:
    with pytest.raises(RowError, match=r"row 1, field `enabled`: .* cannot become a boolean"):
        parse(SATISFACTION_CONFIG, {"enabled": sent})


@pytest.mark.parametrize("row", [{"id": ""}, {"id": None}, {}])
def test_a_text_key_is_never_empty(row: dict[str, Any]) -> None:
    with pytest.raises(RowError, match="row 1, field `id`"):
        parse(CALLED_ROUTES, {"data": {"total": 1, "calledRouteList": [row]}})


def test_an_empty_text_is_null_in_a_number_and_stays_in_a_text() -> None:
    records, _ = parse(CALLED_ROUTES, {"data": {"calledRouteList": [{"id": "1", "dnid": "", "extCode": ""}]}})
    assert records == [{"id": "1", "extCode": ""}]


def test_a_script_gets_the_rows_as_they_are() -> None:
    rows = [{"id": "1", "dnid": "5"}, {"id": "2"}]
    page = parse_page(response({"data": {"calledRouteList": rows, "total": 2}}), CALLED_ROUTES)
    assert (page.rows, page.keys, page.total) == (rows, ["1", "2"], 2)
    assert parse_page(response({}), CALLED_ROUTES).is_absent


def test_a_message_that_is_a_list_is_refused() -> None:
    with pytest.raises(CallError, match="a `description` that is a list, not a text"):
        parse(CALLED_ROUTES, {"description": [{"id": "1"}]})
