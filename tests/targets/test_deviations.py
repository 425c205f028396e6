"""Where the targets differ in what they take. `test_matrix` has what differs in what they make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.server import Simulator
from tests.targets.conftest import MakeDatabase, MakeProject
from tests.targets.destinations import JSONL, Plugin, Postgres
from tests.targets.project import Finished, Project, finish
from tests.targets.service import Tenants, as_served, flow, rows

pytestmark = pytest.mark.targets

TENANTS: Tenants = {"north": [flow(1), flow(2, ""), flow(3, None)], "south": [flow(1, "客服热线")]}


def _serve(project: Project, service: Simulator, served: Tenants) -> None:
    service.set_tenants(as_served(served))
    project.serves(service.url, as_served(served))


def _messages(project: Project, path: Path, **settings: object) -> Path:
    """Keep what the tap writes, to feed targets with."""
    done = finish(project.tap(settings))
    assert done.code == 0
    path.write_text(done.stdout, encoding="utf-8")
    return path


def _feed(target: Plugin, messages: Path, config: dict[str, object]) -> Finished:
    with messages.open(encoding="utf-8") as stdin:
        return finish(target.project.target(target.plugin, stdin, config))


def test_jsonl_appends_when_its_files_are_not_named_by_the_time(
    make_project: MakeProject, service: Simulator, tmp_path: Path
) -> None:
    project = make_project(JSONL.plugin)
    _serve(project, service, TENANTS)
    messages = _messages(project, tmp_path / "messages")
    for times in (1, 2):
        assert (
            _feed(JSONL(project), messages, {"destination_path": "output", "do_timestamp_file": False}).code
            == 0
        )
        lines = (project.output / "ivr_flows.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(lines) == times * len(rows(TENANTS))


@pytest.mark.parametrize("use_copy", ["true", "false"])
def test_postgres_refuses_the_character_nul_unless_it_may_replace_it(
    make_project: MakeProject, service: Simulator, make_database: MakeDatabase, use_copy: str
) -> None:
    target = Postgres(make_project(Postgres.plugin), make_database())
    _serve(target.project, service, {"north": [flow(1, "before\0after")]})
    target.project.variables["TARGET_POSTGRES_USE_COPY"] = use_copy
    variables = {"TARGET_POSTGRES_SANITIZE_NULL_TEXT_CHARACTERS": "false"}
    refused = target.project.meltano("run", "tap-ivrflow", Postgres.plugin, **variables)
    assert refused.code == 1
    assert "NUL" in refused.stderr

    done = target.project.run("tap-ivrflow", Postgres.plugin)
    assert ("COPY" in done.stderr) == (use_copy == "true")
    assert target.look().rows == rows({"north": [flow(1, "before\ufffdafter")]})
