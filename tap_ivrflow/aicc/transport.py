"""The connections of one run: one HTTP call, once."""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import requests
import urllib3
from requests.utils import select_proxy
from typing_extensions import override
from urllib3.util.response import assert_header_parsing

from tap_ivrflow.aicc.errors import CallError, Failure
from tap_ivrflow.aicc.network_errors import call_error
from tap_ivrflow.aicc.responses import Response
from tap_ivrflow.aicc.retry import parse_retry_after

Headers: TypeAlias = Mapping[str, str | None]
"""Headers of a call; one that is None is not sent."""

DEFAULT_TIMEOUT: Final = 60
DEFAULT_CALL_TIMEOUT: Final = 600
LARGEST_RESPONSE: Final = 2**30
"""Bytes of a decompressed body."""
_PIECE: Final = 2**20
"""Bytes of a body that are read at once: `requests` would take 10 KiB, and 16 MiB fragment the memory."""
_SUPERSETS: Final = {"gb2312": "gb18030", "gbk": "gb18030"}
"""Encodings that are declared for text in a larger one."""


class Transport:
    """How one run reaches the service: timeouts, and sessions whose connections are not shared."""

    def __init__(
        self,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        longest_call: float = DEFAULT_CALL_TIMEOUT,
        user_agent: str = "tap-ivrflow",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            timeout: bound in seconds on connecting, and on each read.
            longest_call: bound in seconds on a complete response.
            user_agent: sent as `User-Agent`.
            clock: monotonic seconds, for the bound on a response.
        """
        self._timeout = timeout
        self._longest_call = longest_call
        self._environment: dict[str, Any] = {}
        self._user_agent = user_agent
        self._clock = clock

    def session(self) -> Session:
        """Return a session for one tenant, in one thread, to be closed after each list.

        The next call on a connection would read a late or second response there, so it must never be
        another tenant's or another list's.
        """
        session = Session(self._environment)
        session.headers["User-Agent"] = self._user_agent
        return session

    def post(self, session: Session, url: str, *, headers: Headers, body: object) -> Response:
        """Make one call, once, over a connection that is kept open only after a clean success.

        Raises:
            CallError: no complete response came.
        """
        deadline = self._clock() + self._longest_call
        try:
            # Sending a prepared request would ignore the environment's proxies and CA bundle.
            with session.post(
                url, json=body, headers=headers, timeout=self._timeout, stream=True
            ) as response:
                _require_length(response)
                content = self._read(response, deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise call_error(error, self._timeout) from error
        is_clean = response.status_code == requests.codes.ok
        if not is_clean:
            session.close()
        return Response(
            response.status_code,
            to_utf8(content, response.headers.get("Content-Type", "")),
            parse_retry_after(response.headers.get("Retry-After")),
            may_be_from_proxy=not is_clean and session.has_plain_proxy(url),
        )

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        pieces: list[bytes] = []
        room = LARGEST_RESPONSE
        # Returns after one read of the socket, whose timeout limits each read only.
        while piece := response.raw.read1(_PIECE, decode_content=True):
            room -= len(piece)
            if room < 0:
                raise CallError(f"answered with more than {LARGEST_RESPONSE >> 20} MiB", Failure.WRONG_URL)
            if self._clock() > deadline:
                raise CallError("had a response that did not end in time", Failure.ENDLESS_RESPONSE)
            pieces.append(piece)
        return b"".join(pieces)


class Session(requests.Session):
    """A session that keeps no cookies, reads no `.netrc`, and follows no redirect.

    The target of a redirect is not even parsed.
    """

    def __init__(self, environment: dict[str, Any]) -> None:
        """Start without a connection; `environment` keeps the settings for each host."""
        super().__init__()
        self._environment = environment
        self.auth = lambda request: request  # Else `requests` signs calls with the user's `.netrc`.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    @override
    def merge_environment_settings(self, url: Any, *args: Any) -> Any:
        """Read the environment once per host; reading it for each call takes a quarter of the call's time."""
        host = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
        if host not in self._environment:
            settings = super().merge_environment_settings(url, *args)
            proxy = select_proxy(url, settings["proxies"])
            if proxy and not urlsplit(proxy if "//" in proxy else f"//{proxy}").hostname:
                raise CallError("was not made: the proxy has no host", Failure.PROXY_UNUSABLE)
            self._environment[host] = settings
        return dict(self._environment[host])

    def has_plain_proxy(self, url: str) -> bool:
        """Whether a call goes to a proxy that can read and answer it, instead of a tunnel."""
        proxies = self.merge_environment_settings(url, {}, True, None, None)["proxies"]  # noqa: FBT003 - as for a call
        return url.startswith("http:") and select_proxy(url, proxies) is not None

    @override
    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def _require_length(response: requests.Response) -> None:
    """Raise HeaderParsingError if the header that ends the body may be behind a line that is malformed.

    http.client ends the headers at such a line. The body would then be read until the connection ends.
    """
    original: Any = response.raw._original_response  # noqa: SLF001 - as `requests` does, for cookies
    if original.length is None and not original.chunked:
        assert_header_parsing(original.msg)


def to_utf8(body: bytes, content_type: str) -> bytes:
    """Return a JSON body without a byte order mark, and in UTF-8 if it was in the declared `charset`.

    JSON is UTF-8 whatever a `charset` says, so that is tried first. UTF-16 and UTF-32 have null bytes, which
    JSON in UTF-8 has not. A body in neither encoding is left to the JSON decoder to refuse.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    charset = re.search(r"charset\s*=\s*\"?([\w.:-]+)", content_type, re.IGNORECASE)
    if charset is None or charset[1].lower() == "utf-8":
        return body  # Checked where it is decoded: text takes four times the room of bytes.
    for encoding in (charset[1],) if b"\0" in body else ("utf-8", charset[1]):
        try:
            name = codecs.lookup(encoding).name
            return body.decode(_SUPERSETS.get(name, name)).removeprefix("\ufeff").encode()
        except (UnicodeError, LookupError):
            continue
    return body
