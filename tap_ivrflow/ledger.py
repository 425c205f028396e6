"""The ledger of a run: which lists were complete, which failed, and the run's outcome."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from singer_sdk.mapper import RemoveRecordTransform

from tap_ivrflow.aicc.errors import CallError, shortened
from tap_ivrflow.errors import IncompleteRunError, error_line
from tap_ivrflow.singer.stream_maps import expression_of

if TYPE_CHECKING:
    from singer_sdk import Stream

logger = logging.getLogger(__name__)

_NOT_BOUGHT: Final = frozenset({401, 403, 404})
_JOINED: Final = ("tenant", "extraction")
"""Columns by which rows are compared with their proof."""


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


def why_unproven(stream: Stream, proofs: Stream) -> str:
    """Return why the rows of a stream and those of `extractions` do not fit together; empty if they do.

    A row exists now if its `extraction` is not less than that of its tenant's proof.
    """
    for each, columns in ((stream, _JOINED), (proofs, (*_JOINED, "stream", "records"))):
        first = each.stream_maps[0]
        if isinstance(first, RemoveRecordTransform):
            return f"stream_maps: {each.name} is removed"
        for column in columns:
            if column not in first.transformed_schema["properties"]:
                return f"{each.name} loses the column {column} by --catalog or stream_maps"
    if expression_of(stream, "tenant") != expression_of(proofs, "tenant"):
        return f"stream_maps: tenant is not changed in the same way in {stream.name} and {proofs.name}"
    for name in ("__filter__", "stream", "records"):
        if expression_of(proofs, name) != name:
            return f"stream_maps: {proofs.name} is filtered, or its column stream or records is changed"
    return ""


@dataclass(slots=True)
class Ledger:
    """The outcome of every list. Used in one thread.

    Attributes:
        tenants: labels of the tenants that are read.
        lists: names of the streams that are read for each tenant.
        unproven: names of the streams whose lists get no proof.
    """

    tenants: Sequence[str]
    lists: Sequence[str]
    unproven: frozenset[str] = frozenset()
    _complete: dict[tuple[str, str], Proof] = field(default_factory=dict)
    _failed: dict[str, list[str]] = field(default_factory=dict)
    """Names of the streams that failed, for each tenant."""

    @property
    def proofs(self) -> list[Proof]:
        """Proofs of the complete lists, in the order in which these were emitted."""
        return [proof for proof in self._complete.values() if proof.stream not in self.unproven]

    @property
    def _total(self) -> int:
        return len(self.tenants) * len(self.lists)

    @property
    def _failures(self) -> int:
        return sum(map(len, self._failed.values()))

    def succeed(self, proof: Proof) -> None:
        """Record a complete list."""
        self._complete[proof.tenant, proof.stream] = proof
        done = len(self._complete) + self._failures
        line = "tenant %r: %d records of %s (%d of %d)"
        logger.info(line, proof.tenant, proof.records, proof.stream, done, self._total)

    def fail(self, tenant: str, stream: str, error: BaseException, *, at_once: bool) -> None:
        """Record a failed list.

        Raises:
            IncompleteRunError: it is the only list, or `at_once` is true.
        """
        if isinstance(error, CallError) and self._may_be_unbought(tenant, error):
            error.advice = f"this list may not be part of what was bought: if so, deselect {stream}"
        line = f"tenant {tenant!r}, {stream}: {error_line(error)}"
        if at_once or self._total == 1:
            raise IncompleteRunError(line) from error
        self._failed.setdefault(tenant, []).append(stream)
        if isinstance(error, CallError) and error.is_repeated:
            return  # One line for each dead host and refused key pair: there may be a thousand lists.
        # The error is not kept: its traceback holds the complete response, and there may be a thousand.
        logger.error("%s", line, exc_info=error if logger.isEnabledFor(logging.DEBUG) else None)

    def _may_be_unbought(self, tenant: str, error: CallError) -> bool:
        """Whether a list was refused to a tenant whose flows were read."""
        is_refused = error.cause in _NOT_BOUGHT and not error.is_token_call
        return is_refused and (tenant, "ivr_flows") in self._complete

    def end(self) -> None:
        """End the run.

        Raises:
            IncompleteRunError: a list failed.
        """
        if self._failed:
            by_tenant = ((each, self._failed[each]) for each in self.tenants if each in self._failed)
            names = shortened([f"{tenant} ({', '.join(streams)})" for tenant, streams in by_tenant])
            raise IncompleteRunError(f"{self._failures} of {self._total} lists failed: {names}")
