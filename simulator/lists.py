"""The sister lists of the service: what a request asks for, and the page that answers it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

LARGEST_LIMIT: Final = 100
SISTERS: Final[Mapping[str, str]] = {
    "/apiaccess/rest/cc-management/v1/calledRoute/queryCalledRoute": "called_routes",
    "/apiaccess/rest/cc-management/v1/accessCodeInfo/queryAccessCodeList": "access_codes",
    "/apiaccess/rest/cc-management/v1/skill/querySkills": "skill_queues",
    "/apiaccess/rest/cc-management/v1/satisfactionconfig/querySatisfactionConfig": "satisfaction_config",
}
"""The stream of each path."""


def answer(stream: str, body: bytes, rows: Any) -> dict[str, Any] | None:  # noqa: ANN401 - rows of any shape are served
    """Return the answer to a call of a sister list; None if the request is not as documented.

    Args:
        stream: name of the list.
        body: of the request.
        rows: all rows of the list; of `satisfaction_config` the fields of its answer.
    """
    try:
        request = json.loads(body)
    except ValueError:
        return None
    success = {"returnCode": "0", "description": "success"}
    if stream == "satisfaction_config":
        return {**success, **rows} if request == {} else None
    number = str if stream == "skill_queues" else int
    if not isinstance(request, dict) or request.keys() != {"limit", "offset"}:
        return None
    if not all(type(value) is number for value in request.values()):
        return None
    page = _page(rows, int(request["limit"]), int(request["offset"]))
    if stream == "skill_queues":
        return {**success, "total": len(rows), "data": page}
    return {**success, "data": {"total": len(rows), "calledRouteList": page}}


def _page(rows: Sequence[Any], limit: int, offset: int) -> list[Any]:
    """Return a page; a limit above the largest counts as that, a negative offset as 0."""
    offset = max(offset, 0)
    return list(rows[offset : offset + min(limit, LARGEST_LIMIT)])
