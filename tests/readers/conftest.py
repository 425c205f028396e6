from __future__ import annotations

import pytest

from simulator.server import Simulator
from tests.more_targets.conftest import places  # noqa: F401 - a fixture
from tests.more_targets.environments import Environments
from tests.more_targets.places import Places
from tests.readers.nights import Nights
from tests.readers.seen import LOCKS
from tests.targets.conftest import MakeDatabase, MakeProject, installation, make_database, make_project  # noqa: F401 - fixtures


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    return Environments(tmp_path_factory.getbasetemp() / "readers", LOCKS)


@pytest.fixture(scope="session")
def nights(
    simulator: Simulator,
    make_project: MakeProject,  # noqa: F811
    make_database: MakeDatabase,  # noqa: F811
    places: Places,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Nights:
    project = make_project("target-jsonl", "target-duckdb", "target-postgres")
    return Nights(tmp_path_factory.mktemp("nights") / "files", simulator, project, places, make_database())
