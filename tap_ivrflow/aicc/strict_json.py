"""JSON as it was sent: no name of which one value would be lost, no number that would be rounded."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec

from tap_ivrflow.aicc.errors import CallError, shortened


def decode(body: bytes) -> object:
    """Return the value of a JSON text, with `Decimal` for each number that has a fraction or an exponent.

    msgspec checks the text, and is stricter than the standard library. That one decodes it: it can tell
    that a name is in one object twice, and a number by its text.

    Raises:
        CallError: a name is in one object twice, with different values.
    """
    msgspec.json.decode(body)
    return json.loads(body, object_pairs_hook=_unique, parse_float=Decimal)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; decoders would let the last of several values count, and lose the others."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        for name, value in pairs:
            if (type(value), value) != (type(fields[name]), fields[name]):
                raise CallError(f"answered with two different values of `{shortened([name])}` in one object")
    return fields


def kind(value: object) -> str:
    """Name the JSON type of a value for an error, which must never repeat the value itself."""
    return {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "a boolean",
        int: "an integer",
        Decimal: "a decimal number",
    }.get(type(value), "null")
