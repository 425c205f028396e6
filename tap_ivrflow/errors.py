"""The error of an incomplete run, and the one line for each error."""

from __future__ import annotations

from typing import Final

from tap_ivrflow.aicc.errors import ServiceError
from tap_ivrflow.singer.errors import ConfigError, SingerError

_MAX_PROBLEMS: Final = 10


class IncompleteRunError(Exception):
    """Some lists failed; the rows of the others were emitted."""


def error_line(error: BaseException) -> str:
    """Return an error's line. Only the type of an unexpected one: its text may contain a record."""
    is_from_sdk = type(error).__module__.partition(".")[0] == "singer_sdk"
    if is_from_sdk or isinstance(error, ServiceError | SingerError | IncompleteRunError | OSError):
        return str(error)
    return f"unexpected {type(error).__name__} (TAP_IVRFLOW_LOGLEVEL=DEBUG shows where)"


def error_lines(error: BaseException) -> list[str]:
    """Return the lines for an error that ends the run: one for each problem of a configuration, up to ten."""
    if not isinstance(error, ConfigError):
        return [error_line(error)]
    more = len(error.problems) - _MAX_PROBLEMS
    return [*error.problems[:_MAX_PROBLEMS], *([f"and {more} more problems"] if more > 0 else ())]
