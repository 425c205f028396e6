"""A process that runs another one, reads its output, and says what it took.

The peak memory that the kernel reports of a process is never below that of the process that started it,
at the moment of the start. So the one that starts the contestants is this, which imports nearly nothing,
and not the benchmark with all its libraries. Run as a file of its own with `python -I -S`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time

_RECORD = b'{"type":"RECORD"'
"""What a RECORD message begins with, and no value can hold: its quotes would be escaped."""

_PIECE = 65536
"""Bytes to read at a time: what the pipe holds, as between a tap and a target."""


def main(timeout: str, complaints: str, *command: str) -> None:
    """Run `command` and print, in JSON, the fields of `measuring.Run` and of `measuring.Ending`.

    Args:
        timeout: seconds after which the command is killed.
        complaints: file for its stderr.
        command: the program, by its path, and its arguments.
    """
    reading, writing = os.pipe()
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, writing, 1),
        (os.POSIX_SPAWN_OPEN, 2, complaints, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
    ]
    begin = time.monotonic()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    os.close(writing)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(int(timeout))
    rows, whole = drained(reading)
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - begin
    report = {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        # Kilobytes, but on macOS bytes.
        "memory": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "rows": rows,
        "whole": whole,
        "exit_code": os.waitstatus_to_exitcode(status),
    }
    print(json.dumps(report))  # noqa: T201 (what this process is for)


def drained(pipe: int) -> tuple[int, bool]:
    """Read all there is and throw it away.

    Returns:
        How many RECORD messages there were, and whether the last line was whole.
    """
    rows = 0
    piece = b""
    while True:
        # The end of the last piece again: a message's beginning may lie across two.
        rest = piece[1 - len(_RECORD) :]
        fresh = os.read(pipe, _PIECE)
        if not fresh:
            return rows, rest.endswith(b"\n")
        piece = rest + fresh
        rows += piece.count(_RECORD)


if __name__ == "__main__":
    main(*sys.argv[1:])
