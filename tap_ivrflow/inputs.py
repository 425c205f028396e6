"""Checks of what the command line names, before the SDK reads it: its errors repeat what they were given.

Nothing that was given is repeated here before the secrets are known, but for the name of a file that exists.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final

from tap_ivrflow.errors import ConfigError

FILES: Final = ("--config", "--catalog", "--state")
LEVELS: Final = ("TAP_IVRFLOW_LOGLEVEL", "LOGLEVEL")


def check_log_level(environment: Mapping[str, str]) -> None:
    """Raise ConfigError if a variable holds a log level that there is not."""
    for variable in LEVELS:
        level = environment.get(variable)
        if level and level.upper() not in logging.getLevelNamesMapping():
            raise ConfigError([f"{variable} must be a log level such as INFO or DEBUG"])


def check_files(arguments: Sequence[str]) -> None:
    """Check the files that a command line names.

    Raises:
        ConfigError: one cannot be used; names the option, and never what it was given.
    """
    for option, value in _options(arguments):
        if (option, value) != ("--config", "ENV"):
            _check_file(option, Path(value))


def parse_state(text: str) -> str:
    """Return the JSON of a state file: an empty one is no state, and of several lines the last counts."""
    try:
        json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        return lines[-1] if lines else "{}"
    return text


def _options(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each option that names a file, with its value."""
    for argument, following in zip_longest(arguments, arguments[1:]):
        option, separator, value = argument.partition("=")
        if option in FILES and separator:
            yield option, value
        elif option in FILES and following is not None:
            yield option, following


def _check_file(option: str, path: Path) -> None:
    """Raise ConfigError unless a file holds a JSON object."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise ConfigError([f"{option}: {path.name} is not in UTF-8"]) from error
        raise ConfigError([f"{option} must name a file that can be read"]) from error
    if option == "--state":
        text = parse_state(text)
    try:
        content = json.loads(text)
    except ValueError as error:
        where = (
            f", line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        )
        raise ConfigError([f"{option}: {path.name} is not JSON{where}"]) from error
    if not isinstance(content, dict):
        raise ConfigError([f"{option}: {path.name} must hold a JSON object"])
