"""What reached the service: counts, peaks and a log. Safe under threads."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

from simulator.connection import Connection
from simulator.http import Call
from simulator.lists import LISTS

_LOG_LENGTH: Final = 100_000
"""Calls that are remembered, and counted."""


class Traffic:
    """The calls since the start or the last `clear`."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._lock: Final = Lock()
        self.clear()

    def clear(self) -> None:
        """Begin anew; what is under way counts no more, and an open connection again with its next call."""
        with self._lock:
            self._log: deque[dict[str, Any]] = deque(maxlen=_LOG_LENGTH)
            self._open: set[Connection] = set()
            self._in_progress: set[int] = set()
            self._open_peak = self._concurrent_peak = 0

    @contextmanager
    def in_progress(self, call: Call, tenant: str | None, connection: Connection) -> Iterator[dict[str, Any]]:
        """Count a call from here to the end of the block; the entry that it gives is for the status."""
        entry: dict[str, Any] = {
            "call": call.name,
            "tenant": tenant,
            "path": call.path,
            "method": call.method,
        }
        entry |= {"headers": call.headers, "body": call.json, "status": None}
        with self._lock:
            self._log.append(entry)
            self._open = {known for known in self._open if not known.is_lost} | {connection}
            self._open_peak = max(self._open_peak, len(self._open))
            self._in_progress.add(id(entry))
            self._concurrent_peak = max(self._concurrent_peak, len(self._in_progress))
        try:
            yield entry
        finally:
            with self._lock:
                self._in_progress.discard(id(entry))

    def report(self, tenants: Iterable[str]) -> dict[str, Any]:
        """Sum up; `by_tenant` has counts for each of `tenants` and for each other tenant that called."""
        with self._lock:
            log = [entry.copy() for entry in self._log]
            peaks = {"open_connections_peak": self._open_peak, "concurrent_peak": self._concurrent_peak}
        names = dict.fromkeys([*tenants, *(entry["tenant"] for entry in log)])
        counted = Counter((entry["tenant"], entry["call"]) for entry in log)
        by_tenant = {name: {call: counted[name, call] for call in ("token", *LISTS)} for name in names}
        totals = Counter(entry["call"] for entry in log)
        by_tenant.pop(None, None)
        return {
            **{call: totals[call] for call in ("token", *LISTS)},
            "by_tenant": by_tenant,
            **peaks,
            "log": log,
        }
