"""The ledger of a run: which lists were complete, which failed, and the run's outcome."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from tap_ivrflow.aicc.errors import CallError, shortened
from tap_ivrflow.errors import IncompleteRunError, error_line
from tap_ivrflow.singer.stream_maps import column_of, map_of

if TYPE_CHECKING:
    from singer_sdk import Stream

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


def why_unproven(stream: Stream, proofs: Stream) -> str:
    """Return why the rows of a stream and those of `extractions` do not fit together; empty if they do.

    A row exists now if its `extraction` is not less than that of its tenant's proof.
    """
    stream_maps = stream.config.get("stream_maps", {})
    for each, column in ((stream, "extraction"), (proofs, "extraction"), (proofs, "records")):
        if map_of(stream_maps, each.name) is None:
            return f"stream_maps: {each.name} is removed"
        if column not in each.stream_maps[0].transformed_schema["properties"]:
            return f"{each.name} loses the column {column} by --catalog or stream_maps"
    ours, theirs = map_of(stream_maps, stream.name) or {}, map_of(stream_maps, proofs.name) or {}

    def value(stream_map: Mapping[str, str], column: str) -> str:
        expression = stream_map.get(column, column)
        return column_of(expression) or expression

    if value(ours, "tenant") != value(theirs, "tenant"):
        return f"stream_maps: tenant is not changed in the same way in {stream.name} and {proofs.name}"
    if "__filter__" in theirs or value(theirs, "stream") != "stream":
        return f"stream_maps: {proofs.name} is filtered, or its column stream is changed"
    return ""


@dataclass(slots=True)
class Ledger:
    """The outcome of every list. Used in one thread.

    Attributes:
        proofs: the complete lists, in the order in which they were emitted.
        unproven: names of the streams whose lists get no proof.
    """

    unproven: frozenset[str] = frozenset()
    proofs: list[Proof] = field(default_factory=list)
    _lists: int = 0
    _tenants: Sequence[str] = ()
    _done: int = 0
    _failed: dict[str, list[str]] = field(default_factory=dict)
    _failed_streams: Counter[str] = field(default_factory=Counter)
    _only_error: tuple[str, BaseException] | None = None
    _flows_read: set[str] = field(default_factory=set)

    def expect(self, tenants: Sequence[str], streams: int) -> None:
        """Set how many lists to expect: `streams` per tenant."""
        self._tenants = tenants
        self._lists = len(tenants) * streams

    def succeed(self, proof: Proof) -> None:
        """Record a complete list."""
        self._done += 1
        if proof.stream not in self.unproven:
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
        if isinstance(error, CallError) and error.is_repeated:
            return  # One line for each dead host and refused key pair: there may be a thousand lists.
        # Not kept: an error's traceback holds the whole response, and there may be a thousand.
        logger.error("%s", line, exc_info=error if logger.isEnabledFor(logging.DEBUG) else None)

    def line(self, tenant: str, stream: str, error: BaseException) -> str:
        """Return the line for a tenant's failed list."""
        if (
            isinstance(error, CallError)
            and error.cause in _NOT_BOUGHT
            and not error.is_token_call
            and tenant in self._flows_read
        ):
            error.advice = f"this list may not be part of what was bought: if so, deselect {stream}"
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
