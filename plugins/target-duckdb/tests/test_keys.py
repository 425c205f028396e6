"""Which row replaces which, and what becomes of rows that are no longer sent."""

from __future__ import annotations

from typing import Any

import pytest

from loading import INTEGER, TEXT, Loader, Message, record, records, schema, version
from target_duckdb_exact.errors import LoadError

HEAD = schema({"id": INTEGER, "text": TEXT})
DELETED = "_sdc_deleted_at is not null as deleted"


def marked(loader: Loader) -> list[tuple[Any, ...]]:
    return loader.ask(f"select id, {DELETED} from loaded.rows order by 1")  # noqa: S608 - the test's own


def test_a_row_with_the_same_key_replaces_the_old_one(loader: Loader) -> None:
    loader.load(HEAD, *records([{"id": 1, "text": "old"}, {"id": 2, "text": "kept"}]))
    loader.load(HEAD, *records([{"id": 1, "text": "new"}, {"id": 3}]))
    assert loader.rows("id", "text") == [(1, "new"), (2, "kept"), (3, None)]


@pytest.mark.parametrize("rows", [1, 5_000])
def test_the_last_row_of_a_run_counts(loader: Loader, rows: int) -> None:
    sent = [{"id": i % 10, "text": str(i)} for i in range(rows)]
    loader.load(HEAD, *records(sent))
    assert loader.rows("id", "text") == sorted(
        {each["id"]: (each["id"], each["text"]) for each in sent}.values()
    )


def test_the_last_row_of_a_run_counts_across_two_schemas(loader: Loader) -> None:
    other = schema({"id": INTEGER, "text": TEXT, "more": TEXT})
    loader.load(HEAD, record(id=1, text="a"), record(id=2, text="b"), other, record(id=1, text="c", more="d"))
    assert loader.rows("id", "text", "more") == [(1, "c", "d"), (2, "b", None)]


def test_without_a_key_rows_are_appended_in_their_order(loader: Loader) -> None:
    head = schema({"id": INTEGER}, keys=())
    del head["key_properties"]  # type: ignore[attr-defined]
    for _ in range(2):
        loader.load(head, record(id=2), record(id=2), record(id=1))
    assert loader.ask("select id from loaded.rows") == [(2,), (2,), (1,)] * 2


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ({"type": "number"}, [0.1, 0.30000000000000004, 0.3]),
        ({"type": "boolean"}, [True, False]),
        ({"type": "string", "format": "date-time"}, ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00+01:00"]),
        ({"type": "string"}, ["a", "A", "", "'a'", "a "]),
        ({"type": ["integer", "string"]}, [5, "5"]),
    ],
)
def test_a_key_of_any_type(loader: Loader, column: dict[str, Any], values: list[object]) -> None:
    head = schema({"key": column, "n": INTEGER}, keys=["key"])
    for offset in (0, 10):
        loader.load(head, *records({"key": value, "n": offset + n} for n, value in enumerate(values)))
    assert sorted(n for _, n in loader.ask("select 1, n from loaded.rows")) == [
        10 + n for n in range(len(values))
    ]


@pytest.mark.parametrize("old_keys", [["id", "text"], []])
def test_a_table_with_several_rows_of_one_key_is_one_line(loader: Loader, old_keys: list[str]) -> None:
    old = schema({"id": INTEGER, "text": TEXT}, keys=old_keys)
    loader.load(old, record(id=1, text="a"), record(id=1, text="b"))
    with pytest.raises(LoadError, match="rows: the table has several rows with the same id"):
        loader.load(HEAD, record(id=1, text="c"))
    assert sorted(loader.rows("id", "text")) == [(1, "a"), (1, "b")]


def test_one_moment_in_two_zones_is_one_key(loader: Loader) -> None:
    head = schema({"key": {"type": "string", "format": "date-time"}, "n": INTEGER}, keys=["key"])
    loader.load(head, record(key="2026-01-01T00:00:00Z", n=1), record(key="2026-01-01T01:00:00+01:00", n=2))
    assert loader.ask("select n from loaded.rows") == [(2,)]


def test_a_table_of_nothing_but_its_key(loader: Loader) -> None:
    for _ in range(2):
        loader.load(schema({"id": INTEGER}), record(id=1), add_record_metadata=False)
    assert loader.ask("from loaded.rows") == [(1,)]


@pytest.mark.parametrize("column", [INTEGER, TEXT, {"type": ["object", "null"]}])
@pytest.mark.parametrize("row", [{"id": None}, {}])
def test_a_key_without_a_value_is_refused(
    loader: Loader, column: dict[str, Any], row: dict[str, object]
) -> None:
    with pytest.raises(LoadError, match=r"line 2: rows: .*(null|id)"):
        loader.load(schema({"id": column}), record(**row))
    assert not loader.path.exists() or loader.ask("select * from duckdb_tables()") == []


