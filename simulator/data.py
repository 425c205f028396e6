"""The tenants and the rows of their lists: plain data, the same in each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from simulator.lists import Paging

Row: TypeAlias = dict[str, Any]
"""A row, before it becomes JSON."""

# (accessCode, maxCallNum, description, flowFileName, flowType, isLoad); values that broke readers before.
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


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """A tenant space and its lists, whose rows may have any form.

    Attributes:
        name: its name in tests and in the tap's settings.
        app_key: its key. Tenants with one key pair differ in their tenant spaces.
        app_secret: the secret of the key.
        tenant_space_id: required in calls that name one; None accepts any.
        flows: rows of `ivr_flows`, in the service's order.
        routes: rows of `called_routes`.
        access_codes: rows of `access_codes`.
        queues: rows of `skill_queues`.
        survey: the fields of `satisfaction_config`, without the code.
        paging: makes the pages of its lists; None for documented pages.
    """

    name: str
    app_key: str
    app_secret: str
    tenant_space_id: str | None = None
    flows: Any = ()
    routes: Any = ()
    access_codes: Any = ()
    queues: Any = ()
    survey: Any = field(default_factory=lambda: {"enabled": False, "data": []})
    paging: Paging | None = None


def documented_example() -> list[Row]:
    """Return the flows of the example response in the service's documentation."""
    return [
        _flow(1, ("90500", None, "Exception handling", "defaultIVR.GSL", 1, 1)),
        _flow(2, ("90501", None, "1015", "defaultIVR.GSL", 1, 1)),
    ]


def varied_flows(number: int) -> list[Row]:
    """Return the small set of tenant `number`: all values above for 2, fewer and rotated for others."""
    start = (number - 2) % len(_VARIED)
    rotated = _VARIED[start:] + _VARIED[:start]
    count = len(_VARIED) - (number - 2) % 5
    return [_flow(flow_id, facts) for flow_id, facts in enumerate(rotated[:count], start=1)]


def generated_flows(count: int) -> list[Row]:
    """Return `count` flows with different access codes and ids from 1 (documented: up to 1500)."""
    return [_generated_flow(number) for number in range(1, count + 1)]


def generated_routes(count: int) -> list[Row]:
    """Return `count` routes to the flows from 1 on."""
    return [_route(number, f"400{number:07d}", 3, number, f"flow {number}") for number in range(1, count + 1)]


def lists_around(flows: Sequence[Row]) -> dict[str, Any]:
    """Return the other lists of a tenant with these flows, with some mistakes in them.

    Routes lead to the first flow, to a queue, to a flow that was deleted and to each flow that is not loaded.
    Other flows have no route, and one hotline has none. A busy queue overflows into the last flow, and into a
    queue that releases.
    """
    first, last = flows[0], flows[-1]
    routes = [
        _route(1, "4008001001", 3, first["id"], "first flow"),
        _route(2, "4008001002", 1, 11, "sales"),
        _route(3, "4008001003", 3, 999, "gone"),
        *(
            _route(10 + number, "4008001004", 3, flow["id"], "not loaded", extension=f"{number}")
            for number, flow in enumerate(flows)
            if not flow["isLoad"]
        ),
    ]
    hotlines = [*dict.fromkeys(route["accessCode"] for route in routes), "4008001009"]
    to_flow = {"transferType": "Transfer", "deviceType": "3", "value": last["id"]}
    to_queue = {"transferType": "Transfer", "deviceType": "1", "value": 12}
    release = {"transferType": "Release"}
    survey = {"ivrId": str(first["id"]), "feedbackType": "IVR", "channelType": "audio"}
    return {
        "routes": routes,
        "access_codes": [_hotline(number, code) for number, code in enumerate(hotlines, start=1)],
        "queues": [
            _queue(11, "sales", busy=to_flow, noAgents=to_queue, timeOut=release),
            _queue(12, "support", busy=release),
        ],
        "survey": {"enabled": True, "data": [{**survey, "accessCode": first["accessCode"]}]},
    }


def tenants(count: int, flows: int | None = None, routes: int | None = None) -> list[Tenant]:
    """Return `count` tenants. `flows` and `routes` are lengths of generated lists that all tenants share."""
    generated: dict[str, Any] = {}
    if flows is not None:
        generated["flows"] = generated_flows(flows)
    if routes is not None:
        generated["routes"] = generated_routes(routes)
    return [_tenant(number, generated) for number in range(1, count + 1)]


def _tenant(number: int, generated: Mapping[str, Any]) -> Tenant:
    flows = documented_example() if number == 1 else varied_flows(number)
    lists = generated if "flows" in generated else {"flows": flows, **lists_around(flows), **generated}
    # Secrets have every kind of character that URL-encoding changes, so that tests find both forms.
    secret = f"secret-{number:04d}-9b1d+/7c%e"
    return Tenant(name=f"tenant-{number:04d}", app_key=f"key-{number:04d}-5f0c", app_secret=secret, **lists)


def _flow(number: int, facts: tuple[str, int | None, str, str, int, int]) -> Row:
    code, most_calls, description, file_name, flow_type, is_load = facts
    flow: Row = {"isLoad": is_load, "accessCode": code, "maxCallNum": most_calls, "description": description}
    return {**flow, "id": number, "flowFileName": file_name, "flowType": flow_type}


def _generated_flow(number: int) -> Row:
    access_code = f"{number:0{3 + number % 6}d}" + ("", "*", "#")[number % 3]
    description = f"客服流程 {number}" if number % 7 == 0 else f"Generated flow {number}"
    most_calls = None if number % 4 == 0 else number % 65536
    return _flow(number, (access_code, most_calls, description, f"flow{number}.GSL", number % 7, number % 2))


def _route(number: int, hotline: str, kind: int, target: int, name: str, extension: str = "") -> Row:
    route: Row = {"id": str(1125397061153369000 + number), "accessCode": hotline, "extCode": extension}
    route |= {"dnid": number, "devicetype": kind, "deviceId": target, "deviceDesc": name}
    return {**route, "mediatypeId": 5, "editable": "0"}


def _hotline(number: int, access_code: str) -> Row:
    hotline: Row = {"id": str(1124167935465633700 + number), "accessCode": access_code, "mediatypeId": 5}
    return {**hotline, "n400Number": None, "description": None, "numCallAttr": 3}


def _queue(number: int, name: str, **overflows: Row) -> Row:
    queue: Row = {"skillId": number, "name": name, "description": None, "mediaTypeId": 5, "maxWaitTime": 60}
    parameters = {**overflows, "answerFunction": "auto", "waitVoice": {"parameterType": "1"}}
    return {**queue, "maxWaitNum": 10, "maxAgentWrapupTime": 30, "skillParam": parameters}
