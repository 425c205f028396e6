"""Warehouses that hold what a target would have loaded, and dbt run on them without Meltano."""

from __future__ import annotations

import abc
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, LiteralString, TypeAlias

import duckdb
from psycopg.sql import SQL
from typing_extensions import override

from tests.harness import ROOT
from tests.targets.postgres import Database
from tests.targets.project import Finished, Installation, finish, start

Row: TypeAlias = Mapping[str, Any]
KEYS: Final = {
    "ivr_flows": ("tenant", "id"),
    "called_routes": ("tenant", "id"),
    "access_codes": ("tenant", "id"),
    "skill_queues": ("tenant", "skillId"),
    "satisfaction_config": ("tenant", "position"),
    "extractions": ("tenant", "stream"),
}
READ_AT: Final = "2026-01-31 04:05:06"


class Warehouse(abc.ABC):
    """A database with the schema `tap_ivrflow`."""

    plugin: ClassVar[str]
    target: ClassVar[str]
    text: ClassVar[str]
    deleted_at: ClassVar[str] = "timestamp"
    placeholder: ClassVar[str]

    def __init__(self, installation: Installation, folder: Path) -> None:
        """Use the folder for what dbt writes, beside a folder for what it has parsed."""
        installation.has(self.plugin)
        self._installation: Final = installation
        self._dbt: Final = installation.executable(self.plugin, "dbt")
        self._folder: Final = folder

    @property
    @abc.abstractmethod
    def variables(self) -> dict[str, str]:
        """What dbt has to know of the database."""

    @property
    @abc.abstractmethod
    def configuration(self) -> dict[str, Any]:
        """What the target has to know of the database."""

    @abc.abstractmethod
    def copy(self, folder: Path) -> Warehouse:
        """Another warehouse with the same tables."""

    @abc.abstractmethod
    def ask(self, query: LiteralString) -> list[dict[str, Any]]:
        """The rows of an answer."""

    @abc.abstractmethod
    def change(self, statement: str, rows: Iterable[Iterable[object]] = ((),)) -> None:
        """Execute a statement once for each row of parameters."""

    def column(self, name: str) -> str:
        """The name of a loaded column."""
        return f'"{name}"'

    def dbt(self, *arguments: str, project: Path = ROOT / "transform", unit_tests: bool = False) -> Finished:
        """Run dbt to its end, without the unit tests unless told, as Meltano does."""
        folder = {
            "DBT_PROJECT_DIR": str(project),
            "DBT_PROFILES_DIR": str(ROOT / "transform"),
            # dbt parses again when a variable of the profile differs, or the project; that takes as long as to build.
            "DBT_TARGET_PATH": str(self._folder.with_name(f"target-{project.name}-{self.plugin}")),
            "DBT_LOG_PATH": str(self._folder / "logs"),
            "HOME": str(self._folder),
            "LANG": "C.UTF-8",
        }
        if not unit_tests:
            folder["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test"
        return finish(start([str(self._dbt), *arguments], self._folder, {**folder, **self.variables}))

    def build(self, *arguments: str, project: Path = ROOT / "transform") -> Finished:
        """`dbt build`, which has to succeed."""
        done = self.dbt("build", *arguments, project=project)
        assert done.code == 0, done
        return done

    def load(
        self,
        stream: str,
        tenant: str,
        rows: Iterable[Row],
        *,
        extraction: int | None = 1,
        proven: bool = True,
        extracted_at: str = "2026-01-31T04:05:06.789000Z",
    ) -> None:
        """Replace the rows with the same key, as targets do, and the proof of the list unless the run died."""
        loaded = [{"tenant": tenant, **row, "extraction": extraction} for row in rows]
        self._upsert(stream, [{**row, "_sdc_extracted_at": READ_AT} for row in loaded])
        if proven:
            proof = {
                "tenant": tenant,
                "stream": stream,
                "extraction": extraction,
                "extracted_at": extracted_at,
                "records": len(loaded),
            }
            self._upsert("extractions", [{**proof, "_sdc_extracted_at": READ_AT}])

    def _upsert(self, stream: str, rows: list[dict[str, Any]]) -> None:
        table = f"tap_ivrflow.{stream}"
        metadata = {"_sdc_extracted_at": "timestamp", "_sdc_deleted_at": self.deleted_at}
        columns = {**_columns(stream, self.text), **metadata}
        self.change("create schema if not exists tap_ivrflow")
        definitions = ", ".join(f"{self.column(name)} {type_}" for name, type_ in columns.items())
        self.change(f"create table if not exists {table} ({definitions})")
        where = " and ".join(f"{self.column(name)} = {self.placeholder}" for name in KEYS[stream])
        values = ", ".join(self.placeholder for _ in columns)
        if rows:
            keys = [[row[name] for name in KEYS[stream]] for row in rows]
            self.change(f"delete from {table} where {where}", keys)  # noqa: S608 - names of ours
            wanted = [[row.get(name) for name in columns] for row in rows]
            self.change(f"insert into {table} values ({values})", wanted)  # noqa: S608 - as above


class DuckDBWarehouse(Warehouse):
    """A file as target-duckdb leaves it."""

    plugin = "dbt-duckdb"
    target = "target-duckdb"
    text = "varchar"
    placeholder = "?"

    def __init__(self, installation: Installation, folder: Path) -> None:
        super().__init__(installation, folder)
        self._file: Final = folder / "warehouse.duckdb"

    @property
    @override
    def variables(self) -> dict[str, str]:
        return {"DBT_TARGET": "duckdb", "TARGET_DUCKDB_PATH": self._file.name}

    @property
    @override
    def configuration(self) -> dict[str, Any]:
        return {"path": str(self._file)}

    @override
    def copy(self, folder: Path) -> DuckDBWarehouse:
        folder.mkdir()
        shutil.copyfile(self._file, folder / self._file.name)
        return DuckDBWarehouse(self._installation, folder)

    @override
    def ask(self, query: LiteralString) -> list[dict[str, Any]]:
        with duckdb.connect(str(self._file), read_only=True) as connection:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @override
    def change(self, statement: str, rows: Iterable[Iterable[object]] = ((),)) -> None:
        with duckdb.connect(str(self._file)) as connection:
            for row in rows:
                connection.execute(statement, list(row))


class PostgresWarehouse(Warehouse):
    """A database as target-postgres leaves it."""

    plugin = "dbt-postgres"
    target = "target-postgres"
    text = "text"
    placeholder = "%s"

    def __init__(self, installation: Installation, folder: Path, database: Database) -> None:
        super().__init__(installation, folder)
        self._database: Final = database

    @property
    @override
    def variables(self) -> dict[str, str]:
        return {"DBT_TARGET": "postgres", **self._database.variables}

    @property
    @override
    def configuration(self) -> dict[str, Any]:
        variables = self._database.variables
        settings = {name.removeprefix("TARGET_POSTGRES_").lower(): value for name, value in variables.items()}
        return {**settings, "port": int(settings["port"]), "use_copy": True}  # as in meltano.yml

    @override
    def copy(self, folder: Path) -> PostgresWarehouse:
        folder.mkdir()
        copied = self._database.server.database("copied", self._database.name)
        return PostgresWarehouse(self._installation, folder, copied)

    @override
    def ask(self, query: LiteralString) -> list[dict[str, Any]]:
        return self._database.ask(query)

    @override
    def change(self, statement: str, rows: Iterable[Iterable[object]] = ((),)) -> None:
        self._database.change(SQL(statement), [list(row) for row in rows])


def _columns(stream: str, text: str) -> dict[str, str]:
    """The columns of a list and their types."""
    schema = json.loads((ROOT / "schemas" / f"{stream}.json").read_text(encoding="utf-8"))
    types = {"string": text, "integer": "bigint", "boolean": "boolean"}
    columns: dict[str, str] = {}
    for name, column in schema["properties"].items():
        declared = column["type"]
        kind = next(each for each in _as_list(declared) if each != "null")
        columns[name] = types[kind]
    return columns


def _as_list(declared: str | list[str]) -> list[str]:
    return [declared] if isinstance(declared, str) else declared
