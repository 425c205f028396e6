"""Each value arrives as it was sent."""

from __future__ import annotations

import datetime as dt
import json
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loading import INTEGER, TEXT, Loader, lines, record, records, schema
from target_duckdb_exact.errors import LoadError

NASTY: Final = (
    "", "'closed'", "'s-Hertogenbosch", 'say "hi"', 'say "hi", twice', "a,b", ";", "\\", "\\N", "NULL", "null", "NaN",
    "\t", "\n", "\r\n", "\0", "a\0b", " ", " both ", "007", "1e5", "true", "2026-01-01", "{}", "[1]", "''", '""', '"',
    "%", "$1", "?", "--", "é", "客服热线", "\U0001f600", "\ufeff", "\u2028", "\x85", "\x7f", "x" * 70_000,
)  # fmt: skip
TIME: Final = {"type": ["null", "string"], "format": "date-time"}


@pytest.mark.parametrize("rows", [1, 2_048])
def test_texts_of_every_kind(loader: Loader, rows: int) -> None:
    texts = [NASTY[number % (len(NASTY) - 1)] for number in range(rows)] + list(NASTY)
    loader.load(
        schema({"id": INTEGER, "text": TEXT}), *records({"id": i, "text": t} for i, t in enumerate(texts))
    )
    assert loader.rows("id", "text") == list(enumerate(texts))


def test_a_text_of_ten_megabytes(loader: Loader) -> None:
    # As JSON, each NUL takes six bytes; DuckDB's default would be too small for the line.
    texts = ["x" * 10_000_000, "\0" * 6_000_000, "'\"\\"]
    loader.load(
        schema({"id": INTEGER, "text": TEXT}), *records({"id": i, "text": t} for i, t in enumerate(texts))
    )
    assert loader.rows("id", "text") == list(enumerate(texts))


def test_columns_that_are_null_in_every_row_keep_their_types(loader: Loader) -> None:
    loader.load(
        schema({"id": INTEGER, "text": TEXT, "number": INTEGER}), *records([{"id": i} for i in range(3_000)])
    )
    assert loader.types() == {"id": "BIGINT", "text": "VARCHAR", "number": "BIGINT"}
    assert loader.ask("select count(*), count(text), count(number) from loaded.rows") == [(3_000, 0, 0)]


def test_whole_numbers_to_the_last_bit(loader: Loader) -> None:
    wide = {"type": "integer", "minimum": -(2**64), "maximum": 2**64}
    loader.load(
        schema({"id": INTEGER, "wide": wide}),
        *records([{"id": 2**63 - 1, "wide": 2**127 - 1}, {"id": -(2**63), "wide": -(2**63) - 1}]),
    )
    assert loader.rows("id", "wide") == [(-(2**63), -(2**63) - 1), (2**63 - 1, 2**127 - 1)]
    assert loader.types() == {"id": "BIGINT", "wide": "HUGEINT"}


def test_a_whole_number_may_be_written_with_a_point(loader: Loader) -> None:
    numbers = ["1e3", "9007199254740993.0", "-9223372036854775808.0"]
    loader.load(
        schema({"id": INTEGER}),
        *(b'{"type":"RECORD","stream":"rows","record":{"id":%b}}\n' % n.encode() for n in numbers),
    )
    assert loader.rows("id") == [(-(2**63),), (1000,), (2**53 + 1,)]


@pytest.mark.parametrize("number", ["1.5", "1e-9999999", "1e999999999", "9223372036854775808.0"])
def test_a_number_that_is_no_integer_of_64_bits_is_refused(loader: Loader, number: str) -> None:
    line = b'{"type":"RECORD","stream":"rows","record":{"id":%b}}\n' % number.encode()
    with pytest.raises(LoadError, match="line 2: rows: "):
        loader.load(schema({"id": INTEGER}), line)


def test_a_whole_number_with_a_point_leaves_its_neighbours_as_they_are(loader: Loader) -> None:
    object_ = b'{"number":123456789012345678901234567890.5}'
    loader.load(
        schema({"id": INTEGER, "n": INTEGER, "object": {"type": "object"}}),
        b'{"type":"RECORD","stream":"rows","record":{"id":1,"n":7,"object":{}}}\n',
        b'{"type":"RECORD","stream":"rows","record":{"id":2,"n":5.0,"object":%b}}\n' % object_,
    )
    assert loader.rows("id", "n", "object") == [(1, 7, "{}"), (2, 5, object_.decode())]


