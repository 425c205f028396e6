"""The targets of `meltano.yml`: what each does with what it is sent, and how the tests read what it loaded."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import duckdb
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from typing_extensions import override

from tests.targets.destination import Destination
from tests.targets.postgres import Database
from tests.targets.project import Finished, Project
from tests.targets.service import COLUMNS, Flow

PROOFS: Final = (
    'select tenant as "tenant", stream as "stream", extraction as "extraction" from tap_ivrflow.extractions'
)
READ: Final = (*COLUMNS, "extraction")
DELETED: Final = '_sdc_deleted_at is not null as "deleted"'


class Plugin(Destination):
    """A target of `meltano.yml`."""

    plugin: ClassVar[str]

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.project: Final = project

    @override
    def load(self) -> Finished:
        return self.project.meltano("run", "tap-ivrflow", self.plugin)


class DuckDB(Plugin):
    """The default target."""

    plugin = "target-duckdb"
    types: ClassVar[Mapping[str, str]] = {
        "tenant": "VARCHAR",
        "id": "BIGINT",
        "accessCode": "VARCHAR",
        "description": "VARCHAR",
        "flowFileName": "VARCHAR",
        "isLoad": "BIGINT",
        "flowType": "BIGINT",
        "maxCallNum": "BIGINT",
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
        names = ", ".join(f'"{name}"' for name in READ)
        return self.ask(f"select {names}, {DELETED} from tap_ivrflow.ivr_flows")  # noqa: S608 - no input

    @override
    def proofs(self) -> list[dict[str, Any]]:
        return self.ask(PROOFS)

    @override
    def column_types(self) -> Mapping[str, str]:
        columns = self.ask("describe tap_ivrflow.ivr_flows")
        return {
            column["column_name"]: column["column_type"]
            for column in columns
            if not column["column_name"].startswith("_sdc_")
        }


class JSONL(Plugin):
    """Writes a file a run, named by the time, and knows neither keys nor what was there before."""

    plugin = "target-jsonl"
    upserts = False
    marks = False

    def files(self, stream: str) -> list[list[Flow]]:
        """What each run wrote of a stream."""
        return [
            [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
            for path in sorted(self.project.output.glob(f"{stream}-*.jsonl"))
        ]

    @override
    def read(self) -> list[dict[str, Any]]:
        return [{**row, "deleted": False} for row in self.files("ivr_flows")[-1]]

    @override
    def proofs(self) -> list[dict[str, Any]]:
        return self.files("extractions")[-1]


class Postgres(Plugin):
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
            " extraction, _sdc_deleted_at is not null as deleted from tap_ivrflow.ivr_flows"
        )

    @override
    def proofs(self) -> list[dict[str, Any]]:
        return self.ask(PROOFS)

    @override
    def column_types(self) -> Mapping[str, str]:
        columns = self.ask("select column_name, data_type from information_schema.columns"
                           " where table_name = 'ivr_flows' and column_name not like '\\_sdc\\_%'")  # fmt: skip
        return {column["column_name"]: column["data_type"] for column in columns}


PASSPHRASE: Final = "the key's own"


class Snowflake(Plugin):
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
        names = ", ".join(f'{name} as "{name}"' for name in READ)
        return self.ask(f"select {names}, {DELETED} from tap_ivrflow.ivr_flows")  # noqa: S608 - no input

    @override
    def proofs(self) -> list[dict[str, Any]]:
        return self.ask(PROOFS)

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
