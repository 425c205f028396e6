"""Tenants are read at the same time, handed on in order, and never too many of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier, Event, Thread
from typing import Any, TypeVar

import pytest
from typing_extensions import override

from tap_ivrflow import threads
from tap_ivrflow.errors import IncompleteRunError

T = TypeVar("T")
R = TypeVar("R")


def in_order(
    extract: Callable[[T], R], items: Sequence[T], size: int, limit: int = 10**6
) -> Generator[tuple[T, Future[R]], None, None]:
    """Extract items whose results weigh one each."""
    return threads.in_order(extract, items, size, weigh=lambda _: 1, limit=limit)


def test_results_come_in_the_order_of_the_items() -> None:
    last_done = Event()

    def extract(number: int) -> int:
        # The first is done when the last of the window is, and not before.
        if number == 0:
            assert last_done.wait(60)
        if number == 3:
            last_done.set()
        return number * number

    results = [(item, future.result()) for item, future in in_order(extract, range(20), 4)]
    assert results == [(number, number * number) for number in range(20)]


def test_as_many_as_allowed_run_at_the_same_time() -> None:
    together = Barrier(5)
    finished = in_order(lambda _: together.wait(60), range(5), 5)
    assert sorted(future.result() for _, future in finished) == [0, 1, 2, 3, 4]


def test_a_slow_item_does_not_stop_the_others() -> None:
    others = Barrier(2)
    done: list[int] = []

    def extract(number: int) -> int:
        if number == 0:
            assert (
                others.wait(60) >= 0
            )  # After all others are done, many more than are in progress at a time.
        else:
            done.append(number)
            if len(done) == 99:
                others.wait(60)
        return number

    assert [item for item, _ in in_order(extract, range(100), 2)] == [*range(100)]


def test_nothing_begins_while_results_that_wait_weigh_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    last = Event()
    begun: list[int] = []

    class Watched(ThreadPoolExecutor):
        @override
        def submit(self, function: Any, /, number: int) -> Future[Any]:  # type: ignore[override]
            begun.append(number)
            return super().submit(function, number)

    def extract(number: int) -> int:
        if number == 0:
            assert last.wait(60)
        if number == 5:
            last.set()
        return number

    monkeypatch.setattr(threads, "ThreadPoolExecutor", Watched)
    # Four at a time, until three wait for the first.
    at_yield = [(number, len(begun)) for number, _ in in_order(extract, range(8), 2, limit=3)]
    assert at_yield[:2] == [(0, 6), (1, 6)]
    assert begun == [*range(8)]


def test_the_item_that_all_wait_for_begins_however_much_the_others_weigh() -> None:
    assert [number for number, _ in in_order(lambda number: number, range(50), 3, limit=0)] == [*range(50)]


def test_an_error_is_kept_for_its_item_and_the_others_go_on() -> None:
    def extract(number: int) -> int:
        if number == 1:
            raise LookupError(number)
        return number

    futures = [future for _, future in in_order(extract, range(4), 2)]
    assert [future.exception() is None for future in futures] == [True, False, True, True]
    with pytest.raises(LookupError):
        futures[1].result()


def test_closing_waits_for_nothing_in_progress() -> None:
    release = Event()
    extracted = in_order(lambda number: number or release.wait(60), range(1, 4), 2)
    next(extracted)
    waiting = in_order(lambda _: release.wait(60), range(2), 2)
    extracted.close()
    waiting.close()
    assert not release.is_set()
    release.set()


def test_no_items_are_no_results() -> None:
    assert list(in_order(lambda item: item, (), 3)) == []


@pytest.mark.parametrize("startable", [0, 3])
def test_fails_if_a_thread_cannot_start(monkeypatch: pytest.MonkeyPatch, startable: int) -> None:
    limit_threads(monkeypatch, startable)
    over = Event()
    with pytest.raises(IncompleteRunError, match="cannot start 8 threads: lower concurrency"):
        list(in_order(lambda _: over.wait(60), range(20), 8))
    over.set()


def limit_threads(monkeypatch: pytest.MonkeyPatch, startable: int) -> None:
    """Let no more than so many threads start, as a machine with a limit would."""
    start = Thread.start
    started: list[Thread] = []

    def start_if_allowed(thread: Thread) -> None:
        if len(started) == startable:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(Thread, "start", start_if_allowed)
