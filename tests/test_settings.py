"""Settings are checked before any call; a problem names its setting and never a value."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tap_ivrflow.tap import TapIVRFlow
from tests.harness import FLOW, HANG, TENANT, Command, Run

BATCHES: Final = {
    "encoding": {"format": "jsonl", "compression": "gzip"},
    "storage": {"root": "file:///nowhere"},
}
PAIR: Final = {"app_key": "key-secret-1", "app_secret": "confidential-2"}
MEMBER: Final = {"name": "a", **PAIR}
FORM: Final = "app_key and app_secret, or tenants, must be set"
STORAGE: Final = {"storage": {"root": "file://x"}}
URL: Final = "api_url must be scheme, host and port only, such as https://service.besclouds.com"


@pytest.mark.parametrize(
    ("config", "problems"),
    [
        ({}, [FORM]),
        ({"tenants": []}, [FORM]),
        ({"app_key": "", "app_secret": None}, [FORM]),
        ({"app_key": "key-secret-1"}, ["app_secret must be set"]),
        ({"app_secret": "confidential-2"}, ["app_key must be set"]),
        ({"app_key": "  ", "app_secret": " "}, ["app_key must be set", "app_secret must be set"]),
        ({**PAIR, "app_key": "k\u00e9y"}, ["app_key must be printable ASCII without spaces around it"]),
        ({**PAIR, "app_key": "a\nb"}, ["app_key must be printable ASCII without spaces around it"]),
        ({**PAIR, "app_key": " key-secret-1"}, ["app_key must be printable ASCII without spaces around it"]),
        ({**PAIR, "app_secret": "confidential-\udcff"}, ["app_secret must be valid UTF-8"]),
        ({**PAIR, "tenant": "\udcff"}, ["tenant must not be blank, and valid UTF-8"]),
        ({**PAIR, "tenant": "ü" * 256}, ["tenant must have at most 255 characters"]),
        ({**PAIR, "request_timeout": 86401}, ["request_timeout must be at most 86400"]),
        *(
            ({**PAIR, "batch_config": batch}, ["batch_config is not valid"])
            for batch in (
                {"encoding": {"format": "jsonl"}},
                {"encoding": {}, "storage": {"root": "x"}},
                {"encoding": {"format": "jsonl"}, "storage": {"root": None}},
                {"encoding": {"format": "jsonl"}, "storage": {"root": "x", "zz": "confidential"}},
                {"encoding": {"format": "jsonl"}, "storage": {"root": "x"}, "batch_size": 0},
                {"encoding": {"format": "jsonl"}, "storage": {"root": "x"}, "batch_size": -1},
                {"encoding": {"format": "jsonl"}, "storage": {"root": "x"}, "confidential": 1},
            )
        ),
        *(
            (
                {**PAIR, "batch_config": {"encoding": {"format": each, "compression": "none"}, **STORAGE}},
                ["batch_config.encoding.compression must be gzip"],
            )
            for each in ("jsonl", "parquet")
        ),
        (
            {**PAIR, "batch_config": {"encoding": {"format": "csv"}, **STORAGE}},
            ["batch_config.encoding.format must be jsonl or parquet"],
        ),
        (
            {**PAIR, "batch_config": {"encoding": {"format": "parquet"}, **STORAGE}},
            [
                "batch_config.encoding.format parquet needs what is not installed: the extra parquet, see docs/settings.md"
            ],
        ),
        (
            {**PAIR, "batch_config": {"encoding": {"format": "jsonl"}, "storage": {"root": "s3://bucket"}}},
            [
                "batch_config.storage.root s3:// needs what is not installed: the extra s3, see docs/settings.md"
            ],
        ),
        (
            {**PAIR, "faker_config": {"seed": "confidential"}},
            ["faker_config needs what is not installed: the extra faker, see docs/settings.md"],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flow": {"id": None}}},
            ["stream_maps: unknown stream ivr_flow; did you mean ivr_flows?"],
        ),
        (
            {
                **PAIR,
                "stream_maps": {
                    "__els__": None,
                    "ivr_flows": {"__els__": None, "__loaded__": "id", "__old": None},
                },
            },
            [
                "stream_maps: unknown stream __els__; did you mean __else__?",
                "stream_maps: unknown option __els__ of ivr_flows; did you mean __else__?",
                "stream_maps: unknown column __old of ivr_flows",
            ],
        ),
        (
            {
                **PAIR,
                "stream_maps": {
                    "ivr_flows": {
                        "id": "foo(",
                        "name": "",
                        "long": "(" * 200,
                        "__filter__": "isLoad = 0",
                        "y": "id\n1",
                    }
                },
            },
            [
                "stream_maps: ivr_flows.id must be one expression, not `foo(`",
                "stream_maps: ivr_flows.name must be one expression, not ``",
                f"stream_maps: ivr_flows.long must be one expression, not `{'(' * 100}…`",
                "stream_maps: ivr_flows.__filter__ must be one expression, not `isLoad = 0`",
                "stream_maps: ivr_flows.y must be one expression, not `id\\n1`",
            ],
        ),
        (
            {**PAIR, **{f"setting-{number}": 1 for number in range(12)}},
            [
                *(f"unknown setting setting-{number}" for number in (0, 1, 10, 11, *range(2, 8))),
                "and 2 more problems",
            ],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flows": {}, "copy": {"__source__": "flows"}}},
            ["stream_maps: unknown stream flows; did you mean ivr_flows?"],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flows": {"descripton": None, "new": "id", "__filter__": None}}},
            ["stream_maps: unknown column descripton of ivr_flows; did you mean description?"],
        ),
        (
            {**PAIR, "stream_maps": {"copy": {"__source__": "ivr_*", "dnid": "__NULL__"}}},
            ["stream_maps: unknown column dnid of copy; did you mean id?"],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flows": {"__key_properties__": ["id"]}}},
            ["stream_maps: the key of ivr_flows lacks a column, so rows would overwrite each other"],
        ),
        (
            {**PAIR, "batch_config": {**BATCHES, "storage": {"root": "gs://bucket"}}},
            ["batch_config.storage.root must be a path, file:// or s3://"],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flows": {"__key_properties__": ["tenant", "accessCode"]}}},
            ["stream_maps: the key of ivr_flows lacks a column, so rows would overwrite each other"],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flows": {"id": "str(id)", "__key_properties__": ["id"]}}},
            ["stream_maps: the key of ivr_flows lacks a column, so rows would overwrite each other"],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flows": {"tenant": "__NULL__", "id": None}}},
            [
                "stream_maps: id is of the key of ivr_flows, and cannot be removed",
                "stream_maps: tenant is of the key of ivr_flows, and cannot be removed",
            ],
        ),
        (
            {**PAIR, "batch_config": {"encoding": {"format": "jsonl"}, "storage": {"root": "s3:/bucket"}}},
            ["batch_config.storage.root must be a path, file:// or s3://"],
        ),
        (
            {**PAIR, "batch_config": BATCHES, "stream_maps": {"ivr_flows": {"description": None}}},
            ["batch_config cannot be used with stream_maps, which the SDK's batch files ignore"],
        ),
        (
            {**PAIR, "batch_config": BATCHES, "flattening_enabled": True, "flattening_max_depth": 1},
            ["batch_config cannot be used with flattening_enabled, which the SDK's batch files ignore"],
        ),
        (
            {**PAIR, "tenant_space_id": "a\nb"},
            ["tenant_space_id must be printable ASCII without spaces around it"],
        ),
        ({**PAIR, "tenant": " "}, ["tenant must not be blank, and valid UTF-8"]),
        ({**PAIR, "app_secret": 5551234}, ["app_secret must be of type string"]),
        ({**PAIR, "app_secret": ["confidential-2"]}, ["app_secret must be of type string"]),
        ({**PAIR, "app_secret": {"confidential-2": 1}}, ["app_secret must be of type string"]),
        ({**PAIR, "user_agent": "a\r\nb"}, ["user_agent must be printable ASCII without spaces around it"]),
        ({**PAIR, "token_lifetime": 59}, ["token_lifetime must be at least 60"]),
        ({**PAIR, "token_lifetime": 3601}, ["token_lifetime must be at most 3600"]),
        ({**PAIR, "token_lifetime": "600"}, ["token_lifetime must be of type integer"]),
        ({**PAIR, "request_timeout": 0}, ["request_timeout must be at least 1"]),
        ({**PAIR, "request_timeout": 1.5}, ["request_timeout must be of type integer"]),
        ({**PAIR, "max_retries": -1}, ["max_retries must be at least 0"]),
        ({**PAIR, "max_retries": 11}, ["max_retries must be at most 10"]),
        ({**PAIR, "concurrency": 0}, ["concurrency must be at least 1"]),
        ({**PAIR, "concurrency": 65}, ["concurrency must be at most 64"]),
        ({**PAIR, "concurrency": True}, ["concurrency must be of type integer"]),
        (
            {**PAIR, "emit_activate_version_messages": 1},
            ["emit_activate_version_messages must be of type boolean"],
        ),
        ({**PAIR, "max_retry": 3}, ["unknown setting max_retry; did you mean max_retries?"]),
        ({**PAIR, "colour": 3}, ["unknown setting colour"]),
        ({**PAIR, "stream_maps": 3}, ["stream_maps must be of type object"]),
        (
            {**PAIR, "stream_maps": {"ivr_flows": {"__else__": "drop"}}},
            ["stream_maps.ivr_flows is not valid"],
        ),
        ({**PAIR, "stream_maps": {"__else__": "drop"}}, ["stream_maps.__else__ is not valid"]),
        ({**PAIR, "stream_maps": {"ivr_flows": 3}}, ["stream_maps.ivr_flows is not valid"]),
        ({**PAIR, "batch_config": "x"}, ["batch_config must be of type object"]),
        ({"tenants": {}, "app_key": 3}, ["app_key must be of type string"]),
        ({"tenants": {"a": 1}}, ["tenants must be of type array"]),
        ({"tenants": "[confidential"}, ["tenants is not JSON (line 1, column 2)"]),
        ({"tenants": "[\n{'name': 'confidential'}]"}, ["tenants is not JSON (line 2, column 2)"]),
        ({"tenants": '"confidential"'}, ["tenants must be of type array"]),
        ({"tenants": f"[{'1' * 5000}]"}, ["tenants is not JSON (it holds a number that cannot be read)"]),
        ({"tenants": ["confidential-2"]}, ["tenants[0] must be of type object"]),
        ({"tenants": [{"name": "a"}]}, ["tenants[0].app_key is missing", "tenants[0].app_secret is missing"]),
        (
            {"tenants": [MEMBER, {**MEMBER, "name": "b", "app_secret": 1}]},
            ["tenants[1].app_secret must be of type string"],
        ),
        (
            {"tenants": [{**MEMBER, "secret": "x"}]},
            ["unknown setting tenants[0].secret; did you mean app_secret?"],
        ),
        (
            {"tenants": [MEMBER, {**MEMBER, "name": " "}]},
            ["tenants[1].name must not be blank, and valid UTF-8"],
        ),
        (
            {"tenants": [MEMBER, {**MEMBER, "name": "b" * 256}]},
            ["tenants[1].name must have at most 255 characters"],
        ),
        ({"tenants": [MEMBER, MEMBER]}, ["tenants[1].name is that of tenants[0] too: names must differ"]),
        ({"tenants": [{**MEMBER, "app_secret": ""}]}, ["tenants[0].app_secret must be set"]),
        ({"tenants": [{**MEMBER, "api_url": "x"}]}, [f"tenants[0].{URL}"]),
        (
            {"tenants": [MEMBER], **PAIR},
            ["tenants is set, so app_key and app_secret must not be: use one form, not both"],
        ),
        (
            {"tenants": [MEMBER], "tenant": "x"},
            ["tenants is set, so tenant must not be: use one form, not both"],
        ),
        (
            {"tenants": [MEMBER], "tenant_space_id": "x"},
            ["tenants is set, so tenant_space_id must not be: use one form, not both"],
        ),
        (
            {**PAIR, "tenant_shard": "9/8"},
            ["tenant_shard must be two numbers such as 2/8: a shard, from 1, of how many"],
        ),
        (
            {**PAIR, "tenant_shard": "1/2", "emit_activate_version_messages": True},
            [
                "emit_activate_version_messages cannot be used with tenant_shard: a target would delete the other shards' rows"
            ],
        ),
        (
            {
                **PAIR,
                "batch_config": {"encoding": {"format": "jsonl"}, "storage": {"root": "x"}},
                "emit_activate_version_messages": True,
            },
            [
                "emit_activate_version_messages cannot be used with batch_config: a target would delete every row, since rows in batch files carry no version"
            ],
        ),
        *(
            ({**PAIR, "api_url": url}, [URL])
            for url in (
                "service.besclouds.com",
                "ftp://host",
                "https://",
                "https://host/path",
                "https://host//",
                "https://host?x=1",
                "https://host#x",
                "https://user:pw@host",
                "https://host:port",
                "https://host:99999",
                "https://[::1",
                "https://ho st",
                "https://host\n",
                "https://höst",
            )
        ),
    ],
)
def test_a_problem_is_one_line_that_names_the_setting(
    tap: Command, config: dict[str, Any], problems: list[str]
) -> None:
    run = tap(config)
    assert run.code == 1
    assert run.errors == problems
    assert run.stdout == b""
    for value in ("confidential", "key-secret", "5551234", "Traceback"):
        assert value not in run.stderr
    assert tap.service.calls()["log"] == []


@pytest.mark.parametrize(
    ("variable", "text", "problem"),
    [
        (
            "TOKEN_LIFETIME",
            "an hour",
            "token_lifetime: the variable TAP_IVRFLOW_TOKEN_LIFETIME must hold a whole number",
        ),
        ("MAX_RETRIES", "", "max_retries: the variable TAP_IVRFLOW_MAX_RETRIES must hold a whole number"),
        (
            "FLATTENING_MAX_DEPTH",
            "deep",
            "flattening_max_depth: the variable TAP_IVRFLOW_FLATTENING_MAX_DEPTH must hold a whole number",
        ),
        (
            "FLATTENING_ENABLED",
            "null and void",
            "flattening_enabled: the variable TAP_IVRFLOW_FLATTENING_ENABLED must hold true or false",
        ),
        (
            "STREAM_MAPS",
            "{",
            "stream_maps: the variable TAP_IVRFLOW_STREAM_MAPS must hold JSON (line 1, column 2)",
        ),
        (
            "MAX_RETRY",
            "0",
            "unknown setting TAP_IVRFLOW_MAX_RETRY; did you mean TAP_IVRFLOW_MAX_RETRIES?",
        ),
        (
            "TENANTS",
            "[{",
            "tenants: the variable TAP_IVRFLOW_TENANTS must hold JSON (line 1, column 3)",
        ),
        (
            "TENANTS",
            "confidential-2",
            "tenants: the variable TAP_IVRFLOW_TENANTS must hold JSON (line 1, column 1)",
        ),
        ("TENANTS", '"confidential-2"', "tenants is not JSON (line 1, column 1)"),
        (
            "EMIT_ACTIVATE_VERSION_MESSAGES",
            "ture",
            "emit_activate_version_messages: the variable TAP_IVRFLOW_EMIT_ACTIVATE_VERSION_MESSAGES must hold true or false",
        ),
    ],
)
def test_a_variable_that_cannot_be_read_is_named(
    tap: Command, variable: str, text: str, problem: str
) -> None:
    pair = {"TAP_IVRFLOW_APP_KEY": "key-77", "TAP_IVRFLOW_APP_SECRET": "confidential-1"}
    variables = {f"TAP_IVRFLOW_{variable}": text}
    run = tap(None, "--config=ENV", **(variables if variable == "TENANTS" else pair | variables))
    assert run.code == 1
    assert run.errors == [problem]
    assert "confidential" not in run.stderr


def test_everything_can_come_from_the_environment(tap: Command) -> None:
    tap.serve(FLOW)
    run = tap(
        None,
        "--config=ENV",
        TAP_IVRFLOW_API_URL=f"{tap.service.url}/",
        TAP_IVRFLOW_TENANTS=json.dumps([TENANT]),
        TAP_IVRFLOW_MAX_RETRIES="0",
        TAP_IVRFLOW_EMIT_ACTIVATE_VERSION_MESSAGES="yes",
        TAP_IVRFLOW_TENANT_SPACE_ID="",
        TAP_IVRFLOW_LOGLEVEL="info",
        TAP_IVRFLOW__LOAD_SCHEMA="a variable of Meltano's",
    )
    assert (run.code, run.ids) == (0, [("north", 1)])
    assert "ACTIVATE_VERSION" in run.types


def test_the_single_form_has_a_label_of_its_own(tap: Command) -> None:
    tap.serve(FLOW)
    config = {"api_url": tap.service.url, "app_key": TENANT["app_key"], "app_secret": TENANT["app_secret"]}
    assert tap(config).ids == [("default", 1)]
    assert tap({**config, "tenant": "süd"}).ids == [("süd", 1)]


def test_tenants_may_come_as_text_that_holds_json(tap: Command) -> None:
    tap.serve(FLOW)
    assert tap(tap.config() | {"tenants": json.dumps([TENANT])}).ids == [("north", 1)]


def test_nulls_stand_for_not_set(tap: Command) -> None:
    tap.serve(FLOW)
    nulls = dict.fromkeys(["app_key", "app_secret", "tenant", "user_agent", "token_lifetime", "stream_maps"])
    assert tap({**tap.config(), **nulls}).code == 0


def test_a_tenant_may_have_a_service_of_its_own(tap: Command) -> None:
    tap.serve(FLOW)
    config = tap.config([{**TENANT, "api_url": f"{tap.service.url}/"}])
    assert tap({**config, "api_url": "https://127.0.0.1:9"}).code == 0


@pytest.mark.parametrize("url", ["http://10.0.0.1:9", "http://service.example"])
def test_credentials_in_the_clear_are_warned_of(tap: Command, url: str) -> None:
    run = tap({**tap.config(max_retries=0), "api_url": url}, http_proxy="http://127.0.0.1:9")
    assert run.warnings == [f"api_url {url} is plain http: credentials are sent unencrypted"]
    assert len(run.errors) == 1


@pytest.mark.parametrize("host", ["localhost", "127.8.8.8", "[::1]"])
def test_on_the_machine_itself_they_do_not_travel(tap: Command, host: str) -> None:
    run = tap({**tap.config(max_retries=0), "api_url": f"http://{host}:9"})
    assert run.warnings == []


@pytest.mark.parametrize(
    "argument", ["--discover", "--about", "--version", "--help", "--about --format=json"]
)
@pytest.mark.parametrize("config", [None, {"max_retry": 1, "app_secret": 5551234}])
def test_no_configuration_is_needed_to_learn_about_the_tap(
    tap: Command, argument: str, config: dict[str, Any] | None
) -> None:
    run = tap(config, *argument.split())
    assert run.code == 0
    assert run.stdout
    assert run.errors == []
    assert "5551234" not in run.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "{}: odd.json is not JSON, line 1, column 1"),
        (b'{\n "confidential" 1}', "{}: odd.json is not JSON, line {}, column 17"),
        (b"[1]", "{}: odd.json must hold a JSON object"),
        (b'{"a": NaN}', "{}: odd.json is not JSON"),
        (b"null", "{}: odd.json must hold a JSON object"),
        (b'"x"', "{}: odd.json must hold a JSON object"),
        ("{}".encode("utf-16"), "{}: odd.json is not in UTF-8"),
        (b'{"a":' * 100_000, "{}: odd.json is not JSON"),
        (None, "{} must name a file that can be read"),
    ],
)
@pytest.mark.parametrize("option", ["--config", "--catalog", "--state"])
def test_a_file_that_cannot_be_used_is_one_line(
    tap: Command, option: str, content: bytes | None, words: str
) -> None:
    path = tap.folder / "odd.json"
    if content is not None:
        path.write_bytes(content)
    if (option, content) == ("--state", b""):
        return  # A first run: see below.
    run = tap(tap.config(), option, str(path))
    assert (run.code, run.stdout) == (1, b"")
    assert run.errors == [words.format(option, 1 if option == "--state" else 2)]
    assert "confidential" not in run.stderr


@pytest.mark.parametrize("option", ["--config", "--catalog", "--state"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"app_secret": confidential', "is not JSON, line 1, column 16"),
        (b'["confidential"]', "must hold a JSON object"),
        ("{}".encode("utf-16"), "is not in UTF-8"),
    ],
)
def test_a_pipe_is_judged_like_a_file(tap: Command, option: str, content: bytes, words: str) -> None:
    process = subprocess.Popen(
        tap.arguments(tap.config() if option != "--config" else None, option, "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=tap.environment(),
    )
    stdout, stderr = process.communicate(content, timeout=HANG)
    run = Run(process.returncode, stdout, stderr.decode())
    assert (run.code, run.stdout, run.errors) == (1, b"", [f"{option}: stdin {words}"])
    assert "confidential" not in run.stderr


def test_of_several_configurations_the_later_counts(tap: Command) -> None:
    tap.serve(FLOW)
    (tap.folder / "other.json").write_text('{"user_agent": "other"}')
    run = tap(tap.config(user_agent="first"), "--config", str(tap.folder / "other.json"))
    assert run.code == 0
    assert {call["headers"]["user-agent"] for call in tap.service.calls()["log"]} == {"other"}


@pytest.mark.parametrize("form", ["--config={}", "--config {}", "--state={}", "--catalog {}"])
@pytest.mark.parametrize("length", [1, 50])
def test_what_is_given_in_place_of_a_file_is_not_repeated(tap: Command, form: str, length: int) -> None:
    # The longer one is longer than the name of a file can be.
    text = json.dumps([{"app_key": "key", "app_secret": "confidential"}] * length, separators=(",", ":"))
    run = tap(tap.config(), *form.format(text).split())
    assert run.code == 1
    assert run.errors == [
        f"{form[: form.index('=') if '=' in form else form.index(' ')]} must name a file that can be read"
    ]
    assert "confidential" not in run.stderr


@pytest.mark.parametrize(
    "text", ["", "\n", '{"bookmarks": {}}\n{"bookmarks": {"ivr_flows": {}}}\n', '{\n  "bookmarks": {}\n}']
)
def test_a_state_may_be_empty_or_the_last_of_several_lines(tap: Command, text: str) -> None:
    tap.serve(FLOW)
    (tap.folder / "state.json").write_text(text)
    run = tap(tap.config(), "--state", str(tap.folder / "state.json"))
    assert (run.code, run.ids, run.errors) == (0, [("north", 1)], [])


@pytest.mark.parametrize(
    "variables", [{"LOGLEVEL": ""}, {"TAP_IVRFLOW_LOGLEVEL": "info", "LOGLEVEL": "notice"}]
)
def test_a_log_level_that_does_not_count_is_not_judged(tap: Command, variables: dict[str, str]) -> None:
    tap.serve(FLOW)
    run = tap(tap.config(), TAP_IVRFLOW_TENANT="", **variables)
    assert (run.code, run.ids) == (0, [("north", 1)])


@pytest.mark.parametrize("variable", ["LOGLEVEL", "TAP_IVRFLOW_LOGLEVEL"])
def test_an_unknown_log_level_names_its_variable(tap: Command, variable: str) -> None:
    run = tap(tap.config(), **{variable: "notice"})
    assert (run.code, run.stdout) == (1, b"")
    assert run.stderr == f"{variable} must be a log level such as INFO or DEBUG\n"


def test_no_env_file_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("TAP_IVRFLOW_TENANT=elsewhere\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("singer_sdk.configuration._dict_config.find_dotenv", lambda: str(tmp_path / ".env"))
    for name, value in PAIR.items():
        monkeypatch.setenv(f"TAP_IVRFLOW_{name.upper()}", value)
    assert TapIVRFlow(parse_env_config=True).config["tenant"] == "default"


def test_json_that_is_nested_too_deeply_is_none(tap: Command) -> None:
    run = tap(None, "--config=ENV", TAP_IVRFLOW_TENANTS="[" * 100_000)
    line = "tenants: the variable TAP_IVRFLOW_TENANTS must hold JSON (it is nested too deeply)"
    assert (run.code, run.errors) == (1, [line])
