from __future__ import annotations

from tests.targets.conftest import database, installation, make_database, make_project  # noqa: F401 - fixtures
