"""Runs the simulator in a thread of this process, and tells it what to do."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from threading import Thread
from typing import Any, Final, TypeAlias

import uvicorn
from typing_extensions import override

from simulator.app import App
from simulator.connection import Connection
from simulator.data import Tenant
from simulator.data import tenants as make_tenants
from simulator.faults import Fault
from simulator.service import Service

Certificate: TypeAlias = tuple[str | PathLike[str], str | PathLike[str]]
"""Files of a certificate's chain and of its private key."""

_KEEP_ALIVE: Final = 75
"""Seconds that an idle connection stays open, as at common gateways; uvicorn's 5 cut slow clients off."""

_BACKLOG: Final = 2048


class Simulator(App):
    """A running simulator; what is public here may be called from any thread.

    Attributes:
        url: scheme, host and port.
        token_url: those of the token call, which may have a port of its own.
    """

    url: str
    token_url: str

    def __init__(
        self, service: Service, latency: float, start: Iterable[Tenant], *, new_token_ends_old: bool
    ) -> None:
        """Begin with the tenants of `start`, to which `reset` returns."""
        super().__init__(service, latency)
        self._start: Final = tuple(start)
        self._new_token_ends_old: Final = new_token_ends_old
        self.reset()

    def set_tenants(
        self, tenants: Iterable[Tenant | Mapping[str, Any]], *, new_token_ends_old: bool = False
    ) -> None:
        """Replace all tenants, also by mappings; say whether a new token ends the others of its key pair."""
        self._service.new_token_ends_old = new_token_ends_old
        self._service.set_tenants(each if isinstance(each, Tenant) else Tenant(**each) for each in tenants)

    def fault(self, **fields: Any) -> None:  # noqa: ANN401 - `Fault` knows its fields
        """Add a fault, with the fields of `Fault`, after those that wait."""
        self._faults.add(Fault(**fields))

    def clear_faults(self) -> None:
        """Drop the faults that are not used up."""
        self._faults.clear()

    def calls(self) -> dict[str, Any]:
        """Report what reached the service.

        Returns:
            Counts of `token` and of each list, `by_tenant` too, `open_connections_peak`, `concurrent_peak`
            and the `log` of calls: call, tenant, path, method, headers, body (parsed JSON), and status, which
            is None while, or when, nothing was answered in HTTP.
        """
        return self._traffic.report(self._service.names())

    def clear_calls(self) -> None:
        """Begin counting anew."""
        self._traffic.clear()

    def tokens(self) -> list[str]:
        """List every token that was issued since the last reset."""
        return list(self._service.tokens)

    def reset(self) -> None:
        """Go back to the start: its tenants, no faults, no counts, no tokens."""
        self.set_tenants(self._start, new_token_ends_old=self._new_token_ends_old)
        self._service.tokens = {}
        self.clear_faults()
        self.clear_calls()


@contextmanager
def running(  # noqa: PLR0913 - options, nearly all by keyword
    tenants: Iterable[Tenant] | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    latency: float = 0,
    token_lifetime: int | None = None,
    certificate: Certificate | None = None,
    new_token_ends_old: bool = False,
    token_port: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Simulator]:
    """Run a simulator for as long as the block lasts.

    Args:
        tenants: to begin with; one unless told otherwise.
        host: address to listen on.
        port: port to listen on, 0 for a free one.
        latency: seconds before each response.
        token_lifetime: seconds that tokens live, whatever a caller wishes.
        certificate: to serve HTTPS with.
        new_token_ends_old: a new token ends the others of its key pair.
        token_port: the token call has a port of its own.
        clock: monotonic seconds, for the end of tokens.

    Raises:
        OSError: the address or the certificate cannot be used.
    """
    service = Service(token_lifetime=token_lifetime, clock=clock)
    start = make_tenants(1) if tenants is None else tenants
    simulator = Simulator(service, latency, start, new_token_ends_old=new_token_ends_old)
    server = _server(simulator, certificate)
    ports = (port, 0) if token_port else (port,)
    sockets = [socket.create_server((host, number), backlog=_BACKLOG) for number in ports]
    for each in sockets:
        # asyncio sets it only on sockets that name their protocol; without it each response takes 40 ms more.
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    numbers = [each.getsockname()[1] for each in sockets]
    scheme = "https" if certificate else "http"
    simulator.url, simulator.token_url = (f"{scheme}://{host}:{numbers[place]}" for place in (0, -1))
    service.token_port = numbers[-1] if token_port else None
    # Both sockets listen already: who calls before the thread is ready waits for it.
    thread = Thread(target=server.run, args=(sockets,), name="simulator", daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        server.should_exit = True
        thread.join()


class _Server(uvicorn.Server):
    """A server that does not wait for its clients when it ends."""

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drop the clients first, which also ends the calls that are paused."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.abort()
        await super().shutdown(sockets)


def _server(app: App, certificate: Certificate | None) -> _Server:
    chain, key = certificate or (None, None)
    config = uvicorn.Config(
        app, loop="asyncio", http=Connection, ws="none", lifespan="off", proxy_headers=False,
        server_header=False, log_config=None, log_level="warning", access_log=False, backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE, timeout_graceful_shutdown=1, ssl_certfile=chain, ssl_keyfile=key,
    )  # fmt: skip
    config.load()
    return _Server(config)
