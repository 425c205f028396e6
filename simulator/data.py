"""The tenants of the stand-in and their flows: plain data, the same in every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Row: TypeAlias = dict[str, object]
"""An element of a sister list."""
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


def generated_routes(count: int) -> list[Row]:
    """Give `count` routes to the flows from 1 on."""
    return [_route(number, f"400{number:07d}", 3, number, f"flow {number}") for number in range(1, count + 1)]


def lists_around(flows: Sequence[Flow]) -> dict[str, Any]:
    """Give the sister lists around flows: what leads to them, and what is broken about it.

    A route leads to the first flow, one to a queue, one to a flow that is gone, and one to each flow that is
    not loaded. The other flows have no route. One hotline has no route either. A queue overflows into the
    last flow, when it is busy, and into a queue that releases.
    """
    first, last = flows[0], flows[-1]
    routes = [
        _route(1, "4008001001", 3, first["id"], "first flow"),
        _route(2, "4008001002", 1, 11, "sales"),
        _route(3, "4008001003", 3, 999, "gone"),
        *(
            _route(10 + number, "4008001004", 3, flow["id"], "not loaded", extCode=f"{number}")
            for number, flow in enumerate(flows)
            if not flow["isLoad"]
        ),
    ]
    hotlines = [*dict.fromkeys(str(route["accessCode"]) for route in routes), "4008001009"]
    busy = {"transferType": "Transfer", "deviceType": "3", "value": last["id"]}
    no_agents = {"transferType": "Transfer", "deviceType": "1", "value": 12}
    return {
        "called_routes": routes,
        "access_codes": [
            {
                "id": f"11241679354656337{number:02d}",
                "accessCode": code,
                "mediatypeId": 5,
                "n400Number": None,
                "description": None,
                "numCallAttr": 3,
            }
            for number, code in enumerate(hotlines, start=1)
        ],
        "skill_queues": [
            _queue(11, "sales", busy=busy, noAgents=no_agents, timeOut={"transferType": "Release"}),
            _queue(12, "support", busy={"transferType": "Release"}),
        ],
        "satisfaction_config": {
            "enabled": True,
            "data": [
                {
                    "ivrId": str(first["id"]),
                    "feedbackType": "IVR",
                    "channelType": "audio",
                    "accessCode": first["accessCode"],
                }
            ],
        },
    }


def tenants(count: int, flows: int | None = None, routes: int | None = None) -> list[Tenant]:
    """Give tenants 1 to `count`; with numbers, they share so many generated flows or routes."""
    shared = None if flows is None else generated_flows(flows)
    lists = None if routes is None else {"called_routes": generated_routes(routes)}
    return [_tenant(number, shared, lists) for number in range(1, count + 1)]


def _tenant(number: int, flows: list[Flow] | None, lists: dict[str, Any] | None) -> Tenant:
    if flows is None:
        flows = documented_example() if number == 1 else varied_flows(number)
    if lists is None:
        lists = lists_around(flows) if 0 < len(flows) <= len(_VARIED) else {}
    return Tenant(
        name=f"tenant-{number:04d}",
        app_key=f"key-{number:04d}-5f0c",
        # Every character class that changes under URL-encoding, so that a leak is found in either form.
        app_secret=f"secret-{number:04d}-9b1d+/7c%e",
        flows=flows,
        lists=lists,
    )


def _route(number: int, access_code: str, type_: int, target: object, name: str, extCode: str = "") -> Row:  # noqa: N803 (the service's name)
    return {
        "id": str(1125397061153369000 + number),
        "accessCode": access_code,
        "extCode": extCode,
        "dnid": number,
        "devicetype": type_,
        "deviceId": target,
        "deviceDesc": name,
        "mediatypeId": 5,
        "editable": "0",
    }


def _queue(number: int, name: str, **overflows: Row) -> Row:
    return {
        "skillId": number,
        "name": name,
        "description": None,
        "mediaTypeId": 5,
        "maxWaitTime": 60,
        "maxWaitNum": 10,
        "maxAgentWrapupTime": 30,
        "skillParam": {**overflows, "answerFunction": "auto", "waitVoice": {"parameterType": "1"}},
    }


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
