"""What happens to rows whose flows are gone, on a PostgreSQL server, above all when a run does not end well."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from typing import IO

import pytest

from simulator.server import Simulator
from tests.targets.conftest import MakeProject
from tests.targets.destinations import Postgres
from tests.targets.postgres import Database
from tests.targets.project import Finished, Project, finish
from tests.targets.service import Key, Tenants, as_served, flow, rows

pytestmark = pytest.mark.targets

MANY = 200
"""Flows: so many that the tap writes some of them before it has all."""


@pytest.fixture
def project(make_project: MakeProject, service: Simulator) -> Project:
    project = make_project(Postgres.plugin)
    project.variables.update(
        TAP_IVRFLOW_API_URL=service.url,
        TAP_IVRFLOW_EMIT_ACTIVATE_VERSION_MESSAGES="true",
        TAP_IVRFLOW_MAX_RETRIES="0",
        TAP_IVRFLOW_CONCURRENCY="1",
    )
    return project


@pytest.fixture
def target(project: Project, database: Database) -> Postgres:
    return Postgres(project, database)


def _serve(project: Project, service: Simulator, served: Tenants) -> None:
    service.set_tenants(as_served(served))
    project.serves(service.url, as_served(served))


def _flows(*numbers: int) -> Tenants:
    """Two tenants with flows of these ids."""
    return {name: [flow(number) for number in numbers] for name in ("north", "south")}


def _both(numbers: Iterable[int]) -> set[Key]:
    return {(name, number) for name in ("north", "south") for number in numbers}


def _load(project: Project) -> Finished:
    return project.meltano("run", "tap-ivrflow", Postgres.plugin)


def test_with_hard_delete_a_removed_flow_is_gone_but_not_on_the_word_of_a_failed_run(
    project: Project, service: Simulator, target: Postgres
) -> None:
    project.variables["TARGET_POSTGRES_HARD_DELETE"] = "true"
    _serve(project, service, _flows(1, 2, 3))
    assert _load(project).code == 0
    assert target.look().rows.keys() == _both((1, 2, 3))

    _serve(project, service, _flows(1, 3))
    service.fault(call="ivr_flows", tenant="south", status=500)
    assert _load(project).code == 1
    assert target.look().rows.keys() == _both((1, 2, 3))

    assert _load(project).code == 0
    assert target.look().rows == rows(_flows(1, 3))


def test_a_tenant_without_flows_or_out_of_the_settings_loses_its_rows_and_the_others_keep_theirs(
    project: Project, service: Simulator, target: Postgres
) -> None:
    _serve(project, service, {**_flows(1, 2), "east": [flow(1)]})
    assert _load(project).code == 0

    _serve(project, service, {**_flows(1, 2), "south": []})
    assert _load(project).code == 0
    assert target.look().rows.keys() == _both((1, 2)) | {("east", 1)}
    assert target.look().marked == {("south", 1), ("south", 2), ("east", 1)}


@pytest.mark.parametrize("hard_delete", ["true", "false"])
def test_nothing_is_lost_when_the_tap_is_killed_in_the_middle(
    project: Project, service: Simulator, target: Postgres, hard_delete: str
) -> None:
    project.variables["TARGET_POSTGRES_HARD_DELETE"] = hard_delete
    before = _flows(*range(1, MANY + 1))
    _serve(project, service, before)
    assert _pipe(project).code == 0
    assert target.look().rows == rows(before)

    # North has half of its flows left, south is not answered before the tap is dead.
    after = _flows(*range(1, MANY // 2 + 1))
    _serve(project, service, after)
    service.fault(call="ivr_flows", tenant="south", delay=3600)
    assert _pipe(project, killed_after=MANY // 4).code == 0, "the target sees an end like any other"
    assert target.look().rows == rows(before)
    assert target.look().marked == set()

    service.clear_faults()
    assert _pipe(project).code == 0
    gone = _both(range(MANY // 2 + 1, MANY + 1))
    if hard_delete == "true":
        assert target.look().rows == rows(after)
    else:
        assert target.look().marked == gone


def _pipe(project: Project, *, killed_after: int | None = None) -> Finished:
    """Run the installed plugins as Meltano joins them; the tap is killed when so many lines came of it."""
    loading = project.target(Postgres.plugin, subprocess.PIPE)
    reading = project.tap()
    assert reading.stdout is not None
    assert loading.stdin is not None
    try:
        _pass_on(reading, reading.stdout, loading.stdin, killed_after)
    finally:
        reading.kill()
        reading.wait()
    reading.stdout.close()
    return finish(loading)


def _pass_on(reading: subprocess.Popen[str], lines: IO[str], into: IO[str], killed_after: int | None) -> None:
    for number, line in enumerate(lines, start=1):
        into.write(line)
        if number == killed_after:
            reading.kill()
            return
    assert killed_after is None
    assert reading.wait() == 0
