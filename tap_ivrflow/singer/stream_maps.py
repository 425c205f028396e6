"""Stream maps: checked before the run, with declared types that fit, and errors that name the expression."""

from __future__ import annotations

import ast
import fnmatch
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from singer_sdk import mapper
from singer_sdk import typing as th
from singer_sdk.mapper import CustomStreamMap, PluginMapper, RemoveRecordTransform
from typing_extensions import override

from tap_ivrflow.singer.config import cut, suggestion
from tap_ivrflow.singer.errors import ConfigError, StreamMapError

if TYPE_CHECKING:
    from singer_sdk import Stream
    from singer_sdk.singerlib import Catalog

_OPTIONS: Final = frozenset({"__alias__", "__else__", "__filter__", "__key_properties__", "__source__"})
_COLUMN: Final = re.compile(r"(?:(?:record|_)\[(['\"]))?(\w+)(?(1)\1\])")
"""An expression that is a column: `id`, `record['id']` or `_["id"]`."""
NULLS: Final = (None, "__NULL__")
"""What removes a stream or a column."""


def problems_of_stream_maps(stream_maps: Mapping[str, Any], streams: Mapping[str, Stream]) -> Iterator[str]:
    """Yield a line for each problem: an unknown stream or column, or a key in which rows no longer differ."""
    for name, stream_map in stream_maps.items():
        options = stream_map if isinstance(stream_map, dict) else {}
        source = str(options.get("__source__", name))
        mapped = [streams[each] for each in fnmatch.filter(streams, source)]
        if name == "__else__":
            continue
        if not mapped:
            yield f"stream_maps: unknown stream {source}{suggestion(source, streams)}"
            continue
        if {"__source__", "__alias__"} <= options.keys():
            yield f"stream_maps: {name} cannot have both __source__ and __alias__: {name} is the alias"
        elif options.get("__alias__", "") is None:
            yield f"stream_maps: {name}.__alias__ must be text"
        known = {column for stream in mapped for column in stream.schema["properties"]}
        yield from _problems_of_key(name, options, mapped, known)
        for column, expression in options.items():
            if expression in NULLS and column not in known | _OPTIONS:
                yield f"stream_maps: unknown column {column} of {name}{suggestion(column, known)}"
            if column != "__source__" and isinstance(expression, str) and not _is_expression(expression):
                yield f"stream_maps: {name}.{column} must be one expression, not `{cut(expression)}`"


def _problems_of_key(
    name: str, stream_map: Mapping[str, Any], streams: Iterable[Stream], known: set[str]
) -> Iterator[str]:
    """Check that the key still identifies a row."""
    keys = [set(stream.primary_keys) for stream in streams]
    if "__key_properties__" not in stream_map:
        for column in sorted(set.union(*keys)):
            if stream_map.get(column, "") in NULLS:
                yield f"stream_maps: {column} is a key column of {name} and cannot be removed"
        return
    key = set(stream_map["__key_properties__"] or ())
    # A key with a computed column cannot be checked.
    if key <= known and any(not key >= own for own in keys):
        yield f"stream_maps: the key of {name} lacks a column, so rows would overwrite each other"


def _is_expression(text: str) -> bool:
    """Whether a text is one expression. The SDK evaluates the first statement: `isLoad = 0` would be 0."""
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def column_of(expression: str) -> str | None:
    """Return the column that an expression stands for, or None if it computes something."""
    match = _COLUMN.fullmatch(expression)
    return match[2] if match else None


def expression_of(stream: Stream, name: str) -> str:
    """Return the expression for a column or an option of a stream's map; the name itself if it has none."""
    expression: str = getattr(stream.stream_maps[0], "expressions", {}).get(name) or name
    return column_of(expression) or expression


class ColumnMap(CustomStreamMap):
    """The SDK's map, with the right type of a renamed column, and errors that name their expression."""

    def __init__(self, *, raw_schema: dict[str, Any], **kwargs: Any) -> None:  # noqa: ANN401 - as the SDK's
        """Keep the map, and the columns as they are declared: the SDK changes them while it reads the map."""
        self.expressions: dict[str, str | None] = kwargs["map_transform"]
        self._declared = deepcopy(raw_schema["properties"])
        super().__init__(raw_schema=raw_schema, **kwargs)

    @override
    def _eval_type(self, expr: str, default: th.JSONTypeHelper[Any] | None = None) -> th.JSONTypeHelper[Any]:
        """Return the type of an expression. The SDK's depends on the order of the lines of the map."""
        column = self._declared.get(column_of(expr) or "")
        return super()._eval_type(expr, default) if column is None else th.CustomType(column)

    @override
    def _eval(
        self, expr: str, expr_parsed: ast.Expr, record: dict[str, Any], property_name: str | None
    ) -> str | int | float:
        """Solve an expression. An error names stream, column and expression, and contains no value."""
        try:
            return super()._eval(expr, expr_parsed, record, property_name)
        except Exception as error:
            raise StreamMapError(
                f"stream_maps: {self.stream_alias}.{property_name or '__filter__'}: `{cut(expr)}` failed with"
                f" {type(error.__cause__ or error).__name__}: does it accept null, and does each name exist?"
            ) from error


mapper.CustomStreamMap = ColumnMap  # type: ignore[assignment, misc] # What the SDK's PluginMapper makes; it has no hook.


def make_mapper(config: Mapping[str, Any], catalog: Catalog, logger: logging.Logger) -> PluginMapper:
    """Return the SDK's mapper of all streams.

    Raises:
        ConfigError: two streams would have one name.
    """
    # The SDK drops all columns of a deselected stream, so select everything while the maps are built.
    everything = deepcopy(catalog)
    for entry in everything.streams:
        entry.metadata.root.selected = True
    made = PluginMapper(plugin_config=deepcopy(dict(config)), logger=logger)
    made.register_raw_streams_from_catalog(everything)
    maps = [each for maps in made.stream_maps.values() for each in maps]
    names = [each.stream_alias for each in maps if not isinstance(each, RemoveRecordTransform)]
    if invalid := [name for name in names if not isinstance(name, str)]:
        raise ConfigError([f"stream_maps: __alias__ must be a name, not {name}" for name in invalid])
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError([f"stream_maps: two streams have the name {name}" for name in twice])
    return made
