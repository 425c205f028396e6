"""The command `tap-ivrflow`: start-up, and how every run ends."""

from __future__ import annotations

import gc
import logging
import os
import signal
from contextlib import suppress
from typing import NoReturn


def main() -> NoReturn:
    """Run the command and exit: 0 on success, else the error's exit code after one line for the error."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # During the imports: exit without a traceback.
    # Stop joblib (imported by the SDK for targets) from preparing a process pool.
    os.environ.setdefault("JOBLIB_MULTIPROCESSING", "0")
    # Imported modules are never freed: collecting garbage meanwhile costs a quarter of the start-up.
    gc.disable()
    from tap_ivrflow.errors import error_lines
    from tap_ivrflow.singer import cli, logs
    from tap_ivrflow.singer.errors import ConfigError, OutputError
    from tap_ivrflow.singer.messages import finish_printing
    from tap_ivrflow.tap import TapIVRFlow

    gc.freeze()
    gc.enable()

    # If a log line cannot be written, logging prints its arguments unmasked: switch that off.
    logging.raiseExceptions = False
    logs.mask(TapIVRFlow.redact)
    logger = logging.getLogger(TapIVRFlow.name)
    code = 1
    try:
        command = TapIVRFlow.prepare_command()
        # The warnings of urllib3 show a response's headers, with a traceback.
        urllib3 = logging.getLogger("urllib3")
        if not urllib3.isEnabledFor(logging.DEBUG):
            urllib3.setLevel(logging.ERROR)
        ended = cli.run(command)
        finish_printing()
        code = ended
    except Exception as error:
        code = getattr(error, "exit_code", 1)
        has_traceback = logger.isEnabledFor(logging.DEBUG) and not isinstance(error, ConfigError)
        for line in error_lines(error):
            logger.error("%s", line, exc_info=error if has_traceback else None)
    with suppress(OutputError):
        finish_printing()
    logging.shutdown()
    # A normal exit would unload a thousand modules (5 % of a small run) and wait for calls in progress.
    os._exit(code)


if __name__ == "__main__":
    main()
