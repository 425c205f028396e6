"""One call of the service as values: the request that came, and the response to give."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from simulator.lists import LISTS

TOKEN_PATH: Final = "/apigovernance/api/oauth/tokenByAkSk"  # noqa: S105 - a path
_CALLS: Final = {TOKEN_PATH: "token", **{facts.path: stream for stream, facts in LISTS.items()}}


@dataclass(frozen=True)
class Call:
    """A request to the service at one of its ports; the names of `headers` are in lower case."""

    method: str
    path: str
    port: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def name(self) -> str:
        """`token`, the stream of a list or `other`, by the path alone."""
        return _CALLS.get(self.path, "other")

    @property
    def bearer(self) -> str:
        """The token after `Bearer` and exactly one space; empty for any other shape."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme == "Bearer" and " " not in token else ""

    @cached_property
    def json(self) -> Any:  # noqa: ANN401 - JSON is anything
        """The parsed body; None if it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def key_pair(self) -> tuple[str, str]:
        """The app key and the app secret in the body; empty where there is none."""
        fields = self.json if isinstance(self.json, dict) else {}
        key, secret = fields.get("app_key"), fields.get("app_secret")
        return key if isinstance(key, str) else "", secret if isinstance(secret, str) else ""


@dataclass(frozen=True)
class Response:
    """A complete response; `body` is as it goes over the wire, the names of `headers` are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def compressed(self) -> Response:
        """Return the same response with a gzip body, unless it names an encoding already."""
        if "content-encoding" in self.headers:
            return self
        headers = {**self.headers, "content-encoding": "gzip"}
        return Response(self.status, gzip.compress(self.body, mtime=0), headers)


def json_response(status: int, content: Mapping[str, object], charset: str = "") -> Response:
    """Make a response of JSON; UTF-8 without a label unless a charset is named."""
    # The byte order mark is Python's idea of a charset, not a name that a service would send.
    label = f";charset={charset.removesuffix('-sig')}" if charset else ""
    try:
        body = json.dumps(content, ensure_ascii=False).encode(charset or "utf-8")
    except UnicodeEncodeError:
        # A character that the charset lacks, or half a surrogate pair: JSON can still escape it.
        body = json.dumps(content).encode(charset or "utf-8")
    return Response(status, body, {"content-type": f"application/json{label}"})
