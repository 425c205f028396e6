"""What the stream emits: through the installed command, in the order and form that Singer wants."""

from __future__ import annotations

import json
import shlex
import subprocess
from itertools import chain
from typing import Any, Final

import pytest

from tap_ivrflow.tenants import LONGEST_NAME, tenants_of
from tests.harness import FLOW, ROOT, TENANT, Command, Run, discovered, names

ROWS: Final = [FLOW, {**FLOW, "id": 2, "accessCode": "*9#", "description": ""}]
MANY: Final = [
    {"name": name, "app_key": f"key-{name}-55", "app_secret": f"secret-{name}-66"} for name in "abcd"
]
KEYS: Final = {
    "ivr_flows": ["tenant", "id"],
    "called_routes": ["tenant", "id"],
    "access_codes": ["tenant", "id"],
    "skill_queues": ["tenant", "skillId"],
    "satisfaction_config": ["tenant", "position"],
    "extractions": ["tenant", "stream"],
}
ACTIVATE: Final[dict[str, Any]] = {"emit_activate_version_messages": True}


def versions(run: Run) -> set[int]:
    return {message["version"] for message in run.messages if "version" in message}


def catalog(**changes: Any) -> dict[str, Any]:
    found = discovered()
    root = next(entry for entry in flows_of(found)["metadata"] if entry["breadcrumb"] == [])
    root["metadata"] |= {"selected": True, **changes}
    return found


def flows_of(found: dict[str, Any]) -> dict[str, Any]:
    """The entry of the flows in a catalog."""
    return next(stream for stream in found["streams"] if stream["stream"] == "ivr_flows")


def with_catalog(tap: Command, found: dict[str, Any], **settings: Any) -> Run:
    path = tap.folder / "catalog.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return tap(tap.config(**settings), "--catalog", str(path))


def test_a_run_is_a_schema_the_rows_in_the_services_order_and_a_state(tap: Command) -> None:
    tap.serve(*reversed(ROWS))
    run = tap(tap.config())

    assert run.code == 0
    assert run.types == ["SCHEMA", "RECORD", "RECORD", "STATE"]
    assert run.records == [{"tenant": "north", **row} for row in reversed(ROWS)]
    assert run.messages[0]["key_properties"] == ["tenant", "id"]
    emitted = next(message["record"] for message in run.messages if message["type"] == "RECORD")
    assert list(emitted) == list(run.messages[0]["schema"]["properties"])
    assert run.messages[-1] == {"type": "STATE", "value": {"bookmarks": {"ivr_flows": {}, "extractions": {}}}}


def test_what_is_discovered_is_what_the_schema_file_declares(tap: Command) -> None:
    streams = json.loads(tap(None, "--discover").stdout)["streams"]

    assert {stream["stream"]: stream["key_properties"] for stream in streams} == KEYS
    for stream in streams:
        path = ROOT / "schemas" / f"{stream['stream']}.json"
        assert stream["schema"] == json.loads(path.read_text(encoding="utf-8"))
        assert stream["replication_method"] == "FULL_TABLE"
        for column in stream["schema"]["properties"].values():
            assert not column.keys() & {"enum", "pattern", "anyOf", "format"}
            assert ("integer" in column["type"]) == ("minimum" in column) == ("maximum" in column)


def test_a_schema_message_is_one_that_picky_targets_take(tap: Command) -> None:
    found = discovered()
    for stream in found["streams"]:
        next(entry for entry in stream["metadata"] if not entry["breadcrumb"])["metadata"]["selected"] = True
    tap.serve(FLOW)
    schemas = [message for message in with_catalog(tap, found).messages if message["type"] == "SCHEMA"]

    assert {message["stream"] for message in schemas} == KEYS.keys()
    for message in schemas:
        columns = message["schema"]["properties"]
        # The singer-target-postgres family refuses any draft but 4.
        assert "$schema" not in message["schema"]
        # target-bigquery-partition takes the first type for the column's, and refuses nulls if that is another.
        types = [column["type"] for column in columns.values() if isinstance(column["type"], list)]
        assert all(type_[0] == "null" for type_ in types)
        assert columns["tenant"]["maxLength"] == LONGEST_NAME
        for key in message["key_properties"]:
            assert columns[key]["type"] == "string" or columns[key].keys() >= {"minimum", "maximum"}


