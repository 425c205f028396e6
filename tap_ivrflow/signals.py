"""What a signal does: SIGTERM and SIGINT end a run at once, with exit code 143 or 130."""

from __future__ import annotations

import logging
import os
import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tap_ivrflow.messages import MessageWriter

PATIENCE: Final = 2
"""Seconds after which the process ends, even if neither the target nor the log takes anything."""


def interrupt_quietly() -> None:
    """Let SIGINT end the process without a traceback of the imports, until the tap handles it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


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
