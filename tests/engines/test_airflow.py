"""The DAG, by `airflow dags test`: the real operators and the metadata database, without a scheduler."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
from pathlib import Path
from typing import Final

import pytest

from simulator.server import Simulator
from tests.engines.engine import EXAMPLES, SHARDS, TENANTS, Engine, example, prepare, serve
from tests.targets.conftest import MakeProject
from tests.targets.destinations import Postgres
from tests.targets.postgres import HOST, PASSWORD, USER, Database
from tests.targets.project import Project
from tests.targets.service import as_served, rows

pytestmark = pytest.mark.engines
DAG: Final = "airflow_dag.py"


@pytest.fixture
def project(make_project: MakeProject) -> Project:
    return make_project(Postgres.plugin, "dbt-postgres")


@pytest.fixture
def airflow(project: Project, service: Simulator, tmp_path: Path) -> Engine:
    home = tmp_path / "airflow"
    airflow = Engine(
        "airflow",
        home,
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        TAP_IVRFLOW_MAX_RETRIES="0",
    )
    changes = {
        '"/srv/ivr-flows"': f'"{project.folder}"',
        '"https://service.besclouds.com"': f'"{service.url}"',
        "timedelta(minutes=6)": "timedelta(0)",
    }
    (home / "dags").mkdir()
    (home / "dags" / DAG).write_text(example(DAG, changes), encoding="utf-8")
    done = airflow("airflow", "db", "migrate")
    assert done.code == 0, done
    return airflow


def documented_commands(database: Database) -> list[list[str]]:
    """The commands in the head of the DAG that make the variable and the connection, with a test's values."""
    text = (EXAMPLES / DAG).read_text(encoding="utf-8").replace("\\\n", "")
    values = {
        "db.example.com": HOST,
        "5432": str(database.server.port),
        "loader": USER,
        "...": PASSWORD,
    }
    commands = [shlex.split(line) for line in re.findall(r"^    airflow (.*)$", text, re.MULTILINE)]
    variable, connection = commands
    assert set(values) <= set(connection)
    assert json.loads(variable[-1])[0].keys() == {"name", "app_key", "app_secret"}
    tenants = [{key: each[key] for key in ("name", "app_key", "app_secret")} for each in as_served(TENANTS)]
    return [
        [*variable[:-1], json.dumps(tenants)],
        [*(values.get(word, word) for word in connection[:-1]), database.name],
    ]


def tries(airflow: Engine) -> dict[tuple[str, int], tuple[str, int]]:
    """The state and the number of tries of each task, which a map index of its own makes one of eight."""
    with sqlite3.connect(airflow.folder / "airflow.db") as connection:
        found = connection.execute("select task_id, map_index, state, try_number from task_instance")
        return {(task, index): (state, number) for task, index, state, number in found}


def test_the_dag_loads_eight_shards_repeats_the_one_that_failed_proves_and_builds(
    airflow: Engine, project: Project, service: Simulator, database: Database
) -> None:
    for command in documented_commands(database):
        done = airflow("airflow", *command)
        assert done.code == 0, done
    serve(service)
    prepare(project, SHARDS[1:])  # and the first is made by Meltano

    done = airflow("airflow", "dags", "test", "ivr_flows")

    assert done.code == 0, done
    ended = tries(airflow)
    assert {task: state for task, (state, _) in ended.items()} == dict.fromkeys(
        [*(("load", index) for index in range(8)), ("prove", -1), ("build", -1)], "success"
    )
    assert sorted(number for _, number in ended.values()) == [1] * 9 + [2]
    assert Postgres(project, database).look().rows == rows(TENANTS)
    proofs = database.ask("select tenant, records from tap_ivrflow.extractions where stream = 'ivr_flows'")
    assert {row["tenant"]: row["records"] for row in proofs} == dict.fromkeys(TENANTS, 3)
    answers = database.ask("select tenant, flow_id from ivr_analytics.current_flows")
    assert {(row["tenant"], row["flow_id"]) for row in answers} == rows(TENANTS).keys()
    assert [secret for secret in ("s3cret-", PASSWORD) if secret in str(done)] == []

    database.ask("delete from tap_ivrflow.ivr_flows where tenant = 'tenant-7' and id = 2 returning id")
    broken = airflow("airflow", "tasks", "test", "ivr_flows", "prove")
    assert "Test failed" in str(broken)

    # The variable of the environment goes before the connection in the database.
    shown = airflow(
        "airflow", "tasks", "render", "ivr_flows", "build", "2026-01-01",
        AIRFLOW_CONN_WAREHOUSE="postgres://loader:word@db.example.com/ivr",
    )  # fmt: skip
    assert re.search(r"'TARGET_POSTGRES_PORT': '5432'", shown.stdout), shown