def test_a_tenants_name_may_have_as_many_characters_as_its_column(tap: Command) -> None:
    longest = {**TENANT, "name": "客" * LONGEST_NAME}
    tap.service.set_tenants([{**longest, "flows": [FLOW]}])
    assert tap(tap.config([longest])).ids == [(longest["name"], 1)]


def test_only_the_flows_and_the_proof_are_selected_by_default() -> None:
    roots = {
        stream["stream"]: next(entry["metadata"] for entry in stream["metadata"] if not entry["breadcrumb"])
        for stream in discovered()["streams"]
    }
    assert {name for name, root in roots.items() if root["selected-by-default"]} == {
        "ivr_flows",
        "extractions",
    }


def test_two_runs_give_the_same_messages(tap: Command) -> None:
    tap.service.set_tenants([{**tenant, "flows": ROWS} for tenant in MANY])
    once, again = (tap(tap.config(MANY)).messages for _ in range(2))
    for message in (*once, *again):
        message.pop("time_extracted", None)
        for changing in ("extraction", "extracted_at"):
            message.get("record", {}).pop(changing, None)
    assert once == again


def test_the_order_is_that_of_the_settings_whatever_finishes_first(tap: Command) -> None:
    tap.service.set_tenants([{**tenant, "flows": ROWS} for tenant in MANY])
    tap.service.fault(call="ivr_flows", tenant="a", delay=0.5)
    assert tap(tap.config(MANY, concurrency=4)).ids == [
        (name, number) for name in "abcd" for number in (1, 2)
    ]


def test_the_state_does_not_grow_with_the_tenants(tap: Command) -> None:
    tap.service.set_tenants([{**tenant, "flows": ROWS} for tenant in MANY])
    assert tap(tap.config(MANY)).messages[-1]["value"] == {"bookmarks": {"ivr_flows": {}, "extractions": {}}}


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"bookmarks": {"ivr_flows": {}}},
        {
            "bookmarks": {
                "ivr_flows": {"partitions": [{"context": {"tenant": "x"}}, {"context": {"tenant": "y"}}]}
            }
        },
        {"bookmarks": {"calls": {"replication_key_value": "2020"}, "ivr_flows": 7}, "singer_state": [1]},
        {"bookmarks": []},
    ],
)
def test_any_state_is_accepted_and_none_is_kept(tap: Command, state: dict[str, Any]) -> None:
    tap.serve(*ROWS)
    path = tap.folder / "state.json"
    path.write_text(json.dumps(state), encoding="utf-8")
    run = tap(tap.config(), "--state", str(path))

    assert (run.code, run.types) == (0, ["SCHEMA", "RECORD", "RECORD", "STATE"])
    assert run.messages[-1]["value"] == {"bookmarks": {"ivr_flows": {}, "extractions": {}}}


def test_activation_comes_after_the_last_record_with_the_records_version(tap: Command) -> None:
    tap.service.set_tenants([{**tenant, "flows": ROWS} for tenant in MANY])
    run = tap(tap.config(MANY, **ACTIVATE))

    assert run.types == ["SCHEMA", *["RECORD"] * 8, "STATE", "ACTIVATE_VERSION"]
    assert len(versions(run)) == 1
    assert all("version" in message for message in run.lists if message["type"] == "RECORD")


def test_versions_rise_from_run_to_run(tap: Command) -> None:
    tap.serve(*ROWS)
    rising = [versions(tap(tap.config(**ACTIVATE))).pop() for _ in range(3)]
    assert rising == sorted(set(rising))


def test_an_empty_table_is_activated_too(tap: Command) -> None:
    tap.serve()
    assert tap(tap.config(**ACTIVATE)).types == ["SCHEMA", "STATE", "ACTIVATE_VERSION"]


def test_without_the_setting_nothing_is_activated(tap: Command) -> None:
    tap.serve(*ROWS)
    run = tap(tap.config())
    assert "ACTIVATE_VERSION" not in run.types
    assert versions(run) == set()


