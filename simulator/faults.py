"""Faults: what the tests make go wrong, once, some times or for ever, in the calls that they name."""

from __future__ import annotations

import base64
import binascii
import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, Required, TypedDict, cast
from urllib.parse import quote

from simulator.fields import FieldsError, Types, checked
from simulator.http import Answer, Kind
from simulator.lists import SISTERS

_PLACEHOLDER: Final = re.compile(r"\{\{(?:(base64|url):)?(app_key|app_secret|token)\}\}")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"([!-~\x80-\xff]([\t !-~\x80-\xff]*[!-~\x80-\xff])?)?")
_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})
_NUMBER: Final = (int, float)
_TYPES: Final[Types] = {
    "call": (str,),
    "tenant": (str, type(None)),
    "times": (int, type(None)),
    "skip": (int,),
    "status": (int, type(None)),
    "headers": (dict,),
    "body": (str, type(None)),
    "body_base64": (str, type(None)),
    "gzip": (bool,),
    "delay": _NUMBER,
    "delay_body": _NUMBER,
    "cut_after": (int, type(None)),
    "reset": (bool,),
    "close": (bool,),
    "raw_base64": (str, type(None)),
    "expire_token": (bool,),
}


class FaultFields(TypedDict, total=False):
    """A fault as the control interface takes it; only `call` must be there."""

    call: Required[str]
    tenant: str | None
    times: int | None
    skip: int
    status: int | None
    headers: Mapping[str, str]
    body: str | None
    body_base64: str | None
    gzip: bool
    delay: float
    delay_body: float
    cut_after: int | None
    reset: bool
    close: bool
    raw_base64: str | None
    expire_token: bool


class Secrets(Protocol):
    """The texts that the placeholders of a fault stand for."""

    def __getitem__(self, name: str, /) -> str:
        """Give `app_key`, `app_secret` or `token`."""


@dataclass(frozen=True)
class Fault:
    """What to do to a call that matches; the defaults change nothing.

    It can replace the answer (`status`, `body`, `body_base64`), spoil its delivery (`delay`, `delay_body`,
    `cut_after`) or put an end to the connection instead of it (`reset`, `close`, `raw_base64`). Delays are in
    seconds; `times` is how often, `None` for ever, after `skip` calls were let through.
    """

    call: str
    tenant: str | None = None
    times: int | None = 1
    skip: int = 0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    body_base64: str | None = None
    gzip: bool = False
    delay: float = 0
    delay_body: float = 0
    cut_after: int | None = None
    reset: bool = False
    close: bool = False
    raw_base64: str | None = None
    expire_token: bool = False

    @property
    def replaces_answer(self) -> bool:
        """Whether the service's own answer is not wanted."""
        return not (self.status is None and self.body is None and self.body_base64 is None)

    def replacement(self, secrets: Secrets) -> Answer:
        """Make the answer in place of the service's own, with the call's secrets where it asks for them."""
        if self.body_base64 is not None:
            body = base64.b64decode(self.body_base64)
        else:
            body = _filled(self.body or "", secrets).encode(errors="surrogatepass")
        return self.dressed(Answer(self.status or 200, body, {"content-type": "application/json"}), secrets)

    def dressed(self, answer: Answer, secrets: Secrets) -> Answer:
        """Put this fault's headers, and gzip if it asks for it, on an answer."""
        own = {name.lower(): _filled(value, secrets) for name, value in self.headers.items()}
        headers, body = {**answer.headers, **own}, answer.body
        if self.gzip and "content-encoding" not in headers:
            headers["content-encoding"], body = "gzip", gzip.compress(body, mtime=0)
        return Answer(answer.status, body, headers)


NO_FAULT: Final = Fault(call="ivr_flows")
"""What a call meets that no fault was ordered for."""


@dataclass
class _Ordered:
    """A fault in the queue and what is left of its counts."""

    fault: Fault
    skip: int
    times: int | None


class FaultQueue:
    """The faults that were ordered and are not used up, oldest first."""

    def __init__(self) -> None:
        """Begin without faults."""
        self._ordered: list[_Ordered] = []

    def add(self, fault: Fault) -> None:
        """Order a fault after those that wait already."""
        self._ordered.append(_Ordered(fault, fault.skip, fault.times))

    def clear(self) -> None:
        """Let everything succeed again."""
        self._ordered.clear()

    def take(self, kind: Kind, tenant: str | None) -> Fault:
        """Use up one time of the first fault that matches.

        A fault that still skips counts the call and leaves it to the faults behind it.
        """
        for ordered in self._ordered:
            fault = ordered.fault
            if fault.call != kind or fault.tenant not in {None, tenant}:
                continue
            if ordered.skip:
                ordered.skip -= 1
                continue
            if ordered.times is not None:
                ordered.times -= 1
                if not ordered.times:
                    self._ordered.remove(ordered)
            return fault
        return NO_FAULT


def parse_faults(data: object) -> list[Fault]:
    """Read a fault or a list of faults.

    Raises:
        FieldsError: one has a field that is unknown, of the wrong type or out of range.
    """
    return [_parse_fault(element) for element in (data if isinstance(data, list) else [data])]


def _parse_fault(data: object) -> Fault:
    fields = checked("fault", data, _TYPES)
    if fields.get("call") not in {"token", "ivr_flows", *SISTERS.values()}:
        raise FieldsError("the 'call' of a fault must be 'token' or a list")
    fault = Fault(**cast("FaultFields", fields))
    _check_ranges(fault)
    _check_headers(fault.headers)
    return fault


def _check_ranges(fault: Fault) -> None:
    if fault.status is not None and not 200 <= fault.status <= 599:  # noqa: PLR2004 - what HTTP has as final statuses
        raise FieldsError("the 'status' of a fault must be 200 to 599")
    if fault.times is not None and fault.times < 1:
        raise FieldsError("the 'times' of a fault must be at least 1")
    if min(fault.skip, fault.cut_after or 0) < 0:
        raise FieldsError("the 'skip' and 'cut_after' of a fault cannot be negative")
    if not all(0 <= each < float("inf") for each in (fault.delay, fault.delay_body)):
        raise FieldsError("the delays of a fault must be numbers of seconds from 0")
    for encoded in (fault.body_base64, fault.raw_base64):
        try:
            base64.b64decode(encoded or "", validate=True)
        except binascii.Error as error:
            raise FieldsError(f"the bytes of a fault are not base64: {error}") from error


def _check_headers(headers: Mapping[str, object]) -> None:
    for name, value in headers.items():
        if not isinstance(value, str) or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise FieldsError(f"the header {name!r} of a fault cannot be sent over HTTP: use raw_base64")
        if name.lower() in _FRAMING:
            raise FieldsError(f"the header {name!r} would contradict the body: use cut_after or raw_base64")


def _filled(text: str, secrets: Secrets) -> str:
    def secret(match: re.Match[str]) -> str:
        encoding, value = match[1], secrets[match[2]]
        if encoding == "base64":
            return base64.b64encode(value.encode()).decode()
        return quote(value, safe="") if encoding == "url" else value

    return _PLACEHOLDER.sub(secret, text)
