"""Writes Singer messages to stdout: records in groups, and only complete lines."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable
from contextlib import suppress
from io import UnsupportedOperation
from typing import Final, TextIO

import msgspec
from singer_sdk.contrib.msgspec import enc_hook
from singer_sdk.singerlib.encoding import GenericSingerWriter
from singer_sdk.singerlib.encoding.simple import Message, RecordMessage
from typing_extensions import override

from tap_ivrflow.singer.errors import OutputError

_GROUP: Final = 60 * 1024
"""Bytes at which pending records are written; with the last line they fit into an empty pipe."""


class MessageWriter(GenericSingerWriter[bytes, Message]):
    """Writes records in groups of complete lines, and other messages at once.

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
        return self._encoder.encode(message.to_dict()) + b"\n"

    @override
    def write_message(self, message: Message) -> None:
        """Take a message. Records are written when the group is full, other messages at once.

        Raises:
            OutputError: stdout cannot be written to.
        """
        self._encoder.encode_into(message.to_dict(), self._pending, -1)
        self._pending += b"\n"
        if len(self._pending) >= _GROUP or not isinstance(message, RecordMessage):
            self.flush()

    def flush(self) -> None:
        """Write pending records. Must be called at the end of each stream; the SDK has no hook for that.

        Raises:
            OutputError: stdout cannot be written to.
        """
        lines, self._pending = memoryview(self._pending), bytearray()
        buffer = _stdout().buffer
        output = getattr(buffer, "raw", buffer)
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

    def require_reader(self) -> None:
        """Find out whether the reader of stdout, such as a target, is still there.

        Raises:
            OutputError: it is gone.
        """
        poll = select.poll()
        with suppress(UnsupportedOperation):  # It is not a file, in a test.
            poll.register(_stdout(), 0)  # Asks for errors only.
        if poll.poll(0):
            raise OutputError("cannot write to stdout: Broken pipe")  # As a write would.

    def between_writes(self, stop: Callable[[], None]) -> None:
        """Call `stop` now, or at the end of the current write. For a signal's handler."""
        if self._is_writing:
            self._stop = stop
        else:
            stop()


def finish_printing() -> None:
    """Flush what was printed, such as a catalog or `--about`.

    Raises:
        OutputError: stdout cannot be written to.
    """
    try:
        _stdout().flush()
    except OSError as error:
        raise _output_error(error) from error


def _stdout() -> TextIO:
    """Return stdout; looked up each time, since tests replace it.

    Raises:
        OutputError: the process was started without it.
    """
    if sys.stdout is None:
        raise OutputError("cannot write to stdout: it is closed")
    return sys.stdout


def _output_error(error: OSError) -> OutputError:
    return OutputError(f"cannot write to stdout: {error.strerror}")
