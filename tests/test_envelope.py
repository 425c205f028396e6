"""Where a (status, body) is judged: rows, or a typed error, and nothing else."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ivrflow.aicc.calls import CALLED_ROUTES, IVR_FLOWS
from tap_ivrflow.aicc.errors import AuthenticationError, CallError, shortened
from tap_ivrflow.aicc.listing import Page, parse_page
from tap_ivrflow.aicc.responses import Response, parse_object

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=12,
)
NAMES = st.sampled_from(["result", "retCode", "message", "schema", "errorCode", "x"])
ENVELOPES = st.dictionaries(
    NAMES, JSON | st.sampled_from(["0", 0]) | st.lists(st.dictionaries(st.text(), JSON))
)


def read_rows(response: Response) -> list[dict[str, Any]] | None:
    page = parse_page(response, IVR_FLOWS)
    return None if page.is_absent else list(page.rows)


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def test_the_documented_example_is_read() -> None:
    rows = [{"id": 1, "maxCallNum": None}, {"id": 2, "maxCallNum": 3}]
    assert read_rows(Response(200, body({"result": rows, "retCode": "0", "message": "success"}))) == rows


@pytest.mark.parametrize("code", ["0", 0])
def test_zero_is_a_success_as_text_and_as_a_number(code: object) -> None:
    assert read_rows(Response(200, body({"result": [], "retCode": code}))) == []


@pytest.mark.parametrize("code", ["00", " 0", "", "success", "1", 1, -1, 0.0, False, True, [], {}])
def test_everything_else_is_a_failure(code: object) -> None:
    with pytest.raises(CallError, match="retCode"):
        read_rows(Response(200, body({"result": [{"id": 1}], "retCode": code})))


@pytest.mark.parametrize(
    "envelope",
    [
        {"schema": {"result": [{"id": 1}], "retCode": "0"}},
        {"schema": {"result": [{"id": 1}]}, "retCode": "0"},
        {"schema": {"retCode": "0"}, "result": [{"id": 1}]},
        {"schema": {"result": [{"id": 1}], "retCode": "0"}, "result": None, "retCode": "0"},
        {"schema": None, "result": [{"id": 1}], "retCode": "0"},
    ],
)
def test_the_fields_may_lie_under_schema(envelope: object) -> None:
    assert read_rows(Response(200, body(envelope))) == [{"id": 1}]


@pytest.mark.parametrize("inner", [{"retCode": "1"}, {"retCode": 0}, {"result": []}])
def test_a_field_with_two_values_is_a_failure(inner: dict[str, Any]) -> None:
    with pytest.raises(CallError, match="two different values"):
        read_rows(Response(200, body({"retCode": "0", "result": [{"id": 1}], "schema": inner})))


@pytest.mark.parametrize("envelope", [{"retCode": "0"}, {"retCode": "0", "result": None}])
def test_a_success_without_a_result_is_none_and_not_an_empty_list(envelope: object) -> None:
    assert read_rows(Response(200, body(envelope))) is None


@pytest.mark.parametrize("status", [408, 429, 500, 501, 502, 503, 504, 507, 599])
def test_another_try_may_help(status: int) -> None:
    with pytest.raises(CallError) as caught:
        read_rows(Response(status, b"", retry_after=3.0))
    assert caught.value.is_retried
    assert (caught.value.cause, caught.value.retry_after) == (status, 3.0)


@pytest.mark.parametrize("status", [401, 403])
def test_another_token_may_help(status: int) -> None:
    with pytest.raises(AuthenticationError):
        read_rows(Response(status, b"{}"))


@pytest.mark.parametrize("status", [100, 201, 204, 206, 301, 302, 304, 400, 402, 404, 405, 418, 451, 600])
def test_other_statuses_are_final(status: int) -> None:
    with pytest.raises(CallError) as caught:
        read_rows(Response(status, body({"result": [{"id": 1}], "retCode": "0"})))
    assert type(caught.value) is CallError
    assert not caught.value.is_retried


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"message": "no", "errorCode": "4"}, "no"),
        ({"message": " ", "errorCode": "4"}, "4"),
        ({"message": {}, "exceptionInfo": "auth fail!"}, "auth fail!"),
        ({"message": None, "returnCode": 12}, "12"),
        ({"x": "y"}, ""),
    ],
)
def test_the_services_own_words_are_kept(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(CallError) as caught:
        read_rows(Response(404, body(fields)))
    assert caught.value.server_message == words


def test_an_error_is_one_printable_line_with_the_words_cut() -> None:
    error = CallError("answered 404", server_message="a\nb\x1b[31m\u2028" + "x" * 300, advice="check")
    assert str(error) == 'answered 404, it says: "a b [31m ' + "x" * 191 + '…" (check)'


@pytest.mark.parametrize("name", ["data", "RESULT", "results", "data.result", "hasNext"])
def test_no_list_and_an_unknown_field_is_a_failure(name: str) -> None:
    with pytest.raises(CallError, match=f"no list, but with {name}"):
        read_rows(Response(200, body({"retCode": "0", name: [{"id": 1}]})))


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"errorCode": "7"}, '`errorCode` says that it failed, it says: "7"'),
        ({"returnCode": "1", "description": "no"}, '`returnCode` says that it failed, it says: "no"'),
        ({"error-code": 4, "ERRORMSG": "shut"}, '`error-code` says that it failed, it says: "shut"'),
        ({"success": "False"}, "`success` says that it failed"),
        ({"is_success": 0, "message": "licence expired"}, 'failed, it says: "licence expired"'),
    ],
)
def test_a_success_with_the_code_of_a_failure_is_a_failure(fields: dict[str, Any], line: str) -> None:
    success = {"retCode": "0", "message": "success", "result": [{"id": 1}]}
    with pytest.raises(CallError) as caught:
        read_rows(Response(200, body({**success, **fields})))
    assert str(caught.value).endswith(line)


@pytest.mark.parametrize("field", ["hasNext", "has_next", "has-next", "HASNEXTPAGE", "hasMore"])
@pytest.mark.parametrize("value", [True, 1, 1.0, "1", "true", "TRUE", "Y", "yes"])
def test_a_field_that_says_that_more_follows_counts_in_any_spelling(field: str, value: object) -> None:
    with pytest.raises(CallError, match="a part of its list"):
        read_rows(Response(200, body({"retCode": "0", "result": [], field: value})))
    page = parse_page(
        Response(200, body({"returnCode": "0", "data": {"calledRouteList": [], field: value}})), CALLED_ROUTES
    )
    assert page.has_next


@pytest.mark.parametrize("field", ["isLast", "is_last_page"])
@pytest.mark.parametrize("value", [False, 0, "False", "N", "no"])
def test_a_page_that_is_not_the_last_is_a_part_of_the_list(field: str, value: object) -> None:
    with pytest.raises(CallError, match="a part of its list"):
        read_rows(Response(200, body({"retCode": "0", "result": [], field: value})))


def test_the_code_of_a_failure_is_told_once() -> None:
    with pytest.raises(CallError) as caught:
        read_rows(Response(200, body({"retCode": "7", "message": " "})))
    assert str(caught.value) == "failed with retCode 7"


@pytest.mark.parametrize("field", [{"total": 2}, {"total": "2"}, {"totalCount": 2}, {"TOTAL_NUM": 2.0}])
def test_a_part_of_the_list_is_a_failure(field: dict[str, Any]) -> None:
    with pytest.raises(CallError, match="a part of its list"):
        read_rows(Response(200, body({"retCode": "0", "result": [{"id": 1}], **field})))


@pytest.mark.parametrize(
    "field",
    [
        *[{"hasNext": False}, {"hasNext": "no"}, {"isLastPage": True}, {"hasMore": [1]}, {"success": True}],
        *[{"errorCode": "0"}, {"returnCode": 0}, {"error": {}}, {"more": 1}, {"totalCount": 0}],
        *[{"errorCode": "0.0"}, {"errors": "null"}, {"resultCode": "200"}, {"errorMsg": "success"}],
        *[
            {"error": {"a": 1}},
            {"exception": "no"},
            {"total": "250 rows"},
            {"total": -1},
            {"total": True},
            {"total": [250]},
            {"total": 0.5},
        ],
    ],
)
def test_other_fields_beside_the_list_are_told(field: dict[str, Any]) -> None:
    page: Page = parse_page(Response(200, body({"retCode": "0", "result": [], **field})), IVR_FLOWS)
    assert page.unknown_fields == {f"{name} (next to the list)" for name in field}


@pytest.mark.parametrize("field", [{}, {"total": ""}, {"total": 0}, {"message": "none"}])
def test_documented_fields_do_not_count_as_possible_rows(field: dict[str, Any]) -> None:
    assert read_rows(Response(200, body({"retCode": "0", **field}))) is None


@pytest.mark.parametrize(
    "field", [{"success": True}, {"errorCode": "0"}, {"hasNext": False}, {"totalCount": 0}]
)
def test_any_other_field_without_a_list_is_a_failure(field: dict[str, Any]) -> None:
    with pytest.raises(CallError, match=f"no list, but with {next(iter(field))}"):
        read_rows(Response(200, body({"retCode": "0", **field})))


@pytest.mark.parametrize("total", [0, 1, "1", None, ""])
def test_a_total_that_agrees_says_nothing(total: object) -> None:
    page = parse_page(Response(200, body({"retCode": "0", "result": [{"id": 1}], "total": total})), IVR_FLOWS)
    assert page.unknown_fields == frozenset()


TWICE = "two different values of `{}` in one object"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ('{"retCode": "1", "retCode": "0", "result": []}', "retCode"),
        ('{"retCode": "0", "result": [{"id": 1}], "result": []}', "result"),
        ('{"retCode": "0", "result": [{"id": 1, "id": 2}]}', "id"),
        ('{"retCode": "0", "result": [{"id": 1, "id": null}]}', "id"),
        ('{"retCode": "0", "result": [{"id": 1, "id": 1.0}]}', "id"),
        ('{"schema": {"retCode": "1", "retCode": "0"}, "result": []}', "retCode"),
        ('{"retCode": "0", "result": [], "more": {"x": true, "x": 1}}', "x"),
    ],
)
def test_two_values_of_one_name_are_refused_at_every_level(raw: str, name: str) -> None:
    with pytest.raises(CallError, match=TWICE.format(name)):
        read_rows(Response(200, raw.encode()))


def test_one_value_twice_may_pass() -> None:
    raw = b'{"retCode": "0", "retCode": "0", "result": [{"id": 1, "id": 1}]}'
    assert read_rows(Response(200, raw)) == [{"id": 1}]


@pytest.mark.parametrize("deep", [b"[" * 100_000, b'{"a":' * 100_000, b'{"message":' + b"[" * 100_000])
def test_deep_nesting_is_an_error_like_any_other(deep: bytes) -> None:
    with pytest.raises(CallError):
        read_rows(Response(200, deep))
    with pytest.raises(CallError):
        read_rows(Response(404, deep))


@given(st.integers(100, 599), st.binary() | JSON.map(body) | ENVELOPES.map(body))
def test_no_input_raises_anything_but_the_typed_errors(status: int, raw: bytes) -> None:
    try:
        read_rows(Response(status, raw))
    except CallError as error:
        assert "\n" not in str(error)


@given(ENVELOPES)
def test_what_is_accepted_is_unchanged(envelope: dict[str, Any]) -> None:
    try:
        rows = read_rows(Response(200, body(envelope)))
    except CallError:
        return
    inner = envelope.get("schema") or {}
    codes = {str(each.get("retCode")) for each in (envelope, inner) if each.get("retCode") is not None}
    sent = envelope.get("result") if envelope.get("result") is not None else inner.get("result")
    assert codes == {"0"}
    assert rows == json.loads(body(sent), parse_float=Decimal)


@given(st.binary())
def test_bytes_that_are_no_object_are_no_token(raw: bytes) -> None:
    try:
        assert isinstance(parse_object(Response(200, raw)), dict)
    except CallError as error:
        assert str(error)


@pytest.mark.parametrize("name", ["a\u202eb", "a\u2066b", "a\u200fb", "a\x1b[31mb", "a\nb", "a\ud800b"])
def test_a_name_cannot_change_how_a_line_looks(name: str) -> None:
    line = shortened([name, "客"])
    assert line.isprintable()
    assert line.endswith("b, 客")
