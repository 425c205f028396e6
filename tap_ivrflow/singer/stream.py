"""Overrides of what the SDK does for a stream: keys, selection, the time of ACTIVATE_VERSION."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol

from singer_sdk import Stream, Tap, metrics
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_ivrflow.singer.errors import ConfigError

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import Catalog

    from tap_ivrflow.aicc.client import Client
    from tap_ivrflow.ledger import Ledger
    from tap_ivrflow.singer.messages import MessageWriter
    from tap_ivrflow.tenants import Tenant


class Run(Protocol):
    """What the streams share in one run of the tap."""

    message_writer: MessageWriter

    @property
    def ledger(self) -> Ledger:
        """What came of each list of this run."""

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


class SingerStream(Stream):
    """Base of all streams: replaces what the SDK would do wrongly here.

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
        """Select the stream, but not for a test of the connection, for which the SDK selects every stream."""
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
        if self.selected and (problems := list(_problems_of_selection(self, keys))):
            raise ConfigError([f"--catalog: {problem}" for problem in problems])

    def has_column(self, name: str) -> bool:
        """Tell whether the records have a column: a catalog may lack it, or deselect it."""
        return name in self.effective_schema.get("properties", {}) and self.mask.get(
            ("properties", name), True
        )

    @override
    def generate_child_contexts(self, record: dict[str, Any], context: Context | None) -> tuple[()]:
        """Return none: there are no child streams. The SDK would copy each record to find out."""
        del record, context
        return ()

    @override
    def get_sync_timer(self) -> metrics.Timer:
        """Return a timer that is kept: an incomplete run must not be measured as a success."""
        return self._timer

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Hold the message back, which the SDK writes before the first record, when the run may still fail.

        There is no public hook. The version is the run's start in milliseconds: two runs may share a second.
        """
        del full_table_version
        self._stream_version = self._run.initialized_at

    @override
    def finalize_state_progress_markers(self, state: dict[str, Any] | None = None) -> None:
        """End the stream: send ACTIVATE_VERSION if every tenant's list was read whole.

        The SDK calls this when the sync is over without an error.

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


def _problems_of_selection(stream: SingerStream, keys: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with the columns that a catalog leaves to a stream."""
    for key in keys:
        if not stream.has_column(key):
            yield f"the key column {key} of {stream.name} must be there"
    if "batch_config" in stream.config:  # The SDK writes the files as if all columns were selected.
        for column in stream.effective_schema.get("properties", {}):
            if column not in keys and not stream.has_column(column):
                yield f"batch_config cannot be used where a column is not selected: {column} of {stream.name}"


def _is_not_sdk_banner(record: logging.LogRecord) -> bool:
    """Drop the line that the SDK writes before every error: the error's own line says what happened."""
    return not str(record.msg).startswith("An unhandled error occurred")
