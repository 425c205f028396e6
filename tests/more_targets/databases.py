"""Targets that load into a database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final, LiteralString

from typing_extensions import override

from tests.more_targets.environments import Environments
from tests.more_targets.piped import Piped
from tests.targets.postgres import Database
from tests.targets.project import Workplace
from tests.targets.service import COLUMNS

QUERIES: Final[dict[str, LiteralString]] = {
    "ivr_flows": "select * from tap_ivrflow.ivr_flows",
    "extractions": "select * from tap_ivrflow.extractions",
}


class PipelineWisePostgres(Piped):
    """Makes null of an empty text, and stores a control character as JSON spells it."""

    lock = "pipelinewise-target-postgres"
    command = "target-postgres"
    empty_text = None
    types: ClassVar[Mapping[str, str]] = {
        "tenant": "character varying",
        "id": "bigint",
        "accesscode": "character varying",
        "description": "character varying",
        "flowfilename": "character varying",
        "isload": "bigint",
        "flowtype": "bigint",
        "maxcallnum": "bigint",
        "extraction": "bigint",
    }

    def __init__(self, workplace: Workplace, environments: Environments, database: Database) -> None:
        super().__init__(workplace, environments)
        self.database: Final = database

    @override
    def config(self) -> dict[str, Any]:
        names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "DATABASE"}
        return {
            **self.documented(),
            **{name: self.database.variables[f"TARGET_POSTGRES_{ours}"] for name, ours in names.items()},
        }

    @override
    def records(self, stream: str) -> list[dict[str, Any]]:
        ours = {name.lower(): name for name in COLUMNS}
        return [
            {ours.get(name, name): value for name, value in row.items()}
            for row in self.database.ask(QUERIES[stream])
        ]

    @override
    def column_types(self) -> Mapping[str, str]:
        columns = self.database.ask(
            "select column_name, data_type from information_schema.columns where table_name = 'ivr_flows'"
        )
        return {column["column_name"]: column["data_type"] for column in columns}

    @override
    def _value(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        quoted = json.dumps(value, ensure_ascii=False)[1:-1]
        # Of what JSON escapes, PostgreSQL reads the two that its CSV has too.
        return quoted.replace('\\"', '"').replace("\\\\", "\\") or None
