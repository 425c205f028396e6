"""The streams. Here the two sides meet: lists are fetched on the wire, their rows go to Singer."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from singer_sdk import Stream, Tap, metrics
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_ivrflow import calls
from tap_ivrflow.columns import Columns, Record
from tap_ivrflow.errors import ConfigError, IncompleteRunError, shortened
from tap_ivrflow.ledger import Ledger, Proof
from tap_ivrflow.pool import in_order
from tap_ivrflow.tenants import tenants_of

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import Catalog

    from tap_ivrflow.client import Client
    from tap_ivrflow.envelope import Page
    from tap_ivrflow.messages import MessageWriter
    from tap_ivrflow.tenants import Tenant


class Run(Protocol):
    """What the streams share in one run of the tap."""

    ledger: Ledger
    message_writer: MessageWriter

    @property
    def initialized_at(self) -> int:
        """Start of the run in milliseconds since 1970: the number of its extraction."""

    @property
    def lists(self) -> list[str]:
        """Names of the lists that this run reads of every tenant."""

    def is_last(self, stream: str) -> bool:
        """Tell whether no selected stream follows."""

    def client(self, tenant: Tenant) -> Client:
        """Return the client of a tenant space."""


class IVRFlowStream(Stream):
    """Base of all streams: what the SDK does that would be wrong here.

    A subclass is a name and keys, with a schema file of that name.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    """The rows are converted already, see `columns`. The SDK would look at each value again."""

    replication_method = REPLICATION_FULL_TABLE
    """Whatever a catalog says: the service has nothing to continue from."""

    partitions = None
    """Never those of an old state: each would read every tenant once more."""

    def __init__(self, tap: Tap, run: Run) -> None:
        """Prepare; nothing is called yet."""
        schema = files("tap_ivrflow.schemas").joinpath(f"{self.name}.json")
        # Parsed once: the SDK's descriptor for schema files is asked again for every record.
        super().__init__(tap=tap, schema=json.loads(schema.read_text(encoding="utf-8")))
        self._run = run
        self._timer = super().get_sync_timer()
        self.logger.addFilter(_is_not_sdk_banner)

    @property  # type: ignore[explicit-override] # mypy overlooks it on a property with a setter
    @override
    def selected(self) -> bool:
        """Whether the stream is selected."""
        return super().selected

    @selected.setter
    def selected(self, value: bool | None) -> None:
        """Select the stream, but not for a test of the connection: that selects every stream.

        Such a test must not fail because of a list that nobody selected.
        """
        if self.ABORT_AT_RECORD_COUNT is None:
            self.metadata.root.selected = value
            self._mask = self.metadata.resolve_selection()

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Take over a catalog but for its keys, which are the stream's: the SDK would send any other.

        Raises:
            ConfigError: it leaves out a column of the key, so that rows would overwrite each other.
        """
        keys = self.primary_keys
        super().apply_catalog(catalog)
        if (entry := catalog.get_stream(self.name)) is not None:
            if list(self.primary_keys) != list(keys):
                self.logger.warning(
                    "--catalog: the key of %s is %s, whatever the catalog says", self.name, ", ".join(keys)
                )
            entry.key_properties = list(keys)
        self.primary_keys = keys
        lost = [key for key in keys if not self.has_column(key)]
        if self.selected and lost:
            raise ConfigError(
                [f"--catalog: the key column {key} of {self.name} must be there" for key in lost]
            )

    def has_column(self, name: str) -> bool:
        """Tell whether the records have a column: a catalog may lack it, or deselect it."""
        return name in self.effective_schema.get("properties", {}) and self.mask.get(
            ("properties", name), True
        )

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
            IncompleteRunError: this was the last stream, and a list failed.
        """
        self._run.message_writer.flush()
        ledger = self._run.ledger
        if self._stream_version is not None and ledger.is_whole(self.name):
            super()._write_activate_version_message(self._stream_version)
        super().finalize_state_progress_markers(state)
        if self._run.is_last(self.name):
            ledger.end()