def test_objects_and_arrays_keep_every_digit(loader: Loader) -> None:
    nested = b'{"number": 123456789012345678901234567890.5, "text": "\\u0000 \\"", "list": [1.10, null]}'
    loader.load(
        schema({"id": INTEGER, "object": {"type": "object"}, "array": {"type": ["array", "null"]}}),
        b'{"type":"RECORD","stream":"rows","record":{"id":1,"object":%b,"array":[]}}\n' % nested,
        b'{"type":"RECORD","stream":"rows","record":{"id":2,"object":null,"array":[%b]}}\n' % nested,
    )
    assert loader.rows("id", "object", "array") == [
        (1, nested.decode(), "[]"),
        (2, None, f"[{nested.decode()}]"),
    ]
    assert loader.types() == {"id": "BIGINT", "object": "JSON", "array": "JSON"}


@pytest.mark.parametrize(
    ("sent", "utc"),
    [
        ("2026-02-28T23:59:59.999999+14:00", "2026-02-28 09:59:59.999999"),
        ("2024-02-29T00:00:00Z", "2024-02-29 00:00:00"),
        ("2024-02-29 00:00:00.5-0330", "2024-02-29 03:30:00.5"),
        ("0001-01-01T00:00:00.000001Z", "0001-01-01 00:00:00.000001"),
        ("9999-12-31T23:59:59.123456000Z", "9999-12-31 23:59:59.123456"),
        ("1900-01-01T00:00:00", "1900-01-01 00:00:00"),
        ("1900-01-01", "1900-01-01 00:00:00"),
    ],
)
def test_times_with_a_zone_are_the_same_moment(loader: Loader, sent: str, utc: str) -> None:
    loader.load(schema({"id": INTEGER, "moment": TIME}), record(id=1, moment=sent))
    assert loader.types()["moment"] == "TIMESTAMP WITH TIME ZONE"
    assert loader.ask("select cast(moment at time zone 'UTC' as varchar) from loaded.rows") == [(utc,)]


