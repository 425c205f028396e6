"""The client of one tenant space. Knows nothing of Singer: a script can use it alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from requests import PreparedRequest

from tap_ivrflow.aicc.calls import Object
from tap_ivrflow.aicc.envelope import Page, parse_page
from tap_ivrflow.aicc.errors import CallError
from tap_ivrflow.aicc.hosts import Hosts
from tap_ivrflow.aicc.paging import fetch_all
from tap_ivrflow.aicc.redaction import Redactor
from tap_ivrflow.aicc.responses import Response
from tap_ivrflow.aicc.retry import Retry
from tap_ivrflow.aicc.tokens import TOKEN_CALL, Authenticator
from tap_ivrflow.aicc.transport import Transport

if TYPE_CHECKING:
    from tap_ivrflow.aicc.calls import Call
    from tap_ivrflow.aicc.tokens import Token

T = TypeVar("T")

DEFAULT_API_URL: Final = "https://service.besclouds.com"
DEFAULT_RETRIES: Final = 5
LONGEST_TOKEN_LIFETIME: Final = 3600


class SharedState:
    """What all clients of one run share: connections, retries, tokens, dead hosts, secrets to mask."""

    def __init__(
        self,
        *,
        transport: Transport | None = None,
        retry: Retry | None = None,
        token_lifetime: int = LONGEST_TOKEN_LIFETIME,
        redact: Redactor | None = None,
        hosts: Hosts | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is called yet.

        Args:
            transport: makes the calls.
            retry: decides what is called again.
            token_lifetime: seconds that a token is asked to last, 60 to 3600.
            redact: is told of each token, and masks secrets in what the service says.
            hosts: knows which hosts are dead.
            clock: monotonic seconds, for the end of tokens.
        """
        self.transport = transport or Transport()
        self.retry = retry or Retry(DEFAULT_RETRIES)
        self.redact = redact or Redactor()
        self.hosts = hosts or Hosts()
        self._token_lifetime = token_lifetime
        self._clock = clock
        self._lock = Lock()
        self._authenticators: dict[tuple[str, ...], Authenticator] = {}

    def authenticator(self, hosts: tuple[str, str], app_key: str, app_secret: str) -> Authenticator:
        """Return the one authenticator of a key pair at a host, and at the host of its token call."""
        with self._lock:
            return self._authenticators.setdefault(
                (*hosts, app_key, app_secret),
                Authenticator(
                    app_key,
                    app_secret,
                    lifetime=self._token_lifetime,
                    mask=self.redact.add,
                    clock=self._clock,
                ),
            )

    def call(self, tenant: str, call: str, host: str, attempt: Callable[[], T]) -> T:
        """Return what an attempt at a call returns; retry it, name it in its errors, and watch its host."""

        def named() -> T:
            try:
                self.hosts.require_alive(host)
                return attempt()
            except CallError as error:
                if not error.call:  # A call inside this one has named itself already.
                    error.call = call
                    error.host = host
                    if call == TOKEN_CALL and "api_url" in error.hint:
                        error.hint = error.hint.replace("check api_url", "check api_url or token_api_url")
                    # A call that was not made failed at a proxy or a certificate, wherever it was to go.
                    elif call == TOKEN_CALL and error.status is None and "not made" not in error.reason:
                        error.hint = "; ".join(filter(None, [error.hint, "check api_url or token_api_url"]))
                    elif error.status == HTTPStatus.FORBIDDEN:  # The key pair has just got a token.
                        error.hint = "check the rights of the app key, tenant_space_id and the IP allow-list"
                # Before the message is cut to length: a secret that was cut could not be recognised.
                error.server_message = self.redact(error.server_message)
                raise

        return self.retry(f"tenant {tenant!r}", named)


class Client:
    """Fetches the lists of one tenant space, in one thread."""

    def __init__(
        self,
        app_key: str,
        app_secret: str,
        *,
        api_url: str = DEFAULT_API_URL,
        token_api_url: str | None = None,
        tenant: str = "default",
        tenant_space_id: str | None = None,
        shared: SharedState | None = None,
    ) -> None:
        """Prepare; nothing is called yet.

        Args:
            app_key: the caller's key.
            app_secret: the caller's secret.
            api_url: scheme, host and port of the service, without a trailing slash.
            token_api_url: the same of the token call; None for that of `api_url`.
            tenant: names the tenant in log lines.
            tenant_space_id: sent as `X-TenantSpaceID`; None sends no such header.
            shared: what the clients of one run share.
        """
        self._shared = shared or SharedState()
        self._tenant = tenant
        self._api_url = api_url
        self._token_api_url = token_api_url or api_url
        self._headers = {"X-APP-Key": app_key}
        if tenant_space_id is not None:
            self._headers["X-TenantSpaceID"] = tenant_space_id
        self._session = self._shared.transport.session()
        self._authenticator = self._shared.authenticator((self._token_api_url, api_url), app_key, app_secret)

    def fetch(self, call: Call) -> list[Object]:
        """Return the rows of a list as the service sends them, of all its pages, in its order.

        Raises:
            CallError, RowError: the list could not be read whole, or a row cannot be reshaped.
        """
        return list(self.fetch_parsed(call, lambda response: parse_page(response, call)).rows)

    def fetch_parsed(self, call: Call, parse: Callable[[Response], Page]) -> Page:
        """Return all pages of a list as one.

        Args:
            call: the facts of the call.
            parse: makes a page of a response, as `envelope.parse_page` does. Its CallError may be retried.

        Raises:
            CallError, RowError: the list could not be read whole, or `parse` raises it.
        """

        def fetch_page(offset: int) -> Page:
            def send(token: Token) -> Page:
                return parse(self._post(self._api_url, call.path, self._headers, call.body(offset), token))

            # The token is asked for at each try: it may end while a retry waits.
            return self._call(call.name, self._api_url, lambda: self._authenticator.signed(self, send))

        def fetch_pages() -> Page:
            return fetch_all(call, fetch_page)

        try:
            page = fetch_page(0) if call.limit is None else self._call(call.name, self._api_url, fetch_pages)
        except CallError as error:
            self._shared.hosts.failed(error.host, error)
            raise
        else:
            self._shared.hosts.answered(self._api_url)
            return page
        finally:
            self._session.is_open = False
            self._session.close()

    def post_unsigned(self, path: str, *, headers: Mapping[str, str], body: object) -> Response:
        """Make one token call, once."""
        return self._post(self._token_api_url, path, headers, body, _unsigned)

    def retry_token_call(self, attempt: Callable[[], T]) -> T:
        """Return what an attempt at the token call returns; retry it, and name it in its errors."""
        result = self._call(TOKEN_CALL, self._token_api_url, attempt)
        if self._token_api_url != self._api_url:  # Of one host only a list that was read counts.
            self._shared.hosts.answered(self._token_api_url)
        return result

    def _call(self, call: str, host: str, attempt: Callable[[], T]) -> T:
        return self._shared.call(self._tenant, call, host, attempt)

    def _post(
        self,
        host: str,
        path: str,
        headers: Mapping[str, str],
        body: object,
        auth: Callable[[PreparedRequest], PreparedRequest],
    ) -> Response:
        """Make one call, once."""
        return self._shared.transport.post(self._session, host + path, headers=headers, body=body, auth=auth)


def _unsigned(request: PreparedRequest) -> PreparedRequest:
    """Sign nothing, and keep `requests` from signing with an entry of the user's `.netrc`."""
    return request
