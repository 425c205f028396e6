"""A value fits its column without loss, or its row is refused."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from tap_ivrflow.aicc.calls import CALLED_ROUTES, IVR_FLOWS
from tap_ivrflow.aicc.errors import CallError, RowError
from tap_ivrflow.aicc.listing import Page, parse_page
from tap_ivrflow.aicc.responses import Response
from tap_ivrflow.aicc.rows import Columns
from tests.harness import FLOW, ROOT

SCHEMA = json.loads((ROOT / "schemas" / "ivr_flows.json").read_text(encoding="utf-8"))
DECLARED = {
    name: column for name, column in SCHEMA["properties"].items() if name not in {"tenant", "extraction"}
}
INTEGERS = ["isLoad", "flowType", "maxCallNum"]
TEXTS = ["accessCode", "description", "flowFileName"]
LARGEST = 2**63 - 1


COLUMNS = Columns(IVR_FLOWS, DECLARED)


def convert(*rows: dict[str, Any]) -> tuple[list[Any], frozenset[str]]:
    return COLUMNS.convert(rows)


def records(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return list(map(asdict, convert(*rows)[0]))


def one(name: str, value: object) -> object:
    if isinstance(value, float):
        value = Decimal(str(value))
    (record,) = records({"id": 1, name: value})
    return record[name]


def test_every_column_is_there_in_the_schemas_order() -> None:
    (record,) = records({"flowType": 1, "id": 3})
    assert list(record) == list(DECLARED)
    assert record == {"id": 3, "flowType": 1} | dict.fromkeys([*TEXTS, "isLoad", "maxCallNum"])


@pytest.mark.parametrize("name", ["id", *INTEGERS])
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (7, 7),
        ("7", 7),
        (7.0, 7),
        ("7.0", 7),
        ("007", 7),
        ("0" * 5000 + "7", 7),
        (-7, -7),
        ("-7", -7),
        (2**53 + 1, 2**53 + 1),
        (str(2**53 + 1), 2**53 + 1),
        (LARGEST, LARGEST),
        (-LARGEST - 1, -LARGEST - 1),
        (0, 0),
        (-0.0, 0),
    ],
)
def test_whole_numbers_become_integers(name: str, sent: object, kept: int) -> None:
    value = one(name, sent)
    assert value == kept
    assert type(value) is int


@pytest.mark.parametrize("name", ["id", *INTEGERS])
@pytest.mark.parametrize(
    "sent",
    [
        "abc",
        " 7",
        "7 ",
        "+7",
        "1_000",
        "٧",
        "0x7",
        "7e0",
        "1.5",
        1.5,
        1e300,
        float(2**53),
        True,
        False,
        [],
        {},
        [7],
        *[LARGEST + 1, -LARGEST - 2, str(LARGEST + 1), "9" * 400, "9" * 5000],
    ],
)
def test_nothing_else_does(name: str, sent: object) -> None:
    with pytest.raises(RowError, match=f"row 1, field `{name}`: "):
        convert({"id": 1, name: sent})


@pytest.mark.parametrize("name", INTEGERS)
def test_an_empty_text_is_no_number(name: str) -> None:
    assert one(name, "") is None


def test_an_empty_text_is_no_key() -> None:
    with pytest.raises(RowError, match="row 1, field `id`: an empty string cannot be a key"):
        convert({"id": ""})


@pytest.mark.parametrize(
    ("sent", "kept"), [("", ""), ("0090", "0090"), (" *# ", " *# "), (90500, "90500"), ("客", "客")]
)
@pytest.mark.parametrize("name", TEXTS)
def test_text_is_kept_and_an_integer_becomes_its_digits(name: str, sent: object, kept: str) -> None:
    assert one(name, sent) == kept


@pytest.mark.parametrize("sent", [1.0, 1.5, True, [], {}, ["x"]])
@pytest.mark.parametrize("name", TEXTS)
def test_nothing_else_becomes_text(name: str, sent: object) -> None:
    with pytest.raises(RowError, match=f"row 1, field `{name}`: "):
        convert({"id": 1, name: sent})


@pytest.mark.parametrize("row", [{}, {"id": None}])
def test_a_row_without_an_id_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(RowError, match="row 2, field `id`: null cannot become an integer"):
        convert({"id": 1}, row)


def test_an_error_never_holds_the_value() -> None:
    with pytest.raises(RowError) as caught:
        convert({"id": "confidential"})
    assert "confidential" not in str(caught.value)


def test_unknown_fields_are_dropped_and_named() -> None:
    rows = {"id": 1, "colour": "red"}, {"id": 2, "size": 3, "colour": None}
    assert convert(*rows)[1] == {"colour", "size"}
    assert all(list(record) == list(DECLARED) for record in records(*rows))


@pytest.mark.parametrize("name", ["tenant", "extraction"])
def test_a_field_named_like_a_column_of_the_taps_is_unknown(name: str) -> None:
    assert convert({"id": 1, name: 7})[1] == {name}
    assert records({"id": 1, name: 7}) == records({"id": 1})


def test_rows_with_one_key_are_kept() -> None:
    assert [record["id"] for record in records({"id": 3}, {"id": 1}, {"id": 3})] == [3, 1, 3]


def test_a_column_that_the_catalog_leaves_out_is_left_out_and_still_known() -> None:
    rows, unknown = Columns(IVR_FLOWS, DECLARED, {"tenant", "id", "accessCode"}).convert([FLOW])
    assert list(map(asdict, rows)) == [{"id": 1, "accessCode": "0090500"}]
    assert unknown == frozenset()


def test_a_column_of_another_type_is_a_mistake_in_the_schema() -> None:
    with pytest.raises(NotImplementedError, match="column x"):
        Columns(IVR_FLOWS, {"x": {"type": "number"}})


VALUES: st.SearchStrategy[Any] = (
    st.integers().map(str)
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.integers())
    | st.just({})
)
ROWS = st.lists(st.dictionaries(st.sampled_from([*SCHEMA["properties"], "new"]), VALUES))


@given(ROWS)
def test_no_row_raises_anything_but_a_row_error_and_what_is_kept_means_the_same(
    rows: list[dict[str, Any]],
) -> None:
    try:
        kept = records(*rows)
    except RowError:
        return
    for record, row in zip(kept, rows, strict=True):
        for name in [*INTEGERS, "id"]:
            sent = row.get(name)
            assert record[name] == (None if sent in {None, ""} else Decimal(sent))
        for name in TEXTS:
            assert record[name] == (None if row.get(name) is None else str(row[name]))


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_what_fits_already_is_kept_as_it_is(ids: list[int]) -> None:
    kept = records(*({**FLOW, "id": number} for number in ids))
    assert kept == [{**FLOW, "id": number} for number in ids]


def parse(body: bytes) -> Page:
    return COLUMNS.parse(Response(200, body))


def parse_one_by_one(body: bytes) -> Page:
    page = parse_page(Response(200, body), IVR_FLOWS)
    structs, unknown = convert(*page.rows)
    return replace(
        page,
        rows=structs,
        keys=[row.id for row in structs],
        unknown_fields=page.unknown_fields | unknown,
    )


def outcome(parse: Callable[[bytes], Page], body: bytes) -> object:
    """Everything that parsing says, its errors included."""
    try:
        page = parse(body)
    except (CallError, RowError) as error:
        return type(error), str(error)
    return list(map(asdict, page.rows)), page.keys, page.is_absent, page.unknown_fields


DOCUMENTED = json.dumps({"result": [FLOW, {**FLOW, "id": 2}], "retCode": "0", "message": "success"}).encode()


def test_an_answer_as_documented_is_decoded_in_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = outcome(parse_one_by_one, DOCUMENTED)
    monkeypatch.setattr("tap_ivrflow.aicc.rows.parse_page", lambda *_: pytest.fail("value by value"))
    assert outcome(parse, DOCUMENTED) == expected


ROW = json.dumps(FLOW)


@pytest.mark.parametrize(
    "row",
    [
        ROW.replace('"id": 1', '"id": 2, "id": 1'),
        ROW.replace('"id": 1', '"id" : 2, "id": 1'),
        ROW.replace('"id": 1', '"id"\t: 2, "id": 1'),
        ROW.replace('"id": 1', '"id"\n: 2, "id": 1'),
        ROW.replace('"id": 1', '"id"\r: 2, "id": 1').replace("Exception", "12:30"),
        ROW.replace('"id": 1', '"id"  : 2, "id": 1').replace("Exception", '\\":'),
    ],
)
def test_a_name_twice_is_seen_in_one_step_too(row: str) -> None:
    with pytest.raises(CallError, match="two different values of `id`"):
        parse(f'{{"result": [{row}], "retCode": "0", "message": "success"}}'.encode())


@pytest.mark.parametrize("text", ["12:30", " : ", '":', '": ":'])
def test_colons_in_a_text_change_nothing(text: str) -> None:
    rows = [{**FLOW, "description": text}]
    page = parse(json.dumps({"result": rows, "retCode": "0", "message": "success"}).encode())
    assert [row.description for row in page.rows] == [text]


@pytest.mark.parametrize(
    ("number", "kept"),
    [("2.0", 2), ("2e0", 2), ("20e-1", 2), ("9007199254740993.0", 9007199254740993), ("1e18", 10**18)],
)
def test_a_number_is_judged_by_its_text(number: str, kept: int) -> None:
    page = parse(f'{{"result": [{{"id": {number}}}], "retCode": "0"}}'.encode())
    assert page.keys == [kept]


@pytest.mark.parametrize(
    "number",
    ["1.9999999999999999999", "1e-400", "1e300", "-1e19", "9" * 4000, "1e400", "1e999999999", "1e-999999999"],
)
def test_a_number_that_only_looks_whole_is_refused(number: str) -> None:
    with pytest.raises(RowError, match="row 1, field `id`"):
        parse(f'{{"result": [{{"id": {number}}}], "retCode": "0"}}'.encode())


@pytest.mark.parametrize("number", ["9" * 5000, "NaN", "-Infinity", "1e9999999999999999999"])
def test_a_number_out_of_range_is_refused(number: str) -> None:
    with pytest.raises(CallError, match="a number that is out of range") as caught:
        parse(f'{{"result": [{{"id": {number}}}], "retCode": "0"}}'.encode())
    assert not caught.value.is_retried


@pytest.mark.parametrize("deep", [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000])
def test_deep_nesting_is_an_error_like_any_other(deep: bytes) -> None:
    with pytest.raises(CallError, match=r"JSON that is cut or broken|is a list, not a text"):
        parse(DOCUMENTED.replace(b'"success"', deep))


def test_a_status_is_never_overlooked() -> None:
    with pytest.raises(CallError, match="404"):
        COLUMNS.parse(Response(404, DOCUMENTED))


ALMOST = [
    b'{"id":%s}' % number
    for number in (
        *(b"7", b"-0", b"7.0", b"1e3", b'"7"', b"true", b"null", b"7.5", b"1e400", b"9007199254740993.0"),
        *(b"9223372036854775807", b"9223372036854775808", b"18446744073709551616"),
        *(b"-9223372036854775808", b"-9223372036854775809"),
    )
] + [
    b"{}",
    b"[1]",
    b"null",
    b'{"id":1,"id":2}',
    b'{"id":1,"id":null}',
    b'{"id":1,"tenant":"south"}',
    b'{"id":1,"colour":"red"}',
    b'{"id":1,"isLoad":9223372036854775808}',
    b'{"id":1,"isLoad":null,"description":null}',
    b'{"id":1,"accessCode":90500}',
    b'{"id":1,"description":"\\ud800"}',
    b'{"id":1,"description":"\xff"}',
    b'{"id":1,"description":"\\u5ba2"}',
]
ENVELOPES = [
    b'{"retCode":"0","result":[%s]}',
    b'{"retCode":0,"result":[%s]}',
    b'{"retCode":"1","result":[%s]}',
    b'{"retCode":"1","retCode":"0","result":[%s]}',
    b'{"retCode":"0","retCode":null,"result":[%s]}',
    b'{"result":[%s]}',
    b'{"retCode":"0","result":[%s],"result":[{"id":9}]}',
    b'{"retCode":"0","result":[%s],"result":null}',
    b'{"retCode":"0","result":[%s],"schema":null}',
    b'{"retCode":"0","result":[%s],"schema":{"retCode":"1"}}',
    b'{"schema":{"retCode":"0","result":[%s]}}',
    b'{"retCode":"0","result":[%s],"message":7}',
    b'{"retCode":"0","result":[%s],"more":"\xff"}',
    b'{"retCode":"0","result":[%s]',
    b'{"retCode":"0","result":[%s]}}',
    b'["0",[%s]]',
]


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_both_ways_of_decoding_find_the_same(envelope: bytes) -> None:
    for row, others in itertools.product(ALMOST, (b"", b'{"id":1},')):
        body = envelope % (others + row)
        assert outcome(parse, body) == outcome(parse_one_by_one, body)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"retCode":"0"}', b'{"retCode":"0","result":null}', b'{"retCode":"0","result":{}}']
)
def test_both_ways_of_decoding_find_no_rows_where_there_is_no_list(body: bytes) -> None:
    assert outcome(parse, body) == outcome(parse_one_by_one, body)


@given(ROWS, st.sampled_from(ENVELOPES))
def test_both_ways_of_decoding_find_the_same_in_any_answer(
    rows: list[dict[str, Any]], envelope: bytes
) -> None:
    body = envelope % json.dumps(rows)[1:-1].encode()
    assert outcome(parse, body) == outcome(parse_one_by_one, body)


@pytest.mark.parametrize("ids", [("7", "007"), (7, "7.0")])
def test_two_ids_never_become_one_key(ids: tuple[object, object]) -> None:
    body = json.dumps({"retCode": "0", "result": [{"id": each} for each in ids]})
    with pytest.raises(RowError, match="two different values of `id` become one key"):
        COLUMNS.parse(Response(200, body.encode()))


@pytest.mark.parametrize(
    ("escaped", "kept"),
    [
        (r"Christmas \ud83c", "Christmas \ufffd"),
        (r"\uDF84 tree", "\ufffd tree"),
        (r"\udf84\ud83c", "\ufffd\ufffd"),
        (r"\ud83c\udf84 and \ud83c", "\U0001f384 and \ufffd"),
    ],
)
def test_half_a_surrogate_pair_is_replaced_and_its_row_and_field_are_named(escaped: str, kept: str) -> None:
    rows = f'{{"id": 6}}, {{"id": 7, "description": "{escaped}"}}'
    page = parse(f'{{"retCode": "0", "result": [{rows}]}}'.encode())
    assert page.rows[1].description == kept
    (warning,) = page.warnings()
    assert "U+FFFD" in warning
    assert "`description` of id 7" in warning


@pytest.mark.parametrize("escaped", [r"\ud83c\udf84", r"\\ud83c"])
def test_a_pair_and_an_escaped_backslash_are_kept(escaped: str) -> None:
    page = parse(f'{{"retCode": "0", "result": [{{"id": 7, "description": "{escaped}"}}]}}'.encode())
    assert page.rows[0].description == json.loads(f'"{escaped}"')
    assert page.warnings() == []


def test_half_a_surrogate_pair_that_is_not_of_a_column_does_no_harm() -> None:
    body = (
        rb'{"retCode": "0", "message": "\ud83c", "result": [{"id": 7, "new\udf84": "\ud83c"}], "x\ud83c": 1}'
    )
    page = parse(body)
    assert page.keys == [7]
    assert len(page.unknown_fields) == 2
    with pytest.raises(CallError, match='it says: "no"'):
        parse(rb'{"retCode": "7", "message": "no \ud83c"}')


def test_two_ids_that_differ_in_half_a_surrogate_pair_never_become_one_key() -> None:
    columns = Columns(CALLED_ROUTES, {"id": {"type": "string"}})
    rows = rb'[{"id": "a\ud83c"}, {"id": "a\ud83d"}]'
    with pytest.raises(RowError, match="become one key"):
        columns.parse(Response(200, rb'{"returnCode": "0", "data": ' + rows + b"}"))


@pytest.mark.parametrize(
    ("count", "is_odd"), [(99, False), (100, True), (101, False), (50, True), (1000, True)]
)
def test_as_many_rows_as_a_page_would_have_are_kept_with_a_warning(count: int, *, is_odd: bool) -> None:
    body = json.dumps(
        {"result": [{**FLOW, "id": each} for each in range(count)], "retCode": "0", "message": ""}
    )
    page = parse(body.encode())
    assert len(page.rows) == count
    assert bool(page.warnings()) == is_odd
    assert all(f"exactly {count} rows" in each and "console" in each for each in page.warnings())
