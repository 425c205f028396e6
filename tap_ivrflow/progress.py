"""Where a long run says how far it is."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import ExitStack
from threading import Event, Thread
from typing import Final, Self

import click

logger = logging.getLogger(__name__)

_INTERVAL: Final = 10.0
"""Seconds between two lines in a log."""


class Progress:
    """Counts the tenants that are done: a progress bar on a terminal, elsewhere a line now and then.

    Attributes:
        done: tenants that were read or have failed.
        flows: rows handed on.
        failed: tenants that have failed.
    """

    def __init__(self, tenants: int, *, wait: Callable[[Event, float], bool] = Event.wait) -> None:
        """Prepare for so many tenants.

        Args:
            tenants: how many will be read.
            wait: waits for an event for seconds, and tells whether it came.
        """
        self.done = 0
        self.flows = 0
        self.failed = 0
        self._tenants = tenants
        self._wait = wait
        self._ended = Event()
        self._stack = ExitStack()
        self._advance: Callable[[int], None] = _nothing

    def __enter__(self) -> Self:
        """Begin to report."""
        if self._tenants > 1 and sys.stderr is not None and sys.stderr.isatty():
            bar = click.progressbar(length=self._tenants, label="tenants", show_pos=True, file=sys.stderr)
            self._advance = self._stack.enter_context(bar).update
        else:
            Thread(target=self._report, name="progress", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """End to report."""
        self._ended.set()
        self._stack.close()

    def count(self, *, flows: int = 0, failed: bool = False) -> None:
        """Count one more tenant, with the rows it had."""
        self.done += 1
        self.flows += flows
        self.failed += failed
        self._advance(1)

    def _report(self) -> None:
        """Write a line at every interval until the end."""
        while not self._wait(self._ended, _INTERVAL):
            logger.info(
                "%d of %d tenants done, %d flows, %d failed",
                self.done,
                self._tenants,
                self.flows,
                self.failed,
            )


def _nothing(_: int) -> None:
    """Show nothing: there is no terminal."""
