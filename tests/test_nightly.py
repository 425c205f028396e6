"""`docs/examples/nightly.sh`, started as cron does it: by `sh`, with nothing in the environment."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.harness import ROOT

SCRIPT: Final = ROOT / "docs" / "examples" / "nightly.sh"
LOAD: Final = "run tap-ivrflow target-duckdb"
BUILD: Final = "invoke dbt-duckdb:build"


def crontab_command(project: Path, meltano: Path) -> str:
    """The command of the line for crontab, as it stands in the script, with other paths."""
    found = re.search(
        r"^#   [\d*]+(?: [\d*]+){4} /srv/ivr-flows(/.*\.sh) (/srv/ivr-flows) (/srv/ivr-flows/.*)$",
        SCRIPT.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert found is not None
    return f"'{ROOT}{found[1]}' '{project}' '{meltano}'"


class Cron:
    """Starts the line, with a `meltano` that notes its calls and ends as told."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.meltano = project / "meltano"
        (project / "output").mkdir()

    def __call__(
        self, *, load: int = 0, build: int = 0, during: str = ":", target: str = ""
    ) -> subprocess.CompletedProcess[str]:
        self.meltano.write_text(
            f'#!/bin/sh\necho "$*" >>calls\necho to stdout\necho to stderr >&2\n{during}\n'
            f"case $1 in run) exit {load} ;; *) exit {build} ;; esac\n",
            encoding="utf-8",
        )
        self.meltano.chmod(0o755)
        return subprocess.run(
            ["/bin/sh", "-c", f"{self.command} {target}"],
            env={},
            cwd="/",
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    @property
    def command(self) -> str:
        return crontab_command(self.project, self.meltano)

    @property
    def calls(self) -> list[str]:
        return (self.project / "calls").read_text(encoding="utf-8").splitlines()

    @property
    def log(self) -> str:
        return (self.project / "output" / "nightly.log").read_text(encoding="utf-8")


@pytest.fixture
def cron(tmp_path: Path) -> Cron:
    return Cron(tmp_path)


def test_it_loads_and_builds_in_the_projects_folder_and_says_nothing(cron: Cron) -> None:
    done = cron()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert cron.calls == [LOAD, BUILD]


def test_it_does_the_same_for_postgres(cron: Cron) -> None:
    assert cron(target="postgres").returncode == 0
    assert cron.calls == [LOAD.replace("duckdb", "postgres"), BUILD.replace("duckdb", "postgres")]


def test_the_log_keeps_what_the_commands_of_each_night_wrote(cron: Cron) -> None:
    cron()
    cron()
    assert re.findall("to std.*", cron.log) == ["to stdout", "to stderr"] * 4


@pytest.mark.parametrize(("load", "build", "code"), [(3, 0, 3), (0, 2, 2), (3, 2, 3)])
def test_the_exit_code_is_that_of_the_first_that_failed_and_the_answers_are_built_all_the_same(
    cron: Cron, load: int, build: int, code: int
) -> None:
    done = cron(load=load, build=build)
    assert (done.returncode, cron.calls) == (code, [LOAD, BUILD])
    assert done.stderr == f"nightly.sh failed with exit code {code}, see {cron.project}/output/nightly.log\n"


def test_a_run_that_meets_another_leaves_it_alone_and_ends_with_75(cron: Cron) -> None:
    # Only the first call starts a second run, or without a lock there would be no end of them.
    done = cron(during=f'[ -e met ] || {{ touch met; {cron.command}; echo "the second: $?"; }}')
    assert done.returncode == 0
    assert cron.calls == [LOAD, BUILD], "the second called nothing"
    assert cron.log.count("The run before still goes on.") == 1
    assert "the second: 75\n" in cron.log


def test_the_lock_is_gone_with_a_run_that_failed(cron: Cron) -> None:
    cron(load=1)
    assert cron().returncode == 0
