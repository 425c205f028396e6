"""Reads Singer messages, most of them in one step with the staging of their rows."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import IO, Any

import msgspec
from singer_sdk.io_base import GenericSingerReader
from typing_extensions import override

from target_duckdb_exact.errors import LoadError
from target_duckdb_exact.sink import DuckDBSink


class _Record(msgspec.Struct, tag="RECORD"):
    stream: str
    record: dict[str, msgspec.Raw]


class _Schema(msgspec.Struct, tag="SCHEMA"):
    stream: str
    schema: dict[str, Any]
    key_properties: list[str] | None = None


class _State(msgspec.Struct, tag="STATE"):
    value: Any


class _ActivateVersion(msgspec.Struct, tag="ACTIVATE_VERSION"):
    stream: str


class Reader(GenericSingerReader[bytes]):
    """Reads messages, and hands most lines to the sink of the line before, which decodes them in one step."""

    def __init__(self) -> None:
        """Begin without a sink."""
        super().__init__()
        self.sink: DuckDBSink | None = None
        self._decoder = msgspec.json.Decoder(_Record | _Schema | _State | _ActivateVersion)

    @property
    @override
    def default_input(self) -> IO[bytes]:
        return sys.stdin.buffer

    @override
    def process_lines(
        self, file_input: IO[bytes] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Counter[str]:
        """Read all messages.

        Raises:
            LoadError: a line is not a message that can be loaded; with its number.
        """
        counts: Counter[str] = Counter()
        # `--input` opens a file as text.
        for number, line in enumerate(getattr(file_input, "buffer", file_input) or self.default_input, 1):
            try:
                if self.sink and self.sink.try_to_stage(line):
                    counts["RECORD"] += 1
                    continue
                message = self.deserialize_json(line)
                callbacks[message["type"]](message)
            except LoadError as error:
                raise LoadError(f"line {number}: {error}") from error
            counts[message["type"]] += 1
        return counts

    @override
    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        try:
            message = self._decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise LoadError(f"not a Singer message: {error}") from error
        return {**msgspec.structs.asdict(message), "type": type(message).__struct_config__.tag, "line": line}
