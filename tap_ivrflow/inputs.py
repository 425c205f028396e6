"""Checks of what the command line names, before the SDK reads it: its errors repeat what they were given.

Nothing that was given is repeated here before the secrets are known, but for the name of a file that exists.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final

import click

from tap_ivrflow.errors import ConfigError, UsageError
from tap_ivrflow.redaction import Redactor

FILES: Final = ("--config", "--catalog", "--state")
_OPTION: Final = re.compile(r"--[a-z-]{1,20}")
LOG_CONFIG: Final = "SINGER_SDK_LOG_CONFIG"
LEVELS: Final = ("TAP_IVRFLOW_LOGLEVEL", "LOGLEVEL")


def check_log_level(environment: Mapping[str, str]) -> None:
    """Raise ConfigError if a variable holds a log level that there is not."""
    for variable in LEVELS:
        level = environment.get(variable)
        if level and level.upper() not in logging.getLevelNamesMapping():
            raise ConfigError([f"{variable} must be a log level such as INFO or DEBUG"])


def set_up_log(command: Callable[[], click.Command]) -> click.Command:
    """Return the command of the tap, whose making sets up the log.

    Raises:
        ConfigError: the configuration of the log cannot be used.
    """
    try:
        return command()
    except Exception as error:
        raise ConfigError([f"{LOG_CONFIG} must name a file with a logging configuration in YAML"]) from error


def run(
    make_command: Callable[[], click.Command], arguments: Sequence[str], environment: Mapping[str, str]
) -> str | int | None:
    """Check what a run was given, and run its command. Return the exit code; None stands for 0.

    Raises:
        ConfigError: a file or a variable cannot be used.
        UsageError: the command line cannot be used. What click says of it may repeat a secret.
    """
    check_log_level(environment)
    command = set_up_log(make_command)
    Redactor().guard_logging()
    check_files(arguments)
    try:
        code: int | None = command(standalone_mode=False)
    except click.UsageError as error:
        name = error.option_name if isinstance(error, click.NoSuchOption) else ""
        reason = f"no such option {name}" if _OPTION.fullmatch(name) else "the command line cannot be used"
        raise UsageError([f"{reason}: see tap-ivrflow --help"]) from None
    return code


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
    """Raise ConfigError unless a file holds a JSON object. What can be read only once is left to the SDK."""
    if str(path) == "-" or (path.exists() and not path.is_file()):
        return
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
    if option == "--catalog" and not _is_catalog(content):
        raise ConfigError([f"{option}: {path.name} is no catalog: discover again"])


def _is_catalog(content: Mapping[str, object]) -> bool:
    """Tell whether the SDK can read a catalog."""
    streams = content.get("streams", [])
    return isinstance(streams, list) and all(
        isinstance(each, dict)
        and isinstance(each.get("tap_stream_id"), str)
        and isinstance(each.get("schema"), dict)
        for each in streams
    )
