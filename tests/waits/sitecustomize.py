# ruff: noqa: INP001 (Python finds it by its name, on the path)
"""Loaded by Python at the start of a tap under test: waits are written down instead of waited for."""

import os
import time
from typing import SupportsIndex


def _write_down(seconds: SupportsIndex | float, /) -> None:
    descriptor = os.open(os.environ["WAITS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{seconds}\n".encode())
    os.close(descriptor)
    global _slept  # noqa: PLW0603 (the clock goes on by what was not slept)
    _slept += float(seconds)


_slept = 0.0
_monotonic = time.monotonic
time.monotonic = lambda: _monotonic() + _slept
time.sleep = _write_down
