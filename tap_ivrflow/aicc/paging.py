"""Joins pages into a list, and rejects a list that changed while it was read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tap_ivrflow.aicc.calls import Call
from tap_ivrflow.aicc.errors import CallError, Failure
from tap_ivrflow.aicc.listing import Page, no_list

MAX_PAGES: Final = 10_000
"""A bound, so that no service can keep a run for ever."""


def fetch_all(call: Call, fetch: Callable[[int], Page]) -> Page:
    """Return all rows of a list as one page. The offset advances by the limit, never by the rows received.

    Args:
        call: the facts of the call.
        fetch: returns the page that begins at an offset.

    Raises:
        CallError: the pages do not make a list; `Failure.LIST_CHANGED` and `TOTAL_MISMATCH` are retried.
    """
    limit = int(call.limit or 0)
    pages: list[Page] = []
    seen: set[object] = set()
    count, total = 0, None
    for number in range(MAX_PAGES):
        page = fetch(number * limit)
        if page.is_absent and total is None:
            _require_empty_list(page, pages)
        if number and _is_past_end(page, count, total, seen):
            break
        if page.total is not None:
            if total not in {None, page.total}:
                raise _changed(f"its total went from {total} to {page.total}")
            total = page.total
        if not seen.isdisjoint(page.keys):
            raise _repeated(call, page, pages)
        pages.append(page)
        seen.update(page.keys)
        count += len(page.rows)
        if total is not None and (count > total or (count < total and not page.rows)):
            raise CallError(f"gave a total of {total} and {count} rows", Failure.TOTAL_MISMATCH)
        # When a full page reaches the total, one more is asked for: some services count the page.
        if len(page.rows) != limit and total in {None, count}:
            break
    else:
        raise CallError(f"has more than {MAX_PAGES} pages")
    if page.has_next:
        raise CallError("answered with a part of its list: it says that another page follows")
    return _merge(pages)


def _is_past_end(page: Page, count: int, total: int | None, seen: set[object]) -> bool:
    """Whether a page comes after a complete list: it has no new key, and may count itself as 0."""
    if total is None:
        return not page.rows and page.total in {None, 0, count}
    is_same_total = page.total in {None, total} or (page.total == 0 and not page.rows)
    return count == total and is_same_total and seen.issuperset(page.keys)


def _require_empty_list(page: Page, pages: list[Page]) -> None:
    """Raise CallError if a page without a list may have rows in a field that no page before it has."""
    if page.total and not pages:
        raise CallError(f"answered with a total of {page.total} and no list")
    if new := page.unknown_fields.difference(*(earlier.unknown_fields for earlier in pages)):
        raise no_list(new)


def _merge(pages: list[Page]) -> Page:
    return Page(
        [row for page in pages for row in page.rows],
        [key for page in pages for key in page.keys],
        is_absent=pages[0].is_absent and pages[0].total is None,
        unknown_fields=frozenset().union(*(page.unknown_fields for page in pages)),
        repaired=tuple(field for page in pages for field in page.repaired),
    )


def _repeated(call: Call, page: Page, pages: list[Page]) -> CallError:
    """Build the error for a page with a key that an earlier page has."""
    if all(page.rows != earlier.rows for earlier in pages):
        return _changed("a row is on two pages")
    limit = call.largest_offset
    return CallError(
        "answered one page twice: the service ignores `offset`",
        advice="" if limit is None else f"its documented maximum of `offset` is {limit}",
    )


def _changed(how: str) -> CallError:
    return CallError(f"listed rows that changed while they were read: {how}", Failure.LIST_CHANGED)
