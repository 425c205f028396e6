"""A catalog chooses streams and columns. The keys are the tap's, and a catalog of another tap is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness import FLOW, Command, Run, discovered, names

OTHERWISE = "--catalog: the key of ivr_flows is tenant, id, whatever the catalog says"


def flows_of(catalog: dict[str, Any]) -> dict[str, Any]:
    return next(stream for stream in catalog["streams"] if stream["stream"] == "ivr_flows")


def root_of(stream: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = next(
        entry["metadata"] for entry in stream["metadata"] if not entry["breadcrumb"]
    )
    return metadata


def with_catalog(tap: Command, catalog: object, *arguments: str) -> Run:
    path = tap.folder / "catalog.json"
    path.write_text(json.dumps(catalog), encoding="utf-8")
    return tap(tap.config(), "--catalog", str(path), *arguments)


def select_flows(catalog: dict[str, Any]) -> dict[str, Any]:
    root_of(flows_of(catalog))["selected"] = True
    return catalog


@pytest.mark.parametrize("keys", [["id"], None, [], ["id", "tenant"], "absent"])
@pytest.mark.parametrize("metadata", [None, ["id"], ["tenant", "id"]])
def test_the_keys_are_the_taps_whatever_a_catalog_says(
    tap: Command, keys: list[str] | str | None, metadata: list[str] | None
) -> None:
    tap.serve(FLOW)
    catalog = select_flows(discovered())
    flows = flows_of(catalog)
    if keys == "absent":
        del flows["key_properties"]
    else:
        flows["key_properties"] = keys
    root_of(flows)["table-key-properties"] = metadata
    run = with_catalog(tap, catalog)

    assert run.code == 0
    assert run.messages[0]["key_properties"] == ["tenant", "id"]
    says_so = not isinstance(keys, list) and metadata == ["tenant", "id"]
    assert run.warnings.count(OTHERWISE) == (
        0 if says_so or (keys == [] and metadata == ["tenant", "id"]) else 1
    )


def test_a_discovered_catalog_causes_no_warning(tap: Command) -> None:
    tap.serve(FLOW)
    run = with_catalog(tap, select_flows(discovered()))
    assert (run.code, run.ids, run.warnings) == (0, [("north", 1)], [])


@pytest.mark.parametrize(
    "catalog",
    [
        {"streams": []},
        {},
        {"streams": {}},
        {"streams": [{"tap_stream_id": "x"}]},
        {"streams": [{"tap_stream_id": "users", "stream": "users", "schema": {}}]},
    ],
)
def test_a_catalog_of_another_tap_is_refused(tap: Command, catalog: object) -> None:
    run = with_catalog(tap, catalog)
    assert (run.code, run.stdout) == (1, b"")
    (error,) = run.errors
    assert names(error, "--catalog", "no stream of this tap", "--discover")


@pytest.mark.parametrize("selected", [None, "extractions"])
def test_a_catalog_in_which_no_list_is_selected_is_warned_about(tap: Command, selected: str | None) -> None:
    tap.serve(FLOW)
    catalog = discovered()
    for stream in catalog["streams"]:
        root_of(stream)["selected"] = stream["stream"] == selected
    run = with_catalog(tap, catalog)
    assert (run.code, run.records) == (0, [])
    (warning,) = run.warnings
    assert "no list is selected, so nothing will be read: select a list" in warning


def test_rows_without_the_extraction_have_no_proof(tap: Command) -> None:
    tap.serve(FLOW)
    lacking, deselecting = select_flows(discovered()), select_flows(discovered())
    for catalog in (lacking, deselecting):
        root_of(next(each for each in catalog["streams"] if each["stream"] == "extractions"))["selected"] = (
            True
        )
    del flows_of(lacking)["schema"]["properties"]["extraction"]
    for entry in flows_of(deselecting)["metadata"]:
        if entry["breadcrumb"] == ["properties", "extraction"]:
            entry["metadata"] = {"inclusion": "available", "selected": False}
    for catalog in (lacking, deselecting):
        run = with_catalog(tap, catalog)
        assert (run.code, run.ids, run.proofs) == (0, [("north", 1)], [])
        (warning,) = run.warnings
        assert names(warning, "--catalog", "ivr_flows", "extraction", "no proof")


@pytest.mark.parametrize(
    "content",
    [
        {"streams": None},
        {"streams": [7]},
        {"streams": [], "x": float("inf")},
        {"streams": [], "x": json.loads("[" * 700 + "]" * 700)},
        {"streams": [{}]},
        {"streams": [{"tap_stream_id": "ivr_flows", "stream": "flows", "schema": {}}]},
        {"streams": [{"tap_stream_id": "ivr_flows", "schema": {}, "key_properties": 7}]},
        {"streams": [{"tap_stream_id": "ivr_flows", "schema": {}, "metadata": [7]}]},
        {"streams": [{"tap_stream_id": "ivr_flows", "schema": {"properties": {"id": 7}}}]},
    ],
)
def test_an_invalid_catalog_is_refused(tap: Command, content: dict[str, Any]) -> None:
    path = tap.folder / "catalog.json"
    path.write_text(json.dumps(content).replace("Infinity", "1e400"))
    run = tap(tap.config(), "--catalog", str(path))
    assert (run.code, run.stdout) == (1, b"")
    (error,) = run.errors
    assert names(error, "--catalog", "catalog.json", "not a catalog", "--discover")


def test_rows_that_lose_the_extraction_in_a_stream_map_have_no_proof(tap: Command) -> None:
    tap.serve(FLOW)
    run = tap(tap.config(stream_maps={"ivr_flows": {"extraction": None}}))
    assert (run.code, run.ids, run.proofs) == (0, [("north", 1)], [])
    (warning,) = run.warnings
    assert names(warning, "stream_maps", "ivr_flows", "extraction", "no proof")


UNPROVEN: list[dict[str, Any]] = [
    {"extractions": None},
    {"extractions": {"extraction": None}},
    {"extractions": {"records": None}},
    {"extractions": {"__filter__": "records > 0"}},
    {"extractions": {"stream": "stream.upper()"}},
    {"extractions": {"records": "0"}},
    {"extractions": {"tenant": "tenant.upper()"}},
    {"extractions": {"__else__": None, "tenant": "tenant", "stream": "stream"}},
    {"ivr_flows": {}, "__else__": None},
    {"ivr_flows": None},
    {"ivr_flows": {"tenant": "tenant.upper()"}},
    {"ivr_flows": {"__else__": None, "tenant": "tenant", "id": "id"}},
    {"ivr_*": {"tenant": "tenant.upper()"}},
    {"ivr_flows": {"tenant": None, "key": "tenant + str(id)", "__key_properties__": ["key"]}},
    {
        "ivr_flows": {
            "__else__": None,
            "key": "tenant + str(id)",
            "__key_properties__": ["key"],
            "extraction": "extraction",
        }
    },
    {"extractions": {"stream": None, "key": "tenant + stream", "__key_properties__": ["key"]}},
]


@pytest.mark.parametrize("stream_maps", UNPROVEN, ids=str)
def test_lists_without_a_proof_are_warned_about(tap: Command, stream_maps: dict[str, Any]) -> None:
    tap.serve(FLOW)
    run = tap(tap.config(stream_maps=stream_maps))
    assert (run.code, run.proofs) == (0, [])
    (warning,) = run.warnings
    assert names(warning, "ivr_flows", "no proof", "stream_maps")


@pytest.mark.parametrize(
    "stream_maps",
    [
        {"*": {"tenant": "tenant.upper()"}},
        {"ivr_flows": {"tenant": "record['tenant']", "id": "id", "extraction": "record['extraction']"}},
        {"copy": {"__source__": "ivr_flows", "tenant": "tenant.upper()", "extraction": None}},
        {"ivr_flows": {"__else__": None, "tenant": "tenant", "id": "id", "extraction": "extraction"}},
        {"called_routes": None},
        {"extractions": {"__filter__": None}},
    ],
    ids=str,
)
def test_lists_keep_their_proof_where_a_map_changes_both_streams_alike_or_none(
    tap: Command, stream_maps: dict[str, Any]
) -> None:
    tap.serve(FLOW)
    run = tap(tap.config(stream_maps=stream_maps))
    assert (run.code, run.warnings) == (0, [])
    assert [proof["records"] for proof in run.proofs] == [1]


def test_lists_whose_proof_is_not_selected_are_warned_about(tap: Command) -> None:
    tap.serve(FLOW)
    catalog = select_flows(discovered())
    root_of(next(each for each in catalog["streams"] if each["stream"] == "extractions"))["selected"] = False
    run = with_catalog(tap, catalog)
    assert (run.code, run.ids, run.proofs) == (0, [("north", 1)], [])
    (warning,) = run.warnings
    assert names(warning, "extractions", "not selected", "no list has a proof")


@pytest.mark.parametrize("column", ["id", "description"])
def test_metadata_for_columns_only_is_refused(tap: Command, column: str) -> None:
    catalog = discovered()
    flows_of(catalog)["metadata"] = [{"breadcrumb": ["properties", column], "metadata": {"selected": True}}]
    run = with_catalog(tap, catalog)
    assert (run.code, run.stdout) == (1, b"")
    (error,) = run.errors
    assert names(error, "--catalog", "ivr_flows", "metadata", "stream itself")


@pytest.mark.parametrize(
    "declared", [{"type": ["string", "null"]}, {"type": "string"}, {"anyOf": [{"type": "string"}]}, {}]
)
def test_the_types_are_the_taps_whatever_a_catalog_says(tap: Command, declared: dict[str, Any]) -> None:
    tap.serve(FLOW)
    catalog = select_flows(discovered())
    own = flows_of(catalog)["schema"]["properties"]["flowType"]
    flows_of(catalog)["schema"]["properties"]["flowType"] = declared
    run = with_catalog(tap, catalog)
    assert (run.code, run.records[0]["flowType"]) == (0, 1)
    assert run.messages[0]["schema"]["properties"]["flowType"] == own
    assert any(names(warning, "--catalog", "types", "ivr_flows", "flowType") for warning in run.warnings)


def test_a_type_in_another_order_is_the_same_type(tap: Command) -> None:
    tap.serve(FLOW)
    own, catalog = discovered(), select_flows(discovered())
    flows_of(catalog)["schema"]["properties"]["flowType"]["type"].reverse()
    run = with_catalog(tap, catalog)
    assert not any("types" in warning for warning in run.warnings)
    assert run.messages[0]["schema"] == flows_of(own)["schema"]


def test_a_column_that_only_a_catalog_has_is_left_out(tap: Command) -> None:
    tap.serve(FLOW)
    own, catalog = discovered(), select_flows(discovered())
    flows_of(catalog)["schema"]["properties"]["nosuch"] = {"type": ["null", "string"]}
    run = with_catalog(tap, catalog)
    assert (run.code, run.ids, run.warnings) == (0, [("north", 1)], [])
    assert run.messages[0]["schema"] == flows_of(own)["schema"]


@pytest.mark.parametrize("key", ["id", "nosuch"])
def test_a_replication_key_of_a_catalog_is_ignored(tap: Command, key: str) -> None:
    tap.serve(FLOW)
    catalog = select_flows(discovered())
    flows_of(catalog).update(replication_key=key, replication_method="INCREMENTAL")
    run = with_catalog(tap, catalog)
    assert (run.code, run.ids) == (0, [("north", 1)])
    assert "bookmark_properties" not in run.messages[0]
