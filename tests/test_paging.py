"""Pages become a list only if the list did not change while they were read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tap_ivrflow.aicc.calls import ACCESS_CODES, CALLED_ROUTES, Call
from tap_ivrflow.aicc.errors import CallError
from tap_ivrflow.aicc.listing import Page
from tap_ivrflow.aicc.paging import MAX_PAGES, fetch_all


def page(first: int, count: int, total: int | None = None, **fields: Any) -> Page:
    """A page with the keys from `first` on."""
    keys = list(range(first, first + count))
    return Page([{"id": key} for key in keys], keys, total, **fields)


def fetched(pages: Sequence[Page], call: Call = CALLED_ROUTES) -> tuple[Page, list[int]]:
    """What comes of pages, and the offsets that were asked for."""
    offsets: list[int] = []

    def fetch(offset: int) -> Page:
        offsets.append(offset)
        return pages[len(offsets) - 1]

    return fetch_all(call, fetch), offsets


ABSENT = Page(is_absent=True)


@pytest.mark.parametrize(
    ("pages", "rows"),
    [
        ([page(0, 100, 250), page(100, 100, 250), page(200, 50, 250)], 250),
        ([page(0, 100, 250), page(100, 100), page(200, 50)], 250),
        ([page(0, 100), page(100, 100, 250), page(200, 50, 250)], 250),
        # A full page reaches the total: one page more, that has no new key.
        ([page(0, 100, 100), page(0, 0, 100)], 100),
        ([page(0, 100, 100), ABSENT], 100),
        ([page(0, 100, 100), Page(total=100, is_absent=True)], 100),
        ([page(0, 100, 100), page(0, 100, 100)], 100),
        ([page(0, 100, 200), page(100, 100, 200), page(150, 50, 200)], 200),
        # A short page although the total says more.
        ([page(0, 100, 180), page(100, 50, 180), page(150, 30, 180)], 180),
        ([page(0, 97, 300), page(97, 97, 300), page(194, 97, 300), page(291, 9, 300)], 300),
        # No usable total.
        ([page(0, 100), page(100, 30)], 130),
        ([page(0, 100), page(0, 0)], 100),
        ([page(0, 100), ABSENT], 100),
        # Past the end the service may count what it sends, which is nothing.
        ([page(0, 100, 100), page(0, 0, 0)], 100),
        ([page(0, 100), page(0, 0, 0)], 100),
        ([page(0, 100, 100), Page(is_absent=True, unknown_fields=frozenset("a"))], 100),
        ([page(0, 130)], 130),
        ([page(0, 30)], 30),
        # More rows than the limit, and the total agrees.
        ([page(0, 130, 130)], 130),
        # Empty lists.
        ([page(0, 0, 0)], 0),
        ([page(0, 0)], 0),
        ([ABSENT], 0),
        ([Page(total=0, is_absent=True)], 0),
    ],
)
def test_pages_that_fit_together_are_the_list(pages: list[Page], rows: int) -> None:
    whole, offsets = fetched(pages)
    assert list(whole.keys) == list(range(rows))
    assert [row["id"] for row in whole.rows] == list(range(rows))
    assert offsets == [100 * number for number in range(len(pages))]
    assert whole.is_absent == (pages == [ABSENT])


def test_a_key_twice_on_one_page_counts_twice() -> None:
    twice = Page([{"id": 1}, {"id": 1}], [1, 1], total=2)
    whole, _ = fetched([twice])
    assert whole.keys == [1, 1]


def test_unknown_fields_of_all_pages_are_kept() -> None:
    pages = [page(0, 100, unknown_fields=frozenset("a")), page(100, 1, unknown_fields=frozenset("b"))]
    assert fetched(pages)[0].unknown_fields == {"a", "b"}


def test_repaired_fields_of_all_pages_are_kept() -> None:
    assert fetched([page(0, 100, repaired=("a",)), page(100, 1, repaired=("b",))])[0].repaired == ("a", "b")


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ([page(0, 100, 250), page(0, 0, 250)], "gave a total of 250 and 100 rows"),
        ([page(0, 100, 250), ABSENT], "gave a total of 250 and 100 rows"),
        ([page(0, 100), page(0, 0, 250)], "gave a total of 250 and 100 rows"),
        ([page(0, 0, 250)], "gave a total of 250 and 0 rows"),
        ([page(0, 5, 4)], "gave a total of 4 and 5 rows"),
        ([page(0, 5, 0)], "gave a total of 0 and 5 rows"),
        ([page(0, 100, 250), page(100, 100, 251)], "its total went from 250 to 251"),
        ([page(0, 100, 250), page(99, 100, 250)], "a row is on two pages"),
        ([page(0, 100), page(99, 100)], "a row is on two pages"),
        ([page(0, 100, 100), page(100, 1, 100)], "gave a total of 100 and 101 rows"),
        ([page(0, 100, 100), page(99, 2, 100)], "a row is on two pages"),
        ([page(0, 130, 150), page(100, 50, 150)], "a row is on two pages"),
        # The service sends fewer rows than were asked for, and the offset goes on by the limit.
        (
            [page(0, 50, 200), page(100, 50, 200), page(0, 0, 200)],
            "gave a total of 200 and 100 rows",
        ),
        ([page(0, 100, 130), page(100, 100, 130)], "gave a total of 130 and 200 rows"),
    ],
)
def test_a_list_that_changed_is_read_again(pages: list[Page], reason: str) -> None:
    with pytest.raises(CallError, match=reason) as caught:
        fetched(pages)
    assert caught.value.is_retried


def test_a_page_with_the_same_keys_and_other_values_is_a_change() -> None:
    again = Page([{"id": key, "dnid": 1} for key in range(100)], list(range(100)), 250)
    with pytest.raises(CallError, match="a row is on two pages"):
        fetched([page(0, 100, 250), again])


@pytest.mark.parametrize(("total", "pages"), [(250, 1), (None, 1), (350, 2)])
def test_a_page_that_repeats_an_earlier_one_is_a_failure_at_once(total: int | None, pages: int) -> None:
    several = [page(100 * number, 100, total) for number in range(pages)]
    with pytest.raises(CallError, match=r"the service ignores `offset`$") as caught:
        fetched([*several, several[0]])
    assert not caught.value.is_retried


def test_the_documented_limit_of_an_offset_is_named() -> None:
    pages = [page(0, 100, 300), page(100, 100, 300), page(100, 100, 300)]
    with pytest.raises(CallError, match=r"ignores `offset` \(its documented maximum of `offset` is 100\)"):
        fetched(pages, ACCESS_CODES)


def test_no_list_and_a_total_is_a_failure() -> None:
    with pytest.raises(CallError, match="a total of 7 and no list") as caught:
        fetched([Page(total=7, is_absent=True)])
    assert not caught.value.is_retried


def test_a_list_without_end_is_a_failure() -> None:
    offsets: list[int] = []

    def fetch(offset: int) -> Page:
        offsets.append(offset)
        return page(offset, 100)

    with pytest.raises(CallError, match="has more than 10000 pages"):
        fetch_all(CALLED_ROUTES, fetch)
    assert len(offsets) == MAX_PAGES


def test_fails_if_the_last_page_announces_another() -> None:
    whole = [page(0, 100, 130, has_next=True), page(100, 30, 130)]
    assert len(fetched(whole)[0].rows) == 130
    for pages in ([page(0, 30, has_next=True)], [page(0, 100, 130), page(100, 30, 130, has_next=True)]):
        with pytest.raises(CallError, match="another page follows"):
            fetched(pages)


def test_a_first_page_with_rows_under_another_name_is_no_empty_list() -> None:
    with pytest.raises(CallError, match=r"no list, but with routes \("):
        fetched([Page(is_absent=True, unknown_fields=frozenset({"routes (next to the list)"}))])


def test_a_later_page_with_rows_under_another_name_does_not_end_a_list_without_a_total() -> None:
    elsewhere = Page(is_absent=True, unknown_fields=frozenset({"routes (next to the list)"}))
    with pytest.raises(CallError, match=r"no list, but with routes \("):
        fetched([page(0, 100), elsewhere])
    first = page(0, 100, unknown_fields=elsewhere.unknown_fields)
    assert len(fetched([first, elsewhere])[0].rows) == 100


def test_oddities_of_a_list_are_warnings() -> None:
    assert page(0, 3).warnings() == []
    assert ABSENT.warnings() == ["no list in a successful response: treated as empty"]
    assert Page([{}] * 3, [7, 2, 7]).warnings() == ["duplicate id(s): 7"]
