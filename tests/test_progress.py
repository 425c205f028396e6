"""A long run says how far it is."""

from __future__ import annotations

import logging
import os
import pty
import subprocess
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Event

import pytest

from tap_ivrflow.progress import Progress
from tests.harness import FLOW, HANG, TENANT, Command


def test_a_line_is_written_at_every_interval_until_the_end(caplog: pytest.LogCaptureFixture) -> None:
    asked: SimpleQueue[float] = SimpleQueue()
    answers: SimpleQueue[bool] = SimpleQueue()

    def wait(_: Event, seconds: float) -> bool:
        asked.put(seconds)
        return answers.get()

    with caplog.at_level(logging.INFO), Progress(5, wait=wait) as progress:
        assert asked.get() == 10
        progress.count(flows=7)
        progress.count(failed=True)
        answers.put(item=False)
        assert asked.get() == 10
        answers.put(item=True)
    assert caplog.messages == ["2 of 5 tenants done, 7 flows, 1 failed"]


def test_on_a_terminal_there_is_a_bar(tap: Command) -> None:
    tenants = [{**TENANT, "name": name, "app_key": f"key-{name}"} for name in "abc"]
    tap.control.put_tenants([{**tenant, "flows": [FLOW]} for tenant in tenants])
    terminal, side = pty.openpty()
    process = subprocess.Popen(
        tap.arguments(tap.config(tenants)),
        stdout=subprocess.PIPE,
        stderr=side,
        env=tap.environment(TERM="xterm"),
    )
    os.close(side)
    shown = b"".join(read_all(terminal))
    stdout, _ = process.communicate(timeout=HANG)

    assert process.returncode == 0
    assert stdout.count(b'"RECORD"') == 3
    assert b"3/3" in shown


def read_all(terminal: int) -> Iterator[bytes]:
    """Everything that a terminal shows, until the other side is closed."""
    while True:
        try:
            shown = os.read(terminal, 65536)
        except OSError:
            return
        if not shown:
            return
        yield shown
