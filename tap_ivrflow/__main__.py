"""The command `tap-ivrflow`: start-up, and how every run ends."""

from __future__ import annotations

import gc
import logging
import os
from contextlib import suppress
from typing import NoReturn

from tap_ivrflow.singer.signals import interrupt_quietly


def main() -> NoReturn:
    """Run the command, and exit: 0 when all was done, 1 with a line on stderr when it was not."""
    interrupt_quietly()
    # joblib, which the SDK imports for targets, would prepare for processes that no tap starts.
    os.environ.setdefault("JOBLIB_MULTIPROCESSING", "0")
    # What is imported stays: collecting garbage meanwhile takes a quarter of the start-up.
    gc.disable()
    from tap_ivrflow.errors import error_lines
    from tap_ivrflow.singer import cli
    from tap_ivrflow.singer.errors import ConfigError, OutputError
    from tap_ivrflow.singer.messages import finish_printing
    from tap_ivrflow.tap import TapIVRFlow

    gc.freeze()
    gc.enable()

    # A log line that cannot be written must not print its arguments, which nothing masks there.
    logging.raiseExceptions = False
    logger = logging.getLogger(TapIVRFlow.name)
    code = 1
    try:
        try:
            ended = cli.run(lambda: TapIVRFlow.cli, os.environ)
        except SystemExit as end:
            ended = end.code
        finish_printing()
        code = int(str(ended or 0))
    except Exception as error:
        code = getattr(error, "exit_code", 1)
        logger.disabled = False  # A logging configuration disables the loggers that are there already.
        # A traceback explains no setting.
        has_traceback = logger.isEnabledFor(logging.DEBUG) and not isinstance(error, ConfigError)
        for line in error_lines(error):
            logger.error("%s", line, exc_info=error if has_traceback else None)
    with suppress(OutputError):
        finish_printing()
    logging.shutdown()
    # All output is written. An ordinary exit would first dismantle a thousand modules, a twentieth of a
    # small run, and wait for calls in progress.
    os._exit(code)


if __name__ == "__main__":
    main()
