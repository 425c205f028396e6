"""Base of the tap: SDK behaviour that this tap changes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any, ClassVar

from singer_sdk import Tap
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities
from singer_sdk.plugin_base import JSONSchemaValidator
from typing_extensions import override

from tap_ivrflow.singer import signals
from tap_ivrflow.singer.cli import CommandLine
from tap_ivrflow.singer.config import normalised, problems_of_schema
from tap_ivrflow.singer.errors import ConfigError
from tap_ivrflow.singer.messages import MessageWriter
from tap_ivrflow.singer.stream_maps import make_mapper, problems_of_stream_maps


class SingerTap(CommandLine):
    """Base of the tap. A subclass has settings, streams, and the hooks `problems` and `prepare`."""

    # Batch files would ignore stream maps and deselected columns.
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        each for each in Tap.capabilities if each is not PluginCapabilities.BATCH
    ]
    message_writer_class = MessageWriter
    message_writer: MessageWriter

    patterns: ClassVar[Mapping[str, str]] = {}
    """What a value must be, for each pattern in the schema of the settings."""

    @abstractmethod
    def problems(self, config: Mapping[str, Any]) -> Iterator[str]:
        """Yield a line for each problem that the schema cannot find, in a configuration that fits it."""

    @abstractmethod
    def prepare(self) -> None:
        """Use a configuration that has no problems."""

    @override
    def setup_mapper(self) -> None:
        """Set up the stream maps, after a check of the catalog and of the maps.

        Raises:
            ConfigError: the catalog belongs to another tap, or a map names an unknown stream or column.
        """
        catalog = self.input_catalog
        if catalog is not None and not catalog.keys() & self.streams.keys():
            raise ConfigError(["--catalog: it has no stream of this tap: run --discover again"])
        if problems := list(problems_of_stream_maps(self.config.get("stream_maps", {}), self.streams)):
            raise ConfigError(problems)
        self.mapper = make_mapper(self.config, self.catalog, self.logger)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the configuration instead of the SDK, whose messages print values, secrets among them.

        There is no public hook between the reading of the environment and that check.

        Raises:
            ConfigError: `raise_errors` is true and there are problems.
        """
        problems = self._problems()
        if not problems:
            self.prepare()
        elif raise_errors:
            raise ConfigError(problems)
        return problems

    def _problems(self) -> list[str]:
        """Complete the configuration with its defaults, and return its problems."""
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        settings = schema["properties"]
        try:
            config = self._config = normalised(self._config, settings)
            errors = list(JSONSchemaValidator(schema).iter_errors(config))  # Sets the defaults, too.
        except ConfigError as error:
            return error.problems
        except AttributeError:  # The SDK's schema of `__else__` has a rule that is not one.
            return ["stream_maps: __else__ must be null or __NULL__"]
        lines = [line for error in errors for line in problems_of_schema(error, settings, self.patterns)]
        return list(dict.fromkeys(lines)) or list(self.problems(config))

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End the run."""
        signals.end_run(signum, self.message_writer, self.logger)
