"""The tenants of the stand-in and their flows: plain data, the same in every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Flow: TypeAlias = dict[str, object]
"""One element of the service's `result`, as it is before it becomes JSON."""

# (accessCode, maxCallNum, description, flowFileName, flowType, isLoad), with what has broken readers before.
_VARIED: Final[tuple[tuple[str, int | None, str, str, int, int], ...]] = (
    ("0090500", None, "Exception handling", "defaultIVR.GSL", 1, 1),
    ("*100#", 30, "客服热线 / réception", "reception.vxml", 2, 1),
    ("#9", 0, "", "silent.GSL", 1, 0),
    ("00", 65535, 'The "evening" line', "it's evening.vxml", 4, 1),
    ("400800123456789012345678", None, "1015", "partner", 3, 1),
    ("*", 1, "Comma, semicolon; back\\slash", "wait script.ws", 6, 0),
    ("7", None, "Übergabe 📞", "übergabe.ccxml", 5, 1),
    ("90510", 120, " spaces at both ends ", "unspecified", 0, 1),
)


@dataclass(frozen=True)
class Tenant:
    """A tenant space: the name that tests call it by, its key pair, and the flows in the service's order."""

    name: str
    app_key: str
    app_secret: str
    flows: Sequence[Flow]
    lists: Mapping[str, Any] = field(default_factory=dict)


def documented_example() -> list[Flow]:
    """Give the flows of the example answer in the service's documentation."""
    return [
        _flow(1, ("90500", None, "Exception handling", "defaultIVR.GSL", 1, 1)),
        _flow(2, ("90501", None, "1015", "defaultIVR.GSL", 1, 1)),
    ]


def varied_flows(number: int) -> list[Flow]:
    """Give the small set of tenant `number`: all the awkward values for tenant 2, fewer and rotated after."""
    start = (number - 2) % len(_VARIED)
    rotated = _VARIED[start:] + _VARIED[:start]
    count = len(_VARIED) - (number - 2) % 5
    return [_flow(flow_id, facts) for flow_id, facts in enumerate(rotated[:count], start=1)]


def generated_flows(count: int) -> list[Flow]:
    """Give `count` flows with ids from 1 and access codes that are all different.

    Beyond 1500 the ids leave the documented range; large lists exist for the benchmarks.
    """
    return [_generated_flow(number) for number in range(1, count + 1)]


def tenants(count: int, flows: int | None = None) -> list[Tenant]:
    """Give tenants 1 to `count`; with `flows`, each has that many generated ones (a list that they share)."""
    shared = None if flows is None else generated_flows(flows)
    return [_tenant(number, shared) for number in range(1, count + 1)]


def _tenant(number: int, flows: list[Flow] | None) -> Tenant:
    if flows is None:
        flows = documented_example() if number == 1 else varied_flows(number)
    return Tenant(
        name=f"tenant-{number:04d}",
        app_key=f"key-{number:04d}-5f0c",
        # Every character class that changes under URL-encoding, so that a leak is found in either form.
        app_secret=f"secret-{number:04d}-9b1d+/7c%e",
        flows=flows,
    )


def _flow(flow_id: int, facts: tuple[str, int | None, str, str, int, int]) -> Flow:
    access_code, max_call_num, description, file_name, flow_type, is_load = facts
    return {
        "isLoad": is_load,
        "accessCode": access_code,
        "maxCallNum": max_call_num,
        "description": description,
        "id": flow_id,
        "flowFileName": file_name,
        "flowType": flow_type,
    }


def _generated_flow(number: int) -> Flow:
    access_code = f"{number:0{3 + number % 6}d}" + ("", "*", "#")[number % 3]
    description = f"客服流程 {number}" if number % 7 == 0 else f"Generated flow {number}"
    max_call_num = None if number % 4 == 0 else number % 65536
    return _flow(
        number, (access_code, max_call_num, description, f"flow{number}.GSL", number % 7, number % 2)
    )
