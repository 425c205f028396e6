from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from simulator.server import Simulator, running
from tests.harness import Command, ForkServer, environment

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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--real-starts", action="store_true", help="fork no command, start each by itself")


@pytest.fixture(scope="session")
def forks(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ForkServer | None]:
    if pytestconfig.getoption("--real-starts"):
        yield None
    else:
        with ForkServer(environment(tmp_path_factory.mktemp("forks"))) as forks:
            yield forks


@pytest.fixture
def tap(service: Simulator, tmp_path: Path, forks: ForkServer | None) -> Command:
    return Command(service, tmp_path, forks)