@pytest.mark.parametrize(
    "fault",
    [
        {"call": "token", "status": 403},
        {"call": "ivr_flows", "body": '{"retCode": "1"}'},
        {"call": "ivr_flows", "body": "{"},
    ],
)
def test_a_run_that_missed_a_tenant_activates_nothing(tap: Command, fault: dict[str, Any]) -> None:
    tap.service.set_tenants([{**tenant, "flows": ROWS} for tenant in MANY])
    tap.service.fault(tenant="d", times=None, **fault)
    run = tap(tap.config(MANY, max_retries=0, **ACTIVATE))

    assert run.code == 1
    assert len(run.records) == 6
    assert "ACTIVATE_VERSION" not in run.types
    (metric, *_) = (line for line in run.lines("INFO") if '"sync_duration"' in line)
    assert '"status":"failed"' in metric


def test_a_run_whose_only_list_fails_ends_there(tap: Command) -> None:
    tap.serve(*ROWS)
    tap.service.fault(call="ivr_flows", status=400, times=None)
    run = tap(tap.config(**ACTIVATE))

    assert (run.code, [message["type"] for message in run.messages]) == (1, ["SCHEMA"])
    (error,) = run.errors
    assert names(error, "'north'", "ivr_flows", "400")
    assert '"status":"failed"' in run.stderr


def test_a_deselected_stream_calls_nothing_and_emits_nothing(tap: Command) -> None:
    tap.serve(*ROWS)
    run = with_catalog(tap, catalog(selected=False), **ACTIVATE)

    assert (run.code, run.lists, run.proofs) == (0, [], [])
    assert tap.service.calls()["log"] == []


def test_a_deselected_column_is_left_out(tap: Command) -> None:
    tap.serve(*ROWS)
    found = catalog()
    for entry in flows_of(found)["metadata"]:
        if entry["breadcrumb"] == ["properties", "description"]:
            entry["metadata"]["selected"] = False
    run = with_catalog(tap, found)

    assert all("description" not in record for record in run.records)
    assert "description" not in run.messages[0]["schema"]["properties"]


def test_a_column_that_an_older_catalog_lacks_is_left_out_without_a_warning(tap: Command) -> None:
    tap.serve(*ROWS)
    found = catalog()
    del flows_of(found)["schema"]["properties"]["flowType"]
    run = with_catalog(tap, found)

    assert (run.code, run.warnings) == (0, [])
    assert all("flowType" not in record for record in run.records)


@pytest.mark.parametrize("key", ["tenant", "id"])
def test_a_catalog_without_a_key_is_refused(tap: Command, key: str) -> None:
    tap.serve(*ROWS)
    lacking, deselecting = catalog(), catalog()
    del flows_of(lacking)["schema"]["properties"][key]
    for entry in flows_of(deselecting)["metadata"]:
        if entry["breadcrumb"] == ["properties", key]:
            entry["metadata"] = {"inclusion": "available", "selected": False}
    for found in (lacking, deselecting):
        run = with_catalog(tap, found)
        assert (run.code, run.stdout) == (1, b"")
        (error,) = run.errors
        assert names(error, "--catalog", "ivr_flows", "key column", key)


def test_an_unknown_field_is_dropped_with_one_warning_a_run(tap: Command) -> None:
    tap.service.set_tenants(
        [{**tenant, "flows": [{**row, "colour": "red"} for row in ROWS]} for tenant in MANY]
    )
    run = tap(tap.config(MANY))

    assert (run.code, len(run.records)) == (0, 8)
    assert all("colour" not in record for record in run.records)
    (warning,) = run.warnings
    assert names(warning, "ivr_flows", "unknown", "colour")


def test_two_rows_with_one_key_are_warned_of_with_their_ids(tap: Command) -> None:
    tap.serve(*ROWS, ROWS[0], ROWS[1])
    run = tap(tap.config())

    assert (run.code, len(run.records)) == (0, 4)
    (warning,) = run.warnings
    assert names(warning, "'north'", "ivr_flows", "duplicate", "1", "2")


def test_a_test_of_the_connection_reads_one_record_and_ends(tap: Command) -> None:
    tap.service.set_tenants([{**tenant, "flows": ROWS} for tenant in MANY])
    run = tap(tap.config(MANY, **ACTIVATE), "--test")

    assert run.code == 0
    flows = [message["type"] for message in run.lists if message.get("stream") == "ivr_flows"]
    assert (flows, len(run.records)) == (["SCHEMA", "RECORD"], 1)
    assert run.errors == []
    assert '"status":"succeeded"' in run.stderr
    assert '"status":"failed"' not in run.stderr


