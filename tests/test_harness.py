"""A forked run of the command is as good as a real start: nothing passes from one run to the next."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import FLOW, HANG, Command, Forked, ForkServer, Run, environment, finish


@pytest.fixture
def forked(tap: Command, tmp_path: Path) -> Iterator[Command]:
    with ForkServer(environment(tmp_path)) as forks:
        yield Command(tap.service, tap.folder, forks)


@pytest.fixture
def real(tap: Command) -> Command:
    return Command(tap.service, tap.folder, None)


def hanging(tap: Command) -> Forked:
    """Start a run that waits for a response."""
    tap.serve(FLOW)
    tap.service.fault(call="ivr_flows", delay=10 * HANG, times=None)
    before = tap.service.calls()["ivr_flows"]
    process = tap.start(tap.config(request_timeout=20 * HANG))
    assert isinstance(process, Forked)
    while tap.service.calls()["ivr_flows"] == before:
        assert process.poll() is None
    return process


def without_times(run: Run) -> list[str]:
    return [line.split(" | ", 1)[-1] for line in run.stderr.splitlines() if "METRIC" not in line]


@pytest.mark.parametrize("arguments", [(), ("--test",), ("--help",), ("--version",), ("--nope",)])
def test_a_forked_run_and_a_real_start_print_the_same(
    forked: Command, real: Command, arguments: tuple[str, ...]
) -> None:
    forked.serve({**FLOW, "colour": 1})
    run, started = forked(forked.config(), *arguments), real(real.config(), *arguments)
    assert run.code == started.code
    assert without_times(run) == without_times(started)
    if run.stdout.startswith(b"{"):
        assert (run.types, run.records) == (started.types, started.records)
    else:
        assert run.stdout == started.stdout


def test_a_run_leaves_nothing_to_the_next(forked: Command) -> None:
    forked.serve(FLOW)
    first = forked(forked.config())
    assert "DEBUG" in forked(forked.config(), TAP_IVRFLOW_LOGLEVEL="DEBUG").stderr
    log = forked.folder / "log.json"
    log.write_text(json.dumps({"version": 1, "disable_existing_loggers": True}))
    assert forked(forked.config(colour=1), SINGER_SDK_LOG_CONFIG=str(log)).code == 1
    last = forked(forked.config())
    assert (last.code, last.records, without_times(last)) == (first.code, first.records, without_times(first))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_one_run_and_not_its_neighbour(forked: Command, number: signal.Signals) -> None:
    one, other = hanging(forked), hanging(forked)
    one.send_signal(number)
    assert finish(one).code in {128 + number, -number}
    assert other.poll() is None
    other.kill()
    assert finish(other).code == -signal.SIGKILL


def test_a_run_has_the_descriptors_and_the_folder_of_a_new_process(forked: Command) -> None:
    process = hanging(forked)
    proc = Path("/proc") / str(process.pid)
    files = {int(each.name): str(each.readlink()) for each in (proc / "fd").iterdir()}
    folder = (proc / "cwd").resolve()
    process.kill()
    finish(process)
    assert folder == forked.folder.resolve()
    assert files[0] == os.devnull
    assert files[1] != files[2]
    # Two pipes for output, the one that tells of the end, and the connection to the service.
    # Debian's Python 3.14 also holds libffi.so open.
    kinds = sorted(name.partition(":")[0] for number, name in files.items() if number and ".so." not in name)
    assert kinds == ["pipe", "pipe", "pipe", "socket"], files


def test_the_server_has_one_thread_and_ends_what_still_runs(tap: Command, tmp_path: Path) -> None:
    with ForkServer(environment(tmp_path)) as forks:
        left = hanging(Command(tap.service, tap.folder, forks))
        assert len(list(Path(f"/proc/{forks.process.pid}/task").iterdir())) == 1
    assert left.stdout is not None
    assert left.stderr is not None
    for pipe in (left.lives, left.stdout, left.stderr):
        pipe.read()  # To its end, which comes with that of the process.
        pipe.close()
