"""Tenants are read at the same time, handed on in order, and never too many of them."""

from __future__ import annotations

from threading import Barrier, Event, Lock

import pytest

from tap_ivrflow.pool import Pool


def test_what_is_read_comes_in_the_order_of_the_items() -> None:
    last_done = Event()

    def read(number: int) -> int:
        # The first is done when the last of the window is, and not before.
        if number == 0:
            assert last_done.wait(60)
        if number == 3:
            last_done.set()
        return number * number

    results = [(item, reading.result()) for item, reading in Pool(read, 4).in_order(range(20))]
    assert results == [(number, number * number) for number in range(20)]


def test_as_many_as_allowed_are_read_at_the_same_time() -> None:
    together = Barrier(5)
    pool: Pool[int, int] = Pool(lambda _: together.wait(60), 5)
    assert sorted(reading.result() for _, reading in pool.in_order(range(5))) == [0, 1, 2, 3, 4]


def test_readings_that_wait_to_be_handed_on_are_bounded() -> None:
    lock = Lock()
    begun: list[int] = []

    def read(number: int) -> int:
        with lock:
            begun.append(number)
        return number

    handed = Pool(read, 3).in_order(range(100))
    for number, _ in handed:
        assert len(begun) <= number + 1 + 3


def test_an_error_is_kept_for_its_item_and_the_others_go_on() -> None:
    def read(number: int) -> int:
        if number == 1:
            raise LookupError(number)
        return number

    readings = [reading for _, reading in Pool(read, 2).in_order(range(4))]
    assert [reading.exception() is None for reading in readings] == [True, False, True, True]
    with pytest.raises(LookupError):
        readings[1].result()


def test_no_items_are_no_threads() -> None:
    assert list(Pool(lambda item: item, 3).in_order(())) == []
