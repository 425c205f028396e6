from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from itertools import count
from typing import Final, TypeAlias

import pytest

from tests.targets.postgres import Database, postgres
from tests.targets.project import Installation, Project
from tests.targets.warehouse import DuckDBWarehouse, PostgresWarehouse, Warehouse

MakeProject: TypeAlias = Callable[..., Project]
MakeDatabase: TypeAlias = Callable[..., Database]
MakeWarehouse: TypeAlias = Callable[[str], Warehouse]
_NUMBERS: Final = count(1)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # which the workers share
    return Installation(folder / "installation")


@pytest.fixture(scope="session")
def make_project(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> MakeProject:
    """A fixture of any scope may have a project in which these plugins are installed."""

    def make(*plugins: str) -> Project:
        installation.has("tap-ivrflow", *plugins)
        return Project(tmp_path_factory.mktemp("project") / "project", installation)

    return make


@pytest.fixture(scope="session")
def make_database() -> Iterator[MakeDatabase]:
    """Each an empty database of one server, which is started for the first; a name is used again."""
    with ExitStack() as stack:
        server = cache(lambda: stack.enter_context(postgres()))
        yield lambda name=None: server().database(name or f"warehouse_{next(_NUMBERS)}")


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    return make_database()


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def make_warehouse(
    request: pytest.FixtureRequest,
    installation: Installation,
    make_database: MakeDatabase,
    tmp_path_factory: pytest.TempPathFactory,
) -> MakeWarehouse:
    """Each an empty warehouse, in place of one of that name."""

    def make(name: str) -> Warehouse:
        folder = tmp_path_factory.mktemp("warehouse")
        if request.param == "duckdb":
            return DuckDBWarehouse(installation, folder)
        return PostgresWarehouse(installation, folder, make_database(name))

    return make
