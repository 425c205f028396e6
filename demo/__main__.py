"""`python -m demo`: load the simulator's tenants with the real `meltano run`, and show the table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb

from simulator.control import running
from simulator.world import tenants

_ROOT: Final = Path(__file__).resolve().parent.parent
_OUTPUT: Final = _ROOT / "output" / "demo"
_DATABASE: Final = _OUTPUT / "ivrflow.duckdb"
_TENANTS: Final = tenants(3)
"""The first holds the documented example."""

_USERS_OWN: Final = ("MELTANO_", "TAP_IVRFLOW_", "TARGET_DUCKDB_")
"""What the variables begin with that would lead the demo to the user's own tenants or data."""

_NEXT: Final = """
To load your own tenant, put this into the file .env (.env.example has the rest):

  TAP_IVRFLOW_APP_KEY='your app key'
  TAP_IVRFLOW_APP_SECRET='your app secret'
  TAP_IVRFLOW_API_URL='https://your-host'  # unless it is https://service.besclouds.com

and run `.venv/bin/meltano run tap-ivrflow target-duckdb`, which loads into output/ivrflow.duckdb.
"""


def main() -> None:
    """Run the demo and exit: 0, or 1 with a line that says what failed."""
    try:
        _OUTPUT.mkdir(parents=True, exist_ok=True)
        _meltano("install", "tap-ivrflow", "target-duckdb")
        with running("--tenants", str(len(_TENANTS))) as simulator:
            _meltano("run", "tap-ivrflow", "target-duckdb", variables=_variables(simulator.url))
        _show()
    except (OSError, RuntimeError, duckdb.Error) as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    _say(_NEXT)


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


def _show() -> None:
    """Print the table, the columns in the schema's order.

    Raises:
        RuntimeError: a flow of the simulator is not in it.
    """
    schema = json.loads((_ROOT / "schemas" / "ivr_flows.json").read_text(encoding="utf-8"))
    served = {(tenant.name, flow["id"]) for tenant in _TENANTS for flow in tenant.flows}
    with duckdb.connect(str(_DATABASE), read_only=True) as connection:
        flows = connection.table("tap_ivrflow.ivr_flows").select(*schema["properties"]).order("tenant, id")
        keys = flows.select("tenant", "id").fetchall()
        if missing := served - set(keys):
            raise RuntimeError(f"the table lacks {sorted(missing)}")
        _say(f"\n{_DATABASE.relative_to(_ROOT)}, table tap_ivrflow.ivr_flows:")
        # Its stub lacks the arguments that keep it from cutting rows and columns.
        flows.show(max_rows=len(keys) + 1, max_width=250, max_col_width=80)  # type: ignore[call-arg]


def _say(text: str) -> None:
    # Flushed, or it would come after what the subprocesses write.
    print(text, flush=True)  # noqa: T201 - a demo speaks


if __name__ == "__main__":
    main()
