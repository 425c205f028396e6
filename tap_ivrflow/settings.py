"""The tap's settings: each is declared once, with its rules, and `problems` checks what no schema can."""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final

from singer_sdk import typing as th

from tap_ivrflow.aicc.client import DEFAULT_API_URL, DEFAULT_RETRIES
from tap_ivrflow.aicc.tokens import LONGEST_LIFETIME
from tap_ivrflow.aicc.transport import DEFAULT_CALL_TIMEOUT, DEFAULT_TIMEOUT
from tap_ivrflow.singer.stream_maps import NULLS, column_of
from tap_ivrflow.tenants import LONGEST_NAME, SINGLE_FORM, shard_of

_LABEL: Final = r"[A-Za-z0-9_-]{1,63}"
_PORT: Final = r"6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5]?[0-9]{1,4}"
_HOST: Final = rf"^(?i:https?)://({_LABEL}(\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]+\])(:({_PORT}))?/?\Z"
_HEADER: Final = r"^[!-~]([ -~]*[!-~])?\Z"
_INVISIBLE: Final = r"\x00-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
_TEXT: Final = rf"^(?!\s)[^{_INVISIBLE}]+(?<!\s)\Z"
_SHARD: Final = r"^[0-9]{1,6}/[0-9]{1,6}\Z"
PATTERNS: Final = {
    _HOST: f"scheme, host and port only, such as {DEFAULT_API_URL}",
    _HEADER: "printable ASCII without spaces around it",
    _TEXT: "text without spaces around it, and without control or invisible characters",
    _SHARD: "SHARD/SHARDS, such as 2/8",
}
"""What a value must be, for each pattern."""

