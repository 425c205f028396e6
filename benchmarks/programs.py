"""The programs that are measured: where they are installed, and how they are started."""

from __future__ import annotations

import compileall
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.cases import CONCURRENCY, Case
from tests.harness import copy_checkout
from tests.targets.project import MELTANO, installing_environment

_ROOT: Final = Path(__file__).resolve().parent.parent
_PLUGINS: Final = ("tap-ivrflow", "target-duckdb")
# Python's own variables could turn off bytecode or buffers.
_VARIABLES: Final = {
    name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
}


@dataclass(frozen=True)
class Program:
    """A command, and what it must do.

    It writes `records` to stdout, or loads them into a file of DuckDB: an empty one unless `is_filled`.
    """

    command: list[str]
    folder: Path
    records: int
    variables: Mapping[str, str]
    stdin: Path | None = None
    exit_code: int = 0
    database: Path | None = None
    is_filled: bool = False


class Places:
    """Where programs are installed, by the name of their code: `commit` (older) or `tap`."""

    def __init__(self, folder: Path, commit: str) -> None:
        """Install nothing yet."""
        self._folder, self._commit = folder, commit

    def python(self, name: str) -> Path:
        """Install the wheel of the tap with what it requires, and return the Python there.

        An editable install is slower, and so is joblib, which the SDK imports, where numpy is installed.
        """
        environment = self._folder / f"{name}-environment"
        if not environment.exists():
            uv = [sys.executable, "-m", "uv", "sync", "--quiet", "--locked", "--python", sys.executable]
            # For new code with an old version number uv would take the wheel from its cache.
            uv += ["--no-default-groups", "--no-editable", "--reinstall-package", "tap-ivrflow"]
            variables = {"UV_PROJECT_ENVIRONMENT": str(environment), "UV_COMPILE_BYTECODE": "1"}
            subprocess.run(uv, cwd=self._checkout(name), env=os.environ | variables, check=True)  # noqa: S603
            [packages] = environment.glob("lib/python*/site-packages")
            (packages / "benchmarks").symlink_to(_ROOT / "benchmarks")
            compileall.compile_dir(_ROOT / "benchmarks", quiet=1)
        return environment / "bin" / "python"

    def project(self, name: str) -> Path:
        """Install the plugins of the job with Meltano, and return the project."""
        project = self._checkout(name)
        if not (project / ".meltano").exists():
            command, variables = [str(MELTANO), "install", *_PLUGINS], installing_environment()
            subprocess.run(command, cwd=project, env=variables, check=True, stdout=sys.stderr)  # noqa: S603
        return project

    def target(self, name: str) -> Path:
        """Return the executable of the target of the job."""
        [executable] = self.project(name).glob(f".meltano/loaders/{_PLUGINS[1]}/venv/bin/target-*")
        return executable

    def _checkout(self, name: str) -> Path:
        """Copy the project, with its uncommitted changes or as it was at the commit."""
        folder = self._folder / name
        if not folder.exists():
            folder.mkdir()
            if name == "tap":
                copy_checkout(folder)
            else:
                archive = subprocess.check_output(["git", "archive", self._commit], cwd=_ROOT)  # noqa: S603, S607
                subprocess.run(["tar", "-x"], input=archive, cwd=folder, check=True)  # noqa: S607
        return folder


