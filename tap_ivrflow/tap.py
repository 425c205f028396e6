"""The tap: settings in, streams out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from io import StringIO
from types import FrameType
from typing import IO, Any, ClassVar

from singer_sdk import Stream, Tap
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.plugin_base import JSONSchemaValidator
from typing_extensions import override

from tap_ivrflow import signals
from tap_ivrflow.batches import with_compression
from tap_ivrflow.client import Client, Service
from tap_ivrflow.errors import ConfigError
from tap_ivrflow.hosts import Hosts
from tap_ivrflow.inputs import parse_state
from tap_ivrflow.ledger import Ledger
from tap_ivrflow.messages import MessageWriter
from tap_ivrflow.redaction import Redactor
from tap_ivrflow.retry import Retry
from tap_ivrflow.settings import SETTINGS
from tap_ivrflow.stream_maps import name_failures
from tap_ivrflow.streams import STREAMS, Extractions
from tap_ivrflow.tenants import Tenant, tenants_of
from tap_ivrflow.transport import Transport
from tap_ivrflow.validation import (
    is_plaintext,
    problem_of_environment,
    problems_of_schema,
    problems_of_values,
    with_parsed_tenants,
    without_blanks,
)


class TapIVRFlow(Tap):
    """Reads the IVR flows of Huawei Cloud AICC / CEC tenant spaces, and what leads to them."""

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
        if isinstance(kwargs.get("catalog"), dict):
            kwargs["catalog"] = {"streams": [], **kwargs["catalog"]}
        self.ledger = Ledger()
        self._redact = Redactor()
        self._redact.guard_logging()
        if parse_env_config:
            kwargs["config"] = {**(kwargs.get("config") or {}), **self._read_environment()}
        super().__init__(parse_env_config=False, **kwargs)
        signals.handle_hangup(self._handle_termination)

    @override
    def discover_streams(self) -> Sequence[Stream]:
        """Return the streams, without a call."""
        return [stream(self, self) for stream in STREAMS]

    @property
    @override
    def streams(self) -> dict[str, Stream]:
        """Return the streams in the order in which they are synced: the proof of the others comes last."""
        order: dict[type[Stream], int] = {stream: place for place, stream in enumerate(STREAMS)}
        return dict(sorted(super().streams.items(), key=lambda item: order[type(item[1])]))

    @override
    def setup_mapper(self) -> None:
        """Set up the stream maps, once the catalog in use has been checked.

        Raises:
            ConfigError: the catalog is one of another tap.
        """
        catalog = self.input_catalog
        if catalog is not None and not catalog.keys() & self.streams.keys():
            raise ConfigError(["--catalog: it has no stream of this tap: discover again"])
        if not any(stream.selected for stream in self.streams.values()):
            self.logger.warning(
                "no stream is selected, so nothing will be read: select one in the catalog, or by `select`"
                " in meltano.yml"
            )
        super().setup_mapper()
        for stream_maps in self.mapper.stream_maps.values():
            name_failures(stream_maps)

    @property
    def lists(self) -> list[str]:
        """Names of the lists that this run reads of every tenant."""
        return [name for name, stream in self.streams.items() if stream.selected and name != Extractions.name]

    def is_last(self, stream: str) -> bool:
        """Tell whether no selected stream follows."""
        return stream == [name for name, each in self.streams.items() if each.selected][-1]

    @classmethod
    @override
    def invoke(cls, *, state: IO[str] | None = None, **kwargs: Any) -> None:
        """Run the tap from the command line; an empty state file, as in a first run, is no state."""
        super().invoke(state=None if state is None else StringIO(parse_state(state.read())), **kwargs)

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Accept any state and keep none of it: every run reads everything."""

    def client(self, tenant: Tenant) -> Client:
        """Return the client of a tenant space."""
        return Client(
            tenant.app_key,
            tenant.app_secret,
            api_url=tenant.api_url,
            token_api_url=tenant.token_api_url,
            tenant=tenant.name,
            tenant_space_id=tenant.space_id,
            service=self._service,
        )

    @cached_property
    def _service(self) -> Service:
        """What the clients of this run share."""
        config = self.config
        return Service(
            transport=Transport(
                timeout=config["request_timeout"],
                longest_call=config["call_timeout"],
                user_agent=config["user_agent"],
            ),
            retry=Retry(config["max_retries"]),
            token_lifetime=config["token_lifetime"],
            redact=self._redact,
            hosts=Hosts(config["concurrency"]),
        )

    @classmethod
    def _read_environment(cls) -> dict[str, Any]:
        """Return the settings that the environment holds.

        The SDK would fail on a variable without naming it, take any word but "true" for false, and look
        for a `.env` above its own installation, which would override the environment.

        Raises:
            ConfigError: a variable cannot be parsed as its setting's type.
        """
        cls.append_builtin_config(cls.config_jsonschema)
        properties = cls.config_jsonschema["properties"]
        if problem := problem_of_environment(os.environ, cls._env_var_prefix, properties):
            raise ConfigError([problem])
        return parse_environment_config(cls.config_jsonschema, cls._env_var_prefix, dotenv_path=os.devnull)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the configuration in place of the SDK, whose messages print values, secrets among them.

        There is no public hook between the reading of the environment and that check.

        Raises:
            ConfigError: `raise_errors` is true and there are problems.
        """
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        self._config = with_parsed_tenants(without_blanks(self._config))
        errors = JSONSchemaValidator(schema).iter_errors(self._config)
        lines = (line for error in errors for line in problems_of_schema(error, list(schema["properties"])))
        problems = list(dict.fromkeys(lines)) or list(
            problems_of_values(self._config, [vars(stream)["name"] for stream in STREAMS])
        )
        if not problems:
            self._prepare()
        elif raise_errors:
            raise ConfigError(problems)
        return problems

    def _prepare(self) -> None:
        """Finish a configuration that has no problems."""
        if "batch_config" in self._config:
            self._config["batch_config"] = with_compression(self._config["batch_config"])
        self._config.setdefault("user_agent", f"{self.name}/{self.plugin_version}")
        tenants = tenants_of(self._config)
        self._redact.add(*(tenant.app_secret for tenant in tenants))
        self._redact.add_identifiers(*(tenant.app_key for tenant in tenants))
        hosts = {
            (name, url)
            for tenant in tenants
            for name, url in (("api_url", tenant.api_url), ("token_api_url", tenant.token_api_url))
            if is_plaintext(url) and (name == "api_url" or url != tenant.api_url)
        }
        for name, url in sorted(hosts):
            self.logger.warning("%s %s is plain http: credentials are sent unencrypted", name, url)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End the run: see `signals`."""
        signals.end_run(signum, self.message_writer, self.logger)
