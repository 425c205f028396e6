"""The streams. Here the two sides meet: lists are fetched on the wire, their rows go to Singer."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from singer_sdk import Stream, Tap, metrics
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_ivrflow.calls import IVR_FLOWS, Call
from tap_ivrflow.columns import Columns, Record, Rows
from tap_ivrflow.errors import ConfigError, IncompleteRunError, error_line
from tap_ivrflow.pool import in_order
from tap_ivrflow.tenants import tenants_of

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import Catalog

    from tap_ivrflow.client import Client
    from tap_ivrflow.ledger import Ledger
    from tap_ivrflow.messages import MessageWriter
    from tap_ivrflow.tenants import Tenant


class Run(Protocol):
    """What the streams share in one run of the tap."""

    ledger: Ledger
    message_writer: MessageWriter

    @property
    def initialized_at(self) -> int:
        """Start of the run in milliseconds since 1970."""

    def client(self, tenant: Tenant) -> Client:
        """Return the client of a tenant space."""


class TenantStream(Stream):
    """Base of streams that list one resource of every tenant space in full.

    A subclass is a name, a schema file of that name, and the facts of a call. The tenants are no
    partitions of the SDK: those would be read one by one, and each would leave an entry in the state.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    """The rows are converted already, see `columns`. The SDK would look at each value again."""

    replication_method = REPLICATION_FULL_TABLE
    """Whatever a catalog says: the service has nothing to continue from."""

    partitions = None
    """Never those of an old state: each would read every tenant once more."""

    call: ClassVar[Call]

    def __init__(self, tap: Tap, run: Run) -> None:
        """Prepare; nothing is called yet."""
        schema = files("tap_ivrflow.schemas").joinpath(f"{self.name}.json")
        # Parsed once: the SDK's descriptor for schema files is asked again for every record.
        super().__init__(tap=tap, schema=json.loads(schema.read_text(encoding="utf-8")))
        self._run = run
        self._unknown_fields: set[str] = set()
        self._timer = super().get_sync_timer()
        self.logger.addFilter(_is_not_sdk_banner)

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Take over a catalog, unless it leaves out a column of the key.

        Raises:
            ConfigError: it does, so that rows would overwrite each other.
        """
        keys = self.primary_keys
        super().apply_catalog(catalog)
        columns = self.effective_schema.get("properties", {})
        lost = [key for key in keys if key not in columns or not self.mask.get(("properties", key), True)]
        if self.selected and lost:
            raise ConfigError(
                [f"--catalog: the key column {key} of {self.name} must be there" for key in lost]
            )

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the rows of all tenants, in the order of the settings and of the service.

        The rows of a tenant come when its whole list was judged, or not at all. A tenant that fails
        does not stop the others: the run fails once they were read.
        """
        tenants = tenants_of(self.config)
        ledger = self._run.ledger
        ledger.begin(len(tenants))
        if not tenants:
            self.logger.warning("no tenant falls into shard %s", self.config["tenant_shard"])
        for tenant, future in in_order(self._extractor(), tenants, self.config["concurrency"]):
            error = future.exception()
            if error is not None:
                self._fail(tenant, error)
                continue
            rows = future.result()
            self._warn(tenant, rows)
            yield from rows.records(tenant.name)
            ledger.succeed(self.name, tenant.name, len(rows.structs))

    @override
    def generate_child_contexts(self, record: dict[str, Any], context: Context | None) -> tuple[()]:
        """Return none: there are no child streams, and the SDK would copy each record to find out."""
        del record, context
        return ()

    @override
    def get_sync_timer(self) -> metrics.Timer:
        """Return a timer that is kept: an incomplete run must not be measured as a success."""
        return self._timer

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Hold the message back, which the SDK wants to write before the first record.

        Sent then, it would let a target delete rows although the run may still fail. This private
        method is the one place where the SDK lets the message be moved. The version is the run's start
        in milliseconds: in the SDK's seconds two runs could have the same one.
        """
        del full_table_version
        self._stream_version = self._run.initialized_at

    @override
    def finalize_state_progress_markers(self, state: dict[str, Any] | None = None) -> None:
        """End the stream: the SDK calls this when the sync is over without an error.

        Raises:
            IncompleteRunError: a tenant failed, so there is no ACTIVATE_VERSION.
        """
        self._run.message_writer.flush()
        self._run.ledger.end()
        if self._stream_version is not None:
            super()._write_activate_version_message(self._stream_version)
        super().finalize_state_progress_markers(state)

    def _extractor(self) -> Callable[[Tenant], Rows]:
        """Return the function that reads one tenant's list. It is called in the pool's threads."""
        columns = Columns(self.call, self.schema, self.effective_schema)
        return lambda tenant: self._run.client(tenant).fetch_parsed(self.call, columns.parse)

    def _warn(self, tenant: Tenant, rows: Rows) -> None:
        """Warn about what is odd in a tenant's rows; about each unknown field once a run."""
        if rows.is_absent:
            self.logger.warning("tenant %r: no list in a successful answer: treated as empty", tenant.name)
        if rows.duplicate_ids:
            ids = ", ".join(map(str, rows.duplicate_ids))
            self.logger.warning("tenant %r: duplicate id(s): %s", tenant.name, ids)
        for name in sorted(rows.unknown_fields - self._unknown_fields):
            self.logger.warning("field %r is unknown to this version of the tap and was dropped", name)
        self._unknown_fields |= rows.unknown_fields

    def _fail(self, tenant: Tenant, error: BaseException) -> None:
        """Note that a tenant failed.

        Raises:
            IncompleteRunError: this is a test of the connection (`--test`), which has failed with it.
        """
        self._timer.tags[metrics.Tag.STATUS] = metrics.Status.FAILED
        if self.ABORT_AT_RECORD_COUNT is not None:
            raise IncompleteRunError(f"tenant {tenant.name!r}: {error_line(error)}") from error
        self._run.ledger.fail(tenant.name, error)


class IVRFlows(TenantStream):
    """The IVR flows of every tenant space (`queryIVRFlowList`)."""

    name = "ivr_flows"
    primary_keys = ("tenant", "id")
    call = IVR_FLOWS


def _is_not_sdk_banner(record: logging.LogRecord) -> bool:
    """Drop the line that the SDK writes before every error: the error's own line says what happened."""
    return not str(record.msg).startswith("An unhandled error occurred")
