"""The client of one tenant space. Knows nothing of Singer: a script can use it alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from requests import PreparedRequest

from tap_ivrflow.aicc.calls import Object
from tap_ivrflow.aicc.errors import CallError
from tap_ivrflow.aicc.paging import Page, fetch_all, parse_page
from tap_ivrflow.aicc.redaction import Redactor, proxy_passwords
from tap_ivrflow.aicc.responses import REFUSED, Response, parse_object
from tap_ivrflow.aicc.retry import Retry
from tap_ivrflow.aicc.tokens import (
    LONGEST_LIFETIME,
    SHORTEST_TOKEN,
    TOKEN_CALL,
    TOKEN_PATH,
    Token,
    Tokens,
    parse_token,
)
from tap_ivrflow.aicc.transport import Transport

if TYPE_CHECKING:
    from tap_ivrflow.aicc.calls import Call

T = TypeVar("T")

DEFAULT_API_URL: Final = "https://service.besclouds.com"
DEFAULT_RETRIES: Final = 5
_MOST_TOKENS: Final = 8
"""A bound for a service that refuses each token while other threads renew it."""


class Shared:
    """What all clients of one run share: connections, retries, tokens, secrets to mask."""

    def __init__(
        self,
        *,
        transport: Transport | None = None,
        retry: Retry | None = None,
        token_lifetime: int = LONGEST_LIFETIME,
        redact: Redactor | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is called yet.

        Args:
            transport: makes the calls.
            retry: decides what is called again, and what no longer.
            token_lifetime: seconds that a token is asked to last, 60 to 3600.
            redact: is told of each token, and masks secrets in what the service says.
            clock: monotonic seconds, for the end of tokens.
        """
        self.transport = transport or Transport()
        self.retry = retry or Retry(DEFAULT_RETRIES)
        self.redact = redact or Redactor()
        self.redact.add(*proxy_passwords())
        self.token_lifetime = token_lifetime
        self.clock = clock
        self._lock = Lock()
        self._tokens: dict[tuple[str, ...], Tokens] = {}

    def tokens(self, *key_pair: str) -> Tokens:
        """Return the tokens of a key pair at its hosts."""
        with self._lock:
            return self._tokens.setdefault(key_pair, Tokens(self.clock))


class _Target(NamedTuple):
    """What is called.

    Attributes:
        call: name of the call.
        host: scheme, host and port.
        setting: the setting that names the host.
    """

    call: str
    host: str
    setting: str


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
        shared: Shared | None = None,
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
        self._shared = shared or Shared()
        self._tenant = tenant
        self._api_url = api_url
        self._key_pair = {"app_key": app_key, "app_secret": app_secret}
        self._headers = {"X-APP-Key": app_key}
        if tenant_space_id is not None:
            self._headers["X-TenantSpaceID"] = tenant_space_id
        has_token_url = token_api_url not in {None, api_url}
        self._token_target = _Target(
            TOKEN_CALL,
            token_api_url or api_url,
            "token_api_url" if has_token_url else "api_url or token_api_url",
        )
        self._tokens = self._shared.tokens(self._token_target.host, api_url, app_key, app_secret)
        self._session = self._shared.transport.session()

    def fetch(self, call: Call) -> list[Object]:
        """Return the rows of a list as the service sends them, of all its pages, in its order.

        Raises:
            CallError, RowError: the list could not be read completely, or a row cannot be reshaped.
        """
        return list(self.fetch_page(call, lambda response: parse_page(response, call)).rows)

    def fetch_page(self, call: Call, parse: Callable[[Response], Page]) -> Page:
        """Return all pages of a list as one.

        Args:
            call: the facts of the call.
            parse: makes a page of a response, as `paging.parse_page` does. Its CallError may be retried.

        Raises:
            CallError, RowError: the list could not be read completely, or `parse` raises it.
        """
        target = _Target(call.name, self._api_url, "api_url")

        def fetch_one(offset: int) -> Page:
            return self._retried(target, lambda: parse(self._attempt(call, target, offset)))

        def fetch_pages() -> Page:
            return fetch_all(call, fetch_one)

        retry = self._shared.retry
        try:
            page = fetch_one(0) if call.limit is None else self._retried(target, fetch_pages)
        except CallError as error:
            retry.failed(error)
            raise
        else:
            retry.answered(self._api_url)
            return page
        finally:
            self._session.close()

    def _attempt(self, call: Call, target: _Target, offset: int) -> Response:
        """Make a list call once, with a token that may have to be asked for.

        The service may end a token early, so a refused one is renewed, once. A second refusal means that
        the tenant itself is refused. A token that another thread has replaced does not count.
        """
        is_renewed = False
        for _ in range(_MOST_TOKENS):
            token = self._tokens.get(self._ask_token)
            response = self._post(target, call.path, self._headers, call.body(offset), token)
            if response.status not in REFUSED:
                break
            if is_renewed and self._tokens.is_current(token):
                break  # The token is kept: other lists of the key pair may still use it.
            is_renewed |= self._tokens.drop(token)
        return response

    def _ask_token(self) -> Token:
        """Make the token call once."""
        # Taken before the call: a slow response shortens the token's use and never stretches it.
        asked = self._shared.clock()
        lifetime = self._shared.token_lifetime
        headers = {"X-Token-Expire": str(lifetime)}
        with self._named(self._token_target):
            response = self._post(self._token_target, TOKEN_PATH, headers, self._key_pair, _unsigned)
            fields = parse_object(response)
            value = fields.get("AccessToken")
            if isinstance(value, str) and len(value) >= SHORTEST_TOKEN:
                self._shared.redact.add(value)
            token = parse_token(fields, asked=asked, lifetime=lifetime)
        if self._token_target.host != self._api_url:  # Else only a complete list counts as an answer.
            self._shared.retry.answered(self._token_target.host)
        return token

    def _retried(self, target: _Target, attempt: Callable[[], T]) -> T:
        """Return what an attempt returns; retry it, and name the call in its errors."""

        def named() -> T:
            with self._named(target):
                return attempt()

        return self._shared.retry(f"tenant {self._tenant!r}", named)

    @contextmanager
    def _named(self, target: _Target) -> Iterator[None]:
        """Name a call in the errors that are raised inside, and mask the service's words in them.

        The next attempt has a new connection: on this one more of the failed response may follow.
        """
        try:
            yield
        except CallError as error:
            self._session.close()
            if not error.call:  # A call inside this one has named itself already.
                error.call, error.host, error.setting = target
                error.is_token_call = target is self._token_target
            # Before the message is cut to length: a secret that was cut could not be recognised.
            error.server_message = self._shared.redact(error.server_message)
            raise

    def _post(
        self,
        target: _Target,
        path: str,
        headers: Mapping[str, str],
        body: object,
        auth: Callable[[PreparedRequest], PreparedRequest],
    ) -> Response:
        """Make one call, once."""
        self._shared.retry.require_alive(target.host)
        url = target.host + path
        return self._shared.transport.post(self._session, url, headers=headers, body=body, auth=auth)


def _unsigned(request: PreparedRequest) -> PreparedRequest:
    """Sign nothing, and keep `requests` from signing with an entry of the user's `.netrc`."""
    return request
