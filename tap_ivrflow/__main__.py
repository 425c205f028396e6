"""The command `tap-ivrflow`: start-up, and how every run ends."""

from __future__ import annotations

import gc
import logging
import os
import signal
from contextlib import suppress
from typing import NoReturn


def main() -> NoReturn:
    """Run the command, and exit: 0 when all was done, 1 with a line on stderr when it was not."""
    # Until the tap handles it, an interrupt ends the process, and not with a traceback of the imports.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # joblib, which the SDK imports for targets, would get ready for processes that no tap starts.
    os.environ.setdefault("JOBLIB_MULTIPROCESSING", "0")
    # What is imported stays: to collect garbage meanwhile takes a quarter of the start-up.
    gc.disable()
    from tap_ivrflow.errors import ConfigError, OutputError
    from tap_ivrflow.messages import finish_printing
    from tap_ivrflow.streams import described
    from tap_ivrflow.tap import TapIVRFlow

    gc.freeze()
    gc.enable()

    # A log line that cannot be written must not print its arguments, which nothing masks there.
    logging.raiseExceptions = False
    logger = logging.getLogger(TapIVRFlow.name)
    code = 1
    try:
        try:
            TapIVRFlow.cli()
        except SystemExit as end:
            finish_printing()
            code = int(end.code or 0)
    except ConfigError as error:  # A traceback explains no setting.
        for problem in error.problems:
            logger.error("%s", problem)
    except Exception as error:
        if type(error).__name__ == "JSONDecodeError":  # The SDK reads with two parsers: all they share.
            logger.error("a file of --config, --state or --catalog is not JSON: %s", error)
        else:
            traceback = error if logger.isEnabledFor(logging.DEBUG) else None
            logger.error("%s", described(error), exc_info=traceback)
    with suppress(OutputError):
        finish_printing()
    logging.shutdown()
    # What was printed and logged is written, and nothing here registers more for the end. To take a
    # thousand modules apart first is a twentieth of a small run.
    os._exit(code)


if __name__ == "__main__":
    main()
