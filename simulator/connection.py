"""A client's connection under uvicorn's HTTP: from here it can be cut, reset or fed raw bytes."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Any, Final, cast

from starlette.types import Scope
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

_STATE_KEY: Final = "connection"
_LINGER_ZERO: Final = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: the close that follows discards what is unsent and sends RST."""


class Connection(H11Protocol):
    """A connection that the application finds in its scope."""

    def __init__(self, *, app_state: dict[str, Any], **options: Any) -> None:  # noqa: ANN401 - uvicorn's own
        """Take what uvicorn gives, and add this connection to the state that every request carries."""
        super().__init__(app_state={**app_state, _STATE_KEY: self}, **options)
        self._lost: Final = asyncio.Event()

    @classmethod
    def of(cls, scope: Scope) -> Connection:
        """Give the connection over which a request came."""
        return cast("Connection", scope["state"][_STATE_KEY])

    @property
    def is_lost(self) -> bool:
        """Whether either side has closed it."""
        return self._lost.is_set()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Wake who pauses: there is nobody to answer any more."""
        self._lost.set()
        super().connection_lost(exc)

    async def pause(self, seconds: float) -> None:
        """Wait, but no longer than the client does and not beyond the end of the server."""
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._lost.wait(), seconds)

    async def repeat(self, first: bytes, more: bytes) -> None:
        """Write raw bytes, and more of them again and again, as long as the client takes them."""
        self.transport.write(first)
        while not self.is_lost:
            self.transport.write(more)
            await self.pause(0.01)

    def close(self, last_words: bytes = b"") -> None:
        """Close it in the orderly way (FIN) after all that was written, and `last_words` as they are."""
        if last_words:
            self.transport.write(last_words)
        self.transport.close()

    def abort(self) -> None:
        """Close it now, without regard to what is unsent."""
        self.transport.abort()

    def reset(self) -> None:
        """Abort it so that the client sees "connection reset by peer"."""
        transport_socket: socket.socket = self.transport.get_extra_info("socket")
        transport_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self.abort()
