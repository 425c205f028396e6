"""The command `target-duckdb`: start-up, and how every run ends."""

from __future__ import annotations

import gc
import logging
import os
import resource
import sys
from contextlib import suppress
from typing import NoReturn


def main() -> NoReturn:
    """Run the command and exit: 0 on success, else 1 after one error line on stderr, or the signal's code."""
    # Stop joblib (imported by the SDK) from preparing a process pool.
    os.environ.setdefault("JOBLIB_MULTIPROCESSING", "0")
    # Each stream keeps a file open until the end of the run.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 10_240)), hard))
    # Imported modules are never freed, so collecting garbage during the imports only costs time.
    gc.disable()
    from singer_sdk.exceptions import MapExpressionError, StreamMapConfigError

    from target_duckdb_exact.errors import LoadError
    from target_duckdb_exact.target import TargetDuckDB

    gc.freeze()
    gc.enable()
    logger = logging.getLogger(TargetDuckDB.name)
    code = 1
    try:
        TargetDuckDB.cli()
    except SystemExit as end:
        code = int(str(end.code or 0))
    except (LoadError, MapExpressionError, StreamMapConfigError) as error:
        logger.error("%s", error)
    except OSError as error:
        logger.error("%s (a run stages its rows in the folder of the database)", error)
    except Exception as error:  # noqa: BLE001 - each ends as one line
        # Its text may repeat a row.
        place = error.__traceback__
        while place and place.tb_next:
            place = place.tb_next
        where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "unknown"
        logger.error("unexpected %s at %s", type(error).__name__, where)
    logging.shutdown()
    with suppress(OSError):  # A pipe that is closed was reported above.
        sys.stdout.flush()
    # An ordinary exit would unload a thousand modules.
    os._exit(code)


if __name__ == "__main__":
    main()
