"""SCHEMA messages that change, and tables that are there already."""

from __future__ import annotations

import io
import lzma
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from loading import INTEGER, TEXT, Loader, lines, record, records, schema, version
from target_duckdb_exact.errors import LoadError
from target_duckdb_exact.target import TargetDuckDB

OLD_FILE: Final = Path(__file__).with_name("made_by_0.8.0.duckdb.xz")
"""`make demo` at the last commit that loaded with target-duckdb 0.8.0 on duckdb 1.0.0, with dbt's tables."""

BIG: Final = {"type": "integer", "maximum": 2**100}
NUMBER: Final = {"type": "number"}
MOMENT: Final = {"type": "string", "format": "date-time"}


def test_a_new_column_is_added_and_a_removed_one_gets_null(loader: Loader) -> None:
    loader.load(schema({"id": INTEGER, "old": TEXT}), *records({"id": i, "old": "x"} for i in (1, 2)))
    loader.load(schema({"id": INTEGER, "new": TEXT}), record(id=2, new="y"), record(id=3))
    assert loader.rows("id", "old", "new") == [(1, "x", None), (2, None, "y"), (3, None, None)]


def test_the_same_schema_twice_changes_nothing(loader: Loader) -> None:
    head = schema({"id": INTEGER})
    loader.load(head, record(id=1), head, record(id=2), head)
    assert loader.rows("id") == [(1,), (2,)]
    assert [(name, kind) for name, kind, *_ in loader.ask("describe loaded.rows")] == [
        ("id", "BIGINT"),
        *((name, "TIMESTAMP") for name in ("_sdc_extracted_at", "_sdc_batched_at", "_sdc_deleted_at")),
    ]
    assert loader.ask("select count(_sdc_extracted_at), count(_sdc_batched_at) from loaded.rows") == [(2, 2)]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"add_record_metadata": False},
        {"flattening_enabled": True, "flattening_max_depth": 1},
        {"stream_maps": {"rows": {"more": "str(id)"}}},
        {"stream_maps": {"rows": {"__key_properties__": None}}},
        {"stream_maps": {"copy": {"__source__": "rows", "id": "id"}}},
    ],
)
def test_the_same_schema_twice_stages_into_the_same_files(
    loader: Loader, settings: dict[str, object]
) -> None:
    head = schema({"id": INTEGER, "_sdc_deleted_at": MOMENT})
    loader.load(head, record(id=1), **settings)
    target = TargetDuckDB(config=loader.config(settings))
    target.listen(io.BytesIO(lines([head, record(id=1), head, head, record(id=2)])))  # type: ignore[arg-type]
    assert len(target.sinks) == len({sink.stream_name for sink in target.sinks})


def test_a_stream_without_rows_has_a_table(loader: Loader) -> None:
    loader.load(schema({"id": INTEGER, "text": TEXT}))
    assert loader.types() == {"id": "BIGINT", "text": "VARCHAR"}


@pytest.mark.parametrize(
    ("old", "sent", "new", "kept", "kind"),
    [
        (INTEGER, 5, BIG, 5, "HUGEINT"),
        (BIG, 2**64, INTEGER, 2**64, "HUGEINT"),
        (INTEGER, 5, TEXT, "5", "VARCHAR"),
        (TEXT, "5", INTEGER, 5, "BIGINT"),
        (INTEGER, 2**53, NUMBER, 2.0**53, "DOUBLE"),
        (TEXT, None, MOMENT, None, "TIMESTAMP WITH TIME ZONE"),
        (TEXT, None, {"type": "object"}, None, "JSON"),
    ],
)
def test_a_type_that_can_changes_without_loss(
    loader: Loader, old: dict[str, Any], sent: object, new: dict[str, Any], kept: object, kind: str
) -> None:
    loader.load(schema({"id": INTEGER, "odd": old}), record(id=1, odd=sent))
    loader.load(schema({"id": INTEGER, "odd": new}))
    assert loader.types()["odd"] == kind
    with duckdb.connect(str(loader.path)) as connection:
        connection.execute("set timezone = 'UTC'")
        text = " :: varchar" if new is MOMENT else ""
        assert connection.execute(f"select odd{text} from loaded.rows").fetchall() == [(kept,)]  # noqa: S608


