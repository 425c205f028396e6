"""The streams. Here the two sides meet: tenants are read on the wire, their rows go to Singer."""

from __future__ import annotations

import abc
import json
import logging
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

from singer_sdk import Stream, metrics
from singer_sdk.exceptions import SingerSDKError
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_ivrflow.client import Client, Connections
from tap_ivrflow.columns import Columns, Record, Rows
from tap_ivrflow.errors import ConfigError, IncompleteRunError, IVRFlowError
from tap_ivrflow.pool import Pool
from tap_ivrflow.progress import Progress
from tap_ivrflow.retry import Retry
from tap_ivrflow.tenants import tenants_of

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import Catalog

    from tap_ivrflow.envelope import Answer
    from tap_ivrflow.tap import TapIVRFlow
    from tap_ivrflow.tenants import Tenant

T = TypeVar("T")


class TenantStream(Stream, abc.ABC):
    """A list that the service keeps for each tenant space, read whole, of all tenants one after another.

    The tenants are no partitions of the SDK: those would be read one by one, and each would leave an
    entry in the state. A subclass is a name, keys, a schema and the client's call.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    """The rows fit already, see `columns`. The SDK would look at each value again, and convert none."""

    replication_method = REPLICATION_FULL_TABLE
    """Whatever a catalog says: there is nothing in the service to go on from."""

    partitions = None
    """Never those of an old state: each would be a second reading of every tenant."""

    def __init__(self, tap: TapIVRFlow) -> None:
        """Prepare; nothing is called yet."""
        schema = files("tap_ivrflow.schemas").joinpath(f"{self.name}.json")
        # Read once: the SDK's descriptor for schema files is asked again for every record.
        super().__init__(tap=tap, schema=json.loads(schema.read_text(encoding="utf-8")))
        self._redact = tap.redact
        self._writer = tap.message_writer
        self._run_version = tap.initialized_at
        self._tenants = 0
        self._failed: list[str] = []
        self._only_error: BaseException | None = None
        self._unknown: set[str] = set()
        self._timer = super().get_sync_timer()
        self.logger.addFilter(_says_something)

    @abc.abstractmethod
    def call(self, client: Client, read: Callable[[Answer], T]) -> T:
        """Make the stream's call for one tenant, and return what is read of the answer."""

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

        The rows of a tenant come when its whole answer was judged, or not at all. A tenant that fails
        does not stop the others: the run fails once they were read.
        """
        tenants = tenants_of(self.config)
        self._tenants = len(tenants)
        self._failed.clear()
        self._only_error = None
        if not tenants:
            self.logger.warning("no tenant falls into shard %s", self.config["tenant_shard"])
        pool = Pool(self._reading(), self.config["concurrency"])
        with Progress(len(tenants)) as progress:
            for tenant, reading in pool.in_order(tenants):
                error = reading.exception()
                if error is not None:
                    self._fail(tenant, error)
                    progress.count(failed=True)
                    continue
                rows = reading.result()
                self._warn(tenant, rows)
                yield from rows.records(tenant.name)
                progress.count(flows=len(rows.structs))

    @override
    def generate_child_contexts(self, record: dict[str, Any], context: Context | None) -> tuple[()]:
        """Return none: there are no child streams, and the SDK would copy each record to find out."""
        del record, context
        return ()

    @override
    def get_sync_timer(self) -> metrics.Timer:
        """Return the SDK's timer, but a known one: an incomplete run must not be measured as a success."""
        return self._timer

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Hold the message back, which the SDK wants to write before the first record.

        Sent then, it would let a target delete rows on the word of a run that may die. This private
        method is the one place where the SDK lets the message be moved. The version is the run's start
        in milliseconds: in the SDK's seconds two runs could have the same one.
        """
        del full_table_version
        self._stream_version = self._run_version

    @override
    def finalize_state_progress_markers(self, state: dict[str, Any] | None = None) -> None:
        """End the stream: the SDK calls this when the sync is over and no error came out of it.

        Raises:
            IncompleteRunError: a tenant failed, so there is no ACTIVATE_VERSION.
        """
        self._writer.flush()
        self._raise_incomplete()
        if self._stream_version is not None:
            super()._write_activate_version_message(self._stream_version)
        super().finalize_state_progress_markers(state)

    def _reading(self) -> Callable[[Tenant], Rows]:
        """Return how a tenant is read, with what all tenants share. Called in the pool's threads."""
        config = self.config
        connections = Connections(
            size=config["concurrency"], timeout=config["request_timeout"], user_agent=config["user_agent"]
        )
        retry = Retry(config["max_retries"])
        columns = Columns(self.schema, self.effective_schema)

        def read(tenant: Tenant) -> Rows:
            client = Client(
                tenant, connections, retry, token_lifetime=config["token_lifetime"], redact=self._redact
            )
            rows = self.call(client, columns.read)
            if rows is not None:
                return rows
            self.logger.warning("tenant %r: a success without a list of rows, taken as none", tenant.name)
            return Rows()

        return read

    def _warn(self, tenant: Tenant, rows: Rows) -> None:
        """Warn of what is odd about a tenant's rows; of each unknown field once a run."""
        if rows.twice:
            ids = ", ".join(map(str, rows.twice))
            self.logger.warning("tenant %r: more than one row has the same id: %s", tenant.name, ids)
        for name in sorted(rows.unknown - self._unknown):
            self.logger.warning("field %r is unknown to this version of the tap and was dropped", name)
        self._unknown |= rows.unknown

    def _fail(self, tenant: Tenant, error: BaseException) -> None:
        """Note that a tenant failed, and say so, unless it is the only one: then the run's end does.

        Raises:
            IncompleteRunError: this is a test of the connection (`--test`), which has failed with it.
        """
        self._failed.append(tenant.name)
        self._timer.tags[metrics.Tag.STATUS] = metrics.Status.FAILED
        if self.ABORT_AT_RECORD_COUNT is not None:
            raise IncompleteRunError(_line(tenant.name, error)) from error
        if self._tenants == 1:
            self._only_error = error
        else:
            # Not kept: an error's traceback holds the whole answer, and there may be a thousand.
            traceback = error if self.logger.isEnabledFor(logging.DEBUG) else None
            self.logger.error("%s", _line(tenant.name, error), exc_info=traceback)

    def _raise_incomplete(self) -> None:
        """End the run if a tenant failed."""
        if self._only_error is not None:
            raise IncompleteRunError(_line(self._failed[0], self._only_error)) from self._only_error
        if self._failed:
            names = ", ".join(self._failed)
            raise IncompleteRunError(f"{len(self._failed)} of {self._tenants} tenants failed: {names}")


class IVRFlows(TenantStream):
    """The IVR flows of every tenant space (`queryIVRFlowList`)."""

    name = "ivr_flows"
    primary_keys = ("tenant", "id")

    @override
    def call(self, client: Client, read: Callable[[Answer], T]) -> T:
        return client.query_ivr_flows(read)


def described(error: BaseException) -> str:
    """Return an error's line. Of one that nobody foresaw it is the type: its text may hold a record."""
    if isinstance(error, IVRFlowError | SingerSDKError | OSError):
        return str(error)
    return f"unexpected {type(error).__name__} (TAP_IVRFLOW_LOGLEVEL=DEBUG shows where)"


def _line(tenant: str, error: BaseException) -> str:
    return f"tenant {tenant!r}: {described(error)}"


def _says_something(record: logging.LogRecord) -> bool:
    """Drop the line that the SDK writes before every error: the error's own line says what happened."""
    return not str(record.msg).startswith("An unhandled error occurred")
