"""A call of the service, and a response of JSON."""

from __future__ import annotations

import json
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from simulator.lists import LISTS

TOKEN_PATH: Final = "/apigovernance/api/oauth/tokenByAkSk"  # noqa: S105 - a path
_CALLS: Final = {TOKEN_PATH: "token", **{facts.path: stream for stream, facts in LISTS.items()}}


class Call(Request):
    """A request, with its body as `sent` and as parsed `content` (None if it is not JSON)."""

    sent: bytes
    content: Any

    async def load(self) -> None:
        """Read the body.

        Raises:
            ClientDisconnect: the client closed the connection.
        """
        self.sent = await self.body()
        try:
            self.content = json.loads(self.sent)
        except (ValueError, RecursionError):
            self.content = None

    @property
    def name(self) -> str:
        """`token`, the stream of a list or `other`, by the path alone."""
        return _CALLS.get(self.scope["path"], "other")

    @property
    def bearer(self) -> str:
        """The token after `Bearer` and exactly one space; empty if the header has another form."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme == "Bearer" and " " not in token else ""

    @property
    def key_pair(self) -> tuple[str, str]:
        """The app key and the app secret in the body; empty if they are missing."""
        fields = self.content if isinstance(self.content, dict) else {}
        key, secret = fields.get("app_key"), fields.get("app_secret")
        return key if isinstance(key, str) else "", secret if isinstance(secret, str) else ""


def json_response(status: int, content: object) -> Response:
    """Make a response of JSON in UTF-8."""
    try:
        body = json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # Half a surrogate pair, which JSON can escape.
        body = json.dumps(content).encode()
    return Response(body, status, {"content-type": "application/json"})
