"""A run that is cut: by a signal, a dead target or a full disk. Never exit 0, never a part of a line."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import termios
from typing import IO, Any

import pytest

from tests.harness import FLOW, HANG, TAP, Command, Run, Started, finish, names


def output(process: Started) -> IO[bytes]:
    assert process.stdout is not None
    return process.stdout


def many(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [{**FLOW, "id": number, **changes} for number in range(count)]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_during_a_call_ends_the_run_at_once(tap: Command, number: signal.Signals, code: int) -> None:
    tap.serve(FLOW)
    tap.service.fault(call="ivr_flows", delay=10 * HANG, times=None)
    process = tap.start(tap.config(request_timeout=20 * HANG, emit_activate_version_messages=True))
    while not tap.service.calls()["ivr_flows"]:
        assert process.poll() is None
    process.send_signal(number)
    run = finish(process)

    assert run.code == code
    assert run.types == ["SCHEMA"]
    (error,) = run.errors
    assert names(error, number.name, "incomplete")
    assert "Traceback" not in run.stderr


def hanging(process: Started) -> bytes:
    """Be a target that reads a row and hangs: return what was read once the pipe takes no more."""
    pipe, begun, waiting = output(process).fileno(), b"", 0
    while b'"RECORD"' not in begun:
        begun += os.read(pipe, 4096)
    while waiting < 50_000:  # of 64 KiB; what is missing are the ends of pages
        assert process.poll() is None
        waiting = int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
    return begun


@pytest.mark.parametrize("length", [20, 5_000, 30_000, 300_000])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_while_rows_are_written_leaves_whole_lines(
    tap: Command, number: signal.Signals, code: int, length: int
) -> None:
    count = 6_000_000 // (length + 300)
    tap.serve(*many(count, description="l" * length))
    process = tap.start(tap.config(emit_activate_version_messages=True))
    begun = hanging(process)
    process.send_signal(number)
    run = finish(process, begun)

    assert run.code == code
    assert set(run.types) == {"SCHEMA", "RECORD"}
    assert [record["id"] for record in run.records] == list(range(len(run.records)))
    assert len(run.records) < count
    (error,) = run.errors
    assert names(error, number.name, "incomplete")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_the_end_of_a_run_whose_target_hangs_cuts_the_last_line_at_most(
    tap: Command, number: signal.Signals, code: int
) -> None:
    tap.serve(*many(20_000))
    process = tap.start(tap.config())
    begun = hanging(process)
    process.send_signal(number)
    assert process.wait(timeout=HANG) == code
    run = finish(process, begun)
    whole, _, cut = run.stdout.rpartition(b"\n")
    ids = Run(run.code, whole + b"\n", run.stderr).ids
    assert [number for _, number in ids] == list(range(len(ids)))
    assert 100 < len(ids) < 20_000
    assert b"ACTIVATE_VERSION" not in cut


def test_a_signal_ends_a_run_whose_target_hangs_inside_a_long_line(tap: Command) -> None:
    tap.serve(*many(3, description="l" * 300_000))
    process = tap.start(tap.config())
    hanging(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=HANG) == 143
    process.communicate()


def test_a_signal_ends_a_run_whose_log_nobody_reads(tap: Command) -> None:
    tenants = [
        {"name": f"t{number}", "app_key": f"key-{number}", "app_secret": "secret"} for number in range(300)
    ]
    tap.service.set_tenants([{**tenant, "flows": [FLOW] * 300} for tenant in tenants])
    process = tap.start(
        tap.config(tenants), variables={"TAP_IVRFLOW_LOGLEVEL": "DEBUG"}, stdout=subprocess.DEVNULL
    )
    while tap.service.calls()["ivr_flows"] < 1:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=HANG) == 143
    process.communicate()


def test_a_dead_target_ends_the_run_without_a_traceback(tap: Command) -> None:
    tap.serve(*many(20_000))
    process = tap.start(tap.config())
    output(process).readline()
    output(process).close()
    process.stdout = None
    run = finish(process)

    assert run.code == 1
    (error,) = run.errors
    # It is noticed by a write, or by the look at stdout before each list.
    assert names(error, "stdout", "Broken pipe")
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    "argument", [(), ("--test",), ("--discover",), ("--about",), ("--version",), ("--help",)]
)
def test_a_full_disk_ends_the_run(tap: Command, argument: tuple[str, ...]) -> None:
    tap.serve(FLOW)
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        run = finish(tap.start(tap.config(), *argument, stdout=full.fileno()))

    assert run.code == 1
    assert len(run.errors) == 1
    assert "No space left on device" in run.errors[0]
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("argument", ["", "--discover"])
def test_a_closed_stdout_ends_the_run(tap: Command, argument: str) -> None:
    tap.serve(FLOW)
    tap.arguments(tap.config())
    process = subprocess.Popen(
        ["sh", "-c", f"exec {TAP} --config config.json {argument} >&-"],
        stderr=subprocess.PIPE,
        env=tap.environment(),
        cwd=tap.folder,
    )
    run = finish(process)

    assert run.code == 1
    (error,) = run.errors
    assert names(error, "stdout", "closed")
    assert "Traceback" not in run.stderr


def test_a_run_that_dies_half_way_leaves_no_version_behind(tap: Command) -> None:
    tenants = [{"name": name, "app_key": f"key-{name}", "app_secret": f"secret-{name}"} for name in "ab"]
    tap.service.set_tenants([{**tenant, "flows": many(3)} for tenant in tenants])
    tap.service.fault(call="ivr_flows", tenant="b", delay=10 * HANG)
    process = tap.start(tap.config(tenants, emit_activate_version_messages=True, request_timeout=20 * HANG))
    begun = output(process).readline()
    while tap.service.calls()["ivr_flows"] < 2:
        assert process.poll() is None
    process.kill()
    run = finish(process, begun)

    assert run.code == -signal.SIGKILL
    assert "ACTIVATE_VERSION" not in run.types
