"""Tenants are read at the same time, handed on in order, and never too many of them."""

from __future__ import annotations

from threading import Barrier, Event, Lock, Thread

import pytest

from tap_ivrflow.errors import IncompleteRunError
from tap_ivrflow.threads import in_order


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


def test_results_that_wait_to_be_handed_on_are_bounded() -> None:
    lock = Lock()
    begun: list[int] = []

    def extract(number: int) -> int:
        with lock:
            begun.append(number)
        return number

    for number, _ in in_order(extract, range(100), 3):
        assert len(begun) <= number + 1 + 3


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
    with pytest.raises(IncompleteRunError, match="cannot start 8 threads: lower concurrency"):
        list(in_order(lambda item: item, range(20), 8))


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
