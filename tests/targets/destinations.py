"""The targets: what each does with what it is sent, as tested, and how the tests read what it loaded."""

from __future__ import annotations

import abc
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeAlias

import duckdb
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from typing_extensions import override

from tests.targets.postgres import Database
from tests.targets.project import Project
from tests.targets.service import COLUMNS, Flow, Key

DELETED: Final = '_sdc_deleted_at is not null as "deleted"'
Rows: TypeAlias = dict[Key, Flow]


@dataclass(frozen=True)
class Loaded:
    """What is in a place: the rows by their keys, and the keys of those that are marked as deleted."""

    rows: Rows
    marked: set[Key]


class Destination(abc.ABC):
    """A target that loads into a place of its own. What is said here is the rule, the subclasses deviate."""

    plugin: ClassVar[str]
    empty_text: ClassVar[str | None] = ""
    """What an empty text becomes."""
    nul: ClassVar[str] = "\0"
    """What the character NUL becomes."""
    upserts: ClassVar[bool] = True
    """Whether a later load changes the rows of an earlier one, or leaves them and writes its own."""
    marks: ClassVar[bool] = True
    """Whether ACTIVATE_VERSION marks the rows that are gone."""
    types: ClassVar[Mapping[str, str]] = {}
    """The types of the columns, where columns have types."""

    def __init__(self, project: Project) -> None:
        """Load into a place that only this project has."""
        self.project: Final = project

    @abc.abstractmethod
    def read(self) -> list[dict[str, Any]]:
        """The rows, in the tap's columns and `deleted`, whether a row is marked."""

    def look(self) -> Loaded:
        """What is there now; no two rows may have the same key."""
        found = self.read()
        rows = {(row["tenant"], row["id"]): row for row in found}
        assert len(rows) == len(found), "two rows with one key"
        marked = {key for key, row in rows.items() if row.pop("deleted")}
        return Loaded(rows, marked)

    def column_types(self) -> Mapping[str, str]:
        """The types of the tap's columns as the place has them."""
        return {}

    def expected(self, rows: Mapping[Key, Flow]) -> Rows:
        """What rows become in this target."""
        return {key: {name: self._value(value) for name, value in row.items()} for key, row in rows.items()}

    def _value(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        return value.replace("\0", self.nul) or self.empty_text


class DuckDB(Destination):
    """The default target."""

    plugin = "target-duckdb"
    empty_text = None
    marks = False
    types: ClassVar[Mapping[str, str]] = {
        "tenant": "VARCHAR",
        "id": "BIGINT",
        "accesscode": "VARCHAR",
        "description": "VARCHAR",
        "flowfilename": "VARCHAR",
        "isload": "BIGINT",
        "flowtype": "BIGINT",
        "maxcallnum": "BIGINT",
        "extraction": "BIGINT",
    }

    file: ClassVar[str] = "output/ivrflow.duckdb"
    """Where `meltano.yml` lets it load in the environment `dev`."""

    def ask(self, query: str) -> list[dict[str, Any]]:
        with duckdb.connect(str(self.project.folder / self.file), read_only=True) as connection:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @override
    def read(self) -> list[dict[str, Any]]:
        names = ", ".join(f'{name.lower()} as "{name}"' for name in COLUMNS)
        return self.ask(f"select {names}, {DELETED} from tap_ivrflow.ivr_flows")  # noqa: S608 - no input

    @override
    def column_types(self) -> Mapping[str, str]:
        columns = self.ask("describe tap_ivrflow.ivr_flows")
        return {
            column["column_name"]: column["column_type"]
            for column in columns
            if not column["column_name"].startswith("_sdc_")
        }


class JSONL(Destination):
    """Writes a file a run, named by the time, and knows neither keys nor what was there before."""

    plugin = "target-jsonl"
    upserts = False
    marks = False

    def files(self) -> list[list[Flow]]:
        """What each run wrote."""
        return [
            [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
            for path in sorted(self.project.output.glob("ivr_flows-*.jsonl"))
        ]

    @override
    def read(self) -> list[dict[str, Any]]:
        return [{**{name: row[name] for name in COLUMNS}, "deleted": False} for row in self.files()[-1]]


class Postgres(Destination):
    """A real server, which takes no NUL: the target is told to replace it."""

    plugin = "target-postgres"
    nul = "\ufffd"
    types: ClassVar[Mapping[str, str]] = {
        "tenant": "text",
        "id": "bigint",
        "accessCode": "text",
        "description": "text",
        "flowFileName": "text",
        "isLoad": "bigint",
        "flowType": "bigint",
        "maxCallNum": "bigint",
        "extraction": "bigint",
    }

    def __init__(self, project: Project, database: Database) -> None:
        super().__init__(project)
        self.ask: Final = database.ask
        project.variables.update(database.variables, TARGET_POSTGRES_SANITIZE_NULL_TEXT_CHARACTERS="true")

    @override
    def read(self) -> list[dict[str, Any]]:
        return self.ask(
            'select tenant, id, "accessCode", description, "flowFileName", "isLoad", "flowType", "maxCallNum",'
            " _sdc_deleted_at is not null as deleted from tap_ivrflow.ivr_flows"
        )

    @override
    def column_types(self) -> Mapping[str, str]:
        columns = self.ask("select column_name, data_type from information_schema.columns"
                           " where table_name = 'ivr_flows' and column_name not like '\\_sdc\\_%'")  # fmt: skip
        return {column["column_name"]: column["data_type"] for column in columns}


PASSPHRASE: Final = "the key's own"


class Snowflake(Destination):
    """The real target with its settings as documented, and a stand-in for Snowflake in its process."""

    plugin = "target-snowflake"
    types: ClassVar[Mapping[str, str]] = {
        "TENANT": "TEXT",
        "ID": "NUMBER",
        "ACCESSCODE": "TEXT",
        "DESCRIPTION": "TEXT",
        "FLOWFILENAME": "TEXT",
        "ISLOAD": "NUMBER",
        "FLOWTYPE": "NUMBER",
        "MAXCALLNUM": "NUMBER",
        "EXTRACTION": "NUMBER",
    }

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        key = project.folder / "rsa_key.p8"
        key.write_bytes(_private_key())
        project.variables.update(
            MELTANO_ENVIRONMENT="prod",
            TARGET_SNOWFLAKE_ACCOUNT="organisation-account",
            TARGET_SNOWFLAKE_USER="LOADER",
            TARGET_SNOWFLAKE_PRIVATE_KEY_PATH=str(key),
            TARGET_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE=PASSPHRASE,
            TARGET_SNOWFLAKE_DATABASE="RAW",
            TARGET_SNOWFLAKE_WAREHOUSE="LOADING",
            TARGET_SNOWFLAKE_ROLE="LOADER",
            FAKESNOW_FOLDER=str(project.output),
        )

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Ask in the target's own environment, since no other reads the stand-in's files."""
        command = self.project.installation.executable(self.plugin, "fakesnow-query")
        answer = subprocess.run(
            [command, "RAW", query],
            env=self.project.environment(),
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        )
        rows: list[dict[str, Any]] = json.loads(answer.stdout)
        return rows

    @override
    def read(self) -> list[dict[str, Any]]:
        names = ", ".join(f'{name} as "{name}"' for name in COLUMNS)
        return self.ask(f"select {names}, {DELETED} from tap_ivrflow.ivr_flows")  # noqa: S608 - no input

    @override
    def column_types(self) -> Mapping[str, str]:
        columns = self.ask("select column_name, data_type from information_schema.columns"
                           " where table_name = 'IVR_FLOWS'")  # fmt: skip
        return {
            column["COLUMN_NAME"]: column["DATA_TYPE"]
            for column in columns
            if not column["COLUMN_NAME"].startswith("_SDC_")
        }


def _private_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encryption = serialization.BestAvailableEncryption(PASSPHRASE.encode())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
