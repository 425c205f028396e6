"""Every way in which a run can fail, in one tree, and the one line that each error becomes.

::

    IVRFlowError
    ├── ConfigError             a setting is missing, wrong or unknown
    │   └── UsageError          the command line cannot be used
    ├── CallError               a call failed, or was not made
    │   ├── AuthenticationError 401 or 403: a new token may help, once
    │   └── DeadHostError       a host gave no answer so often that it is not called any more
    ├── RowError                a row cannot be converted to the stream's columns
    ├── StreamMapError          an expression of `stream_maps` failed
    ├── IncompleteRunError      the lists that could be read were emitted, others failed
    └── OutputError             messages cannot be written to stdout

The text of each is one line for the person on call at night. It holds no body, header, setting or
record.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import ClassVar, Final

from typing_extensions import override

_MAX_NAMES: Final = 10
_LONGEST_NAME: Final = 100
_LONGEST_MESSAGE: Final = 200
"""Characters of the service's message that an error repeats."""


class IVRFlowError(Exception):
    """Base of every error that this package raises on purpose.

    Attributes:
        exit_code: of a run that it ends.
    """

    exit_code: ClassVar = 1


class ConfigError(IVRFlowError):
    """The settings cannot be used; nothing was called."""

    def __init__(self, problems: list[str]) -> None:
        """Keep one line for each problem; each names its setting and never a value."""
        super().__init__("; ".join(problems))
        self.problems = problems


class UsageError(ConfigError):
    """The command line cannot be used."""

    exit_code: ClassVar = 2


class Failure(Enum):
    """Causes of failure other than an HTTP status; `retry` says which of these are retried."""

    NO_CONNECTION = auto()
    CLOSED = auto()
    """The connection was closed before one byte of a response came."""
    PROXY_BUSY = auto()
    """A proxy answered a 5xx in place of the service."""
    PROXY_REFUSED = auto()
    """A proxy answered anything else in place of the service."""
    TIMEOUT = auto()
    CUT_RESPONSE = auto()
    """The body or its JSON ends too early, or cannot be decoded."""
    ENDLESS_RESPONSE = auto()
    """The response went on for longer than a call may take."""
    LIST_CHANGED = auto()
    """The pages of a list do not fit together."""


class CallError(IVRFlowError):
    """A call of the service failed."""

    def __init__(
        self,
        reason: str,
        *,
        server_message: str = "",
        hint: str = "",
        status: int | None = None,
        failure: Failure | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Describe the failure.

        Args:
            reason: what happened, such as ``answered 404``.
            server_message: the service's own words. They may hold a secret until the client has
                masked them.
            hint: what the reader can do about it.
            status: the HTTP status, if one came that is no success.
            failure: what went wrong, if it was not the status.
            retry_after: seconds that the service asks to wait.
        """
        super().__init__(reason)
        self.call = ""
        """Name of the call, set by the client."""
        self.host = ""
        """Scheme, host and port that were called, set by the client."""
        self.tries = 0
        """Tries that were made, once no more follow."""
        self.reason = reason
        self.server_message = server_message
        self.hint = hint
        self.status = status
        self.failure = failure
        self.retry_after = retry_after

    @override
    def __str__(self) -> str:
        """Return one line; the service's message is quoted, printable and cut."""
        message = " ".join("".join(c if c.isprintable() else " " for c in self.server_message).split())
        if len(message) > _LONGEST_MESSAGE:
            message = message[:_LONGEST_MESSAGE] + "…"
        return (
            f"{self.call} {self.reason}".lstrip()
            + (f", {self.tries} {'try' if self.tries == 1 else 'tries'}" if self.tries else "")
            + (f', it says: "{message}"' if message else "")
            + (f" ({self.hint})" if self.hint else "")
        )


class AuthenticationError(CallError):
    """The service does not accept the caller: 401, 403, or a token call without a token."""


class DeadHostError(CallError):
    """A host is not called any more in this run."""


class RowError(IVRFlowError):
    """A row of a response cannot be converted to the stream's columns, so no row of it is used."""


class StreamMapError(IVRFlowError):
    """An expression of `stream_maps` failed for a record."""


class IncompleteRunError(IVRFlowError):
    """Some lists failed; the rows of the others were emitted."""


class OutputError(IVRFlowError):
    """Messages cannot be written to stdout."""


def shortened(names: Sequence[object]) -> str:
    """Return the first ten of many names, each cut to a length that a line can hold, and how many more."""
    first = [str(name) for name in names[:_MAX_NAMES]]
    cut = [name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…" for name in first]
    more = len(names) - len(first)
    return ", ".join(cut) + (f" and {more} more" if more else "")


def error_line(error: BaseException) -> str:
    """Return an error's line. An unexpected one is named by its type: its text may hold a record."""
    # By name: the wire side does not import the SDK.
    is_from_sdk = type(error).__module__.partition(".")[0] == "singer_sdk"
    if is_from_sdk or isinstance(error, IVRFlowError | OSError):
        return str(error)
    return f"unexpected {type(error).__name__} (TAP_IVRFLOW_LOGLEVEL=DEBUG shows where)"


def error_lines(error: BaseException) -> list[str]:
    """Return the lines for an error that ends the run: one for each problem of a configuration, up to ten."""
    if not isinstance(error, ConfigError):
        return [error_line(error)]
    more = len(error.problems) - _MAX_NAMES
    return [*error.problems[:_MAX_NAMES], *([f"and {more} more problems"] if more > 0 else ())]
