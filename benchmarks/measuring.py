"""Run the programs of a case, and measure each run from outside."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import duckdb
import msgspec

from benchmarks.cases import Case
from benchmarks.programs import Places, Program, programs_of

_MEASURED: Final = (sys.executable, "-I", "-S", str(Path(__file__).with_name("usage.py")))
"""Comes before a file and a command, and writes to the file what the command used."""


class Run(NamedTuple):
    """What a run used, its child processes included: seconds, and the peak of one process in MiB."""

    wall: float
    cpu: float
    memory: float


def measure(case: Case, places: Places) -> dict[str, Run]:
    """Return the median run of each program of a case, by the program's name.

    The first run of each does not count: it fills the caches, and the records of all programs are compared.
    Then the programs take turns, so that noise affects all alike. A failure ends the benchmark.
    """
    with tempfile.TemporaryDirectory() as folder, programs_of(case, places, Path(folder)) as programs:
        checksums = {(each.records, _run(each, case.stream, _checksum)[1]) for each in programs.values()}
        if len(checksums) != len({program.records for program in programs.values()}):
            sys.exit(f"{case.name}: {', '.join(programs)} write different records")
        runs: dict[str, list[Run]] = {name: [] for name in programs}
        for turn in range(max(case.runs.values())):
            for name in [name for name, count in case.runs.items() if turn < count]:
                runs[name].append(_checked(programs[name], case.stream))
                sys.stderr.write(f"{case.name}: {name}, {runs[name][-1].wall:.2f} s\n")
    return {name: Run(*map(median, zip(*each, strict=True))) for name, each in runs.items()}


def _checked(program: Program, stream: str) -> Run:
    """Run a program, and count its records."""
    if program.database and not program.is_filled:
        program.database.unlink()
    run, records = _run(program, stream, _count)
    if program.database:
        with duckdb.connect(str(program.database), read_only=True) as connection:
            query = "select count(*), count(distinct (tenant, id)) from tap_ivrflow.ivr_flows"
            rows, records = connection.execute(query).fetchone() or (0, 0)
            records = records if records == rows else -1
    if records != program.records:
        sys.exit(f"{' '.join(program.command)} wrote {records} records, not {program.records}")
    return run


def _run(program: Program, stream: str, read: Callable[[Iterable[bytes], str], Any]) -> tuple[Run, Any]:
    """Run a program, and return what it used and the result of `read` for its output."""
    stdin = program.stdin.open("rb") if program.stdin else nullcontext(subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as stderr, stdin as opened:
        usage = Path(folder, "usage.json")
        with subprocess.Popen(  # noqa: S603
            [*_MEASURED, str(usage), *program.command],
            bufsize=65536,  # As much as a pipe holds.
            cwd=program.folder,
            env=dict(program.variables),
            stdin=opened,
            stdout=subprocess.PIPE,
            stderr=stderr,
        ) as process:
            result = read(process.stdout or (), stream)
        if process.returncode != program.exit_code:
            stderr.seek(0)
            lines = stderr.read().decode(errors="replace")
            sys.exit(f"{' '.join(program.command)} exited with {process.returncode}:\n{lines}")
        return Run(*json.loads(usage.read_bytes())), result


def _checksum(lines: Iterable[bytes], stream: str) -> str:
    """Return a checksum of a stream's records in their order, without the number of the run."""
    encode = msgspec.json.Encoder(order="deterministic").encode
    digest = hashlib.sha256()
    for message in map(msgspec.json.decode, lines):
        if message.get("type") == "RECORD" and message["stream"] == stream:
            digest.update(encode({**message["record"], "extraction": None}))
    return digest.hexdigest()


def _count(lines: Iterable[bytes], stream: str) -> int:
    """Return the number of a stream's records."""
    start = b'{"type":"RECORD","stream":"%s"' % stream.encode()
    return sum(line.startswith(start) for line in lines)
