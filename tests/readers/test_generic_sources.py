"""The table of docs/behaviour.md: what sources for any REST service make of this one, and what this tap does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from simulator.data import generated_routes
from simulator.server import Simulator
from tests.harness import ROOT, TENANT, Command
from tests.more_targets.environments import Environments
from tests.readers.seen import FOLDER, LOCKS
from tests.targets.project import run

pytestmark = pytest.mark.targets

PAGE: Final = (ROOT / "docs" / "behaviour.md").read_text(encoding="utf-8")
FAILURE: Final = '{"returnCode": "1", "description": "the service is busy"}'
"""A failure inside a 200, of the documented kind."""


class Generic:
    """A source of a library, in its own environment and a folder for its state."""

    def __init__(self, name: str, service: Simulator, environments: Environments, folder: Path) -> None:
        self._python: Final = environments.command(name, "python")
        self._script: Final = FOLDER / f"generic_{name.replace('-', '_')}.py"
        self._service: Final = service
        self._folder: Final = folder

    def read(self, limit: int = 100) -> dict[str, Any]:
        """What it says of the rows, by pages of a limit; it never fails."""
        token = requests.post(
            f"{self._service.url}/apigovernance/api/oauth/tokenByAkSk",
            json={name: TENANT[name] for name in ("app_key", "app_secret")},
            headers={"X-Token-Expire": "600"},
            timeout=60,
        ).json()["AccessToken"]
        variables = {"HOME": str(self._folder), "RUNTIME__DLTHUB_TELEMETRY": "false"}
        command = [str(self._python), str(self._script), self._service.url, token, str(limit)]
        done = run(command, self._folder, variables)
        assert done.code == 0, done
        said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return said


@pytest.fixture
def service(service: Simulator) -> Simulator:
    routes = [{**route, "extCode": "90#1"} for route in generated_routes(250)]
    service.set_tenants([{**TENANT, "routes": routes}])
    return service


def cell(name: str, row: str) -> str:
    """A cell of the table on the page, by its column's name and how its row begins."""
    lines = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("|")]
    (head,) = (line for line in lines if line[0] == "the service")
    (found,) = (line for line in lines if line[0].startswith(row))
    return found[[title.split()[0] for title in head].index(name)]


@pytest.mark.parametrize("name", ["dlt", "airbyte-cdk"])
def test_a_generic_source_ends_in_success_as_the_page_says(
    name: str, service: Simulator, environments: Environments, tmp_path: Path
) -> None:
    source = Generic(name, service, environments, tmp_path)
    good = source.read()
    assert good["rows"] == 250
    assert cell(name, "an extension") == f"`{json.dumps(good['extension'])}`"

    service.fault(call="called_routes", body=FAILURE, skip=1)
    second = source.read()
    assert cell(name, "a failure inside a 200, second") == f"{second['rows']} rows, {second['status']}"

    service.clear_faults()
    assert source.read()["rows"] == 250
    service.fault(call="called_routes", body=FAILURE)
    first = source.read()
    assert cell(name, "a failure inside a 200, first") == f"{first['rows']} rows, {first['status']}"

    service.clear_faults()
    larger = source.read(limit=150)
    assert cell(name, "pages of 100") == f"{larger['rows']} rows, {larger['status']}"


def test_the_tap_does_as_the_page_says(service: Simulator, tap: Command) -> None:
    selected = tap.select("called_routes")
    good = tap(tap.config(), *selected)
    assert (good.code, len(good.records)) == (0, 250)
    assert cell("this", "pages of 100") == "250 rows, exit 0"
    assert {record["extCode"] for record in good.records} == {"90#1"}
    assert cell("this", "an extension") == '`"90#1"`'
    for row, skip in {"first": 0, "second": 1}.items():
        service.fault(call="called_routes", body=FAILURE, skip=skip)
        failed = tap(tap.config(max_retries=0), *selected)
        assert (failed.code, failed.records) == (1, [])
        assert cell("this", f"a failure inside a 200, {row}") == "no row, exit 1"
        service.clear_faults()


def test_the_page_names_the_versions_of_the_locks() -> None:
    (head,) = (line for line in PAGE.splitlines() if line.startswith("| the service |"))
    for package in ("dlt", "airbyte-cdk"):
        lock = (LOCKS / f"{package}.txt").read_text(encoding="utf-8")
        (version,) = re.findall(rf"^{package}(?:\[\w+\])?==(\S+)", lock, re.MULTILINE)
        assert f"{package} {version}" in head
