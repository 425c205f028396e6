"""Loads messages as the command does, and reads what is in the file."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import duckdb
import pytest

from target_duckdb_exact.target import TargetDuckDB

Message: TypeAlias = Mapping[str, Any]
COMMAND: Final = Path(sys.executable).with_name("target-duckdb")
TEXT: Final = {"type": ["null", "string"]}
INTEGER: Final = {"type": ["null", "integer"]}


def schema(properties: Mapping[str, object], keys: Sequence[str] = ("id",), stream: str = "rows") -> Message:
    return {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"properties": dict(properties)},
        "key_properties": list(keys),
    }


def record(stream: str = "rows", /, **values: object) -> Message:
    return {"type": "RECORD", "stream": stream, "record": values, "time_extracted": "2026-11-28T01:02:03Z"}


def records(rows: Iterable[Mapping[str, object]], stream: str = "rows") -> list[Message]:
    return [record(stream, **row) for row in rows]


def state(number: int) -> Message:
    return {"type": "STATE", "value": {"bookmarks": {"rows": number}}}


def version(stream: str = "rows") -> Message:
    return {"type": "ACTIVATE_VERSION", "stream": stream, "version": 1}


def lines(messages: Iterable[Message | bytes]) -> bytes:
    return b"".join(
        each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n" for each in messages
    )


class Loader:
    """A target, and the file that it loads into."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str] | None = None) -> None:
        """Load into a file."""
        self.path: Final = path
        self._capsys: Final = capsys

    def config(self, settings: Mapping[str, object]) -> dict[str, object]:
        return {"path": str(self.path), "default_target_schema": "loaded", "lock_timeout": 0, **settings}

    def load(self, *messages: Message | bytes, **settings: object) -> list[object]:
        """Load in this process; return the states that were printed."""
        return self.load_lines(lines(messages), settings)

    def load_lines(self, content: bytes, settings: Mapping[str, object] = {}) -> list[object]:
        target = TargetDuckDB(config=self.config(settings))
        try:
            target.listen(io.BytesIO(content))  # type: ignore[arg-type]
        finally:
            for sink in target.sinks:  # The command ends here, and with it what was not committed.
                sink.file.close()
                sink.database.close()
        return (
            [json.loads(line) for line in self._capsys.readouterr().out.splitlines()] if self._capsys else []
        )

    def run(
        self, *messages: Message | bytes, command: Sequence[str | Path] = (COMMAND,), **settings: object
    ) -> subprocess.CompletedProcess[bytes]:
        """Run the command."""
        config = self.path.with_suffix(".json")
        config.write_text(json.dumps(self.config(settings)))
        # A process that is killed or cannot write would leave a broken file of coverage.
        is_measured = command[0] == COMMAND
        variables = {k: v for k, v in os.environ.items() if is_measured or not k.startswith("COVERAGE")}
        return subprocess.run(
            [*command, "--config", config],
            input=lines(messages),
            capture_output=True,
            check=False,
            env=variables,
        )

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def rows(self, *names: str, stream: str = "rows") -> list[tuple[Any, ...]]:
        """The rows in the order of their first column."""
        columns = ", ".join(f'"{name}"' for name in names)
        return self.ask(f'select {columns} from loaded."{stream}" order by 1')  # noqa: S608 - the test's own

    def types(self, stream: str = "rows") -> dict[str, str]:
        """The types of the columns, without those of the metadata."""
        return {
            name: kind
            for name, kind, *_ in self.ask(f'describe loaded."{stream}"')
            if not name.startswith("_sdc_")
        }


def errors(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    """The lines that say an error; nothing else may be printed to stdout."""
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
    return [line for line in done.stderr.decode().splitlines() if "| ERROR" in line]
