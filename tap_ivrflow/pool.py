"""Where tenants are read at the same time and handed on in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_order(
    extract: Callable[[T], R], items: Iterable[T], size: int
) -> Generator[tuple[T, Future[R]], None, None]:
    """Extract `size` items at the same time, and yield each item with its finished future, in order.

    Beside the one that was yielded, no more than `size` items are in progress or finished, so memory does
    not grow with the number of items. Closing the generator waits for nothing that is in progress.
    """
    executor = ThreadPoolExecutor(size, thread_name_prefix="extract")
    window: deque[tuple[T, Future[R]]] = deque()
    try:
        for item in items:
            finished = _oldest(window) if len(window) == size else None
            # The next one starts before the finished one is handed on, which takes its time.
            window.append((item, executor.submit(extract, item)))
            if finished is not None:
                yield finished
                del finished
        while window:
            yield _oldest(window)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _oldest(window: deque[tuple[T, Future[R]]]) -> tuple[T, Future[R]]:
    """Take the oldest item out of the window and wait until it is finished."""
    item, future = window.popleft()
    future.exception()
    return item, future
