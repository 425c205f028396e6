"""What the stand-in serves to the loads: tenants whose flows hold what has broken targets before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

Flow: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, int]
Tenants: TypeAlias = dict[str, list[Flow]]
"""The flows of each tenant, in the service's order."""

COLUMNS: Final = (
    "tenant",
    "id",
    "accessCode",
    "description",
    "flowFileName",
    "isLoad",
    "flowType",
    "maxCallNum",
)
EXACT: Final = 2**53 + 1
"""The first whole number that a float cannot hold."""


def flow(number: int, description: str | None = "Exception handling", **fields: Any) -> Flow:
    """A flow such as the documented one."""
    return {
        "isLoad": 1,
        "accessCode": f"{90500 + number}",
        "maxCallNum": None,
        "description": description,
        "id": number,
        "flowFileName": "defaultIVR.GSL",
        "flowType": 1,
        **fields,
    }


def tenants() -> Tenants:
    """Three tenants; ids are the same in all of them."""
    return {
        "north": [flow(1), flow(2, "1015")],
        "south": [flow(number, text) for number, text in enumerate(TEXTS, start=1)],
        "east": [
            flow(1, None, isLoad=None, accessCode=None, flowFileName=None, flowType=None),
            {"id": 2},
            flow(3, "", accessCode="", flowFileName=""),
            flow(4, accessCode="0090500"),
            flow(5, accessCode="*#00"),
            flow(6, accessCode="400800123456789012345678"),
            flow(7, isLoad=0, flowType=0, maxCallNum=0),
            flow(8, isLoad=-1, flowType=99, maxCallNum=65535),
            flow(EXACT, maxCallNum=EXACT),
            flow(2**63 - 1, maxCallNum=-(2**63)),
        ],
    }


TEXTS: Final = (
    "Exception handling",
    "客服热线 / réception / Übergabe 📞",
    "e\u0301 is é, \u202eright to left\u202c, zero\u200bwidth, \ufeffmark, \u2028line, \u2029paragraph, \x85next",
    "it's \"evening\", `back` and ''two'' and \"\"two\"\"",
    "back\\slash, C:\\new\\table, \\N, \\., \\u0041, \\\\, ends with \\",
    "one\ntwo\r\nthree\rfour\n",
    "tab\tand\x01\x1b\x7fothers",
    "before\0after",
    "comma, semicolon; pipe| percent% %s %(x)s $1 :name {brace} ?",
    "'; drop table ivr_flows; --",
    " spaces at both ends ",
    " ",
    "NULL",
    "null",
    "0090500",
    "1e5",
    "true",
    "2026-01-31",
    '{"a": [1, null]}',
    "long " * 2000,
)  # fmt: skip


def rows(served: Mapping[str, Iterable[Flow]]) -> dict[Key, Flow]:
    """The rows that the service's flows are to become, by their keys: what it left out is null."""
    return {
        (tenant, flow["id"]): {"tenant": tenant, **{name: flow.get(name) for name in COLUMNS[1:]}}
        for tenant, flows in served.items()
        for flow in flows
    }


def as_served(served: Mapping[str, Iterable[Flow]]) -> list[dict[str, Any]]:
    """The tenants in the stand-in's form, each with a key pair."""
    return [
        {"name": name, "app_key": f"key-{name}", "app_secret": f"s3cret-{name}+/=%", "flows": list(flows)}
        for name, flows in served.items()
    ]
