from __future__ import annotations

import shutil

import pytest
import yaml

from tests.engines.engine import LOCKS
from tests.targets.conftest import database, make_database, make_project  # noqa: F401 - fixtures
from tests.targets.project import Installation


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "engines: an example on its engine, run by `make test-engines`")


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    installation = Installation(tmp_path_factory.getbasetemp() / "installation")
    _with_dbt_on_postgres(installation)
    return installation


def _with_dbt_on_postgres(installation: Installation) -> None:
    """Add the plugin `dbt-postgres` to the copy, as long as `meltano.yml` has none: then delete this and its lock."""
    path = installation.folder / "meltano.yml"
    project = yaml.safe_load(path.read_text(encoding="utf-8"))
    utilities = project["plugins"]["utilities"]
    names = [plugin["name"] for plugin in utilities]
    assert "dbt-postgres" not in names, "meltano.yml has it: delete _with_dbt_on_postgres and its lock"
    shutil.copy(LOCKS / "dbt-postgres.txt", installation.folder / "plugins")
    settings = [
        each for each in utilities[names.index("dbt-duckdb")]["settings"] if each["name"] != "duckdb_path"
    ]
    utilities.append(
        {
            **utilities[names.index("dbt-duckdb")],
            "name": "dbt-postgres",
            "namespace": "dbt_postgres",
            "pip_url": "-r plugins/dbt-postgres.txt",
            "settings": [*settings, {"name": "target", "value": "postgres", "env": "DBT_TARGET"}],
        }
    )
    path.write_text(yaml.safe_dump(project, sort_keys=False), encoding="utf-8")