class ListStream(IVRFlowStream):
    """Base of streams that list one resource of every tenant space in full.

    A subclass is a name, keys, and the facts of a call. The tenants are no partitions of the SDK: those
    would be read one by one, and each would leave an entry in the state.
    """

    selected_by_default = False
    """A tenant need not have bought a list, and nothing about it may break the job of one who wants flows."""

    call: ClassVar[calls.Call]

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the rows of all tenants, in the order of the settings and of the service.

        The rows of a tenant come when its whole list was judged, or not at all. A tenant that fails
        does not stop the others: the run fails once all lists were read.
        """
        if not self.selected:
            return
        tenants = tenants_of(self.config)
        ledger = self._run.ledger
        ledger.begin(len(tenants) * len(self._run.lists))
        if not tenants:
            self.logger.warning("no tenant falls into shard %s", self.config["tenant_shard"])
        columns = Columns(self.call, self.schema, self.effective_schema)
        has_proof = self._has_proof()
        unknown: set[str] = set()
        for tenant, future in in_order(self._extractor(columns), tenants, self.config["concurrency"]):
            error = future.exception()
            if error is not None:
                self._fail(tenant, error)
                continue
            begun, page = future.result()
            self._warn(tenant, page, page.unknown_fields - unknown)
            unknown |= page.unknown_fields
            yield from columns.records(page.rows, tenant.name, self._run.initialized_at)
            ledger.succeed(Proof(tenant.name, self.name, begun, len(set(page.keys))), is_proven=has_proof)

    def _extractor(self, columns: Columns) -> Callable[[Tenant], tuple[datetime, Page]]:
        """Return the function that reads one tenant's list. It is called in the pool's threads."""

        def extract(tenant: Tenant) -> tuple[datetime, Page]:
            begun = datetime.now(tz=UTC)
            return begun, self._run.client(tenant).fetch_parsed(self.call, columns.parse)

        return extract

    def _has_proof(self) -> bool:
        """Tell whether the rows say which extraction read them; warn if they do not."""
        if self.has_column("extraction"):
            return True
        self.logger.warning(
            "--catalog: %s lacks the column extraction, so its lists have no proof: discover again", self.name
        )
        return False

    def _warn(self, tenant: Tenant, page: Page, unknown: frozenset[str]) -> None:
        """Warn about what is odd in a tenant's list; about each unknown field once a run."""
        if page.is_absent:
            self.logger.warning("tenant %r: no list in a successful answer: treated as empty", tenant.name)
        if len(set(page.keys)) < len(page.keys):
            duplicates = sorted(key for key, times in Counter(page.keys).items() if times > 1)
            self.logger.warning("tenant %r: duplicate id(s): %s", tenant.name, shortened(duplicates))
        if unknown:
            self.logger.warning(
                "%s: field(s) unknown to this version of the tap were dropped: %s",
                self.name,
                shortened(sorted(unknown)),
            )

    def _fail(self, tenant: Tenant, error: BaseException) -> None:
        """Note that a tenant's list failed.

        Raises:
            IncompleteRunError: this is a test of the connection (`--test`), which has failed with it.
        """
        self._timer.tags[metrics.Tag.STATUS] = metrics.Status.FAILED
        ledger = self._run.ledger
        if self.ABORT_AT_RECORD_COUNT is not None:
            raise IncompleteRunError(ledger.line(tenant.name, self.name, error)) from error
        ledger.fail(tenant.name, self.name, error)


class IVRFlows(ListStream):
    """The IVR flows of every tenant space."""

    name = "ivr_flows"
    primary_keys = ("tenant", "id")
    selected_by_default = True
    call = calls.IVR_FLOWS


class CalledRoutes(ListStream):
    """Which dialled number leads to which flow or queue."""

    name = "called_routes"
    primary_keys = ("tenant", "id")
    call = calls.CALLED_ROUTES


class AccessCodes(ListStream):
    """The hotlines."""

    name = "access_codes"
    primary_keys = ("tenant", "id")
    call = calls.ACCESS_CODES


class SkillQueues(ListStream):
    """The skill queues, and where each overflows to."""

    name = "skill_queues"
    primary_keys = ("tenant", "skillId")
    call = calls.SKILL_QUEUES


class SatisfactionConfig(ListStream):
    """The survey after a call."""

    name = "satisfaction_config"
    primary_keys = ("tenant", "position")
    call = calls.SATISFACTION_CONFIG


class Extractions(IVRFlowStream):
    """Proof of each list that was read and emitted whole: one row for each list of each tenant."""

    name = "extractions"
    primary_keys = ("tenant", "stream")
    emit_activate_version_messages = False
    """A list that failed has no row in this run, and keeps that of the last good one."""

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the proofs of the lists that were read before."""
        for proof in self._run.ledger.proofs:
            yield {
                "tenant": proof.tenant,
                "stream": proof.stream,
                "extraction": self._run.initialized_at,
                "extracted_at": proof.extracted_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "records": proof.records,
            }


LISTS: Final[tuple[type[ListStream], ...]] = (
    IVRFlows,
    CalledRoutes,
    AccessCodes,
    SkillQueues,
    SatisfactionConfig,
)
STREAMS: Final[tuple[type[IVRFlowStream], ...]] = (*LISTS, Extractions)
"""All streams, in the order in which they are synced: the proof of the others comes last."""


def _is_not_sdk_banner(record: logging.LogRecord) -> bool:
    """Drop the line that the SDK writes before every error: the error's own line says what happened."""
    return not str(record.msg).startswith("An unhandled error occurred")
