"""Engines, each installed from its lock in an environment of its own, and the examples fitted to a test."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from simulator.server import Simulator
from tests.harness import ROOT
from tests.targets.project import MELTANO, Finished, Project, finish, installing_environment, start
from tests.targets.service import as_served, flow

EXAMPLES: Final = ROOT / "docs" / "examples"
LOCKS: Final = Path(__file__).parent / "locks"
UV: Final = Path(sys.executable).with_name("uv")
TENANTS: Final = {
    f"tenant-{number}": [flow(each, f"flow {each} of {number}") for each in range(1, 4)]
    for number in range(1, 41)
}
"""So many that no shard of eight is empty."""

SHARDS: Final = [f"shard-{number}-of-8" for number in range(1, 9)]
TOO_LONG: Final = 1800
"""Seconds after which a run of an engine is taken to hang."""


def example(name: str, changes: Mapping[str, str]) -> str:
    """The text of an example in which the values that a user puts there are changed, each of them once."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert text.count(old) == 1, f"{name} has {old!r} {text.count(old)} times"
        text = text.replace(old, new)
    return text


def serve(service: Simulator) -> None:
    """Let the service have the tenants, one of which it refuses once."""
    service.set_tenants(as_served(TENANTS))
    service.fault(call="ivr_flows", tenant="tenant-7", status=503)


def prepare(project: Project, shards: Iterable[str]) -> None:
    """Make the system folders of shards, into which Meltano installs by itself, but once for each."""
    for shard in shards:
        system = project.folder / ".meltano" / shard
        system.mkdir()
        project.install_into(system)


def settle(project: Project, service: Simulator) -> None:
    """Let everything that a load needs stand in the project's `.env`."""
    project.serves(service.url, as_served(TENANTS))
    project.variables["TAP_IVRFLOW_MAX_RETRIES"] = "0"
    lines = "".join(f"{name}='{value}'\n" for name, value in project.variables.items())
    (project.folder / ".env").write_text(lines, encoding="utf-8")


class Engine:
    """An engine with a folder of its own, beside a project."""

    def __init__(self, name: str, folder: Path, **variables: str) -> None:
        """Install what the lock names."""
        self.folder: Final = folder
        self._environment: Final = folder / "environment"
        self._variables: Final = variables
        folder.mkdir()
        for arguments in (
            ["venv", "--quiet", f"--python={sys.executable}", str(self._environment)],
            [
                "pip",
                "sync",
                "--quiet",
                "--require-hashes",
                f"--python={self._environment}",
                LOCKS / f"{name}.txt",
            ],
        ):
            done = self._run(UV, *map(str, arguments))
            assert done.code == 0, done

    def __call__(self, command: str, *arguments: str, **variables: str) -> Finished:
        """Run a command of the engine to its end, with `meltano` on its PATH and none of the project's settings."""
        return self._run(self._environment / "bin" / command, *arguments, **variables)

    def _run(self, command: Path, *arguments: str, **variables: str) -> Finished:
        path = os.pathsep.join([str(MELTANO.parent), os.environ["PATH"]])
        environment = {**installing_environment(), "PATH": path, **self._variables, **variables}
        return finish(start([str(command), *arguments], self.folder, environment), TOO_LONG)