def test_dates_and_times_of_day(loader: Loader) -> None:
    columns = {
        "id": INTEGER,
        "on": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "time"},
    }
    loader.load(
        schema(columns),
        *records(
            [
                {"id": 1, "on": "2024-02-29", "at": "23:59:59.999999"},
                {"id": 2, "on": "0001-01-01", "at": "01:02:00Z"},
            ]
        ),
    )
    assert loader.rows("id", "on", "at") == [
        (1, dt.date(2024, 2, 29), dt.time(23, 59, 59, 999999)),
        (2, dt.date(1, 1, 1), dt.time(1, 2)),
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (INTEGER, "5"), (INTEGER, 1.5), (INTEGER, True), (INTEGER, 2**63), (INTEGER, [1]),
        ({"type": "integer", "maximum": 2**64}, 2**127),
        (TEXT, 5), (TEXT, {"secret": "s3cret"}), (TEXT, False),
        ({"type": "number"}, "1.5"), ({"type": "boolean"}, 1), ({"type": "boolean"}, "true"),
        (TIME, "s3cret"), (TIME, "2026-02-30T00:00:00Z"), (TIME, "2026-01-01T00:00:00.1234567Z"), (TIME, "now"),
        (TIME, "2026-01-01T00:00:00+24:00"), (TIME, "2016-12-31T23:59:60Z"), (TIME, "2026-01-01T00:00:00Z\n"),
        ({"type": "string", "format": "date"}, "2025-02-29"), ({"type": "string", "format": "date"}, "infinity"),
        ({"type": "string", "format": "time"}, "10:00:00+02:00"), ({"type": "string", "format": "time"}, "25:00"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_one_line_without_the_value(
    loader: Loader, column: dict[str, Any], value: object
) -> None:
    loader.load(schema({"id": INTEGER}), record(id=0))
    with pytest.raises(LoadError) as caught:
        loader.load(schema({"id": INTEGER, "odd": column}), record(id=1, odd=None), record(id=2, odd=value))
    assert "rows" in str(caught.value)
    assert "odd" in str(caught.value)
    assert "regex" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(value) not in str(caught.value).replace("line 3", "")
    assert "s3cret" not in str(caught.value)
    assert loader.rows("id") == [(0,)]


def test_a_number_that_no_double_holds_is_refused(loader: Loader) -> None:
    with pytest.raises(LoadError, match="out of range"):
        loader.load(
            schema({"id": INTEGER, "n": {"type": "number"}}),
            b'{"type":"RECORD","stream":"rows","record":{"id":1,"n":1e400}}\n',
        )


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ({"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}, "BIGINT"),
        ({"type": "integer", "exclusiveMaximum": 2**63}, "BIGINT"),
        ({"type": "integer", "maximum": 2**63 + 1}, "HUGEINT"),
        ({"type": ["integer", "number"]}, "DOUBLE"),
        ({"type": ["string", "integer"]}, "JSON"),
        ({"anyOf": [{"type": "null"}, {"type": "string", "format": "date"}]}, "DATE"),
        ({"oneOf": [{"type": "integer"}, {"type": "integer", "maximum": 2**70}]}, "HUGEINT"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "JSON"),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": ["string", "null"]}]}, "VARCHAR"),
        (
            {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]},
            "VARCHAR",
        ),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "integer"}]}, "JSON"),
        ({"allOf": [{"$ref": "#/definitions/a~1b"}]}, "VARCHAR"),
        ({"$ref": "#/definitions/nowhere/at/all"}, "JSON"),
        ({"$ref": "https://example.com/schema"}, "JSON"),
        ({"$ref": "#/definitions/endless"}, "JSON"),
        ({"type": "string", "format": "uuid"}, "VARCHAR"),
        ({"type": "null"}, "JSON"),
        ({"type": "unheard of"}, "JSON"),
        ({}, "JSON"),
        (True, "JSON"),
    ],
)
def test_types_come_from_the_schema(loader: Loader, declared: object, kind: str) -> None:
    message = schema({"id": INTEGER, "odd": declared})
    definitions = {"a/b": {"type": "string"}, "endless": {"anyOf": [{"$ref": "#/definitions/endless"}]}}
    loader.load({**message, "schema": {**message["schema"], "definitions": definitions}})
    assert loader.types()["odd"] == kind


def test_a_mixed_column_keeps_a_text_and_a_number_apart(loader: Loader) -> None:
    loader.load(schema({"id": INTEGER, "any": {}}), *records([{"id": 1, "any": 5}, {"id": 2, "any": "5"}]))
    assert loader.rows("id", "any") == [(1, "5"), (2, '"5"')]


# A column: its schema, how its values are sent, and how they are read back.
KINDS: Final[dict[str, tuple[object, st.SearchStrategy[Any], Callable[[Any], object]]]] = {
    "text": (TEXT, st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs"])), lambda v: v),
    "whole": (INTEGER, st.sampled_from([0, -1, 2**63 - 1, -(2**63), 2**53 + 1]) | st.integers(-(2**63), 2**63 - 1), int),
    "huge": ({"type": ["null", "integer"], "maximum": 2**100}, st.integers(-(2**127), 2**127 - 1), int),
    "number": ({"type": ["null", "number"]}, st.floats(allow_nan=False, allow_infinity=False), float),
    "boolean": ({"type": ["null", "boolean"]}, st.booleans(), bool),
    "moment": (
        TIME,
        st.datetimes(
            dt.datetime(2, 1, 1), dt.datetime(9998, 1, 1),  # noqa: DTZ001 - the bounds have no zone
            timezones=st.integers(-1439, 1439).map(lambda m: dt.timezone(dt.timedelta(minutes=m))),
        ).map(dt.datetime.isoformat),
        lambda v: dt.datetime.fromisoformat(v).astimezone(dt.UTC).replace(tzinfo=None),
    ),
    "date": ({"type": ["null", "string"], "format": "date"}, st.dates().map(dt.date.isoformat), dt.date.fromisoformat),
    "time": ({"type": ["null", "string"], "format": "time"}, st.times().map(dt.time.isoformat), dt.time.fromisoformat),
    "json": (
        {},
        st.recursive(
            st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(NASTY),
            lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(NASTY), each, max_size=3),
            max_leaves=5,
        ),
        lambda v: v,
    ),
}  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, list[Any]], int]:
    """Kinds of columns by name, a few values of each, and after how many rows the SCHEMA comes again."""
    names = st.text(
        st.characters(min_codepoint=32, exclude_characters='"\\', exclude_categories=["Cs"]), min_size=1
    )
    columns = draw(
        st.dictionaries(names, st.sampled_from(sorted(KINDS)), min_size=1, max_size=6).filter(
            lambda found: len({name.encode().lower() for name in (*found, "id")}) == len(found) + 1
        )
    )
    pools = {
        name: draw(st.lists(st.none() | KINDS[kind][1], min_size=1, max_size=7))
        for name, kind in columns.items()
    }
    return columns, pools, draw(st.sampled_from([1, 1_000, 2_048, 1_000_000]))


