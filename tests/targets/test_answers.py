"""The dbt project on tables as targets leave them, on both databases."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import Any, Final

import pytest
import yaml

from tests.harness import ROOT
from tests.targets.conftest import MakeWarehouse
from tests.targets.service import flow
from tests.targets.warehouse import Warehouse

pytestmark = pytest.mark.targets

CURRENT: Final = "select tenant, flow_id from ivr_analytics.current_flows order by 1, 2"
CHANGES: Final = (
    "select tenant, object, object_id, change, field"
    " from ivr_analytics.changes_since_last_run order by 1, 2, 3, 4, 5"
)
HISTORY: Final = "select * from ivr_analytics.flow_history order by tenant, flow_id, dbt_valid_from"
FAILED_LOADS: Final = (
    "select tenant, stream, expected, found from ivr_analytics_dbt_test__audit.loads_are_whole order by 1, 2"
)


@pytest.fixture
def warehouse(make_warehouse: MakeWarehouse) -> Warehouse:
    return make_warehouse("changing")


@pytest.fixture(scope="module")
def answers(make_warehouse: MakeWarehouse) -> Warehouse:
    """Something is wrong in each of the lists of `north`; of `south` only the flows are loaded."""
    warehouse = make_warehouse("answers")
    warehouse.load("ivr_flows", "north", [flow(3)], extraction=1)
    # Its access code is the number of a hotline, by chance.
    namesake = flow(4, ODD, accessCode="95500")
    warehouse.load(
        "ivr_flows", "north", [flow(1), flow(2, isLoad=0), namesake, flow(5, accessCode=None)], extraction=2
    )
    warehouse.load("ivr_flows", "south", [flow(1), flow(2, isLoad=0)], extraction=2)
    warehouse.load("called_routes", "north", ROUTES)
    warehouse.load("access_codes", "north", HOTLINES)
    warehouse.load("skill_queues", "north", QUEUES)
    warehouse.load("satisfaction_config", "north", SURVEYS)
    warehouse.build()
    return warehouse


def route(number: int, type_: int, target: int | None, extension: str | None = None) -> dict[str, Any]:
    return {
        "id": f"112539706115336910{number}",
        "accessCode": "95500",
        "extCode": extension,
        "devicetype": type_,
        "deviceId": target,
        "mediatypeId": 5,
    }


def hotline(number: int, code: str | None, direction: int | None) -> dict[str, Any]:
    return {
        "id": f"112416793546563379{number}",
        "accessCode": code,
        "mediatypeId": 5,
        "numCallAttr": direction,
    }


ROUTES: Final = [
    route(1, 3, 1),
    {**route(2, 3, 2, "2"), "deviceDesc": "a label from before"},
    {**route(3, 3, 3, "3"), "deviceDesc": "evening"},
    route(4, 1, 10, "4"),
    route(5, 1, 99, "5"),
    route(6, 3, None, "6"),
]
HOTLINES: Final = [
    hotline(1, "95500", 3),
    hotline(2, "95501", 1),
    hotline(3, "95502", 2),
    # Nothing is known of these, or nothing new.
    *(hotline(4, "", 1), hotline(5, None, 1), hotline(6, "95504", None), hotline(7, " 95500 ", 3)),
]
QUEUES: Final[list[dict[str, Any]]] = [
    {
        "skillId": 10,
        "name": "Orders",
        "noAgentsTransferType": "Transfer",
        "noAgentsDeviceType": 3,
        "noAgentsValue": 2,
        "busyTransferType": "Transfer",
        "busyDeviceType": 3,
        "busyValue": 3,
        "timeOutTransferType": "Transfer",
        "timeOutDeviceType": 3,
        "timeOutValue": 1,
    },
    {"skillId": 11, "name": "Closed", "busyTransferType": "Release", "busyDeviceType": 3, "busyValue": 0},
    # The flow of that id is not loaded, but a queue of it is fine.
    {"skillId": 2, "name": "Returns", "busyTransferType": "Transfer", "busyDeviceType": 1, "busyValue": 2},
]
SURVEYS: Final[list[dict[str, Any]]] = [
    {"position": 0, "enabled": True, "ivrId": 1, "channelType": "audio", "accessCode": "90599"},
    {"position": 1, "enabled": True, "ivrId": 3, "channelType": "audio", "accessCode": "90503"},
    {"position": 2, "enabled": True, "ivrId": 1, "channelType": "audio", "accessCode": "90501"},
    {"position": 5, "enabled": True, "ivrId": 1, "channelType": "audio", "accessCode": ""},
    {"position": 4, "enabled": True, "ivrId": 5, "channelType": "audio", "accessCode": "90505"},
    {"position": 3, "enabled": False, "ivrId": None, "channelType": None, "accessCode": None},
]

ODD: Final = '"]; <b>#1\n`%%{x}%%` & a|b:::c \\ end'
"""A text with whatever has a meaning to Mermaid."""

FINDINGS: Final = {
    "flow_without_known_way_in": 1,
    "hotline_without_route": 1,
    "number_leads_nowhere": 3,
    "queue_overflows_nowhere": 2,
    "survey_access_code_differs": 2,
    "survey_leads_nowhere": 1,
}
"""How many of each are in the lists above; the unit tests of the project have their sentences."""


def test_the_unit_tests_of_the_project_hold(answers: Warehouse) -> None:
    done = answers.dbt("test", "--select", "test_type:unit", unit_tests=True)
    assert done.code == 0, done
    path = ROOT / "transform" / "models" / "marts" / "_unit_tests.yml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))["unit_tests"]
    assert len(declared) > len(FINDINGS)
    assert set(re.findall(r"PASS \w+::(\w+)", done.stdout)) == {each["name"] for each in declared}


def test_every_column_is_described(answers: Warehouse) -> None:
    found = answers.ask(
        "select table_name, column_name from information_schema.columns where table_schema = 'ivr_analytics'"
    )
    described = {
        (entry["name"], column["name"])
        for path in (ROOT / "transform").rglob("_*.yml")
        for kind in ("models", "snapshots", "seeds")
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")).get(kind, [])
        for column in entry.get("columns", [])
        if column["description"]
    }
    deprecated = {path.stem for path in (ROOT / "transform" / "models" / "deprecated").glob("*.sql")}
    columns = {(row["table_name"], row["column_name"]) for row in found}
    assert {each for each in columns if each[0] not in deprecated} == described


def test_what_is_broken_is_found(answers: Warehouse) -> None:
    found = answers.ask("select tenant, finding from ivr_analytics.findings")
    assert {row["tenant"] for row in found} == {"north"}
    assert Counter(row["finding"] for row in found) == FINDINGS


def test_each_edge_of_the_map_joins_two_of_its_nodes(answers: Warehouse) -> None:
    edges = answers.ask("select tenant, from_node, to_node from ivr_analytics.call_map_edges")
    nodes = {
        (row["tenant"], row["node"]) for row in answers.ask("select * from ivr_analytics.call_map_nodes")
    }
    assert len(edges) == 14
    assert {(row["tenant"], row[end]) for row in edges for end in ("from_node", "to_node")} <= nodes


def test_the_map_in_mermaid_shows_any_text_as_it_is(answers: Warehouse) -> None:
    (row,) = answers.ask("select mermaid from ivr_analytics.call_map_mermaid where tenant = 'north'")
    lines = row["mermaid"].splitlines()
    (node,) = (line for line in lines if "flow 4" in line)
    label = re.fullmatch(r'\s+n\d+\["([^"]*)"\]', node)
    assert label is not None
    assert (
        re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label[1]) == f"flow 4: {ODD.replace(chr(10), ' ')}"
    )
    assert not set(label[1]) & set("<>&%`{}|:\\")
    assert sum("-->|" in line for line in lines) == 10
    assert sum("-.->|" in line for line in lines) == 4


def test_a_project_with_flows_only_builds(warehouse: Warehouse) -> None:
    warehouse.load("ivr_flows", "north", [flow(1)])
    done = warehouse.build()
    assert warehouse.ask(CURRENT) == [{"tenant": "north", "flow_id": 1}]
    assert "called_routes was not loaded for 1 tenant(s), such as north" in done.stdout
    assert "could not be found there: number_leads_nowhere, hotline_without_route" in done.stdout
    not_looked_for = warehouse.ask(
        "select stream, not_looked_for from ivr_analytics.tenant_freshness where extracted_at is null order by stream"
    )
    assert not_looked_for[0] == {"stream": "access_codes", "not_looked_for": "hotline_without_route"}
    assert len(not_looked_for) == 4
    for empty in ("dialled_numbers", "flow_entry_points", "findings"):
        assert warehouse.ask(f"select * from ivr_analytics.{empty}") == []  # noqa: S608 - names of ours
    assert "\x1b" not in done.stdout + done.stderr


def test_history_follows_the_proofs(warehouse: Warehouse) -> None:
    for tenant in ("emptied", "failed", "north"):
        warehouse.load("ivr_flows", tenant, [flow(1), flow(2)], extraction=1)
    warehouse.load("called_routes", "north", ROUTES[:2], extraction=1)
    warehouse.load("skill_queues", "north", QUEUES, extraction=1)
    warehouse.build()
    assert {row["change"] for row in warehouse.ask(CHANGES)} == {"added"}

    warehouse.load("ivr_flows", "emptied", [], extraction=2)
    warehouse.load("ivr_flows", "north", [flow(1, isLoad=0)], extraction=2)
    warehouse.load("called_routes", "north", [{**ROUTES[0], "deviceId": 2}], extraction=2)
    warehouse.load("skill_queues", "north", [{**QUEUES[0], "busyValue": 1}], extraction=2)
    warehouse.build()
    assert [tuple(row.values()) for row in warehouse.ask(CHANGES)] == [
        ("emptied", "flow", "1", "deleted", None),
        ("emptied", "flow", "2", "deleted", None),
        ("north", "flow", "1", "unloaded", "is_loaded"),
        ("north", "flow", "2", "deleted", None),
        ("north", "queue", "10", "changed", "busy_target_id"),
        ("north", "queue", "11", "deleted", None),
        ("north", "queue", "2", "deleted", None),
        ("north", "route", "1125397061153369101", "changed", "target_id"),
        ("north", "route", "1125397061153369102", "deleted", None),
    ]
    assert [tuple(row.values()) for row in warehouse.ask(CURRENT)] == [
        ("failed", 1), ("failed", 2), ("north", 1)
    ]  # fmt: skip

    warehouse.load("ivr_flows", "north", [flow(1, isLoad=0), flow(2)], extraction=3)
    warehouse.build()
    assert [tuple(row.values()) for row in warehouse.ask(CHANGES)] == [("north", "flow", "2", "added", None)]
    all_changes = warehouse.ask(
        "select change from ivr_analytics.changes"
        " where tenant = 'north' and object = 'flow' and object_id = '2' order by noticed_at"
    )
    assert [row["change"] for row in all_changes] == ["added", "deleted", "added"]


def test_rows_older_than_the_column_are_gone_once_there_is_a_proof(warehouse: Warehouse) -> None:
    for tenant in ("north", "unproven"):
        warehouse.load("ivr_flows", tenant, [flow(1), flow(2)], extraction=None, proven=False)
    warehouse.load("ivr_flows", "north", [flow(1)])
    done = warehouse.build()
    assert "WARN 1 lists_have_a_proof" in done.stdout
    unproven = warehouse.ask("select * from ivr_analytics_dbt_test__audit.lists_have_a_proof")
    assert unproven == [{"tenant": "unproven", "stream": "ivr_flows", "found": 2}]
    assert [tuple(row.values()) for row in warehouse.ask(CURRENT)] == [
        ("north", 1), ("unproven", 1), ("unproven", 2)
    ]  # fmt: skip


def test_a_row_that_the_target_marked_is_gone(warehouse: Warehouse) -> None:
    warehouse.load("ivr_flows", "north", [flow(1), flow(2)], extraction=1)
    warehouse.load("ivr_flows", "south", [flow(1)], extraction=2)
    # North has left the settings.
    warehouse.change(
        "update tap_ivrflow.ivr_flows set _sdc_deleted_at = _sdc_extracted_at where tenant = 'north'"
    )
    warehouse.build()
    assert warehouse.ask(CURRENT) == [{"tenant": "south", "flow_id": 1}]


def test_marks_of_a_load_that_died_are_not_believed(warehouse: Warehouse) -> None:
    warehouse.load("ivr_flows", "north", [flow(1), flow(2)])
    warehouse.change("update tap_ivrflow.ivr_flows set _sdc_deleted_at = _sdc_extracted_at")
    warehouse.build()
    assert [row["flow_id"] for row in warehouse.ask(CURRENT)] == [1, 2]


def test_a_load_that_lost_rows_stops_the_build_before_anything_is_rebuilt(warehouse: Warehouse) -> None:
    warehouse.load("ivr_flows", "north", [flow(1), flow(2)], extraction=1)
    warehouse.load("ivr_flows", "south", [flow(1)], extraction=1)
    warehouse.load("called_routes", "north", ROUTES[:2], extraction=1)
    warehouse.build()
    before = {table: _rows(warehouse, table) for table in TABLES}
    assert all(
        before[table] for table in ("current_flows", "flow_history", "dialled_numbers", "build_started")
    )

    warehouse.load("ivr_flows", "south", [flow(3)], extraction=2)
    warehouse.load("ivr_flows", "north", [flow(2), flow(4)], extraction=2)
    warehouse.load("called_routes", "north", ROUTES, extraction=2)
    warehouse.change("delete from tap_ivrflow.ivr_flows where tenant = 'north' and id = 4")
    warehouse.change("drop table tap_ivrflow.called_routes")
    done = warehouse.dbt("build")
    assert done.code == 1, done
    assert "loads_are_whole" in done.stdout
    assert [tuple(row.values()) for row in warehouse.ask(FAILED_LOADS)] == [
        ("north", "called_routes", len(ROUTES), 0),
        ("north", "ivr_flows", 2, 1),
    ]
    assert {table: _rows(warehouse, table) for table in TABLES} == before

    warehouse.build("--vars", "check_loads: false")
    assert [tuple(row.values()) for row in warehouse.ask(CURRENT)] == [("north", 2), ("south", 3)]


@pytest.mark.parametrize("lost", ["", " where tenant = 'north' and stream = 'ivr_flows'"])
def test_rows_whose_proof_was_lost_stop_the_build(warehouse: Warehouse, lost: str) -> None:
    warehouse.load("ivr_flows", "north", [flow(1), flow(2)], extraction=1)
    warehouse.load("called_routes", "north", ROUTES[:2], extraction=1)
    warehouse.load("ivr_flows", "north", [flow(1)], extraction=2)
    warehouse.build()
    assert [row["flow_id"] for row in warehouse.ask(CURRENT)] == [1]

    warehouse.change(f"delete from tap_ivrflow.extractions{lost}")  # noqa: S608 - names of ours
    done = warehouse.dbt("build")
    assert done.code == 1, done
    failed = [("north", "called_routes", None, 2), ("north", "ivr_flows", None, 2)]
    assert [tuple(row.values()) for row in warehouse.ask(FAILED_LOADS)] == failed[1 if lost else 0 :]
    assert [row["flow_id"] for row in warehouse.ask(CURRENT)] == [1], "no deleted flow came back"


def test_rows_that_a_dead_run_moved_forward_are_not_gone(warehouse: Warehouse) -> None:
    warehouse.load("ivr_flows", "north", [flow(1), flow(2)], extraction=1)
    warehouse.build()
    warehouse.load("ivr_flows", "north", [flow(1)], extraction=2, proven=False)
    assert warehouse.dbt("build").code == 1
    assert [tuple(row.values()) for row in warehouse.ask(FAILED_LOADS)] == [("north", "ivr_flows", 2, 1)]

    warehouse.build("--vars", "check_loads: false")
    assert [row["flow_id"] for row in warehouse.ask(CURRENT)] == [1, 2]
    assert warehouse.ask(CHANGES) == []

    warehouse.load("ivr_flows", "north", [flow(1)], extraction=3)
    warehouse.build()
    assert [row["flow_id"] for row in warehouse.ask(CURRENT)] == [1]


def test_a_failing_test_of_a_model_leaves_the_answers_behind_it_readable(warehouse: Warehouse) -> None:
    warehouse.load("ivr_flows", "north", [flow(1)], extraction=1)
    warehouse.build()
    before = _rows(warehouse, "current_flows")
    warehouse.change("insert into tap_ivrflow.ivr_flows select * from tap_ivrflow.ivr_flows")
    assert warehouse.dbt("build", "--vars", "check_loads: false").code == 1
    assert _rows(warehouse, "current_flows") == before


def test_a_number_with_two_routes_is_a_warning(warehouse: Warehouse) -> None:
    without_a_number = [{**route(number, 3, 1), "accessCode": None} for number in (3, 4)]
    warehouse.load("ivr_flows", "north", [flow(1), flow(2)])
    warehouse.load("called_routes", "north", without_a_number)
    done = warehouse.build("--select", "+dialled_numbers")
    assert " WARN=0 " in done.stdout
    warehouse.load(
        "called_routes", "north", [route(1, 3, 1), route(2, 3, 2), *without_a_number], extraction=2
    )
    done = warehouse.build("--select", "+dialled_numbers")
    assert "WARN 1 unique_together_dialled_numbers_tenant__access_code__extension" in done.stdout


def test_a_tenant_that_fails_for_days_is_a_warning(warehouse: Warehouse) -> None:
    now = dt.datetime.now(tz=dt.UTC)
    for tenant, hours in (("fresh", 1), ("stale", 100)):
        extracted_at = (now - dt.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        warehouse.load("ivr_flows", tenant, [flow(1)], extracted_at=extracted_at)
    done = warehouse.build("--select", "+tenant_freshness")
    assert "WARN 1 lists_are_fresh" in done.stdout
    stale = warehouse.ask("select tenant, stream from ivr_analytics_dbt_test__audit.lists_are_fresh")
    assert stale == [{"tenant": "stale", "stream": "ivr_flows"}]
    hours_ago = warehouse.ask(
        "select hours_ago from ivr_analytics.tenant_freshness where stream = 'ivr_flows' order by tenant"
    )
    assert all(isinstance(row["hours_ago"], int) for row in hours_ago)
    assert hours_ago[0]["hours_ago"] in {1, 2}
    assert hours_ago[1]["hours_ago"] in {100, 101}


TABLES: Final = (
    "build_started",
    "builds",
    "call_map_edges",
    "call_map_mermaid",
    "call_map_nodes",
    "changes",
    "changes_since_last_run",
    "current_flows",
    "dialled_numbers",
    "finding_history",
    "findings",
    "flow_entry_points",
    "flow_history",
    "flows_per_day",
    "hotline_history",
    "new_findings",
    "number_history",
    "queue_history",
    "route_history",
    "survey_history",
    "stg_ivrflow__flows",
)


def _rows(warehouse: Warehouse, table: str) -> list[str]:
    """The rows of an answer, in an order of their own."""
    rows = warehouse.ask(f"select * from ivr_analytics.{table}")  # noqa: S608 - names of ours
    return sorted(str(row) for row in rows)
