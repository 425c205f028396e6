"""The table of a stream: made, changed, and merged with what is staged."""

# ruff: noqa: S608 - all names in the statements are quoted

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb

from target_duckdb_exact.columns import Column, folded, quoted
from target_duckdb_exact.errors import LoadError

_EXTRACTED_AT: Final = "_sdc_extracted_at"
_BATCHED_AT: Final = "_sdc_batched_at"
_DELETED_AT: Final = "_sdc_deleted_at"
METADATA: Final = (_EXTRACTED_AT, _BATCHED_AT, _DELETED_AT)
"""Columns of type TIMESTAMP, in UTC."""

_INTEGERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")


class Table:
    """The table of a stream, which may not be there yet."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str, stream: str) -> None:
        """Look at nothing yet; `schema` is as SQL writes it."""
        self._run = connection.execute
        self._stream = stream
        self._name = f"{schema}.{quoted(stream)}"
        self._types: dict[str, str] = {}

    def fit(self, columns: Sequence[Column], metadata: Sequence[str]) -> None:
        """Make the table, or change it so that it has these columns.

        Raises:
            LoadError: a type cannot change without loss.
        """
        own = {folded(column.name) for column in columns}
        wanted = [
            *columns,
            *(Column(name, "TIMESTAMP", key=False) for name in metadata if folded(name) not in own),
        ]
        definitions = ", ".join(f"{quoted(column.name)} {column.type}" for column in wanted)
        self._run(f"CREATE TABLE IF NOT EXISTS {self._name} ({definitions})")
        self._types = {name: type_ for name, type_, *_ in self._run(f"DESCRIBE {self._name}").fetchall()}
        for column in wanted:
            old = self._find(column.name)
            if old is None:
                self._add(column.name, column.type)
                continue
            if old != column.name:
                self._run(f"ALTER TABLE {self._name} RENAME {quoted(old)} TO {quoted(column.name)}")
                self._types[column.name] = self._types.pop(old)
            self._change_type(column)

    def remove_all(self, *, hard: bool) -> None:
        """Delete each row, or mark it as deleted if it is not yet."""
        if hard:
            self._run(f"DELETE FROM {self._name}")
            return
        if not self._find(_DELETED_AT):
            self._add(_DELETED_AT, "TIMESTAMP")
        self._run(f"UPDATE {self._name} SET {_DELETED_AT} = now() WHERE {_DELETED_AT} IS NULL")

    def merge(self, staged: str, columns: Sequence[Column], rows: int) -> None:
        """Add the staged rows, each replacing the row that has its key. Other columns become null.

        Raises:
            LoadError: several rows of the table have the key of one.
        """
        values = dict.fromkeys(self._types, "NULL")
        times = {
            _EXTRACTED_AT: "CAST(CAST(time_extracted AS TIMESTAMPTZ) AS TIMESTAMP)",
            _BATCHED_AT: "CAST(now() AS TIMESTAMP)",
        }
        values |= {name: value for name, value in times.items() if name in values}
        for column in columns:
            type_ = self._types[column.name]
            values[column.name] = (
                column.staged if column.read_as == type_ else f"CAST({column.staged} AS {type_})"
            )
        names = ", ".join(map(quoted, values))
        query = f"SELECT {', '.join(f'{values[name]} AS {quoted(name)}' for name in values)} FROM {staged}"
        keys = [column.name for column in columns if column.key]
        if not keys:
            self._run(f"INSERT INTO {self._name} ({names}) {query}")
            return
        last = f"PARTITION BY {', '.join(values[key] for key in keys)} ORDER BY position_ DESC"
        same = " AND ".join(f"old.{quoted(key)} = new.{quoted(key)}" for key in keys)
        changes = ", ".join(f"{quoted(name)} = new.{quoted(name)}" for name in values if name not in keys)
        new = ", ".join(f"new.{quoted(name)}" for name in values)
        merged = self._run(
            f"MERGE INTO {self._name} AS old"
            f" USING ({query} QUALIFY row_number() OVER ({last}) = 1) AS new ON {same}"
            + (f" WHEN MATCHED THEN UPDATE SET {changes}" if changes else "")
            + f" WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({new})"
        ).fetchall()
        if merged[0][0] > rows:
            raise LoadError(f"{self._stream}: the table has several rows with the same {', '.join(keys)}")

    def _find(self, name: str) -> str | None:
        """Return how the table spells the name of a column."""
        return next((each for each in self._types if folded(each) == folded(name)), None)

    def _add(self, name: str, type_: str) -> None:
        self._run(f"ALTER TABLE {self._name} ADD COLUMN {quoted(name)} {type_}")
        self._types[name] = type_

    def _change_type(self, column: Column) -> None:
        old, new, name = self._types[column.name], column.type, quoted(column.name)
        are_integers = old in _INTEGERS and new in _INTEGERS
        # A wider type stays, and so does a narrower one under a primary key, which DuckDB cannot alter.
        if old == new or (are_integers and (column.key or _INTEGERS.index(old) > _INTEGERS.index(new))):
            return
        # As JSON, the text "5" and the number 5 would be the same.
        survives = "JSON" not in (old, new) and f"try_cast(try_cast({name} AS {new}) AS {old}) = {name}"
        query = f"SELECT count(*) FROM {self._name} WHERE {name} IS NOT NULL AND ({survives}) IS NOT TRUE"
        if count := self._run(query).fetchall()[0][0]:
            raise LoadError(
                f"{self._stream}: {column.name} is {old} in the table and {new} in the SCHEMA,"
                f" and {count} of its values cannot change without loss"
            )
        self._run(f"ALTER TABLE {self._name} ALTER {name} TYPE {new}")
        self._types[column.name] = new
