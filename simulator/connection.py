"""A client's connection below HTTP, which can be closed, reset or used for other bytes."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Any, Final

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

_LINGER_ZERO: Final = struct.pack("ii", 1, 0)
"""SO_LINGER of 0 s: closing discards unsent bytes and sends RST."""


class Connection(H11Protocol):
    """A connection, which the application finds in the `state` of each request."""

    def __init__(self, *, app_state: dict[str, Any], **options: Any) -> None:  # noqa: ANN401 - uvicorn's own
        """Add the connection to the state of its requests."""
        super().__init__(app_state={**app_state, "connection": self}, **options)
        self.lost: Final = asyncio.Event()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Wake paused calls: the client is gone."""
        self.lost.set()
        super().connection_lost(exc)

    async def pause(self, seconds: float) -> None:
        """Wait until the time is over or the connection is lost."""
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.lost.wait(), seconds)

    async def end(self, first: bytes = b"", repeated: bytes = b"") -> None:
        """Write bytes, repeat others until the client closes, and close the connection."""
        self.transport.write(first)
        while repeated and not self.lost.is_set():
            self.transport.write(repeated)
            await self.pause(0.01)
        self.transport.close()

    def reset(self) -> None:
        """Abort it so that the client sees "connection reset by peer"."""
        transport_socket: socket.socket = self.transport.get_extra_info("socket")
        transport_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self.transport.abort()
