"""The command `ivrflow-calls`: read the models from the warehouse and write the page."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ivrflow_calls.page import render
from ivrflow_calls.warehouse import WarehouseError, read_duckdb, read_postgres

DEFAULT_SCHEMA: Final = "ivr_analytics"


def main() -> None:
    """Write the page and say where it is, or exit with 1 and one line."""
    parser = argparse.ArgumentParser(
        prog="ivrflow-calls",
        description="Write one HTML page of where calls go, what is broken and what changed.",
        epilog="DBT_SCHEMA names the schema of the models; the other variables are those of the targets.",
    )
    parser.add_argument(
        "warehouse",
        choices=["duckdb", "postgres"],
        help="duckdb reads the file TARGET_DUCKDB_PATH, postgres the database of TARGET_POSTGRES_*",
    )
    parser.add_argument("--output", type=Path, help="file to write; calls.html beside the DuckDB file")
    arguments = parser.parse_args()
    try:
        print(write(arguments.warehouse, arguments.output))  # noqa: T201 - the command's output
    except (OSError, WarehouseError) as error:
        sys.exit(f"ivrflow-calls: {error}")


def write(warehouse: str, output: Path | None) -> Path:
    """Write the page and return its path.

    Raises:
        OSError: the page cannot be written.
        WarehouseError: the models cannot be read.
    """
    schema = os.environ.get("DBT_SCHEMA") or DEFAULT_SCHEMA
    if warehouse == "duckdb":
        database = Path(os.environ.get("TARGET_DUCKDB_PATH") or _default_database())
        tables = read_duckdb(database, schema)
        output = output or database.with_name("calls.html")
    else:
        tables = read_postgres(os.environ, schema)
        output = output or Path("calls.html")
    page = render(tables, datetime.now(tz=UTC))
    # Replaced in one step: a reader never sees half a page.
    unfinished = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        unfinished.write_text(page, encoding="utf-8")
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)
    return output


def _default_database() -> str:
    """Return the file that meltano.yml and profiles.yml name by default; empty outside Meltano."""
    project = os.environ.get("MELTANO_PROJECT_ROOT")
    return f"{project}/output/ivrflow.duckdb" if project else ""


if __name__ == "__main__":
    main()
