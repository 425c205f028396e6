"""Faults: what tests make go wrong, in which calls and how often."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from simulator.lists import LISTS

_PLACEHOLDER: Final = re.compile(r"\{\{(?:(base64|url):)?(app_key|app_secret|token)\}\}")
_WITHOUT_BODY: Final = frozenset({204, 304})


@dataclass(kw_only=True, eq=False)
class Fault:
    """What to do to a matching call; the defaults change nothing.

    In `headers` and in a `body` of text, `{{app_key}}`, `{{app_secret}}` and `{{token}}` are placeholders of
    the call's secrets; `{{base64:token}}` and `{{url:token}}` encode them.

    Attributes:
        call: "token", the stream of a list, or None for all lists.
        tenant: name of the tenant whose calls match; None for all callers.
        times: how many more calls it changes; None for all.
        skip: how many matching calls to leave unchanged first.
        status: of a response that replaces the service's own; 200 if there is only a `body`.
        headers: added to the response.
        body: of a response that replaces the service's own; empty if there is only a `status`.
        gzip: compress the body.
        delay: seconds before the response.
        delay_body: seconds after the headers and the first byte of the body.
        cut_after: bytes of the body after which the connection closes.
        reset: reset the connection instead of a response.
        close: close the connection instead of a response.
        raw: bytes to send instead of HTTP.
        repeat: bytes to repeat after `raw` until the client closes the connection.
        expire_token: end the token that a list call uses, or that a token call gets.
    """

    call: str | None = None
    tenant: str | None = None
    times: int | None = 1
    skip: int = 0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | bytes | None = None
    gzip: bool = False
    delay: float = 0
    delay_body: float = 0
    cut_after: int | None = None
    reset: bool = False
    close: bool = False
    raw: bytes | None = None
    repeat: bytes = b""
    expire_token: bool = False

    def __post_init__(self) -> None:
        """Refuse an unknown call: a test would pass because nothing went wrong."""
        if self.call not in {None, "token", *LISTS}:
            raise ValueError(f"unknown call {self.call!r}")

    def matches(self, call: str, tenant: str | None) -> bool:
        """Whether it is for this call of this tenant."""
        is_call = call in LISTS if self.call is None else call == self.call
        return is_call and self.tenant in {None, tenant}

    @property
    def has_placeholders(self) -> bool:
        """Whether a text may name a secret of the call."""
        texts = [*self.headers.values(), self.body]
        return any(isinstance(text, str) and "{{" in text for text in texts)

    def response(self, secrets: Mapping[str, str]) -> Response | None:
        """Make the response that replaces the service's own, if there is one."""
        if self.status is None and self.body is None:
            return None
        status, body = self.status or HTTPStatus.OK, self.body or b""
        if isinstance(body, str):
            body = _filled(body, secrets).encode(errors="surrogatepass")
        return Response(
            b"" if status in _WITHOUT_BODY else body, status, {"content-type": "application/json"}
        )

    def change(self, response: Response, secrets: Mapping[str, str]) -> Response:
        """Return the response with its headers, and compressed if it says so."""
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        headers |= {name.lower(): _filled(value, secrets) for name, value in self.headers.items()}
        body = bytes(response.body)
        if self.gzip:
            headers, body = {**headers, "content-encoding": "gzip"}, gzip.compress(body, mtime=0)
        return Response(body, response.status_code, headers)


def take(faults: list[Fault], call: str, tenant: str | None) -> Fault:
    """Return the first matching fault that does not skip this call, and remove it when it is used up."""
    for fault in faults:
        if not fault.matches(call, tenant):
            continue
        if fault.skip:
            fault.skip -= 1
            continue
        if fault.times is not None:
            fault.times -= 1
        if fault.times == 0:
            faults.remove(fault)
        return fault
    return Fault()


def _filled(text: str, secrets: Mapping[str, str]) -> str:
    def filled(match: re.Match[str]) -> str:
        encoding, value = match[1], secrets[match[2]]
        if encoding == "base64":
            return base64.b64encode(value.encode()).decode()
        return quote(value, safe="") if encoding == "url" else value

    return _PLACEHOLDER.sub(filled, text)
