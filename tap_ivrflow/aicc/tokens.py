"""The token (`tokenByAkSk`): fetched, parsed, kept, and renewed before its end or after a 401 or 403.

Clients of one key pair share an authenticator, and so one token: a service whose new token ends the one
before would otherwise make them fail each other.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast

from requests.auth import AuthBase
from typing_extensions import override

from tap_ivrflow.aicc.calls import Object
from tap_ivrflow.aicc.errors import AuthenticationError, CallError
from tap_ivrflow.aicc.responses import parse_object, server_message

if TYPE_CHECKING:
    from requests import PreparedRequest

    from tap_ivrflow.aicc.responses import Response

T = TypeVar("T")

TOKEN_CALL: Final = "tokenByAkSk"  # noqa: S105 (the name of a call)
TOKEN_PATH: Final = f"/apigovernance/api/oauth/{TOKEN_CALL}"

_MAX_REFUSALS: Final = 8
"""A bound for a service that refuses each token while other threads renew it."""

_MARGIN: Final = 0.1
"""Part of a token's lifetime that is left unused, so that it cannot end on its way to the service."""

_SENDABLE: Final = re.compile(r"[!-~]+")
"""What may stand in a header: visible ASCII. Control characters could inject a header."""

_SECONDS: Final = re.compile(r"[0-9]{1,9}")


class TokenClient(Protocol):
    """What the authenticator needs of a client to make the token call."""

    def post_unsigned(self, path: str, *, headers: Mapping[str, str], body: object) -> Response:
        """Make one token call, once."""

    def retry_token_call(self, attempt: Callable[[], T]) -> T:
        """Return what an attempt at the token call returns; retry it, and name it in its errors."""


@dataclass(frozen=True, slots=True)
class Token(AuthBase):
    """An access token and the moment from which it is no longer used.

    As a `requests` authentication it signs a call, and it keeps `requests` from signing the call with
    an entry of the user's `.netrc`.

    Attributes:
        value: the token itself, a secret; never printed.
        deadline: seconds on the authenticator's clock.
    """

    value: str = field(repr=False)
    deadline: float

    @override
    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        r.headers["Authorization"] = f"Bearer {self.value}"
        return r


class Authenticator:
    """Holds the token of one key pair, for all clients that use the pair. Safe under threads."""

    def __init__(
        self,
        app_key: str,
        app_secret: str,
        *,
        lifetime: int,
        mask: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is called yet.

        Args:
            app_key: the caller's key.
            app_secret: the caller's secret.
            lifetime: seconds that a token is asked to last, 60 to 3600.
            mask: is told of each token before anything else, to keep it out of the log.
            clock: monotonic seconds.
        """
        self._body = {"app_key": app_key, "app_secret": app_secret}
        self._lifetime = lifetime
        self._mask = mask
        self._clock = clock
        self._lock = Lock()
        self._token: Token | None = None
        self._failure: CallError | None = None

    def signed(self, client: TokenClient, send: Callable[[Token], T]) -> T:
        """Return what `send` returns for a token that is still valid.

        The service may end a token early, so a refused one is renewed, once. A second refusal is about the
        tenant itself. If another thread has replaced the token meanwhile, the refusal does not count.

        Raises:
            CallError: there is no token, or `send` raises it.
        """
        is_renewed = False
        for _ in range(_MAX_REFUSALS):
            token = self.token(client)
            try:
                return send(token)
            except AuthenticationError as error:
                refusal = error
            if is_renewed and self._token is token:
                break  # The token is kept: other lists of the key pair may still use it.
            is_renewed |= self.invalidate(token)
        raise refusal

    def token(self, client: TokenClient) -> Token:
        """Return a token that is still valid, and call the service only when there is none.

        A key pair that the service refuses is asked about once. Whoever waits for a token call that fails
        shares its failure: a thousand tenants of one pair would else try it one after another.

        Raises:
            CallError: the service gives no token.
        """
        failure = self._failure
        with self._lock:
            if self._token is not None and self._clock() < self._token.deadline:
                return self._token
            if isinstance(self._failure, AuthenticationError) or self._failure is not failure:
                raise copy(cast("CallError", self._failure))  # Also for all that waited while it failed.
            try:
                self._token = client.retry_token_call(lambda: self._fetch(client))
            except CallError as error:
                self._failure = copy(error)
                raise
            return self._token

    def invalidate(self, token: Token) -> bool:
        """Drop a refused token, and return False if another thread has replaced it already."""
        with self._lock:
            is_current = self._token is token
            if is_current:
                self._token = None
            return is_current

    def _fetch(self, client: TokenClient) -> Token:
        """Make the token call once."""
        # Taken before the call: a slow response shortens the token's use and never stretches it.
        asked = self._clock()
        headers = {"X-Token-Expire": str(self._lifetime)}
        response = client.post_unsigned(TOKEN_PATH, headers=headers, body=self._body)
        fields = parse_object(response)
        self._mask(str(fields.get("AccessToken") or ""))
        return parse_token(fields, asked=asked, lifetime=self._lifetime)


def parse_token(fields: Object, *, asked: float, lifetime: int) -> Token:
    """Return the token of a `tokenByAkSk` response.

    Args:
        fields: the response's object; `Expires` is a string of seconds, and documented no further.
        asked: when the token was asked for, in the seconds that its deadline is in.
        lifetime: seconds to assume when `Expires` is absent or no number.

    Raises:
        AuthenticationError: there is no `AccessToken`, or none that a header can carry.
    """
    value = fields.get("AccessToken")
    if not isinstance(value, str) or not _SENDABLE.fullmatch(value):
        raise AuthenticationError(
            "answered 200 without a usable AccessToken",
            server_message=server_message(fields),
            hint="check app_key, app_secret and api_url",
        )
    expires = str(fields.get("Expires"))
    seconds = int(expires) if _SECONDS.fullmatch(expires) else lifetime
    return Token(value, asked + seconds * (1 - _MARGIN))
