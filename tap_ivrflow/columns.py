"""How the fields of a response become the values of a stream's columns, in both ways of decoding.

The service's documentation is not reliable about types, so a number may come as text. A value that a
column can hold without loss is converted. Anything else is an error: a failed run is better than a
warehouse that holds a guess.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec.structs import asdict

from tap_ivrflow.calls import Call
from tap_ivrflow.envelope import Object, Response, kind, parse_rows
from tap_ivrflow.errors import RowError

Record: TypeAlias = dict[str, Any]
"""A row of a stream: one value for each column, in the columns' order."""

_WHOLE: Final = re.compile(r"(-?)0*([0-9]{1,19})(?:\.0+)?")
_LOWEST: Final = -(2**63)
_HIGHEST: Final = 2**63 - 1
_EXACT_FLOATS: Final = 2**53
"""From here on a JSON number with a fraction no longer tells neighbouring integers apart."""

_Integer: TypeAlias = Annotated[int, msgspec.Meta(ge=_LOWEST, le=_HIGHEST)]
_Convert: TypeAlias = Callable[[object], object]


class _ConversionError(Exception):
    """A value cannot be converted to its column; the text says why, without the value."""


class Rows(msgspec.Struct, frozen=True):
    """The converted rows of one response.

    Attributes:
        structs: the rows in the service's order. Each has one field for each column but the tenant's
            label; a dictionary would take five times the room.
        unknown_fields: names of fields that the service sent and the columns lack; they were dropped.
        duplicate_ids: ids that more than one row has.
        is_absent: whether the response had no list at all.
    """

    structs: Sequence[msgspec.Struct] = ()
    unknown_fields: frozenset[str] = frozenset()
    duplicate_ids: tuple[Any, ...] = ()
    is_absent: bool = False

    def records(self, tenant: str) -> Iterator[Record]:
        """Yield the rows as records of a tenant."""
        return ({"tenant": tenant, **asdict(struct)} for struct in self.structs)


class Columns:
    """The columns that a stream's JSON Schema declares, but for the tenant's label."""

    def __init__(
        self, call: Call, schema: Mapping[str, Any], catalog: Mapping[str, Any] | None = None
    ) -> None:
        """Prepare both ways of decoding.

        Args:
            call: the facts of the call whose responses are parsed.
            schema: the stream's JSON Schema (`schemas/`).
            catalog: the schema of the catalog in use; columns that it leaves out are left out.
        """
        known = {name: declared for name, declared in schema["properties"].items() if name != "tenant"}
        self._call = call
        self._known = known.keys()
        columns = [
            _column(name, declared)
            for name, declared in known.items()
            if catalog is None or name in catalog["properties"]
        ]
        self._converters = [(field[0], convert) for field, convert in columns]
        self._row = msgspec.defstruct(
            "Row", [field for field, _ in columns], kw_only=True, forbid_unknown_fields=True, gc=False
        )
        self._decoder = _documented(call, self._row)

    def parse(self, response: Response) -> Rows:
        """Return the converted rows of a response to the call.

        A response that is in every way as documented is decoded straight into rows. Any other is judged
        and its values are converted one by one: that finds the same rows in the same response, and says
        what is wrong with a bad one.

        Raises:
            CallError: as `envelope.parse_rows`.
            RowError: a value cannot be converted.
        """
        if response.is_success:
            try:
                envelope = self._decoder.decode(response.body)
            except (msgspec.DecodeError, UnicodeDecodeError):
                pass
            else:
                structs = getattr(envelope, self._call.rows_at[0])
                return Rows(structs, duplicate_ids=self._duplicate_ids(structs))
        rows = parse_rows(response, self._call)
        del response  # Its body would be held as long as the conversion lasts.
        return Rows(is_absent=True) if rows is None else self.convert(rows)

    def convert(self, rows: Sequence[Object]) -> Rows:
        """Convert every row of one response.

        Raises:
            RowError: a value cannot be converted; names the row (from 1) and the field.
        """
        unknown: set[str] = set()
        structs: list[msgspec.Struct] = []
        for position, row in enumerate(rows, start=1):
            values: dict[str, object] = {}
            for name, convert in self._converters:
                try:
                    values[name] = convert(row.get(name))
                except _ConversionError as error:
                    raise RowError(f"row {position}, field `{name}`: {error}") from None
            structs.append(self._row(**values))
            unknown |= row.keys() - self._known
        return Rows(structs, frozenset(unknown), self._duplicate_ids(structs))

    def _duplicate_ids(self, structs: Sequence[msgspec.Struct]) -> tuple[Any, ...]:
        """Return the ids that more than one row has, in ascending order."""
        ids = list(map(attrgetter(self._call.key), structs))
        if len(set(ids)) == len(ids):
            return ()
        return tuple(sorted(number for number, times in Counter(ids).items() if times > 1))


def _documented(call: Call, row: type[msgspec.Struct]) -> msgspec.json.Decoder[Any]:
    """Return a decoder that takes only a success that is in every way as documented.

    It skips nothing and converts nothing: a field too many, or of another type, is an error.
    """
    (rows,) = call.rows_at
    fields: list[Any] = [(call.code, Literal["0"]), (rows, list[row]), (call.message, str | None, None)]  # type: ignore[valid-type]
    return msgspec.json.Decoder(msgspec.defstruct("Documented", fields, forbid_unknown_fields=True))


def _column(name: str, declared: Mapping[str, Any]) -> tuple[tuple[Any, ...], _Convert]:
    """Return a column's field in the struct, and the converter for values of another type."""
    types = [declared["type"]] if isinstance(declared["type"], str) else declared["type"]
    exact: Any
    convert: _Convert
    if "integer" in types:
        exact, convert = _Integer, _to_integer
    elif "string" in types:
        exact, convert = str, _to_text
    else:
        msg = f"schemas/: column {name} is neither integer nor string"
        raise NotImplementedError(msg)
    if "null" not in types:
        return (name, exact), convert
    return (name, exact | None, None), lambda value: None if value is None else convert(value)


def _to_integer(value: object) -> int:
    """Return a 64-bit integer from `7`, `7.0` or `"7"`."""
    if type(value) is int:
        number = value
    elif isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOATS:
        number = int(value)
    elif isinstance(value, str) and (whole := _WHOLE.fullmatch(value)):
        number = int(whole[1] + whole[2])
    else:
        found = f"{kind(value)} that is no whole number" if isinstance(value, str | float) else kind(value)
        raise _ConversionError(f"{found} cannot become an integer")
    if not _LOWEST <= number <= _HIGHEST:
        raise _ConversionError("an integer beyond 64 bits does not fit the column")
    return number


def _to_text(value: object) -> str:
    """Return text, or the digits of an integer."""
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    raise _ConversionError(f"{kind(value)} cannot become text")
