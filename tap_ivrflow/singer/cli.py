"""Reads the command line and the environment. The SDK's own errors would print the input, secrets included.

Until the secrets are known, messages repeat no input except what looks like a path.
"""

from __future__ import annotations

import json
import os
import re
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from singer_sdk import Tap
from singer_sdk.singerlib import Catalog
from typing_extensions import override

from tap_ivrflow.singer import logs
from tap_ivrflow.singer.config import parse_json, parse_variable, suggestion
from tap_ivrflow.singer.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from singer_sdk.plugin_base import _ConfigInput

_OPTION: Final = re.compile(r"--[a-z-]{1,20}")
_PATH: Final = re.compile(r"[\w./ @+-]{1,200}\.[A-Za-z0-9]{1,8}")
_NOISE: Final = "Skipping parse of env var settings"
"""The SDK's line in every run without `--config=ENV`."""


class CommandLine(Tap):
    """Base of a tap that reads its files and environment variables here."""

    @classmethod
    def prepare_command(cls) -> click.Command:
        """Return the tap's command. Creating it also configures logging.

        Raises:
            ConfigError: logging cannot be configured.
        """
        if not os.environ.get("LOGLEVEL", "x"):  # The SDK would take it as the name of a level.
            del os.environ["LOGLEVEL"]
        try:
            command: click.Command = cls.cli
        except Exception as error:
            reason = (
                f"{cls._env_var_prefix}LOGLEVEL and LOGLEVEL must be levels such as INFO or DEBUG, and "
                "SINGER_SDK_LOG_CONFIG must name a file with a logging configuration in YAML"
            )
            raise ConfigError([f"the log cannot be set up: {reason}"]) from error
        finally:
            logs.enable_all()
            cls.logger.addFilter(lambda record: not str(record.msg).startswith(_NOISE))
        return command

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        """Return the command, which leaves files to this module."""
        command = super().get_singer_command()
        options = {option.name: option for option in command.params}
        options["catalog"].type, options["catalog"].callback = click.STRING, _read_catalog
        options["state"].type, options["state"].callback = click.STRING, lambda *_: None  # It has no effect.
        options["about_format"].default = "markdown"  # The SDK's text has no descriptions and no defaults.
        return command

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> _ConfigInput:
        """Merge the `--config` files; later files win."""
        given = super().cb_config(ctx, param, tuple(each for each in value if each == "ENV"))
        for path in value:
            if path != "ENV":
                given.config |= _read_object("--config", path)
        return given

    @property
    @override
    def _env_var_config(self) -> dict[str, Any]:
        """Return the settings in the environment. There is no public hook.

        The SDK does not name a variable that it cannot parse, treats every word except "true" as false, and
        lets a `.env` file above its own installation override the environment.

        Raises:
            ConfigError: a variable is unknown, or cannot be parsed as its setting's type.
        """
        self.append_builtin_config(self.config_jsonschema)
        prefix = self._env_var_prefix
        settings = {
            f"{prefix}{name.upper()}": (name, declared)
            for name, declared in self.config_jsonschema["properties"].items()
        }
        known = [*settings, f"{prefix}LOGLEVEL"]
        config: dict[str, Any] = {}
        for variable, text in sorted(os.environ.items()):
            if variable in settings:
                name, declared = settings[variable]
                try:
                    config[name] = parse_variable(text, declared.get("type", ()))
                except ValueError as error:
                    raise ConfigError([f"{name}: the variable {variable} must hold {error}"]) from None
            # Meltano's own variables begin with the tap's name and two underscores.
            elif variable not in known and re.match(f"{prefix}(?!_)", variable):
                raise ConfigError([f"unknown setting {variable}{suggestion(variable, known)}"])
        return config


def run(command: click.Command) -> int:
    """Run the tap's command, and return the exit code.

    Raises:
        UsageError: the command line cannot be used.
    """
    try:
        code = command(standalone_mode=False)
    except SystemExit as end:
        code = end.code
    except click.UsageError as error:  # click's own message may contain a secret.
        name = error.option_name if isinstance(error, click.NoSuchOption) else ""
        reason = f"no such option {name}" if _OPTION.fullmatch(name) else "the command line cannot be used"
        raise UsageError([f"{reason}: see {command.name} --help"]) from None
    return int(code or 0)


def _read_catalog(_: click.Context, __: click.Parameter, path: str | None) -> StringIO | None:
    """Return a catalog for the SDK to read. The name of each stream must be its id."""
    if path is None:
        return None
    content = _read_object("--catalog", path)
    try:
        text = json.dumps(content, allow_nan=False)
        is_catalog = all(
            isinstance(each.key_properties, list | None) and each.stream in {None, each.tap_stream_id}
            for each in Catalog.from_dict(deepcopy(content)).streams  # Copied later, too: is it too deep?
        )
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        is_catalog = False
    if not is_catalog:
        raise ConfigError([f"--catalog: {Path(path).name} is not a catalog: run --discover again"])
    return StringIO(text)


def _read_object(option: str, path: str) -> dict[str, Any]:
    """Return the JSON object in a file: a regular one, a pipe, or stdin for the path `-`.

    Raises:
        ConfigError: it cannot be used; names the option and the reason.
    """
    file = Path("/dev/stdin" if path == "-" else path)
    try:
        content = parse_json(file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError([f"{option}: {file.name} is not in UTF-8"]) from error
    except OSError as error:
        shown = f"{path}: {error.strerror}" if _PATH.fullmatch(path) else "the file"
        raise ConfigError([f"{option}: cannot read {shown}"]) from None
    except ValueError as error:
        raise ConfigError([f"{option}: {file.name} is not JSON ({error})"]) from None
    if not isinstance(content, dict):
        raise ConfigError([f"{option}: {file.name} must hold a JSON object"])
    return content
