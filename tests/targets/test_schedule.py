"""The scheduled job as shipped, and the environment for production."""

from __future__ import annotations

import json

import pytest

from simulator.server import Simulator
from tests.targets.conftest import MakeProject
from tests.targets.destinations import DuckDB, Postgres
from tests.targets.postgres import Database
from tests.targets.project import Project
from tests.targets.service import as_served, flow, rows

TENANTS = {"north": [flow(1), flow(2)], "south": [flow(1)]}
pytestmark = pytest.mark.targets

STATE = "dev:tap-ivrflow-to-target-duckdb"


@pytest.fixture
def project(make_project: MakeProject, service: Simulator) -> Project:
    project = make_project(DuckDB.plugin, "dbt-duckdb")
    service.set_tenants(as_served(TENANTS))
    project.serves(service.url, as_served(TENANTS))
    project.variables["TAP_IVRFLOW_MAX_RETRIES"] = "0"
    return project


def _state(project: Project) -> object:
    done = project.meltano("state", "get", STATE)
    assert done.code == 0, done
    return json.loads(done.stdout)


def _answers(target: DuckDB) -> set[tuple[str, int, str]]:
    answers = target.ask("select tenant, flow_id, description from ivr_analytics.flow_history")
    return {(row["tenant"], row["flow_id"], row["description"]) for row in answers}


def test_the_daily_schedule_loads_and_builds_and_a_failure_of_either_side_fails_it_and_leaves_what_was_good(
    project: Project, service: Simulator
) -> None:
    target = DuckDB(project)
    done = project.meltano("schedule", "run", "daily")
    assert done.code == 0, done
    assert target.look().rows == rows(TENANTS)
    good, answers = _state(project), _answers(target)
    assert answers == {
        (tenant, number, row["description"]) for (tenant, number), row in rows(TENANTS).items()
    }

    later = {**TENANTS, "north": [flow(1, "later")]}
    service.set_tenants(as_served(later))
    service.fault(call="ivr_flows", tenant="south", status=500)
    failed = project.meltano("schedule", "run", "daily")
    assert failed.code != 0
    assert "1 of 2 lists failed: south (ivr_flows)" in failed.stderr
    assert target.look().rows == {**rows(TENANTS), **rows({"north": later["north"]})}
    assert _answers(target) == answers, "built after a load that failed"

    before = target.look()
    failed = project.meltano("schedule", "run", "daily", TARGET_DUCKDB_PATH="no/such/folder/ivrflow.duckdb")
    assert failed.code != 0
    assert "Loader failed" in failed.stderr
    assert _state(project) == good
    assert target.look() == before

    service.clear_faults()
    assert project.meltano("schedule", "run", "daily", IVRFLOW_SOURCE_SCHEMA="elsewhere").code != 0
    assert target.look().rows == {**rows(TENANTS), **rows({"north": later["north"]})}
    assert _answers(target) == answers


def test_prod_has_no_value_but_those_of_the_environment_and_a_file_env_is_enough(
    make_project: MakeProject, project: Project, database: Database
) -> None:
    project.variables["MELTANO_ENVIRONMENT"] = "prod"
    assert project.meltano("run", "tap-ivrflow", DuckDB.plugin).code != 0, "nobody said which file"
    assert not list(project.output.iterdir())

    target = Postgres(make_project(Postgres.plugin, "dbt-postgres"), database)
    variables = {**project.variables, **target.project.variables}
    target.project.variables.clear()
    dotenv = "".join(f"{name}='{value}'\n" for name, value in variables.items())
    (target.project.folder / ".env").write_text(dotenv, encoding="utf-8")
    target.project.run("ivr-flows-to-postgres")
    assert target.look().rows == rows(TENANTS)
    answers = database.ask("select tenant, flow_id from ivr_analytics.current_flows")
    assert {(row["tenant"], row["flow_id"]) for row in answers} == rows(TENANTS).keys()
