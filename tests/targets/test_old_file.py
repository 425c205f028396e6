"""A file that target-duckdb 0.8.0 on duckdb 1.0.0 and dbt 1.11 made is loaded on, with all its history."""

from __future__ import annotations

import lzma
from typing import Any, Final

import pytest

from simulator.data import tenants
from simulator.server import Simulator
from tests.harness import ROOT
from tests.targets.conftest import MakeProject
from tests.targets.destinations import DuckDB

pytestmark = pytest.mark.targets

FILE: Final = ROOT / "plugins" / "target-duckdb" / "tests" / "made_by_0.8.0.duckdb.xz"
"""What `make demo` made at commit a0b40fc, the last with that target."""

HISTORIES: Final = ("flow_history", "route_history", "queue_history")


def test_a_file_of_the_old_target_is_loaded_on_with_all_its_history(
    make_project: MakeProject, service: Simulator
) -> None:
    project = make_project(DuckDB.plugin, "dbt-duckdb")
    target = DuckDB(project)
    (project.folder / target.file).write_bytes(lzma.decompress(FILE.read_bytes()))
    before = {name: _states(target, name) for name in HISTORIES}
    assert all(before.values())
    served = tenants(3)
    service.set_tenants(served)
    project.serves(service.url, [vars(tenant) for tenant in served])

    project.run("tap-ivrflow", target.plugin, "dbt-duckdb:build", TAP_IVRFLOW__SELECT='["*.*"]')
    flows = {(tenant.name, flow["id"]) for tenant in served for flow in tenant.flows}
    found = target.ask("select tenant, flow_id from ivr_analytics.current_flows")
    assert {(row["tenant"], row["flow_id"]) for row in found} == flows
    after = {name: _states(target, name) for name in HISTORIES}
    # A state that was current then may be closed now; nothing else of it changes.
    assert all(before[name].items() <= after[name].items() for name in HISTORIES)
    # The demo had changed or deleted three flows, which are here as they were at first. Of a fourth, the old
    # target had loaded the empty description as null.
    new = after["flow_history"].keys() - before["flow_history"].keys()
    assert sorted((state["tenant"], state["flow_id"]) for state in (after["flow_history"][each] for each in new)) == [
        ("tenant-0001", 2), ("tenant-0002", 3), ("tenant-0002", 8), ("tenant-0003", 2),
    ]  # fmt: skip


def _states(target: DuckDB, history: str) -> dict[str, dict[str, Any]]:
    """The states of a history by their ids, without what a later build may change."""
    rows = target.ask(f"select * from ivr_analytics.{history}")  # noqa: S608 - names of ours
    changing = ("dbt_valid_to", "dbt_updated_at")
    return {row["dbt_scd_id"]: {name: row[name] for name in row if name not in changing} for row in rows}
