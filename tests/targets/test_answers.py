"""The dbt project on tables as targets leave them, on both databases."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

import pytest

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
    "number_leads_nowhere": [
        (
            "error",
            "route",
            "1125397061153369102",
            "Number 95500 extension 2 leads to flow 2, which is not loaded.",
        ),
        ("error", "route", "1125397061153369103", "Number 95500 extension 3 leads to flow 3, which is gone."),
        (
            "error",
            "route",
            "1125397061153369105",
            "Number 95500 extension 5 leads to queue 99, which is gone.",
        ),
    ],
    "queue_overflows_nowhere": [
        ("error", "queue", "10", "Queue 10 (Orders) overflows (busy) to flow 3, which is gone."),
        ("error", "queue", "10", "Queue 10 (Orders) overflows (no agents) to flow 2, which is not loaded."),
    ],
    "survey_leads_nowhere": [
        ("error", "survey", "1", "The survey after a call uses flow 3, which is gone."),
    ],
    "survey_access_code_differs": [
        ("warning", "survey", "4", "The survey after a call has access code 90505, but its flow 5 has none."),
        (
            "warning",
            "survey",
            "0",
            "The survey after a call has access code 90599, but its flow 1 has 90501.",
        ),
    ],
    "hotline_without_route": [
        ("warning", "hotline", "95501", "Hotline 95501 has no route: calls to it lead nowhere."),
    ],
    "flow_without_known_way_in": [
        (
            "info",
            "flow",
            "4",
            "No known reference to flow 4; agents and other flows may still transfer to it.",
        ),
    ],
}


@pytest.mark.parametrize("finding", FINDINGS)
def test_what_is_broken_is_found(answers: Warehouse, finding: str) -> None:
    found = answers.ask(
        "select tenant, finding, severity, object, object_id, sentence from ivr_analytics.findings order by sentence"
    )
    assert {row["tenant"] for row in found} == {"north"}
    rows = [row for row in found if row["finding"] == finding]
    assert [(r["severity"], r["object"], r["object_id"], r["sentence"]) for r in rows] == FINDINGS[finding]


def test_no_other_kind_of_finding_exists(answers: Warehouse) -> None:
    found = answers.ask("select distinct finding from ivr_analytics.findings")
    assert {row["finding"] for row in found} == set(FINDINGS)


def test_a_number_is_shown_with_where_it_leads(answers: Warehouse) -> None:
    rows = answers.ask(
        "select access_code, extension, direction, media, leads_to, target_id, target_name, target_exists,"
        " target_is_loaded from ivr_analytics.dialled_numbers order by access_code, coalesce(extension, '')"
    )
    media = "audio and video"
    text = "Exception handling"
    assert [tuple(row.values()) for row in rows] == [
        ("95500", None, "both", media, "flow", 1, text, True, True),
        ("95500", "2", "both", media, "flow", 2, text, True, False),
        ("95500", "3", "both", media, "flow", 3, "evening", False, None),
        ("95500", "4", "both", media, "queue", 10, "Orders", True, None),
        ("95500", "5", "both", media, "queue", 99, None, False, None),
        ("95500", "6", "both", media, "flow", None, None, None, None),
        ("95501", None, "in", media, None, None, None, None, None),
    ]


def test_a_target_has_its_own_name_and_the_routes_label_only_where_it_is_gone(answers: Warehouse) -> None:
    rows = answers.ask(
        "select to_node, to_name from ivr_analytics.call_map_edges"
        " where from_kind = 'number' and to_node in ('flow 2', 'flow 3')"
    )
    assert {row["to_node"]: row["to_name"] for row in rows} == {
        "flow 2": "Exception handling",
        "flow 3": "evening",
    }


def test_the_map_has_every_state_with_its_reason(answers: Warehouse) -> None:
    rows = answers.ask("select node, state, why from ivr_analytics.call_map_nodes where tenant = 'north'")
    states = {row["node"]: (row["state"], row["why"]) for row in rows}
    assert len(rows) == len(states)
    shown = (
        "flow 1",
        "flow 2",
        "flow 3",
        "queue 99",
        "number 95500 ext. 3",
        "number 95500 ext. 6",
        "number 95501",
    )
    assert {node: states[node] for node in shown} == {
        "flow 1": ("ok", None),
        "flow 2": ("not loaded", "Flow 2 is not loaded."),
        "flow 3": ("broken", "Flow 3 is gone."),
        "queue 99": ("broken", "Queue 99 is gone."),
        "number 95500 ext. 3": ("broken", "Number 95500 extension 3 leads to flow 3, which is gone."),
        "number 95500 ext. 6": ("unknown", "Number 95500 ext. 6 has a route without a target."),
        "number 95501": ("broken", "Hotline 95501 has no route: calls to it lead nowhere."),
    }


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


def test_every_known_way_into_a_flow_is_shown(answers: Warehouse) -> None:
    rows = answers.ask(
        "select flow_id, source, source_name, reason from ivr_analytics.flow_entry_points"
        " order by flow_id, source, reason, source_id"
    )
    assert [tuple(row.values()) for row in rows] == [
        (1, "queue", "Orders", "time-out"),
        (1, "route", "95500", "dialled"),
        *[(1, "survey", "audio", "after a call")] * 3,
        (2, "queue", "Orders", "no agents"),
        (2, "route", "95500 ext. 2", "dialled"),
        (3, "queue", "Orders", "busy"),
        (3, "route", "95500 ext. 3", "dialled"),
        (3, "survey", "audio", "after a call"),
        (5, "survey", "audio", "after a call"),
    ]


def test_a_project_with_flows_only_builds(warehouse: Warehouse) -> None:
    warehouse.load("ivr_flows", "north", [flow(1)])
    done = warehouse.build()
    assert warehouse.ask(CURRENT) == [{"tenant": "north", "flow_id": 1}]
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
    warehouse.build()
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


def test_a_tenant_that_fails_for_days_is_a_warning(warehouse: Warehouse) -> None:
    now = dt.datetime.now(tz=dt.UTC)
    for tenant, hours in (("fresh", 1), ("stale", 100)):
        extracted_at = (now - dt.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        warehouse.load("ivr_flows", tenant, [flow(1)], extracted_at=extracted_at)
    done = warehouse.build("--select", "+tenant_freshness")
    assert "WARN=1" in done.stdout
    stale = warehouse.ask("select tenant, stream from ivr_analytics_dbt_test__audit.lists_are_fresh")
    assert stale == [{"tenant": "stale", "stream": "ivr_flows"}]
    hours_ago = warehouse.ask("select tenant, hours_ago from ivr_analytics.tenant_freshness order by tenant")
    assert hours_ago[0]["hours_ago"] in {1, 2}
    assert hours_ago[1]["hours_ago"] in {100, 101}


TABLES: Final = (
    "build_started",
    "changes",
    "changes_since_last_run",
    "current_flows",
    "dialled_numbers",
    "findings",
    "flow_entry_points",
    "flow_history",
    "queue_history",
    "route_history",
    "stg_ivrflow__flows",
)


def _rows(warehouse: Warehouse, table: str) -> list[str]:
    """The rows of an answer, in an order of their own."""
    rows = warehouse.ask(f"select * from ivr_analytics.{table}")  # noqa: S608 - names of ours
    return sorted(str(row) for row in rows)
