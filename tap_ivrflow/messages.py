"""Where Singer messages are written to stdout: many at a time, and never a part of a line."""

from __future__ import annotations

import fcntl
import select
import sys
import termios
from collections.abc import Callable
from typing import Final, Protocol, TextIO

import msgspec
from singer_sdk.contrib.msgspec import enc_hook
from singer_sdk.singerlib.encoding import GenericSingerWriter
from singer_sdk.singerlib.encoding.simple import Message, RecordMessage
from singer_sdk.singerlib.json import serialize_json
from typing_extensions import override

from tap_ivrflow.errors import OutputError

_GROUP: Final = 60 * 1024
"""Bytes from which pending records are written. With the last line they still fit into an empty pipe."""

_ATOMIC: Final = select.PIPE_BUF
"""Bytes that any pipe takes whole or not at all, whoever else writes into it."""


class _Output(Protocol):
    """What stdout is reduced to: it takes bytes and tells how many."""

    def fileno(self) -> int: ...

    def write(self, data: memoryview, /) -> int | None: ...


class MessageWriter(GenericSingerWriter[bytes, Message]):
    """Writes records in groups of whole lines, and everything else at once.

    The SDK's writer makes a system call for every record. A group is handed over in pieces of whole lines
    that a pipe takes at once, so that a run which is ended leaves no part of a line in it, and need not
    write more. That holds for a pipe into which no other tap writes, as Singer has it.
    """

    def __init__(self) -> None:
        """Start with nothing pending."""
        super().__init__()
        self._encoder = msgspec.json.Encoder(enc_hook=enc_hook, decimal_format="number")
        self._pending = bytearray()
        self._inside_line = False
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
            OutputError: stdout takes no more.
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
                # Stream maps can make values that msgspec has no words for; the SDK's encoder has.
                lines[end:] = serialize_json(fields).encode()
        except Exception:
            del lines[end:]
            raise
        lines += b"\n"

    def flush(self) -> None:
        """Write what is pending. To be called where a stream's records end: the SDK has no hook for it.

        Raises:
            OutputError: stdout takes no more.
        """
        lines, self._pending = self._pending, bytearray()
        output, start = _stdout(), 0
        while start < len(lines):
            room = _room(output)
            end = _end_of_piece(lines, start, max(room, _ATOMIC))
            self._write(memoryview(lines)[start:end], output, at_once=end - start <= min(room, _ATOMIC))
            start = end

    def _write(self, piece: memoryview, output: _Output, *, at_once: bool) -> None:
        """Write whole lines, and let no signal come between the parts if they may not go at once."""
        try:
            self._inside_line = not at_once
            while piece:
                piece = piece[output.write(piece) or 0 :]
                self._inside_line = bool(piece)
        except OSError as error:
            raise _no_more(error) from error
        if self._stop is not None:
            self._stop()

    def between_lines(self, stop: Callable[[], None]) -> None:
        """Do this now, or as soon as the line that is being written is whole. For a signal's handler."""
        if self._inside_line:
            self._stop = stop
        else:
            stop()


def finish_printing() -> None:
    """Write out what was printed and not written as a message: the catalog, the settings.

    Raises:
        OutputError: stdout takes no more.
    """
    try:
        _present(sys.stdout).flush()
    except OSError as error:
        raise _no_more(error) from error


def _room(output: _Output) -> int:
    """Return how many bytes stdout takes at once: an empty pipe all that it holds. 0 if it is no pipe."""
    try:
        capacity = fcntl.fcntl(output.fileno(), fcntl.F_GETPIPE_SZ)
        waiting = fcntl.ioctl(output.fileno(), termios.FIONREAD, bytes(4))
    except OSError:
        return 0
    except AttributeError:  # This is no Linux, and will not say.
        return _ATOMIC
    return _ATOMIC if any(waiting) else capacity


def _end_of_piece(lines: bytearray, start: int, room: int) -> int:
    """Return where to cut: behind the last line for which there is room, or else behind the first."""
    return (lines.rfind(b"\n", start, start + room) + 1) or (lines.index(b"\n", start) + 1)


def _stdout() -> _Output:
    """Return stdout without its buffer; looked up each time, since tests replace it."""
    buffer = _present(sys.stdout).buffer
    return getattr(buffer, "raw", buffer)


def _present(stdout: TextIO | None) -> TextIO:
    """Return stdout, which a process may have been started without.

    Raises:
        OutputError: it is closed.
    """
    if stdout is None:
        raise OutputError("stdout is closed, there is nowhere to write messages to")
    return stdout


def _no_more(error: OSError) -> OutputError:
    return OutputError(f"stdout takes no more messages: {error.strerror}")
