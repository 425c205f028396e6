"""`python -m simulator`: run the simulator until SIGINT (Ctrl-C) or SIGTERM."""

from __future__ import annotations

import argparse
import json
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from simulator.data import tenants
from simulator.server import running

_ENDING: Final = (signal.SIGTERM, signal.SIGINT)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line until a signal ends it."""
    parser = _parser()
    options = parser.parse_args(arguments)
    served = tenants(options.tenants, options.flows, options.routes)
    # A blocked signal waits for `sigwait`. The server's thread inherits the mask.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        with running(served, port=options.port, latency=options.latency) as simulator:
            if options.config:
                names = ("name", "app_key", "app_secret")
                listed = [{name: getattr(tenant, name) for name in names} for tenant in served]
                config = json.dumps({"api_url": simulator.url, "tenants": listed}, indent=2)
                options.config.write_text(f"{config}\n", encoding="utf-8")
            print(f"listening on {simulator.url}", flush=True)  # noqa: T201 - for the user
            signal.sigwait(_ENDING)
    except (OSError, OverflowError) as error:
        parser.error(f"cannot use the port or write the configuration: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m simulator", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--port", type=int, default=8080, help="port, 0 for a free one (default: %(default)s)")
    add("--config", type=Path, metavar="FILE", help="write the tap's configuration for these tenants to FILE")
    add("--tenants", type=int, default=1, help="number of tenants (default: %(default)s)")
    add("--flows", type=int, help="flows of each tenant, generated (default: a few written by hand)")
    add("--routes", type=int, help="called routes of each tenant, generated")
    add("--latency", type=float, default=0.0, help="seconds before each response (default: 0)")
    return parser


if __name__ == "__main__":
    main()
