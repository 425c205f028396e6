"""Every way in which settings, the command line, stream maps or stdout can fail a tap.

::

    SingerError
    ├── ConfigError             a setting is missing, wrong or unknown
    │   └── UsageError          the command line cannot be used
    ├── StreamMapError          an expression of `stream_maps` failed
    └── OutputError             messages cannot be written to stdout

The text of each is one line. It contains no setting's value and no record.
"""

from __future__ import annotations

from typing import ClassVar


class SingerError(Exception):
    """Base of every error that this package raises on purpose."""


class ConfigError(SingerError):
    """The settings cannot be used; nothing was called.

    Attributes:
        problems: one line for each; it names its setting and never a value.
    """

    def __init__(self, problems: list[str]) -> None:
        """Keep the problems."""
        super().__init__("; ".join(problems))
        self.problems = problems


class UsageError(ConfigError):
    """The command line cannot be used."""

    exit_code: ClassVar = 2
    """What the run exits with; 1 after all other errors."""


class StreamMapError(SingerError):
    """An expression of `stream_maps` failed for a record."""


class OutputError(SingerError):
    """Messages cannot be written to stdout."""