@pytest.mark.parametrize("flows", [[], ROWS[:1]])
def test_a_test_of_the_connection_may_find_few_rows(tap: Command, flows: list[dict[str, Any]]) -> None:
    tap.serve(*flows)
    run = tap(tap.config(), "--test")
    assert (run.code, run.records) == (0, [{"tenant": "north", **row} for row in flows])


def test_a_test_of_the_connection_may_find_only_empty_tenants(tap: Command) -> None:
    tap.service.set_tenants([{**tenant, "flows": []} for tenant in MANY])
    run = tap(tap.config(MANY), "--test")
    assert (run.code, len(run.proofs)) == (0, 1)
    assert '"status":"failed"' not in run.stderr


def test_a_test_of_the_connection_fails_with_the_connection(tap: Command) -> None:
    tap.service.set_tenants([{**tenant, "flows": ROWS} for tenant in MANY])
    tap.service.fault(call="token", tenant="a", status=403, times=None)
    run = tap(tap.config(MANY), "--test")

    assert run.code == 1
    (error,) = run.errors
    assert names(error, "'a'", "ivr_flows", "tokenByAkSk", "403")


def test_without_any_argument_the_tap_says_what_is_missing(tap: Command) -> None:
    run = tap(None)
    assert (run.code, run.errors) == (1, ["app_key and app_secret, or tenants, must be set"])


def test_a_test_of_the_schema_calls_nothing(tap: Command) -> None:
    run = tap(tap.config(), "--test=schema")
    assert (run.code, run.types) == (0, ["SCHEMA"] * 5)
    assert tap.service.calls()["log"] == []


def test_stream_maps_and_flattening_work(tap: Command) -> None:
    tap.serve(*ROWS)
    maps = {
        "ivr_flows": {
            "__alias__": "flows",
            "__filter__": "record['id'] == 1",
            "code": "record['accessCode']",
            "accessCode": None,
        }
    }
    run = tap(tap.config(stream_maps=maps, flattening_enabled=True, flattening_max_depth=1, **ACTIVATE))

    assert run.code == 0
    assert [record["code"] for record in run.records] == ["0090500"]
    assert "accessCode" not in run.records[0]
    assert {message["stream"] for message in run.lists if "stream" in message} == {"flows"}
    assert run.types == ["SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION"]


def test_an_invalid_stream_map_is_one_line(tap: Command) -> None:
    run = tap(tap.config(stream_maps={"ivr_flows": {"__else__": None}}))
    assert run.code == 1
    assert len(run.errors) == 1
    assert "key properties" in run.errors[0]


@pytest.mark.parametrize(
    ("column", "expression", "reason"),
    [
        ("name", "description + 'a value'", "TypeError"),
        ("__filter__", "description.startswith('a')", "AttributeDoesNotExist"),
        ("name", "nothing_of_that_name", "NameNotDefined"),
    ],
)
def test_an_expression_that_fails_is_named_and_no_value_is(
    tap: Command, column: str, expression: str, reason: str
) -> None:
    tap.serve({**FLOW, "description": None, "flowFileName": "a value"})
    run = tap(tap.config(stream_maps={"ivr_flows": {column: expression}}))
    assert run.code == 1
    (error,) = run.errors
    assert names(error, "stream_maps", f"ivr_flows.{column}", f"`{expression}`", reason, "null")
    assert "a value" not in run.stderr.replace(expression, "")


@pytest.mark.parametrize(
    "maps",
    [
        {
            "ivr_flows": {"id": "record['id']", "__else__": None, "tenant": "record['tenant']"},
            "__else__": None,
        },
        {"copy": {"__source__": "ivr_flows"}, "ivr_flows": {}},
        {"ivr_*": {"code": "record['accessCode']"}},
        {"*": {"origin": "'aicc'"}},
        {"called_routes": {"origin": "'aicc'"}},
        {"ivr_flows": {"key": "tenant + '/' + str(id)", "__key_properties__": ["key"]}},
        {"ivr_flows": {"__key_properties__": ["id", "tenant", "accessCode"]}},
    ],
)
def test_stream_maps_of_known_streams_keep_working(tap: Command, maps: dict[str, Any]) -> None:
    tap.serve(*ROWS)
    assert tap(tap.config(stream_maps=maps)).code == 0


