"""The five lists: what a request may ask for, and the content of the response to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

_BASE: Final = "/apiaccess/rest/cc-management/v1/"
_LARGEST_LIMIT: Final = 100


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


@dataclass(frozen=True)
class Paging:
    """How a list is paged. The defaults are documented; the rest is what the documentation leaves open.

    Attributes:
        total: how the total is sent. "changing" grows by one with each call; a number is sent as it is.
        cap: most rows of a page, whatever limit is asked for.
        short_pages: how many rows fewer than the limit each page has; together they are the list.
        ignores_offset: each page is the first.
        clamps_offset: a larger offset counts as this one.
        as_array: `data` is the list itself, without a total, as on an older page of the documentation.
        past_end: what comes past the end: an empty list, null, or the last page again.
    """

    total: Literal["number", "text", "absent", "changing"] | int = "number"
    cap: int = _LARGEST_LIMIT
    short_pages: int = 0
    ignores_offset: bool = False
    clamps_offset: int | None = None
    as_array: bool = False
    past_end: Literal["empty", "null", "short"] = "empty"

    def page(self, rows: Sequence[object], limit: int, offset: int) -> Sequence[object] | None:
        """Return the rows of the page of `limit` rows that begins at `offset`."""
        limit = min(limit, self.cap)
        offset = 0 if self.ignores_offset else max(offset, 0)
        if self.clamps_offset is not None:
            offset = min(offset, self.clamps_offset)
        if self.short_pages:
            offset -= offset // max(limit, 1) * self.short_pages
        size = max(limit - self.short_pages, 0)
        if offset >= len(rows) > 0 and self.past_end == "short":
            offset = (len(rows) - 1) // max(size, 1) * size
        is_null = offset >= len(rows) and self.past_end == "null"
        return None if is_null else rows[offset : offset + size]

    def total_field(self, count: int, number: int) -> dict[str, object]:
        """Return the field `total` for the call of this number, from 0; nothing where it is absent."""
        forms = {"number": count, "text": str(count), "changing": count + number}
        return {} if self.total == "absent" else {"total": forms.get(str(self.total), self.total)}


def asked_page(number: type[int | str] | None, body: bytes, request: object) -> tuple[int, int]:
    """Return the limit and the offset that a request asks for, with its parsed body.

    Raises:
        ValueError: the request is not as documented.
    """
    page: dict[str, Any] = {"limit": _LARGEST_LIMIT, "offset": 0}
    if body:
        if not isinstance(request, dict) or not request.keys() <= (page.keys() if number else set()):
            raise ValueError("the body is not as documented")
        if any(type(value) is not number for value in request.values()):
            raise ValueError("limit or offset has the wrong type")
        page |= request
    if int(page["limit"]) < 0:
        raise ValueError("limit is negative")
    return int(page["limit"]), int(page["offset"])


def content(stream: str, rows: Any, paging: Paging, page: tuple[int, int], number: int) -> dict[str, object]:  # noqa: ANN401 - odd rows are served too
    """Return the content of a successful response to the call of this number, from 0.

    `rows` are all rows of the list, or the fields of the survey. What is no list is served as it is.
    """
    if stream == "ivr_flows":
        return {"result": rows, "retCode": "0", "message": "success"}
    success = {"returnCode": "0", "description": "success"}
    if stream == "satisfaction_config":
        return {**success, **rows}
    total = paging.total_field(len(rows) if isinstance(rows, list | tuple) else 0, number)
    listed = paging.page(rows, *page) if isinstance(rows, list | tuple) else rows
    if paging.as_array:
        return {**success, "data": listed}
    if stream == "skill_queues":
        return {**success, **total, "data": listed}
    return {**success, "data": {**total, "calledRouteList": listed}}
