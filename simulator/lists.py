"""The five lists: what a request may contain, and the fields of the response."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

_BASE: Final = "/apiaccess/rest/cc-management/v1/"
_LARGEST_LIMIT: Final = 100

Paging: TypeAlias = Callable[[Sequence[Any], int, int, int], tuple[object, object]]
"""Returns a page and its total (None: absent). It takes all rows, `limit`, `offset` and the number of earlier
calls."""


@dataclass(frozen=True)
class ListFacts:
    """A list's path, the tenant's field for its rows, and the type of `limit` and `offset` if it is paged."""

    path: str
    field: str
    number: type[int | str] | None = None


LISTS: Final[Mapping[str, ListFacts]] = {
    "ivr_flows": ListFacts(f"{_BASE}ivrFlow/queryIVRFlowList", "flows"),
    "called_routes": ListFacts(f"{_BASE}calledRoute/queryCalledRoute", "routes", int),
    "access_codes": ListFacts(f"{_BASE}accessCodeInfo/queryAccessCodeList", "access_codes", int),
    "skill_queues": ListFacts(f"{_BASE}skill/querySkills", "queues", str),
    "satisfaction_config": ListFacts(f"{_BASE}satisfactionconfig/querySatisfactionConfig", "survey"),
}
"""The lists, by the names of the tap's streams."""


def documented_paging(rows: Sequence[Any], limit: int, offset: int, _: int) -> tuple[object, object]:
    """Return a page as documented: up to `limit` rows from `offset`, and the length of the list."""
    start = max(offset, 0)
    return rows[start : start + min(limit, _LARGEST_LIMIT)], len(rows)


def requested_page(number: type[int | str] | None, body: bytes, content: object) -> tuple[int, int]:
    """Return the limit and the offset of a request; `content` is its parsed body.

    Raises:
        ValueError: the request is not as documented.
    """
    page: dict[str, Any] = {"limit": _LARGEST_LIMIT, "offset": 0}
    if body:
        if not isinstance(content, dict) or not content.keys() <= (page.keys() if number else set()):
            raise ValueError("the body is not as documented")
        if any(type(value) is not number for value in content.values()):
            raise ValueError("limit or offset has the wrong type")
        page |= content
    if int(page["limit"]) < 0:
        raise ValueError("limit is negative")
    return int(page["limit"]), int(page["offset"])


def fields(stream: str, rows: Any, total: object) -> dict[str, object]:  # noqa: ANN401 - odd rows are served too
    """Return the fields of a successful response with these rows, or with the fields of the survey."""
    if stream == "ivr_flows":
        return {"result": rows, "retCode": "0", "message": "success"}
    success = {"returnCode": "0", "description": "success"}
    if stream == "satisfaction_config":
        return {**success, **rows}
    counted = {} if total is None else {"total": total}
    if stream == "skill_queues":
        return {**success, **counted, "data": rows}
    return {**success, "data": {**counted, "calledRouteList": rows}}
