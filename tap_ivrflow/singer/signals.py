"""What a signal does: SIGTERM, SIGINT and SIGHUP end a run at once, with exit code 143, 130 or 129."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tap_ivrflow.singer.messages import MessageWriter

PATIENCE: Final = 2
"""Seconds after which the process ends, even if neither the target nor the log takes anything."""


def interrupt_quietly() -> None:
    """Let SIGINT end the process without a traceback of the imports, until the tap handles it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def handle_hangup(handler: Callable[[int, FrameType | None], None]) -> None:
    """Handle SIGHUP as the SDK lets the tap handle SIGTERM, unless it is ignored on purpose (`nohup`)."""
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, handler)


def end_run(signum: int, writer: MessageWriter, logger: logging.Logger) -> None:
    """End the process with the exit code that a shell gives a signal, once the current write is over.

    The SDK's own handler writes a STATE and exits 0, as if all had been read. Here no message follows,
    and stdout ends with a whole line, unless the target takes nothing while the process still waits.
    """
    code = 128 + signum

    def stop() -> None:
        try:
            logger.error("stopped by %s, the run is incomplete", signal.Signals(signum).name)
        finally:  # Even if the line cannot be written: the signal may have come while one was.
            os._exit(code)

    signal.signal(signal.SIGALRM, lambda *_: os._exit(code))
    signal.alarm(PATIENCE)
    writer.between_writes(stop)
