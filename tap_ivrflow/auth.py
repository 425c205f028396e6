"""Where a token is fetched, kept and renewed (`tokenByAkSk`), one authenticator a tenant."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from requests.auth import AuthBase
from typing_extensions import override

from tap_ivrflow.errors import CallError

if TYPE_CHECKING:
    from requests import PreparedRequest

    from tap_ivrflow.envelope import Object

_MARGIN: Final = 0.1
"""Part of a token's lifetime that is left unused, so that it cannot end on its way to the service."""

_SENDABLE: Final = re.compile(r"[!-~]+")
"""What may stand in a header: visible ASCII. Anything else could break a header, or its error, open."""

_SECONDS: Final = re.compile(r"[0-9]{1,9}")


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
    """Holds the token of one tenant: fetched on first need, renewed before it ends. Safe under threads."""

    def __init__(self, fetch: Callable[[], Token], *, clock: Callable[[], float]) -> None:
        """Prepare; nothing is called yet.

        Args:
            fetch: makes the token call.
            clock: monotonic seconds, the clock of the token's deadline.
        """
        self._fetch = fetch
        self._clock = clock
        self._lock = Lock()
        self._token: Token | None = None

    def token(self) -> Token:
        """Return a token that still lasts, calling the service only when there is none.

        Raises:
            CallError: no token is to be had.
        """
        with self._lock:
            if self._token is None or self._clock() >= self._token.deadline:
                self._token = self._fetch()
            return self._token

    def invalidate(self, token: Token) -> None:
        """Throw a refused token away, unless another thread has replaced it already."""
        with self._lock:
            if self._token is token:
                self._token = None


def read_token(answer: Object, *, asked: float, lifetime: int) -> Token:
    """Return the token of a `tokenByAkSk` answer.

    Args:
        answer: the answer's object; `Expires` is a string of seconds, and documented no further.
        asked: when the token was asked for, in the seconds that its deadline is in.
        lifetime: seconds to assume when `Expires` is absent or no number.

    Raises:
        CallError: there is no `AccessToken`, or none that a header can carry.
    """
    value = answer.get("AccessToken")
    if not isinstance(value, str) or not _SENDABLE.fullmatch(value):
        says = answer.get("message")
        raise CallError(
            "answered 200 without a usable AccessToken",
            says=says if isinstance(says, str) else "",
            advice="check app_key, app_secret and api_url",
        )
    expires = str(answer.get("Expires"))
    seconds = int(expires) if _SECONDS.fullmatch(expires) else lifetime
    return Token(value, asked + seconds * (1 - _MARGIN))
