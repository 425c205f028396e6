"""Runs lines in the environment of a reader, and prints the rows of each as JSON: python read.py LANGUAGE LINE…."""

from __future__ import annotations

import importlib
import json
import sys
from contextlib import suppress
from glob import glob
from typing import Any

MODULES = {
    "csv": "pyarrow.csv",
    "duckdb": "duckdb",
    "json": "pyarrow.json",
    "pa": "pyarrow",
    "pd": "pandas",
    "pl": "polars",
    "pq": "pyarrow.parquet",
    "psycopg": "psycopg",
    "sqlalchemy": "sqlalchemy",
}
"""What the page imports before its lines."""


def python(line: str) -> Any:
    """Evaluate an expression."""
    names: dict[str, Any] = {"glob": glob}
    for name, module in MODULES.items():
        with suppress(ImportError):
            names[name] = importlib.import_module(module)
    return eval(line, names)  # noqa: S307 - a line of the page


def duckdb(line: str) -> Any:
    """Ask DuckDB, which has the file that target-duckdb loaded."""
    from duckdb import connect

    with connect() as connection:
        if "ivrflow." in line:
            connection.execute("attach 'ivrflow.duckdb' (read_only)")
        cursor = connection.execute(line)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def chdb(line: str) -> Any:
    """Ask chDB."""
    from chdb import query  # type: ignore[import-not-found]

    return query(line, "ArrowTable")


def rows(found: Any) -> list[dict[str, Any]]:
    """Return rows in Python's values."""
    for method in ("to_pylist", "to_dicts"):  # pyarrow, polars
        if hasattr(found, method):
            found = getattr(found, method)()
    if hasattr(found, "to_dict"):  # pandas, where NaN, NaT and NA are null
        found = found.astype(object).where(found.notna(), None).to_dict("records")
    return [*found]


def run(language: str, line: str) -> list[dict[str, Any]] | None:
    """Return the rows of a line, or None where it ends with an error."""
    try:
        return rows(globals()[language](line))
    except Exception as error:  # noqa: BLE001 - each library has its own
        sys.stderr.write(f"{line}: {error}\n")
        return None


def other(value: Any) -> Any:
    """Return the value of a type of NumPy, or name the type of what JSON has no word for."""
    return value.item() if hasattr(value, "item") else {"type": type(value).__name__}


if __name__ == "__main__":
    _, language, *lines = sys.argv
    json.dump([run(language, line) for line in lines], sys.stdout, default=other)