def test_a_removed_stream_emits_no_message(tap: Command) -> None:
    tap.serve(*ROWS)
    run = tap(tap.config(stream_maps={"ivr_flows": "__NULL__"}, **ACTIVATE))
    assert (run.code, set(run.types)) == (0, {"STATE"})


NAMES: Final = [f"tenant-{number:04d}" for number in range(1, 1001)]


def test_a_thousand_numbered_tenants_fall_evenly_into_eight_shards() -> None:
    pair = {"app_key": "k", "app_secret": "s"}
    config = {"api_url": "https://x", "tenants": [{"name": name, **pair} for name in NAMES]}
    sizes = [len(tenants_of({**config, "tenant_shard": f"{shard}/8"})) for shard in range(1, 9)]
    assert sum(sizes) == 1000
    assert all(122 <= size <= 128 for size in sizes)


def test_the_shards_together_have_each_tenant_once(tap: Command) -> None:
    tenants = [{**TENANT, "name": name, "app_key": f"key-{name}"} for name in NAMES[:40]]
    tap.service.set_tenants([{**tenant, "flows": ROWS[:1]} for tenant in tenants])
    shards = [tap(tap.config(tenants, tenant_shard=f"{number}/4")).ids for number in (1, 2, 3, 4)]

    assert sorted(chain(*shards)) == [(name, 1) for name in NAMES[:40]]
    # Stable: a name's shard is a promise to the jobs that were set up with it.
    assert [name[-2:] for name, _ in shards[0]][:5] == ["01", "03", "08", "15", "17"]


def test_a_shard_without_tenants_is_an_empty_run(tap: Command) -> None:
    run = tap(tap.config(tenant_shard="1/900"))
    assert (run.code, run.types) == (0, ["SCHEMA", "STATE"])
    (warning,) = run.warnings
    assert names(warning, "shard 1/900", "no tenants")


def test_what_a_log_handler_holds_back_is_written_in_the_end(tap: Command) -> None:
    tap.serve(FLOW)
    logged, settings = tap.folder / "log", tap.folder / "logging.yaml"
    handlers = {
        "file": {"class": "logging.FileHandler", "filename": str(logged)},
        "late": {
            "class": "logging.handlers.MemoryHandler",
            "capacity": 10_000,
            "flushLevel": 60,
            "target": "file",
        },
    }
    settings.write_text(
        json.dumps({"version": 1, "handlers": handlers, "root": {"level": "INFO", "handlers": ["late"]}})
    )
    assert tap(tap.config(), SINGER_SDK_LOG_CONFIG=str(settings)).code == 0
    assert '"metric":"record_count","value":1' in logged.read_text()


def test_a_usage_error_keeps_the_exit_code_of_usage_errors(tap: Command) -> None:
    run = tap(None, "--bogus")
    assert (run.code, run.errors) == (2, ["no such option --bogus: see tap-ivrflow --help"])


def test_the_start_imports_nothing_for_processes(tap: Command) -> None:
    run = tap(None, "--version", PYTHONPROFILEIMPORTTIME="1")
    imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    assert "joblib" in imported
    assert not {"joblib.executor", "joblib.externals.loky"} & imported


@pytest.mark.parametrize(
    "arguments",
    [['{"app_secret": "confidential"}'], ["--format", "confidential"], ["--Confidential9"], ["--config"]],
)
def test_a_wrong_command_line_repeats_nothing_that_was_given(tap: Command, arguments: list[str]) -> None:
    run = tap(None, *arguments)
    assert (run.code, run.stdout) == (2, b"")
    (error,) = run.errors
    assert names(error, "command line", "tap-ivrflow --help")
    assert "confidential" not in run.stderr.lower()


@pytest.mark.parametrize("content", ["version: [", "version: 1\nhandlers: {a: {class: no.such.Handler}}\n"])
def test_a_log_configuration_that_cannot_be_used_is_named(tap: Command, content: str) -> None:
    path = tap.folder / "log.yml"
    path.write_text(content)
    run = tap(tap.config(), SINGER_SDK_LOG_CONFIG=str(path))
    assert run.code == 1
    (error,) = run.errors
    assert names(error, "SINGER_SDK_LOG_CONFIG", "YAML")


