"""Reads what the command line and the environment give, in place of the SDK, whose errors repeat it.

Nothing that was given is repeated here before the secrets are known, but for the name of a file that exists.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, MutableMapping
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from singer_sdk import Tap
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.singerlib import Catalog
from typing_extensions import override

from tap_ivrflow.aicc.redaction import Redactor
from tap_ivrflow.singer.config import problem_of_environment
from tap_ivrflow.singer.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from singer_sdk.plugin_base import _ConfigInput

_OPTION: Final = re.compile(r"--[a-z-]{1,20}")
LOG_CONFIG: Final = "SINGER_SDK_LOG_CONFIG"
LEVELS: Final = ("TAP_IVRFLOW_LOGLEVEL", "LOGLEVEL")
"""Variables of the log's level: the first that is set and not empty counts."""


def run(make_command: Callable[[], click.Command], environment: MutableMapping[str, str]) -> str | int | None:
    """Run the command of the tap, and return the exit code; None stands for 0.

    Raises:
        ConfigError: a file or a variable cannot be used.
        UsageError: the command line cannot be used. What click says of it may repeat a secret.
    """
    check_log_level(environment)
    command = set_up_log(make_command)
    Redactor().guard_logging()
    try:
        code: int | None = command(standalone_mode=False)
    except click.UsageError as error:
        name = error.option_name if isinstance(error, click.NoSuchOption) else ""
        reason = f"no such option {name}" if _OPTION.fullmatch(name) else "the command line cannot be used"
        raise UsageError([f"{reason}: see tap-ivrflow --help"]) from None
    return code


def check_log_level(environment: MutableMapping[str, str]) -> None:
    """Remove the variables of the log's level that are empty: the SDK takes one for a level.

    Raises:
        ConfigError: the variable that counts holds no log level.
    """
    for variable in LEVELS:
        if not environment.get(variable, "x"):
            del environment[variable]
    used = next((variable for variable in LEVELS if variable in environment), None)
    if used and environment[used].upper() not in logging.getLevelNamesMapping():
        raise ConfigError([f"{used} must be a log level such as INFO or DEBUG"])


def set_up_log(command: Callable[[], click.Command]) -> click.Command:
    """Return the command of the tap, whose making sets up the log.

    Raises:
        ConfigError: the configuration of the log cannot be used.
    """
    try:
        return command()
    except Exception as error:
        raise ConfigError([f"{LOG_CONFIG} must name a file with a logging configuration in YAML"]) from error


class CommandLine(Tap):
    """Base of a tap whose files and variables are read here."""

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        """Return the command, which leaves the files to this module."""
        command = super().get_singer_command()
        for option in command.params:
            if option.name in {"catalog", "state"}:
                option.type, option.callback = click.STRING, _read_option
        return command

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> _ConfigInput:
        """Return the settings of all files of `--config`; of two values the later counts."""
        given = super().cb_config(ctx, param, tuple(each for each in value if each == "ENV"))
        for path in value:
            if path != "ENV":
                given.config |= _read_object("--config", path)
        return given

    @classmethod
    def read_environment(cls) -> dict[str, Any]:
        """Return the settings that the environment holds.

        The SDK names no variable that it fails on, takes any word but "true" for false, and lets a `.env`
        above its own installation override the environment.

        Raises:
            ConfigError: a variable cannot be parsed as its setting's type.
        """
        cls.append_builtin_config(cls.config_jsonschema)
        properties = cls.config_jsonschema["properties"]
        if problem := problem_of_environment(os.environ, cls._env_var_prefix, properties):
            raise ConfigError([problem])
        return parse_environment_config(cls.config_jsonschema, cls._env_var_prefix, dotenv_path=os.devnull)


def _read_option(_: click.Context, option: click.Parameter, path: str | None) -> StringIO | None:
    """Return the JSON of the file that an option names, if it was given, for the SDK to read."""
    if path is None:
        return None
    content = _read_object(option.opts[0], path)
    return StringIO("{}" if option.name == "state" else json.dumps(content))  # No state is kept.


def _read_object(option: str, path: str) -> dict[str, Any]:
    """Return the JSON object in a file: a regular one, a pipe, or stdin where the path is `-`.

    Raises:
        ConfigError: it cannot be used; names the option, and what is wrong.
    """
    file = Path("/dev/stdin" if path == "-" else path)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError([f"{option}: {file.name} is not in UTF-8"]) from error
    except (OSError, ValueError) as error:  # Of a path with the character NUL the latter.
        raise ConfigError([f"{option} must name a file that can be read"]) from error
    if option == "--state":
        text = _one_state(text)
    try:
        content = json.loads(text, parse_constant=int)  # So that NaN is an error, as the SDK has it.
    except (ValueError, RecursionError) as error:
        where = (
            f", line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        )
        raise ConfigError([f"{option}: {file.name} is not JSON{where}"]) from error
    if not isinstance(content, dict):
        raise ConfigError([f"{option}: {file.name} must hold a JSON object"])
    if option == "--catalog" and not _is_catalog(content):
        raise ConfigError([f"{option}: {file.name} is no catalog: discover again"])
    return content


def _one_state(text: str) -> str:
    """Return the JSON of a state file: an empty one is no state, and of several lines the last counts."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        lines = [line for line in text.splitlines() if line.strip()]
        return lines[-1] if lines else "{}"
    return text


def _is_catalog(content: dict[str, Any]) -> bool:
    """Tell whether the SDK can read a catalog, and each stream in it has the name that is its id."""
    try:
        json.dumps(content, allow_nan=False)
        streams = Catalog.from_dict(deepcopy(content)).streams if "streams" in content else []
        return all(
            isinstance(each.key_properties, list | None) and each.stream in {None, each.tap_stream_id}
            for each in streams
        )
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return False
