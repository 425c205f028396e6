"""The JSON objects that the control interface takes: which fields one may have, and of which types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Types: TypeAlias = Mapping[str, tuple[type, ...]]


class FieldsError(ValueError):
    """What was sent to the control interface is not what it takes; the text says why."""


def checked(what: str, data: object, types: Types) -> dict[str, object]:
    """Give `data` as an object whose fields are all known and of the right type.

    A misspelt field must not pass: a test would succeed because nothing went wrong.

    Raises:
        FieldsError: it is no such object; `what` names it in the text.
    """
    if not isinstance(data, dict):
        raise FieldsError(f"a {what} must be an object")
    for name, value in data.items():
        if name not in types:
            raise FieldsError(f"a {what} has no {name!r}")
        # bool is an int to Python; in JSON true is no number.
        is_stray_bool = isinstance(value, bool) and not {bool, object} & {*types[name]}
        if is_stray_bool or not isinstance(value, types[name]):
            raise FieldsError(f"the {name!r} of a {what} has the wrong type")
    return data
