"""A copy of the project in which the plugins are installed, and Meltano is run as a user would."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import yaml
from typing_extensions import override

from tests.harness import KEPT, ROOT

MELTANO: Final = Path(sys.executable).with_name("meltano")
PACKAGE: Final = (
    "LICENSE",
    "README.md",
    "meltano.yml",
    "plugins",
    "pyproject.toml",
    "schemas",
    "tap_ivrflow",
    "transform",
)
"""What a load needs of the checkout."""

NOT_TAKEN: Final = shutil.ignore_patterns("__pycache__", "target", "logs")
KINDS: Final = ("extractors", "loaders", "utilities")
USERS_OWN: Final = ("DBT_", "IVRFLOW_", "MELTANO_", "TAP_IVRFLOW_", "TARGET_")
"""What the variables begin with that the developer's own loads may have left in the environment."""

TOO_LONG: Final = 300
"""Seconds after which a command is taken to hang."""


@dataclass(frozen=True)
class Finished:
    """A command that came to its end."""

    code: int
    stdout: str
    stderr: str

    @override
    def __str__(self) -> str:
        """What an assertion shows when the command did not do as it should."""
        return f"exit code {self.code}\n{self.stdout}\n{self.stderr}"


class Installation:
    """The copy in which the plugins are installed, each once, for all workers of a test session.

    What is installed is what the locks name: the copy has them, and `meltano install` knows nothing else.
    """

    def __init__(self, folder: Path) -> None:
        """Copy the project, unless another worker did."""
        self.folder: Final = folder
        folder.mkdir(exist_ok=True)
        self._ready = folder / "installed"
        self._ready.mkdir(exist_ok=True)
        with self._alone():
            if not (folder / "output").exists():
                for name in PACKAGE:
                    _copy(ROOT / name, folder / name)
                _with_a_stand_in_for_snowflake(folder)
                for kind in KINDS:
                    (folder / ".meltano" / kind).mkdir(parents=True)
                (folder / "output").mkdir()

    def has(self, *plugins: str) -> None:
        """Install the plugins that are not there yet."""
        with self._alone():
            missing = [plugin for plugin in plugins if not (self._ready / plugin).exists()]
            if not missing:
                return
            done = run([str(MELTANO), "install", *missing], self.folder, installing_environment())
            assert done.code == 0, done
            for plugin in missing:
                (self._ready / plugin).touch()

    def executable(self, plugin: str, name: str | None = None) -> Path:
        """The command that a plugin brings."""
        kind = {"tap": "extractors", "dbt": "utilities"}.get(plugin.partition("-")[0], "loaders")
        return self.folder / ".meltano" / kind / plugin / "venv" / "bin" / (name or plugin)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._ready / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Workplace:
    """A folder with output and variables of its own, in which loads are run."""

    def __init__(self, folder: Path) -> None:
        """Make the folder, which is not there yet."""
        self.folder: Final = folder
        self.output: Final = folder / "output"
        self.variables: Final[dict[str, str]] = {}
        """What stands in the user's `.env`."""
        self.output.mkdir(parents=True)

    def environment(self, **variables: str) -> dict[str, str]:
        """What a command sees: nothing of the machine, nor of the network beyond what it is told of."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        own = {"HOME": str(self.folder), "LANG": "C.UTF-8", "UV_OFFLINE": "1"}
        return {**kept, **own, **self.variables, **variables}

    def serves(self, url: str, tenants: Sequence[Mapping[str, Any]]) -> None:
        """Let the tap read these tenants of the stand-in."""
        settable = ("name", "app_key", "app_secret")
        self.variables["TAP_IVRFLOW_API_URL"] = url
        self.variables["TAP_IVRFLOW_TENANTS"] = json.dumps(
            [{name: tenant[name] for name in settable} for tenant in tenants]
        )


class Project(Workplace):
    """A project with state, output and variables of its own, on the plugins of an `Installation`."""

    def __init__(self, folder: Path, installation: Installation) -> None:
        """Make the project in a folder that is not there yet."""
        super().__init__(folder)
        self.installation: Final = installation
        for name in PACKAGE:
            _copy(installation.folder / name, folder / name)
        (folder / ".meltano").mkdir()
        self.install_into(folder / ".meltano")

    def install_into(self, system: Path) -> None:
        """Let a system folder of Meltano's, which is there, have the installed plugins."""
        for kind in KINDS:
            (system / kind).symlink_to(self.installation.folder / ".meltano" / kind)
        # No state in it, but its tables, which take Meltano longer to make than a load.
        shutil.copyfile(self.installation.folder / ".meltano" / "meltano.db", system / "meltano.db")

    def meltano(self, *arguments: str, **variables: str) -> Finished:
        """Run Meltano to its end."""
        process = self.start(*arguments, **variables)
        return finish(process)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start Meltano; `finish` gives its end."""
        return start([str(MELTANO), *arguments], self.folder, self.environment(**variables))

    def run(self, *blocks: str, **variables: str) -> Finished:
        """`meltano run`, which has to succeed."""
        done = self.meltano("run", *blocks, **variables)
        assert done.code == 0, done
        return done

    def tap(self, config: Mapping[str, Any] | None = None, **variables: str) -> subprocess.Popen[str]:
        """Start the installed tap as Meltano would, but without it: on the variables and a `config`."""
        return self._plugin("tap-ivrflow", config, variables, stderr=subprocess.DEVNULL)

    def target(
        self, plugin: str, stdin: int | IO[str] | None, config: Mapping[str, Any] | None = None
    ) -> subprocess.Popen[str]:
        """Start an installed target as Meltano would, but without it: on a `config`, or on the variables."""
        schema = {f"{plugin.upper().replace('-', '_')}_DEFAULT_TARGET_SCHEMA": "tap_ivrflow"}
        return self._plugin(plugin, config, schema, stdin=stdin)

    def _plugin(
        self, plugin: str, config: Mapping[str, Any] | None, variables: Mapping[str, str], **streams: Any
    ) -> subprocess.Popen[str]:
        command = [str(self.installation.executable(plugin))]
        if config is not None:
            path = self.folder / f"{plugin}.json"
            path.write_text(json.dumps(config), encoding="utf-8")
            command.append(f"--config={path}")
        if config is None or plugin.startswith("tap-"):
            command.append("--config=ENV")
        return start(command, self.folder, self.environment(**variables), **streams)


def start(
    arguments: list[str], folder: Path, environment: Mapping[str, str], **streams: Any
) -> subprocess.Popen[str]:
    """Start a command whose output is kept."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.Popen(arguments, cwd=folder, env=dict(environment), encoding="utf-8", **streams)


