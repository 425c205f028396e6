"""The token of a key pair: fetched on first need, renewed before its end, and shared by all its clients.

If a new token revokes the one before, separate tokens would make the clients fail in turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from tap_ivrflow.aicc.calls import Object
from tap_ivrflow.aicc.errors import AuthenticationError, CallError, DeadHostError, Failure
from tap_ivrflow.aicc.responses import count, server_message

TOKEN_CALL: Final = "tokenByAkSk"  # noqa: S105 (the name of a call)
TOKEN_PATH: Final = f"/apigovernance/api/oauth/{TOKEN_CALL}"
LONGEST_LIFETIME: Final = 3600

_MARGIN: Final = 0.1
"""Fraction of a token's lifetime that is not used, so that it cannot expire on its way to the service."""

_SHORTEST: Final = 8
"""Characters. To mask fewer would make a log unreadable."""
_SENDABLE: Final = re.compile(r"[!-~]+")
"""What may stand in a header: visible ASCII. Control characters could inject a header."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, and the moment on the clock of `Tokens` from which it is no longer used."""

    value: str = field(repr=False)
    deadline: float


class Tokens:
    """Holds the token of one key pair, for all clients that use the pair. Safe under threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without a token; `clock` returns monotonic seconds."""
        self._clock = clock
        self._lock = Lock()
        self._token: Token | None = None
        self._failure: CallError | None = None

    def get(self, ask: Callable[[], Token]) -> Token:
        """Return a token that is still valid; `ask` makes the token call if there is none.

        A key pair that the service refuses is tried once. Threads that waited for a token call that failed
        get the same error; otherwise a thousand tenants of one pair would repeat it one by one.

        Raises:
            CallError: the service gives no token.
        """
        before = self._failure
        with self._lock:
            if self._token is not None and self._clock() < self._token.deadline:
                return self._token
            failure = self._failure
            if failure is not None and (failure is not before or isinstance(failure, AuthenticationError)):
                failure = copy(failure)
                failure.is_repeated = isinstance(failure, AuthenticationError | DeadHostError)
                raise failure
            try:
                self._token = ask()
            except CallError as error:
                self._failure = copy(error)
                raise
            return self._token

    def drop(self, token: Token) -> bool:
        """Drop a refused token, and return False if another thread has replaced it already."""
        with self._lock:
            is_current = self._token is token
            if is_current:
                self._token = None
            return is_current

    def is_current(self, token: Token) -> bool:
        """Whether no other thread has replaced or dropped a token."""
        return self._token is token


def parse_token(fields: Object, *, asked: float, lifetime: int, mask: Callable[[str], object]) -> Token:
    """Return the token of a `tokenByAkSk` response.

    Args:
        fields: the response's object; `Expires` is seconds as a string; nothing else is documented.
        asked: when it was asked for, on the clock of its deadline.
        lifetime: seconds, used if `Expires` is missing or not a number.
        mask: is told of the token, to keep it out of the log.

    Raises:
        AuthenticationError: `AccessToken` is missing, too short, or not valid in a header.
    """
    sent = fields.get("AccessToken")
    value = sent.strip() if isinstance(sent, str) and len(sent.strip()) >= _SHORTEST else ""
    mask(value)  # Even if it cannot be sent: the service's message may repeat it.
    if value != sent or not _SENDABLE.fullmatch(value):
        raise AuthenticationError(
            "answered 200 without a usable AccessToken",
            Failure.NO_TOKEN,
            server_message=server_message(fields),
        )
    seconds = count(fields.get("Expires"))
    return Token(value, asked + (lifetime if seconds is None else seconds) * (1 - _MARGIN))
