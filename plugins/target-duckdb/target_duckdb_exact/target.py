"""The Singer side: settings, messages, and the end of a run."""

from __future__ import annotations

import os
from functools import cached_property
from types import FrameType
from typing import Any, ClassVar, Final, NoReturn, cast

from singer_sdk import Target
from singer_sdk import typing as th
from singer_sdk.helpers.capabilities import PluginCapabilities, TargetCapabilities
from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform, StreamMap
from typing_extensions import override

from target_duckdb_exact.database import Database
from target_duckdb_exact.errors import LoadError
from target_duckdb_exact.reader import Reader
from target_duckdb_exact.sink import DECODER, DuckDBSink

_TIMES: Final = "the columns `_sdc_extracted_at`, `_sdc_batched_at` and `_sdc_deleted_at`: times in UTC"
_HARD_DELETE: Final = "Whether ACTIVATE_VERSION deletes rows, or marks them in `_sdc_deleted_at`."
_LOCK_TIMEOUT: Final = "Seconds to wait for a file that another process has open."


class TargetDuckDB(Target):
    """Singer target for DuckDB that changes no value and commits each run in one transaction."""

    name = "target-duckdb"
    package_name = "target-duckdb-exact"
    default_sink_class = DuckDBSink
    message_reader_class = Reader
    capabilities: ClassVar = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.STRUCTURED_LOGGING,
        TargetCapabilities.HARD_DELETE,
    ]
    config_jsonschema: ClassVar = th.PropertiesList(
        th.Property(
            "path", th.StringType, required=True, description="Database file, in a folder that exists."
        ),
        th.Property(
            "default_target_schema", th.StringType, default="main", description="Schema of the tables."
        ),
        th.Property(
            "add_record_metadata", th.BooleanType, default=True, description=f"Whether to add {_TIMES}."
        ),
        th.Property("hard_delete", th.BooleanType, default=False, description=_HARD_DELETE),
        th.Property("lock_timeout", th.IntegerType(minimum=0), default=60, description=_LOCK_TIMEOUT),
        additional_properties=False,  # A misspelt setting is an error.
    ).to_dict()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as the SDK has them
        """Read the settings; the file is opened with the first SCHEMA."""
        super().__init__(*args, **kwargs)
        # The SDK would empty sinks in threads.
        self.max_parallelism = 1
        self._reader = cast("Reader", self.message_reader)
        self.sinks: list[DuckDBSink] = []
        self._activated: set[str] = set()

    @cached_property
    def database(self) -> Database:
        """The database file, opened with the first SCHEMA."""
        return Database(self.config)

    @override
    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add the settings of stream maps and flattening, and none that would have no effect."""
        super(Target, cls).append_builtin_config(config_jsonschema)

    @override
    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        stream, schema = message_dict["stream"], message_dict["schema"]
        if not isinstance(schema.get("properties"), dict):
            raise LoadError(f"{stream}: the SCHEMA has no properties")
        self._reader.sink = None
        self.mapper.register_raw_stream_schema(stream, schema, message_dict["key_properties"] or [])
        for stream_map in self._maps(message_dict):
            self.get_sink(
                stream_map.stream_alias,
                schema=stream_map.transformed_schema,
                key_properties=stream_map.transformed_key_properties or [],
            )

    @override
    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        stream, line = message_dict["stream"], message_dict["line"]
        maps = self._maps(message_dict)
        if len(maps) == 1 and isinstance(maps[0], SameRecordTransform) and not maps[0].flattening_enabled:
            sink = cast("DuckDBSink", self.get_sink(stream))
            sink.stage(line)
            self._reader.sink = sink
            return
        message = DECODER.decode(line)
        for stream_map in maps:
            record = stream_map.transform(dict(message["record"]))
            if record is not None:
                self.get_sink(stream_map.stream_alias).process_record(record, message)

    @override
    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        self._maps(message_dict)
        self._activated.add(message_dict["stream"])

    def _maps(self, message: dict[str, Any]) -> list[StreamMap]:
        """Return the maps of a stream, except one that excludes it: its table is left alone.

        Raises:
            LoadError: the stream has no SCHEMA yet.
        """
        if message["stream"] not in self.mapper.stream_maps:
            raise LoadError(f"{message['stream']}: the {message['type']} comes before the SCHEMA")
        maps = self.mapper.stream_maps[message["stream"]]
        return [each for each in maps if not isinstance(each, RemoveRecordTransform)]

    @override
    def process_endofpipe(self) -> None:
        """Load and commit what was read; the STATE is printed after that."""
        if self.sinks:
            self.database.begin()
            # Stream maps can load several streams into a table; each has to be activated.
            others = self.mapper.stream_maps.keys() - self._activated
            kept = {each.stream_alias for stream in others for each in self._maps({"stream": stream})}
            for sink in self.sinks:
                sink.process_batch({"activate": sink.stream_name not in kept})
                kept.add(sink.stream_name)
            self.database.commit()
        try:
            super().process_endofpipe()
        except OSError as error:
            raise LoadError(f"the run is committed, but its STATE cannot be printed: {error}") from error

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> NoReturn:
        """End without a commit, where the SDK would load a part of the run and exit with 0."""
        # DuckDB would turn an exception into another one.
        os._exit(128 + signum)
