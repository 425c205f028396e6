"""Masks secrets in text.

No code of this package logs a secret on purpose. But a service may echo one in an error, a header
parser may print a line that it could not parse, and a traceback repeats the text of every exception. So
mask whatever is logged, by this package or by a library, at any level.
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
"""What is shorter or has no digit is likely a common word: to mask it would make a log unreadable."""
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
        """How many first characters these are."""
        # Taken again by the signal handler, whose line may interrupt one that is being masked.
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
        """Return the text with every known form masked, in one pass whatever their number.

        One expression of all forms would be compiled again for each of a thousand tokens.
        """
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
        """Return the length of the longest form at a place, so that none leaves the rest of a longer one."""
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
    # What a header's parser makes of UTF-8, and how it prints that.
    misread = raw.decode("latin-1")
    forms = {secret, misread, repr(secret)[1:-1], repr(misread)[1:-1], repr(raw)[2:-1]}
    # Once for a response that repeats it, again for a log that is JSON itself.
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