SETTINGS: Final = th.PropertiesList(
    th.Property(
        "api_url",
        th.StringType(pattern=_HOST),
        default=DEFAULT_API_URL,
        title="API URL",
        description="Scheme, host and port of the service.",
    ),
    th.Property(
        "token_api_url",
        th.StringType(pattern=_HOST),
        title="Token API URL",
        description="Scheme, host and port of `tokenByAkSk`, if different from `api_url`.",
        examples=["https://service.besclouds.com:28070"],
    ),
    th.Property(
        "app_key",
        th.StringType(pattern=_HEADER),
        title="App key",
        description="App key of the tenant (single-tenant form).",
        examples=["your app key"],
    ),
    th.Property(
        "app_secret",
        th.StringType(pattern=_TEXT),
        secret=True,
        title="App secret",
        description="App secret of the tenant (single-tenant form).",
        examples=["your app secret"],
    ),
    th.Property(
        "tenant",
        th.StringType(pattern=_TEXT, max_length=LONGEST_NAME),
        default="default",
        title="Tenant",
        description=(
            "Label of the tenant in the column `tenant` (single-tenant form). Set it from the first "
            "day, since rows keep it."
        ),
        examples=["support"],
    ),
    th.Property(
        "tenant_space_id",
        th.StringType(pattern=_HEADER),
        title="Tenant space ID",
        description="Sent as `X-TenantSpaceID` when set (single-tenant form).",
        examples=["your tenant space ID"],
    ),
    th.Property(
        "tenants",
        th.ArrayType(
            th.ObjectType(
                th.Property("name", th.StringType(pattern=_TEXT, max_length=LONGEST_NAME), required=True),
                th.Property("app_key", th.StringType(pattern=_HEADER), required=True),
                th.Property("app_secret", th.StringType(pattern=_TEXT), required=True, secret=True),
                th.Property("api_url", th.StringType(pattern=_HOST)),
                th.Property("token_api_url", th.StringType(pattern=_HOST)),
                th.Property("tenant_space_id", th.StringType(pattern=_HEADER)),
                additional_properties=False,
            ),
        ),
        secret=True,
        title="Tenants",
        description=(
            "The many-tenant form: a list of `{name, app_key, app_secret}`, each optionally with its own "
            "`api_url`, `token_api_url` and `tenant_space_id`. Set `tenants`, or `app_key` and `app_secret`, "
            "never both."
        ),
        examples=[[{"name": "support", "app_key": "its app key", "app_secret": "its app secret"}]],
    ),
    th.Property(
        "token_lifetime",
        th.IntegerType(minimum=60, maximum=LONGEST_LIFETIME),
        default=LONGEST_LIFETIME,
        title="Token lifetime",
        description="Token lifetime to request, in seconds (`X-Token-Expire`), 60 to 3600.",
    ),
    th.Property(
        "request_timeout",
        th.IntegerType(minimum=1, maximum=86400),
        default=DEFAULT_TIMEOUT,
        title="Request timeout",
        description="Timeout in seconds for connecting and for each read, 1 to 86400.",
    ),
    th.Property(
        "call_timeout",
        th.IntegerType(minimum=1, maximum=86400),
        default=DEFAULT_CALL_TIMEOUT,
        title="Call timeout",
        description="Time limit in seconds for a complete response, 1 to 86400.",
    ),
    th.Property(
        "max_retries",
        th.IntegerType(minimum=0, maximum=10),
        default=DEFAULT_RETRIES,
        title="Maximum retries",
        description="Retries per call, 0 to 10.",
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
        th.StringType(pattern=_SHARD),
        title="Tenant shard",
        description="Read only a part of the tenants: `2/8` is shard 2 of 8, counted from 1.",
        examples=["2/8"],
    ),
    th.Property(
        "user_agent",
        th.StringType(pattern=_HEADER),
        title="User agent",
        description="Sent as `User-Agent`; `tap-ivrflow/<version>` unless set.",
        examples=["tap-ivrflow"],
    ),
    th.Property(
        "emit_activate_version_messages",
        th.BooleanType,
        default=False,
        title="Emit ACTIVATE_VERSION messages",
        description=(
            "Send ACTIVATE_VERSION, so that the target removes deleted rows, for each stream that was read "
            "completely for all tenants."
        ),
    ),
    additional_properties=False,
)
"""Every setting of the tap; the SDK adds those for stream maps and flattening."""


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each problem between settings, in a configuration that fits the schema."""
    yield from _problems_of_forms(config)
    if "tenant_shard" in config:
        shard, shards = shard_of(config)
        if not 1 <= shard <= shards:
            yield f"tenant_shard must be {PATTERNS[_SHARD]}"
        if config["emit_activate_version_messages"]:
            yield (
                "emit_activate_version_messages cannot be used with tenant_shard: a target would delete the "
                "rows of the other shards"
            )
    for name, stream_map in config.get("stream_maps", {}).items():
        expression = stream_map.get("extraction") if isinstance(stream_map, dict) else None
        if expression not in NULLS and column_of(expression) != "extraction":
            yield f"stream_maps: {name}.extraction cannot be changed: it tells which rows exist"
    if config.get("flattening_enabled") and config.get("flattening_max_depth", -1) < 0:
        yield "flattening_enabled needs flattening_max_depth, 0 or more"
    if "faker_config" in config and importlib.util.find_spec("faker") is None:
        yield "faker_config needs the extra `faker`, which is not installed: see docs/settings.md"


def _problems_of_forms(config: Mapping[str, Any]) -> Iterator[str]:
    """Check that one form is used, completely, and that each tenant has its own name."""
    tenants = config.get("tenants")
    single = [name for name in SINGLE_FORM if config.get(name)]
    if tenants and (single or config["tenant"] != "default"):
        yield f"tenants is set, so {' and '.join(single) or 'tenant'} must not be: use one form, not both"
    elif tenants:
        first: dict[str, int] = {}
        for index, tenant in enumerate(tenants):
            # Many databases treat texts that differ only in case or width as one key.
            name = unicodedata.normalize("NFKC", tenant["name"]).casefold()
            if first.setdefault(name, index) != index:
                yield f"tenants[{index}].name is that of tenants[{first[name]}], or differs in case only"
    elif not single:
        yield "app_key and app_secret, or tenants, must be set"
    else:
        for name in ("app_key", "app_secret"):
            if name not in single:
                yield f"{name} must be set"
