"""Stream maps, where the SDK would ignore a typo, or not say which expression failed."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from singer_sdk.mapper import CustomStreamMap, StreamMap

from tap_ivrflow.errors import StreamMapError


def unknown_streams(stream_maps: Mapping[str, Any], streams: Sequence[str]) -> Iterator[str]:
    """Yield each name of a stream to map that no stream has: the SDK would ignore that map."""
    for name, definition in stream_maps.items():
        source = definition.get("__source__", name) if isinstance(definition, dict) else name
        if name != "__else__" and not fnmatch.filter(streams, str(source)):
            yield str(source)


def name_failures(stream_maps: Iterable[StreamMap]) -> None:
    """Let the error of an expression, such as one that meets a null, name stream, column and expression."""
    for stream_map in stream_maps:
        if isinstance(stream_map, CustomStreamMap):
            evaluate = stream_map._eval  # noqa: SLF001 - there is no public hook around one expression
            stream_map._eval = _named(evaluate, stream_map.stream_alias)  # type: ignore[method-assign] # noqa: SLF001


def _named(evaluate: Callable[..., Any], stream: str) -> Callable[..., Any]:
    """Return `evaluate` with errors that say where they happened, and repeat no value."""

    def evaluate_named(*, expr: str, property_name: str | None, **kwargs: Any) -> Any:  # noqa: ANN401 - as the SDK's
        try:
            return evaluate(expr=expr, property_name=property_name, **kwargs)
        except Exception as error:
            raise StreamMapError(
                f"stream_maps: {stream}.{property_name or '__filter__'}: `{expr}` failed with"
                f" {type(error).__name__}: does it take a null, and does each name exist?"
            ) from error

    return evaluate_named
