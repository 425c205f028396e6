"""`make demo`: load the simulator's tenants with the real `meltano run`, and show the result."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
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

_USERS_OWN: Final = ("DBT_", "IVRFLOW_", "MELTANO_", "TAP_IVRFLOW_", "TARGET_DUCKDB_")
"""What the variables begin with that would lead the demo to the user's own tenants or data."""

# No table is wider than a terminal of 120 columns.
_FLOWS: Final = """select tenant, id, accesscode, description, flowtype, isload, maxcallnum
from tap_ivrflow.ivr_flows order by tenant, id"""
_NUMBERS: Final = """select tenant, access_code, extension, leads_to, target_id, target_name,
  target_exists as "exists", target_is_loaded as loaded
from ivr_analytics.dialled_numbers order by tenant, access_code, extension"""
_FINDINGS: Final = """select tenant, severity, sentence
from ivr_analytics.findings order by tenant, severity, sentence"""
_CHANGES: Final = """select tenant, object, object_id, change, field, old_value, new_value
from ivr_analytics.changes_since_last_run order by tenant, object, object_id, field"""

_NEXT: Final = """
Where calls go, as a page for your browser: output/demo/calls.html

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
        # What dbt 1.11 wrote there breaks the snapshots of 1.12.
        shutil.rmtree(_ROOT / "transform" / "target", ignore_errors=True)
        with running(_TENANTS) as simulator:
            _say("The first demo installs the plugins, which takes a minute or two.")
            _load_and_change(simulator)
    except (OSError, RuntimeError, duckdb.Error) as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    _say(_NEXT)


def _load_and_change(simulator: Simulator) -> None:
    """Load and transform, load the same again, then load what was changed in the meantime.

    Raises:
        RuntimeError: a load failed, or the table does not hold just the simulator's flows.
    """
    variables = _variables(simulator.url)
    _load(variables, "dbt-duckdb:build")
    loaded = _rows(_FLOWS, "The flows")
    served = {(tenant.name, flow["id"]) for tenant in _TENANTS for flow in tenant.flows}
    if served != {(tenant, flow_id) for tenant, flow_id, *_ in loaded}:
        raise RuntimeError("the table does not hold just the simulator's flows")
    _rows(_NUMBERS, "Where each number leads")
    _rows(_FINDINGS, "What is broken")

    _load(variables)
    if _rows(_FLOWS) != loaded:
        raise RuntimeError("a second load changed the table")
    _say("\nThe same rows again: a second load changes nothing.")

    simulator.set_tenants(_changed())
    _say("\nIn the meantime flows are changed, added and deleted in the call centre.")
    _load(variables, "dbt-duckdb:build", "dbt-duckdb:page")
    _rows(_CHANGES, "What changed since the run before")


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
        "TAP_IVRFLOW__SELECT": '["*.*"]',
        "TARGET_DUCKDB_PATH": str(_DATABASE),
        "NO_PROXY": "*",
        "no_proxy": "*",
    }


def _load(variables: Mapping[str, str], *transform: str) -> None:
    """Run Meltano apart from the user's `.env`, variables and `.meltano`; it installs what is missing.

    Raises:
        RuntimeError: it failed; what it said was printed.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_USERS_OWN)}
    apart = {"MELTANO_SYS_DIR_ROOT": str(_OUTPUT / ".meltano")}
    arguments = ["run", "tap-ivrflow", "target-duckdb", *transform]
    _say(f"\n$ meltano {' '.join(arguments)}")
    finished = subprocess.run(  # noqa: S603 - the project's own Meltano
        [Path(sys.executable).with_name("meltano"), "--env-file", os.devnull, *arguments],
        check=False,
        cwd=_ROOT,
        env={**kept, **apart, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    if finished.returncode:
        _say(finished.stdout)
        raise RuntimeError(f"`meltano {' '.join(arguments)}` failed, and says why above")


def _rows(query: str, title: str | None = None) -> list[tuple[object, ...]]:
    """Return the rows of a query, and print them if there is a title."""
    with duckdb.connect(str(_DATABASE), read_only=True) as connection:
        rows = connection.sql(query)
        if title:
            _say(f"\n{title}:")
            # The arguments keep it from cutting rows and columns.
            rows.show(max_rows=1000, max_width=120, max_col_width=100)
        return rows.fetchall()


def _say(text: str) -> None:
    # Flushed, or it would come after what the subprocesses write.
    print(text, flush=True)  # noqa: T201 - a demo speaks


if __name__ == "__main__":
    main()
