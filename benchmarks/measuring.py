"""Run the programs of a case against the simulator, and measure each run from outside."""

from __future__ import annotations

import compileall
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple, TypeVar

import msgspec

from benchmarks.cases import CONCURRENCY, Case
from simulator.__main__ import tap_config
from simulator.data import tenants

T = TypeVar("T")

_ROOT: Final = Path(__file__).resolve().parent.parent
MEASURED: Final = (sys.executable, "-I", "-S", str(Path(__file__).with_name("usage.py")))
"""What goes before a file and a command, so that what the command used is in the file."""
_SIMULATOR: Final = (sys.executable, "-m", "simulator")
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
"""Variables that the programs see. Python's own could turn off bytecode or buffers."""


class RunFailedError(Exception):
    """A program failed, or did not emit the records that it should, so its time means nothing."""


class Run(NamedTuple):
    """What a run used: wall and CPU time in seconds, peak resident set in bytes."""

    wall: float
    cpu: float
    memory: float


def measure(case: Case, python: Path, log: Callable[[str], None]) -> dict[str, Run]:
    """Return the median run of each program of a case, by the program's name.

    Each program first makes a run that does not count: it fills the caches, and its records are compared
    with those of the others. Then the programs take turns, so that a busy moment of the machine affects all.
    The programs run with the interpreter `python`; `log` takes a line about each run.

    Raises:
        RunFailedError: a program failed, or two programs emit different records.
    """
    with tempfile.TemporaryDirectory() as folder, simulator(case) as url:
        commands = _commands(case, url, python, Path(folder))
        checksums = set()
        for program in case.runs:
            log(f"{case.name}: {program}, warm-up")
            checksums.add(_run(commands[program], lambda lines: _checksum(lines, case.stream))[1])
        if len(checksums) > 1:
            raise RunFailedError(f"{', '.join(case.runs)} emit different records")
        runs: dict[str, list[Run]] = {program: [] for program in case.runs}
        for turn in range(max(case.runs.values())):
            for program in [name for name, count in case.runs.items() if turn < count]:
                run, records = _run(commands[program], lambda lines: _count(lines, case.stream))
                if records != case.tenants * case.rows:
                    raise RunFailedError(f"{program} emitted {records} records")
                log(f"{case.name}: {program}, {run.wall:.2f} s")
                runs[program].append(run)
    return {program: Run(*map(median, zip(*each, strict=True))) for program, each in runs.items()}


@contextmanager
def fresh_environment() -> Iterator[Path]:
    """Install the wheel of the tap and what it requires, until the block ends, and return the Python there.

    The developers' environment is slower: its editable install takes a twentieth of the start-up, and
    joblib, which the SDK imports, also imports psutil and numpy where they are installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        uv = [sys.executable, "-m", "uv", "sync", "--quiet", "--locked", "--python", sys.executable]
        # uv would take an old wheel from its cache when only the code has changed, so reinstall it.
        uv += ["--no-default-groups", "--no-editable", "--reinstall-package", "tap-ivrflow"]
        variables = {**os.environ, "UV_PROJECT_ENVIRONMENT": folder, "UV_COMPILE_BYTECODE": "1"}
        subprocess.run(uv, cwd=_ROOT, env=variables, check=True)  # noqa: S603 (our own)
        [packages] = Path(folder).glob("lib/python*/site-packages")
        (packages / "benchmarks").symlink_to(_ROOT / "benchmarks")
        compileall.compile_dir(_ROOT / "benchmarks", quiet=1)
        yield Path(folder, "bin", "python")


@contextmanager
def simulator(case: Case) -> Iterator[str]:
    """Run a simulator of the size of the case until the block ends, and return its URL."""
    size = {"--tenants": case.tenants, "--flows": 0, f"--{case.kind}": case.rows, "--latency": case.latency}
    command = [*_SIMULATOR, "--port", "0", *(str(part) for option in size.items() for part in option)]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 (our own)
        try:
            assert process.stdout is not None  # noqa: S101 (it is a pipe)
            words, _, url = process.stdout.readline().strip().rpartition(" ")
            if words != "listening on":
                raise RunFailedError("the simulator did not start")
            yield url
        finally:
            process.terminate()


def _commands(case: Case, url: str, python: Path, folder: Path) -> dict[str, list[str]]:
    """Return the programs' commands, and write the files that these name to a folder."""
    settings = tap_config(url, tenants(case.tenants, flows=0))
    config, catalog = folder / "config.json", folder / "catalog.json"
    config.write_text(json.dumps({**settings, "concurrency": CONCURRENCY}), encoding="utf-8")
    module = (str(python), "-m")
    tap = [*module, "tap_ivrflow", "--config", str(config)]
    if case.kind != "flows":  # Flows are selected by default.
        streams = json.loads(_run([*tap, "--discover"], b"".join)[1])["streams"]
        for stream in streams:
            [root] = [each["metadata"] for each in stream["metadata"] if not each["breadcrumb"]]
            root["selected"] = stream["tap_stream_id"] == case.stream
        catalog.write_text(json.dumps({"streams": streams}), encoding="utf-8")
        tap += ["--catalog", str(catalog)]
    return {
        "baseline": [*module, "benchmarks.baseline", "--config", str(config)],
        "tap": tap,
        "limit": [*module, "benchmarks.limit", str(config), case.stream],
    }


def _run(command: list[str], read: Callable[[Iterable[bytes]], T]) -> tuple[Run, T]:
    """Run a command, and return what it used and what `read` makes of its output.

    Raises:
        RunFailedError: it failed.
    """
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as stderr:
        usage = Path(folder, "usage.json")
        with subprocess.Popen(  # noqa: S603 (our own)
            [*MEASURED, str(usage), *command],
            bufsize=65536,  # As much as a pipe holds.
            cwd=folder,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
        ) as process:
            try:
                result = read(process.stdout or ())
            except msgspec.DecodeError as error:
                raise RunFailedError(f"{' '.join(command)} wrote a line that is not JSON") from error
        if process.returncode:
            stderr.seek(0)
            lines = stderr.read().decode(errors="replace")
            raise RunFailedError(f"{' '.join(command)} exited with {process.returncode}:\n{lines}")
        begin, end, cpu, memory = json.loads(usage.read_bytes())
        return Run(end - begin, cpu, memory), result


def _checksum(lines: Iterable[bytes], stream: str) -> str:
    """Return a checksum of a stream's records in their order, without the number of the run."""
    encode = msgspec.json.Encoder(order="deterministic").encode
    digest = hashlib.sha256()
    for message in map(msgspec.json.decode, lines):
        if message["type"] == "RECORD" and message["stream"] == stream:
            digest.update(encode({**message["record"], "extraction": None}))
    return digest.hexdigest()


def _count(lines: Iterable[bytes], stream: str) -> int:
    """Return the number of a stream's records."""
    start = b'{"type":"RECORD","stream":"%s"' % stream.encode()
    return sum(line.startswith(start) for line in lines)
