"""Stages the rows of a stream in a file."""

from __future__ import annotations

import copy
import re
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec
from singer_sdk.sinks import Sink
from typing_extensions import override

from target_duckdb_exact.columns import columns_of, folded, message_type, quoted
from target_duckdb_exact.errors import LoadError

if TYPE_CHECKING:
    from target_duckdb_exact.target import TargetDuckDB

DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
"""Keeps every digit of a number."""

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_DEFAULT_SIZE: Final = 16 * 1024 * 1024
"""Bytes of a line for which DuckDB makes room unless told otherwise."""


class _Message(msgspec.Struct):
    """A RECORD message whose values are not decoded."""

    type: str
    stream: str
    record: dict[str, msgspec.Raw]
    time_extracted: str | None = None


class DuckDBSink(Sink):
    """The rows of a stream under one SCHEMA, as JSON Lines in a file without a name until the run's end.

    A file keeps memory bounded. It has no name, so that no process that dies leaves it behind.
    """

    def __init__(
        self,
        target: TargetDuckDB,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        """Make the file, in the folder of the database.

        Raises:
            LoadError: the columns cannot form a table, or the table is another stream's.
        """
        # The SDK adds and removes columns of the schema that it gets, which is the stream map's too.
        super().__init__(target, stream_name, copy.deepcopy(schema), key_properties)
        for other in (sink.stream_name for sink in target.sinks):
            if other != stream_name and folded(other) == folded(stream_name):
                raise LoadError(f"the streams {other!r} and {stream_name!r} differ in case only")
        self.columns = columns_of(stream_name, schema, self.key_properties)
        self.rows = 0
        self._longest = 0
        self._decoder = msgspec.json.Decoder(message_type(stream_name, self.columns))
        self._json = [(f"c{n}", column.key) for n, column in enumerate(self.columns) if column.type == "JSON"]
        self._integers = [column.name for column in self.columns if column.type in {"BIGINT", "HUGEINT"}]
        self.database = target.database
        self.file = tempfile.TemporaryFile(dir=self.database.folder)  # noqa: SIM115 - closed when it is loaded
        target.sinks.append(self)

    @property
    def staged(self) -> str:
        """The table function of DuckDB that reads the staged rows. It guesses nothing."""
        row = ", ".join(f"{quoted(column.name)} {column.read_as}" for column in self.columns).replace(
            "'", "''"
        )
        return (
            f"read_json('/dev/fd/{self.file.fileno()}', format = 'newline_delimited',"
            f" compression = 'uncompressed', maximum_object_size = {max(self._longest + 1, _DEFAULT_SIZE)},"
            f" columns = {{position_: 'BIGINT', time_extracted: 'VARCHAR', record: 'STRUCT({row})'}})"
        )

    @override
    def get_validator(self) -> None:
        """Return None: decoding validates each value."""

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Stage a record that stream maps made; `context` is the rest of its message.

        Raises:
            LoadError: a value does not fit its column.
        """
        self.stage(_ENCODER.encode({**context, "stream": self.stream_name, "record": record}))

    def stage(self, line: bytes) -> None:
        """Stage the record of a RECORD message.

        Raises:
            LoadError: a value does not fit its column.
        """
        if self.try_to_stage(line):
            return
        try:
            message = msgspec.json.decode(line, type=_Message)
            for name in message.record.keys() - {column.name for column in self.columns}:
                value = message.record.pop(name)
                if bytes(value) != b"null" and name not in self._warned_missing_fields:
                    self._warned_missing_fields.add(name)
                    self.logger.warning("%r is not in the SCHEMA, and is not loaded", name)
            for name in self._integers:
                # JSON Schema calls 1.0 an integer.
                value = DECODER.decode(message.record.get(name, b"null"))
                if (
                    isinstance(value, Decimal)
                    and value.copy_abs() < 2**127
                    and value == value.to_integral_value()
                ):
                    message.record[name] = msgspec.Raw(b"%d" % int(value))
            self._write(self._decoder.decode(_ENCODER.encode(message)))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            # The regular expressions are those of dates and times.
            text = re.sub(r"`str` matching regex .*(?= - at)", "a time that DuckDB keeps exactly", str(error))
            raise LoadError(f"{self.stream_name}: {text}") from error

    def try_to_stage(self, line: bytes) -> bool:
        """Stage the record of a line, if it is a RECORD message of this stream whose values fit."""
        try:
            self._write(self._decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        return True

    def _write(self, message: Any) -> None:  # noqa: ANN401 - a type made of the SCHEMA
        for field, is_key in self._json:
            # As text: DuckDB rounds the numbers of JSON that it reads from a file.
            text = bytes(getattr(message.record, field)).decode()
            if is_key and text == "null":
                raise LoadError(f"{self.stream_name}: a column of the key is null")
            setattr(message.record, field, None if text == "null" else text)
        message.position_ = self.rows
        line = _ENCODER.encode(message)
        self.file.write(line + b"\n")
        self.rows += 1
        self._longest = max(self._longest, len(line))

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        """Load the staged rows, and activate their version if `context` says so."""
        self.file.flush()
        self.database.load(self, activate=context["activate"])
        self.file.close()
        self.record_counter_metric.increment(self.rows)
