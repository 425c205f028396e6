"""The server process: uvicorn with this package's connections, its one line of output and its prompt end."""

from __future__ import annotations

import signal
import socket
import sys
from types import FrameType
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from simulator.connection import Connection

_KEEP_ALIVE: Final = 75
"""Seconds that an idle connection stays open, as at common gateways; uvicorn's 5 cut slow clients off."""


class Server(uvicorn.Server):
    """A server that says where it listens, and does not wait for its clients when it ends."""

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Announce the address once connections are accepted."""
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        scheme = "https" if self.config.is_ssl else "http"
        print(f"listening on {scheme}://{self.config.host}:{port}", flush=True)  # noqa: T201 - for who started it

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drop the clients first, which also ends the calls that are paused."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.abort()
        await super().shutdown(sockets)


def server(app: ASGIApp, *, host: str, port: int, certificate: str | None, private_key: str | None) -> Server:
    """Make a server that is ready to run.

    Raises:
        OSError: the certificate or the key cannot be used.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="asyncio",
        http=Connection,
        ws="none",
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=1,
        ssl_certfile=certificate,
        ssl_keyfile=private_key,
    )
    config.load()
    return Server(config)


def exit_quietly_on_signals() -> None:
    """Make SIGTERM and SIGINT an exit with status 0: before uvicorn listens, and when it hands them back."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _exit)


def _exit(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
