from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from loading import Loader

# Nothing depends on time: the machine may be slow.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture
def loader(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Loader:
    return Loader(tmp_path / "warehouse.duckdb", capsys)


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Each target that is made replaces the handlers."""
    kept = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)
