"""Every target is told the same scenario. Where one deviates from the rule, `destinations` says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

import pytest

from simulator.server import Simulator
from tests.targets.conftest import MakeDatabase, MakeProject
from tests.targets.destination import Destination, Rows
from tests.targets.destinations import JSONL, DuckDB, Postgres, Snowflake
from tests.targets.scenario import GONE, Scenario, Step, keys, play
from tests.targets.service import EXACT, Key, rows


def _loaded(scenario: Scenario, *steps: Step) -> Rows:
    """What is there after runs that loaded all that the service had."""
    if not scenario.target.upserts:
        steps = steps[-1:]
    together: Rows = {}
    for step in steps:
        together.update(rows(step.served))
    return scenario.target.expected(together)


def _marked(scenario: Scenario, *gone: Key) -> set[Key]:
    return set(gone) if scenario.target.marks else set()


def every_row_and_value_is_what_the_service_sent(scenario: Scenario) -> None:
    first = scenario.first
    assert first.done.code == 0, first.done
    assert first.loaded.rows.keys() >= {("north", 1), ("south", 1), ("east", 1), ("east", EXACT)}
    assert first.loaded.rows == _loaded(scenario, first)
    assert first.loaded.marked == set()


def the_columns_have_the_types_that_the_documentation_names(scenario: Scenario) -> None:
    assert scenario.target.column_types() == scenario.target.types


def a_second_load_doubles_nothing(scenario: Scenario) -> None:
    again = scenario.again
    assert again.done.code == 0, again.done
    assert again.loaded.rows == scenario.first.loaded.rows
    assert again.loaded.marked == set()


def a_field_that_the_service_added_is_dropped_with_one_warning(scenario: Scenario) -> None:
    warning = "ivr_flows: field(s) unknown to this version of the tap were dropped: colour"
    assert scenario.again.done.stderr.count(warning) == 1
    assert warning not in scenario.first.done.stderr


def what_was_changed_and_added_arrives_and_what_was_removed_is_known(scenario: Scenario) -> None:
    changed = scenario.changed
    assert changed.done.code == 0, changed.done
    assert changed.loaded.rows == _loaded(scenario, scenario.first, changed)
    assert changed.loaded.marked == _marked(scenario, *GONE)


def a_run_that_fails_half_way_loads_the_other_tenants_and_removes_nothing(scenario: Scenario) -> None:
    half = scenario.half
    assert half.done.code == 1, half.done
    assert "1 of 3 lists failed: south (ivr_flows)" in half.done.stderr
    read = {name: flows for name, flows in half.served.items() if name != "south"}
    before = scenario.changed.loaded.rows if scenario.target.upserts else {}
    assert half.loaded.rows == {**before, **scenario.target.expected(rows(read))}
    # North 2 and east 1 are gone from the service, which nobody may conclude; east 2 was seen again.
    assert half.loaded.marked == _marked(scenario, *(GONE - {("east", 2)}))


def a_good_run_after_it_brings_everything_right(scenario: Scenario) -> None:
    good = scenario.good
    assert good.done.code == 0, good.done
    assert good.loaded.rows == _loaded(scenario, scenario.first, scenario.changed, good)
    assert good.loaded.marked == _marked(
        scenario, *((keys(scenario.first.served) | {("south", 40)}) - keys(good.served))
    )


def the_proof_says_which_rows_are_still_there(scenario: Scenario) -> None:
    for step in (scenario.first, scenario.again, scenario.changed, scenario.good):
        assert step.loaded.present == keys(step.served)
    # A failed tenant keeps its rows and its proof where both are replaced by key, and has none in a new file.
    kept = {"south": scenario.changed.served["south"]} if scenario.target.upserts else {}
    read = {name: flows for name, flows in scenario.half.served.items() if name != "south"}
    assert scenario.half.loaded.present == keys({**read, **kept})


def in_duckdb_a_removed_flow_is_one_that_was_not_seen_any_more(scenario: Scenario) -> None:
    assert isinstance(scenario.target, DuckDB)
    found = scenario.target.ask("select tenant, id, _sdc_extracted_at as seen from tap_ivrflow.ivr_flows")
    seen = {(row["tenant"], row["id"]): row["seen"] for row in found}
    still_there = keys(scenario.good.served)
    gone = seen.keys() - still_there
    assert gone
    assert max(seen[key] for key in gone) < min(seen[key] for key in still_there)


def in_postgres_times_are_in_utc_wherever_the_server_is(scenario: Scenario) -> None:
    assert isinstance(scenario.target, Postgres)
    (found,) = scenario.target.ask(
        "select min(_sdc_extracted_at) as first, max(_sdc_deleted_at) as last from tap_ivrflow.ivr_flows"
    )
    assert scenario.began < found["first"] < found["last"] < dt.datetime.now(tz=dt.UTC).replace(tzinfo=None)


BEHAVIOURS: Final = (
    every_row_and_value_is_what_the_service_sent,
    the_columns_have_the_types_that_the_documentation_names,
    a_second_load_doubles_nothing,
    a_field_that_the_service_added_is_dropped_with_one_warning,
    what_was_changed_and_added_arrives_and_what_was_removed_is_known,
    a_run_that_fails_half_way_loads_the_other_tenants_and_removes_nothing,
    a_good_run_after_it_brings_everything_right,
    the_proof_says_which_rows_are_still_there,
)


def behaviours(target: Destination) -> list[Callable[[Scenario], None]]:
    """What a target has to show; columns have types in some only."""
    untyped = () if target.types else (the_columns_have_the_types_that_the_documentation_names,)
    return [each for each in BEHAVIOURS if each not in untyped]


OWN_BEHAVIOURS: Final = {
    "duckdb": (in_duckdb_a_removed_flow_is_one_that_was_not_seen_any_more,),
    "postgres": (in_postgres_times_are_in_utc_wherever_the_server_is,),
}


@pytest.mark.parametrize(
    "name",
    [
        "duckdb",
        *(pytest.param(name, marks=pytest.mark.targets) for name in ("jsonl", "postgres", "snowflake")),
    ],
)
def test_target(
    name: str,
    service: Simulator,
    make_project: MakeProject,
    make_database: MakeDatabase,
    subtests: pytest.Subtests,
) -> None:
    """One test a target, since a scenario takes some time to play; each behaviour passes or fails by itself."""
    targets: dict[str, Callable[[], Destination]] = {
        "duckdb": lambda: DuckDB(make_project(DuckDB.plugin)),
        "jsonl": lambda: JSONL(make_project(JSONL.plugin)),
        "postgres": lambda: Postgres(make_project(Postgres.plugin), make_database()),
        "snowflake": lambda: Snowflake(make_project(Snowflake.plugin)),
    }
    scenario = play(targets[name](), service)
    for behaviour in (*behaviours(scenario.target), *OWN_BEHAVIOURS.get(name, ())):
        with subtests.test(behaviour.__name__):
            behaviour(scenario)
