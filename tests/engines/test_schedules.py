"""What needs no engine but Meltano: the nightly script as cron starts it, and a schedule for each shard."""

from __future__ import annotations

import subprocess

import pytest
import yaml

from simulator.server import Simulator
from tests.engines.engine import EXAMPLES, SHARDS, TENANTS, prepare, serve, settle
from tests.targets.conftest import MakeProject
from tests.targets.destinations import DuckDB, Postgres
from tests.targets.postgres import Database
from tests.targets.project import MELTANO
from tests.targets.service import rows
from tests.test_nightly import crontab_command

pytestmark = pytest.mark.engines


def test_the_crontab_line_loads_and_builds_with_nothing_in_the_environment(
    make_project: MakeProject, service: Simulator
) -> None:
    project = make_project(DuckDB.plugin, "dbt-duckdb")
    serve(service)
    settle(project, service)
    command = ["env", "-i", "sh", "-c", crontab_command(project.folder, MELTANO)]

    assert subprocess.run(command, cwd="/", check=False).returncode == 1, "a tenant was refused"
    log = (project.output / "nightly.log").read_text(encoding="utf-8")
    assert "1 of 40 lists failed: tenant-7 (ivr_flows)" in log
    built = {row["tenant"] for row in DuckDB(project).ask("select tenant from ivr_analytics.current_flows")}
    assert built == TENANTS.keys() - {"tenant-7"}, "the answers of the others are built all the same"

    assert subprocess.run(command, cwd="/", check=False).returncode == 0, log
    target = DuckDB(project)
    assert target.look().rows == rows(TENANTS)
    answers = target.ask("select tenant, flow_id from ivr_analytics.current_flows")
    assert {(row["tenant"], row["flow_id"]) for row in answers} == rows(TENANTS).keys()


def test_each_of_the_eight_schedules_loads_its_shard_and_one_that_failed_is_started_again(
    make_project: MakeProject, service: Simulator, database: Database
) -> None:
    project = make_project(Postgres.plugin)
    target = Postgres(project, database)
    serve(service)
    prepare(project, SHARDS)
    settle(project, service)
    path = project.folder / "meltano.yml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    example = yaml.safe_load((EXAMPLES / "meltano-schedule.yml").read_text(encoding="utf-8"))
    settings["schedules"] += example["schedules"]
    path.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")

    names = [schedule["name"] for schedule in example["schedules"]]
    run = ("--environment=prod", "schedule", "run")
    failed = [name for name in names if project.meltano(*run, name).code != 0]
    assert len(failed) == 1
    again = project.meltano(*run, *failed)
    assert again.code == 0, again

    assert target.look().rows == rows(TENANTS)
