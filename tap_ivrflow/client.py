"""The wire side: calls of one run, and the client of one tenant space. Knows nothing of Singer."""

from __future__ import annotations

import json
import logging
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Final, TypeVar

import requests
import urllib3
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from typing_extensions import override

from tap_ivrflow.auth import Authenticator, Token, read_token
from tap_ivrflow.envelope import Answer, read_object
from tap_ivrflow.errors import AuthenticationError, CallError, TransientError
from tap_ivrflow.retry import Retry, read_retry_after

if TYPE_CHECKING:
    from tap_ivrflow.redaction import Redactor
    from tap_ivrflow.tenants import Tenant

logger = logging.getLogger(__name__)

T = TypeVar("T")

_TOKEN_PATH: Final = "/apigovernance/api/oauth/tokenByAkSk"  # noqa: S105 (a path)
_FLOWS_PATH: Final = "/apiaccess/rest/cc-management/v1/ivrFlow/queryIVRFlowList"


class Connections:
    """One run's connections to the service, shared by all its tenants."""

    def __init__(self, *, size: int, timeout: float, user_agent: str) -> None:
        """Prepare; nothing is connected yet.

        Args:
            size: connections to one host that are kept; as many as there are threads. No call waits for
                one: `requests` loses a connection whose answer it cannot decode.
            timeout: bound in seconds on connecting, and on each read.
            user_agent: sent as `User-Agent`.
        """
        self._adapter = HTTPAdapter(pool_connections=size, pool_maxsize=size)
        self._timeout = timeout
        self._user_agent = user_agent

    def session(self) -> requests.Session:
        """Return a session of its own for one tenant, over the shared connections.

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
    ) -> Answer:
        """Make one call, once.

        `Session.post` honours the environment's proxies and CA bundle, which sending a prepared request
        would not.

        Raises:
            TransientError: no whole answer came.
            CallError: a further try cannot help: the certificate, the proxy's address.
        """
        try:
            # Read in one piece, below `requests`: it gathers a body in pieces of 10 KiB.
            with session.post(
                url, data=json.dumps(body), headers=headers, auth=auth, timeout=self._timeout, stream=True
            ) as response:
                content = response.raw.read(decode_content=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise _failure(error, self._timeout) from error
        content = in_utf8(content, response.headers.get("Content-Type", ""))
        if content is None and response.status_code == requests.codes.ok:
            raise TransientError("answered with a body that cannot be decoded")
        return Answer(
            response.status_code, content or b"", read_retry_after(response.headers.get("Retry-After"))
        )


class _Session(requests.Session):
    """A session to which a redirect is an answer like any other; its target is not even looked at."""

    @override
    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class Client:
    """Reads one tenant space. Safe under threads."""

    def __init__(
        self,
        tenant: Tenant,
        connections: Connections,
        retry: Retry,
        *,
        token_lifetime: int,
        redact: Redactor,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is called yet.

        Args:
            tenant: whose flows, and what opens them.
            connections: the run's.
            retry: the run's.
            token_lifetime: seconds that a token is asked to last, 60 to 3600.
            redact: told of each token, and cleans what the service says.
            clock: monotonic seconds, for the token's end.
        """
        self._tenant = tenant
        self._connections = connections
        self._retry = retry
        self._token_lifetime = token_lifetime
        self._redact = redact
        self._clock = clock
        self._session = connections.session()
        self._authenticator = Authenticator(self._fetch_token, clock=clock)

    def query_ivr_flows(self, read: Callable[[Answer], T]) -> T:
        """Return what is read of the answer with all IVR flows of the tenant space (`queryIVRFlowList`).

        Args:
            read: judges an answer, such as `envelope.read_rows`. Its errors say whether to call again.

        Raises:
            CallError: there is no whole and successful answer; the text names the call.
        """
        token = self._authenticator.token()
        try:
            return self._query(token, read)
        except AuthenticationError as error:
            # The service may have ended the token early. A second refusal is about the tenant itself.
            logger.debug("tenant %r: %s; renewing the token once", self._tenant.name, error)
            self._authenticator.invalidate(token)
        return self._query(self._authenticator.token(), read)

    def _query(self, token: Token, read: Callable[[Answer], T]) -> T:
        """Query with one token."""
        headers = {"X-APP-Key": self._tenant.app_key}
        if self._tenant.space_id is not None:
            headers["X-TenantSpaceID"] = self._tenant.space_id

        return self._call(
            "queryIVRFlowList", lambda: read(self._post(_FLOWS_PATH, headers=headers, body={}, auth=token))
        )

    def _fetch_token(self) -> Token:
        """Ask for a token, and let the redactor know it before anything else does."""
        headers = {"X-Token-Expire": str(self._token_lifetime)}
        body = {"app_key": self._tenant.app_key, "app_secret": self._tenant.app_secret}

        def attempt() -> Token:
            # Read before the call: a slow answer shortens the token's use, never stretches it.
            asked = self._clock()
            fields = read_object(self._post(_TOKEN_PATH, headers=headers, body=body, auth=_unsigned))
            self._redact.add(str(fields.get("AccessToken") or ""))
            return read_token(fields, asked=asked, lifetime=self._token_lifetime)

        return self._call("tokenByAkSk", attempt)

    def _post(
        self,
        path: str,
        *,
        headers: Mapping[str, str],
        body: object,
        auth: Callable[[PreparedRequest], PreparedRequest],
    ) -> Answer:
        """Make one call to the tenant's host."""
        headers = {"Content-Type": "application/json", **headers}
        return self._connections.post(
            self._session, self._tenant.api_url + path, headers=headers, body=body, auth=auth
        )

    def _call(self, call: str, attempt: Callable[[], T]) -> T:
        """Return what an attempt returns, with the run's patience; name the call in its errors."""

        def named() -> T:
            try:
                return attempt()
            except CallError as error:
                error.what = f"{call} {error.what}"
                # Before the words are cut to length: a secret that was cut could not be recognised.
                error.says = self._redact(error.says)
                raise

        return self._retry(f"tenant {self._tenant.name!r}", named)


def in_utf8(body: bytes, content_type: str) -> bytes | None:
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


def _unsigned(request: PreparedRequest) -> PreparedRequest:
    """Sign nothing, and keep `requests` from signing with an entry of the user's `.netrc`."""
    return request


def _failure(error: Exception, timeout: float) -> CallError:
    """Turn what `requests` raises into an error of ours.

    Of the original only what the standard library says is kept: its own text may hold a proxy's
    password or a header.
    """
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return CallError(
            "was not made: the certificate is not trusted",
            advice="set REQUESTS_CA_BUNDLE to the file of the authority that issued it",
        )
    if "TLS CA certificate bundle" in str(error) or "NO_CERTIFICATE" in str(error):
        return CallError("was not made: REQUESTS_CA_BUNDLE names no file of certificates")
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return TransientError(
            f"had no answer within {timeout:g} s", advice="raise request_timeout if it lasts"
        )
    if isinstance(error, ValueError) and not isinstance(error, requests.ConnectionError):
        return CallError(
            f"was not made: {type(error).__name__}", advice="check api_url and the proxy settings"
        )
    reason = next((cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror), None)
    if isinstance(error, urllib3.exceptions.ProtocolError | urllib3.exceptions.DecodeError):
        return TransientError("had an answer that was cut or cannot be decoded")
    return TransientError(
        f"got no answer: {reason or type(causes[-1]).__name__}",
        advice="check api_url, the network and the proxy settings",
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and what it came from, the last being the first that happened."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
