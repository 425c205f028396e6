"""Which tenant spaces a run reads."""

from __future__ import annotations

import ipaddress
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

LONGEST_NAME: Final = 255
"""Characters of a tenant's name: a key column of unbounded text is too long for an index of MySQL."""

SINGLE_FORM: Final = ("app_key", "app_secret", "tenant_space_id")
"""Settings of the single-tenant form."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant space, and the credentials for it.

    Attributes:
        name: the label of its rows.
        api_url: scheme, host and port, without a trailing slash.
        token_api_url: the same for the token call.
        app_key: identifies the caller; not printed.
        app_secret: a secret; not printed.
        space_id: sent as `X-TenantSpaceID`; None sends no such header.
    """

    name: str
    api_url: str
    token_api_url: str
    app_key: str = field(repr=False)
    app_secret: str = field(repr=False)
    space_id: str | None = None


def tenants_of(config: Mapping[str, Any]) -> list[Tenant]:
    """Return the tenants of a checked configuration, in its order."""
    forms = config.get("tenants") or [
        {"name": config["tenant"], **{name: config.get(name) for name in SINGLE_FORM}}
    ]
    shard, shards = shard_of(config)
    return [
        Tenant(
            name=form["name"],
            **_urls(form, config),
            app_key=form["app_key"],
            app_secret=form["app_secret"],
            space_id=form.get("tenant_space_id"),
        )
        for form in forms
        if zlib.crc32(form["name"].encode()) % shards == shard - 1
    ]


def _urls(form: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, str]:
    """Return the hosts of a tenant.

    A tenant with its own `api_url` does not use the general `token_api_url`, so its secret never goes to
    another installation.
    """
    api_url = form.get("api_url") or config["api_url"]
    general = None if form.get("api_url") else config.get("token_api_url")
    token_api_url = form.get("token_api_url") or general or api_url
    return {"api_url": _normal(api_url), "token_api_url": _normal(token_api_url)}


def _normal(url: str) -> str:
    """Normalise a URL, so that tenants on the same host share its state."""
    url = url.rstrip("/").lower()
    return url.removesuffix(":443" if url.startswith("https") else ":80")


def is_plaintext(url: str) -> bool:
    """Whether others can read what is sent to a URL: http, to another machine."""
    try:
        loopback = ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:  # It is a name.
        loopback = bool(re.match(r"http://localhost\b(?!\.)", url))
    return url.startswith("http:") and not loopback


def shard_of(config: Mapping[str, Any]) -> tuple[int, int]:
    """Return the shard that is read, from 1, and the number of shards.

    A tenant's shard is the CRC-32 of its name, so it depends on nothing else. CRC-32 spreads numbered names
    most evenly.
    """
    shard, shards = config.get("tenant_shard", "1/1").split("/")
    return int(shard), int(shards)
