"""What came back from any call: the object in its body, or a typed error for its status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from tap_ivrflow.aicc.calls import Object
from tap_ivrflow.aicc.errors import AuthenticationError, CallError, Failure
from tap_ivrflow.aicc.spellings import is_explanation, plain
from tap_ivrflow.aicc.strict_json import decode, kind

_HINTS: Final[Mapping[int, str]] = {
    400: "incorrect request: check api_url and tenant_space_id",
    401: "unauthorized: was the service bought, and what is the account's state?",
    403: "authentication failed: check app_key, app_secret and the IP allow-list",
    404: "not found: check api_url, the path is unknown there",
    407: "a proxy asks for credentials: check HTTP_PROXY",
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

_UNAUTHENTICATED: Final = frozenset({401, 403})
_REDIRECTS: Final = range(300, 400)
_SERVER_ERRORS: Final = range(500, 600)

_MESSAGES: Final = (
    *("message", "exceptioninfo", "errordescription", "errormessage", "errormsg", "errmsg"),
    *("description", "msg", "resultdesc", "error"),
    *("errorcode", "errcode", "returncode", "retcode", "resultcode", "code"),
)
"""Fields in which the service and its gateways explain themselves, the clearest first, as `plain` names."""


class Response(msgspec.Struct, frozen=True):
    """What came back from a call.

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

    @property
    def is_success(self) -> bool:
        """Whether the status is the one that is documented for a success."""
        return self.status == _SUCCESS


def parse_object(response: Response) -> Object:
    """Return the JSON object that a 200 carries.

    Raises:
        AuthenticationError: 401 or 403.
        CallError: another status, or a body that is no object.
    """
    body = response.body
    if not response.is_success:
        raise _refusal(response)
    if not body.strip():
        raise CallError("answered 200 with an empty body")
    try:
        content = decode(body)
    except (msgspec.ValidationError, ArithmeticError) as error:
        raise CallError("answered 200 with a number that is out of range") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if body.lstrip().startswith(b"{"):
            raise CallError(
                "answered 200 with JSON that is cut or broken", failure=Failure.CUT_RESPONSE
            ) from error
        hint = (
            "it looks like HTML, a login or firewall page: check api_url"
            if b"<" in body[:256]
            else "check api_url"
        )
        raise CallError("answered 200 with something that is not JSON", hint=hint) from error
    if not isinstance(content, dict):
        raise CallError(f"answered 200 with {kind(content)}, not an object")
    return content


def _refusal(response: Response) -> CallError:
    """Build the error for a status other than 200."""
    status = response.status
    reason = f"answered {status}"
    try:
        content = msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        content = None
    hint = _HINTS.get(status, "" if status in _SERVER_ERRORS else "an undocumented status")
    if status in _REDIRECTS:
        reason += ", a redirect, which is not followed"
        hint = "check api_url: it must name the service itself"
    if response.may_be_from_proxy:
        hint = "; ".join(filter(None, [hint, "or the proxy answered: check HTTP_PROXY"]))
    error = AuthenticationError if status in _UNAUTHENTICATED else CallError
    return error(
        reason,
        server_message=server_message(content) if isinstance(content, dict) else "",
        hint=hint,
        status=status,
        retry_after=response.retry_after,
    )


def server_message(content: Object) -> str:
    """Return the service's own explanation in an object or in its `error`, or nothing."""
    inner = content.get("error")
    if isinstance(inner, dict):
        content = content | inner
    words = {
        plain(name): str(value)
        for name, value in content.items()
        if type(value) in {str, int} and is_explanation(value)
    }
    return next((words[name] for name in _MESSAGES if name in words), "")
