"""The work divides: eight shards, side by side, give exactly the rows of one run, and each its deletions."""

from __future__ import annotations

import zlib

import pytest

from simulator.server import Simulator
from tests.targets.conftest import MakeDatabase, MakeProject
from tests.targets.destinations import Postgres
from tests.targets.project import finish
from tests.targets.queries import CHECK, EXISTING
from tests.targets.service import Key, as_served, flow, rows

TENANTS = {
    f"tenant-{number}": [flow(each, f"flow {each} of {number}") for each in range(1, 4)]
    for number in range(1, 41)
}
SHARDS = [f"{number}/8" for number in range(1, 9)]


@pytest.mark.targets
def test_eight_shards_side_by_side_give_the_rows_of_one_run(
    make_project: MakeProject, make_database: MakeDatabase, service: Simulator
) -> None:
    whole = Postgres(make_project(Postgres.plugin), make_database())
    divided = Postgres(make_project(Postgres.plugin), make_database())
    service.set_tenants(as_served(TENANTS))
    for target in (whole, divided):
        target.project.serves(service.url, as_served(TENANTS))

    whole.project.run("tap-ivrflow", Postgres.plugin)
    # The table is there when they begin. Of several targets that make it at once, one does, the others fail.
    divided.project.run("tap-ivrflow", Postgres.plugin, TAP_IVRFLOW_TENANT_SHARD=SHARDS[0])

    _load(divided, SHARDS)
    assert divided.look() == whole.look()
    assert whole.look().rows == rows(TENANTS)
    assert _existing(divided) == rows(TENANTS).keys()

    fewer = {
        name: flows[1:] if zlib.crc32(name.encode()) % 8 == 0 else flows for name, flows in TENANTS.items()
    }
    assert fewer != TENANTS
    service.set_tenants(as_served(fewer))
    _load(divided, SHARDS[:1])
    assert _existing(divided) == rows(fewer).keys()
    assert divided.ask(CHECK) == []


def _load(target: Postgres, shards: list[str]) -> None:
    """Load shards side by side, without Meltano, of which eight at a time are a lot for a small machine."""
    pipes = []
    for shard in shards:
        tap = target.project.tap(TAP_IVRFLOW_TENANT_SHARD=shard)
        pipes.append((tap, target.project.target(Postgres.plugin, tap.stdout)))
        assert tap.stdout is not None
        tap.stdout.close()  # which is the target's now
    loads = [finish(loading) for _, loading in pipes]
    assert [tap.wait() for tap, _ in pipes] == [0] * len(shards)
    assert [load.code for load in loads] == [0] * len(shards), "\n".join(map(str, loads))


def _existing(target: Postgres) -> set[Key]:
    return {(row["tenant"], row["id"]) for row in target.ask(EXISTING)}