def same(sent: object, found: object) -> bool:
    if isinstance(sent, float) and isinstance(found, float):
        return struct.pack("d", sent) == struct.pack("d", found)
    return sent == found and type(sent) is type(found)


def check(folder: Path, columns: dict[str, str], pools: dict[str, list[Any]], again: int, count: int) -> None:
    """Load rows of pools of values and compare each value; the pools have lengths without a common factor."""
    loader = Loader(folder / "warehouse.duckdb")
    loader.path.unlink(missing_ok=True)
    head = schema({"id": INTEGER, **{name: KINDS[kind][0] for name, kind in columns.items()}})
    changed = {**head, "schema": {**head["schema"], "description": "another"}}
    order = list(columns)
    sent = [{"id": i, **{name: pools[name][i % len(pools[name])] for name in order}} for i in range(count)]
    content = [head, *records(sent[:again]), *([changed, *records(sent[again:])] if again < count else [])]
    loader.load_lines(lines(content))
    assert loader.ask("select count(*), count(distinct id), min(id) from loaded.rows") == [(count, count, 0)]
    moments = {name: " at time zone 'UTC'" for name in order if columns[name] == "moment"}
    names = ", ".join(f'"{name}"{moments.get(name, "")}' for name in ("id", *order))
    found = loader.ask(f"select {names} from loaded.rows order by id")  # noqa: S608 - the test's own
    for number, row in enumerate(found):
        for name, value in zip(order, row[1:], strict=True):
            expected, kind = sent[number][name], columns[name]
            if kind == "json":
                assert (value is None) == (expected is None)
                assert value is None or json.dumps(json.loads(value)) == json.dumps(expected)
            else:
                read = KINDS[kind][2](expected) if expected is not None else None
                assert same(read, value), (name, kind)


@settings(max_examples=8)
@given(tables(), st.sampled_from([1, 2_047, 2_048]))
@example(({"text": "text"}, {"text": ["'closed'"]}, 1_000_000), 2_048)
def test_each_value_of_each_row_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    table: tuple[dict[str, str], dict[str, list[Any]], int],
    count: int,
) -> None:
    check(tmp_path_factory.mktemp("property"), *table, count)


@pytest.mark.targets
@settings(max_examples=6)
@given(tables(), st.sampled_from([20_481, 100_001]))
@example(({"text": "text"}, {"text": ["plain", *["x"] * 20_480, 'say "hi"']}, 1_000_000), 20_481)
@example(({"text": "text", "whole": "whole"}, {"text": list(NASTY), "whole": [None]}, 2_048), 100_001)
def test_each_value_of_each_of_many_rows_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    table: tuple[dict[str, str], dict[str, list[Any]], int],
    count: int,
) -> None:
    check(tmp_path_factory.mktemp("property"), *table, count)


def test_a_number_is_the_nearest_double(loader: Loader) -> None:
    loader.load(
        schema({"id": INTEGER, "n": {"type": "number"}}),
        b'{"type":"RECORD","stream":"rows","record":{"id":1,"n":0.1}}\n',
        b'{"type":"RECORD","stream":"rows","record":{"id":2,"n":-0.0}}\n',
        b'{"type":"RECORD","stream":"rows","record":{"id":3,"n":5e-324}}\n',
        b'{"type":"RECORD","stream":"rows","record":{"id":4,"n":9007199254740993}}\n',
    )
    found = dict(loader.rows("id", "n"))
    assert (found[1], found[3], found[4]) == (0.1, 5e-324, 9007199254740992.0)
    assert math.copysign(1, found[2]) == -1
