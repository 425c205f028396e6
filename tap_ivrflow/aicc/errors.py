"""Every way in which a call of the service can fail.

::

    ServiceError
    ├── CallError               a call failed, or was not made
    │   ├── AuthenticationError 401 or 403: a new token may help, once
    │   └── DeadHostError       a host did not respond so often that it is not called any more
    └── RowError                a row cannot be converted to the columns

The text of each is one line. It contains no body, header or row.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from typing_extensions import override

_MAX_NAMES: Final = 10
_LONGEST_NAME: Final = 100
_LONGEST_MESSAGE: Final = 200
"""Characters of the service's message that an error repeats."""


class ServiceError(Exception):
    """Base of every error that this client raises on purpose."""


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


class CallError(ServiceError):
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


class RowError(ServiceError):
    """A row of a response cannot be converted to the stream's columns, so no row of it is used."""


def shortened(names: Sequence[object]) -> str:
    """Return the first ten of many names, each cut to a length that a line can hold, and how many more."""
    first = [str(name) for name in names[:_MAX_NAMES]]
    cut = [name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…" for name in first]
    more = len(names) - len(first)
    return ", ".join(cut) + (f" and {more} more" if more else "")
