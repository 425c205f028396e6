"""`python -m simulator`: run the simulator, or print the tap configuration that fits it."""

from __future__ import annotations

import argparse
import json
import signal
from collections.abc import Callable, Sequence
from typing import Final

from simulator.data import Tenant, tenants
from simulator.server import running

_ENDING: Final = (signal.SIGTERM, signal.SIGINT)


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks, until a signal ends it."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if bool(options.certificate) != bool(options.private_key):
        parser.error("--certificate and --private-key go together")
    certificate = (options.certificate, options.private_key) if options.certificate else None
    if options.print_config:
        if options.port == 0:
            parser.error("--print-config needs the --port that the service will have")
        url = f"{'https' if certificate else 'http'}://{options.host}:{options.port}"
        print(json.dumps(tap_config(url, tenants(options.tenants, flows=0)), indent=2))  # noqa: T201 - what the user asked for
        return
    # Blocked here, and so in the server's thread too, a signal waits for `sigwait`.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        with running(
            tenants(options.tenants, options.flows, options.routes),
            host=options.host,
            port=options.port,
            latency=options.latency,
            token_lifetime=options.token_lifetime,
            certificate=certificate,
        ) as simulator:
            print(f"listening on {simulator.url}", flush=True)  # noqa: T201 - for who started it
            signal.sigwait(_ENDING)
    except OSError as error:
        parser.error(f"cannot use the address or the certificate: {error}")


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
    add("--port", type=_at_least(0), default=8080, help="port, 0 for a free one (default: %(default)s)")
    add("--tenants", type=_at_least(1), default=1, help="number of tenants (default: %(default)s)")
    add(
        "--flows",
        type=_at_least(0),
        help="generated flows of each tenant (default: small sets written by hand)",
    )
    add("--routes", type=_at_least(0), help="generated called routes of each tenant")
    add("--latency", type=_at_least(0, float), default=0.0, help="seconds before each response (default: 0)")
    add("--token-lifetime", type=_at_least(0), help="seconds that tokens live, whatever a caller wishes")
    add("--certificate", metavar="PEM", help="serve HTTPS with this certificate chain")
    add("--private-key", metavar="PEM", help="the certificate's private key")
    add("--print-config", action="store_true", help="print the tap configuration for these tenants and exit")
    return parser


def _at_least(least: int, number: Callable[[str], float] = int) -> Callable[[str], float]:
    def parse(text: str) -> float:
        if not least <= (value := number(text)) < float("inf"):
            raise argparse.ArgumentTypeError(f"must be at least {least}")
        return value

    return parse


if __name__ == "__main__":
    main()
