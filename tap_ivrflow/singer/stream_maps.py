"""Checks of stream maps. The SDK ignores a typo, and does not say which expression failed."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from singer_sdk.mapper import CustomStreamMap, StreamMap

from tap_ivrflow.singer.config import cut, suggestion
from tap_ivrflow.singer.errors import StreamMapError

if TYPE_CHECKING:
    from singer_sdk import Stream

_OPTIONS: Final = frozenset({"__alias__", "__else__", "__filter__", "__key_properties__", "__source__"})
NULLS: Final = (None, "__NULL__")
"""What removes a stream or a column."""


def problems_of_stream_maps(stream_maps: Mapping[str, Any], streams: Mapping[str, Stream]) -> Iterator[str]:
    """Yield a line for each problem: an unknown stream or column, or a key in which rows no longer differ.

    Args:
        stream_maps: the setting.
        streams: all streams by name.
    """
    for name, stream_map in stream_maps.items():
        options = stream_map if isinstance(stream_map, dict) else {}
        source = str(options.get("__source__", name))
        mapped = [streams[each] for each in fnmatch.filter(streams, source)]
        if name == "__else__":
            continue
        if not mapped:
            yield f"stream_maps: unknown stream {source}{suggestion(source, streams)}"
            continue
        known = {column for stream in mapped for column in stream.schema["properties"]}
        yield from _problems_of_key(name, options, mapped, known)
        for column, expression in options.items():
            if column in known | _OPTIONS or expression not in NULLS:
                continue
            yield f"stream_maps: unknown column {column} of {name}{suggestion(column, known)}"
        for column, expression in options.items():
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


def name_failures(stream_maps: Iterable[StreamMap]) -> None:
    """Add stream, column and expression to errors of stream-map expressions, such as one on a null."""
    for stream_map in stream_maps:
        if isinstance(stream_map, CustomStreamMap):
            evaluate = stream_map._eval  # noqa: SLF001 - there is no public hook around one expression
            stream_map._eval = _named(evaluate, stream_map.stream_alias)  # type: ignore[method-assign] # noqa: SLF001 - as above


def _named(evaluate: Callable[..., Any], stream: str) -> Callable[..., Any]:
    """Return `evaluate` with errors that name the place and contain no value."""

    def evaluate_named(*, expr: str, property_name: str | None, **kwargs: Any) -> Any:  # noqa: ANN401 - as the SDK's
        try:
            return evaluate(expr=expr, property_name=property_name, **kwargs)
        except Exception as error:
            raise StreamMapError(
                f"stream_maps: {stream}.{property_name or '__filter__'}: `{cut(expr)}` failed with"
                f" {type(error.__cause__ or error).__name__}: does it accept null, and does each name exist?"
            ) from error

    return evaluate_named