@pytest.mark.parametrize("position", [1, 2, 3])
def test_rows_that_a_run_did_not_bring_are_marked(loader: Loader, position: int) -> None:
    loader.load(HEAD, *records({"id": i} for i in range(4)))
    messages: list[Message] = [HEAD, record(id=0), record(id=9)]
    messages.insert(position, version())
    loader.load(*messages)
    assert marked(loader) == [(0, False), (1, True), (2, True), (3, True), (9, False)]
    first = loader.rows("id", "_sdc_deleted_at")
    loader.load(HEAD, record(id=1), record(id=0), version())
    assert marked(loader) == [(0, False), (1, False), (2, True), (3, True), (9, True)]
    assert loader.rows("id", "_sdc_deleted_at")[2] == first[2], "a mark keeps its time"


def test_a_row_that_comes_back_without_activate_version_loses_its_mark(loader: Loader) -> None:
    loader.load(HEAD, record(id=1), record(id=2))
    loader.load(HEAD, record(id=1), version())
    loader.load(HEAD, record(id=2))
    assert marked(loader) == [(1, False), (2, False)]


def test_rows_are_deleted_if_the_settings_say_so(loader: Loader) -> None:
    loader.load(HEAD, *records({"id": i, "text": "old"} for i in range(3_000)))
    loader.load(HEAD, record(id=1, text="new"), record(id=9, text="new"), version(), hard_delete=True)
    assert loader.rows("id", "text") == [(1, "new"), (9, "new")]


@pytest.mark.parametrize("hard_delete", [True, False])
def test_rows_of_both_schemas_of_a_run_are_kept(loader: Loader, *, hard_delete: bool) -> None:
    other = schema({"id": INTEGER, "more": TEXT})
    loader.load(HEAD, *records({"id": i} for i in range(4)))
    loader.load(
        HEAD, record(id=1), version(), other, record(id=2, more="x"), version(), hard_delete=hard_delete
    )
    assert [row for row in marked(loader) if not row[1]] == [(1, False), (2, False)]
    assert len(marked(loader)) == (2 if hard_delete else 4)


def test_a_stream_that_came_without_rows_loses_all(loader: Loader) -> None:
    loader.load(HEAD, record(id=1))
    loader.load(HEAD, version())
    assert marked(loader) == [(1, True)]
    loader.load(HEAD, version(), hard_delete=True)
    assert marked(loader) == []


def test_only_the_stream_that_is_named_is_touched(loader: Loader) -> None:
    other = schema({"id": INTEGER}, stream="other")
    loader.load(HEAD, other, record(id=1), record("other", id=1))
    loader.load(HEAD, other, version("other"))
    assert marked(loader) == [(1, False)]


def test_without_a_key_the_rows_of_earlier_runs_are_marked(loader: Loader) -> None:
    head = schema({"id": INTEGER}, keys=())
    loader.load(head, record(id=1))
    loader.load(head, record(id=1), record(id=2), version(), add_record_metadata=False)
    assert sorted(marked(loader)) == [(1, False), (1, True), (2, False)]


def test_without_metadata_a_mark_has_its_column_all_the_same(loader: Loader) -> None:
    loader.load(HEAD, record(id=1), record(id=2), add_record_metadata=False)
    assert [name for name, *_ in loader.ask("describe loaded.rows")] == ["id", "text"]
    loader.load(HEAD, record(id=1), version(), add_record_metadata=False)
    assert marked(loader) == [(1, False), (2, True)]


def test_metadata_are_times_in_utc(loader: Loader) -> None:
    loader.load(HEAD, {**record(id=1), "time_extracted": "2026-11-28T01:02:03.000004+01:00"})
    query = (
        "select cast(_sdc_extracted_at as varchar), typeof(_sdc_batched_at), _sdc_deleted_at from loaded.rows"
    )
    assert loader.ask(query) == [("2026-11-28 00:02:03.000004", "TIMESTAMP", None)]


def test_a_column_of_the_tap_needs_no_metadata_beside_it(loader: Loader) -> None:
    head = schema({"id": INTEGER, "_sdc_extracted_at": TEXT})
    loader.load(head, record(id=1, _sdc_extracted_at="x"), add_record_metadata=False)
    assert loader.ask("from loaded.rows") == [(1, "x")]


def test_columns_of_the_tap_go_before_those_of_the_metadata(loader: Loader) -> None:
    head = schema(
        {
            "id": INTEGER,
            "_sdc_extracted_at": TEXT,
            "_SDC_deleted_at": {"type": "string", "format": "date-time"},
        }
    )
    loader.load(
        head, record(id=1, _sdc_extracted_at="'x'"), record(id=2, _SDC_deleted_at="2026-01-01T00:00:00Z")
    )
    assert loader.rows("id", "_sdc_extracted_at") == [(1, "'x'"), (2, None)]
    assert marked(loader) == [(1, False), (2, True)]
    loader.load(head, record(id=2), version())
    assert marked(loader) == [(1, True), (2, False)]
