"""What a response to a list call says: its rows, or a typed error.

The service reports failures inside a 200: the code in the body (`retCode`, `returnCode`) decides. Anything
that is not a documented success is a failure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from tap_ivrflow.aicc.calls import Call, Object
from tap_ivrflow.aicc.errors import CallError, Failure, shortened
from tap_ivrflow.aicc.responses import (
    Response,
    count,
    explains,
    kind,
    parse_object,
    plain,
    server_message,
    typed,
)

_CODE: Final = re.compile(r"[\w.-]{1,20}")
_TOTALS: Final = frozenset({"total", "totalcount", "totalnum"})
_TRUE: Final = frozenset({"true", "1", "1.0", "y", "yes"})
_FALSE: Final = frozenset({"false", "0", "0.0", "n", "no"})
_MORE: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("hasnext", "hasnextpage", "hasmore"), _TRUE),
    **dict.fromkeys(("islast", "islastpage"), _FALSE),
}
"""For each field, by its `plain` name: the values that say that more rows follow."""
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_HALF: Final = re.compile("[\ud800-\udfff]")
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


def parse_page(response: Response, call: Call) -> Page:
    """Return the rows of a response to a list call as the service sent them, reshaped if they have to be.

    Raises:
        AuthenticationError: 401 or 403.
        CallError: any other response that is not a documented success.
        RowError: a row cannot be reshaped.
    """
    page, fields = open_page(parse_object(response), call)
    for position, row in enumerate(page.rows, start=1):
        if not isinstance(row, dict):
            raise CallError(f"answered with a row that is {kind(row)}, not an object (row {position})")
    rows = page.rows if call.reshape is None else call.reshape(fields, page.rows)
    keys = [str(row.get(call.key)) for row in rows]
    repaired = _repair(rows, call) if _SURROGATE.search(response.body) else ()
    return replace(page, rows=rows, keys=keys, is_absent=page.is_absent and not rows, repaired=repaired)


def _repair(rows: list[Object], call: Call) -> tuple[str, ...]:
    """Replace each half of a surrogate pair, which no encoding can hold, and return where they were."""
    found = []
    for row in rows:
        for name, value in row.items():
            if isinstance(value, str) and _HALF.search(value):
                row[name] = _HALF.sub("\ufffd", value)
                found.append(f"`{name}` of {call.key} {row.get(call.key)}")
    return tuple(found)


def open_page(content: Object, call: Call) -> tuple[Page, Object]:
    """Return what the object of a response holds: its page, without keys, and the fields around the list.

    Raises:
        CallError: it is not a documented success.
    """
    fields = _fields(content, "response")
    # The documentation's table wraps the fields in `schema`, its example does not.
    if "schema" in fields:
        fields = _joined(fields, _fields(fields.pop("schema"), "schema"), "schema")
    name = call.rows_at[0]
    rows = fields.pop(name, None)
    for outer, name in pairwise(call.rows_at):
        if rows is None or isinstance(rows, list):
            break  # A list instead of an outer object is an older form.
        inner = _fields(rows, outer)
        rows = inner.pop(name, None)
        fields = _joined(fields, inner, outer)
    _require_code(fields, call)
    if rows is not None and not isinstance(rows, list):
        _require_switched_off(rows, name, fields, call)
        rows = None
    total = _total(fields, call)
    unknown = fields.keys() - {call.code, call.message, call.switch}
    if fields.get("total") == "" or count(fields.get("total")) is not None:
        unknown -= {"total"}
    _require_no_error(fields, unknown)
    page = Page(
        rows or [],
        total=total,
        is_absent=rows is None,
        unknown_fields=frozenset(name + NEXT_TO for name in unknown),
        has_next=any(_word(value) in _MORE.get(plain(name), ()) for name, value in fields.items()),
        may_be_cut=call.limit is None and len(rows or ()) in _PAGE_SIZES,
    )
    if call.limit is None:
        _require_complete(page)
    return page, fields


def _require_complete(page: Page) -> None:
    """Raise CallError if there are more rows, or they may be in an unknown field."""
    if page.is_absent and page.unknown_fields:
        raise no_list(page.unknown_fields)
    if page.has_next or (page.total or 0) > len(page.rows):
        raise CallError("answered with a part of its list", advice="this call is documented without pages")


def no_list(fields: Collection[str]) -> CallError:
    """Build the error for a response with no list, but with fields in which its rows may be."""
    names = shortened(sorted(field.removesuffix(NEXT_TO) for field in fields))
    return CallError(f"answered with no list, but with {names}", Failure.UNDOCUMENTED)


def _fields(value: object, name: str) -> Object:
    """Return the fields of an object that are not null."""
    if not isinstance(value, dict):
        raise CallError(f"answered with a `{name}` that is {kind(value)}, not an object")
    return {field: content for field, content in value.items() if content is not None}


def _joined(top: Object, inner: Object, place: str) -> Object:
    """Return the fields at the top and in an object. If one has two values, nobody knows which counts."""
    for name in sorted(top.keys() & inner.keys()):
        if typed(top[name]) != typed(inner[name]):
            raise CallError(
                f"answered with two different values of `{shortened([name])}`, at the top and in `{place}`"
            )
    return inner | top


def _require_code(fields: Object, call: Call) -> None:
    """Raise CallError unless the code in the response is that of a success."""
    message = fields.get(call.message)
    if isinstance(message, list | dict):  # It may contain the rows.
        raise CallError(f"answered with a `{call.message}` that is {kind(message)}, not a text")
    code = fields.get(call.code)
    if code is None:
        raise CallError(
            f"answered 200 without a {call.code}", Failure.UNDOCUMENTED, server_message=server_message(fields)
        )
    if code != "0" and (code != 0 or type(code) is not int):
        is_plain = isinstance(code, str | int) and not isinstance(code, bool) and _CODE.fullmatch(str(code))
        rest = {name: value for name, value in fields.items() if name != call.code}
        raise CallError(
            f"failed with {call.code} {code if is_plain else f'that is {kind(code)}'}",
            server_message=server_message(rest),
        )


def _require_no_error(fields: Object, unknown: Collection[str]) -> None:
    """Raise CallError if an undocumented field contradicts the success, as a second code does."""
    for name in sorted(unknown):
        is_code = plain(name) in _CODES and explains(fields[name])
        if is_code or (plain(name) in {"success", "issuccess"} and _word(fields[name]) in _FALSE):
            reason = f"answered with a success, but `{shortened([name])}` says that it failed"
            raise CallError(reason, server_message=server_message(fields))


def _require_switched_off(value: object, name: str, fields: Object, call: Call) -> None:
    """Raise CallError for a list of another type, unless it is empty and the list is not in use."""
    is_off = bool(call.switch) and _word(fields.get(call.switch)) in {"", *_FALSE}
    if not (is_off and value in ("", {})):
        raise CallError(f"answered with a `{name}` that is {kind(value)}, not a list")


def _total(fields: Object, call: Call) -> int | None:
    """Return the total of a list, None if there is none. Raise CallError if it cannot be trusted."""
    totals = set()
    for name, value in fields.items():
        if plain(name) in _TOTALS and value != "":
            totals.add(count(value))
            if call.limit is not None and None in totals:
                raise CallError(f"answered with a `{name}` that is not a whole number from 0")
    if len(totals - {None}) > 1:
        raise CallError("answered with two different values of `total`")
    return next(iter(totals - {None}), None)


def _word(value: object) -> str | None:
    """Return a text, number or boolean in small letters, None for anything else."""
    return str(value).strip().lower() if isinstance(value, str | int | Decimal) else None
