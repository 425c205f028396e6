"""One exchange with the service as values: the call that came, and the answer to give."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from simulator.lists import SISTERS

TOKEN_PATH: Final = "/apigovernance/api/oauth/tokenByAkSk"  # noqa: S105 - a path
QUERY_PATH: Final = "/apiaccess/rest/cc-management/v1/ivrFlow/queryIVRFlowList"

Kind: TypeAlias = str
"""`token`, the stream of a list, or `other`."""
_KINDS: Final[Mapping[str, Kind]] = {TOKEN_PATH: "token", QUERY_PATH: "ivr_flows", **SISTERS}


@dataclass(frozen=True)
class Call:
    """A request to the service; the names of `headers` are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> Kind:
        """What the path asks for, whatever the method."""
        return _KINDS.get(self.path, "other")

    @property
    def bearer(self) -> str | None:
        """The token after `Bearer` and exactly one space; `None` for any other shape."""
        scheme, separator, token = self.headers.get("authorization", "").partition(" ")
        well_formed = scheme == "Bearer" and separator and token and " " not in token
        return token if well_formed else None


@dataclass(frozen=True)
class Answer:
    """A complete answer; `body` is as it goes over the wire, the names of `headers` are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def json_answer(status: int, content: Mapping[str, object]) -> Answer:
    """Make an answer of JSON in UTF-8."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, body, {"content-type": "application/json"})


def joined_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Turn the headers of the wire into one value for each name, repeated ones joined by a comma."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
