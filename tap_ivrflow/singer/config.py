"""Checks of a configuration, in place of the SDK's, whose messages print values.

A problem is one line that names the setting and never its value, since the value may be a secret.
"""

from __future__ import annotations

import difflib
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tap_ivrflow.singer.batches import missing_extra, problems_of_batches
from tap_ivrflow.tenants import parse_shard

if TYPE_CHECKING:
    from jsonschema import ValidationError

_PRINTABLE_ASCII: Final = re.compile(r"[!-~](?:[ -~]*[!-~])?")
"""What a header can carry without a change."""

_LONGEST_NAME: Final = 100
"""Characters of a name or an expression that a message repeats."""

_SINGLE: Final = ("app_key", "app_secret")


def without_blanks(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that are set: a null, an empty text or an empty list stands for "not set"."""
    return {name: value for name, value in config.items() if value is not None and value not in ("", [], {})}


def with_parsed_tenants(config: dict[str, Any]) -> dict[str, Any]:
    """Return the settings with `tenants` read from JSON if it came as text.

    Meltano shows the value of a list that it cannot read, secrets and all, so it is told that this one is
    text, and hands it on as it is.
    """
    text = config.get("tenants")
    if isinstance(text, str) and not _json_error(text) and not isinstance(json.loads(text), str):
        config["tenants"] = json.loads(text)
    return config


_BOUNDS: Final = {
    "minimum": "be at least {}",
    "maximum": "be at most {}",
    "maxLength": "have at most {} characters",
}


def problems_of_schema(error: ValidationError, known: Sequence[str]) -> Iterator[str]:
    """Yield a line for each thing that a JSON Schema error says, without the value that it is about.

    Args:
        error: one error of the configuration's schema.
        known: names of all settings, to tell a typo from an invention.
    """
    name = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in error.absolute_path).lstrip(
        "."
    )
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
        case "type" if name == "tenants" and isinstance(found, str) and _json_error(found):
            yield f"tenants is not JSON ({_json_error(found)})"
        case "type":
            wanted = [rule] if isinstance(rule, str) else [each for each in rule if each != "null"]
            yield f"{name} must be of type {' or '.join(wanted)}"
        case "enum":
            yield f"{name} must be {' or '.join(rule)}"
        case "minimum" | "maximum" | "maxLength" as bound:
            yield f"{name} must {_BOUNDS[bound].format(rule)}"
        case _:
            yield f"{name} is not valid"


def problems_of_values(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each problem that a schema cannot tell, of a configuration that fits the schema.

    Secrets are checked here and not in the schema, whose errors would print them.
    """
    tenants = config.get("tenants")
    single = [name for name in (*_SINGLE, "tenant_space_id") if config.get(name)]
    if tenants and (single or config.get("tenant") != "default"):
        yield f"tenants is set, so {' and '.join(single) or 'tenant'} must not be: use one form, not both"
    elif tenants:
        yield from _problems_of_tenants(tenants)
    elif not single:
        yield "app_key and app_secret, or tenants, must be set"
    else:
        yield from _problems_of_pair(config, "")
        if not config["tenant"].strip() or not _is_text(config["tenant"]):
            yield "tenant must not be blank, and valid UTF-8"
    yield from _problems_of_urls(config, "")
    if "tenant_shard" in config and parse_shard(config["tenant_shard"]) is None:
        yield "tenant_shard must be two numbers such as 2/8: a shard, from 1, of how many"
    if config["emit_activate_version_messages"]:
        yield from _problems_of_activation(config)
    if "batch_config" in config:
        yield from problems_of_batches(config)
    if "faker_config" in config:
        yield from missing_extra("faker_config", "faker", "faker")
    if "user_agent" in config and not _PRINTABLE_ASCII.fullmatch(config["user_agent"]):
        yield "user_agent must be printable ASCII without spaces around it"


def problem_of_environment(
    variables: Mapping[str, str], prefix: str, properties: Mapping[str, Any]
) -> str | None:
    """Return the line for the first variable that cannot be read as its setting's type, if there is one.

    Args:
        variables: the environment.
        prefix: what the name of each variable begins with.
        properties: every setting as declared, the SDK's own included.
    """
    known = {f"{prefix}{name.upper()}" for name in properties} | {f"{prefix}LOGLEVEL"}
    for variable in sorted(variables.keys() - known):
        # Meltano has variables of its own that begin with the tap's name and two underscores.
        if variable.startswith(prefix) and not variable.startswith(f"{prefix}_"):
            return f"unknown setting {variable}{suggestion(variable, sorted(known))}"
    for name, declared in properties.items():
        variable = f"{prefix}{name.upper()}"
        value = variables.get(variable, "null")
        for json_type, words, readable in _READABLE:
            if json_type in declared.get("type", ()) and not readable(value):
                return f"{name}: the variable {variable} must hold {words}"
        if {"array", "object"} & {*declared.get("type", ())} and (error := _json_error(value)):
            return f"{name}: the variable {variable} must hold JSON ({error})"
    return None


def _json_error(text: str) -> str:
    """Return where a text stops being JSON, without the text; nothing if it is JSON."""
    try:
        json.loads(text, parse_constant=int)  # So that NaN is an error, as the SDK has it.
    except json.JSONDecodeError as error:
        return f"line {error.lineno}, column {error.colno}"
    except ValueError:
        return "it holds a number that cannot be read"
    except RecursionError:
        return "it is nested too deeply"
    return ""


_READABLE: Final = (
    ("integer", "a whole number", re.compile(r"null|\s*[+-]?\d+\s*").fullmatch),
    ("boolean", "true or false", re.compile(r"null|true|1|yes|on|false|0|no|off", re.IGNORECASE).fullmatch),
)
"""What a variable must hold for a type, and how that is found out; `null` stands for a missing one."""


def _is_text(value: str) -> bool:
    """Tell whether a text can be sent: bytes of a variable that are no UTF-8 cannot."""
    return value == value.encode(errors="ignore").decode()


def _problems_of_activation(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield what would let a target delete rows that are still there."""
    both = "emit_activate_version_messages cannot be used with {}: a target would delete "
    if "tenant_shard" in config:
        yield both.format("tenant_shard") + "the other shards' rows"
    if "batch_config" in config:
        yield both.format("batch_config") + "every row, since rows in batch files carry no version"


def _problems_of_tenants(tenants: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the problems of the many-tenant form."""
    first: dict[str, int] = {}
    for index, tenant in enumerate(tenants):
        prefix = f"tenants[{index}]."
        name = tenant["name"]
        if not name.strip() or not _is_text(name):
            yield f"{prefix}name must not be blank, and valid UTF-8"
        elif name in first:
            yield f"{prefix}name is that of tenants[{first[name]}] too: names must differ"
        first.setdefault(name, index)
        yield from _problems_of_pair(tenant, prefix)
        yield from _problems_of_urls(tenant, prefix)


def _problems_of_pair(form: Mapping[str, Any], prefix: str) -> Iterator[str]:
    """Yield the problems of one tenant's key, secret and space."""
    for name in _SINGLE:
        if not (form.get(name) or "").strip():
            yield f"{prefix}{name} must be set"
    if not _is_text(form.get("app_secret") or ""):
        yield f"{prefix}app_secret must be valid UTF-8"
    for name in ("app_key", "tenant_space_id"):
        if (form.get(name) or "").strip() and not _PRINTABLE_ASCII.fullmatch(form[name]):
            yield f"{prefix}{name} must be printable ASCII without spaces around it"


def _problems_of_urls(form: Mapping[str, Any], prefix: str) -> Iterator[str]:
    """Yield the problems of the hosts that are set, in general or for one tenant."""
    for name in ("api_url", "token_api_url"):
        if form.get(name):
            yield from _problems_of_url(form[name], f"{prefix}{name}")


def _problems_of_url(url: str, name: str) -> Iterator[str]:
    """Yield the problem of a host: anything beyond scheme, host and port."""
    try:
        parts = urlsplit(url)
        bare = f"{parts.scheme}://{parts.netloc}"
        good = (
            parts.scheme in ("http", "https")
            and parts.hostname
            and (parts.port or True)
            and "@" not in parts.netloc
            and re.fullmatch(r"[!-~]+", parts.netloc)
            and url.lower().removesuffix("/") == bare.lower()
        )
    except ValueError:
        good = False
    if not good:
        yield f"{name} must be scheme, host and port only, such as https://service.besclouds.com"


def is_plaintext(url: str) -> bool:
    """Tell whether what is sent to a checked `api_url` can be read on its way: http, to another machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    return parts.scheme == "http" and not loopback


def cut(text: str) -> str:
    """Return a text, cut to a length that a line can hold."""
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"


def suggestion(unknown: str, known: Sequence[str]) -> str:
    """Return the nearest setting's name as a question, if one is near."""
    near = difflib.get_close_matches(unknown, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""
