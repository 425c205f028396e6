"""Whatever a logging configuration says, each line comes out, and through the filter of secrets."""

from __future__ import annotations

import json
import signal
from typing import Any, Final

import pytest

from tests.harness import FLOW, HANG, TENANT, Command, Run, finish

CONSOLE: Final = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "plain"}
CONFIGURATIONS: Final[dict[str, dict[str, Any]]] = {
    # As Meltano 4.0 writes it: the loggers that are there are disabled.
    "root": {
        "formatters": {"plain": {"format": "%(levelname)s %(message)s"}},
        "handlers": {"console": CONSOLE},
        "root": {"level": "INFO", "handlers": ["console"]},
    },
    "bad format": {
        "formatters": {"plain": {"format": "%(nope)s %(message)s"}},
        "handlers": {"console": CONSOLE},
        "root": {"level": "INFO", "handlers": ["console"]},
    },
    "empty": {},
    "no root": {"loggers": {"urllib3": {"level": "DEBUG"}}},
}


@pytest.fixture(params=CONFIGURATIONS, ids=str)
def variables(request: pytest.FixtureRequest, tap: Command) -> dict[str, str]:
    path = tap.folder / "logging.yaml"
    path.write_text(json.dumps({"version": 1, **CONFIGURATIONS[request.param]}))
    return {"SINGER_SDK_LOG_CONFIG": str(path)}


def has(run: Run, level: str, words: str) -> bool:
    return any(level in line and words in line for line in run.stderr.splitlines())


def test_no_line_vanishes(tap: Command, variables: dict[str, str]) -> None:
    tap.serve({**FLOW, "colour": 1})
    tap.service.fault(call="ivr_flows", times=1, status=503)
    run = tap(tap.config(), **variables)
    assert (run.code, run.ids) == (0, [("north", 1)])
    assert has(run, "WARNING", "answered 503")
    assert has(run, "WARNING", ": colour")
    assert has(run, "INFO", "tenant 'north': 1 records of ivr_flows")

    tap.service.fault(call="ivr_flows", times=None, status=400)
    assert has(tap(tap.config(), **variables), "ERROR", "tenant 'north', ivr_flows: ")
    assert has(tap(tap.config(colour=1), **variables), "ERROR", "unknown setting colour")


def test_the_end_by_a_signal_is_a_line(tap: Command, variables: dict[str, str]) -> None:
    tap.serve(FLOW)
    tap.service.fault(call="ivr_flows", delay=10 * HANG, times=None)
    process = tap.start(tap.config(request_timeout=20 * HANG), variables=variables)
    while not tap.service.calls()["ivr_flows"]:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    run = finish(process)
    assert run.code == 143
    assert has(run, "ERROR", "stopped by SIGTERM, the run is incomplete")


def test_no_line_goes_around_the_filter(tap: Command, variables: dict[str, str]) -> None:
    secret = TENANT["app_secret"]
    tap.serve({**FLOW, secret: 1, "\x1b[2J\nforged": 1})
    run = tap(tap.config(), **variables)
    assert run.code == 0
    assert has(run, "WARNING", r": \x1b[2J\nforged, ***")
    assert secret not in run.stderr

    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno header %b {{token}}\r\n\r\n{}" % secret.encode()
    tap.service.fault(call="ivr_flows", times=None, raw=raw)
    run = tap(tap.config(max_retries=0), **variables)
    assert run.code == 1
    leaked = [secret, secret.encode().decode("latin-1"), *tap.service.tokens()]
    assert not any(each in run.stderr for each in leaked)


def test_without_a_handler_the_last_resort_is_guarded(tap: Command) -> None:
    secret = TENANT["app_secret"]
    path = tap.folder / "logging.yaml"
    path.write_text(json.dumps({"version": 1, "root": {"level": "DEBUG", "handlers": []}}))
    tap.serve({**FLOW, secret: 1})
    run = tap(tap.config(), SINGER_SDK_LOG_CONFIG=str(path))
    assert ": ***" in run.stderr
    assert secret not in run.stderr


def test_a_structured_log_keeps_what_a_metric_measures(tap: Command) -> None:
    formatter = {"()": "singer_sdk.logging.StructuredFormatter"}
    path = tap.folder / "logging.yaml"
    path.write_text(
        json.dumps(
            {
                "version": 1,
                "formatters": {"plain": formatter},
                "handlers": {"console": CONSOLE},
                "root": {"level": "INFO", "handlers": ["console"]},
            }
        )
    )
    tap.serve({**FLOW, TENANT["app_secret"]: 1})
    run = tap(tap.config(), SINGER_SDK_LOG_CONFIG=str(path))
    # The first lines are of the SDK's own handler, which is there before the configuration.
    lines = [json.loads(line) for line in run.stderr.splitlines() if line.startswith("{")]
    counts = [
        line["metric_info"] for line in lines if line.get("metric_info", {}).get("metric") == "record_count"
    ]
    assert [count["value"] for count in counts] == [1, 1]
    assert any(": ***" in line["message"] for line in lines)


def test_a_log_that_cannot_be_written_shows_no_arguments(tap: Command) -> None:
    secret = TENANT["app_secret"]
    path = tap.folder / "logging.yaml"
    full = {"class": "logging.FileHandler", "filename": "/dev/full"}
    path.write_text(
        json.dumps(
            {"version": 1, "handlers": {"full": full}, "root": {"level": "INFO", "handlers": ["full"]}}
        )
    )
    tap.serve({**FLOW, secret: 1})
    run = tap(tap.config(), SINGER_SDK_LOG_CONFIG=str(path))
    assert (run.code, run.ids) == (0, [("north", 1)])
    assert secret not in run.stderr
