"""Which tenant spaces a run reads."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant space and what opens it.

    Attributes:
        name: the label that its rows carry.
        api_url: scheme, host and port, without a trailing slash.
        app_key: identifies the caller; not printed.
        app_secret: a secret; not printed.
        space_id: sent as `X-TenantSpaceID`; None sends no such header.
    """

    name: str
    api_url: str
    app_key: str = field(repr=False)
    app_secret: str = field(repr=False)
    space_id: str | None = None


def tenants_of(config: Mapping[str, Any]) -> list[Tenant]:
    """Return the tenants that a checked configuration is for, in its order."""
    forms = config.get("tenants") or [{**config, "name": config["tenant"]}]
    shard, shards = parse_shard(config.get("tenant_shard", "1/1")) or (1, 1)
    return [
        Tenant(
            name=form["name"],
            api_url=(form.get("api_url") or config["api_url"]).rstrip("/"),
            app_key=form["app_key"],
            app_secret=form["app_secret"],
            space_id=form.get("tenant_space_id") or None,
        )
        for form in forms
        if zlib.crc32(form["name"].encode()) % shards == shard - 1
    ]


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
