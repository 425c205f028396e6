"""What a field around a list says, in whatever spelling: the service spells its fields in several ways.

None of these fields is documented where it is looked for. Its value may be text, a number or a boolean.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_TRUE: Final = frozenset({"true", "1", "y", "yes"})
_FALSE: Final = frozenset({"false", "0", "n", "no"})
_MORE: Final = {
    "hasnext": _TRUE,
    "hasnextpage": _TRUE,
    "hasmore": _TRUE,
    "islast": _FALSE,
    "islastpage": _FALSE,
}
"""For each field, by its `plain` name: the values that say that more rows follow."""
_SUCCESSES: Final = frozenset({"success", "issuccess"})
_TOTALS: Final = frozenset({"total", "totalcount", "totalnum"})
_ERRORS: Final = frozenset(
    (
        *("error", "errors", "errorcode", "errcode", "errormsg", "errmsg", "errormessage"),
        *("errordescription", "exception", "exceptioninfo", "retcode", "returncode", "resultcode"),
    )
)
"""Fields that tell of a failure in other answers of the service."""
_NO_ERROR: Final = frozenset({"", "false", "none", "null", "ok", "success", "200"})
_DIGITS: Final = re.compile(r"[0-9]{1,18}")


def plain(name: str) -> str:
    """Return the name of a field in small letters, without `_` and `-`."""
    return name.replace("_", "").replace("-", "").lower()


def says_more(name: str, value: object) -> bool:
    """Tell whether a field says that the list goes on."""
    return _word(value) in _MORE.get(plain(name), ())


def says_failure(name: str, value: object) -> bool:
    """Tell whether a field beside a success says that it is none."""
    if plain(name) in _SUCCESSES:
        return _word(value) in _FALSE
    if plain(name) not in _ERRORS:
        return False
    return bool(value) if isinstance(value, list | dict) else is_explanation(value)


def is_explanation(value: object) -> bool:
    """Tell whether a value can explain a failure: neither nothing, nor a zero, nor the word of a success."""
    return not {_word(value), _word(value).strip("0")} & _NO_ERROR


def is_total(name: str) -> bool:
    """Tell whether a field counts the rows of the whole list."""
    return plain(name) in _TOTALS


def usable_total(total: object) -> int | None:
    """Return a total that is a whole number from 0, also as text; None of any other."""
    if isinstance(total, Decimal) and total == total.to_integral_value():
        total = format(total, "f").partition(".")[0]
    if isinstance(total, str) and _DIGITS.fullmatch(total):
        return int(total)
    return total if type(total) is int and total >= 0 else None


def may_hold_rows(name: str, value: object) -> bool:
    """Tell whether the rows may be in a field: in one that is understood they are not."""
    is_understood = is_total(name) or plain(name) in _MORE.keys() | _SUCCESSES | _ERRORS
    return not is_understood or (isinstance(value, list | dict) and bool(value))


def _word(value: object) -> str:
    """Return the text of a value in small letters; of 1.0 that of 1."""
    return re.sub(r"\.0+$", "", str(value).strip().lower())
