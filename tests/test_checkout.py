"""What a newcomer does in a fresh clone: `make demo` on each Python, then without a network, and `make clean`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from scripts.pythons import VERSIONS, interpreter, newest
from tests.harness import copy_checkout

UV: Final = Path(sys.executable).with_name("uv")
LONG: Final = 1200
"""Seconds after which a demo is taken to hang."""
NO_NETWORK: Final = {
    "UV_OFFLINE": "1",
    "PIP_NO_INDEX": "1",
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:1"),
}
"""Nothing can be downloaded: the installers are told so, and other calls meet a closed port."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    copy_checkout(folder)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    return folder


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout


def make(folder: Path, target: str, **variables: str) -> str:
    """Run `make` without a terminal, and return what it printed; it has to succeed."""
    own = ("TAP_IVRFLOW_", "COVERAGE", "VIRTUAL_ENV", "NO_COLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    done = subprocess.run(
        ["make", "--no-print-directory", target, f"UV={UV}"],
        cwd=folder,
        env={**kept, "UV_PYTHON_DOWNLOADS": "never", **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=LONG,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def differences(folder: Path) -> list[str]:
    """The files that git does not have, and those that only git has."""
    return git(folder, "ls-files", "--others", "--deleted").splitlines()


@pytest.mark.parametrize(
    ("version", "networks"),
    [
        (newest(), [{}]),
        *(pytest.param(version, [{}, NO_NETWORK], marks=pytest.mark.targets) for version in VERSIONS),
    ],
)
def test_the_demo_shows_the_tables_and_needs_a_network_once(
    checkout: Path, version: str, networks: list[dict[str, str]]
) -> None:
    python = interpreter(version)
    if python is None:  # A job of the workflow has one Python, and the matrix has a job for each.
        pytest.skip(f"there is no Python {version} on this machine")
    for network in networks:
        shown = make(checkout, "demo", UV_PYTHON=str(python), **network)
        titles = [
            "The flows:",
            "Where each number leads:",
            "What is broken:",
            "What changed since the run before:",
        ]
        assert [line for line in shown.splitlines() if line in titles] == titles
        assert "The same rows again: a second load changes nothing." in shown
        changes = shown.partition(titles[-1])[2]
        assert {"added", "changed", "deleted"} <= set(re.findall(r"\w+", changes))
        # A terminal of 120 columns shows the tables whole, and there is no log.
        assert max(map(len, shown.splitlines())) <= 120
        assert not re.search(r"\x1b|Warning|WARN|\d\d:\d\d:\d\d", shown)
    make(checkout, "clean")
    assert differences(checkout) == []


def test_clean_leaves_what_git_has_and_what_is_the_users(checkout: Path) -> None:
    files = [
        ".env",
        "output/ivrflow.duckdb",
        "output/demo/ivrflow.duckdb",
        ".meltano/run/log",
        ".venv/bin/python",
        ".coverage.1",
        "plugins/install.log",
        "tests/__pycache__/a.pyc",
        "transform/logs/dbt.log",
        "transform/target/manifest.json",
    ]
    for name in files:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).touch()
    make(checkout, "clean")
    assert differences(checkout) == [".env", "output/ivrflow.duckdb"]
