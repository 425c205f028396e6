"""Where a row is made to fit the stream's columns, or refused.

The service's documentation and its answers disagree on types, so a number may come as text. A value
that fits a column without loss is converted; anything else is an error, since a warehouse that holds a
guess is worse than a run that failed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec.structs import asdict

from tap_ivrflow.envelope import Answer, DocumentedAnswer, Object, kind, read_documented, read_rows
from tap_ivrflow.errors import RowError

Record: TypeAlias = dict[str, Any]
"""A row of the stream: one value for each column, in the columns' order."""

_WHOLE: Final = re.compile(r"(-?)0*([0-9]{1,19})(?:\.0+)?")
_LOWEST: Final = -(2**63)
_HIGHEST: Final = 2**63 - 1
_EXACT_FLOATS: Final = 2**53
"""From here on a JSON number with a fraction no longer tells neighbouring integers apart."""

_Integer: TypeAlias = Annotated[int, msgspec.Meta(ge=_LOWEST, le=_HIGHEST)]
_Fit: TypeAlias = Callable[[object], object]


class _UnfitError(Exception):
    """A value does not fit its column; the text says why, without the value."""


class Rows(msgspec.Struct, frozen=True):
    """The rows of one answer, made to fit.

    Attributes:
        structs: the rows in the service's order. Each has one field for each column but the tenant's
            label; a dictionary would take five times the room.
        unknown: names of fields that the service sent and the columns lack; they were dropped.
        twice: ids that more than one row has.
    """

    structs: Sequence[msgspec.Struct] = ()
    unknown: frozenset[str] = frozenset()
    twice: tuple[int, ...] = ()

    def records(self, tenant: str) -> Iterator[Record]:
        """Yield the rows as records of a tenant."""
        return ({"tenant": tenant, **asdict(struct)} for struct in self.structs)


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
        columns = [
            _column(name, declared)
            for name, declared in known.items()
            if catalog is None or name in catalog["properties"]
        ]
        self._fits = [(field[0], fit) for field, fit in columns]
        self._row = msgspec.defstruct(
            "Row", [field for field, _ in columns], kw_only=True, forbid_unknown_fields=True, gc=False
        )
        # To mypy a type made at run time is none.
        self._decoder = msgspec.json.Decoder(DocumentedAnswer[self._row])  # type: ignore[name-defined]

    def read(self, answer: Answer) -> Rows | None:
        """Return the rows of an answer to a list call, made to fit, or raise.

        An answer that is in every way as documented is decoded straight into rows. Any other is judged
        and its values are fitted one by one: that finds the same rows in the same answer, and says what is
        wrong with a bad one.

        Returns:
            The rows, or None when a success has no `result` at all (or a null).

        Raises:
            CallError: as `envelope.read_rows`.
            RowError: a value does not fit.
        """
        structs = read_documented(answer, self._decoder)
        if structs is not None:
            return Rows(structs, twice=_twice(structs))
        rows = read_rows(answer)
        del answer  # Its body would stay as long as the fitting lasts.
        return None if rows is None else self.fit(rows)

    def fit(self, rows: Sequence[Object]) -> Rows:
        """Make every row of one answer fit, or raise for the first that does not.

        Raises:
            RowError: a value does not fit; names the row (from 1) and the field.
        """
        unknown: set[str] = set()
        structs: list[msgspec.Struct] = []
        for position, row in enumerate(rows, start=1):
            values: dict[str, object] = {}
            for name, fit in self._fits:
                try:
                    values[name] = fit(row.get(name))
                except _UnfitError as error:
                    raise RowError(f"row {position}, field `{name}`: {error}") from None
            structs.append(self._row(**values))
            unknown |= row.keys() - self._known
        return Rows(structs, frozenset(unknown), _twice(structs))


def _twice(rows: Sequence[msgspec.Struct]) -> tuple[int, ...]:
    """Return the ids that more than one row has, in ascending order."""
    ids = list(map(attrgetter("id"), rows))
    if len(set(ids)) == len(ids):
        return ()
    return tuple(sorted(number for number, times in Counter(ids).items() if times > 1))


def _column(name: str, declared: Mapping[str, Any]) -> tuple[tuple[Any, ...], _Fit]:
    """Return, for a declared column, a struct's field that takes what fits, and what makes the rest fit."""
    types = [declared["type"]] if isinstance(declared["type"], str) else declared["type"]
    exact: Any
    fit: _Fit
    if "integer" in types:
        exact, fit = _Integer, _integer
    elif "string" in types:
        exact, fit = str, _text
    else:
        msg = f"schemas/: column {name} is neither integer nor string"
        raise NotImplementedError(msg)
    if "null" not in types:
        return (name, exact), fit
    return (name, exact | None, None), lambda value: None if value is None else fit(value)


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
    """Return text, or the digits of an integer."""
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    raise _UnfitError(f"{kind(value)} does not fit a text column")
