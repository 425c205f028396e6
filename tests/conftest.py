from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from simulator.control import Control, running
from tests.harness import Command

# Nothing depends on time: the machine may be slow.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def service() -> Iterator[Control]:
    with running() as control:
        yield control


@pytest.fixture
def control(service: Control) -> Control:
    service.reset()
    return service


@pytest.fixture
def tap(control: Control, tmp_path: Path) -> Command:
    return Command(control, tmp_path)
