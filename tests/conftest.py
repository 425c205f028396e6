from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from simulator.server import Simulator, running
from tests.harness import Command

# Nothing depends on time: the machine may be slow.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest.fixture
def service(simulator: Simulator) -> Simulator:
    simulator.reset()
    return simulator


@pytest.fixture
def tap(service: Simulator, tmp_path: Path) -> Command:
    return Command(service, tmp_path)