@pytest.mark.parametrize(
    ("old", "sent", "new"),
    [
        (TEXT, "007", INTEGER),
        (TEXT, "s3cret", MOMENT),
        (TEXT, "2026-01-01T10:00:00+02:00", MOMENT),
        (TEXT, "5", {"type": "object"}),
        ({"type": "object"}, {"a": 1}, TEXT),
        (INTEGER, 2**53 + 1, NUMBER),
        (NUMBER, 1.5, INTEGER),
        (INTEGER, 2, {"type": "boolean"}),
        (MOMENT, "2026-01-01T00:00:00Z", {"type": "string", "format": "time"}),
    ],
)
def test_a_type_that_cannot_change_without_loss_is_one_line(
    loader: Loader, old: dict[str, Any], sent: object, new: dict[str, Any]
) -> None:
    loader.load(schema({"id": INTEGER, "odd": old}), record(id=1, odd=sent))
    before = loader.ask("select id, cast(odd as varchar) from loaded.rows")
    with pytest.raises(LoadError, match=r"rows: odd is .* in the table and .* in the SCHEMA") as caught:
        loader.load(schema({"id": INTEGER, "odd": new}))
    assert "s3cret" not in str(caught.value)
    assert loader.ask("select id, cast(odd as varchar) from loaded.rows") == before


def test_a_type_that_changes_within_a_run_is_the_type_of_later_rows_only(loader: Loader) -> None:
    with pytest.raises(LoadError, match="odd is VARCHAR"):
        loader.load(
            schema({"id": INTEGER, "odd": TEXT}), record(id=1, odd="007"),
            schema({"id": INTEGER, "odd": INTEGER}), record(id=2, odd=7),
        )  # fmt: skip


def test_columns_have_the_case_of_the_schema(loader: Loader) -> None:
    loader.load(schema({"id": INTEGER, "accesscode": TEXT}), record(id=1, accesscode="0"))
    loader.load(schema({"id": INTEGER, "accessCode": TEXT}), record(id=2, accessCode="1"))
    assert loader.types() == {"id": "BIGINT", "accessCode": "VARCHAR"}
    assert loader.rows("id", "accessCode") == [(1, "0"), (2, "1")]


@pytest.mark.parametrize(
    ("properties", "keys", "says"),
    [
        ({"id": INTEGER, "Name": TEXT, "name": TEXT}, ["id"], "'Name' and 'name' differ in case only"),
        ({"id": INTEGER}, ["other"], "no column 'other'"),
        ({"id": INTEGER, "": TEXT}, ["id"], "'' cannot be the name"),
        ({"id": INTEGER, 'a"b': TEXT}, ["id"], "cannot be the name"),
        ({}, [], "no columns"),
    ],
)
def test_columns_that_make_no_table_are_one_line(
    loader: Loader, properties: dict[str, object], keys: list[str], says: str
) -> None:
    with pytest.raises(LoadError, match=f"line 1: rows: .*{says}"):
        loader.load(schema(properties, keys))


def test_names_that_need_quotes(loader: Loader) -> None:
    names = (
        "select",
        "a b",
        "it's",
        "a.b",
        "%",
        "客服",
        "Ä",
        "ä",
        "position_",
        "time_extracted",
        "c0",
        "record",
    )
    head = schema({"id": INTEGER, **dict.fromkeys(names, TEXT)}, stream="a-b.\"c\" 'd'")
    loader.load(head, {**record(id=1, **{name: name for name in names}), "stream": head["stream"]})
    columns = ", ".join(f'"{name}"' for name in names)
    assert loader.ask(f'select {columns} from loaded."a-b.""c"" \'d\'"') == [names]  # noqa: S608


def test_streams_that_differ_in_case_only_are_one_line(loader: Loader) -> None:
    with pytest.raises(LoadError, match="line 2: the streams 'rows' and 'Rows' differ in case only"):
        loader.load(schema({"id": INTEGER}), schema({"id": INTEGER}, stream="Rows"))


def test_streams_that_differ_in_other_letters_have_tables_of_their_own(loader: Loader) -> None:
    heads = [schema({"id": INTEGER, name: TEXT}, stream=name) for name in ("Ä", "ä")]
    for _ in range(2):
        loader.load(*heads, record("Ä", id=1), record("ä", id=2))
    assert [loader.rows("id", stream=name) for name in ("Ä", "ä")] == [[(1,)], [(2,)]]


