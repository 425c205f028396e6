"""Every way in which a run can fail, in one tree.

::

    IVRFlowError
    ├── ConfigError             a setting is missing, wrong or unknown
    ├── CallError               a call was made and gave no rows
    │   ├── TransientError      another try may help: the one error that is retried
    │   └── AuthenticationError 401 or 403: a new token may help, once
    ├── RowError                a row does not fit the stream's columns
    ├── IncompleteRunError      the tenants that could be read were read, others failed
    └── OutputError             stdout takes no more messages

The text of each is one line for the person on call at night, and holds no body, header, setting or
record.
"""

from __future__ import annotations

from typing import Final

from typing_extensions import override

_LONGEST_QUOTE: Final = 200
"""Characters of the service's own words that an error repeats."""


class IVRFlowError(Exception):
    """Base of every error that this package raises on purpose."""


class ConfigError(IVRFlowError):
    """The settings cannot be used; nothing was called."""

    def __init__(self, problems: list[str]) -> None:
        """Keep one line a problem; each names its setting and never a value."""
        super().__init__("; ".join(problems))
        self.problems = problems


class CallError(IVRFlowError):
    """A call of the service failed for good."""

    def __init__(self, what: str, *, says: str = "", advice: str = "") -> None:
        """Describe the failure.

        Args:
            what: what happened, such as ``answered 404``.
            says: the service's own words, as they came: they may hold a secret until `says` has
                been cleaned.
            advice: what the reader can do about it.
        """
        super().__init__(what)
        self.what = what
        self.says = says
        self.advice = advice

    @override
    def __str__(self) -> str:
        """Return one line; the service's words are quoted, printable and cut."""
        words = " ".join("".join(c if c.isprintable() else " " for c in self.says).split())
        if len(words) > _LONGEST_QUOTE:
            words = words[:_LONGEST_QUOTE] + "…"
        return (
            self.what
            + (f', it says: "{words}"' if words else "")
            + (f" ({self.advice})" if self.advice else "")
        )


class TransientError(CallError):
    """The call failed in a way that another try may mend."""

    def __init__(
        self,
        what: str,
        *,
        says: str = "",
        advice: str = "",
        throttled: bool = False,
        retry_after: float | None = None,
    ) -> None:
        """Describe the failure.

        Args:
            what: see `CallError`.
            says: see `CallError`.
            advice: see `CallError`.
            throttled: the service asks for fewer calls (429).
            retry_after: seconds that the service asks to wait, if it does.
        """
        super().__init__(what, says=says, advice=advice)
        self.throttled = throttled
        self.retry_after = retry_after


class AuthenticationError(CallError):
    """The service does not accept the caller: 401 or 403."""


class RowError(IVRFlowError):
    """A row of an answer does not fit the stream's columns, so no row of it is used."""


class IncompleteRunError(IVRFlowError):
    """Some tenants failed; the rows of the others were emitted."""


class OutputError(IVRFlowError):
    """Messages can no longer be written to stdout."""
