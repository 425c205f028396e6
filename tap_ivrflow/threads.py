"""Where tenants are read at the same time and handed on in their order."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from tap_ivrflow.errors import IncompleteRunError

T = TypeVar("T")
R = TypeVar("R")

logger = logging.getLogger(__name__)


def in_order(
    extract: Callable[[T], R], items: Sequence[T], size: int
) -> Generator[tuple[T, Future[R]], None, None]:
    """Extract `size` items at the same time, and yield each item with its finished future, in order.

    Beside the one that was yielded, no more than `size` items are in progress or finished, so memory does
    not grow with the number of items. Closing the generator waits for nothing that is in progress.

    Raises:
        IncompleteRunError: not one thread can be started.
    """
    threads = _start(min(size, len(items)))
    window: deque[tuple[T, Future[R]]] = deque()
    try:
        for item in items:
            finished = _oldest(window) if len(window) == len(threads) else None
            # The next one starts before the finished one is handed on, which takes its time.
            window.append((item, threads[0].submit(extract, item)))
            threads.rotate(-1)  # To the thread of the oldest item, which is free as soon as that is taken.
            if finished is not None:
                yield finished
                del finished
        while window:
            yield _oldest(window)
    finally:
        for thread in threads:
            thread.shutdown(wait=False, cancel_futures=True)


def _start(size: int) -> deque[ThreadPoolExecutor]:
    """Start threads, as many as wanted and as the machine allows.

    Each has an executor of its own: one for all would lose an item whose thread does not start.
    """
    threads: deque[ThreadPoolExecutor] = deque()
    for _ in range(size):
        thread = ThreadPoolExecutor(1, thread_name_prefix="extract")
        try:
            thread.submit(int)
        except RuntimeError as error:
            if not threads:
                raise IncompleteRunError("cannot start a thread, so no tenant can be read") from error
            logger.warning("only %d of %d threads can be started: going on with these", len(threads), size)
            break
        threads.append(thread)
    return threads


def _oldest(window: deque[tuple[T, Future[R]]]) -> tuple[T, Future[R]]:
    """Take the oldest item out of the window and wait until it is finished."""
    item, future = window.popleft()
    future.exception()
    return item, future
