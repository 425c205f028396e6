"""Checks of stream maps: the SDK ignores a typo, and does not say which expression failed."""

from __future__ import annotations

import ast
import difflib
import fnmatch
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from singer_sdk.mapper import CustomStreamMap, StreamMap

from tap_ivrflow.singer.config import cut, suggestion
from tap_ivrflow.singer.errors import StreamMapError

_OPTIONS: Final = ("__alias__", "__else__", "__filter__", "__key_properties__", "__source__")
_NULLS: Final = (None, "__NULL__")


def mend(schema: dict[str, Any]) -> None:
    """Remove from the SDK's schema of stream maps a rule that is none, and ends each check of `__else__`."""
    one_map = schema["additionalProperties"]["anyOf"][-1]
    for place in (schema, one_map):
        rules = place["properties"]["__else__"]
        rules["anyOf"] = [rule for rule in rules["anyOf"] if isinstance(rule, dict)]


def problems_of_stream_maps(
    stream_maps: Mapping[str, Any],
    columns: Mapping[str, Collection[str]],
    keys: Mapping[str, Collection[str]],
) -> Iterator[str]:
    """Yield a line for each problem of a map: a stream, column, key or expression that cannot be.

    Args:
        stream_maps: the setting.
        columns: names of the columns of each stream.
        keys: names of the columns of each stream's key.
    """
    for name, definition in stream_maps.items():
        stream_map = definition if isinstance(definition, dict) else {}
        source = str(stream_map.get("__source__", name))
        mapped = fnmatch.filter(columns, source)
        if name == "__else__":
            continue
        if not mapped:
            yield f"stream_maps: unknown stream {source}{suggestion(source, [*columns, '__else__'])}"
            continue
        known = {column for stream in mapped for column in columns[stream]}
        yield from _problems_of_key(name, stream_map, [set(keys[stream]) for stream in mapped], known)
        for column, expression in stream_map.items():
            yield from _problems_of_column(name, column, expression, known)


def _problems_of_key(
    name: str, stream_map: Mapping[str, Any], keys: Sequence[set[str]], known: set[str]
) -> Iterator[str]:
    """Yield the problem of a key that lacks a column of the stream's own, in which rows differ."""
    if "__key_properties__" not in stream_map:
        for column in sorted(set.union(*keys)):
            if stream_map.get(column, "") in _NULLS:
                yield f"stream_maps: {column} is of the key of {name}, and cannot be removed"
        return
    key = set(stream_map["__key_properties__"] or ())
    # Of a key with a new column nobody can tell what is in it.
    if key <= known and any(not key >= own for own in keys):
        yield f"stream_maps: the key of {name} lacks a column, so rows would overwrite each other"


def _problems_of_column(name: str, column: str, expression: object, known: Collection[str]) -> Iterator[str]:
    """Yield the problem of one line of a map: what it names, or what is no expression."""
    is_option = column in _OPTIONS
    near = difflib.get_close_matches(column, _OPTIONS, n=1, cutoff=0.75)
    if near and not is_option:
        yield f"stream_maps: unknown option {column} of {name}; did you mean {near[0]}?"
    elif expression in _NULLS:
        if not is_option and column not in known:
            yield f"stream_maps: unknown column {column} of {name}{suggestion(column, list(known))}"
    elif isinstance(expression, str) and column != "__source__" and not _is_expression(expression):
        yield f"stream_maps: {name}.{column} must be one expression, not `{cut(expression)}`"


def _is_expression(text: str) -> bool:
    """Tell whether a text is just one expression: the SDK evaluates the first statement, whatever it is."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return len(body) == 1 and isinstance(body[0], ast.Expr)


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
                f"stream_maps: {stream}.{property_name or '__filter__'}: `{cut(expr)}` failed with"
                f" {type(error.__cause__ or error).__name__}: does it take a null, and does each name exist?"
            ) from error

    return evaluate_named
