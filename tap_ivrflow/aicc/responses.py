"""The response to any call: the JSON of a 200, or a typed error for its status."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from tap_ivrflow.aicc.calls import Object
from tap_ivrflow.aicc.errors import AuthenticationError, CallError, Failure, shortened

REFUSED: Final = frozenset({401, 403})
"""Statuses after which a new token may help, once."""

SUCCESS: Final = 200
"""The only documented status of a success."""
_REDIRECTS: Final = range(300, 400)
_KINDS: Final[Mapping[type, str]] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    Decimal: "a decimal number",
}
_MESSAGES: Final = (
    *("message", "exceptioninfo", "errordescription", "errormessage", "errormsg", "errmsg"),
    *("description", "msg", "resultdesc", "error"),
    *("errorcode", "errcode", "returncode", "retcode", "resultcode", "code"),
)
"""Fields that may hold an explanation, the clearest first, as `plain` names."""
_DIGITS: Final = 19
"""Digits of the largest 64-bit integer."""
_INTEGER: Final = re.compile(r"(-?)0*([0-9]{1,19})(?:\.0+)?")
_NO_EXPLANATION: Final = re.compile(r"\s*(?:0*(?:\.0+)?|false|none|null|ok|success|200)\s*", re.IGNORECASE)


class Response(msgspec.Struct, frozen=True):
    """The response to a call.

    Attributes:
        status: the HTTP status.
        body: the body, decompressed and in UTF-8.
        retry_after: seconds that the response's `Retry-After` asks to wait.
        may_be_from_proxy: whether a proxy could read the call, and may have answered it.
    """

    status: int
    body: bytes
    retry_after: float | None = None
    may_be_from_proxy: bool = False


def _refusal(response: Response) -> CallError:
    """Build the error for a status other than 200."""
    status = response.status
    try:
        content = decode(response.body)
    except CallError:
        content = None
    return (AuthenticationError if status in REFUSED else CallError)(
        f"answered {status}"
        + (", a redirect, which is not followed" if status in _REDIRECTS else "")
        + (", perhaps by the proxy of HTTP_PROXY" if response.may_be_from_proxy else ""),
        status,
        server_message=server_message(content) if isinstance(content, dict) else "",
        retry_after=response.retry_after,
    )


def parse_object(response: Response) -> Object:
    """Return the JSON object that a 200 carries.

    Raises:
        AuthenticationError: 401 or 403.
        CallError: another status, or a body that is not an object.
    """
    if response.status != SUCCESS:
        raise _refusal(response)
    content = decode(response.body)
    if not isinstance(content, dict):
        raise CallError(f"answered 200 with {kind(content)}, not an object", Failure.WRONG_URL)
    return content


def decode(body: bytes) -> Any:  # noqa: ANN401 - JSON is anything
    """Return the value of a JSON text, with `Decimal` for each number that has a fraction or an exponent.

    The standard library, unlike msgspec, shows names that are in one object twice and the text of a number,
    and keeps half a surrogate pair.

    Raises:
        CallError: it is not JSON, or a name is in one object twice, with different values.
    """
    if not body.strip():
        raise CallError("answered 200 with an empty body", Failure.CUT_RESPONSE)
    try:
        return json.loads(
            body.decode(), object_pairs_hook=_unique, parse_float=Decimal, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError as error:
        raise CallError("answered 200 with text that is not UTF-8", Failure.CUT_RESPONSE) from error
    except (json.JSONDecodeError, RecursionError) as error:
        if body.lstrip()[:1] == b"{":
            raise CallError("answered 200 with JSON that is cut or broken", Failure.CUT_RESPONSE) from error
        cause = Failure.HTML if b"<" in body[:256] else Failure.WRONG_URL
        raise CallError("answered 200 with something that is not JSON", cause) from error
    except (ValueError, ArithmeticError) as error:
        raise CallError("answered 200 with a number that is out of range") from error


def _unique(pairs: list[tuple[str, Any]]) -> Object:
    """Return an object without losing a value: decoders keep the last of several with one name."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        for name, value in pairs:
            if typed(value) != typed(fields[name]):
                raise CallError(f"answered with two different values of `{shortened([name])}` in one object")
    return fields


def typed(value: object) -> tuple[type, object]:
    """Return a value so that 1 differs from true and from 1.0."""
    return type(value), value


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN, Infinity


def server_message(content: Object) -> str:
    """Return the service's own explanation in an object or in its `error`, or nothing."""
    inner = content.get("error")
    if isinstance(inner, dict):
        content = content | inner
    words = {plain(name): str(value) for name, value in content.items() if explains(value)}
    return next((words[name] for name in _MESSAGES if name in words), "")


def explains(value: object) -> bool:
    """Whether a value can explain a failure: not a zero, nothing, or the word of a success."""
    return type(value) in {str, int} and not _NO_EXPLANATION.fullmatch(str(value))


def integer(value: object) -> int | None:
    """Return the integer in `7`, `7.0` or `"7"`, None for a value that is not exactly one."""
    if isinstance(value, Decimal) and value.adjusted() < _DIGITS and value == value.to_integral_value():
        return int(value)
    if isinstance(value, str) and (found := _INTEGER.fullmatch(value)):
        return int(found[1] + found[2])
    return value if type(value) is int else None


def count(value: object) -> int | None:
    """Return the integer in a value if it is not negative, else None."""
    number = integer(value)
    return None if number is None or number < 0 else number


def kind(value: object) -> str:
    """Name the JSON type of a value for an error, which must never repeat the value itself."""
    return _KINDS.get(type(value), "null")


def plain(name: str) -> str:
    """Return the name of a field in small letters, without `_` and `-`: the service has several spellings."""
    return name.replace("_", "").replace("-", "").lower()
