"""The work divides: eight shards, side by side, give exactly the rows of one run."""

from __future__ import annotations

from simulator.server import Simulator
from tests.targets.conftest import MakeDatabase, MakeProject
from tests.targets.destinations import Postgres
from tests.targets.project import finish
from tests.targets.service import as_served, flow, rows

TENANTS = {
    f"tenant-{number}": [flow(each, f"flow {each} of {number}") for each in range(1, 4)]
    for number in range(1, 41)
}
SHARDS = [f"{number}/8" for number in range(1, 9)]


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

    # Without Meltano, of which eight at a time are a lot for a small machine.
    pipes = []
    for shard in SHARDS:
        tap = divided.project.tap(TAP_IVRFLOW_TENANT_SHARD=shard)
        pipes.append((tap, divided.project.target(Postgres.plugin, tap.stdout)))
        assert tap.stdout is not None
        tap.stdout.close()  # which is the target's now
    loads = [finish(target) for _, target in pipes]
    assert [tap.wait() for tap, _ in pipes] == [0] * len(SHARDS)
    assert [load.code for load in loads] == [0] * len(SHARDS), "\n".join(map(str, loads))

    assert divided.look() == whole.look()
    assert whole.look().rows == rows(TENANTS)
