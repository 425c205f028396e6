"""The command `tap-ivrflow`: start-up, and how every failure ends."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from contextlib import suppress


def main() -> None:
    """Run the command, and exit: 0 when all was done, 1 with a line on stderr when it was not."""
    # Until the tap handles it, an interrupt ends the process, and not with a traceback of the imports.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
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
    try:
        try:
            TapIVRFlow.cli()
        except SystemExit:
            finish_printing()
            raise
    except ConfigError as error:  # A traceback explains no setting.
        for problem in error.problems:
            logger.error("%s", problem)
    except Exception as error:
        if type(error).__name__ == "JSONDecodeError":  # The SDK reads with two parsers: all they share.
            logger.error("a file of --config, --state or --catalog is not JSON: %s", error)
            sys.exit(1)
        traceback = error if logger.isEnabledFor(logging.DEBUG) else None
        logger.error("%s", described(error), exc_info=traceback)
    with suppress(OutputError):
        finish_printing()
    sys.exit(1)


if __name__ == "__main__":
    main()
