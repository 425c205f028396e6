"""Runs tenants in parallel and yields results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from threading import Condition
from typing import TypeVar

from tap_ivrflow.errors import IncompleteRunError

T = TypeVar("T")
R = TypeVar("R")


class Gate:
    """Lets items begin while the results that wait for their turn weigh less than a limit."""

    def __init__(self, limit: int) -> None:
        """Start with no result waiting."""
        self._limit = limit
        self._waiting = 0
        self._turn = 0
        self._is_closed = False
        self._changed = Condition()

    def enter(self, place: int) -> None:
        """Wait until the item at a place may begin. The one that all others wait for always may.

        Raises:
            CancelledError: the gate was closed.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_closed or self._waiting < self._limit or place == self._turn
            )
            if self._is_closed:
                raise CancelledError

    def hold(self, weight: int) -> None:
        """Add a result that waits for its turn."""
        with self._changed:
            self._waiting += weight

    def hand_on(self, weight: int) -> None:
        """Release the result whose turn it was: it is the next one's turn."""
        with self._changed:
            self._waiting -= weight
            self._turn += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Let nothing begin any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()


def in_order(
    extract: Callable[[T], R], items: Sequence[T], size: int, *, weigh: Callable[[R], int], limit: int
) -> Generator[tuple[T, Future[R]], None, None]:
    """Extract items at the same time, and yield each with its finished future, in order.

    A slow item does not stop the others: their results wait, as long as they weigh less than the limit.
    Closing the generator does not wait for items in progress.

    Args:
        extract: returns the result of an item; called in threads.
        items: what to extract.
        size: items in progress at the same time.
        weigh: returns the weight of a result.
        limit: weight of waiting results from which no other item begins. What is in progress comes on top.

    Raises:
        IncompleteRunError: a thread cannot be started.
    """
    gate, pool = Gate(limit), ThreadPoolExecutor(size, thread_name_prefix="extract")

    def run(place: int, item: T) -> R:
        gate.enter(place)
        result = extract(item)
        gate.hold(weigh(result))
        return result

    try:
        try:
            futures = deque(pool.submit(run, place, item) for place, item in enumerate(items))
        except RuntimeError as error:
            raise IncompleteRunError(f"cannot start {size} threads: lower concurrency") from error
        for item in items:
            future = futures.popleft()
            # Waits for it. The next one begins before this one is emitted, which takes time.
            gate.hand_on(weigh(future.result()) if future.exception() is None else 0)
            yield item, future
            del future
    finally:
        gate.close()
        pool.shutdown(wait=False, cancel_futures=True)
