"""Imports the command once, and forks a process for each run of it; see `ForkServer` in harness.py.

It is run as a script, as the installed command is: click takes the name of the program from `__main__`.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

# As `main` does before the same imports.
os.environ["JOBLIB_MULTIPROCESSING"] = "0"

from coverage import Coverage

import tap_ivrflow.tap  # noqa: F401 (with all that `main` imports, or nearly all)
from tap_ivrflow.__main__ import main


def serve(client: socket.socket) -> None:
    """Fork and reap processes as the client asks. Returns in each process that is forked, and only there.

    A request is a byte that may carry descriptors, and a line of JSON; the response is a number.
    """
    # A fork copies the calling thread only: a lock that another thread held would stay locked.
    assert threading.active_count() == 1
    # A Ctrl-C reaches every process of the terminal. The client decides when the server ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running: set[int] = set()
    lines = client.makefile("rwb", buffering=0)
    while True:
        start, descriptors, _, _ = socket.recv_fds(client, 1, 3)
        if not start:
            break
        request = json.loads(lines.readline())
        if pid := request.get("reap"):
            response = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            running.remove(pid)
        else:
            response = os.fork()
            if not response:
                client.close()
                lines.close()
                # The third descriptor stays open as long as the process lives: its end tells the client.
                become(request, *descriptors[:2])
                return
            running.add(response)
        for descriptor in descriptors:
            os.close(descriptor)
        lines.write(b"%d\n" % response)
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    sys.exit()


def become(request: dict[str, Any], stdout: int, stderr: int) -> None:
    """Take over what a new process would be started with.

    Nothing passes from one run to the next: what was made at import (modules, caches, loggers, warning
    filters) is as no run has yet seen it. `random` seeds itself again in a fork. A run with a variable that
    may be read at import is not forked, see `READ_LATE`; the locale is the same for all. Only the seed of
    `hash` is shared by the runs of a server; each server has another.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    os.close(stdout)
    os.close(stderr)
    os.chdir(request["folder"])
    # In place, so that whoever holds `os.environ`, and the C library, see it.
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = request["arguments"]


if __name__ == "__main__":
    # Where the installed command has its own folder.
    sys.path[0] = str(Path(sys.executable).parent)
    # What was imported is written once, and not by each run.
    if "COVERAGE_PROCESS_CONFIG" in os.environ and (measured := Coverage.current()):
        measured.save()
    serve(socket.socket(fileno=int(sys.argv[1])))
    sys.exit(main())
