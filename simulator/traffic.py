"""What reached the service: counts, peaks and a log, for the tests that ask afterwards."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final, Protocol

from simulator.http import Call, Kind
from simulator.lists import SISTERS

LISTS: Final = ("ivr_flows", *SISTERS.values())
LOG_LENGTH: Final = 2000
"""Calls that the log keeps; the counts go on."""


class ClientConnection(Protocol):
    """What the peaks need to know of a connection."""

    @property
    def is_lost(self) -> bool:
        """Whether either side has closed it."""


@dataclass
class LoggedCall:
    """One call; `status` stays `None` for as long as, or when, nothing was answered in HTTP."""

    call: Kind
    tenant: str | None
    path: str
    method: str
    headers: Mapping[str, str]
    status: int | None = None


class Traffic:
    """Everything that was counted since the start or the last `clear`."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.clear()

    def clear(self) -> None:
        """Begin anew; what is under way counts no more, and an open connection again with its next call."""
        self._log: deque[LoggedCall] = deque(maxlen=LOG_LENGTH)
        self._counts: dict[tuple[str | None, Kind], int] = {}
        self._open: set[ClientConnection] = set()
        self._open_peak = 0
        self._in_progress: set[object] = set()
        self._concurrent_peak = 0

    @contextmanager
    def in_progress(
        self, call: Call, tenant: str | None, connection: ClientConnection
    ) -> Iterator[LoggedCall]:
        """Count a call from here to the end of the block; the entry that it gives is for the status."""
        entry = LoggedCall(call.kind, tenant, call.path, call.method, call.headers)
        self._log.append(entry)
        self._counts[tenant, call.kind] = self._counts.get((tenant, call.kind), 0) + 1
        self._open = {known for known in self._open if not known.is_lost} | {connection}
        self._open_peak = max(self._open_peak, len(self._open))
        mark = object()
        self._in_progress.add(mark)
        self._concurrent_peak = max(self._concurrent_peak, len(self._in_progress))
        try:
            yield entry
        finally:
            self._in_progress.discard(mark)

    def report(self, tenants: Iterable[str]) -> dict[str, object]:
        """Sum up, with a line for each of `tenants` and for each other tenant that called."""
        names = dict.fromkeys([*tenants, *(name for name, _ in self._counts if name is not None)])
        return {
            "token": self._total("token"),
            **{stream: self._total(stream) for stream in LISTS},
            "by_tenant": {
                name: {
                    "token": self._counts.get((name, "token"), 0),
                    **{stream: self._counts.get((name, stream), 0) for stream in LISTS},
                }
                for name in names
            },
            "open_connections_peak": self._open_peak,
            "concurrent_peak": self._concurrent_peak,
            "log": [asdict(entry) for entry in self._log],
        }

    def _total(self, kind: Kind) -> int:
        return sum(count for (_, counted), count in self._counts.items() if counted == kind)
