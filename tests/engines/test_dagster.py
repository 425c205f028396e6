"""The asset, each partition that the schedule asks for, executed in Dagster's own process."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

import pytest

from simulator.server import Simulator
from tests.engines.engine import SHARDS, TENANTS, Engine, example, prepare, serve, settle
from tests.targets.conftest import MakeProject
from tests.targets.destinations import Postgres
from tests.targets.postgres import Database
from tests.targets.service import rows

pytestmark = pytest.mark.engines

EXECUTE: Final = """
import json
import dagster as dg
from dagster_assets import defs

repository = defs.get_repository_def()
(schedule,) = repository.schedule_defs
ended = {}
with dg.DagsterInstance.get() as instance:
    assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 4
    tick = schedule.evaluate_tick(dg.build_schedule_context(instance, repository_def=repository))
    for request in tick.run_requests:
        job = repository.get_job(schedule.job_name)
        result = job.execute_in_process(partition_key=request.partition_key, instance=instance, raise_on_error=False)
        retries = [event for event in result.all_events if event.event_type_value == "STEP_UP_FOR_RETRY"]
        ended[request.partition_key] = [result.success, len(retries)]
print(json.dumps(ended))
"""


def test_the_schedule_asks_for_eight_partitions_and_the_one_that_failed_is_repeated(
    make_project: MakeProject, service: Simulator, database: Database, tmp_path: Path
) -> None:
    project = make_project(Postgres.plugin)
    target = Postgres(project, database)
    serve(service)
    prepare(project, SHARDS)
    settle(project, service)
    home = tmp_path / "dagster"
    dagster = Engine("dagster", home, DAGSTER_HOME=str(home), DAGSTER_DISABLE_TELEMETRY="1")
    changes = {'"/srv/ivr-flows"': f'"{project.folder}"', "= 6 * 60": "= 0"}
    text = example("dagster_assets.py", changes)
    (home / "dagster_assets.py").write_text(text, encoding="utf-8")
    (documented,) = re.findall("^    (concurrency: .*)$", text, re.MULTILINE)
    (home / "dagster.yaml").write_text(documented, encoding="utf-8")

    done = dagster("python", "-c", EXECUTE)

    assert done.code == 0, done
    ended = json.loads(done.stdout.splitlines()[-1])
    assert list(ended) == [f"{number}-of-8" for number in range(1, 9)]
    assert [success for success, _ in ended.values()] == [True] * 8, done
    assert sorted(retries for _, retries in ended.values()) == [0] * 7 + [1]
    assert target.look().rows == rows(TENANTS)
