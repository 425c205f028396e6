"""The proof of each list, in real targets: the queries of docs/proof.md tell what is there, gone and lost."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import Any, ClassVar, Final, TypeAlias

import duckdb
import pytest

from simulator.server import Simulator
from tests.targets.conftest import MakeDatabase, MakeProject
from tests.targets.destinations import JSONL, DuckDB, Plugin, Postgres
from tests.targets.project import finish
from tests.targets.queries import APPENDED, CHECK, CHECKED, EXISTING, PAGE
from tests.targets.service import Key, Tenants, as_served, flow

pytestmark = pytest.mark.targets

BEFORE: Final[Tenants] = {
    "north": [flow(1), flow(2), flow(3)],
    "south": [flow(1), flow(2)],
    "east": [flow(1)],
    "west": [flow(1), flow(2)],
}
AFTER: Final[Tenants] = {
    "north": [flow(1, "changed"), flow(3), flow(4)],
    "south": [],
    "east": [flow(1), flow(2)],
    "west": [flow(2, "changed")],
}
HOUR: Final = 3_600_000
"""Milliseconds."""

Flows: TypeAlias = dict[Key, str | None]
"""The descriptions of flows by their keys."""


class Newest(JSONL):
    """The newest row of each key in the files, as a warehouse would have it that reads them."""

    columns: ClassVar = {
        "ivr_flows": "tenant text, id bigint, description text, extraction bigint",
        "extractions": "tenant text, stream text, extraction bigint, records bigint",
    }

    def ask(self, query: str) -> list[dict[str, Any]]:
        with duckdb.connect() as connection:
            connection.execute("create schema tap_ivrflow")
            for stream, columns in self.columns.items():
                connection.execute(f"create table tap_ivrflow.{stream} ({columns})")
                names = [column.split()[0] for column in columns.split(", ")]
                for row in self._newest(stream, key=names[1]):
                    values = [row[name] for name in names]
                    connection.execute(f"insert into tap_ivrflow.{stream} values (?, ?, ?, ?)", values)  # noqa: S608 - names of ours
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _newest(self, stream: str, key: str) -> Iterable[dict[str, Any]]:
        newest: dict[tuple[str, object], dict[str, Any]] = {}
        for path in sorted(self.project.output.glob(f"{stream}-*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                newest[row["tenant"], row[key]] = row
        return newest.values()


class Loads:
    """A target that is given what the tap wrote, or a part of it."""

    def __init__(self, target: DuckDB | Newest | Postgres, service: Simulator) -> None:
        self.target: Final = target
        self.project: Final = target.project
        self._service: Final = service
        self.project.variables["TAP_IVRFLOW_MAX_RETRIES"] = "0"

    def serve(self, tenants: Tenants) -> None:
        self._service.set_tenants(as_served(tenants))
        self.project.serves(self._service.url, as_served(tenants))

    def read(self, **variables: str) -> list[str]:
        """The lines that the tap writes."""
        done = finish(self.project.tap(None, **variables))
        assert done.code == 0, done
        return done.stdout.splitlines(keepends=True)

    def load(self, lines: Iterable[str]) -> None:
        """Give the lines to the target, which has to end well."""
        path = self.project.folder / "lines.jsonl"
        path.write_text("".join(lines), encoding="utf-8")
        with path.open(encoding="utf-8") as stdin:
            done = finish(self.project.target(self.target.plugin, stdin, CONFIGURATIONS[self.target.plugin]))
        assert done.code == 0, done

    def existing(self, query: str = EXISTING) -> Flows:
        found = self.target.ask(query)
        flows = {(row["tenant"], row["id"]): row["description"] for row in found}
        assert len(flows) == len(found), "two rows with one key"
        return flows

    def lost(self) -> list[tuple[Any, ...]]:
        """Tenant, stream, rows expected and rows found of each list that is not whole."""
        return sorted(tuple(row.values()) for row in self.target.ask(CHECK))


CONFIGURATIONS: Final[dict[str, dict[str, Any] | None]] = {
    DuckDB.plugin: {"path": DuckDB.file, "default_target_schema": "tap_ivrflow"},
    JSONL.plugin: {"destination_path": "output", "do_timestamp_file": True},
    Postgres.plugin: None,  # by its variables
}
"""What Meltano would give them."""


def flows(tenants: Tenants) -> Flows:
    return {(name, each["id"]): each["description"] for name, listed in tenants.items() for each in listed}


@pytest.fixture(params=[DuckDB, Newest, Postgres])
def loads(
    request: pytest.FixtureRequest, make_project: MakeProject, make_database: MakeDatabase, service: Simulator
) -> Loads:
    kind: type[Plugin] = request.param
    project = make_project(kind.plugin)
    target = Postgres(project, make_database()) if kind is Postgres else kind(project)
    assert isinstance(target, DuckDB | Newest | Postgres)
    return Loads(target, service)


def test_the_flows_that_exist_are_those_of_the_service_and_the_last_known_of_a_tenant_that_failed(
    loads: Loads, service: Simulator
) -> None:
    blocks = ("tap-ivrflow", loads.target.plugin)
    loads.serve(BEFORE)
    loads.project.run(*blocks)
    assert loads.existing() == loads.existing(CHECKED) == flows(BEFORE)
    assert loads.lost() == []

    loads.serve(AFTER)
    service.fault(call="ivr_flows", tenant="west", status=503, times=None)
    failed = loads.project.meltano("run", *blocks)
    assert failed.code == 1, failed
    assert "1 of 4 lists failed: west (ivr_flows)" in failed.stderr
    assert loads.existing() == loads.existing(CHECKED) == flows({**AFTER, "west": BEFORE["west"]})
    assert loads.lost() == []

    service.clear_faults()
    loads.project.run(*blocks)
    assert loads.existing() == loads.existing(CHECKED) == flows(AFTER)
    assert loads.lost() == []


def test_a_record_that_the_target_drops_is_missed_and_nothing_is_concluded_of_that_tenant(
    loads: Loads,
) -> None:
    loads.serve(BEFORE)
    loads.load(loads.read())

    loads.serve(AFTER)
    messages = loads.read()
    dropped = [line for line in messages if not _is_flow(line, "north", 3)]
    assert len(dropped) == len(messages) - 1
    loads.load(dropped)
    assert loads.lost() == [("north", "ivr_flows", 3, 2)]
    assert loads.existing(CHECKED) == flows({**AFTER, "north": [*AFTER["north"], flow(2)]})

    loads.load(loads.read())
    assert loads.lost() == []
    assert loads.existing() == flows(AFTER)


def test_proofs_that_arrive_before_their_rows_are_seen(loads: Loads) -> None:
    loads.serve(BEFORE)
    loads.load(loads.read())
    loads.serve(AFTER)
    messages = loads.read()

    loads.load(line for line in messages if _stream(line) == "extractions")
    assert loads.lost() == [
        ("east", "ivr_flows", 2, 0),
        ("north", "ivr_flows", 3, 0),
        ("west", "ivr_flows", 1, 0),
    ]
    assert loads.existing(CHECKED) == flows({**BEFORE, "south": []})

    loads.load(line for line in messages if _stream(line) == "ivr_flows")
    assert loads.lost() == []
    assert loads.existing() == loads.existing(CHECKED) == flows(AFTER)


def test_rows_without_a_proof_are_seen(loads: Loads) -> None:
    loads.serve(BEFORE)
    loads.load(line for line in loads.read() if _stream(line) != "extractions" or '"SCHEMA"' in line)
    assert loads.lost() == [
        (name, "ivr_flows", None, len(listed)) for name, listed in sorted(BEFORE.items()) if listed
    ]


@pytest.mark.parametrize("loads", [Newest], indirect=True)
def test_a_load_that_ends_at_any_point_deletes_nothing_that_is_there(loads: Loads) -> None:
    loads.serve(BEFORE)
    loads.load(loads.read())
    loads.serve(AFTER)
    messages = loads.read()
    known = flows(BEFORE).keys() & flows(AFTER).keys()

    seen = []
    for number in range(1, len(messages) + 1):
        loads.load(messages[:number])
        assert loads.existing().keys() >= known
        assert loads.existing(CHECKED).keys() >= known
        seen.append(loads.lost() != [])
    assert len(seen) > 10
    assert {True, False} == {*seen}
    assert not seen[-1]
    assert loads.existing() == loads.existing(CHECKED) == flows(AFTER)


def test_a_clock_that_steps_back_lets_nothing_be_taken_for_deleted(loads: Loads) -> None:
    loads.serve(BEFORE)
    loads.load(loads.read())

    loads.serve(AFTER)
    early = [_an_hour_earlier(line) for line in loads.read()]
    loads.load(early)
    assert loads.lost() == []
    assert loads.existing() == loads.existing(CHECKED) == {**flows(BEFORE), **flows(AFTER)}

    loads.load(loads.read())
    assert loads.lost() == []
    assert loads.existing() == flows(AFTER)


def test_a_load_that_dies_under_a_clock_that_stepped_back_is_seen(loads: Loads) -> None:
    loads.serve(BEFORE)
    loads.load(loads.read())

    early = [_an_hour_earlier(line) for line in loads.read()]
    loads.load(line for line in early if _stream(line) != "extractions")
    assert [(tenant, found) for tenant, _, _, found in loads.lost()] == [(name, 0) for name in sorted(BEFORE)]
    assert loads.existing(CHECKED) == flows(BEFORE)


# On PostgreSQL, where shards are loaded side by side, test_shards has the same.
@pytest.mark.parametrize("loads", [DuckDB, Newest], indirect=True)
def test_deletions_in_one_shard_need_no_run_over_everything(loads: Loads) -> None:
    tenants: Tenants = {f"tenant-{number}": [flow(1), flow(2)] for number in range(1, 17)}
    shards = [f"{number}/8" for number in range(1, 9)]
    loads.serve(tenants)
    for shard in shards:
        loads.load(loads.read(TAP_IVRFLOW_TENANT_SHARD=shard))
    assert loads.existing() == flows(tenants)

    fewer = {
        name: listed[1:] if zlib.crc32(name.encode()) % 8 == 0 else listed for name, listed in tenants.items()
    }
    assert fewer != tenants
    loads.serve(fewer)
    loads.load(loads.read(TAP_IVRFLOW_TENANT_SHARD=shards[0]))
    assert loads.existing() == loads.existing(CHECKED) == flows(fewer)
    assert loads.lost() == []


@pytest.mark.parametrize(
    ("stream", "key"),
    [("called_routes", "id"), ("access_codes", "id"), ("skill_queues", '"skillId"'), ("satisfaction_config", "position")],
)  # fmt: skip
def test_the_queries_fit_the_other_lists(stream: str, key: str) -> None:
    queries = [
        query.replace("ivr_flows", stream).replace("f.id", f"f.{key}") for query in (EXISTING, CHECK, CHECKED)
    ]
    assert f"| `{stream}` | `{key}`" in PAGE
    found: dict[int, list[Any]] = {}
    for counted in (1, 2):  # As many rows as there are, and one that the target lost.
        with duckdb.connect() as connection:
            connection.execute("create schema tap_ivrflow")
            connection.execute(f"create table tap_ivrflow.{stream} (tenant text, {key} int, extraction int)")
            connection.execute(f"insert into tap_ivrflow.{stream} values ('north', 1, 5), ('north', 2, 4)")  # noqa: S608 - names of ours
            connection.execute(
                "create table tap_ivrflow.extractions as"
                f" select 'north' tenant, '{stream}' stream, 5 extraction, {counted} records"
            )
            found[counted] = [sorted(connection.execute(query).fetchall()) for query in queries]
    rows = [("north", 1, 5), ("north", 2, 4)]
    assert found == {1: [rows[:1], [], rows[:1]], 2: [rows[:1], [("north", stream, 2, 1)], rows]}


def _stream(line: str) -> object:
    return json.loads(line).get("stream")


def _is_flow(line: str, tenant: str, number: int) -> bool:
    message = json.loads(line)
    record = message.get("record", {})
    return message.get("stream") == "ivr_flows" and (record.get("tenant"), record.get("id")) == (
        tenant,
        number,
    )


def _an_hour_earlier(line: str) -> str:
    message = json.loads(line)
    if message["type"] == "RECORD":
        message["record"]["extraction"] -= HOUR
    return f"{json.dumps(message)}\n"


def test_where_each_run_is_written_anew_the_newest_proof_of_a_tenant_counts() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema tap_ivrflow")
        connection.execute("create table tap_ivrflow.ivr_flows (tenant text, id bigint, extraction bigint)")
        connection.execute(
            "create table tap_ivrflow.extractions (tenant text, stream text, extraction bigint)"
        )
        rows = [("north", 1, 100), ("north", 2, 100), ("south", 1, 100), ("north", 1, 200), ("south", 9, 200)]
        proofs = [("north", 100), ("south", 100), ("north", 200)]  # South failed in the second run.
        connection.executemany("insert into tap_ivrflow.ivr_flows values (?, ?, ?)", rows)
        connection.executemany("insert into tap_ivrflow.extractions values (?, 'ivr_flows', ?)", proofs)
        connection.execute("insert into tap_ivrflow.extractions values ('south', 'called_routes', 200)")
        assert sorted(connection.execute(APPENDED).fetchall()) == [("north", 1, 200), ("south", 1, 100)]
