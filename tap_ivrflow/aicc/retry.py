"""Which failed calls are retried, how often, after which wait, and who else waits."""

from __future__ import annotations

import logging
import math
import random
import re
import time
from collections.abc import Callable
from threading import Lock
from typing import Final, TypeVar, cast

from tap_ivrflow.aicc.errors import CallError, Failure

RETRIED_STATUSES: Final = frozenset({408, 429, *range(500, 600)})
RETRIED_FAILURES: Final = frozenset(
    {
        Failure.NO_CONNECTION,
        Failure.CLOSED,
        Failure.PROXY_BUSY,
        Failure.TIMEOUT,
        Failure.CUT_RESPONSE,
        Failure.LIST_CHANGED,
    }
)
"""All that is retried. Every other status and failure is final.

Two calls are repeated elsewhere, once and at once: one whose token was refused (`auth`), and one whose kept
connection was closed (`transport`).
"""

THROTTLED: Final = 429
"""The service asks for fewer calls: all callers wait."""

FIRST_WAIT: Final = 2.0
"""Upper bound of the first wait, in seconds: 1 second on average."""
LONGEST_WAIT: Final = 30.0
LONGEST_RETRY_AFTER: Final = 60.0
"""Seconds of a `Retry-After` that are honoured; a longer one is cut to this."""

_SECONDS: Final = re.compile(r"\s*[0-9]{1,9}\s*")
_HTTP_DATE: Final = re.compile(
    r"\s*[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT\s*"
)

logger = logging.getLogger(__name__)

T = TypeVar("T")


def is_retried(error: CallError) -> bool:
    """Tell whether another try may help. An error that has used up its tries is final."""
    return not error.tries and (error.status in RETRIED_STATUSES or error.failure in RETRIED_FAILURES)


class Retry:
    """Retries the calls of one run. All tenants share it. Safe under threads.

    Waits grow exponentially with full jitter, so that tenants that failed together do not come back
    together. When the service asks one caller to slow down (429), all callers wait.
    """

    def __init__(
        self,
        max_retries: int,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """Prepare.

        Args:
            max_retries: further tries after the first.
            sleep: waits for seconds.
            clock: monotonic seconds.
            uniform: draws a number between two.
        """
        self._max_retries = max_retries
        self._sleep = sleep
        self._clock = clock
        self._uniform = uniform
        self._lock = Lock()
        self._resume = -math.inf

    def __call__(self, label: str, attempt: Callable[[], T]) -> T:
        """Return what an attempt returns; retry after each error that the table lists.

        Args:
            label: names the caller in the WARNING of each retry.
            attempt: makes the call once.

        Raises:
            CallError: an error that is not retried, or that of the last try, with the number of tries.
        """
        for tried in range(1, self._max_retries + 2):
            self._wait_with_the_others()
            try:
                return attempt()
            except CallError as error:
                if not is_retried(error):
                    raise
                wait = self._wait_after(error, tried)
                if error.status == THROTTLED:
                    self._hold(wait)
                if tried > self._max_retries:
                    error.tries = tried
                    raise
                logger.warning(
                    "%s: %s; retry %d of %d in %.1f s", label, error, tried, self._max_retries, wait
                )
                self._sleep(wait)
        raise AssertionError  # pragma: no cover (the loop returns or raises in its last round)

    def _wait_after(self, error: CallError, tried: int) -> float:
        """Return the seconds to wait after a failed try (from 1)."""
        if error.retry_after:
            return min(error.retry_after, LONGEST_RETRY_AFTER)
        return self._uniform(0.0, min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tried - 1)))

    def _hold(self, wait: float) -> None:
        """Let no call of the run begin before this wait is over."""
        with self._lock:
            self._resume = max(self._resume, self._clock() + wait)

    def _wait_with_the_others(self) -> None:
        """Wait as long as the service asks for fewer calls, and a random moment longer."""
        waited = False
        while (rest := self._resume - self._clock()) > 0:
            self._sleep(rest)
            waited = True
        if waited:
            self._sleep(self._uniform(0.0, 1.0))


def parse_retry_after(header: str | None) -> float | None:
    """Return the seconds that a `Retry-After` header asks to wait, from now; None if it asks for nothing.

    Both documented forms are parsed: seconds, and an HTTP date.
    """
    if header is None:
        return None
    if _SECONDS.fullmatch(header):
        return float(header)
    if not _HTTP_DATE.fullmatch(header):
        return None
    # Imported here: it costs a tenth of the tap's start-up, and a date is rare.
    import pendulum

    try:
        moment = pendulum.parse(header, strict=False)
    except ValueError:
        return None
    return max(0.0, (cast("pendulum.DateTime", moment) - pendulum.now("UTC")).total_seconds())
