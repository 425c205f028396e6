"""Where a contestant is run: checked for what it emits, or measured from outside."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

import msgspec

_STOPWATCH: Final = Path(__file__).with_name("stopwatch.py")
_KILLED_AFTER: Final = 300
"""Seconds."""
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
"""Variables that a contestant sees. None of Python's: they could take away its bytecode or its buffers."""


class RunFailedError(Exception):
    """A contestant did not do its work, so that its time means nothing."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One of those that are compared: `python -m module --config FILE`."""

    name: str
    module: str


@dataclass(frozen=True, slots=True)
class Arena:
    """Where contestants run.

    Attributes:
        python: the interpreter of their environment.
        config: the configuration for the service.
    """

    python: Path
    config: Path

    def command(self, contestant: Contestant) -> list[str]:
        """Return the command that runs a contestant here."""
        return [str(self.python), "-m", contestant.module, "--config", str(self.config)]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took.

    Attributes:
        wall: seconds from the start of the process to its end.
        cpu: seconds of processor time, its own and the system's for it.
        memory: bytes of its peak resident set.
    """

    wall: float
    cpu: float
    memory: float


class _Report(TypedDict):
    """What the stopwatch prints."""

    wall: float
    cpu: float
    memory: int
    rows: int
    whole: bool
    exit_code: int


class _Message(msgspec.Struct):
    """What matters of a Singer message here."""

    type: str
    record: dict[str, object] | None = None


def measure(contestant: Contestant, arena: Arena, rows: int) -> Run:
    """Run a contestant once, with the stopwatch around it.

    Raises:
        RunFailedError: it failed, or emitted another number of records than `rows`.
    """
    with tempfile.TemporaryDirectory() as folder:
        complaints = Path(folder) / "stderr"
        stopwatch = subprocess.run(  # noqa: S603 (this package's own)
            [
                *(sys.executable, "-I", "-S", str(_STOPWATCH), str(_KILLED_AFTER), str(complaints)),
                *arena.command(contestant),
            ],
            cwd=arena.python.parent,
            env=_environment(),
            stdout=subprocess.PIPE,
            check=True,
        )
        report = msgspec.json.decode(stopwatch.stdout, type=_Report)
        if report["exit_code"] != 0 or report["rows"] != rows or not report["whole"]:
            raise RunFailedError(
                f"{contestant.name} ended with exit code {report['exit_code']} after {report['rows']} of "
                f"{rows} records; it said:\n{complaints.read_text(errors='replace')}"
            )
    return Run(report["wall"], report["cpu"], report["memory"])


def checksum(contestant: Contestant, arena: Arena) -> str:
    """Run a contestant once, unmeasured, and return a checksum over its records in their order.

    Raises:
        RunFailedError: it failed, or wrote what is no Singer message.
    """
    decode = msgspec.json.Decoder(_Message).decode
    encode = msgspec.json.Encoder(order="deterministic").encode
    digest = hashlib.sha256()
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(  # noqa: S603 (this package's own)
            arena.command(contestant),
            cwd=arena.python.parent,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
        ) as process,
    ):
        for line in process.stdout or ():
            try:
                message = decode(line)
            except msgspec.DecodeError as error:
                process.kill()
                raise RunFailedError(f"{contestant.name} wrote what is no message") from error
            if message.type == "RECORD":
                digest.update(encode(message.record) + b"\n")
        if process.wait() != 0:
            complaints.seek(0)
            said = complaints.read().decode(errors="replace")
            raise RunFailedError(
                f"{contestant.name} ended with exit code {process.returncode}; it said:\n{said}"
            )
    return digest.hexdigest()


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT if name in os.environ}
