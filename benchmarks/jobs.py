"""The whole job: `meltano run` into DuckDB and PostgreSQL, as `meltano.yml` has it and with other settings.

The plugins are installed, and the loads checked, as in the tests. A script in place of each plugin's command
runs the command and measures it.
"""

from __future__ import annotations

import json
import shlex
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple, TypeAlias

from benchmarks.cases import VARIANTS, Case, Variant
from benchmarks.measuring import MEASURED, RunFailedError, simulator
from simulator.data import tenants
from tests.targets.destinations import DuckDB, Postgres
from tests.targets.postgres import Server, postgres
from tests.targets.project import MELTANO, Installation, Project, finish, start
from tests.targets.service import rows

_TAP: Final = "tap-ivrflow"
_MELTANO: Final = "meltano"
_DATABASE: Final = "warehouse"


class Load(NamedTuple):
    """What a load used: times in seconds, memory in MiB. Begin and ends are since Meltano's start."""

    plugins_begin: float
    tap_end: float
    target_end: float
    wall: float
    meltano_cpu: float
    """Of Meltano itself, and of the tap when Meltano asked it for its streams."""
    tap_cpu: float
    target_cpu: float
    target_memory: float


Loads: TypeAlias = list[tuple[Variant, Load]]


def measure_loads(case: Case, log: Callable[[str], None]) -> Loads:
    """Return the median load of each variant.

    The variants take turns, and every load goes into an empty place. `log` takes a line about each load.

    Raises:
        RunFailedError: a load failed, or what it loaded is not what the service has.
    """
    loads: list[list[Load]] = [[] for _ in VARIANTS]
    with tempfile.TemporaryDirectory() as folder, simulator(case) as url, postgres() as server:
        log(f"{case.name}: installing the plugins")
        job = _Job(Path(folder), server, case, url)
        for turn in range(max(case.runs.values())):
            for variant, own in zip(VARIANTS, loads, strict=True):
                if turn < case.runs["changed" if variant.settings else "shipped"]:
                    own.append(job.load(variant))
                    log(f"{case.name}: {variant.target}, {variant.title}, {own[-1].wall:.2f} s")
    medians = [Load(*map(median, zip(*own, strict=True))) for own in loads]
    return list(zip(VARIANTS, medians, strict=True))


class _Job:
    """A project that loads what the simulator has."""

    def __init__(self, folder: Path, server: Server, case: Case, url: str) -> None:
        """Install the plugins."""
        self._folder = folder
        self._server = server
        served = tenants(case.tenants, case.rows)
        self._rows = rows({tenant.name: tenant.flows for tenant in served})
        installation = Installation(folder / "installation")
        plugins = (_TAP, "target-duckdb", "target-postgres")
        installation.has(*plugins)
        for plugin in plugins:
            self._measure(installation.executable(plugin))
        self._project = Project(folder / "project", installation)
        self._project.serves(url, [vars(tenant) for tenant in served])
        self._destinations = {
            "target-duckdb": DuckDB(self._project),
            "target-postgres": Postgres(self._project, server.database(_DATABASE)),
        }
        # What the tests load has NULs in it, so they set this.
        del self._project.variables["TARGET_POSTGRES_SANITIZE_NULL_TEXT_CHARACTERS"]

    def load(self, variant: Variant) -> Load:
        """Load into an empty place, and compare every value with what the service has.

        Raises:
            RunFailedError: the load failed, or a row is not as it should be.
        """
        (self._project.folder / DuckDB.file).unlink(missing_ok=True)
        self._server.database(_DATABASE)
        command = [*self._measured(_MELTANO), str(MELTANO), "run", _TAP, variant.target]
        environment = self._project.environment(**variant.variables)
        done = finish(start(command, self._project.folder, environment))
        if done.code:
            raise RunFailedError(f"{variant.target}, {variant.title}: {done}")
        destination = self._destinations[variant.target]
        loaded = destination.look()
        if loaded.rows != destination.expected(self._rows) or loaded.present != self._rows.keys():
            raise RunFailedError(f"{variant.target}, {variant.title}: the rows are not those of the service")
        return self._used(variant.target)

    def _measure(self, command: Path) -> None:
        """Put a script in place of a plugin's command, which runs the command and measures it."""
        itself = command.rename(command.with_name(f"{command.name}-itself"))
        words = shlex.join([*self._measured(command.name), str(itself)])
        command.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
        command.chmod(0o755)

    def _measured(self, name: str) -> list[str]:
        """What goes before a command that is to be measured."""
        return [*MEASURED, str(self._folder / f"{name}.json")]

    def _used(self, target: str) -> Load:
        """Return what the last load used. Of the tap's two runs, the last was the load."""
        meltano, tap, loader = (
            _Usage(*json.loads((self._folder / f"{name}.json").read_bytes()))
            for name in (_MELTANO, _TAP, target)
        )
        return Load(
            plugins_begin=max(tap.begin, loader.begin) - meltano.begin,
            tap_end=tap.end - meltano.begin,
            target_end=loader.end - meltano.begin,
            wall=meltano.end - meltano.begin,
            meltano_cpu=meltano.cpu - tap.cpu - loader.cpu,
            tap_cpu=tap.cpu,
            target_cpu=loader.cpu,
            target_memory=loader.memory / 2**20,
        )


class _Usage(NamedTuple):
    """What `usage.py` writes."""

    begin: float
    end: float
    cpu: float
    memory: float
