"""Runs tenants in parallel and yields results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from tap_ivrflow.errors import IncompleteRunError

T = TypeVar("T")
R = TypeVar("R")


def in_order(
    extract: Callable[[T], R], items: Iterable[T], size: int, *, weigh: Callable[[R], int], limit: int
) -> Generator[tuple[T, Future[R]], None, None]:
    """Extract items at the same time, and yield each with its finished future, in order.

    Results wait for a slow item, up to the limit. Closing the generator does not wait for items in progress.

    Args:
        extract: returns the result of an item; called in threads.
        items: what to extract.
        size: items in progress at the same time. As many more wait for a thread, while the caller is busy.
        weigh: returns the weight of a result.
        limit: weight of waiting results from which no more items are added to these.

    Raises:
        IncompleteRunError: a thread cannot be started.
    """
    pool = ThreadPoolExecutor(size, thread_name_prefix="extract")
    finished: SimpleQueue[Future[R]] = SimpleQueue()
    left, begun = deque(items), deque[tuple[T, Future[R]]]()
    unfinished = waiting = 0
    try:
        while left or begun:
            while left and unfinished < 2 * size and (waiting < limit or not begun):
                future = pool.submit(extract, left[0])
                future.add_done_callback(finished.put)
                begun.append((left.popleft(), future))
                unfinished += 1
            item, future = begun[0]
            if future.done() and finished.empty():
                begun.popleft()
                waiting -= _weight(future, weigh)
                yield item, future
            else:
                waiting += _weight(finished.get(), weigh)
                unfinished -= 1
    except RuntimeError as error:  # Only `submit` raises it.
        raise IncompleteRunError(f"cannot start {size} threads: lower concurrency") from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _weight(future: Future[R], weigh: Callable[[R], int]) -> int:
    return weigh(future.result()) if future.exception() is None else 0
