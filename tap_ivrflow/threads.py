"""Runs tenants in parallel and yields results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeAlias, TypeVar

from tap_ivrflow.errors import IncompleteRunError

T = TypeVar("T")
R = TypeVar("R")
Finished: TypeAlias = tuple[T, Future[R]]


def in_order(
    extract: Callable[[T], R], items: Sequence[T], size: int
) -> Generator[Finished[T, R], None, None]:
    """Extract `size` items at the same time, and yield each item with its finished future, in order.

    Besides the yielded item, at most `size` items are in progress or finished, so memory does not grow with
    the number of items. Closing the generator does not wait for items in progress.

    Raises:
        IncompleteRunError: a thread cannot be started.
    """
    pool = ThreadPoolExecutor(size, thread_name_prefix="extract")
    rest = iter(items)

    def submit(count: int) -> list[Finished[T, R]]:
        try:
            return [(item, pool.submit(extract, item)) for item in islice(rest, count)]
        except RuntimeError as error:
            raise IncompleteRunError(f"cannot start {size} threads: lower concurrency") from error

    try:
        window = deque(submit(size))
        while window:
            item, future = window.popleft()
            future.exception()  # Waits until the oldest item is finished.
            window += submit(1)  # Before the finished one is handed on, which takes time.
            yield item, future
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
