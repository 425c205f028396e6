"""How the fields of a response become the values of a stream's columns.

The service's documentation is not reliable about types, so a number may come as text. A value that a
column can hold without loss is converted. Anything else is an error: a failed run is better than a
warehouse that holds a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Annotated, Any, Final, TypeAlias, TypedDict

import msgspec
from msgspec.structs import replace

from tap_ivrflow.aicc.calls import Call, Object
from tap_ivrflow.aicc.errors import CallError, RowError
from tap_ivrflow.aicc.listing import Page, open_page, parse_page
from tap_ivrflow.aicc.responses import SUCCESS, Response, integer, kind

_LOWEST: Final = -(2**63)
_HIGHEST: Final = 2**63 - 1

_Integer: TypeAlias = Annotated[int, msgspec.Meta(ge=_LOWEST, le=_HIGHEST)]
_Key: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
_Convert: TypeAlias = Callable[[object], object]


class _ConversionError(Exception):
    """A value cannot be converted to its column; the text says why, without the value."""


class Columns:
    """The columns of a list: makes structs of rows."""

    def __init__(
        self, call: Call, columns: Mapping[str, Mapping[str, Any]], selected: Collection[str] | None = None
    ) -> None:
        """Prepare.

        Args:
            call: the facts of the call whose responses are parsed.
            columns: the JSON Schema of each field that is a column.
            selected: names of the columns to convert; None for all. A field of another column is known
                and left out.
        """
        self._call = call
        self._known = columns.keys()
        converted = [
            _column(name, declared)
            for name, declared in columns.items()
            if selected is None or name in selected
        ]
        self._converters = [(field[0], convert) for field, convert in converted]
        self._row = msgspec.defstruct(
            "Row", [field for field, _ in converted], kw_only=True, forbid_unknown_fields=True, gc=False
        )
        self._decoder, self._names = _documented(call, self._row)

    def parse(self, response: Response) -> Page:
        """Return the converted rows of a response to the call.

        Rows that match the columns are decoded straight into structs. All others are converted value by
        value, with the same result and with errors that name row and field.

        Returns:
            Rows that are structs, with one field for each column in their order; a dictionary would take
            five times the room.

        Raises:
            CallError: as `listing.parse_page`.
            RowError: a value cannot be converted.
        """
        page = self._parse_documented(response)
        if page is not None:
            return page
        page = parse_page(response, self._call)
        del response  # Its body would be held as long as the conversion lasts.
        structs, unknown = self.convert(page.rows)
        keys = self._keys(structs)
        if len(set(keys)) < len(set(page.keys)):
            raise RowError(f"two different values of `{self._call.key}` become one key")
        return replace(page, rows=structs, keys=keys, unknown_fields=page.unknown_fields | unknown)

    def _parse_documented(self, response: Response) -> Page | None:
        """Return the rows of a success with all documented fields and columns, in their types, and no other.

        None for anything else: what is wrong with it, if anything, is found where it is decoded completely.
        """
        if self._call.reshape is not None or response.status != SUCCESS:
            return None
        try:
            page, _ = open_page(self._decoder.decode(response.body), self._call)
        except (CallError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        names = self._names + len(self._converters) * len(page.rows)
        return replace(page, keys=self._keys(page.rows)) if _has_names(response.body, names) else None

    def convert(self, rows: Sequence[Object]) -> tuple[list[msgspec.Struct], frozenset[str]]:
        """Return every row of one response converted, and the names of fields without a column.

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
        return structs, frozenset(unknown)

    def _keys(self, rows: Sequence[msgspec.Struct]) -> list[Any]:
        return list(map(attrgetter(self._call.key), rows))


def _has_names(body: bytes, count: int) -> bool:
    """Whether a JSON text has exactly this number of names: decoders do not report duplicates.

    A name ends with a quote and a colon. Colons in values may raise the count, which only costs time.
    """
    if body.count(b":") == count:
        return True
    return body.count(b'":') == count and not any(space in body for space in (b" :", b"\t:", b"\n:", b"\r:"))


def _documented(call: Call, row: type[msgspec.Struct]) -> tuple[msgspec.json.Decoder[Any], int]:
    """Return a decoder of a response with all documented fields, and how many names they have.

    Of other fields the decoder says nothing, but they change the number of names.
    """
    *outer, name = call.rows_at
    fields: dict[str, Any] = {name: list[row]}  # type: ignore[valid-type]
    if call.limit is not None:
        fields["total"] = Any
    names = len(fields)
    for part in reversed(outer):
        fields = {part: TypedDict("Holder", fields)}  # type: ignore[operator]
    fields |= {call.code: Any, call.message: Any}
    documented = TypedDict("Documented", fields)  # type: ignore[misc]
    return msgspec.json.Decoder(documented), names + len(outer) + 2


def _column(name: str, declared: Mapping[str, Any]) -> tuple[tuple[Any, ...], _Convert]:
    """Return a column's field in the struct, and the converter for values of another type."""
    types = [declared["type"]] if isinstance(declared["type"], str) else declared["type"]
    try:
        exact, convert = next(_TYPES[each] for each in types if each in _TYPES)
    except StopIteration:
        msg = f"schemas/: column {name} has an unsupported type"
        raise NotImplementedError(msg) from None
    if "null" not in types:  # A key column must not be empty, or rows would share it.
        return (name, _Key if exact is str else exact), partial(_to_key, convert)
    empty = (None,) if exact is str else (None, "")
    return (name, exact | None), lambda value: None if value in empty else convert(value)


def _to_key(convert: _Convert, value: object) -> object:
    if value == "":
        raise _ConversionError("an empty string cannot be a key")
    return convert(value)


def _to_integer(value: object) -> int:
    number = integer(value)
    if number is None:
        why = " that is not a whole number" if isinstance(value, str | Decimal) else ""
        raise _ConversionError(f"{kind(value)}{why} cannot become an integer")
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


def _to_boolean(value: object) -> bool:
    """Return a boolean from true, false, `"true"`, `"false"`, 0, 1, `"0"` or `"1"`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | str) and str(value) in _BOOLEANS:
        return _BOOLEANS[str(value)]
    raise _ConversionError(f"{kind(value)} cannot become a boolean")


_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_TYPES: Final[Mapping[str, tuple[Any, _Convert]]] = {
    "integer": (_Integer, _to_integer),
    "string": (str, _to_text),
    "boolean": (bool, _to_boolean),
}
"""Column type -> (type that needs no conversion, converter for other values)."""
