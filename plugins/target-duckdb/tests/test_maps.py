"""Stream maps and flattening in the target."""

from __future__ import annotations

from typing import Final

from loading import INTEGER, TEXT, Loader, record, schema, version

HEAD: Final = schema({"id": INTEGER, "text": TEXT})


def test_a_stream_map_changes_rows_and_columns(loader: Loader) -> None:
    maps = {"rows": {"id": "id", "upper": "text.upper()", "text": None, "__filter__": "id < 3"}}
    loader.load(HEAD, record(id=1, text="'a'"), HEAD, record(id=2, text="b"), record(id=3), stream_maps=maps)
    assert loader.types() == {"id": "BIGINT", "upper": "VARCHAR"}
    assert loader.rows("id", "upper") == [(1, "'A'"), (2, "B")]
    assert loader.ask("select count(_sdc_extracted_at) from loaded.rows") == [(2,)]


def test_a_stream_map_gives_another_name(loader: Loader) -> None:
    loader.load(HEAD, record(id=1), version(), stream_maps={"rows": {"__alias__": "renamed"}})
    assert loader.rows("id", stream="renamed") == [(1,)]


def test_a_table_of_two_streams_is_activated_once_both_are(loader: Loader) -> None:
    heads = [schema({"id": INTEGER}, stream=name) for name in ("a", "b")]
    maps = {name: {"__alias__": "both"} for name in ("a", "b")}
    loader.load(*heads, record("a", id=1), record("b", id=2), stream_maps=maps)
    loader.load(*heads, record("a", id=3), version("a"), stream_maps=maps)
    assert loader.ask("select count(*), count(_sdc_deleted_at) from loaded.both") == [(3, 0)]
    loader.load(*heads, record("a", id=3), version("a"), version("b"), stream_maps=maps)
    assert loader.ask("select count(*), count(_sdc_deleted_at) from loaded.both") == [(3, 2)]


def test_activate_version_of_an_excluded_stream_leaves_its_table_alone(loader: Loader) -> None:
    loader.load(HEAD, record(id=1))
    other = schema({"id": INTEGER}, stream="other")
    for hard_delete in (False, True):
        loader.load(
            HEAD, record(id=2), version(), other, record("other", id=1),
            stream_maps={"rows": None}, hard_delete=hard_delete,
        )  # fmt: skip
        assert loader.ask("select id, _sdc_deleted_at from loaded.rows") == [(1, None)]


def test_an_excluded_stream_makes_no_table(loader: Loader) -> None:
    loader.load(HEAD, record(id=1), version(), stream_maps={"rows": None})
    assert not loader.path.exists()


def test_a_stream_map_leaves_every_digit_of_the_rest(loader: Loader) -> None:
    sent = b'{"a":123456789012345678901234567890.5,"b":1.10}'
    loader.load(
        schema({"id": INTEGER, "object": {"type": "object"}, "n": {"type": "number"}}),
        b'{"type":"RECORD","stream":"rows","record":{"id":1,"n":0.1,"object":%b}}\n' % sent,
        stream_maps={"rows": {"text": "str(n)"}},
    )
    assert loader.rows("id", "n", "text", "object") == [(1, 0.1, "0.1", sent.decode())]


def test_flattening(loader: Loader) -> None:
    nested = {"type": "object", "properties": {"b": INTEGER, "c": TEXT}}
    loader.load(
        schema({"id": INTEGER, "a": nested}), record(id=1, a={"b": 5, "c": "'"}),
        flattening_enabled=True, flattening_max_depth=1,
    )  # fmt: skip
    assert loader.rows("id", "a__b", "a__c") == [(1, 5, "'")]
