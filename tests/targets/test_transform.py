"""From rows to answers: the dbt project, run by Meltano on what the tap loaded."""

from __future__ import annotations

import pytest

from simulator.server import Simulator
from tests.targets.conftest import MakeDatabase, MakeProject
from tests.targets.destinations import DuckDB, Postgres
from tests.targets.service import Tenants, as_served, flow

BEFORE: Tenants = {
    "north": [flow(1), flow(2, isLoad=0), flow(3, flowType=99)],
    "south": [flow(1, flowType=6)],
}
AFTER: Tenants = {
    "north": [flow(1, "later"), flow(2, isLoad=1), flow(4)],  # 3 is gone
    "south": [flow(1, flowType=6)],
}


class Elsewhere(DuckDB):
    """Loads into a file that the user named, from the project's folder as `.env.example` does."""

    file = "output/elsewhere.duckdb"


@pytest.mark.targets
@pytest.mark.parametrize("database", ["duckdb", "postgres"])
def test_the_answers_follow_the_loads(
    make_project: MakeProject, make_database: MakeDatabase, service: Simulator, database: str
) -> None:
    transform = f"dbt-{database}"
    project = make_project(f"target-{database}", transform)
    target: Elsewhere | Postgres
    if database == "duckdb":
        target = Elsewhere(project)
        project.variables["TARGET_DUCKDB_PATH"] = target.file
    else:
        target = Postgres(project, make_database())
    service.set_tenants(as_served(BEFORE))
    project.serves(service.url, as_served(BEFORE))
    blocks = ("tap-ivrflow", target.plugin, f"{transform}:build")

    project.run(*blocks)
    counted = (
        "select tenant, flow_type_name, count(*) as flows, count(case when is_loaded then 1 end) as loaded_flows"
        " from ivr_analytics.current_flows group by tenant, flow_type_name order by tenant, flow_type_name"
    )
    assert [tuple(row.values()) for row in target.ask(counted)] == [
        ("north", "GSL service file", 2, 1),
        ("north", "unknown (99)", 1, 1),
        ("south", "WaitScript flow", 1, 1),
    ]
    changes = (
        "select tenant, object_id, change, field from ivr_analytics.changes_since_last_run order by 1, 2"
    )
    assert {row["change"] for row in target.ask(changes)} == {"added"}

    service.set_tenants(as_served(AFTER))
    project.run(*blocks)
    assert target.ask(changes) == [
        {"tenant": "north", "object_id": "1", "change": "changed", "field": "description"},
        {"tenant": "north", "object_id": "2", "change": "loaded", "field": "is_loaded"},
        {"tenant": "north", "object_id": "3", "change": "deleted", "field": None},
        {"tenant": "north", "object_id": "4", "change": "added", "field": None},
    ]
    current = target.ask("select tenant, flow_id from ivr_analytics.current_flows order by 1, 2")
    assert [(row["tenant"], row["flow_id"]) for row in current] == [
        ("north", 1), ("north", 2), ("north", 4), ("south", 1)
    ]  # fmt: skip

    # Flows alone have no findings, and Meltano says nothing on stdout.
    done = project.meltano("invoke", f"{transform}:new-findings")
    assert (done.code, done.stdout) == (0, ""), done
