"""Masks secrets and control characters in every line of the log."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Final

_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
"""Control and invisible characters, those of bidirectional text included, except tab and line feed."""


def mask(redact: Callable[[str], str]) -> None:
    """Mask what every handler formats from now on, handlers that are created later included.

    Args:
        redact: returns a text with its secrets masked.
    """
    plain = logging.Handler.format

    def masked(handler: logging.Handler, record: logging.LogRecord) -> str:
        try:
            text = plain(handler, record)
        except (KeyError, TypeError, ValueError):  # The user's format names an unknown field.
            text = f"{record.levelname} {record.getMessage()}"
        message = record.getMessage()
        # A line feed in a message could forge a line. Those of a traceback stay.
        text = text.replace(message, message.replace("\n", r"\n"))
        return _CONTROL.sub(lambda found: repr(found[0])[1:-1], redact(text))

    logging.Handler.format = masked  # type: ignore[assignment, method-assign]


def enable_all() -> None:
    """Enable the loggers that a logging configuration disabled, so that no line vanishes."""
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False
