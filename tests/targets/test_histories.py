"""A database that an earlier version of the dbt project built keeps its histories.

The folder `histories` holds what the project of commit a0b40fc built, before its models had their present names.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.harness import ROOT
from tests.targets.conftest import MakeWarehouse
from tests.targets.service import flow
from tests.targets.test_answers import HOTLINES, QUEUES, ROUTES, SURVEYS
from tests.targets.warehouse import Warehouse

pytestmark = pytest.mark.targets

HISTORIES: Final = {"flow_history": 10, "route_history": 7, "queue_history": 4}
"""The number of states in each, of which five are closed."""

OLD_NAMES: Final = {
    "flow_references": "flow_entry_points",
    "last_build": "build_started",
    "numbers": "dialled_numbers",
    "stg_access_codes": "stg_ivrflow__hotlines",
    "stg_called_routes": "stg_ivrflow__routes",
    "stg_extractions": "stg_ivrflow__extractions",
    "stg_ivr_flows": "stg_ivrflow__flows",
    "stg_satisfaction_config": "stg_ivrflow__surveys",
    "stg_skill_queues": "stg_ivrflow__queues",
}


@pytest.fixture(scope="module")
def upgraded(make_warehouse: MakeWarehouse) -> tuple[Warehouse, dict[str, list[dict[str, Any]]]]:
    """A warehouse that the earlier version built and this one built again, and its histories in between."""
    warehouse = make_warehouse("upgraded")
    dump = ROOT / "tests" / "targets" / "histories" / f"{warehouse.plugin.removeprefix('dbt-')}.sql"
    for statement in dump.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            warehouse.change(statement)
    load_what_was_loaded_then(warehouse)
    before = {history: _rows(warehouse, history) for history in HISTORIES}
    warehouse.build()
    return warehouse, before


def load_what_was_loaded_then(warehouse: Warehouse) -> None:
    """The last load of each list before the dump was made."""
    renamed = "it's \\ 客服\nhere"
    warehouse.load("ivr_flows", "north", [flow(1), flow(2, "Christmas"), flow(3)], extraction=3)
    warehouse.load("ivr_flows", "south", [flow(1), flow(2), flow(3, renamed)], extraction=2)
    warehouse.load("called_routes", "north", [ROUTES[1]], extraction=1)
    changed = [{**ROUTES[0], "deviceId": 2}, *ROUTES[2:]]
    warehouse.load("called_routes", "north", changed, extraction=2)
    warehouse.load("skill_queues", "north", [{**QUEUES[0], "busyValue": 1}, QUEUES[1]], extraction=2)
    warehouse.load("access_codes", "north", HOTLINES, extraction=2)
    warehouse.load("satisfaction_config", "north", SURVEYS, extraction=2)


def test_every_state_of_a_history_is_kept(
    upgraded: tuple[Warehouse, dict[str, list[dict[str, Any]]]],
) -> None:
    warehouse, before = upgraded
    assert {history: len(rows) for history, rows in before.items()} == HISTORIES
    assert sum(row["dbt_valid_to"] is not None for rows in before.values() for row in rows) > len(HISTORIES)
    assert {history: _rows(warehouse, history) for history in HISTORIES} == before


def test_the_first_build_after_the_move_reports_no_change(
    upgraded: tuple[Warehouse, dict[str, list[dict[str, Any]]]],
) -> None:
    warehouse, _ = upgraded
    assert warehouse.ask("select * from ivr_analytics.changes_since_last_run") == []


@pytest.mark.parametrize("old", OLD_NAMES)
def test_an_old_name_holds_what_the_new_one_does(
    upgraded: tuple[Warehouse, dict[str, list[dict[str, Any]]]], old: str
) -> None:
    warehouse, _ = upgraded
    assert _rows(warehouse, old) == _rows(warehouse, OLD_NAMES[old]) != []


def _rows(warehouse: Warehouse, table: str) -> list[dict[str, Any]]:
    rows = warehouse.ask(f"select * from ivr_analytics.{table}")  # noqa: S608 - names of ours
    return sorted(rows, key=str)
