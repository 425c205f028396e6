"""The ledger of a run: which lists were complete, which failed, and the run's outcome."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tap_ivrflow.aicc.errors import CallError, DeadHostError, shortened
from tap_ivrflow.aicc.tokens import TOKEN_CALL
from tap_ivrflow.errors import IncompleteRunError, error_line

logger = logging.getLogger(__name__)

_NOT_BOUGHT: Final = frozenset({401, 403, 404})


@dataclass(frozen=True, slots=True)
class Proof:
    """Proof of a tenant's complete list.

    Attributes:
        tenant: label of the tenant.
        stream: name of the stream.
        extracted_at: when the reading of the list began, in UTC.
        records: number of distinct keys emitted.
    """

    tenant: str
    stream: str
    extracted_at: datetime
    records: int


@dataclass(slots=True)
class Ledger:
    """The outcome of every list. Used in one thread.

    Attributes:
        proofs: the complete lists, in the order in which they were emitted.
    """

    proofs: list[Proof] = field(default_factory=list)
    _lists: int = 0
    _tenants: Sequence[str] = ()
    _done: int = 0
    _failed: dict[str, list[str]] = field(default_factory=dict)
    _failed_streams: Counter[str] = field(default_factory=Counter)
    _only_error: tuple[str, BaseException] | None = None
    _flows_read: set[str] = field(default_factory=set)
    _dead_hosts: set[str] = field(default_factory=set)

    def expect(self, tenants: Sequence[str], streams: int) -> None:
        """Set how many lists to expect: `streams` per tenant."""
        self._tenants = tenants
        self._lists = len(tenants) * streams

    def succeed(self, proof: Proof, *, is_proven: bool) -> None:
        """Record a complete list. `is_proven`: its records carry the `extraction` column."""
        self._done += 1
        if is_proven:
            self.proofs.append(proof)
        if proof.stream == "ivr_flows":
            self._flows_read.add(proof.tenant)
        logger.info(
            "tenant %r: %d records of %s (%d of %d)",
            proof.tenant,
            proof.records,
            proof.stream,
            self._done,
            self._lists,
        )

    def fail(self, tenant: str, stream: str, error: BaseException) -> None:
        """Record a failed list. If it is the only list, its error becomes the run's error."""
        self._done += 1
        self._failed.setdefault(tenant, []).append(stream)
        self._failed_streams[stream] += 1
        line = self.line(tenant, stream, error)
        if self._lists == 1:
            self._only_error = line, error
            return
        if isinstance(error, DeadHostError):
            if error.host in self._dead_hosts:
                return  # One line for each host: there may be a thousand lists.
            self._dead_hosts.add(error.host)
        # Not kept: an error's traceback holds the whole response, and there may be a thousand.
        logger.error("%s", line, exc_info=error if logger.isEnabledFor(logging.DEBUG) else None)

    def line(self, tenant: str, stream: str, error: BaseException) -> str:
        """Return the line for a tenant's failed list."""
        if (
            isinstance(error, CallError)
            and error.status in _NOT_BOUGHT
            and error.call != TOKEN_CALL
            and tenant in self._flows_read
        ):
            error.hint = f"this list may not be part of what was bought: if so, deselect {stream}"
        return f"tenant {tenant!r}, {stream}: {error_line(error)}"

    def is_complete(self, stream: str) -> bool:
        """Whether no tenant's list of a stream failed, so that ACTIVATE_VERSION may be sent."""
        return not self._failed_streams[stream]

    def end(self) -> None:
        """End the run.

        Raises:
            IncompleteRunError: a list failed.
        """
        if self._only_error is not None:
            line, error = self._only_error
            raise IncompleteRunError(line) from error
        if self._failed:
            names = shortened(
                [
                    f"{each} ({', '.join(self._failed[each])})"
                    for each in self._tenants
                    if each in self._failed
                ]
            )
            failed = self._failed_streams.total()
            raise IncompleteRunError(f"{failed} of {self._lists} lists failed: {names}")
