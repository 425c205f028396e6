"""Checks the configuration. The SDK's own checks print values, which may be secrets.

A problem is one line that names the setting and never its value.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from tap_ivrflow.singer.errors import ConfigError

if TYPE_CHECKING:
    from jsonschema import ValidationError

_LONGEST_NAME: Final = 100
"""Characters of a name or an expression that a message repeats."""
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}


def normalised(config: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that are set, in the types that their JSON Schema declares.

    A null, an empty text, array or object counts as not set, also inside the objects of an array. An array
    may be JSON text: Meltano prints an array that it cannot parse, secrets included, so `tenants` is text
    there. JSON Schema accepts 5.0 as an integer.

    Raises:
        ConfigError: an array is text, but not JSON.
    """
    found = _without_blanks(config)
    for name, value in found.items():
        types = settings.get(name, {}).get("type", ())
        if isinstance(value, str) and "array" in types:
            try:
                found[name] = parse_json(value)
            except ValueError as error:
                raise ConfigError([f"{name} is not JSON ({error})"]) from None
        elif isinstance(value, float) and value.is_integer() and "integer" in types:
            found[name] = int(value)
        if isinstance(found[name], list):
            found[name] = [_without_blanks(each) if isinstance(each, dict) else each for each in found[name]]
    return found


def _without_blanks(config: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if value is not None and value not in ("", [], {})}


def problems_of_schema(
    error: ValidationError, known: Collection[str], patterns: Mapping[str, str]
) -> Iterator[str]:
    """Describe a JSON Schema error without its value.

    Args:
        error: one error of the configuration's schema.
        known: all setting names, to suggest the nearest one.
        patterns: what a value must be, for each pattern of the schema.
    """
    name = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in error.absolute_path)
    name = name.lstrip(".")
    prefix = f"{name}." if name else ""
    found: Any = error.instance
    rule: Any = error.validator_value
    declared: Any = error.schema
    match error.validator:
        case "additionalProperties":
            for unknown in sorted(found.keys() - declared["properties"].keys()):
                yield f"unknown setting {prefix}{cut(unknown)}{suggestion(unknown, known)}"
        case "required":
            for missing in (each for each in rule if each not in found):
                yield f"{prefix}{missing} is missing"
        case "type":
            wanted = [rule] if isinstance(rule, str) else [each for each in rule if each != "null"]
            yield f"{name} must be of type {' or '.join(wanted)}"
        case "minimum":
            yield f"{name} must be at least {rule}"
        case "maximum":
            yield f"{name} must be at most {rule}"
        case "maxLength":
            yield f"{name} must have at most {rule} characters"
        case "pattern":
            yield f"{name} must be {patterns[rule]}"
        case _:
            yield f"{name} is not valid"


def parse_variable(text: str, types: Collection[str]) -> object:
    """Return what an environment variable holds for a setting of these JSON types.

    Raises:
        ValueError: what it must hold instead.
    """
    if "integer" in types:
        if not re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", text):
            raise ValueError("a whole number")
        return int(text)
    if "boolean" in types:
        if text.lower() not in _BOOLEANS:
            raise ValueError("true or false")
        return _BOOLEANS[text.lower()]
    if {"array", "object"} & {*types}:
        try:
            return parse_json(text)
        except ValueError as error:
            raise ValueError(f"JSON ({error})") from None
    return text


def parse_json(text: str) -> Any:  # noqa: ANN401 - JSON is anything
    """Return what a JSON text holds.

    Raises:
        ValueError: where or why it is not JSON, without the text.
    """
    try:
        return json.loads(text, parse_constant=int)  # int("NaN") fails: the SDK rejects NaN too.
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}, column {error.colno}"
    except ValueError:
        reason = "it holds a number that cannot be read"
    except RecursionError:
        reason = "it is nested too deeply"
    raise ValueError(reason)


def cut(text: str) -> str:
    """Return a text, cut to a length that a line can hold."""
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"


def suggestion(unknown: str, known: Collection[str]) -> str:
    """Return the nearest known name as a question, or an empty text."""
    near = difflib.get_close_matches(unknown, known, n=1, cutoff=0.7)
    return f"; did you mean {near[0]}?" if near else ""
