"""What a response to a list call says: its rows and what the service says of them, or a typed error.

The service reports failures inside a 200, so the status alone says nothing: the code in the body
(`retCode`, `returnCode`) decides. Anything that is not a documented success is a failure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import msgspec
from msgspec.structs import asdict

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
_CODES: Final = frozenset({"errorcode", "errcode", "retcode", "returncode", "resultcode"})


class Listing(msgspec.Struct, frozen=True):
    """What a successful response to a list call holds.

    Attributes:
        rows: the list; None if there is none.
        fields: what is at the top of the response, without the list.
        total: rows of the complete list, as the service counts them; None if it does not say.
        has_next: whether the service says that another page follows.
        unknown: names of undocumented fields that have a value.
        names: how many names there are around the list.
    """

    rows: list[Any] | None
    fields: Object
    total: int | None
    has_next: bool
    unknown: frozenset[str]
    names: int


def open_list(content: object, call: Call) -> Listing:
    """Return what a response, of dictionaries or structs, holds.

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
    if rows is None and call.limit is None and unknown:
        raise no_list(unknown)
    return Listing(
        rows,
        top,
        _total(levels, call),
        any(_says_more(*field) for level in levels for field in level.items()),
        unknown,
        names,
    )


def no_list(names: Collection[str]) -> CallError:
    """Build the error for a response with no list, but with fields in which its rows may be."""
    return CallError(f"answered with no list, but with {shortened(sorted(names))}", Failure.UNDOCUMENTED)


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
