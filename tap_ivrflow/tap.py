"""The tap: settings in, streams out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from singer_sdk import Stream
from typing_extensions import override

from tap_ivrflow import settings
from tap_ivrflow.aicc import Client, Shared
from tap_ivrflow.aicc.redaction import Redactor
from tap_ivrflow.aicc.retry import Retry
from tap_ivrflow.aicc.transport import Transport
from tap_ivrflow.ledger import Ledger, why_unproven
from tap_ivrflow.singer.tap import SingerTap
from tap_ivrflow.streams import STREAMS, Extractions
from tap_ivrflow.tenants import Tenant, is_plaintext, tenants_of


class TapIVRFlow(SingerTap):
    """Reads the IVR flows of Huawei Cloud AICC / CEC tenant spaces, and what leads to them."""

    name = "tap-ivrflow"
    config_jsonschema: ClassVar[dict[str, Any]] = settings.SETTINGS.to_dict()
    patterns = settings.PATTERNS
    problems = staticmethod(settings.problems)
    redact: Final = Redactor()
    """The secrets of the process. `__main__` masks them in the log."""

    @override
    def discover_streams(self) -> Sequence[Stream]:
        """Return the streams, without a call."""
        return [stream(self) for stream in STREAMS]

    @property
    @override
    def streams(self) -> dict[str, Stream]:
        """Return the streams in the order in which they are synced: the proof of the others comes last."""
        order: dict[type[Stream], int] = {stream: place for place, stream in enumerate(STREAMS)}
        return dict(sorted(super().streams.items(), key=lambda item: order[type(item[1])]))

    @override
    def setup_mapper(self) -> None:
        """Set up the stream maps, and warn if no list is selected, or lists have no proof."""
        super().setup_mapper()
        proofs = self.streams[Extractions.name]
        lists = [name for name, each in self.streams.items() if each.selected and each is not proofs]
        self.ledger = Ledger([tenant.name for tenant in self.tenants], lists)
        if not lists:
            hint = "select a list in the catalog, or by `select` in meltano.yml"
            self.logger.warning("no list is selected, so nothing will be read: %s", hint)
        elif not proofs.selected:
            line = "%s is not selected, so no list has a proof, and deleted rows cannot be told"
            self.logger.warning(line, proofs.name)
            return
        for name in lists:
            if reason := why_unproven(self.streams[name], proofs):
                self.logger.warning("%s: its lists have no proof (%s)", name, reason)
                self.ledger.unproven |= {name}

    def client(self, tenant: Tenant) -> Client:
        """Return the client of a tenant space."""
        return Client(
            tenant.app_key,
            tenant.app_secret,
            api_url=tenant.api_url,
            token_api_url=tenant.token_api_url,
            tenant=tenant.name,
            tenant_space_id=tenant.space_id,
            shared=self._shared,
        )

    @override
    def prepare(self) -> None:
        """Complete the configuration, mask its secrets, and warn about what is sent unencrypted."""
        config = self._config
        config.setdefault("user_agent", f"{self.name}/{self.plugin_version}")
        # Made here and not in the threads that use it: each would make its own.
        self._shared = Shared(
            transport=Transport(
                timeout=config["request_timeout"],
                longest_call=config["call_timeout"],
                user_agent=config["user_agent"],
            ),
            retry=Retry(config["max_retries"], concurrency=config["concurrency"]),
            token_lifetime=config["token_lifetime"],
            redact=self.redact,
        )
        tenants = self.tenants = tenants_of(config)
        self.redact.add(*(tenant.app_secret for tenant in tenants))
        self.redact.add_identifiers(*(tenant.app_key for tenant in tenants))
        hosts = {tenant.token_api_url: "token_api_url" for tenant in tenants}
        hosts |= {tenant.api_url: "api_url" for tenant in tenants}
        for url in filter(is_plaintext, sorted(hosts)):
            self.logger.warning("%s %s is plain http: credentials are sent unencrypted", hosts[url], url)
