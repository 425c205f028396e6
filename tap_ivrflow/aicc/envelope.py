"""Where a response to a list call is judged: rows or a typed error out.

The service reports failures inside a 200, so the status alone says nothing: the code in the body
(`retCode`, `returnCode`) decides. Whatever the documentation does not name as a success is a failure.
A response that is in every way as documented takes the fast path of `columns`, which finds the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec

from tap_ivrflow.aicc.calls import Call, Object
from tap_ivrflow.aicc.errors import CallError, shortened
from tap_ivrflow.aicc.responses import Response, parse_object, server_message
from tap_ivrflow.aicc.spellings import is_total, may_hold_rows, says_failure, says_more, usable_total
from tap_ivrflow.aicc.strict_json import kind

_CODE: Final = re.compile(r"[\w.-]{1,20}")


class Page(msgspec.Struct, frozen=True):
    """The rows of one response, or of a whole list.

    Attributes:
        rows: in the service's order, as they came or converted.
        keys: the key of each row within its tenant space.
        total: rows of the whole list, as the service counts them; None if it does not say.
        is_absent: whether a success had no list at all (or a null).
        unknown_fields: names of fields that the service sent and no column is for; they were dropped.
        has_next: whether the service says that another page follows.
    """

    rows: Sequence[Any] = ()
    keys: Sequence[Any] = ()
    total: int | None = None
    is_absent: bool = False
    unknown_fields: frozenset[str] = frozenset()
    has_next: bool = False


def parse_page(response: Response, call: Call) -> Page:
    """Return the rows of a response to a list call as the service sent them, reshaped if they have to be.

    Raises:
        AuthenticationError: 401 or 403.
        CallError: everything else that is no documented success.
        RowError: a row cannot be reshaped.
    """
    envelope = _unwrap(parse_object(response))
    _judge(envelope, call)
    rows, holder = _find_rows(envelope, call)
    has_next = any(says_more(*field) for place in (envelope, holder) for field in place.items())
    total = _total(envelope, holder, call)
    for position, row in enumerate(rows or (), start=1):
        if not isinstance(row, dict):
            raise CallError(f"answered with a row that is {kind(row)}, not an object (row {position})")
    unknown = _judge_rest(envelope, holder, call, rows)
    if call.limit is None and (has_next or (total or 0) > len(rows or ())):
        raise CallError("answered with a part of its list", hint="this call is documented without pages")
    if call.reshape is not None:
        rows = call.reshape(envelope, rows)
    return Page(
        rows or (),
        [str(row.get(call.key)) for row in rows or ()],
        total,
        is_absent=rows is None,
        unknown_fields=unknown,
        has_next=has_next,
    )


def _judge(envelope: Object, call: Call) -> None:
    """Raise CallError unless the code in the response is that of a success."""
    message = envelope.get(call.message)
    if isinstance(message, list | dict):  # Where rows may be, for all that is known.
        raise CallError(f"answered with a `{call.message}` that is {kind(message)}, not a text")
    code = envelope.get(call.code)
    if code is None:
        raise CallError(
            f"answered 200 without a {call.code}",
            server_message=server_message(envelope),
            hint="unknown means failure",
        )
    if code != "0" and (code != 0 or type(code) is not int):
        rest = {name: value for name, value in envelope.items() if name != call.code}
        raise CallError(f"failed with {call.code} {_printable(code)}", server_message=server_message(rest))


def _judge_rest(envelope: Object, holder: Object, call: Call, rows: list[Object] | None) -> frozenset[str]:
    """Return the names of unknown fields beside a list, in the envelope and in the object that holds it.

    Raises:
        CallError: such a field may hold rows, more rows, or an error.
    """
    unknown = _unknown(envelope, {call.code, call.message, call.rows_at[0], *call.beside})
    if holder is not envelope:
        unknown |= _unknown(holder, {call.rows_at[-1]})
    for place in (envelope, holder):
        errors = {name: place[name] for name in sorted(unknown & place.keys())}
        errors = {name: value for name, value in errors.items() if says_failure(name, value)}
        if errors:
            raise CallError(
                f"answered with a success, but `{shortened([*errors])}` says that it failed",
                server_message=server_message(errors) or server_message(envelope),
            )
    suspects = {name for name in unknown if may_hold_rows(name, envelope.get(name))}
    if rows is None and call.limit is None and suspects:
        raise no_list(suspects)
    return frozenset(f"{name} (beside the list)" for name in unknown)


def _unknown(place: Object, known: set[str]) -> set[str]:
    """Return the names of unknown fields with a value; a `total` is known if it can be read or is empty."""
    names = {name for name, value in place.items() if value is not None} - known
    total = place.get("total")
    return names - {"total"} if total == "" or usable_total(total) is not None else names


def no_list(names: Collection[str]) -> CallError:
    """Build the error for a response with no list, but with fields in which its rows may be."""
    bare = sorted(name.removesuffix(" (beside the list)") for name in names)
    reason = f"answered with no list, but with {shortened(bare)}"
    return CallError(reason, hint="unknown means failure")


def _find_rows(envelope: Object, call: Call) -> tuple[list[Any] | None, Object]:
    """Return the list of rows, None if there is none, and the object that holds it."""
    *outer, name = call.rows_at
    holder: Any = envelope
    for part in outer:
        holder = holder.get(part)
        if holder is None or isinstance(holder, list):
            return holder, {}  # A list: an older form, which has the rows in place of the object.
        if not isinstance(holder, dict):
            raise CallError(f"answered with a `{part}` that is {kind(holder)}, not an object")
    rows = holder.get(name)
    if rows is not None and not isinstance(rows, list):
        raise CallError(f"answered with a `{name}` that is {kind(rows)}, not a list")
    return rows, holder


def _total(envelope: Object, holder: Object, call: Call) -> int | None:
    """Return the total of a list, wherever it is and however it is spelled; None if there is none.

    Raises:
        CallError: there are two different ones, or that of a list with pages is no whole number from 0.
    """
    found = [
        (name, value)
        for place in (envelope, holder)
        for name, value in place.items()
        if is_total(name) and value not in (None, "")
    ]
    for name, value in found:
        if call.limit is not None and usable_total(value) is None:
            raise CallError(f"answered with a `{name}` that is no whole number from 0")
    totals = {usable_total(value) for _, value in found} - {None}
    if len(totals) > 1:
        raise CallError("answered with two different values of `total`")
    return next(iter(totals), None)


def _unwrap(content: Object) -> Object:
    """Return the envelope's fields, whether they are at the top or under `schema`.

    The documentation's table wraps them in `schema`, its example does not. A field that is in both
    places with two values leaves no way to know which one counts.
    """
    fields = {name: value for name, value in content.items() if value is not None}
    inner = fields.pop("schema", None)
    if inner is None:
        return fields
    if not isinstance(inner, dict):
        raise CallError(f"answered with a `schema` that is {kind(inner)}, not an object")
    inner = {name: value for name, value in inner.items() if value is not None}
    for name in sorted(fields.keys() & inner.keys()):
        if (type(fields[name]), fields[name]) != (type(inner[name]), inner[name]):
            raise CallError(
                f"answered with two different values of `{shortened([name])}`, at the top and under `schema`"
            )
    return inner | fields


def _printable(code: object) -> str:
    """Return a code for an error: short plain text as it is, anything else by its type."""
    is_plain = isinstance(code, str | int) and not isinstance(code, bool) and _CODE.fullmatch(str(code))
    return str(code) if is_plain else f"that is {kind(code)}"
