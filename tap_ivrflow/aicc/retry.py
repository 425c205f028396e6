"""Which calls are retried, how long all callers wait, and which hosts are not called any more."""

from __future__ import annotations

import logging
import math
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Final, TypeVar

from tap_ivrflow.aicc.errors import CallError, DeadHostError, Failure

THROTTLED: Final = 429
"""The service asks for fewer calls: all callers wait."""

FIRST_WAIT: Final = 2.0
"""Upper bound of the first wait, in seconds: 1 second on average."""
LONGEST_WAIT: Final = 30.0
LONGEST_RETRY_AFTER: Final = 60.0
"""Seconds of a `Retry-After` that are honoured; a longer one is cut to this."""
LEAST_FAILURES: Final = 5
"""At least so many lists in a row must get no answer before a host counts as dead."""

_SECONDS: Final = re.compile(r"\s*[0-9]{1,9}\s*")

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Retry:
    """Retries the calls of one run, and counts the hosts that do not answer. Safe under threads.

    Waits grow exponentially with full jitter, so that tenants that failed together do not come back
    together. When the service asks one caller to slow down (429), all callers wait.
    """

    def __init__(
        self,
        max_retries: int,
        *,
        concurrency: int = 1,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """Allow `max_retries` attempts after the first; one outage can fail `concurrency` lists together."""
        self._max_retries = max_retries
        self._most_failures = max(concurrency, LEAST_FAILURES)
        self._sleep = sleep
        self._clock = clock
        self._uniform = uniform
        self._lock = Lock()
        self._resume = -math.inf
        self._failures: Counter[str] = Counter()
        self._reported: set[str] = set()

    def __call__(self, label: str, attempt: Callable[[], T]) -> T:
        """Return what an attempt returns; `label` names the caller in the WARNING of each retry.

        Raises:
            CallError: an error that is not retried, or that of the last attempt, with their number.
        """
        made = 0
        while True:
            self._wait_with_the_others()
            made += 1
            try:
                return attempt()
            except CallError as error:
                if not error.is_retried:
                    raise
                wait = self._wait_after(error, made)
                if error.cause == THROTTLED:
                    self._hold(wait)
                if made > self._max_retries:
                    error.attempts = made
                    raise
                logger.warning(
                    "%s: %s; retry %d of %d in %.1f s", label, error, made, self._max_retries, wait
                )
                self._sleep(wait)

    def require_alive(self, host: str) -> None:
        """Raise DeadHostError if so many lists in a row failed that the host counts as dead."""
        if self._failures[host] < self._most_failures:
            return
        error = DeadHostError(
            f"was not made: {host} gave no answer to {self._most_failures} lists in a row", Failure.DEAD_HOST
        )
        with self._lock:
            error.is_repeated = host in self._reported
            self._reported.add(host)
        raise error

    def answered(self, host: str) -> None:
        """Record that a host answered. One that is dead stays dead."""
        with self._lock:
            if self._failures[host] < self._most_failures:
                self._failures[host] = 0

    def failed(self, error: CallError) -> None:
        """Record that a list failed, after all attempts."""
        if not error.rule.silent:
            self.answered(error.host)
            return
        with self._lock:
            self._failures[error.host] += 1

    def _wait_after(self, error: CallError, made: int) -> float:
        if error.retry_after:
            return min(error.retry_after, LONGEST_RETRY_AFTER)
        if error.cause == THROTTLED:  # Limits count per minute: all waits together outlast one.
            return self._uniform(LONGEST_WAIT / 2, LONGEST_WAIT)
        return self._uniform(0.0, min(LONGEST_WAIT, FIRST_WAIT * 2 ** (made - 1)))

    def _hold(self, wait: float) -> None:
        with self._lock:
            self._resume = max(self._resume, self._clock() + wait)

    def _wait_with_the_others(self) -> None:
        """Wait until the pause of all callers is over, and a random moment longer."""
        waited = False
        while (rest := self._resume - self._clock()) > 0:
            self._sleep(rest)
            waited = True
        if waited:
            self._sleep(self._uniform(0.0, 1.0))


def parse_retry_after(header: str | None) -> float | None:
    """Return the seconds from now in a `Retry-After`, which may be a date; None for anything else."""
    if header is None:
        return None
    if _SECONDS.fullmatch(header):
        return float(header)
    # Imported here: it costs a tenth of the tap's start-up, and a date is rare.
    import pendulum

    try:
        moment = pendulum.from_format(header.strip()[5:].removesuffix(" GMT"), "DD MMM YYYY HH:mm:ss")
    except ValueError:
        return None
    return max(0.0, (moment - pendulum.now("UTC")).total_seconds())
