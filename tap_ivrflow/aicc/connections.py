"""Connections that pass over informational responses, and give up on a response that has no end."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeAlias

import urllib3
from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3.util.ssltransport import SSLTransport

Pools: TypeAlias = dict[str, type]
"""The class of the connections for each scheme."""

_INFORMATIONAL: Final = frozenset({100, *range(102, 200)})
"""All but 101, which changes the protocol."""


class EndlessResponseError(TimeoutError):
    """A response went on for longer than a call may take."""


class Adapter(HTTPAdapter):
    """An adapter that uses the connections of these pools, through a proxy too."""

    def __init__(self, pools: Pools) -> None:
        """Prepare; nothing is connected yet."""
        self._pools = pools
        super().__init__()

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    @override
    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> urllib3.ProxyManager:
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def pools(longest_call: float) -> Pools:
    """Return the pools of connections on which no response takes longer than some seconds."""
    response = partial(_FinalResponse, longest_call=longest_call)

    class Connection(urllib3.connection.HTTPConnection):
        response_class = response  # type: ignore[assignment] # it is only called

    class SecureConnection(urllib3.connection.HTTPSConnection):
        response_class = response  # type: ignore[assignment] # as above

    class Pool(urllib3.HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}


class _FinalResponse(http.client.HTTPResponse):
    """A response whose reading has an end, and that is the final one.

    The standard library takes 102 and 103 for final (RFC 9110, 15.2), and of a proxy 100 too.
    """

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, *, longest_call: float
    ) -> None:
        super().__init__(sock, debuglevel, method)
        self.fp.close()
        self.fp = _Reader(Bounded(sock.makefile("rb", buffering=0), longest_call), sock)

    def _read_status(self) -> tuple[str, int, str]:
        """Return the status line of the final response, to a call or to the CONNECT of a tunnel."""
        while True:
            line: tuple[str, int, str] = super()._read_status()  # type: ignore[misc] # private there
            if line[1] not in _INFORMATIONAL:
                return line
            http.client.parse_headers(self.fp)


class _Reader(io.BufferedReader):
    """Reads one response, and ends the connection if anything was read behind it.

    The next call would take that for its answer. What comes later is left to urllib3, which looks whether
    there is anything to read before it uses a connection again.
    """

    def __init__(self, raw: Bounded, sock: socket.socket | SSLTransport) -> None:
        super().__init__(raw)
        self._bounded = raw
        self._sock = sock

    @override
    def close(self) -> None:
        if not self.closed:
            self._bounded.is_over = True
            if self.peek() or _may_hold_more(self._sock):
                sock = self._sock.socket if isinstance(self._sock, SSLTransport) else self._sock
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        super().close()


def _may_hold_more(sock: socket.socket | SSLTransport) -> bool:
    """Tell whether TLS may have decrypted more than was asked for. TLS within TLS does not say."""
    return isinstance(sock, SSLTransport) or (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0)


class Bounded(io.RawIOBase):
    """Reads from a socket until a time is over: the time-out of a socket bounds each read alone."""

    def __init__(
        self, raw: io.RawIOBase, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin; `clock` gives monotonic seconds."""
        super().__init__()
        self._raw = raw
        self._clock = clock
        self._deadline = clock() + seconds
        self.is_over = False
        """Whether nothing more is read."""

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int | None:
        """Read some bytes.

        Raises:
            EndlessResponseError: the time is over.
        """
        if self.is_over:
            return 0
        if self._clock() > self._deadline:
            raise EndlessResponseError
        return self._raw.readinto(buffer)

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()
