"""The ledger of a run: which lists were read whole, which failed, and how the run ends because of that."""

from __future__ import annotations

import logging

from tap_ivrflow.errors import IncompleteRunError, error_line

logger = logging.getLogger(__name__)


class Ledger:
    """Keeps what came of each tenant's list, and says it."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._tenants = 0
        self._done = 0
        self._failed: list[str] = []
        self._only_error: tuple[str, BaseException] | None = None

    def begin(self, tenants: int) -> None:
        """Begin the list of a stream, for so many tenants."""
        self._tenants = tenants
        self._done = 0
        self._failed.clear()
        self._only_error = None

    def succeed(self, stream: str, tenant: str, records: int) -> None:
        """Note that a tenant's list was read and emitted whole."""
        self._done += 1
        logger.info(
            "tenant %r: %d records of %s (%d of %d)", tenant, records, stream, self._done, self._tenants
        )

    def fail(self, tenant: str, error: BaseException) -> None:
        """Note that a tenant's list failed. The line of the only one is left to the end of the run."""
        self._done += 1
        self._failed.append(tenant)
        line = f"tenant {tenant!r}: {error_line(error)}"
        if self._tenants == 1:
            self._only_error = line, error
        else:
            # Not kept: an error's traceback holds the whole response, and there may be a thousand.
            logger.error("%s", line, exc_info=error if logger.isEnabledFor(logging.DEBUG) else None)

    def end(self) -> None:
        """End the list of a stream: only after this may ACTIVATE_VERSION be sent.

        Raises:
            IncompleteRunError: a tenant failed.
        """
        if self._only_error is not None:
            line, error = self._only_error
            raise IncompleteRunError(line) from error
        if self._failed:
            names = ", ".join(self._failed)
            raise IncompleteRunError(f"{len(self._failed)} of {self._tenants} tenants failed: {names}")