def test_a_field_without_a_column_is_left_out_with_a_warning(
    loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    head = schema({"id": INTEGER, "a": TEXT})
    loader.load(
        head,
        record(id=1, a="x", A="y"),
        record(id=2, A="y"),
        record(id=3),
        record(id=4, unknown="z", null=None),
    )
    assert loader.rows("id", "a") == [(1, "x"), (2, None), (3, None), (4, None)]
    warnings = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert warnings == [f"{name!r} is not in the SCHEMA, and is not loaded" for name in ("A", "unknown")]


@pytest.mark.parametrize(
    ("change", "says"),
    [({"T": TEXT}, "Cannot alter entry"), ({"t": INTEGER}, "index depends on it")],
)
def test_an_index_that_is_in_the_way_is_named(loader: Loader, change: dict[str, object], says: str) -> None:
    loader.load(schema({"id": INTEGER, "t": TEXT}), record(id=1))
    with duckdb.connect(str(loader.path)) as connection:
        connection.execute("create index my_index on loaded.rows(t)")
    with pytest.raises(LoadError, match=f"rows: .*{says}"):
        loader.load(schema({"id": INTEGER, **change}))


def test_two_streams_whose_rows_come_in_turns(loader: Loader) -> None:
    heads = [schema({"id": INTEGER, "text": TEXT}, stream=name) for name in ("one", "two")]
    loader.load(*heads, *(record(name, id=i, text=f"'{name}'") for i in range(50) for name in ("one", "two")))
    for name in ("one", "two"):
        assert loader.rows("id", "text", stream=name) == [(i, f"'{name}'") for i in range(50)]


def test_the_schema_of_the_database_has_a_default(loader: Loader) -> None:
    target = TargetDuckDB(config={"path": str(loader.path)})
    target.listen(io.BytesIO(lines([schema({"id": INTEGER}), record(id=1)])))  # type: ignore[arg-type]
    assert loader.ask("select id from main.rows") == [(1,)]


FLOWS: Final = {
    "tenant": {"type": "string"}, "id": {"type": "integer"}, "accessCode": TEXT, "description": TEXT,
    "flowFileName": TEXT, "isLoad": INTEGER, "flowType": INTEGER, "maxCallNum": INTEGER, "extraction": INTEGER,
}  # fmt: skip


@pytest.mark.parametrize("hard_delete", [True, False])
def test_a_file_of_target_duckdb_0_8_0_is_loaded_on(loader: Loader, *, hard_delete: bool) -> None:
    loader.path.write_bytes(lzma.decompress(OLD_FILE.read_bytes()))
    columns = "tenant, id, accesscode, description, flowfilename, isload, flowtype, maxcallnum, extraction"
    query = f"select {columns}, _sdc_extracted_at, _sdc_batched_at from tap_ivrflow.ivr_flows order by 1, 2"  # noqa: S608
    before = loader.ask(query)
    tables = "select schema_name, table_name, estimated_size from duckdb_tables() where schema_name <> 'tap_ivrflow'"
    history = loader.ask("from ivr_analytics.flow_history order by all")
    others = loader.ask(tables)
    head = schema(FLOWS, ["tenant", "id"], "ivr_flows")
    tenant, number = before[0][:2]
    row = {"tenant": tenant, "accessCode": "", "description": "'closed'", "isLoad": 1, "extraction": 2**60}
    loader.load(
        head, record("ivr_flows", **row, id=number), record("ivr_flows", **row, id=2**62), version("ivr_flows"),
        default_target_schema="tap_ivrflow", hard_delete=hard_delete,
    )  # fmt: skip
    after = loader.ask(query)
    assert {each[1:4] for each in after if each[0] == tenant} >= {
        (number, "", "'closed'"),
        (2**62, "", "'closed'"),
    }
    assert [each for each in after if each[8] != 2**60] == ([] if hard_delete else before[1:])
    marks = loader.ask(
        "select _sdc_deleted_at is not null from tap_ivrflow.ivr_flows where extraction <> 2**60"
    )
    assert marks == ([] if hard_delete else [(True,)] * (len(before) - 1))
    assert loader.ask("from ivr_analytics.flow_history order by all") == history
    assert loader.ask(tables) == others
    assert {"accessCode", "isLoad"} <= {name for name, *_ in loader.ask("describe tap_ivrflow.ivr_flows")}


@pytest.mark.parametrize("kind", ["smallint", "integer", "hugeint"])
def test_a_key_whose_type_the_old_target_narrowed_keeps_it(loader: Loader, kind: str) -> None:
    with duckdb.connect(str(loader.path)) as connection:
        connection.execute(f"create schema loaded; create table loaded.rows(id {kind} primary key, n {kind})")
        connection.execute("insert into loaded.rows values (1, 1)")
    loader.load(schema({"id": INTEGER, "n": INTEGER}), record(id=1, n=2), record(id=2, n=3))
    assert loader.rows("id", "n") == [(1, 2), (2, 3)]
    if kind == "smallint":
        with pytest.raises(LoadError, match="rows: a value or time_extracted does not fit"):
            loader.load(schema({"id": INTEGER, "n": INTEGER}), record(id=2**40, n=2))


def test_a_primary_key_that_is_another_is_one_line_without_the_key(loader: Loader) -> None:
    with duckdb.connect(str(loader.path)) as connection:
        connection.execute(
            "create schema loaded; create table loaded.rows(id bigint, name varchar primary key)"
        )
        connection.execute("insert into loaded.rows values (1, 's3cret')")
    with pytest.raises(LoadError, match="rows: ConstraintException") as caught:
        loader.load(schema({"id": INTEGER, "name": TEXT}), record(id=2, name="s3cret"))
    assert "s3cret" not in str(caught.value)
