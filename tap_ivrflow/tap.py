"""The tap: settings in, streams out, and what a signal does."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Sequence
from importlib.metadata import distribution
from types import FrameType
from typing import Any, ClassVar

from singer_sdk import Stream, Tap
from singer_sdk.plugin_base import JSONSchemaValidator
from typing_extensions import override

from tap_ivrflow.errors import ConfigError
from tap_ivrflow.messages import MessageWriter
from tap_ivrflow.redaction import Redactor
from tap_ivrflow.settings import (
    SETTINGS,
    explain,
    problem_of_environment,
    problems_of,
    travels_in_the_clear,
    with_tenants_read,
    without_blanks,
)
from tap_ivrflow.streams import IVRFlows
from tap_ivrflow.tenants import tenants_of


class TapIVRFlow(Tap):
    """Reads the IVR flows of Huawei Cloud AICC / CEC tenant spaces."""

    name = "tap-ivrflow"
    config_jsonschema: ClassVar[dict[str, Any]] = SETTINGS.to_dict()
    message_writer_class = MessageWriter
    message_writer: MessageWriter

    @override
    def __init__(self, *, parse_env_config: bool = False, **kwargs: Any) -> None:
        """Check the configuration; nothing is called yet.

        Raises:
            ConfigError: the configuration cannot be used.
        """
        self.redact = Redactor()
        self.redact.guard_logging()
        try:
            super().__init__(parse_env_config=parse_env_config, **kwargs)
        finally:
            # Looked at last, since the SDK has read `.env` files into the environment by now: it fails on
            # a variable without naming it, and takes any word that is not "true" for false.
            if parse_env_config:
                self._check_environment()

    @override
    def discover_streams(self) -> Sequence[Stream]:
        """Return the one stream, without a call."""
        return [IVRFlows(self)]

    @classmethod
    @override
    def get_plugin_version(cls) -> str:
        """Return the tap's version, which every run logs."""
        return _version(cls.name)

    @classmethod
    @override
    def get_sdk_version(cls) -> str:
        """Return the SDK's version, which every run logs."""
        return _version("singer-sdk")

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Accept any state and keep none of it: every run reads everything."""

    @classmethod
    def _check_environment(cls) -> None:
        """Raise ConfigError if a variable cannot be read as its setting's type."""
        properties = cls.config_jsonschema["properties"]
        if problem := problem_of_environment(os.environ, cls._env_var_prefix, properties):
            raise ConfigError([problem])

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the configuration in place of the SDK, whose messages print values, secrets among them.

        There is no public hook between the reading of the environment and that check.

        Raises:
            ConfigError: `raise_errors` is true and there are problems.
        """
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        self._config = with_tenants_read(without_blanks(self._config))
        errors = list(JSONSchemaValidator(schema).iter_errors(self._config))
        lines = (line for error in errors for line in explain(error, list(schema["properties"])))
        problems = list(dict.fromkeys(lines)) or list(problems_of(self._config))
        if not problems:
            self._prepare()
        elif raise_errors:
            raise ConfigError(problems)
        return problems

    def _prepare(self) -> None:
        """Finish a configuration that was found good."""
        self._config.setdefault("user_agent", f"{self.name}/{self.plugin_version}")
        tenants = tenants_of(self._config)
        self.redact.add(*(secret for tenant in tenants for secret in (tenant.app_secret, tenant.app_key)))
        for url in sorted({tenant.api_url for tenant in tenants if travels_in_the_clear(tenant.api_url)}):
            self.logger.warning("api_url %s is plain http: credentials travel in the clear", url)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End the run at once, with the exit code that a shell gives a signal (143, 130).

        In place of the SDK's handler, which writes a STATE and exits 0, as if all had been read. Nothing
        is waited for, no message follows, and stdout ends with a whole line. Only when neither the target
        nor whoever reads the log takes anything for two seconds, the process ends without these manners.
        """
        signal.signal(signal.SIGALRM, lambda *_: os._exit(128 + signum))
        signal.alarm(2)
        self.message_writer.between_lines(lambda: _stop(signum))


def _version(package: str) -> str:
    """Read an installed package's version.

    `importlib.metadata.version` parses the whole file as a mail, and imports for it: 5 ms of each start.
    """
    metadata = distribution(package).read_text("METADATA") or ""
    return metadata.partition("\nVersion: ")[2].partition("\n")[0]


def _stop(signum: int) -> None:
    """Say why, and leave, even if it cannot be said: the signal may have come while a line was logged."""
    try:
        name = signal.Signals(signum).name
        logging.getLogger(TapIVRFlow.name).error("stopped by %s, the run is incomplete", name)
    finally:
        os._exit(128 + signum)
