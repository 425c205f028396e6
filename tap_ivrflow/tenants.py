"""Which tenant spaces a run reads."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

LONGEST_NAME: Final = 255
"""Characters of a tenant's name: a key column of unbounded text is too long for an index of MySQL."""

_SINGLE_FORM: Final = ("app_key", "app_secret", "tenant_space_id")


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant space and what opens it.

    Attributes:
        name: the label that its rows carry.
        api_url: scheme, host and port, without a trailing slash.
        token_api_url: the same of the token call.
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
    """Return the tenants that a checked configuration is for, in its order."""
    forms = config.get("tenants") or [
        {"name": config["tenant"], **{name: config.get(name) for name in _SINGLE_FORM}}
    ]
    shard, shards = parse_shard(config.get("tenant_shard", "1/1")) or (1, 1)
    return [
        Tenant(
            name=form["name"],
            **_urls(form, config),
            app_key=form["app_key"],
            app_secret=form["app_secret"],
            space_id=form.get("tenant_space_id") or None,
        )
        for form in forms
        if zlib.crc32(form["name"].encode()) % shards == shard - 1
    ]


def _urls(form: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, str]:
    """Return the hosts of a tenant.

    Its own `api_url` cancels the general `token_api_url`: its secret must not go to another installation.
    """
    api_url = form.get("api_url") or config["api_url"]
    general = None if form.get("api_url") else config.get("token_api_url")
    token_api_url = form.get("token_api_url") or general or api_url
    return {"api_url": _normal(api_url), "token_api_url": _normal(token_api_url)}


def _normal(url: str) -> str:
    """Return one form of a host for its many spellings: tenants of one host share what is known of it."""
    url = url.rstrip("/").lower()
    return url.removesuffix(":443" if url.startswith("https") else ":80")


def parse_shard(text: str) -> tuple[int, int] | None:
    """Return the shard, from 1, and the number of shards of a text such as `2/8`; None if it is not one.

    A tenant's shard is the CRC-32 of its name, so it depends on nothing else. Of the usual hashes this
    one spreads names that are numbered the most evenly.
    """
    numbers = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if numbers is None:
        return None
    shard, shards = int(numbers[1]), int(numbers[2])
    return (shard, shards) if 1 <= shard <= shards else None
