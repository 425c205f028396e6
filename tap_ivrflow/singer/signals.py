"""SIGTERM and SIGINT end a run at once, with exit code 143 or 130."""

from __future__ import annotations

import logging
import os
import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tap_ivrflow.singer.messages import MessageWriter

_PATIENCE: Final = 2
"""Exit after this many seconds even if stdout or the log blocks."""


def end_run(signum: int, writer: MessageWriter, logger: logging.Logger) -> None:
    """End the process with the shell's exit code for a signal, once the current write is finished.

    The SDK's own handler writes a STATE and exits 0, as if everything had been read. Here no message
    follows, and stdout ends with a complete line unless the target stops reading.
    """
    code = 128 + signum

    def stop() -> None:
        try:
            logger.error("stopped by %s, the run is incomplete", signal.Signals(signum).name)
        finally:  # Even if the line cannot be written: the signal may have interrupted another one.
            os._exit(code)

    signal.signal(signal.SIGALRM, lambda *_: os._exit(code))
    signal.alarm(_PATIENCE)
    writer.between_writes(stop)
