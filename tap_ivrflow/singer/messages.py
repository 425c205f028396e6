"""Where Singer messages are written to stdout: records in groups, and only whole lines."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable
from typing import BinaryIO, Final, TextIO

import msgspec
from singer_sdk.contrib.msgspec import enc_hook
from singer_sdk.singerlib.encoding import GenericSingerWriter
from singer_sdk.singerlib.encoding.simple import Message, RecordMessage
from singer_sdk.singerlib.json import serialize_json
from typing_extensions import override

from tap_ivrflow.singer.errors import OutputError

_GROUP: Final = 60 * 1024
"""Bytes from which pending records are written. With the last line they still fit into an empty pipe."""


class MessageWriter(GenericSingerWriter[bytes, Message]):
    """Writes records in groups of whole lines, and everything else at once.

    The SDK's writer makes a system call for every record.
    """

    def __init__(self) -> None:
        """Start with nothing pending."""
        super().__init__()
        self._encoder = msgspec.json.Encoder(enc_hook=enc_hook, decimal_format="number")
        self._pending = bytearray()
        self._is_writing = False
        self._stop: Callable[[], None] | None = None

    @override
    def serialize_message(self, message: Message) -> bytes:
        """Return the message as a line of JSON."""
        line = bytearray()
        self._append(message, line)
        return bytes(line)

    @override
    def write_message(self, message: Message) -> None:
        """Take a message; it is written when the group is full, or at once if it is no record.

        Raises:
            OutputError: stdout cannot be written to.
        """
        self._append(message, self._pending)
        if len(self._pending) >= _GROUP or not isinstance(message, RecordMessage):
            self.flush()

    def _append(self, message: Message, lines: bytearray) -> None:
        """Encode the message where it will be written from."""
        fields, end = message.to_dict(), len(lines)
        try:
            try:
                self._encoder.encode_into(fields, lines, -1)
            except (OverflowError, UnicodeEncodeError):
                # Stream maps can make values that msgspec cannot encode; the SDK's encoder can.
                lines[end:] = serialize_json(fields).encode()
        except Exception:
            del lines[end:]
            raise
        lines += b"\n"

    def flush(self) -> None:
        """Write what is pending. Call it where a stream's records end: the SDK has no hook for it.

        Raises:
            OutputError: stdout cannot be written to.
        """
        lines, self._pending = memoryview(self._pending), bytearray()
        output = _stdout()
        try:
            self._is_writing = True
            while lines:
                written = output.write(lines)
                if written is None:  # A pipe that does not block is full.
                    select.select([], [output], [])
                lines = lines[written or 0 :]
        except OSError as error:
            raise _output_error(error) from error
        finally:
            self._is_writing = False
        if self._stop is not None:
            self._stop()

    def between_writes(self, stop: Callable[[], None]) -> None:
        """Call `stop` now, or as soon as the current write is over. For a signal's handler."""
        if self._is_writing:
            self._stop = stop
        else:
            stop()


def finish_printing() -> None:
    """Write out what was printed and not written as a message: the catalog, the settings.

    Raises:
        OutputError: stdout cannot be written to.
    """
    try:
        while True:
            try:
                _require_open(sys.stdout).flush()
                break
            except BlockingIOError:  # A pipe that does not block is full.
                select.select([], [sys.stdout], [])
    except OSError as error:
        raise _output_error(error) from error


def _stdout() -> BinaryIO:
    """Return stdout without its buffer; looked up each time, since tests replace it."""
    buffer = _require_open(sys.stdout).buffer
    return getattr(buffer, "raw", buffer)


def _require_open(stdout: TextIO | None) -> TextIO:
    """Return stdout, which a process may have been started without.

    Raises:
        OutputError: it is closed.
    """
    if stdout is None:
        raise OutputError("cannot write to stdout: it is closed")
    return stdout


def _output_error(error: OSError) -> OutputError:
    return OutputError(f"cannot write to stdout: {error.strerror}")
