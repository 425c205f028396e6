"""One `Call` for each list: everything in which the calls of the service differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from tap_ivrflow.aicc.errors import RowError

Object: TypeAlias = dict[str, Any]
"""A JSON object as the service sent it."""

_LISTS: Final = "/apiaccess/rest/cc-management/v1/"


@dataclass(frozen=True, slots=True)
class Call:
    """The documented facts of a list call.

    Attributes:
        path: what follows the host. Its last part names the call in messages.
        rows_at: names that lead from the response's object to the list of rows.
        key: name of the field that identifies a row within its tenant space.
        code: name of the field that says whether a 200 is a success; "0" is one.
        message: name of the field in which the service explains itself.
        limit: rows of a full page, a number or text as the request wants it; None if the list has no pages.
        largest_offset: documented maximum of `offset`, if there is one.
        switch: name of the documented field that says whether the list is in use, if there is one.
        reshape: turns the fields around the list and its rows into rows that match the columns.
    """

    path: str
    rows_at: tuple[str, ...]
    key: str = "id"
    code: str = "returnCode"
    message: str = "description"
    limit: int | str | None = None
    largest_offset: int | None = None
    switch: str = ""
    reshape: Callable[[Object, list[Object]], list[Object]] | None = None

    @property
    def name(self) -> str:
        """Name of the call, such as ``queryIVRFlowList``."""
        return self.path.rpartition("/")[2]

    def body(self, offset: int) -> dict[str, int | str]:
        """Return the body of the request for the page that begins at a row."""
        return {} if self.limit is None else {"limit": self.limit, "offset": type(self.limit)(offset)}


_OVERFLOWS: Final = ("noAgents", "busy", "timeOut")
"""Why a queue passes a call on."""
_MADE: Final = {
    f"{reason}.{part}": reason + part[0].upper() + part[1:]
    for reason in _OVERFLOWS
    for part in ("transferType", "deviceType", "value")
}
"""Columns that the service does not have, by the place of their values in `skillParam`."""


def _flatten_queues(_: Object, rows: list[Object]) -> list[Object]:
    return [_flatten_queue(row, position) for position, row in enumerate(rows, start=1)]


def _flatten_queue(row: Object, position: int) -> Object:
    """Return a queue with `busyValue` for `skillParam.busy.value`, and the like, to join in every target.

    A part without a column has its path as its name.

    Raises:
        RowError: `skillParam` or a part of it is not an object, or `answerFunction` has two values.
    """
    flat = {
        # Not the column of that name, which is made below.
        f"{name} (next to skillParam)" if name in _MADE.values() else name: value
        for name, value in row.items()
        if name not in {"skillParam", "waitVoice"}
    }
    for name, value in _parts(row.get("skillParam"), "skillParam", position):
        if name in _OVERFLOWS:
            for part, inner in _parts(value, name, position):
                path = f"{name}.{part}"
                flat[_MADE.get(path, f"skillParam.{path}")] = inner
        elif name == "answerFunction":
            if value is not None and flat.get(name) is not None and flat[name] != value:
                raise RowError(f"row {position}: two different values of `answerFunction`")
            flat[name] = flat.get(name) if value is None else value
        elif name != "waitVoice":  # Documented by its name only.
            flat[f"skillParam.{name}"] = value
    return flat


def _parts(value: object, name: str, position: int) -> Iterable[tuple[str, Any]]:
    """Return the fields of an object inside a row; an empty value stands for no object."""
    if value in (None, "", []):
        return ()
    if not isinstance(value, dict):
        raise RowError(f"row {position}: `{name}` is not an object")
    return value.items()


def _number_surveys(around: Object, rows: list[Object]) -> list[Object]:
    """Add `position` and `enabled` to each survey; a tenant without surveys gets one row."""
    made = {"position", "enabled"}
    return [
        {f"data.{name}" if name in made else name: value for name, value in row.items()}
        | {"position": place, "enabled": around.get("enabled")}
        for place, row in enumerate(rows or [{}])
    ]


IVR_FLOWS: Final = Call(f"{_LISTS}ivrFlow/queryIVRFlowList", ("result",), code="retCode", message="message")
CALLED_ROUTES: Final = Call(f"{_LISTS}calledRoute/queryCalledRoute", ("data", "calledRouteList"), limit=100)
ACCESS_CODES: Final = Call(
    f"{_LISTS}accessCodeInfo/queryAccessCodeList", ("data", "calledRouteList"), limit=100, largest_offset=100
)
SKILL_QUEUES: Final = Call(
    f"{_LISTS}skill/querySkills", ("data",), key="skillId", limit="100", reshape=_flatten_queues
)
SATISFACTION_CONFIG: Final = Call(
    f"{_LISTS}satisfactionconfig/querySatisfactionConfig",
    ("data",),
    key="position",
    switch="enabled",
    reshape=_number_surveys,
)
