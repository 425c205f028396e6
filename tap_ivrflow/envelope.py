"""Where an answer of the service is judged: status and body in, rows or a typed error out.

The service answers failures inside a 200, so the status alone says nothing: `retCode` decides.
Whatever the documentation does not name as a success is a failure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

import msgspec

from tap_ivrflow.errors import AuthenticationError, CallError, TransientError

Object: TypeAlias = dict[str, Any]
"""A JSON object as the service sent it."""

R = TypeVar("R")

_ADVICE: Final[Mapping[int, str]] = {
    400: "incorrect request: check api_url and tenant_space_id",
    401: "unauthorized: was the service bought, and what is the account's state?",
    403: "authentication failed: check app_key, app_secret and the IP allow-list",
    404: "not found: check api_url, the path is unknown there",
    408: "the service gave up waiting",
    418: "the firewall refuses the host name: check api_url",
    429: "too many calls: lower concurrency",
    500: "business failure on the service's side: check tenant_space_id if it lasts",
    502: "the gateway cannot reach the service: wait and run again",
    503: "the service is not available: wait and run again",
    504: "the service did not answer its gateway in time: wait and run again",
}
"""What a status means and what to do, as documented and as seen in practice."""

_SUCCESS: Final = 200
"""The one status that is documented for it."""

_RETRIED: Final = frozenset({408, 429, *range(500, 600)})
_UNAUTHENTICATED: Final = frozenset({401, 403})
_REDIRECTS: Final = range(300, 400)
_THROTTLED: Final = 429

_CODE: Final = re.compile(r"[\w.-]{1,20}")
_WORDS: Final = (
    "message",
    "exceptionInfo",
    "description",
    "errorCode",
    "error_msg",
    "error_code",
    "returnCode",
)
"""Fields in which the service and its gateways explain themselves, the clearest first."""


class Answer(msgspec.Struct, frozen=True):
    """What came back from a call.

    Attributes:
        status: the HTTP status.
        body: the body, decompressed and in UTF-8.
        retry_after: seconds that the answer's `Retry-After` asks to wait.
    """

    status: int
    body: bytes
    retry_after: float | None = None


class DocumentedAnswer(msgspec.Struct, Generic[R], forbid_unknown_fields=True):
    """A success that is in every way as documented, with rows of the type `R`."""

    retCode: Literal["0"]  # noqa: N815 (the service's name)
    result: list[R]
    message: str | None = None


def read_documented(answer: Answer, decoder: msgspec.json.Decoder[DocumentedAnswer[R]]) -> list[R] | None:
    """Return the rows of a success that is in every way as documented, or None of any other answer.

    It skips nothing and converts nothing: an answer with a field too many, or one of another type, is any
    other answer.
    """
    if answer.status != _SUCCESS:
        return None
    try:
        return decoder.decode(answer.body).result
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def read_rows(answer: Answer) -> list[Object] | None:
    """Return the rows of an answer to a list call, in the service's order, or raise.

    Returns:
        The rows as they came, or None when a success has no `result` at all (or a null).

    Raises:
        TransientError: 408, 429, 5xx, or a JSON object that breaks off.
        AuthenticationError: 401 or 403.
        CallError: everything else that is no documented success.
    """
    envelope = _unwrapped(read_object(answer))
    code = envelope.get("retCode")
    if code is None:
        raise CallError(
            "answered 200 without a retCode", says=_words(envelope), advice="unknown means failure"
        )
    if code != "0" and (code != 0 or type(code) is not int):
        raise CallError(f"failed with retCode {_printable(code)}", says=_words(envelope))
    rows = envelope.get("result")
    if rows is None:
        return None
    if not isinstance(rows, list):
        raise CallError(f"answered with a `result` that is {kind(rows)}, not a list")
    for position, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise CallError(f"answered with a row that is {kind(row)}, not an object (row {position})")
    return rows


def read_object(answer: Answer) -> Object:
    """Return the JSON object that a 200 carries, or raise as `read_rows` does."""
    body = answer.body
    if answer.status != _SUCCESS:
        raise _refusal(answer)
    if not body.strip():
        raise CallError("answered 200 with an empty body")
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if body.lstrip().startswith(b"{"):
            raise TransientError("answered 200 with JSON that is cut or broken") from error
        advice = (
            "it looks like HTML, a login or firewall page: check api_url"
            if b"<" in body[:256]
            else "check api_url"
        )
        raise CallError("answered 200 with something that is not JSON", advice=advice) from error
    if not isinstance(content, dict):
        raise CallError(f"answered 200 with {kind(content)}, not an object")
    return content


def kind(value: object) -> str:
    """Name the JSON type of a value for an error, which must never repeat the value itself."""
    return {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "a boolean",
        int: "an integer",
        float: "a decimal number",
    }.get(type(value), "null")


def _refusal(answer: Answer) -> CallError:
    """Build the error for a status other than 200."""
    status = answer.status
    what = f"answered {status}"
    try:
        content = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        content = None
    says = _words(content) if isinstance(content, dict) else ""
    advice = _ADVICE.get(status, "")
    if status in _RETRIED:
        return TransientError(
            what, says=says, advice=advice, throttled=status == _THROTTLED, retry_after=answer.retry_after
        )
    if status in _UNAUTHENTICATED:
        return AuthenticationError(what, says=says, advice=advice)
    if status in _REDIRECTS:
        return CallError(
            f"{what}, a redirect, which is not followed",
            advice="check api_url: it must name the service itself",
        )
    return CallError(what, says=says, advice=advice or "an undocumented status")


def _unwrapped(content: Object) -> Object:
    """Return the envelope's fields, whether they lie at the top or under `schema`.

    The documentation's table wraps them in `schema`, its example does not. A field that is in both
    places with two values leaves no way to know which one counts.
    """
    fields = {name: value for name, value in content.items() if value is not None}
    inner = fields.pop("schema", None)
    if inner is None:
        return fields
    if not isinstance(inner, dict):
        raise CallError(f"answered with a `schema` that is {kind(inner)}, not an object")
    inner = {name: value for name, value in inner.items() if value is not None}
    for name in sorted(fields.keys() & inner.keys()):
        if (type(fields[name]), fields[name]) != (type(inner[name]), inner[name]):
            raise CallError(f"answered with two different values of `{name}`, at the top and under `schema`")
    return inner | fields


def _words(content: Object) -> str:
    """Return how the service explains itself, or nothing."""
    for name in _WORDS:
        word = content.get(name)
        if isinstance(word, str | int) and str(word).strip():
            return str(word)
    return ""


def _printable(code: object) -> str:
    """Return a retCode for an error: short plain text as it is, anything else by its type."""
    plain = isinstance(code, str | int) and not isinstance(code, bool) and _CODE.fullmatch(str(code))
    return str(code) if plain else f"that is {kind(code)}"
