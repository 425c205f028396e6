"""The tokens that the service has issued, in memory."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Token:
    """A token and the moment of the monotonic clock at which it ends."""

    value: str
    app_key: str
    deadline: float


class Tokens:
    """All tokens since the last reset: a new one ends none before it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Count lifetimes in the seconds of `clock`."""
        self._clock = clock
        self._issued: dict[str, Token] = {}

    def issue(self, app_key: str, lifetime: int) -> str:
        """Make a token for `lifetime` seconds.

        32 bytes end in a `=` as base64, so that URL-encoding always changes a token.
        """
        value = f"tok-{len(self._issued) + 1}-{base64.b64encode(secrets.token_bytes(32)).decode()}"
        self._issued[value] = Token(value, app_key, self._clock() + lifetime)
        return value

    def find(self, value: str | None) -> Token | None:
        """Look a token up, expired or not."""
        return None if value is None else self._issued.get(value)

    def is_live(self, token: Token) -> bool:
        """Tell whether the service still accepts it."""
        return self._clock() < token.deadline

    def revoke(self, value: str | None) -> None:
        """End a token now; one that was never issued is left unknown."""
        token = self.find(value)
        if token is not None:
            self._issued[token.value] = replace(token, deadline=float("-inf"))

    def values(self) -> list[str]:
        """List every token that was ever sent out, oldest first."""
        return list(self._issued)

    def clear(self) -> None:
        """Forget all of them: who still uses one is unauthorized."""
        self._issued.clear()
