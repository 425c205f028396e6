"""`make demo`: load the simulator's tenants with the real `meltano run`, and show the result."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb

from simulator.data import Tenant, tenants
from simulator.server import Simulator, running

_ROOT: Final = Path(__file__).resolve().parent.parent
_OUTPUT: Final = _ROOT / "output" / "demo"
_DATABASE: Final = _OUTPUT / "ivrflow.duckdb"
_TENANTS: Final = tenants(3)
"""The first holds the documented example."""

_TAP_AND_TARGET: Final = ("tap-ivrflow", "target-duckdb")
_USERS_OWN: Final = ("DBT_", "IVRFLOW_", "MELTANO_", "TAP_IVRFLOW_", "TARGET_DUCKDB_")
"""What the variables begin with that would lead the demo to the user's own tenants or data."""

_NEXT: Final = """
To load your own tenant, put this into the file .env (.env.example has the rest):

  TAP_IVRFLOW_APP_KEY='your app key'
  TAP_IVRFLOW_APP_SECRET='your app secret'
  TAP_IVRFLOW_API_URL='https://your-host'  # unless it is https://service.besclouds.com

and run `.venv/bin/meltano run tap-ivrflow target-duckdb`, which loads into output/ivrflow.duckdb.
To build the reports, run `.venv/bin/meltano run dbt-duckdb:build`, see transform/README.md.
"""


def main() -> None:
    """Run the demo and exit: 0, or 1 with a line that says what failed."""
    try:
        _OUTPUT.mkdir(parents=True, exist_ok=True)
        # Every demo begins at the beginning, or nothing would be new in its first load.
        _DATABASE.unlink(missing_ok=True)
        _meltano("install", *_TAP_AND_TARGET, "dbt-duckdb")
        with running(_TENANTS) as simulator:
            _load_twice_and_change(simulator)
    except (OSError, RuntimeError, duckdb.Error) as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    _say(_NEXT)


def _load_twice_and_change(simulator: Simulator) -> None:
    """Load and transform, load the same again, then load what was changed in the meantime."""
    variables = _variables(simulator.url)
    _meltano("run", *_TAP_AND_TARGET, "dbt-duckdb:build", variables=variables)
    loaded = _show_flows()

    _meltano("run", *_TAP_AND_TARGET, variables=variables)
    with _query(_flows()) as flows:
        if flows.fetchall() != loaded:
            raise RuntimeError("a second load changed the table")
    _say("\nThe same rows again: a second load changes nothing.")

    simulator.set_tenants(_changed())
    _say("\nIn the meantime flows are changed, added and deleted in the call centre.")
    started = dt.datetime.now(tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    variables["IVRFLOW_LOAD_STARTED_AT"] = started
    _meltano("run", *_TAP_AND_TARGET, "dbt-duckdb:build", variables=variables)
    _show("ivr_analytics.flows_by_tenant_and_type", "tenant, flow_type")
    _show("ivr_analytics.changes_since_last_run", "tenant, flow_id, field")


def _changed() -> list[Tenant]:
    """Give the tenants with one flow of each changed, and one deleted, added or loaded."""
    documented, second, third = (
        replace(tenant, flows=[dict(flow) for flow in tenant.flows]) for tenant in _TENANTS
    )
    documented.flows[1].update(description="Christmas")
    second.flows[2].update(isLoad=1)
    deleted = replace(second, flows=second.flows[:-1])
    added = replace(third, flows=[*third.flows, {**third.flows[0], "id": 100, "accessCode": "0100"}])
    return [documented, deleted, added]


def _variables(api_url: str) -> dict[str, str]:
    """Give what the run needs to know, and keep its calls to this machine away from any proxy."""
    credentials = [
        {"name": tenant.name, "app_key": tenant.app_key, "app_secret": tenant.app_secret}
        for tenant in _TENANTS
    ]
    return {
        "TAP_IVRFLOW_API_URL": api_url,
        "TAP_IVRFLOW_TENANTS": json.dumps(credentials),
        "TARGET_DUCKDB_PATH": str(_DATABASE),
        "NO_PROXY": "*",
        "no_proxy": "*",
    }


def _meltano(*arguments: str, variables: Mapping[str, str] | None = None) -> None:
    """Run a Meltano command apart from the user's `.env`, variables and `.meltano`.

    Raises:
        RuntimeError: it failed; it has said why.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_USERS_OWN)}
    apart = {"MELTANO_SYS_DIR_ROOT": str(_OUTPUT / ".meltano")}
    meltano = Path(sys.executable).with_name("meltano")
    _say(f"$ meltano {' '.join(arguments)}")
    finished = subprocess.run(  # noqa: S603 - the project's own Meltano
        [meltano, "--env-file", os.devnull, *arguments],
        check=False,
        cwd=_ROOT,
        env={**kept, **apart, **(variables or {})},
    )
    if finished.returncode:
        raise RuntimeError(f"`meltano {' '.join(arguments)}` failed, and says why above")


def _show_flows() -> list[tuple[object, ...]]:
    """Print the loaded table, the columns in the schema's order, and return its rows.

    Raises:
        RuntimeError: its keys are not those of the simulator's flows.
    """
    _say(f"\n{_DATABASE.relative_to(_ROOT)}, table tap_ivrflow.ivr_flows:")
    with _query(_flows()) as flows:
        _print(flows)
        rows = flows.fetchall()
    served = {(tenant.name, flow["id"]) for tenant in _TENANTS for flow in tenant.flows}
    if served != {(tenant, flow_id) for tenant, flow_id, *_ in rows}:
        raise RuntimeError("the table does not hold just the simulator's flows")
    return rows


def _flows() -> str:
    schema = json.loads((_ROOT / "schemas" / "ivr_flows.json").read_text(encoding="utf-8"))
    # Without the number of the run, which differs in every load.
    columns = ", ".join(name for name in schema["properties"] if name != "extraction")
    return f"select {columns} from tap_ivrflow.ivr_flows order by tenant, id"  # noqa: S608 - names of ours


def _show(table: str, order: str) -> None:
    _say(f"\n{_DATABASE.relative_to(_ROOT)}, table {table}:")
    with _query(f"select * from {table} order by {order}") as rows:  # noqa: S608 - the names are above
        _print(rows)


@contextmanager
def _query(text: str) -> Iterator[duckdb.DuckDBPyRelation]:
    with duckdb.connect(str(_DATABASE), read_only=True) as connection:
        yield connection.sql(text)


def _print(rows: duckdb.DuckDBPyRelation) -> None:
    # Its stub lacks the arguments that keep it from cutting rows and columns.
    rows.show(max_rows=1000, max_width=250, max_col_width=80)  # type: ignore[call-arg]


def _say(text: str) -> None:
    # Flushed, or it would come after what the subprocesses write.
    print(text, flush=True)  # noqa: T201 - a demo speaks


if __name__ == "__main__":
    main()
