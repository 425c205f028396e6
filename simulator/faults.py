"""Faults: what the tests make go wrong, once, some times or for ever, in the calls that they name."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final
from urllib.parse import quote

from simulator.http import Response
from simulator.lists import LISTS

_PLACEHOLDER: Final = re.compile(r"\{\{(?:(base64|url):)?(app_key|app_secret|token)\}\}")


@dataclass(kw_only=True, eq=False)
class Fault:
    """What to do to a call that matches; the defaults change nothing.

    In `headers` and a `body` of text, `{{app_key}}`, `{{app_secret}}` and `{{token}}` stand for the secrets
    of the call, and `{{base64:token}}` and `{{url:token}}` for encoded ones.

    Attributes:
        call: "token", the stream of a list, or None for all lists.
        tenant: name of the tenant whose calls match; None for all callers.
        times: how often it is still used; None for ever.
        skip: how many calls are still let through.
        status: of the response that replaces the service's own; 200 with a `body` alone.
        headers: are put on the response.
        body: of the response that replaces the service's own; empty with a `status` alone.
        gzip: compresses the body.
        delay: seconds before the response.
        delay_body: seconds after the headers and the first byte of the body.
        cut_after: bytes of the body after which the connection closes.
        reset: resets the connection in place of a response.
        close: closes the connection in place of a response.
        raw: bytes that take the place of HTTP.
        repeat: bytes that follow `raw` again and again, until the client closes the connection.
        expire_token: ends the token that a list call uses, or that a token call gets.
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
        """Refuse a call that does not exist: a test would pass because nothing went wrong."""
        if self.call not in {None, "token", *LISTS}:
            raise ValueError(f"unknown call {self.call!r}")

    def matches(self, call: str, tenant: str | None) -> bool:
        """Tell whether it is for a call of a tenant."""
        is_call = call in LISTS if self.call is None else call == self.call
        return is_call and self.tenant in {None, tenant}

    @property
    def replaces_response(self) -> bool:
        """Whether the service's own response is not wanted."""
        return self.status is not None or self.body is not None

    def response(self, secret: Callable[[str], str]) -> Response:
        """Make the response in place of the service's own; `secret` gives the call's secrets by name."""
        text = self.body or b""
        body = _filled(text, secret).encode(errors="surrogatepass") if isinstance(text, str) else text
        response = Response(self.status or 200, body, {"content-type": "application/json"})
        return self.with_headers(response, secret)

    def with_headers(self, response: Response, secret: Callable[[str], str]) -> Response:
        """Put this fault's headers, and gzip if it asks for it, on a response."""
        own = {name.lower(): _filled(value, secret) for name, value in self.headers.items()}
        response = Response(response.status, response.body, {**response.headers, **own})
        return response.compressed() if self.gzip else response


class FaultQueue:
    """The faults that are not used up, oldest first. Safe under threads."""

    def __init__(self) -> None:
        """Begin without faults."""
        self._lock: Final = Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault after those that wait."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Let everything succeed again."""
        with self._lock:
            self._faults.clear()

    def take(self, call: str, tenant: str | None) -> Fault:
        """Use up one time of the first fault that matches and does not skip the call."""
        with self._lock:
            for fault in self._faults:
                if fault.matches(call, tenant):
                    if not fault.skip:
                        if fault.times is not None:
                            fault.times -= 1
                        if fault.times == 0:
                            self._faults.remove(fault)
                        return fault
                    fault.skip -= 1
        return Fault()


def _filled(text: str, secret: Callable[[str], str]) -> str:
    def filled(match: re.Match[str]) -> str:
        encoding, value = match[1], secret(match[2])
        if encoding == "base64":
            return base64.b64encode(value.encode()).decode()
        return quote(value, safe="") if encoding == "url" else value

    return _PLACEHOLDER.sub(filled, text)
