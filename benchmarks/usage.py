"""Run a command, and write its wall time, CPU time (seconds) and peak memory (MiB) to a file as JSON.

Usage: `python -I -S usage.py FILE PROGRAM ARGUMENT...`. It exits with the status of the command.

The kernel counts the memory of the process that starts a command towards the peak of that command. So this
process, which imports as little as possible, starts the programs.
"""

import json
import os
import signal
import sys
import time

file, *command = sys.argv[1:]
begin = time.monotonic()
child = os.posix_spawn(command[0], command, os.environ)
signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
signal.alarm(300)  # A program that hangs is killed.
_, status, used = os.wait4(child, 0)
end = time.monotonic()
memory = used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)  # Linux counts kilobytes.
with open(file, "w", encoding="utf-8") as output:  # noqa: PTH123 (pathlib is a large import)
    json.dump([end - begin, used.ru_utime + used.ru_stime, memory], output)
sys.exit(os.waitstatus_to_exitcode(status))
