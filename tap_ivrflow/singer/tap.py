"""Overrides of what the SDK does for a tap: configuration, catalog, state, signals."""

from __future__ import annotations

from copy import deepcopy
from types import FrameType
from typing import Any

from singer_sdk.mapper import PluginMapper
from singer_sdk.plugin_base import JSONSchemaValidator
from typing_extensions import override

from tap_ivrflow.aicc.redaction import Redactor
from tap_ivrflow.singer import signals
from tap_ivrflow.singer.batches import offer_gzip_only, with_compression
from tap_ivrflow.singer.cli import CommandLine
from tap_ivrflow.singer.config import (
    problems_of_schema,
    problems_of_values,
    with_parsed_tenants,
    without_blanks,
)
from tap_ivrflow.singer.errors import ConfigError
from tap_ivrflow.singer.messages import MessageWriter
from tap_ivrflow.singer.stream_maps import mend, name_failures, problems_of_stream_maps


class SingerTap(CommandLine):
    """Base of the tap: replaces what the SDK would do wrongly here. A subclass is settings and streams."""

    message_writer_class = MessageWriter
    message_writer: MessageWriter

    @override
    def __init__(self, *, parse_env_config: bool = False, **kwargs: Any) -> None:
        """Check the configuration; nothing is called yet.

        Raises:
            ConfigError: the configuration cannot be used.
        """
        if isinstance(kwargs.get("catalog"), dict):
            kwargs["catalog"] = {"streams": [], **kwargs["catalog"]}
        self.redact = Redactor()
        self.redact.guard_logging()
        if parse_env_config:
            kwargs["config"] = {**(kwargs.get("config") or {}), **self.read_environment()}
        super().__init__(parse_env_config=False, **kwargs)
        signals.handle_hangup(self._handle_termination)

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Keep nothing of any state: every run reads everything."""

    @override
    def setup_mapper(self) -> None:
        """Set up the stream maps, once they and the catalog in use have been checked.

        Raises:
            ConfigError: the catalog is one of another tap, or a map is of no stream or column.
        """
        catalog = self.input_catalog
        if catalog is not None and not catalog.keys() & self.streams.keys():
            raise ConfigError(["--catalog: it has no stream of this tap: discover again"])
        columns = {name: stream.schema["properties"] for name, stream in self.streams.items()}
        keys = {name: stream.primary_keys or () for name, stream in self.streams.items()}
        if problems := list(problems_of_stream_maps(self.config.get("stream_maps", {}), columns, keys)):
            raise ConfigError(problems)
        # A stream that is not selected would have no column here, not even the key that its map needs.
        everything = deepcopy(self.catalog)
        for entry in everything.streams:
            entry.metadata.root.selected = True
        self.mapper = PluginMapper(plugin_config=dict(self.config), logger=self.logger)
        self.mapper.register_raw_streams_from_catalog(everything)
        for stream_maps in self.mapper.stream_maps.values():
            name_failures(stream_maps)

    @classmethod
    @override
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add the settings that the SDK brings."""
        super().append_builtin_config(config_jsonschema)
        offer_gzip_only(config_jsonschema["properties"]["batch_config"])
        mend(config_jsonschema["properties"]["stream_maps"])

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the configuration in place of the SDK, whose messages print values, secrets among them.

        There is no public hook between the reading of the environment and that check.

        Raises:
            ConfigError: `raise_errors` is true and there are problems.
        """
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        self._config = with_parsed_tenants(without_blanks(self._config))
        errors = JSONSchemaValidator(schema).iter_errors(self._config)
        lines = (line for error in errors for line in problems_of_schema(error, list(schema["properties"])))
        problems = list(dict.fromkeys(lines)) or list(problems_of_values(self._config))
        if not problems:
            if "batch_config" in self._config:
                self._config["batch_config"] = with_compression(self._config["batch_config"])
            self.prepare()
        elif raise_errors:
            raise ConfigError(problems)
        return problems

    def prepare(self) -> None:
        """Finish a configuration that has no problems."""

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End the run: see `signals`."""
        signals.end_run(signum, self.message_writer, self.logger)
