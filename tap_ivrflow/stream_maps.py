"""Checks of stream maps: the SDK ignores a typo, and does not say which expression failed."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from singer_sdk.mapper import CustomStreamMap, StreamMap

from tap_ivrflow.errors import StreamMapError, shortened
from tap_ivrflow.validation import suggestion

_OPTIONS: Final = ("__alias__", "__else__", "__filter__", "__key_properties__", "__source__")
_NO_EXPRESSIONS: Final = ("__alias__", "__else__", "__source__")
"""Of these, what holds a text that is none."""


def problems_of_stream_maps(
    stream_maps: Mapping[str, Any],
    columns: Mapping[str, Collection[str]],
    keys: Mapping[str, Collection[str]],
) -> Iterator[str]:
    """Yield a line for each map of a stream or column that there is not, and for each key that is cut short.

    Args:
        stream_maps: the setting.
        columns: names of the columns of each stream.
        keys: names of the columns of each stream's key.
    """
    for name, definition in stream_maps.items():
        columns_to_map = definition if isinstance(definition, dict) else {}
        source = str(columns_to_map.get("__source__", name))
        mapped = fnmatch.filter(columns, source)
        if name == "__else__":
            continue
        if not mapped:
            yield f"stream_maps: unknown stream {source}{suggestion(source, [*columns, '__else__'])}"
            continue
        key = set(columns_to_map.get("__key_properties__") or ())
        # A key with a column that the map makes is the user's own.
        is_judged = "__key_properties__" in columns_to_map and not key & columns_to_map.keys()
        if is_judged and any(not key >= set(keys[stream]) for stream in mapped):
            yield f"stream_maps: the key of {name} lacks a column, so rows would overwrite each other"
        known = [column for stream in mapped for column in columns[stream]]
        for column, expression in columns_to_map.items():
            yield from _problems_of_column(name, column, expression, known)


def _problems_of_column(name: str, column: str, expression: object, known: Collection[str]) -> Iterator[str]:
    """Yield the problem of one line of a map: what it names, or an expression that cannot be parsed."""
    is_option = column.startswith("__") and column.endswith("__")
    if is_option and column not in _OPTIONS:
        yield f"stream_maps: unknown option {column} of {name}{suggestion(column, _OPTIONS)}"
    elif expression in (None, "__NULL__"):
        if not is_option and column not in known:
            yield f"stream_maps: unknown column {column} of {name}{suggestion(column, list(known))}"
    elif isinstance(expression, str) and column not in _NO_EXPRESSIONS and not _is_expression(expression):
        yield f"stream_maps: {name}.{column}: `{shortened([expression])}` is not an expression"


def _is_expression(text: str) -> bool:
    """Tell whether a text can be parsed as the SDK does it, which takes the first statement."""
    try:
        return bool(ast.parse(text).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def name_failures(stream_maps: Iterable[StreamMap]) -> None:
    """Let the error of an expression, such as one that meets a null, name stream, column and expression."""
    for stream_map in stream_maps:
        if isinstance(stream_map, CustomStreamMap):
            evaluate = stream_map._eval  # noqa: SLF001 - there is no public hook around one expression
            stream_map._eval = _named(evaluate, stream_map.stream_alias)  # type: ignore[method-assign] # noqa: SLF001 - as above


def _named(evaluate: Callable[..., Any], stream: str) -> Callable[..., Any]:
    """Return `evaluate` with errors that say where they happened, and repeat no value."""

    def evaluate_named(*, expr: str, property_name: str | None, **kwargs: Any) -> Any:  # noqa: ANN401 - as the SDK's
        try:
            return evaluate(expr=expr, property_name=property_name, **kwargs)
        except Exception as error:
            raise StreamMapError(
                f"stream_maps: {stream}.{property_name or '__filter__'}: `{shortened([expr])}` failed with"
                f" {type(error.__cause__ or error).__name__}: does it take a null, and does each name exist?"
            ) from error

    return evaluate_named
