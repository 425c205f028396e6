"""Which tenant spaces a run reads."""

from __future__ import annotations

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
    """Return the tenants of a checked configuration, in its order."""
    forms = config.get("tenants") or [{**config, "name": config["tenant"]}]
    return [
        Tenant(
            name=form["name"],
            api_url=(form.get("api_url") or config["api_url"]).rstrip("/"),
            app_key=form["app_key"],
            app_secret=form["app_secret"],
            space_id=form.get("tenant_space_id") or None,
        )
        for form in forms
    ]
