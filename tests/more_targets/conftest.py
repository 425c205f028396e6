from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.more_targets.environments import Environments
from tests.more_targets.places import Places


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    folder = shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = folder.parent  # by the workers
    with ExitStack() as stack:
        yield Places(folder, Environments(shared / "environments"), stack)
