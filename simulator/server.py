"""Runs the simulator in a thread of this process."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from os import PathLike
from threading import Thread
from typing import Final, TypeAlias

import uvicorn
from typing_extensions import override

from simulator.app import Simulator
from simulator.connection import Connection
from simulator.data import Tenant
from simulator.data import tenants as make_tenants

__all__ = ["Simulator", "running"]

Certificate: TypeAlias = tuple[str | PathLike[str], str | PathLike[str]]
"""Files of a certificate's chain and of its private key."""

_KEEP_ALIVE: Final = 75
"""Seconds that an idle connection stays open, as at common gateways. uvicorn's 5 s cut slow clients off."""

_BACKLOG: Final = 2048


@contextmanager
def running(
    tenants: Iterable[Tenant] | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    latency: float = 0,
    token_lifetime: int | None = None,
    certificate: Certificate | None = None,
) -> Iterator[Simulator]:
    """Run a simulator until the block ends.

    Args:
        tenants: those to begin with (default: one).
        host: address to listen on.
        port: port to listen on, 0 for a free one.
        latency: seconds before each response.
        token_lifetime: seconds that tokens live, instead of the requested lifetime.
        certificate: to serve HTTPS with.

    Raises:
        OSError: the address or the certificate cannot be used.
    """
    simulator = Simulator(make_tenants(1) if tenants is None else tenants, latency, token_lifetime)
    server = _server(simulator, certificate)
    listener = socket.create_server((host, port), backlog=_BACKLOG)
    # asyncio sets it only on sockets that name their protocol. Without it each response takes 40 ms more.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    simulator.url = f"{'https' if certificate else 'http'}://{host}:{listener.getsockname()[1]}"
    # The socket is listening already, so early calls wait for the thread.
    thread = Thread(target=server.run, args=([listener],), name="simulator", daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        server.should_exit = True
        thread.join()


class _Server(uvicorn.Server):
    """A server that does not wait for its clients when it stops."""

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the connections first, which also ends paused calls."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.transport.abort()
        await super().shutdown(sockets)


def _server(app: Simulator, certificate: Certificate | None) -> _Server:
    chain, key = certificate or (None, None)
    config = uvicorn.Config(
        app, loop="asyncio", http=Connection, ws="none", lifespan="off", proxy_headers=False,
        server_header=False, log_config=None, log_level="warning", access_log=False, backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE, timeout_graceful_shutdown=1, ssl_certfile=chain, ssl_keyfile=key,
    )  # fmt: skip
    config.load()
    return _Server(config)
