"""The client of one tenant space. Knows nothing of Singer: a script can use it alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from requests import PreparedRequest

from tap_ivrflow.auth import Authenticator
from tap_ivrflow.envelope import Object, Response, parse_rows
from tap_ivrflow.errors import CallError
from tap_ivrflow.redaction import Redactor
from tap_ivrflow.retry import Retry
from tap_ivrflow.transport import Transport

if TYPE_CHECKING:
    from tap_ivrflow.auth import Token
    from tap_ivrflow.calls import Call

T = TypeVar("T")

DEFAULT_API_URL: Final = "https://service.besclouds.com"
DEFAULT_RETRIES: Final = 5
LONGEST_TOKEN_LIFETIME: Final = 3600


class Service:
    """What all clients of one run share: connections, retries, tokens, and the secrets to mask."""

    def __init__(
        self,
        *,
        transport: Transport | None = None,
        retry: Retry | None = None,
        token_lifetime: int = LONGEST_TOKEN_LIFETIME,
        redact: Redactor | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is called yet.

        Args:
            transport: makes the calls.
            retry: decides what is called again.
            token_lifetime: seconds that a token is asked to last, 60 to 3600.
            redact: is told of each token, and masks secrets in what the service says.
            clock: monotonic seconds, for the end of tokens.
        """
        self.transport = transport or Transport()
        self.retry = retry or Retry(DEFAULT_RETRIES)
        self.redact = redact or Redactor()
        self._token_lifetime = token_lifetime
        self._clock = clock
        self._lock = Lock()
        self._authenticators: dict[tuple[str, ...], Authenticator] = {}

    def authenticator(self, api_url: str, app_key: str, app_secret: str) -> Authenticator:
        """Return the one authenticator of a key pair."""
        with self._lock:
            return self._authenticators.setdefault(
                (api_url, app_key, app_secret),
                Authenticator(
                    app_key,
                    app_secret,
                    lifetime=self._token_lifetime,
                    mask=self.redact.add,
                    clock=self._clock,
                ),
            )


class Client:
    """Fetches the lists of one tenant space. Safe under threads."""

    def __init__(
        self,
        app_key: str,
        app_secret: str,
        *,
        api_url: str = DEFAULT_API_URL,
        tenant: str = "default",
        tenant_space_id: str | None = None,
        service: Service | None = None,
    ) -> None:
        """Prepare; nothing is called yet.

        Args:
            app_key: the caller's key.
            app_secret: the caller's secret.
            api_url: scheme, host and port of the service, without a trailing slash.
            tenant: names the tenant in log lines.
            tenant_space_id: sent as `X-TenantSpaceID`; None sends no such header.
            service: what clients of one run share.
        """
        self._service = service or Service()
        self._tenant = tenant
        self._api_url = api_url
        self._headers = {"X-APP-Key": app_key}
        if tenant_space_id is not None:
            self._headers["X-TenantSpaceID"] = tenant_space_id
        self._session = self._service.transport.session()
        self._authenticator = self._service.authenticator(api_url, app_key, app_secret)

    def fetch(self, call: Call) -> list[Object]:
        """Return the rows of a list as the service sends them, in its order.

        Raises:
            CallError: there is no whole and successful response; the text names the call.
        """
        return self.fetch_parsed(call, lambda response: parse_rows(response, call)) or []

    def fetch_parsed(self, call: Call, parse: Callable[[Response], T]) -> T:
        """Return what `parse` makes of the response to a list call.

        Args:
            call: the facts of the call.
            parse: judges a response, such as `envelope.parse_rows`. The CallError that it raises says
                whether the call is retried.

        Raises:
            CallError: there is no whole and successful response; the text names the call.
        """

        def send(token: Token) -> T:
            return parse(self._post(call.path, headers=self._headers, body={}, auth=token))

        # The token is asked for at each try: it may end while a retry waits.
        return self.retry(call.name, lambda: self._authenticator.signed(self, send))

    def post_unsigned(self, path: str, *, headers: Mapping[str, str], body: object) -> Response:
        """Make one call without a token, once."""
        return self._post(path, headers=headers, body=body, auth=_unsigned)

    def retry(self, call: str, attempt: Callable[[], T]) -> T:
        """Return what an attempt returns; retry it, and name the call in its errors."""

        def named() -> T:
            try:
                return attempt()
            except CallError as error:
                # The token call, made inside another, has named itself already.
                error.call = error.call or call
                # Before the message is cut to length: a secret that was cut could not be recognised.
                error.server_message = self._service.redact(error.server_message)
                raise

        return self._service.retry(f"tenant {self._tenant!r}", named)

    def _post(
        self,
        path: str,
        *,
        headers: Mapping[str, str],
        body: object,
        auth: Callable[[PreparedRequest], PreparedRequest],
    ) -> Response:
        """Make one call to the tenant's host, once."""
        return self._service.transport.post(
            self._session, self._api_url + path, headers=headers, body=body, auth=auth
        )


def _unsigned(request: PreparedRequest) -> PreparedRequest:
    """Sign nothing, and keep `requests` from signing with an entry of the user's `.netrc`."""
    return request
