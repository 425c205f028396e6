"""The client of one tenant space, and what the clients of a run share."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from tap_ivrflow.aicc.calls import Object
from tap_ivrflow.aicc.errors import CallError
from tap_ivrflow.aicc.listing import Page, parse_page
from tap_ivrflow.aicc.paging import fetch_all
from tap_ivrflow.aicc.redaction import Redactor, proxy_passwords
from tap_ivrflow.aicc.responses import REFUSED, Response, parse_object
from tap_ivrflow.aicc.retry import Retry
from tap_ivrflow.aicc.tokens import LONGEST_LIFETIME, TOKEN_CALL, TOKEN_PATH, Token, Tokens, parse_token
from tap_ivrflow.aicc.transport import Headers, Session, Transport

if TYPE_CHECKING:
    from tap_ivrflow.aicc.calls import Call

logger = logging.getLogger(__name__)

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
            redact: masks secrets in what the service says; each token is added to it.
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


class _Endpoint:
    """A host of the service, the setting that names it, and the connections of one client to it."""

    def __init__(self, shared: Shared, session: Session, host: str, setting: str) -> None:
        self.host = host
        self._setting = setting
        self._shared = shared
        self._session = session

    def post(self, path: str, headers: Headers, body: object) -> Response:
        """Make one call, once."""
        self._shared.retry.require_alive(self.host)
        return self._shared.transport.post(self._session, self.host + path, headers=headers, body=body)

    def named(self, call: str, attempt: Callable[[], T]) -> T:
        """Return what an attempt returns. Its error names the call, with the service's words masked.

        The next attempt has a new connection: on this one more of the failed response may follow.
        """
        try:
            return attempt()
        except CallError as error:
            self._session.close()
            if not error.call:  # A call inside this one has named itself already.
                error.call, error.host, error.setting = call, self.host, self._setting
                error.is_token_call = call == TOKEN_CALL
            # Before the message is cut to length: a secret that was cut could not be recognised.
            error.server_message = self._shared.redact(error.server_message)
            raise


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
            app_secret: its secret.
            api_url: scheme, host and port of the service, without a trailing slash.
            token_api_url: the same for the token call; None for `api_url`.
            tenant: names the tenant in log lines.
            tenant_space_id: sent as `X-TenantSpaceID`; None sends no such header.
            shared: what the clients of one run share.
        """
        self._shared = shared or Shared()
        self._retry = partial(self._shared.retry, f"tenant {tenant!r}")
        self._session = self._shared.transport.session()
        token_setting = "api_url or token_api_url" if token_api_url in {None, api_url} else "token_api_url"
        self._api = _Endpoint(self._shared, self._session, api_url, "api_url")
        self._token_api = _Endpoint(self._shared, self._session, token_api_url or api_url, token_setting)
        self._key_pair = {"app_key": app_key, "app_secret": app_secret}
        self._tokens = self._shared.tokens(self._token_api.host, api_url, app_key, app_secret)
        self._headers = {"X-APP-Key": app_key, "X-TenantSpaceID": tenant_space_id}

    def fetch(self, call: Call) -> list[Object]:
        """Return the rows of a list as the service sends them, of all its pages, in its order.

        Raises:
            CallError, RowError: as `fetch_page`. What is odd but not an error is logged as a WARNING.
        """
        page = self.fetch_page(call, lambda response: parse_page(response, call))
        for oddity in page.warnings():
            logger.warning("%s: %s", call.name, oddity)
        return page.rows

    def fetch_page(self, call: Call, parse: Callable[[Response], Page]) -> Page:
        """Return all pages of a list as one, each made by `parse`, as `listing.parse_page` does.

        Raises:
            CallError, RowError: the list could not be read completely, or `parse` raises it.
        """

        def retried(attempt: Callable[[], Page]) -> Page:
            return self._retry(lambda: self._api.named(call.name, attempt))

        def read_page(offset: int) -> Page:
            return retried(lambda: parse(self._post(call, offset)))

        with self._session:
            try:
                page = read_page(0) if call.limit is None else retried(lambda: fetch_all(call, read_page))
            except CallError as error:
                self._shared.retry.failed(error)
                raise
        self._shared.retry.answered(self._api.host)
        return page

    def _post(self, call: Call, offset: int) -> Response:
        """Make a list call once.

        The service may end a token early, so a refused one is renewed, once. A second refusal means that
        the tenant itself is refused. A token that another thread has replaced does not count.
        """
        is_renewed = False
        for _ in range(_MOST_TOKENS):
            token = self._tokens.get(self._ask_token)
            headers = {**self._headers, "Authorization": f"Bearer {token.value}"}
            response = self._api.post(call.path, headers, call.body(offset))
            if response.status not in REFUSED or (is_renewed and self._tokens.is_current(token)):
                break  # If refused again, the token is kept: other lists of the key pair may still use it.
            is_renewed |= self._tokens.drop(token)
        return response

    def _ask_token(self) -> Token:
        """Make the token call once."""
        asked = self._shared.clock()  # Before the call: a slow response shortens the token's use.
        lifetime = self._shared.token_lifetime
        headers = {"X-Token-Expire": str(lifetime)}
        self._shared.redact.add(self._key_pair["app_secret"])  # The service may repeat it.

        def attempt() -> Token:
            fields = parse_object(self._token_api.post(TOKEN_PATH, headers, self._key_pair))
            return parse_token(fields, asked=asked, lifetime=lifetime, mask=self._shared.redact.add)

        token = self._token_api.named(TOKEN_CALL, attempt)
        if self._token_api.host != self._api.host:  # Else only a complete list counts as an answer.
            self._shared.retry.answered(self._token_api.host)
        return token
