"""The connections of one run: one HTTP call, once, and what its failures mean. Knows nothing of Singer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import urllib3
from requests import PreparedRequest
from requests.utils import select_proxy
from typing_extensions import override

from tap_ivrflow.aicc.connections import Adapter, Pools, pools
from tap_ivrflow.aicc.errors import CallError, Failure
from tap_ivrflow.aicc.network_errors import call_error
from tap_ivrflow.aicc.responses import Response
from tap_ivrflow.aicc.retry import parse_retry_after

DEFAULT_TIMEOUT: Final = 60
DEFAULT_CALL_TIMEOUT: Final = 600
LARGEST_RESPONSE: Final = 2**30
"""Bytes of a decompressed body."""
_PIECE: Final = 2**24
"""Bytes of a body that are read at once; `requests` would take pieces of 10 KiB."""


class Transport:
    """How one run reaches the service: time-outs, and sessions of connections that nobody shares."""

    def __init__(
        self,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        longest_call: float = DEFAULT_CALL_TIMEOUT,
        user_agent: str = "tap-ivrflow",
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            timeout: bound in seconds on connecting, and on each read.
            longest_call: bound in seconds on a whole response.
            user_agent: sent as `User-Agent`.
        """
        self._timeout = timeout
        self._pools = pools(longest_call)
        self._environment: dict[str, Any] = {}
        self._user_agent = user_agent

    def session(self) -> Session:
        """Return a session for one tenant, in one thread.

        A service or a gateway may send a late or second answer on a kept connection. The next call there
        takes it for its own, so that call must never be another tenant's.
        """
        session = Session(self._pools, self._environment)
        session.headers["User-Agent"] = self._user_agent
        return session

    def post(
        self,
        session: Session,
        url: str,
        *,
        headers: Mapping[str, str],
        body: object,
        auth: Callable[[PreparedRequest], PreparedRequest],
    ) -> Response:
        """Make one call, once.

        Raises:
            CallError: no whole response came.
        """
        headers = {"Content-Type": "application/json", **headers}
        data = json.dumps(body)
        is_reused = session.is_open
        try:
            return self._post(session, url, data, headers, auth)
        except CallError as error:
            if not is_reused or error.failure is not Failure.CLOSED:
                raise
        # A load balancer closes idle connections without a word: that is no failure of the service.
        return self._post(session, url, data, headers, auth)

    def _post(
        self,
        session: Session,
        url: str,
        data: str,
        headers: Mapping[str, str],
        auth: Callable[[PreparedRequest], PreparedRequest],
    ) -> Response:
        """Make one call over one connection, which is kept open only after a clean success."""
        session.is_open = False
        try:
            # `Session.post` honours the environment's proxies and CA bundle, which sending a prepared
            # request would not.
            with session.post(
                url, data=data, headers=headers, auth=auth, timeout=self._timeout, stream=True
            ) as response:
                content = _read(response)
            session.is_open = response.status_code == requests.codes.ok
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise call_error(error, self._timeout) from error
        finally:
            if not session.is_open:
                session.close()
        body = to_utf8(content, response.headers.get("Content-Type", ""))
        if body is None and response.status_code == requests.codes.ok:
            raise CallError("answered with a body that cannot be decoded", failure=Failure.CUT_RESPONSE)
        return Response(
            response.status_code,
            body or b"",
            parse_retry_after(response.headers.get("Retry-After")),
            may_be_from_proxy=response.status_code != requests.codes.ok and session.has_plain_proxy(url),
        )


class Session(requests.Session):
    """A session that keeps no cookies and follows no redirect; the target of one is not even parsed.

    Attributes:
        is_open: whether a connection is kept that has served a call well.
    """

    def __init__(self, pools: Pools, environment: dict[str, Any]) -> None:
        """Start without a connection; `environment` keeps what the environment says of each host."""
        super().__init__()
        self.is_open = False
        self._environment = environment
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.mount("https://", Adapter(pools))
        self.mount("http://", Adapter(pools))

    @override
    def merge_environment_settings(self, url: Any, *args: Any) -> Any:
        """Look at the environment once for each host: for each call that takes a quarter of its time."""
        host = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
        if host not in self._environment:
            self._environment[host] = super().merge_environment_settings(url, *args)
        return dict(self._environment[host])

    def has_plain_proxy(self, url: str) -> bool:
        """Tell whether a call goes to a proxy that can read and answer it, in place of a tunnel."""
        proxies = self.merge_environment_settings(url, {}, True, None, None)["proxies"]  # noqa: FBT003 - as for a call
        return url.startswith("http:") and select_proxy(url, proxies) is not None

    @override
    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def _read(response: requests.Response) -> bytes:
    """Return the decompressed body of a response.

    Raises:
        CallError: it is too large to be a list.
        urllib3.exceptions.HTTPError: it is cut or broken.
    """
    pieces: list[bytes] = []
    room = LARGEST_RESPONSE
    while piece := _read_piece(response):
        room -= len(piece)
        if room < 0:
            raise CallError(f"answered with more than {LARGEST_RESPONSE >> 20} MiB", hint="check api_url")
        pieces.append(piece)
    return b"".join(pieces)


def _read_piece(response: requests.Response) -> bytes:
    try:
        piece: bytes = response.raw.read(_PIECE, decode_content=True)
    except ValueError as error:  # urllib3 lets a negative size of a chunk pass.
        raise urllib3.exceptions.ProtocolError from error
    return piece


def to_utf8(body: bytes, content_type: str) -> bytes | None:
    """Return a JSON body in UTF-8 without a byte order mark, or None when it cannot be decoded.

    JSON is UTF-8 whatever a `charset` says, so that is tried first, then the Unicode encodings that
    show in the first bytes, then the `charset` that was declared. What looks like UTF-8, with nothing
    declared against it, is left to the JSON decoder to check: text takes four times the room of bytes.
    """
    charset = re.search(r"charset\s*=\s*\"?([\w.:-]+)", content_type, re.IGNORECASE)
    declared = charset[1].lower() if charset else "utf-8"
    if declared == "utf-8" and body.startswith(b"{") and b"\0" not in body:
        return body
    for encoding in ("utf-8-sig", json.detect_encoding(body), declared):
        try:
            text = body.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        # UTF-16 and UTF-32 are valid UTF-8 as well where every character is ASCII: full of zeros.
        if "\0" not in text:
            return text.encode()
    return None
