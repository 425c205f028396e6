from __future__ import annotations

import pytest

from tests.targets.conftest import database, installation, make_database, make_project  # noqa: F401 - fixtures


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "engines: an example on its engine, run by `make test-engines`")
