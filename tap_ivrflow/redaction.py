"""Where secrets are kept out of what the tap prints.

No code of this package logs a secret on purpose. But a service may echo one in an error, a header
parser may print a line that it could not read, and a traceback repeats the text of every exception. So
whatever is logged, by this package or by a library, at any level, passes through here last.
"""

from __future__ import annotations

import base64
import json
import logging
from threading import RLock
from typing import Final
from urllib.parse import unquote, unquote_plus

from typing_extensions import override

_MASK: Final = "***"


class Redactor:
    """Knows the secrets of a run, and takes them out of text. Safe under threads."""

    def __init__(self) -> None:
        """Start with no secret."""
        self._forms: set[str] = set()
        self._longest_first: list[str] | None = []
        # Taken again by the signal handler, whose line may interrupt one that is being masked.
        self._lock = RLock()

    def add(self, *secrets: str) -> None:
        """Mask these from now on, as they are and as they look when quoted, encoded or escaped."""
        forms = {form for secret in secrets if secret.strip() for form in _forms_of(secret)}
        with self._lock:
            self._forms |= forms
            self._longest_first = None

    def __call__(self, text: str) -> str:
        """Return the text with every secret masked."""
        text = self._masked(text)
        if "%" not in text and "+" not in text:
            return text
        # Encoders of URLs differ in what they encode, and how: what they agree on is the way back.
        for decode in (unquote, unquote_plus):
            decoded = decode(text)
            masked = self._masked(decoded)
            text = text if masked == decoded else masked
        return text

    def _masked(self, text: str) -> str:
        """Return the text with every known form masked."""
        with self._lock:
            if self._longest_first is None:
                # So that no form leaves a rest of a longer one that contains it. Sorted when there is
                # something to mask, and not for each of a thousand tokens.
                self._longest_first = sorted(self._forms, key=len, reverse=True)
            forms = self._longest_first
        for form in forms:
            if form in text:
                text = text.replace(form, _MASK)
        return text

    def guard_logging(self) -> None:
        """Put this in front of every log handler there is, so that nothing is printed around it."""
        root = logging.getLogger()
        loggers = [
            root,
            *(known for known in root.manager.loggerDict.values() if isinstance(known, logging.Logger)),
        ]
        for handler in {handler for logger in loggers for handler in logger.handlers}:
            inner = handler.formatter or logging.Formatter()
            if not isinstance(inner, _RedactingFormatter):
                handler.setFormatter(_RedactingFormatter(inner, self))
            else:
                inner.redact = self


class _RedactingFormatter(logging.Formatter):
    """Formats as another formatter does, and masks the secrets in the result, tracebacks included."""

    def __init__(self, inner: logging.Formatter, redact: Redactor) -> None:
        super().__init__()
        self._inner = inner
        self.redact = redact

    @override
    def format(self, record: logging.LogRecord) -> str:
        return self.redact(self._inner.format(record))


def _forms_of(secret: str) -> set[str]:
    """Return the texts in which a secret can be recognised and read back."""
    raw = secret.encode(errors="surrogatepass")
    # What a header's parser makes of UTF-8, and how it prints that.
    misread = raw.decode("latin-1")
    forms = {secret, misread, repr(secret)[1:-1], repr(misread)[1:-1], repr(raw)[2:-1]}
    # Once for an answer that repeats it, once more for a log that is JSON itself.
    for _ in range(2):
        forms |= {
            json.dumps(form, ensure_ascii=ascii_only)[1:-1] for form in forms for ascii_only in (True, False)
        }
    return forms | _base64_forms(raw)


def _base64_forms(raw: bytes) -> set[str]:
    """Return what is common to every base64 text that holds these bytes, in both alphabets.

    Where the bytes begin inside a group of three, the first and last characters mix with neighbours
    (`key:secret`), so only the characters in between are certain.
    """
    forms = set()
    for offset in range(3):
        shifted = base64.b64encode(bytes(offset) + raw).rstrip(b"=")
        mixed = (offset * 8 + 5) // 6
        last = len(shifted) - 1 if (offset + len(raw)) % 3 else len(shifted)
        certain = shifted[mixed:last].decode()
        if len(certain) >= _SHORTEST_BASE64:
            forms |= {certain, certain.replace("+", "-").replace("/", "_")}
    return forms


_SHORTEST_BASE64: Final = 6
"""Shorter pieces of base64 would mask common words."""
