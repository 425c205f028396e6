"""A target that is killed in the middle of its load: nothing is taken for deleted that is there.

Into DuckDB such a load is rolled back, which the loader's own tests show.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any, Final

import pytest

from simulator.server import Simulator
from tests.harness import ROOT
from tests.targets.conftest import MakeDatabase, MakeProject
from tests.targets.project import Finished, Project, finish
from tests.targets.queries import CHECK, EXISTING
from tests.targets.service import Key, Tenants, as_served, flow
from tests.targets.warehouse import PostgresWarehouse, Warehouse

pytestmark = pytest.mark.targets

BEFORE: Final[Tenants] = {"north": [flow(1), flow(2), flow(3), flow(5), flow(6)], "south": [flow(1), flow(2)]}
AFTER: Final[Tenants] = {"north": [flow(1, "changed"), flow(3), flow(4), flow(5), flow(6)], "south": []}
GONE: Final = {("north", 2), ("south", 1), ("south", 2)}
POINTS: Final = 10


class Pipe:
    """The tap and a target, joined by a file."""

    def __init__(self, project: Project, service: Simulator, folder: Path) -> None:
        self._project: Final = project
        self._service: Final = service
        self._folder: Final = folder
        self._statements: Final = folder / "statements"

    def read(self, tenants: Tenants, name: str) -> Path:
        """The file of what the tap writes."""
        self._service.set_tenants(as_served(tenants))
        self._project.serves(self._service.url, as_served(tenants))
        done = finish(self._project.tap())
        assert done.code == 0, done
        path = self._folder / name
        path.write_text(done.stdout, encoding="utf-8")
        return path

    def load(self, warehouse: Warehouse, lines: Path, kill_before: int = 0) -> Finished:
        """Load a file; the target is killed before a write or commit, counted from 1."""
        self._project.variables.update(
            PYTHONPATH=str(ROOT / "tests" / "kills"),
            KILL_BEFORE=str(kill_before),
            STATEMENTS=str(self._statements),
        )
        # In batches of two, so that a list is loaded in several.
        configuration = {
            **warehouse.configuration,
            "default_target_schema": "tap_ivrflow",
            "batch_size_rows": 2,
        }
        with lines.open(encoding="utf-8") as stdin:
            done = finish(self._project.target(warehouse.target, stdin, configuration))
        del self._project.variables["PYTHONPATH"]
        return done

    def statements(self) -> int:
        """How many writes and commits the last load had that was not killed."""
        return int(self._statements.read_text(encoding="utf-8"))


@pytest.fixture
def warehouse(make_project: MakeProject, make_database: MakeDatabase, tmp_path: Path) -> Warehouse:
    installation = make_project(PostgresWarehouse.target).installation
    folder = tmp_path / "warehouse"
    folder.mkdir()
    return PostgresWarehouse(installation, folder, make_database())


@pytest.fixture
def pipe(warehouse: Warehouse, make_project: MakeProject, service: Simulator, tmp_path: Path) -> Pipe:
    return Pipe(make_project(warehouse.target), service, tmp_path)


def test_a_load_that_is_killed_never_becomes_a_deletion(
    warehouse: Warehouse, pipe: Pipe, tmp_path: Path
) -> None:
    assert pipe.load(warehouse, pipe.read(BEFORE, "before")).code == 0
    warehouse.build()
    history = _history(warehouse)
    after, again = (pipe.read(AFTER, name) for name in ("after", "again"))
    whole = warehouse.copy(tmp_path / "whole")
    assert pipe.load(whole, after).code == 0
    flows, proofs = _loaded(whole)
    statements = pipe.statements()
    assert statements > POINTS

    stopped: dict[tuple[str, str], bool] = {}
    mended: set[bool] = set()
    for point in range(1, POINTS + 1):
        killed = warehouse.copy(tmp_path / f"killed-{point}")
        done = pipe.load(killed, after, kill_before=1 + (statements - 1) * point // POINTS)
        assert done.code == -signal.SIGKILL, done
        loaded = _loaded(killed)
        if loaded in stopped:  # The same tables as at another point.
            continue
        stopped[loaded] = killed.dbt("build").code != 0
        if stopped[loaded]:
            assert killed.ask("select * from ivr_analytics_dbt_test__audit.loads_are_whole") != []
            assert _history(killed) == history
        else:
            assert killed.ask(CHECK) == []
        assert _current(killed) >= _keys(BEFORE) & _keys(AFTER)

        assert pipe.load(killed, again).code == 0
        assert killed.ask(CHECK) == []
        assert _flows(killed.ask(EXISTING)) == _keys(AFTER)
        # The tables are the same again, and so is a history that was left alone: one build tells for all.
        if stopped[loaded] not in mended:
            killed.build()
            assert _current(killed) == _keys(AFTER)
            assert _deleted(killed) == GONE
            mended.add(stopped[loaded])
    assert mended == {True, False}
    # The worst order: this target commits the proofs before the last batch of the flows.
    assert any(stopped[state] for state in stopped if state[0] != flows and state[1] == proofs)


def _keys(tenants: Tenants) -> set[Key]:
    return {(name, each["id"]) for name, flows in tenants.items() for each in flows}


def _flows(rows: list[dict[str, Any]]) -> set[Key]:
    return {(row["tenant"], row["id"]) for row in rows}


def _current(warehouse: Warehouse) -> set[Key]:
    return _flows(warehouse.ask("select tenant, flow_id as id from ivr_analytics.current_flows"))


def _deleted(warehouse: Warehouse) -> set[Key]:
    return _flows(
        warehouse.ask(
            "select tenant, cast(object_id as bigint) as id from ivr_analytics.changes"
            " where object = 'flow' and change = 'deleted'"
        )
    )


def _history(warehouse: Warehouse) -> list[str]:
    return sorted(map(str, warehouse.ask("select * from ivr_analytics.flow_history")))


def _loaded(warehouse: Warehouse) -> tuple[str, str]:
    """The state of the two loaded tables."""
    flows = warehouse.ask("select tenant, id, extraction from tap_ivrflow.ivr_flows order by 1, 2")
    proofs = warehouse.ask("select tenant, stream, extraction from tap_ivrflow.extractions order by 1, 2")
    return str(flows), str(proofs)
