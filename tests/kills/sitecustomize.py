# ruff: noqa: INP001 (Python finds it by its name, on the path)
"""Loaded by Python at the start of a target under test: kills it before a given write or commit.

`KILL_BEFORE` is the number of that statement, counted from 1. A target that lives writes how many there were
into the file `STATEMENTS`.
"""

import atexit
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg


def _counted(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        global _statements  # noqa: PLW0603 (one count for the process)
        statement = next((each for each in arguments if isinstance(each, str)), "commit")
        if statement.lstrip().lower().startswith(("commit", "copy", "delete", "insert", "update")):
            _statements += 1
            if _statements == _last:
                os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **named)

    return call


_last = int(os.environ["KILL_BEFORE"])
_statements = 0
psycopg.Cursor.execute = _counted(psycopg.Cursor.execute)  # type: ignore[method-assign]
psycopg.Cursor.executemany = _counted(psycopg.Cursor.executemany)  # type: ignore[method-assign]
psycopg.Cursor.copy = _counted(psycopg.Cursor.copy)  # type: ignore[method-assign]
psycopg.Connection.commit = _counted(psycopg.Connection.commit)  # type: ignore[method-assign]
atexit.register(lambda: Path(os.environ["STATEMENTS"]).write_text(str(_statements), encoding="utf-8"))
