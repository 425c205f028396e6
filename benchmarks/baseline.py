"""The baseline: a plain tap for the IVR flows, as the SDK's template has it.

It does everything in the SDK's own way: `RESTStream`, one partition after another, an OAuth authenticator for
each, the default message writer and type conformance. Settings, schema and records are those of the tap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, ClassVar

from requests import Response
from singer_sdk import RESTStream, SchemaDirectory, Stream, StreamSchema, Tap
from singer_sdk.authenticators import OAuthAuthenticator
from singer_sdk.exceptions import FatalAPIError
from singer_sdk.helpers.types import Context, Record
from typing_extensions import override

from tap_ivrflow.settings import SETTINGS


class TenantAuthenticator(OAuthAuthenticator):
    """Signs the calls of one tenant. It fetches a token when it has none or the last one has expired."""

    def __init__(self, tenant: Mapping[str, Any], lifetime: int) -> None:
        """Take the tenant's settings, and the token lifetime to request, in seconds."""
        super().__init__(
            auth_endpoint=f"{tenant['api_url']}/apigovernance/api/oauth/tokenByAkSk",
            client_id=tenant["app_key"],
            client_secret=tenant["app_secret"],
            oauth_headers={"X-Token-Expire": str(lifetime)},
        )
        self.auth_headers["X-APP-Key"] = tenant["app_key"]

    @override
    def update_access_token(self) -> None:
        # The service takes JSON and has its own field names. The SDK's method sends a form.
        asked, headers = datetime.now(UTC), self._oauth_headers
        body = {"app_key": self.client_id, "app_secret": self.client_secret}
        response = self._session.post(self.auth_endpoint, headers=headers, json=body, timeout=60)
        response.raise_for_status()
        content = response.json()
        self.access_token = content["AccessToken"]
        self.expires_in = int(content["Expires"])
        self.last_refreshed = asked


class IVRFlowStream(RESTStream[None]):
    """The IVR flows of every tenant space."""

    name = "ivr_flows"
    path = "/apiaccess/rest/cc-management/v1/ivrFlow/queryIVRFlowList"
    http_method = "POST"
    primary_keys = ("tenant", "id")
    records_jsonpath = "$.result[*]"
    schema: ClassVar[StreamSchema] = StreamSchema(SchemaDirectory(files("tap_ivrflow.schemas")))

    def __init__(self, tap: Tap) -> None:
        """Make an authenticator for each tenant."""
        super().__init__(tap)
        api_url, lifetime = self.config["api_url"], self.config["token_lifetime"]
        self._authenticators = {
            tenant["name"]: TenantAuthenticator({"api_url": api_url, **tenant}, lifetime)
            for tenant in self.config["tenants"]
        }
        self._tenant = ""
        self._extraction = tap.initialized_at

    @property
    @override
    def partitions(self) -> list[dict[str, Any]]:
        return [{"tenant": name} for name in self._authenticators]

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["api_url"])

    @property
    @override
    def authenticator(self) -> TenantAuthenticator:
        return self._authenticators[self._tenant]

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        self._tenant = (context or {})["tenant"]
        yield from super().get_records(context)

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record:
        row["extraction"] = self._extraction
        return row

    @override
    def prepare_request_payload(self, context: Context | None, next_page_token: None) -> dict[str, Any]:
        return {}

    @override
    def validate_response(self, response: Response) -> None:
        # The SDK wants errors in a body to be found here, so the body is decoded twice.
        super().validate_response(response)
        content = response.json()
        if content.get("retCode") != "0":
            raise FatalAPIError(f"retCode {content.get('retCode')}: {content.get('message')}")


class PlainTap(Tap):
    """The plain tap. It has the tap's name, so that the SDK finds the version of the same package."""

    name = "tap-ivrflow"
    config_jsonschema: ClassVar[dict[str, Any]] = SETTINGS.to_dict()

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [IVRFlowStream(self)]


if __name__ == "__main__":
    PlainTap.cli()
