"""Counts and logs the calls that reach the service."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from simulator.connection import Connection
from simulator.lists import LISTS
from simulator.messages import Call

_LOG_LENGTH: Final = 100_000
"""Calls that are kept."""


class Traffic:
    """The calls of a period. Only the server's thread adds calls; any thread may read the report."""

    def __init__(self) -> None:
        """Begin with no calls."""
        self._log: Final = deque[dict[str, Any]](maxlen=_LOG_LENGTH)
        self._open: set[Connection] = set()
        self._in_progress = self._open_peak = self._concurrent_peak = 0

    @contextmanager
    def in_progress(self, call: Call, tenant: str | None, connection: Connection) -> Iterator[dict[str, Any]]:
        """Log a call, and count it as in progress until the block ends. Yield its log entry."""
        entry = {"call": call.name, "tenant": tenant, "headers": dict(call.headers), "body": call.content}
        entry["status"] = None
        self._log.append(entry)
        self._open = {known for known in self._open if not known.lost.is_set()} | {connection}
        self._open_peak = max(self._open_peak, len(self._open))
        self._in_progress += 1
        self._concurrent_peak = max(self._concurrent_peak, self._in_progress)
        try:
            yield entry
        finally:
            self._in_progress -= 1

    def report(self) -> dict[str, Any]:
        """Return counts of calls, peaks and the log, as `Simulator.calls` describes them."""
        log = [entry.copy() for entry in self._log.copy()]
        totals = Counter(entry["call"] for entry in log)
        peaks = {"open_connections_peak": self._open_peak, "concurrent_peak": self._concurrent_peak}
        return {**{call: totals[call] for call in ("token", *LISTS)}, **peaks, "log": log}
