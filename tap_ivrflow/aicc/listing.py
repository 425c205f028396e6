"""What a response to a list call says: its rows and what the service says of them, or a typed error.

The service reports failures inside a 200, so the status alone says nothing: the code in the body
(`retCode`, `returnCode`) decides. Anything that is not a documented success is a failure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import msgspec
from msgspec.structs import asdict, replace

from tap_ivrflow.aicc.calls import Call, Object
from tap_ivrflow.aicc.errors import CallError, Failure, shortened
from tap_ivrflow.aicc.responses import decode, explains, kind, plain, server_message, typed

_CODE: Final = re.compile(r"[\w.-]{1,20}")
_DIGITS: Final = re.compile(r"[0-9]{1,18}")
_MOST_DIGITS: Final = 18
_TOTALS: Final = frozenset({"total", "totalcount", "totalnum"})
_TRUE: Final = frozenset({"true", "1", "1.0", "y", "yes"})
_FALSE: Final = frozenset({"false", "0", "0.0", "n", "no"})
_MORE: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("hasnext", "hasnextpage", "hasmore"), _TRUE),
    **dict.fromkeys(("islast", "islastpage"), _FALSE),
}
"""For each field, by its `plain` name: the values that say that more rows follow."""
_PAGE_SIZES: Final = frozenset({50, 100, 200, 500, 1000})
"""Some clients send page parameters with a call that is documented without pages."""
NEXT_TO: Final = " (next to the list)"
_CODES: Final = frozenset({"errorcode", "errcode", "retcode", "returncode", "resultcode"})


class Page(msgspec.Struct, frozen=True):
    """The rows of one response, or of a complete list.

    Attributes:
        rows: in the service's order, as they came or converted.
        keys: the key of each row within its tenant space.
        total: rows of the complete list, as the service counts them; None if it does not say.
        is_absent: whether a success had no list at all (or a null).
        unknown_fields: fields without a column, which were dropped.
        has_next: whether the service says that another page follows.
        repaired: fields with half a surrogate pair, which was replaced by U+FFFD.
        may_be_cut: whether a list without pages has as many rows as a page would have.
    """

    rows: list[Any] = []
    keys: Sequence[Any] = ()
    total: int | None = None
    is_absent: bool = False
    unknown_fields: frozenset[str] = frozenset()
    has_next: bool = False
    repaired: tuple[str, ...] = ()
    may_be_cut: bool = False

    def warnings(self) -> list[str]:
        """Return a line for each oddity of a complete list that is not a failure."""
        lines = []
        if self.is_absent:
            lines.append("no list in a successful response: treated as empty")
        if len(set(self.keys)) < len(self.keys):
            duplicates = sorted(key for key, times in Counter(self.keys).items() if times > 1)
            lines.append(f"duplicate id(s): {shortened(duplicates)}")
        if self.repaired:
            lines.append(f"half a surrogate pair was replaced by U+FFFD: {shortened(self.repaired)}")
        if self.may_be_cut:
            lines.append(
                f"exactly {len(self.rows)} rows, which may be one page of more: compare with the console"
            )
        return lines


def open_page(content: object, call: Call) -> tuple[Page, Object, int]:
    """Return what a response, of dictionaries or structs, holds.

    Returns:
        The page, without keys; the fields at the top; how many names there are around the list.

    Raises:
        CallError: it is not a documented success.
    """
    top = _fields(content, "response")
    names = len(top)
    # The documentation's table wraps the fields in `schema`, its example does not.
    if (wrapped := top.pop("schema", None)) is not None:
        top = _merged(top, _fields(wrapped, "schema"))
    holder: Object = {}
    name = call.rows_at[0]
    rows = top.pop(name, None)
    for outer, name in pairwise(call.rows_at):
        if rows is None or isinstance(rows, list):
            break  # A list instead of an outer object is an older form.
        holder = _fields(rows, outer)
        names += len(holder)
        rows = holder.pop(name, None)
    levels = [{name: value for name, value in level.items() if value is not None} for level in (top, holder)]
    top, holder = levels
    _require_code(top, call)
    if rows is not None and not isinstance(rows, list):
        _require_switched_off(rows, name, top, call)
        rows = None
    unknown = _unknown(top, {call.code, call.message, call.switch}) | _unknown(holder, set())
    for level in levels:
        _require_no_error({name: level[name] for name in sorted(unknown & level.keys())}, top)
    page = Page(
        rows or [],
        total=_total(levels, call),
        is_absent=rows is None,
        unknown_fields=frozenset(name + NEXT_TO for name in unknown),
        has_next=any(_says_more(*field) for level in levels for field in level.items()),
    )
    return (page if call.limit is not None else _complete(page)), top, names


def _complete(page: Page) -> Page:
    """Return the page of a call without pages.

    Raises:
        CallError: the service says that there is more, or the rows may be in a field that nobody knows.
    """
    if page.is_absent and page.unknown_fields:
        raise no_list(page.unknown_fields)
    if page.has_next or (page.total or 0) > len(page.rows):
        raise CallError("answered with a part of its list", advice="this call is documented without pages")
    return replace(page, may_be_cut=len(page.rows) in _PAGE_SIZES)


def no_list(fields: Collection[str]) -> CallError:
    """Build the error for a response with no list, but with fields in which its rows may be."""
    names = shortened(sorted(field.removesuffix(NEXT_TO) for field in fields))
    return CallError(f"answered with no list, but with {names}", Failure.UNDOCUMENTED)


def _fields(value: object, name: str) -> Object:
    """Return the fields of an object, a copy of it; those of a struct are decoded first."""
    if isinstance(value, msgspec.Struct):
        return {
            name: decode(bytes(field)) if isinstance(field, msgspec.Raw) else field
            for name, field in asdict(value).items()
        }
    if not isinstance(value, dict):
        raise CallError(f"answered with a `{name}` that is {kind(value)}, not an object")
    return dict(value)


def _merged(top: Object, inner: Object) -> Object:
    """Return the fields at the top and under `schema`. If one has two values, nobody knows which counts."""
    for name in sorted(top.keys() & inner.keys()):
        if None not in (top[name], inner[name]) and typed(top[name]) != typed(inner[name]):
            raise CallError(
                f"answered with two different values of `{shortened([name])}`, at the top and under `schema`"
            )
    return inner | {name: value for name, value in top.items() if value is not None}


def _require_code(fields: Object, call: Call) -> None:
    """Raise CallError unless the code in the response is that of a success."""
    message = fields.get(call.message)
    if isinstance(message, list | dict):  # It may contain the rows.
        raise CallError(f"answered with a `{call.message}` that is {kind(message)}, not a text")
    code = fields.get(call.code)
    if code is None:
        raise CallError(
            f"answered 200 without a {call.code}",
            Failure.UNDOCUMENTED,
            server_message=server_message(fields),
        )
    if code != "0" and (code != 0 or type(code) is not int):
        is_plain = isinstance(code, str | int) and not isinstance(code, bool) and _CODE.fullmatch(str(code))
        rest = {name: value for name, value in fields.items() if name != call.code}
        raise CallError(
            f"failed with {call.code} {code if is_plain else f'that is {kind(code)}'}",
            server_message=server_message(rest),
        )


def _require_no_error(unknown: Object, top: Object) -> None:
    """Raise CallError if an undocumented field contradicts the success, as a second code does."""
    for name, value in unknown.items():
        if (plain(name) in _CODES and explains(value)) or (
            plain(name) in {"success", "issuccess"} and _word(value) in _FALSE
        ):
            reason = f"answered with a success, but `{shortened([name])}` says that it failed"
            raise CallError(reason, server_message=server_message(top | unknown))


def _require_switched_off(value: object, name: str, fields: Object, call: Call) -> None:
    """Raise CallError for a list of another type, unless it is empty and the list is not in use."""
    is_off = bool(call.switch) and _word(fields.get(call.switch)) in {"", *_FALSE}
    if not (is_off and value in ("", {})):
        raise CallError(f"answered with a `{name}` that is {kind(value)}, not a list")


def _total(levels: list[Object], call: Call) -> int | None:
    """Return the total of a list, None if there is none.

    Raises:
        CallError: there are two different ones, or that of a list with pages is not a whole number from 0.
    """
    found = [
        (name, value)
        for level in levels
        for name, value in level.items()
        if plain(name) in _TOTALS and value != ""
    ]
    for name, value in found:
        if call.limit is not None and _whole_number(value) is None:
            raise CallError(f"answered with a `{name}` that is not a whole number from 0")
    totals = {_whole_number(value) for _, value in found} - {None}
    if len(totals) > 1:
        raise CallError("answered with two different values of `total`")
    return next(iter(totals), None)


def _whole_number(value: object) -> int | None:
    """Return a whole number from 0, also from text; None for anything else."""
    if isinstance(value, Decimal) and value.adjusted() < _MOST_DIGITS and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    return value if type(value) is int and value >= 0 else None


def _unknown(level: Object, known: set[str]) -> frozenset[str]:
    """Return the names of fields that are not documented; a `total` is, if it can be read or is empty."""
    is_total_known = level.get("total") == "" or _whole_number(level.get("total")) is not None
    return frozenset(level.keys() - known - ({"total"} if is_total_known else set()))


def _says_more(name: str, value: object) -> bool:
    """Whether a field says that the list goes on."""
    return _word(value) in _MORE.get(plain(name), ())


def _word(value: object) -> str | None:
    """Return a text, number or boolean as a word in small letters, None for anything else."""
    return str(value).strip().lower() if isinstance(value, str | int | Decimal) else None
