"""`python -m simulator`: run the stand-in, or print the tap configuration that fits it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from simulator.app import StandIn
from simulator.backstage import application
from simulator.data import Tenant, tenants
from simulator.server import exit_quietly_on_signals, server


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if bool(options.certificate) != bool(options.private_key):
        parser.error("--certificate and --private-key go together")
    if options.print_config:
        if options.port == 0:
            parser.error("--print-config needs the --port that the service will have")
        scheme = "https" if options.certificate else "http"
        config = tap_config(f"{scheme}://{options.host}:{options.port}", tenants(options.tenants, flows=0))
        print(json.dumps(config, indent=2))  # noqa: T201 - what the user asked for
        return
    exit_quietly_on_signals()
    stand_in = StandIn(
        tenants(options.tenants, options.flows, options.routes),
        latency=options.latency,
        forced_lifetime=options.token_lifetime,
    )
    try:
        serving = server(
            application(stand_in),
            host=options.host,
            port=options.port,
            certificate=options.certificate,
            private_key=options.private_key,
        )
    except OSError as error:
        parser.error(f"the certificate or its private key cannot be used: {error}")
    serving.run()


def tap_config(api_url: str, configured: Sequence[Tenant]) -> dict[str, object]:
    """Make the tap's configuration: the short form for one tenant, the list for more."""
    pairs = [{"app_key": tenant.app_key, "app_secret": tenant.app_secret} for tenant in configured]
    if len(pairs) == 1:
        return {"api_url": api_url, **pairs[0]}
    named = [{"name": tenant.name, **pair} for tenant, pair in zip(configured, pairs, strict=True)]
    return {"api_url": api_url, "tenants": named}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m simulator", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add(
        "--port", type=_count, default=8080, help="port to listen on, 0 for a free one (default: %(default)s)"
    )
    add("--tenants", type=_positive, default=1, help="number of tenants (default: %(default)s)")
    add("--flows", type=_count, help="generated flows of each tenant (default: small sets written by hand)")
    add("--routes", type=_count, help="generated called routes of each tenant")
    add("--latency", type=_seconds, default=0.0, help="seconds before each answer (default: 0)")
    add("--token-lifetime", type=_count, help="seconds that tokens live, whatever a caller wishes")
    add("--certificate", metavar="PEM", help="serve HTTPS with this certificate chain")
    add("--private-key", metavar="PEM", help="the certificate's private key")
    add("--print-config", action="store_true", help="print the tap configuration for these tenants and exit")
    return parser


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        msg = f"not a whole number from 0: {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _positive(text: str) -> int:
    if _count(text) == 0:
        msg = "must be at least 1"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        msg = f"not a number of seconds from 0: {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return seconds


if __name__ == "__main__":
    main()