def finish(process: subprocess.Popen[str], seconds: int = TOO_LONG) -> Finished:
    """Wait for a command's end."""
    try:
        stdout, stderr = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return Finished(process.returncode, stdout or "", stderr or "")


def run(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> Finished:
    return finish(start(arguments, folder, environment))


def installing_environment() -> dict[str, str]:
    """The machine's own environment, which knows how to reach the package index."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(USERS_OWN)}
    kept.pop("VIRTUAL_ENV", None)
    return kept


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=NOT_TAKEN)
    else:
        shutil.copyfile(source, target)


def _with_a_stand_in_for_snowflake(folder: Path) -> None:
    """Let target-snowflake, in the copy only, be one that has a stand-in for Snowflake in its process."""
    _copy(ROOT / "tests" / "targets" / "fakesnow", folder / "fakesnow")
    path = folder / "meltano.yml"
    project = yaml.safe_load(path.read_text(encoding="utf-8"))
    (plugin,) = (each for each in project["plugins"]["loaders"] if each["name"] == "target-snowflake")
    plugin["pip_url"] = "./fakesnow -c fakesnow/requirements.txt"
    plugin["executable"] = "target-snowflake-fakesnow"
    path.write_text(yaml.safe_dump(project, sort_keys=False), encoding="utf-8")
