"""The connections of one run: one HTTP call, once, and what its failures mean. Knows nothing of Singer."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Final

import requests
import urllib3
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from typing_extensions import override

from tap_ivrflow.envelope import Response
from tap_ivrflow.errors import CallError, Failure
from tap_ivrflow.retry import parse_retry_after

DEFAULT_TIMEOUT: Final = 60


class Transport:
    """One run's connections to the service, shared by all its tenants."""

    def __init__(
        self, *, size: int = 1, timeout: float = DEFAULT_TIMEOUT, user_agent: str = "tap-ivrflow"
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            size: connections to one host that are kept; as many as there are threads. No call waits for
                one: `requests` loses a connection whose response it cannot decode.
            timeout: bound in seconds on connecting, and on each read.
            user_agent: sent as `User-Agent`.
        """
        self._adapter = HTTPAdapter(pool_connections=size, pool_maxsize=size)
        self._timeout = timeout
        self._user_agent = user_agent

    def session(self) -> requests.Session:
        """Return a session for one tenant, over the shared connections.

        It keeps no cookies: one that the service sets for a tenant must never travel with another's.
        """
        session = _Session()
        session.headers["User-Agent"] = self._user_agent
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.mount("https://", self._adapter)
        session.mount("http://", self._adapter)
        return session

    def post(
        self,
        session: requests.Session,
        url: str,
        *,
        headers: Mapping[str, str],
        body: object,
        auth: Callable[[PreparedRequest], PreparedRequest],
    ) -> Response:
        """Make one call, once.

        `Session.post` honours the environment's proxies and CA bundle, which sending a prepared request
        would not.

        Raises:
            CallError: no whole response came.
        """
        headers = {"Content-Type": "application/json", **headers}
        try:
            # Read in one piece, below `requests`, which would gather a body in pieces of 10 KiB.
            with session.post(
                url, data=json.dumps(body), headers=headers, auth=auth, timeout=self._timeout, stream=True
            ) as response:
                content = response.raw.read(decode_content=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise _call_error(error, self._timeout) from error
        content = to_utf8(content, response.headers.get("Content-Type", ""))
        if content is None and response.status_code == requests.codes.ok:
            raise CallError("answered with a body that cannot be decoded", failure=Failure.CUT_RESPONSE)
        return Response(
            response.status_code, content or b"", parse_retry_after(response.headers.get("Retry-After"))
        )


class _Session(requests.Session):
    """A session to which a redirect is a response like any other; its target is not even parsed."""

    @override
    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


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


def _call_error(error: Exception, timeout: float) -> CallError:
    """Turn what `requests` raises into an error of ours.

    Of the original only what the standard library says is kept: its own text may hold a proxy's
    password or a header.
    """
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return CallError(
            "was not made: the certificate is not trusted",
            hint="set REQUESTS_CA_BUNDLE to the file of the authority that issued it",
        )
    if "TLS CA certificate bundle" in str(error) or "NO_CERTIFICATE" in str(error):
        return CallError("was not made: REQUESTS_CA_BUNDLE names no file of certificates")
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return CallError(
            f"had no answer within {timeout:g} s",
            hint="raise request_timeout if it lasts",
            failure=Failure.TIMEOUT,
        )
    if isinstance(error, ValueError) and not isinstance(error, requests.ConnectionError):
        return CallError(f"was not made: {type(error).__name__}", hint="check api_url and the proxy settings")
    if isinstance(error, urllib3.exceptions.ProtocolError | urllib3.exceptions.DecodeError):
        return CallError("had an answer that was cut or cannot be decoded", failure=Failure.CUT_RESPONSE)
    reason = next((cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror), None)
    return CallError(
        f"got no answer: {reason or type(causes[-1]).__name__}",
        hint="check api_url, the network and the proxy settings",
        failure=Failure.NO_CONNECTION,
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and what it came from, the last being the first that happened."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
