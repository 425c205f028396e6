"""Columns and their types, from the SCHEMA message alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import msgspec

from target_duckdb_exact.errors import LoadError

_INT64: Final = (-(2**63), 2**63 - 1)
_ZERO_OFFSET: Final = "(Z|[+-]00:?00)?"
_OFFSET: Final = "(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])?"
_DATE: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
# DuckDB keeps microseconds. It would cut a finer time, and ignore the offset of a TIME.
_TIME: Final = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6}0*)?"


def _text(pattern: str) -> Any:  # noqa: ANN401 - a type of msgspec
    return Annotated[str, msgspec.Meta(pattern=rf"^{pattern}\Z")]


# What JSON has to hold for each type. The types with a pattern, and HUGEINT, are cast from text.
_DECODED: Final[Mapping[str, Any]] = {
    "BIGINT": Annotated[int, msgspec.Meta(ge=_INT64[0], le=_INT64[1])],
    "HUGEINT": int,
    "DOUBLE": float,
    "BOOLEAN": bool,
    "VARCHAR": str,
    "TIMESTAMP WITH TIME ZONE": _text(f"{_DATE}([T ]{_TIME}{_OFFSET})?"),
    "DATE": _text(_DATE),
    "TIME": _text(_TIME + _ZERO_OFFSET),
}
_READ_AS_THEY_ARE: Final = ("BIGINT", "DOUBLE", "BOOLEAN", "VARCHAR")
_FORMATS: Final = {"date-time": "TIMESTAMP WITH TIME ZONE", "date": "DATE", "time": "TIME"}
_SIMPLE: Final = {"number": "DOUBLE", "boolean": "BOOLEAN", "object": "JSON", "array": "JSON"}
_DEPTH: Final = 20
"""References and alternatives that are followed; a schema that contains itself has no end."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a stream.

    Attributes:
        name: as the SCHEMA has it.
        type: of DuckDB, in the words of its catalog.
        key: whether it belongs to the key.
    """

    name: str
    type: str
    key: bool

    @property
    def staged(self) -> str:
        """What gives its value in a staged row."""
        return f"record.{quoted(self.name)}"

    @property
    def read_as(self) -> str:
        """The type in which the staged file is read, before the cast to `type`."""
        return self.type if self.type in _READ_AS_THEY_ARE else "VARCHAR"


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def folded(name: str) -> bytes:
    """Return what names have in common that are one to DuckDB, which ignores the case of A to Z only."""
    return name.encode().lower()


def columns_of(stream: str, schema: Mapping[str, Any], keys: Sequence[str]) -> list[Column]:
    """Return the columns of a stream.

    Raises:
        LoadError: the columns cannot form a table.
    """
    if missing := [key for key in keys if key not in schema["properties"]]:
        raise LoadError(f"{stream}: the SCHEMA has no column {missing[0]!r}, which belongs to the key")
    if not schema["properties"]:
        raise LoadError(f"{stream}: the SCHEMA has no columns")
    seen: dict[bytes, str] = {}
    for name in schema["properties"]:
        if not name or re.search(r'["\\\x00-\x1f]', name):
            raise LoadError(f"{stream}: {name!r} cannot be the name of a column")
        if other := seen.get(folded(name)):
            raise LoadError(f"{stream}: the columns {other!r} and {name!r} differ in case only")
        seen[folded(name)] = name
    return [Column(name, _type(each, schema), name in keys) for name, each in schema["properties"].items()]


def message_type(stream: str, columns: Sequence[Column]) -> type[msgspec.Struct]:
    """Return the type of the RECORD messages of a stream: it takes what fits the columns, and nothing else.

    Encoded again, a message is a line of the staged file.
    """
    rename: dict[str, str] = {}
    required: list[tuple[str, Any]] = []
    optional: list[tuple[str, Any, Any]] = []
    for position, column in enumerate(columns):
        rename[field := f"c{position}"] = column.name
        decoded = _DECODED.get(column.type, msgspec.Raw)
        if column.key:
            required.append((field, decoded))
        elif decoded is msgspec.Raw:
            optional.append((field, decoded, msgspec.Raw(b"null")))
        else:
            optional.append((field, decoded | None, None))
    row = msgspec.defstruct("Row", [*required, *optional], rename=rename, forbid_unknown_fields=True)
    return msgspec.defstruct(
        "Message",
        [
            ("type", Literal["RECORD"]),
            ("stream", Literal[stream]),
            ("record", row),
            ("time_extracted", str | None, None),
            ("position_", int, 0),
        ],
    )


def _type(schema: object, root: Mapping[str, Any]) -> str:
    """Return the type that holds every value which a property allows: JSON, if no other does."""
    types = _types(schema, root, _DEPTH) - {"null"}
    if types <= {"BIGINT", "HUGEINT"} and types:
        return max(types)
    if types <= {"BIGINT", "HUGEINT", "DOUBLE"} and types:
        return "DOUBLE"
    if len(types) > 1 and types <= {"VARCHAR", *_FORMATS.values()}:
        return "VARCHAR"
    return types.pop() if len(types) == 1 else "JSON"


def _types(schema: object, root: Mapping[str, Any], depth: int) -> set[str]:
    if not isinstance(schema, dict) or not depth:
        return {"JSON"}
    if "$ref" in schema:
        return _types(_resolved(schema["$ref"], root), root, depth - 1)
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return {_simple_type(name, schema) for name in names}
    for word in ("anyOf", "oneOf", "allOf"):
        if isinstance(schema.get(word), list):
            return set().union(*(_types(each, root, depth - 1) for each in schema[word]))
    return {"JSON"}


def _simple_type(name: object, schema: Mapping[str, Any]) -> str:
    if name == "string":
        return _FORMATS.get(str(schema.get("format")), "VARCHAR")
    if name == "integer":
        bounds = [schema.get(word) for word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")]
        numbers = [bound for bound in bounds if isinstance(bound, (int, float))]
        return "BIGINT" if all(_INT64[0] - 1 <= bound <= _INT64[1] + 1 for bound in numbers) else "HUGEINT"
    return "null" if name == "null" else _SIMPLE.get(str(name), "JSON")


def _resolved(reference: object, root: object) -> object:
    """Return what a reference within the SCHEMA leads to; None for any other reference."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    for part in reference.split("/")[1:]:
        root = root.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(root, dict) else None
    return root
