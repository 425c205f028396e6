"""Where tenants are read at the same time and handed on in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Pool(Generic[T, R]):
    """Threads that read, and die with the process: nothing waits for a call in flight when a run ends.

    `concurrent.futures` would wait, for as long as a timeout lasts.
    """

    def __init__(self, read: Callable[[T], R], size: int) -> None:
        """Prepare; the threads start with `in_order`.

        Args:
            read: reads one item, in a thread.
            size: items read at the same time.
        """
        self._read = read
        self._size = size
        self._queue: SimpleQueue[tuple[T, Future[R]] | None] = SimpleQueue()

    def in_order(self, items: Iterable[T]) -> Iterator[tuple[T, Future[R]]]:
        """Yield each item with its finished reading, in the order of the items.

        Beside the one that is handed on, no more than `size` readings are in flight or waiting, so memory
        does not grow with the number of items.
        """
        window: deque[tuple[T, Future[R]]] = deque()
        threads = 0
        try:
            for item in items:
                finished = None
                if threads < self._size:
                    threads += 1
                    Thread(target=self._work, name=f"reader-{threads}", daemon=True).start()
                else:
                    finished = self._oldest(window)
                # The next one is on its way before the finished one is handed on, which takes its time.
                window.append((item, Future()))
                self._queue.put(window[-1])
                if finished is not None:
                    yield finished
                    del finished
            while window:
                yield self._oldest(window)
        finally:
            for _ in range(threads):
                self._queue.put(None)

    @staticmethod
    def _oldest(window: deque[tuple[T, Future[R]]]) -> tuple[T, Future[R]]:
        """Wait for the window's oldest reading and take it out."""
        item, reading = window.popleft()
        reading.exception()
        return item, reading

    def _work(self) -> None:
        """Read what is queued, until there is no more."""
        while (queued := self._queue.get()) is not None:
            item, reading = queued
            try:
                reading.set_result(self._read(item))
            except BaseException as error:  # noqa: BLE001 (raised again where the reading is used)
                reading.set_exception(error)
            del queued, item, reading
