"""A database that an earlier version of the dbt project built keeps its histories.

The folder `histories` holds what the project of commit a0b40fc built, before its models had their present names.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
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
    routes = [{**each, "deviceDesc": None} for each in ROUTES]
    warehouse.load("called_routes", "north", [routes[1]], extraction=1)
    warehouse.load("called_routes", "north", [{**routes[0], "deviceId": 2}, *routes[2:]], extraction=2)
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


@pytest.fixture
def warehouse(make_warehouse: MakeWarehouse) -> Warehouse:
    return make_warehouse("histories")


def load_all_lists(warehouse: Warehouse) -> None:
    """Load something into each history, with a number that leads nowhere, to flow 3."""
    warehouse.load("ivr_flows", "north", [flow(1), flow(2, isLoad=0)])
    warehouse.load("called_routes", "north", [ROUTES[0], ROUTES[2]])
    warehouse.load("access_codes", "north", HOTLINES[:1])
    warehouse.load("skill_queues", "north", QUEUES[:1])
    warehouse.load("satisfaction_config", "north", SURVEYS[:1])


ALL_HISTORIES: Final = (*HISTORIES, "hotline_history", "survey_history", "finding_history")


def test_a_history_is_not_built_with_empty(warehouse: Warehouse) -> None:
    load_all_lists(warehouse)
    warehouse.build()
    before = {history: _rows(warehouse, history) for history in ALL_HISTORIES}
    assert all(before.values())

    done = warehouse.dbt("build", "--empty")
    assert done.code != 0, done
    assert done.stdout.count("A history cannot be built with --empty") == 1
    assert {history: _rows(warehouse, history) for history in ALL_HISTORIES} == before


def test_a_column_that_is_watched_from_now_on_changes_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    fewer = tmp_path / "fewer"
    shutil.copytree(ROOT / "transform", fewer, ignore=shutil.ignore_patterns("target", "logs"))
    macro = fewer / "macros" / "watched_fields.sql"
    watched = macro.read_text(encoding="utf-8")
    assert "'max_concurrent_calls'," in watched
    macro.write_text(watched.replace("'max_concurrent_calls',", ""), encoding="utf-8")
    warehouse.load("ivr_flows", "north", [flow(1), flow(2)])
    warehouse.build(project=fewer)
    before = _rows(warehouse, "flow_history")
    assert not any("max_concurrent_calls" in row for row in before)

    warehouse.build()
    after = _rows(warehouse, "flow_history")
    assert len(after) == 2 * len(before), "dbt makes a new version of every row"
    assert warehouse.ask("select * from ivr_analytics.changes_since_last_run") == []
    assert len(warehouse.ask("select * from ivr_analytics.changes")) == len(before)


def test_hotlines_and_surveys_have_changes_too(warehouse: Warehouse) -> None:
    load_all_lists(warehouse)
    warehouse.build()
    warehouse.load("access_codes", "north", [{**HOTLINES[0], "numCallAttr": 1}, HOTLINES[1]], extraction=2)
    warehouse.load("satisfaction_config", "north", [], extraction=2)
    warehouse.build()
    changes = warehouse.ask(
        "select object, object_id, change, field, old_value, new_value"
        " from ivr_analytics.changes_since_last_run order by object, object_id"
    )
    assert [tuple(row.values()) for row in changes] == [
        ("hotline", HOTLINES[0]["id"], "changed", "direction", "3", "1"),
        ("hotline", HOTLINES[1]["id"], "added", None, None, None),
        ("survey", "0", "deleted", None, None, None),
    ]


def test_a_finding_is_new_once_and_keeps_the_time_when_it_was_first_seen(warehouse: Warehouse) -> None:
    new = "select finding_id from ivr_analytics.new_findings where severity = 'error' order by 1"
    load_all_lists(warehouse)
    warehouse.build()
    first = warehouse.ask("select finding_id, first_seen from ivr_analytics.findings order by finding_id")
    assert [row["finding_id"] for row in warehouse.ask(new)] == [
        row["finding_id"]
        for row in first
        if "broken" in row["finding_id"] or "not loaded" in row["finding_id"]
    ]

    printed = warehouse.dbt("run-operation", "print_new_findings", "--quiet")
    assert printed.stdout.splitlines()[0] == (
        "north: error: Number 95500 extension 3 leads to flow 3, which is gone."
    )
    assert ": info: " not in printed.stdout

    # Another wording is not another finding.
    warehouse.load("skill_queues", "north", [{**QUEUES[0], "name": "Sales"}], extraction=2)
    warehouse.build()
    assert warehouse.ask(new) == []
    again = warehouse.ask("select finding_id, first_seen from ivr_analytics.findings order by finding_id")
    assert again == first
    assert warehouse.ask("select * from ivr_analytics.findings where sentence like '%(Sales)%'") != []

    # What is gone and comes back is new.
    repaired = [{**ROUTES[2], "deviceId": 1}, ROUTES[0]]
    warehouse.load("called_routes", "north", repaired, extraction=3)
    warehouse.build()
    assert warehouse.ask("select * from ivr_analytics.findings where object = 'route'") == []
    warehouse.load("called_routes", "north", [ROUTES[0], ROUTES[2]], extraction=4)
    warehouse.build()
    assert [row["finding_id"] for row in warehouse.ask(new)] == [
        f"number {ROUTES[2]['id']} dialled flow 3 broken"
    ]


def test_all_histories_of_a_build_have_one_time_in_utc(warehouse: Warehouse) -> None:
    load_all_lists(warehouse)
    before = dt.datetime.now(tz=dt.UTC).replace(tzinfo=None)
    warehouse.build()
    times = {row["dbt_valid_from"] for history in ALL_HISTORIES for row in _rows(warehouse, history)}
    times |= {row["began_at"] for table in ("build_started", "builds") for row in _rows(warehouse, table)}
    (time,) = times
    assert before <= time <= dt.datetime.now(tz=dt.UTC).replace(tzinfo=None)


def _rows(warehouse: Warehouse, table: str) -> list[dict[str, Any]]:
    rows = warehouse.ask(f"select * from ivr_analytics.{table}")  # noqa: S608 - names of ours
    return sorted(rows, key=str)
