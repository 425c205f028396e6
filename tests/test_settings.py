"""Settings are checked before any call; a problem names its setting and never a value."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tap_ivrflow.singer.errors import ConfigError
from tap_ivrflow.tap import TapIVRFlow
from tests.harness import FLOW, HANG, TENANT, Command, Run, names

PAIR: Final = {"app_key": "key-secret-1", "app_secret": "confidential-2"}
MEMBER: Final = {"name": "a", **PAIR}
FORM: Final = "app_key app_secret tenants"
HEADER: Final = "printable ASCII"
TEXT: Final = "text spaces control characters"
URL: Final = "api_url scheme host port"
ODD: Final = (" ", "\n", "\r", "\t", "\0", "\x9b", "\u3000", "\u200b", "\u202e", "\ufeff")
"""What cannot be seen: a space, at an end; a control character or an invisible one, anywhere."""
SECRETS: Final = ("confidential", "key-secret", "5551234")
"""Parts of the values below that no line may repeat."""


@pytest.mark.parametrize(
    ("config", "problems"),
    [
        ({}, [FORM]),
        ({"tenants": []}, [FORM]),
        ({"app_key": "", "app_secret": None}, [FORM]),
        ({"app_key": "key-secret-1"}, ["app_secret set"]),
        ({"app_secret": "confidential-2"}, ["app_key set"]),
        ({"app_key": "  ", "app_secret": " "}, [f"app_key {HEADER}", f"app_secret {TEXT}"]),
        ({**PAIR, "app_key": "k\u00e9y"}, [f"app_key {HEADER}"]),
        ({**PAIR, "app_key": "a\nb"}, [f"app_key {HEADER}"]),
        ({**PAIR, "app_key": " key-secret-1"}, [f"app_key {HEADER}"]),
        *(
            ({**PAIR, name: text}, [f"{name} {TEXT}"])
            for name in ("app_secret", "tenant")
            for text in (
                *(f"confidential-2{odd}" for odd in ODD),
                *(f"{odd}confidential-2" for odd in ODD),
                *(f"confidential{odd}2" for odd in ODD if odd not in " \u3000"),
                "confidential-\udcff",
                " ",
            )
        ),
        ({**PAIR, "tenant": "ü" * 256}, ["tenant 255 characters"]),
        ({**PAIR, "request_timeout": 86401}, ["request_timeout 86400"]),
        *(
            ({**PAIR, "stream_maps": maps}, ["stream_maps __else__"])
            for maps in ({"__else__": "drop"}, {"ivr_flows": {"__else__": "drop"}})
        ),
        *(
            ({**PAIR, "stream_maps": {"ivr_flows": {"__alias__": alias}}}, ["stream_maps __alias__"])
            for alias in ("1", "True")
        ),
        ({**PAIR, "stream_maps": {"ivr_flows": {"__alias__": None}}}, ["stream_maps ivr_flows.__alias__"]),
        *(
            ({**PAIR, "stream_maps": {name: {"extraction": text}}}, [f"stream_maps {name}.extraction"])
            for name, text in (("ivr_flows", "int(extraction / 1000)"), ("extractions", "records"))
        ),
        (
            {**PAIR, "stream_maps": {"copy": {"__source__": "ivr_flows", "__alias__": "x"}}},
            ["copy __source__ __alias__"],
        ),
        ({**PAIR, "stream_maps": {"*": {"__alias__": "x"}}}, ["stream_maps two streams x"]),
        *(
            ({**PAIR, "flattening_enabled": True, **depth}, ["flattening_enabled flattening_max_depth"])
            for depth in ({}, {"flattening_max_depth": -1})
        ),
        (
            {**PAIR, "faker_config": {"seed": "confidential"}},
            ["faker_config extra faker docs/settings.md"],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flow": {"id": None}}},
            ["stream_maps unknown stream ivr_flow ivr_flows"],
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
                "stream_maps unknown stream __els__",
                "stream_maps unknown column __els__ ivr_flows",
                "stream_maps unknown column __old ivr_flows",
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
                    }
                },
            },
            [
                "stream_maps ivr_flows.id expression `foo(`",
                "stream_maps ivr_flows.name expression ``",
                f"stream_maps ivr_flows.long expression `{'(' * 100}…`",
                "stream_maps ivr_flows.__filter__ expression `isLoad = 0`",
            ],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flows": {}, "copy": {"__source__": "flows"}}},
            ["stream_maps unknown stream flows ivr_flows"],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flows": {"descripton": None, "new": "id", "__filter__": None}}},
            ["stream_maps unknown column descripton ivr_flows description"],
        ),
        (
            {**PAIR, "stream_maps": {"copy": {"__source__": "ivr_*", "dnid": "__NULL__"}}},
            ["stream_maps unknown column dnid copy"],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flows": {"__key_properties__": ["id"]}}},
            ["stream_maps key ivr_flows"],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flows": {"__key_properties__": ["tenant", "accessCode"]}}},
            ["stream_maps key ivr_flows"],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flows": {"id": "str(id)", "__key_properties__": ["id"]}}},
            ["stream_maps key ivr_flows"],
        ),
        (
            {**PAIR, "stream_maps": {"ivr_flows": {"tenant": "__NULL__", "id": None}}},
            [
                "stream_maps id key ivr_flows removed",
                "stream_maps tenant key ivr_flows removed",
            ],
        ),
        (
            {**PAIR, "tenant_space_id": "a\nb"},
            [f"tenant_space_id {HEADER}"],
        ),
        ({**PAIR, "app_secret": 5551234}, ["app_secret string"]),
        ({**PAIR, "app_secret": ["confidential-2"]}, ["app_secret string"]),
        ({**PAIR, "app_secret": {"confidential-2": 1}}, ["app_secret string"]),
        ({**PAIR, "user_agent": "a\r\nb"}, [f"user_agent {HEADER}"]),
        ({**PAIR, "token_lifetime": 59}, ["token_lifetime 60"]),
        ({**PAIR, "token_lifetime": 3601}, ["token_lifetime 3600"]),
        ({**PAIR, "token_lifetime": "600"}, ["token_lifetime integer"]),
        ({**PAIR, "request_timeout": 0}, ["request_timeout 1"]),
        ({**PAIR, "request_timeout": 1.5}, ["request_timeout integer"]),
        ({**PAIR, "max_retries": -1}, ["max_retries 0"]),
        ({**PAIR, "max_retries": 11}, ["max_retries 10"]),
        ({**PAIR, "concurrency": 0}, ["concurrency 1"]),
        ({**PAIR, "concurrency": 65}, ["concurrency 64"]),
        ({**PAIR, "concurrency": True}, ["concurrency integer"]),
        (
            {**PAIR, "emit_activate_version_messages": 1},
            ["emit_activate_version_messages boolean"],
        ),
        ({**PAIR, "max_retry": 3}, ["unknown max_retry max_retries"]),
        ({**PAIR, "colour": 3}, ["unknown colour"]),
        ({**PAIR, "stream_maps": 3}, ["stream_maps object"]),
        ({**PAIR, "stream_maps": {"ivr_flows": 3}}, ["stream_maps.ivr_flows"]),
        ({**PAIR, "batch_config": {"encoding": {"format": "jsonl"}}}, ["unknown setting batch_config"]),
        ({"tenants": {}, "app_key": 3}, ["app_key string"]),
        ({"tenants": {"a": 1}}, ["tenants array"]),
        ({"tenants": "[confidential"}, ["tenants JSON line 1 column 2"]),
        ({"tenants": "[\n{'name': 'confidential'}]"}, ["tenants JSON line 2 column 2"]),
        ({"tenants": '"confidential"'}, ["tenants array"]),
        ({"tenants": f"[{'1' * 5000}]"}, ["tenants JSON number"]),
        ({"tenants": ["confidential-2"]}, ["tenants[0] object"]),
        ({"tenants": [{"name": "a"}]}, ["tenants[0].app_key", "tenants[0].app_secret"]),
        (
            {"tenants": [MEMBER, {**MEMBER, "name": "b", "app_secret": 1}]},
            ["tenants[1].app_secret string"],
        ),
        (
            {"tenants": [{**MEMBER, "secret": "x"}]},
            ["unknown tenants[0].secret app_secret"],
        ),
        (
            {"tenants": [MEMBER, {**MEMBER, "name": " "}]},
            [f"tenants[1].name {TEXT}"],
        ),
        (
            {"tenants": [MEMBER, {**MEMBER, "name": "b" * 256}]},
            ["tenants[1].name 255 characters"],
        ),
        *(
            ({"tenants": [{**MEMBER, "name": one}, {**MEMBER, "name": two}]}, ["tenants[1].name tenants[0]"])
            for one, two in (
                ("a", "a"),
                ("North", "north"),
                ("caf\u00e9", "cafe\u0301"),
                ("a1", "\uff41\uff11"),
            )
        ),
        ({"tenants": [{**MEMBER, "app_secret": ""}]}, ["tenants[0].app_secret missing"]),
        ({"tenants": [{**MEMBER, "api_url": "x"}]}, [f"tenants[0].{URL}"]),
        (
            {"tenants": [MEMBER], **PAIR},
            ["tenants app_key app_secret"],
        ),
        (
            {"tenants": [MEMBER], "tenant": "x"},
            ["tenants tenant"],
        ),
        (
            {"tenants": [MEMBER], "tenant_space_id": "x"},
            ["tenants tenant_space_id"],
        ),
        *(
            ({**PAIR, "tenant_shard": text}, ["tenant_shard SHARD/SHARDS 2/8"])
            for text in ("0/8", "9/8", "1", "1/0", "a/b", "1/8/2", "-1/8", " 1/8", "1/ 8", "1/8\n", "١/٨")
        ),
        (
            {**PAIR, "tenant_shard": "1/2", "emit_activate_version_messages": True},
            ["emit_activate_version_messages tenant_shard delete"],
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
                "https://host:65536",
                "https://a..b",
                f"https://{'a' * 64}",
                "https://[::1",
                "https://ho st",
                "https://host\n",
                "https://höst",
            )
        ),
    ],
)
def test_a_problem_is_one_line_that_names_the_setting(config: dict[str, Any], problems: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        TapIVRFlow(config=config)
    lines = caught.value.problems
    assert len(lines) == len(problems), lines
    for line, problem in zip(lines, problems, strict=True):
        assert names(line, *problem.split(" ")), line
        assert "\n" not in line
        assert not any(secret in line for secret in SECRETS)


@pytest.mark.parametrize(
    ("config", "problems"),
    [
        ({**PAIR, "stream_maps": {"ivr_flows": {"y": "id\n1"}}}, [r"stream_maps ivr_flows.y `id\n1`"]),
        ({**PAIR, "tenants": [MEMBER, {**MEMBER, "app_secret": 5551234}]}, ["tenants[1].app_secret string"]),
        (
            {**PAIR, **{f"setting-{number}": 1 for number in range(12)}},
            [*(f"unknown setting-{number}" for number in (0, 1, 10, 11, *range(2, 8))), "2 more"],
        ),
    ],
)
def test_problems_end_the_run_before_any_call_with_a_line_each(
    tap: Command, config: dict[str, Any], problems: list[str]
) -> None:
    run = tap(config)
    assert run.code == 1
    assert run.stdout == b""
    assert all(names(line, *problem.split(" ")) for line, problem in zip(run.errors, problems, strict=True))
    assert all(" | " in line for line in run.stderr.splitlines())
    for value in (*SECRETS, "Traceback"):
        assert value not in run.stderr
    assert tap.service.calls()["log"] == []


@pytest.mark.parametrize(
    ("variable", "text", "problem"),
    [
        (
            "TOKEN_LIFETIME",
            "an hour",
            "{} token_lifetime whole number",
        ),
        *(("MAX_RETRIES", text, "{} max_retries whole number") for text in ("", "null", "5.0", "5" * 5000)),
        (
            "FLATTENING_MAX_DEPTH",
            "deep",
            "{} flattening_max_depth whole number",
        ),
        (
            "FLATTENING_ENABLED",
            "null and void",
            "{} flattening_enabled true false",
        ),
        (
            "STREAM_MAPS",
            "{",
            "{} stream_maps JSON line 1 column 2",
        ),
        (
            "MAX_RETRY",
            "0",
            "{} unknown TAP_IVRFLOW_MAX_RETRIES",
        ),
        (
            "TENANTS",
            "[{",
            "{} tenants JSON line 1 column 3",
        ),
        (
            "TENANTS",
            "confidential-2",
            "{} tenants JSON line 1 column 1",
        ),
        ("TENANTS", '"confidential-2"', "tenants JSON line 1 column 1"),
        (
            "EMIT_ACTIVATE_VERSION_MESSAGES",
            "ture",
            "{} emit_activate_version_messages true false",
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
    (error,) = run.errors
    assert names(error, *problem.format(f"TAP_IVRFLOW_{variable}").split(" "))
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


def test_the_single_form_has_its_own_label(tap: Command) -> None:
    tap.serve(FLOW)
    config = {"api_url": tap.service.url, "app_key": TENANT["app_key"], "app_secret": TENANT["app_secret"]}
    assert tap(config).ids == [("default", 1)]
    assert tap({**config, "tenant": "süd"}).ids == [("süd", 1)]


def test_tenants_may_come_as_text_that_holds_json(tap: Command) -> None:
    tap.serve(FLOW)
    assert tap(tap.config() | {"tenants": json.dumps([TENANT])}).ids == [("north", 1)]


def test_a_null_counts_as_not_set(tap: Command) -> None:
    tap.serve(FLOW)
    nulls = dict.fromkeys(["app_key", "app_secret", "tenant", "user_agent", "token_lifetime", "stream_maps"])
    assert tap({**tap.config(), **nulls}).code == 0


@pytest.mark.parametrize("name", ["max_retries", "concurrency", "request_timeout", "flattening_max_depth"])
def test_a_whole_number_may_be_written_with_a_decimal_point(name: str) -> None:
    value = TapIVRFlow(config={**PAIR, name: 5.0}).config[name]
    assert (type(value), value) == (int, 5)


def test_a_tenant_may_have_its_own_service(tap: Command) -> None:
    tap.serve(FLOW)
    config = tap.config([{**TENANT, "api_url": f"{tap.service.url}/"}])
    assert tap({**config, "api_url": "https://127.0.0.1:9"}).code == 0


@pytest.mark.parametrize("url", ["http://10.0.0.1:9", "http://service.example"])
def test_unencrypted_credentials_are_warned_about(tap: Command, url: str) -> None:
    run = tap({**tap.config(max_retries=0), "api_url": url}, http_proxy="http://127.0.0.1:9")
    (warning,) = run.warnings
    assert names(warning, "api_url", url, "unencrypted")
    assert len(run.errors) == 1


@pytest.mark.parametrize("host", ["localhost", "127.8.8.8", "[::1]"])
def test_unencrypted_credentials_to_the_same_machine_are_not_warned_about(tap: Command, host: str) -> None:
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


def test_a_stream_may_take_the_name_of_a_removed_one() -> None:
    maps = {"ivr_flows": None, "called_routes": {"__alias__": "ivr_flows"}}
    assert TapIVRFlow(config={**PAIR, "stream_maps": maps}).config["stream_maps"] == maps


def test_about_describes_each_setting_and_its_default(tap: Command) -> None:
    about = " ".join(tap(None, "--about").stdout.decode().split())
    for name, declared in TapIVRFlow.config_jsonschema["properties"].items():
        described = " ".join(declared["description"].split())
        assert f"| {name} | False | {declared.get('default')} | {described} |" in about


@pytest.mark.parametrize(
    ("stream_map", "column", "like"),
    [
        ({"maxCallNum": None, "calls": "maxCallNum"}, "calls", "maxCallNum"),
        ({"calls": "maxCallNum", "maxCallNum": None}, "calls", "maxCallNum"),
        ({"maxCallNum": "str(maxCallNum)", "calls": "record['maxCallNum']"}, "calls", "maxCallNum"),
        ({"maxCallNum": "accessCode"}, "maxCallNum", "accessCode"),
        ({"calls": '_["maxCallNum"]', "maxCallNum": "__NULL__"}, "calls", "maxCallNum"),
    ],
    ids=str,
)
def test_a_renamed_column_keeps_its_type_in_whatever_order(
    stream_map: dict[str, Any], column: str, like: str
) -> None:
    own = TapIVRFlow(config=PAIR).streams["ivr_flows"].schema["properties"]
    tap = TapIVRFlow(config={**PAIR, "stream_maps": {"ivr_flows": stream_map}})
    mapped = tap.mapper.stream_maps["ivr_flows"][0].transformed_schema["properties"]
    assert sorted(mapped[column]["type"]) == sorted(own[like]["type"])
    assert tap.config["stream_maps"] == {"ivr_flows": stream_map}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "odd.json JSON line 1 column 1"),
        (b'{\n "confidential" 1}', "odd.json JSON line 2 column 17"),
        (b"[1]", "odd.json JSON object"),
        (b'{"a": NaN}', "odd.json JSON"),
        (b"null", "odd.json JSON object"),
        (b'"x"', "odd.json JSON object"),
        ("{}".encode("utf-16"), "odd.json UTF-8"),
        (b'{"a":' * 100_000, "odd.json JSON"),
        (None, "odd.json read No such file"),
    ],
)
@pytest.mark.parametrize("option", ["--config", "--catalog"])
def test_a_file_that_cannot_be_used_is_one_line(
    tap: Command, option: str, content: bytes | None, words: str
) -> None:
    path = tap.folder / "odd.json"
    if content is not None:
        path.write_bytes(content)
    run = tap(tap.config(), option, str(path))
    assert (run.code, run.stdout) == (1, b"")
    (error,) = run.errors
    assert names(error, option, *words.split(" "))
    assert "confidential" not in run.stderr


@pytest.mark.parametrize("option", ["--config", "--catalog"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"app_secret": confidential', "JSON line 1 column 16"),
        (b'["confidential"]', "JSON object"),
        ("{}".encode("utf-16"), "UTF-8"),
    ],
)
def test_a_pipe_is_checked_like_a_file(tap: Command, option: str, content: bytes, words: str) -> None:
    process = subprocess.Popen(
        tap.arguments(tap.config() if option != "--config" else None, option, "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=tap.environment(),
    )
    stdout, stderr = process.communicate(content, timeout=HANG)
    run = Run(process.returncode, stdout, stderr.decode())
    assert (run.code, run.stdout) == (1, b"")
    (error,) = run.errors
    assert names(error, option, "stdin", *words.split(" "))
    assert "confidential" not in run.stderr


def test_the_last_of_several_configurations_wins(tap: Command) -> None:
    tap.serve(FLOW)
    (tap.folder / "other.json").write_text('{"user_agent": "other"}')
    run = tap(tap.config(user_agent="first"), "--config", str(tap.folder / "other.json"))
    assert run.code == 0
    assert {call["headers"]["user-agent"] for call in tap.service.calls()["log"]} == {"other"}


@pytest.mark.parametrize("form", ["--config={}", "--config {}", "--catalog {}"])
@pytest.mark.parametrize("length", [1, 50])
def test_text_instead_of_a_file_name_is_not_repeated(tap: Command, form: str, length: int) -> None:
    # The longer one is longer than the name of a file can be.
    text = json.dumps([{"app_key": "key", "app_secret": "confidential"}] * length, separators=(",", ":"))
    run = tap(tap.config(), *form.format(text).split())
    assert run.code == 1
    (error,) = run.errors
    assert names(error, form.replace("=", " ").split(" ")[0], "file")
    assert "confidential" not in run.stderr


@pytest.mark.parametrize("text", ["", '{"bookmarks": {}}\n{"bookmarks": {"ivr_flows": {}}}\n', "{"])
def test_a_state_is_not_read(tap: Command, text: str) -> None:
    tap.serve(FLOW)
    (tap.folder / "state.json").write_text(text)
    run = tap(tap.config(), "--state", str(tap.folder / "state.json"))
    assert (run.code, run.ids, run.errors) == (0, [("north", 1)], [])


@pytest.mark.parametrize(
    "variables", [{"LOGLEVEL": ""}, {"TAP_IVRFLOW_LOGLEVEL": "info", "LOGLEVEL": "notice"}]
)
def test_an_unused_log_level_is_not_checked(tap: Command, variables: dict[str, str]) -> None:
    tap.serve(FLOW)
    run = tap(tap.config(), TAP_IVRFLOW_TENANT="", **variables)
    assert (run.code, run.ids) == (0, [("north", 1)])


@pytest.mark.parametrize("variable", ["LOGLEVEL", "TAP_IVRFLOW_LOGLEVEL"])
def test_an_unknown_log_level_names_its_variable(tap: Command, variable: str) -> None:
    run = tap(tap.config(), **{variable: "notice"})
    assert (run.code, run.stdout) == (1, b"")
    (line,) = run.stderr.splitlines()
    assert names(line, variable, "INFO")


def test_no_env_file_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("TAP_IVRFLOW_TENANT=elsewhere\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("singer_sdk.configuration._dict_config.find_dotenv", lambda: str(tmp_path / ".env"))
    for name, value in PAIR.items():
        monkeypatch.setenv(f"TAP_IVRFLOW_{name.upper()}", value)
    assert TapIVRFlow(parse_env_config=True).config["tenant"] == "default"


def test_json_that_is_nested_too_deeply_is_refused(tap: Command) -> None:
    run = tap(None, "--config=ENV", TAP_IVRFLOW_TENANTS="[" * 100_000)
    assert run.code == 1
    (error,) = run.errors
    assert names(error, "tenants", "TAP_IVRFLOW_TENANTS", "JSON", "nested too deeply")
