"""Writes Singer messages to stdout: records in groups, and only complete lines."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable, Sequence
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
_ROWS: Final = 128
"""Rows that are encoded at once; with those pending they are usually a group."""
ROW: Final = "*"
"""Name in a frame's record that stands for the columns of a row."""
_ROW_FIELD: Final = b'"%s":null' % ROW.encode()


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
        self._pending += self.serialize_message(message)
        if len(self._pending) >= _GROUP or not isinstance(message, RecordMessage):
            self.flush()

    def write_rows(self, frame: RecordMessage, rows: Sequence[msgspec.Struct]) -> None:
        """Write a record for each row, without a dictionary and a message for each.

        Args:
            frame: a record with the columns that all rows share, and `ROW: None` where a row's own belong.
            rows: structs of texts, numbers, booleans and nulls.

        Raises:
            OutputError: stdout cannot be written to.
        """
        before, _, after = self.serialize_message(frame).partition(_ROW_FIELD)
        for first in range(0, len(rows), _ROWS):
            self._append_rows(before, rows[first : first + _ROWS], after)

    def _append_rows(self, before: bytes, rows: Sequence[msgspec.Struct], after: bytes) -> None:
        """Add the lines of some rows to the pending ones, by halves if they are too long for a group."""
        # One object a line; a line feed inside a text is escaped.
        lines = self._encoder.encode_lines(rows)[1:-2].replace(b"}\n{", after + before)
        if len(lines) > _GROUP and len(rows) > 1:
            middle = len(rows) // 2
            self._append_rows(before, rows[:middle], after)
            self._append_rows(before, rows[middle:], after)
            return
        if len(self._pending) + len(lines) > _GROUP:
            self.flush()
        for part in (before, lines, after):
            self._pending += part

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
        """Check that the reader of stdout, such as a target, is still there.

        Raises:
            OutputError: it has ended.
        """
        poll = select.poll()
        with suppress(UnsupportedOperation):  # It is not a file, in a test.
            poll.register(_stdout(), 0)
        # Not POLLNVAL, which macOS reports for devices such as a terminal.
        if any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0)):
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