def test_a_configuration_may_come_through_a_pipe(tap: Command) -> None:
    tap.serve(*ROWS)
    config = shlex.quote(json.dumps(tap.config()))
    command = (
        f"printf %s {config} | {shlex.join(tap.arguments(None))} --config /dev/stdin --state <(printf '{{}}')"
    )
    done = subprocess.run(
        ["bash", "-c", command], env=tap.environment(), cwd=tap.folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b'"RECORD"') == 3


def test_a_state_may_come_on_stdin(tap: Command) -> None:
    tap.serve(*ROWS)
    done = subprocess.run(
        tap.arguments(tap.config(), "--state", "-"),
        input=b"{}",
        env=tap.environment(),
        cwd=tap.folder,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


FORGED: Final = "x\nERROR | forged\x1b[2J\x9b\u202e"


@pytest.mark.parametrize("where", ["field", "message", "setting"])
def test_nothing_that_comes_from_outside_forges_a_line(tap: Command, where: str) -> None:
    tap.serve({**FLOW, **({FORGED: 1} if where == "field" else {})})
    if where == "message":
        tap.service.fault(call="ivr_flows", body=json.dumps({"retCode": "7", "message": FORGED}))
    run = tap(tap.config() | ({FORGED: 1} if where == "setting" else {}))
    assert "forged" in run.stderr
    assert not any(line.startswith("ERROR | forged") for line in run.stderr.splitlines())
    assert not {"\x1b", "\x9b", "\u202e"} & {*run.stderr}


@pytest.mark.parametrize("app_key", ["k", "tenant", "unknown", "ivr_flows", "tap-ivrflow", "key-1"])
def test_a_short_or_common_app_key_does_not_destroy_the_log(tap: Command, app_key: str) -> None:
    tenant = {**TENANT, "app_key": app_key}
    tap.service.set_tenants([{**tenant, "flows": [{**FLOW, "colour": 1}]}])
    run = tap(tap.config([tenant]))
    assert run.code == 0
    assert "unknown to this version of the tap" in run.warnings[0]
    assert "***" not in run.stderr


def test_of_many_duplicates_and_unknown_fields_ten_are_named(tap: Command) -> None:
    rows = [{**FLOW, "id": number % 400, f"field-{number:04}": 1} for number in range(800)]
    tap.serve(*rows, {**FLOW, "id": 999, "y" * 1_000_000: 1})
    run = tap(tap.config())
    assert run.code == 0
    assert len(run.warnings) == 2
    assert names(run.warnings[0], "9 and 390 more")
    assert names(run.warnings[1], "field-0009 and 791 more")


def test_a_test_of_the_connection_warns_of_unknown_fields(tap: Command) -> None:
    tap.serve({**FLOW, "colour": 1}, {**FLOW, "id": 2})
    run = tap(tap.config(), "--test")
    assert run.code == 0
    (warning,) = run.warnings
    assert names(warning, "ivr_flows", "unknown", "colour")


def test_unknown_fields_of_many_tenants_are_one_line(tap: Command) -> None:
    tenants = [{**TENANT, "name": f"t{number:02}", "app_key": f"key-number-{number}"} for number in range(15)]
    tap.service.set_tenants(
        [{**tenant, "flows": [{**FLOW, f"field-{index:02}": 1}]} for index, tenant in enumerate(tenants)]
    )
    run = tap(tap.config(tenants))
    assert run.code == 0
    assert len(run.warnings) == 1
    assert names(run.warnings[0], ", ".join(f"field-{number:02}" for number in range(10)) + " and 5 more")


def test_of_many_tenants_that_fail_ten_are_named(tap: Command) -> None:
    tenants = [{**TENANT, "name": f"t{number:02}", "app_key": f"key-number-{number}"} for number in range(15)]
    tap.service.set_tenants([{**tenant, "flows": [FLOW]} for tenant in tenants])
    tap.service.fault(call="ivr_flows", times=None, status=400)
    run = tap(tap.config(tenants))
    assert names(run.errors[-1], "15 of 15", "t00 (ivr_flows)", "t09 (ivr_flows) and 5 more")
