"""Masks secrets in text.

No code of this package logs a secret on purpose. But a service may echo one in an error, a header parser
may print a line that it could not parse, and a traceback repeats the text of every exception.
"""

from __future__ import annotations

import base64
import json
import re
from threading import RLock
from typing import Final
from urllib.parse import unquote, unquote_plus
from urllib.request import getproxies

_MASK: Final = "***"
_IDENTIFIER: Final = re.compile(r"(?=.*[0-9]).{8,}")
"""Shorter values, or values without a digit, may be common words; masking them makes a log unreadable."""
_SHORTEST_PASSWORD: Final = 4
_PASSWORD: Final = re.compile(r"(?:\w+://)?[^:]*:(?!//)(.*)@")
_DELIMITERS: Final = re.compile(r"[#/?@]")
_SHORTEST_BASE64: Final = 6
"""Shorter pieces of base64 would mask common words."""
_START: Final = 6
"""Characters by which a form is looked up; a shorter form is looked up as it is."""


class Redactor:
    """Knows the secrets of a run, and takes them out of text. Safe under threads."""

    def __init__(self) -> None:
        """Start with no secret."""
        self._forms: dict[str, dict[int, set[str]]] = {}
        """All forms of all secrets, by their first characters and by their length."""
        self._lengths: frozenset[int] = frozenset()
        """The lengths of these first characters."""
        # Reentrant: a signal handler may log while a line is being masked.
        self._lock = RLock()

    def add(self, *secrets: str) -> None:
        """Mask these from now on, as they are and as they look when quoted, encoded or escaped."""
        forms = {form for secret in secrets if secret.strip() for form in _forms_of(secret)}
        with self._lock:
            for form in forms:
                start = form[:_START]
                self._forms.setdefault(start, {}).setdefault(len(form), set()).add(form)
                self._lengths |= {len(start)}

    def add_identifiers(self, *identifiers: str) -> None:
        """Mask these too, except those that may be a common word."""
        self.add(*filter(_IDENTIFIER.fullmatch, identifiers))

    def __call__(self, text: str) -> str:
        """Return the text with every secret masked."""
        text = self._masked(text)
        if "%" not in text and "+" not in text:
            return text
        # URL encoders differ in what they escape, so compare decoded text.
        for decode in (unquote, unquote_plus):
            decoded = decode(text)
            masked = self._masked(decoded)
            text = text if masked == decoded else masked
        return text

    def _masked(self, text: str) -> str:
        """Mask every known form, in one pass: a regular expression would be compiled for every new token."""
        pieces: list[str] = []
        kept = at = 0
        with self._lock:
            while at < len(text):
                if length := self._longest_at(text, at):
                    pieces += (text[kept:at], _MASK)
                    kept = at = at + length
                else:
                    at += 1
        return "".join((*pieces, text[kept:])) if pieces else text

    def _longest_at(self, text: str, at: int) -> int:
        """Return the length of the longest form that starts here, 0 if there is none."""
        longest = 0
        for start in self._lengths:
            for length, forms in self._forms.get(text[at : at + start], {}).items():
                if length > longest and text[at : at + length] in forms:
                    longest = length
        return longest


def proxy_passwords() -> list[str]:
    """Return the passwords in the environment's proxies, and the parts of those that break their URL."""
    passwords = [found[1] for proxy in getproxies().values() if (found := _PASSWORD.match(proxy))]
    parts = [part for password in passwords for part in (password, *_DELIMITERS.split(password))]
    return [form for part in parts for form in (part, unquote(part)) if len(form) >= _SHORTEST_PASSWORD]


def _forms_of(secret: str) -> set[str]:
    """Return the texts in which a secret can be recognised and decoded."""
    raw = secret.encode(errors="surrogatepass")
    # UTF-8 read as Latin-1, as header parsers do.
    misread = raw.decode("latin-1")
    forms = {secret, misread, repr(secret)[1:-1], repr(misread)[1:-1], repr(raw)[2:-1]}
    # Once for a response that repeats it, again for a log that is JSON itself.
    for _ in range(2):
        forms |= {
            json.dumps(form, ensure_ascii=ascii_only)[1:-1] for form in forms for ascii_only in (True, False)
        }
    return forms | _base64_forms(raw)


def _base64_forms(raw: bytes) -> set[str]:
    """Return what every base64 text that contains these bytes has in common, in both alphabets.

    The first and last characters may mix with neighbours (`key:secret`): bytes are encoded in groups of
    three.
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
