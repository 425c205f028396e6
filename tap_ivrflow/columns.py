"""Where a row is made to fit the stream's columns, or refused.

The service's documentation and its answers disagree on types, so a number may come as text. A value
that fits a column without loss is converted; anything else is an error, since a warehouse that holds a
guess is worse than a run that failed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from tap_ivrflow.envelope import Object, kind
from tap_ivrflow.errors import RowError

Record: TypeAlias = dict[str, Any]
"""A row of the stream: one value for each column, in the columns' order."""

_WHOLE: Final = re.compile(r"(-?)0*([0-9]{1,19})(?:\.0+)?")
_LOWEST: Final = -(2**63)
_HIGHEST: Final = 2**63 - 1
_EXACT_FLOATS: Final = 2**53
"""From here on a JSON number with a fraction no longer tells neighbouring integers apart."""


class _UnfitError(Exception):
    """A value does not fit its column; the text says why, without the value."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one answer after the fitting.

    Attributes:
        records: the rows in the service's order, every column present.
        unknown: names of fields that the service sent and the columns lack; they were dropped.
        twice: ids that more than one row has.
    """

    records: list[Record]
    unknown: frozenset[str] = frozenset()
    twice: tuple[int, ...] = ()


class Columns:
    """The columns that a stream's JSON Schema declares, but for the tenant's label."""

    def __init__(self, schema: Mapping[str, Any], catalog: Mapping[str, Any] | None = None) -> None:
        """Read the columns.

        Args:
            schema: the stream's JSON Schema (`schemas/`).
            catalog: the schema of the catalog in use; columns that it leaves out are left out.
        """
        known = {name: declared for name, declared in schema["properties"].items() if name != "tenant"}
        self._known = known.keys()
        self._columns = [
            (name, *_fit_for(name, declared))
            for name, declared in known.items()
            if catalog is None or name in catalog["properties"]
        ]

    def fit(self, tenant: str, rows: list[Object]) -> Rows:
        """Make every row of one answer fit, or raise for the first that does not.

        The list is used up: each row makes room for its record, so that a large answer is not held twice.

        Raises:
            RowError: a value does not fit; names the row (from 1) and the field.
        """
        unknown: set[str] = set()
        for position, row in enumerate(rows, start=1):
            record: Record = {"tenant": tenant}
            for name, plain, fit in self._columns:
                value: Any = row.get(name)
                # What nearly every value is, told apart here: a call for each would take as long again.
                if type(value) is plain and (plain is str or _LOWEST <= value <= _HIGHEST):
                    record[name] = value
                else:
                    try:
                        record[name] = fit(value)
                    except _UnfitError as error:
                        raise RowError(f"row {position}, field `{name}`: {error}") from None
            if not row.keys() <= self._known:
                unknown |= row.keys() - self._known
            rows[position - 1] = record
        return Rows(rows, frozenset(unknown), _twice(rows))


def _twice(records: Sequence[Record]) -> tuple[int, ...]:
    """Return the ids that more than one record has, in ascending order."""
    if len({record["id"] for record in records}) == len(records):
        return ()
    seen: set[int] = set()
    twice: set[int] = set()
    for record in records:
        (twice if record["id"] in seen else seen).add(record["id"])
    return tuple(sorted(twice))


def _fit_for(name: str, declared: Mapping[str, Any]) -> tuple[type[Any], Callable[[object], object]]:
    """Return, for a declared column, the type that needs no fitting and the function that fits the rest."""
    types = [declared["type"]] if isinstance(declared["type"], str) else declared["type"]
    nullable = "null" in types
    if "integer" in types:
        return int, _nullable_integer if nullable else _integer
    if "string" in types:
        return str, _nullable_text if nullable else _text
    msg = f"schemas/: column {name} is neither integer nor string"
    raise NotImplementedError(msg)


def _integer(value: object) -> int:
    """Return a 64-bit integer from `7`, `7.0` or `"7"`."""
    if type(value) is int:
        number = value
    elif isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOATS:
        number = int(value)
    elif isinstance(value, str) and (whole := _WHOLE.fullmatch(value)):
        number = int(whole[1] + whole[2])
    else:
        msg = f"{kind(value)} that is no whole number" if isinstance(value, str | float) else kind(value)
        raise _UnfitError(f"{msg} does not fit an integer column")
    if not _LOWEST <= number <= _HIGHEST:
        raise _UnfitError("an integer beyond 64 bits does not fit")
    return number


def _text(value: object) -> str:
    """Return the digits of an integer; what is text already is never asked for."""
    if type(value) is int:
        return str(value)
    raise _UnfitError(f"{kind(value)} does not fit a text column")


def _nullable_integer(value: object) -> int | None:
    return None if value is None else _integer(value)


def _nullable_text(value: object) -> str | None:
    return None if value is None else _text(value)
