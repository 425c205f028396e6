"""Which hosts are dead: a service that is gone must not be called for hours, once for each tenant."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import Final

from tap_ivrflow.aicc.errors import CallError, DeadHostError, Failure

NO_ANSWER: Final = frozenset(
    {
        Failure.NO_CONNECTION,
        Failure.CLOSED,
        Failure.PROXY_BUSY,
        Failure.PROXY_REFUSED,
        Failure.TIMEOUT,
        Failure.ENDLESS_RESPONSE,
    }
)
"""Failures that mean that a host gave no answer."""

LEAST_FAILURES: Final = 5


class Hosts:
    """Counts the calls of each host that failed for want of any answer. Safe under threads."""

    def __init__(self, concurrency: int = 1) -> None:
        """Start with every host alive.

        Args:
            concurrency: calls that are made at the same time, which one short outage can fail together.
        """
        self._threshold = max(concurrency, LEAST_FAILURES)
        self._failures: Counter[str] = Counter()
        self._lock = Lock()

    def require_alive(self, host: str) -> None:
        """Raise DeadHostError if so many calls in a row failed that the host counts as dead."""
        if self._failures[host] >= self._threshold:
            raise DeadHostError(
                f"was not made: {host} gave no answer to {self._threshold} lists in a row",
                hint="nothing more is called there in this run",
            )

    def answered(self, host: str) -> None:
        """Note that a host answered. One that is dead stays dead."""
        with self._lock:
            if self._failures[host] < self._threshold:
                self._failures[host] = 0

    def failed(self, host: str, error: CallError) -> None:
        """Note that a call failed after all its tries."""
        if error.failure in NO_ANSWER:
            with self._lock:
                self._failures[host] += 1
        else:
            self.answered(host)
