"""Runs the command, and ends it at its n-th call of C code that matters, or when a file grows beyond a size.

Arguments: `kill N`, `full N` (from then on no file can grow, as on a full disk) or `size BYTES` (killed), then those of
the command. `kill 0` prints how many calls there are.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from types import FrameType
from typing import Any, Final

from target_duckdb_exact import target  # noqa: F401 - what an import calls is not counted
from target_duckdb_exact.__main__ import main

CALLS: Final = ("close", "encode", "execute", "fetchall", "flush", "write")
how, number = sys.argv[1], int(sys.argv[2])
del sys.argv[1:3]
seen = 0


def limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def count(frame: FrameType, event: str, function: Any) -> None:
    global seen  # noqa: PLW0603 - one count for the process
    ours = event == "c_call" and "target_duckdb_exact" in frame.f_code.co_filename
    if ours and function.__name__ in CALLS:
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL) if how == "kill" else limit(0)


def end(code: int) -> None:
    sys.setprofile(None)
    sys.stderr.write(str(seen))
    sys.exit(code)


if how == "size":
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit(number)
else:
    sys.setprofile(count)
    if number == 0:
        os._exit = end  # type: ignore[assignment]
main()
