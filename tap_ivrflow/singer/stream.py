"""Base of all streams: SDK behaviour that this tap changes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from singer_sdk import Stream, metrics
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib import RecordMessage, Schema
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_ivrflow.singer.errors import ConfigError

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import Catalog, CatalogEntry

    from tap_ivrflow.singer.tap import SingerTap

_BANNER: Final = "An unhandled error occurred"


class CatalogStream(Stream):
    """A stream of which a catalog selects columns, and changes neither keys nor types."""

    replication_method = REPLICATION_FULL_TABLE
    """Always full table, whatever the catalog says: the service has no change times."""

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Apply a catalog but keep the stream's own keys and types; the SDK would emit the catalog's.

        Raises:
            ConfigError: a key column is missing or deselected, so rows would overwrite each other; or it is
                unclear what is selected.
        """
        own_keys, entry = list(self.primary_keys), catalog.get_stream(self.name)
        if entry is None:
            super().apply_catalog(catalog)
            return
        if entry.metadata and () not in entry.metadata:  # The SDK would select all other columns.
            problem = f"--catalog: {self.name} has metadata for columns and none for the stream itself"
            raise ConfigError([problem])
        self._keep_types(entry)
        super().apply_catalog(catalog)
        if list(self.primary_keys) != own_keys:
            line = "--catalog: the key of %s is %s, whatever the catalog says"
            self.logger.warning(line, self.name, ", ".join(own_keys))
        self.primary_keys = entry.key_properties = own_keys
        self.replication_key = None  # SCHEMA would name it, and the records are not in its order.
        if self.selected and (missing := [key for key in own_keys if not self.has_column(key)]):
            raise ConfigError([f"--catalog: {self.name} must have the key column {key}" for key in missing])

    def _keep_types(self, entry: CatalogEntry) -> None:
        """Give the columns of a catalog the stream's own types: its records have them."""
        declared, own = entry.schema.to_dict().get("properties", {}), self.schema["properties"]
        kept = {name: own[name] for name in own if name in declared}
        changed = [name for name in kept if _types(declared[name]) != _types(own[name])]
        if changed:
            line = "--catalog: types of columns of %s are the tap's, whatever the catalog says: %s"
            self.logger.warning(line, self.name, ", ".join(sorted(changed)))
        entry.schema = Schema.from_dict({**self.schema, "properties": kept})

    def has_column(self, name: str) -> bool:
        """Whether the records have a column: a catalog may lack it, or deselect it."""
        return name in self.effective_schema.get("properties", {}) and self.mask.get(
            ("properties", name), True
        )


class SingerStream(CatalogStream):
    """Base of all streams. A subclass has a name, keys and `get_records`."""

    _tap: SingerTap
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    """The values are converted before. The SDK would check each of them again."""
    is_complete = True
    """Whether all records were emitted, so that a target may delete every other row."""

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        """Log a message, except the SDK's line before every error, which has its own line."""
        if not message.startswith(_BANNER):
            super().log(message, *args, level=level, **kwargs)

    @property
    def is_plain(self) -> bool:
        """Whether records stay as they are: no stream map, flattening, deselected column or `--test`."""
        (first, *more) = self.stream_maps
        return (
            type(first) is SameRecordTransform
            and not (more or first.flattening_enabled)
            and self.ABORT_AT_RECORD_COUNT is None
            and all(map(self.has_column, self.effective_schema["properties"]))
        )

    def write_rows(
        self, frame: dict[str, Any], rows: Sequence[msgspec.Struct], time_extracted: datetime
    ) -> None:
        """Write the records of a plain stream at once; the SDK's loop takes ten times as long.

        Args:
            frame: as for `MessageWriter.write_rows`.
            rows: a struct for each record.
            time_extracted: when the rows were read.
        """
        message = RecordMessage(self.name, frame, self._stream_version, time_extracted)
        self._tap.message_writer.write_rows(message, rows)
        self._counter.increment(len(rows))

    @override
    def get_record_counter(self, **kwargs: Any) -> metrics.Counter:
        """Keep the counter, for records that do not pass through the SDK."""
        self._counter = super().get_record_counter(**kwargs)
        return self._counter

    @override
    def get_sync_timer(self) -> metrics.Timer:
        """Keep the timer, whose METRIC line says whether the stream failed."""
        self._timer = super().get_sync_timer()
        return self._timer

    def fail(self) -> None:
        """Record that records are missing; the sync goes on."""
        self.is_complete = False
        self._timer.tags[metrics.Tag.STATUS] = metrics.Status.FAILED

    @override
    def generate_child_contexts(self, record: dict[str, Any], context: Context | None) -> Iterator[Context]:
        """Return none: there are no child streams. The SDK would copy each record to find out."""
        del record, context
        return iter(())

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Delay ACTIVATE_VERSION: the SDK would send it before the first record, when the run may still fail.

        There is no public hook. The version is the run's start in milliseconds: two runs may share a second.
        """
        del full_table_version
        self._stream_version = self._tap.initialized_at

    @override
    def finalize_state_progress_markers(self, state: dict[str, Any] | None = None) -> None:
        """End the stream, and send ACTIVATE_VERSION if it is complete.

        The SDK calls this after a sync without an error.
        """
        self._tap.message_writer.flush()
        if self._stream_version is not None and self.is_complete:
            super()._write_activate_version_message(self._stream_version)
        super().finalize_state_progress_markers(state)


def _types(column: dict[str, Any]) -> set[str]:
    types = column.get("type", ())
    return {types} if isinstance(types, str) else {*types}
