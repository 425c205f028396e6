"""The tap's settings, each declared once. `validation` checks a configuration."""

from __future__ import annotations

from typing import Final

from singer_sdk import typing as th

from tap_ivrflow.aicc.client import DEFAULT_API_URL, DEFAULT_RETRIES, LONGEST_TOKEN_LIFETIME
from tap_ivrflow.aicc.transport import DEFAULT_CALL_TIMEOUT, DEFAULT_TIMEOUT
from tap_ivrflow.tenants import LONGEST_NAME

SETTINGS: Final = th.PropertiesList(
    th.Property(
        "api_url",
        th.StringType,
        default=DEFAULT_API_URL,
        title="API URL",
        description="Scheme, host and port of the service.",
    ),
    th.Property(
        "token_api_url",
        th.StringType,
        title="Token API URL",
        description="Scheme, host and port of `tokenByAkSk`, where they are not those of `api_url`.",
    ),
    th.Property(
        "app_key",
        th.StringType,
        title="App key",
        description="App key of the tenant (single-tenant form).",
    ),
    th.Property(
        "app_secret",
        th.StringType,
        secret=True,
        title="App secret",
        description="App secret of the tenant (single-tenant form).",
    ),
    th.Property(
        "tenant",
        th.StringType(max_length=LONGEST_NAME),
        default="default",
        title="Tenant",
        description="Label of the tenant in the column `tenant` (single-tenant form).",
    ),
    th.Property(
        "tenant_space_id",
        th.StringType,
        title="Tenant space ID",
        description="Sent as `X-TenantSpaceID` when set (single-tenant form).",
    ),
    th.Property(
        "tenants",
        th.ArrayType(
            th.ObjectType(
                th.Property("name", th.StringType(max_length=LONGEST_NAME), required=True),
                th.Property("app_key", th.StringType, required=True),
                th.Property("app_secret", th.StringType, required=True, secret=True),
                th.Property("api_url", th.StringType),
                th.Property("token_api_url", th.StringType),
                th.Property("tenant_space_id", th.StringType),
                additional_properties=False,
            ),
        ),
        secret=True,
        title="Tenants",
        description=(
            "The many-tenant form: a list of `{name, app_key, app_secret}`, each with an `api_url`, a "
            "`token_api_url` and a `tenant_space_id` of its own if need be. Set `tenants`, or `app_key` and "
            "`app_secret`, never both."
        ),
    ),
    th.Property(
        "token_lifetime",
        th.IntegerType(minimum=60, maximum=LONGEST_TOKEN_LIFETIME),
        default=LONGEST_TOKEN_LIFETIME,
        title="Token lifetime",
        description="Seconds that a token is asked to last (`X-Token-Expire`), 60 to 3600.",
    ),
    th.Property(
        "request_timeout",
        th.IntegerType(minimum=1, maximum=86400),
        default=DEFAULT_TIMEOUT,
        title="Request timeout",
        description="Bound in seconds on connecting and on each read, 1 to 86400.",
    ),
    th.Property(
        "call_timeout",
        th.IntegerType(minimum=1, maximum=86400),
        default=DEFAULT_CALL_TIMEOUT,
        title="Call timeout",
        description="Bound in seconds on one whole response, however slowly it comes, 1 to 86400.",
    ),
    th.Property(
        "max_retries",
        th.IntegerType(minimum=0, maximum=10),
        default=DEFAULT_RETRIES,
        title="Maximum retries",
        description="Further tries of a call after the first, 0 to 10.",
    ),
    th.Property(
        "concurrency",
        th.IntegerType(minimum=1, maximum=64),
        default=8,
        title="Concurrency",
        description="Tenants read at the same time, 1 to 64.",
    ),
    th.Property(
        "tenant_shard",
        th.StringType,
        title="Tenant shard",
        description="Read only a part of the tenants: `2/8` is shard 2 of 8, counted from 1.",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="Sent as `User-Agent`; `tap-ivrflow/<version>` unless set.",
    ),
    th.Property(
        "emit_activate_version_messages",
        th.BooleanType,
        default=False,
        title="Emit ACTIVATE_VERSION messages",
        description="Let the target remove what is gone, of each stream that was read whole for all tenants.",
    ),
    additional_properties=False,
)
"""Every setting of the tap's own; the SDK adds those for stream maps, flattening and batches."""