@contextmanager
def programs_of(case: Case, places: Places, folder: Path) -> Iterator[dict[str, Program]]:
    """Serve the case until the block ends, and yield its programs by their names."""
    for name in ("reader", *case.runs):
        (folder / name).mkdir()
    with _simulator(case, folder) as config, ExitStack() as hosts:
        if case.kind == "job":
            yield {name: _job(case, config, places.project(name), folder / name) for name in case.runs}
            return
        for number in range(case.silent):
            host = hosts.enter_context(socket.create_server(("127.0.0.1", 0)))  # It accepts no connection.
            silent = config["tenants"][number * case.tenants // case.silent]
            silent["api_url"] = f"http://127.0.0.1:{host.getsockname()[1]}"
        if case.kind not in {"load", "reload"}:
            yield {name: _reader(name, case, config, places, folder / name) for name in case.runs}
            return
        records, reader = folder / "records.jsonl", _reader("tap", case, config, places, folder / "reader")
        with records.open("wb") as output:
            subprocess.run(reader.command, stdout=output, cwd=reader.folder, env=_VARIABLES, check=True)  # noqa: S603
        yield {name: _load(case, places.target(name), records, folder / name) for name in case.runs}


@contextmanager
def _simulator(case: Case, folder: Path) -> Iterator[dict[str, Any]]:
    """Run a simulator of the size of the case until the block ends, and yield the tap's configuration."""
    rows = "--routes" if case.kind == "routes" else "--flows"
    size = {"--flows": 0, "--tenants": case.tenants, rows: case.rows, "--latency": case.latency, "--port": 0}
    command = [sys.executable, "-m", "simulator", *(str(part) for option in size.items() for part in option)]
    command += ["--config", str(folder / "config.json")]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            if not (process.stdout and process.stdout.readline()):
                sys.exit("the simulator did not start")
            yield json.loads((folder / "config.json").read_bytes())
        finally:
            process.terminate()


def _reader(name: str, case: Case, config: Mapping[str, Any], places: Places, folder: Path) -> Program:
    """Return a program that writes the records of one list."""
    settings: dict[str, Any] = {**config, "concurrency": CONCURRENCY}
    if case.silent:  # With the tap's own concurrency, which five silent hosts nearly exhaust.
        settings = {**config, "request_timeout": 3, "max_retries": 0}
    if name == "one tenant":
        settings["tenants"] = config["tenants"][:1]
    file, catalog = str(folder / "config.json"), folder / "catalog.json"
    Path(file).write_text(json.dumps(settings), encoding="utf-8")
    python = [str(places.python("commit" if name == "commit" else "tap")), "-m"]
    command = [*python, "tap_ivrflow", "--config", file]
    if name == "plain tap":
        command = [*python, "benchmarks.baseline", "--config", file]
    elif name == "limit":
        command = [*python, "benchmarks.limit", file, case.stream]
    elif case.kind == "routes":  # Flows are selected by default.
        found = subprocess.check_output([*command, "--discover"], cwd=folder, env=_VARIABLES)  # noqa: S603
        streams = json.loads(found)["streams"]
        for stream in streams:
            [root] = [each["metadata"] for each in stream["metadata"] if not each["breadcrumb"]]
            root["selected"] = stream["tap_stream_id"] == case.stream
        catalog.write_text(json.dumps({"streams": streams}), encoding="utf-8")
        command += ["--catalog", str(catalog)]
    records = 0 if name == "one tenant" else (case.tenants - case.silent) * case.rows
    return Program(command, folder, records, _VARIABLES, exit_code=1 if case.silent else 0)


def _load(case: Case, target: Path, records: Path, folder: Path) -> Program:
    """Return the target, which loads a file of records."""
    database, config = folder / "loaded.duckdb", folder / "target.json"
    settings = {"path": str(database), "default_target_schema": "tap_ivrflow"}
    # As `meltano.yml` of that commit has it; the target of today adds them unless told otherwise.
    old = {"add_metadata_columns": True} if folder.name == "commit" else {}
    config.write_text(json.dumps({**settings, **old}))
    command, rows, is_filled = (
        [str(target), "--config", str(config)],
        case.tenants * case.rows,
        case.kind == "reload",
    )
    return Program(command, folder, rows, _VARIABLES, stdin=records, database=database, is_filled=is_filled)


def _job(case: Case, config: Mapping[str, Any], project: Path, folder: Path) -> Program:
    """Return `meltano run` in a project."""
    tenants, database = json.dumps(config["tenants"]), folder / "loaded.duckdb"
    settings = {"TAP_IVRFLOW_API_URL": config["api_url"], "TAP_IVRFLOW_TENANTS": tenants}
    variables = {**_VARIABLES, **settings, "TARGET_DUCKDB_PATH": str(database)}
    command = [str(MELTANO), "run", *_PLUGINS]
    return Program(command, project, case.tenants * case.rows, variables, database=database)
