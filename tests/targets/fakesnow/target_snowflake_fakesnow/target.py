"""The commands: the target itself, and a query of what it loaded."""

import decimal
import json
import os
import sys

import fakesnow  # type: ignore[import-not-found]
import snowflake.connector  # type: ignore[import-not-found]

from .user_stage import teach_user_stage


def main() -> None:
    """Run target-snowflake; the stand-in keeps its databases in the folder $FAKESNOW_FOLDER."""
    teach_user_stage()
    with fakesnow.patch(db_path=os.environ["FAKESNOW_FOLDER"]):
        # Its import binds the connector's functions, which the stand-in has replaced by now.
        from target_snowflake.target import TargetSnowflake  # type: ignore[import-not-found]

        TargetSnowflake.cli()


def query() -> None:
    """Print as JSON the rows that a query finds: `fakesnow-query DATABASE QUERY`."""
    _, database, command = sys.argv
    with fakesnow.patch(db_path=os.environ["FAKESNOW_FOLDER"]):
        connection = snowflake.connector.connect(database=database, schema="PUBLIC")
        rows = connection.cursor(snowflake.connector.cursor.DictCursor).execute(command).fetchall()
    json.dump(rows, sys.stdout, default=_plain)


def _plain(value: object) -> int | str:
    return int(value) if isinstance(value, decimal.Decimal) else str(value)
