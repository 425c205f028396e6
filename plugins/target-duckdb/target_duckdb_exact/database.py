"""The database file: one transaction for a run."""

# ruff: noqa: S608 - all names in the statements are quoted

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from target_duckdb_exact.columns import Column, folded
from target_duckdb_exact.errors import LoadError

if TYPE_CHECKING:
    from target_duckdb_exact.sink import DuckDBSink

_POLL: Final = 0.5
"""Seconds between two attempts to open a file that another process has open."""

_DELETED_AT: Final = "_sdc_deleted_at"
_METADATA: Final = ("_sdc_extracted_at", "_sdc_batched_at", _DELETED_AT)
_INTEGERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_SMALLEST_OBJECT: Final = 64 * 1024
"""Bytes of a line for which DuckDB makes room at least. Its default, 16 MB, takes 32 MB for each thread."""

# Of these the message names tables, columns and files. Others may repeat values.
_NAMES_NO_VALUE: Final = (duckdb.BinderException, duckdb.CatalogException, duckdb.IOException,
                          duckdb.OutOfMemoryException, duckdb.ParserException)  # fmt: skip


class Database:
    """A connection in which one transaction is open until `commit`."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Open the file, and wait while another process has it open.

        Raises:
            LoadError: the file cannot be opened.
        """
        self._path = Path(config["path"]).expanduser()
        self.folder = self._path.absolute().parent
        self._schema = config["default_target_schema"]
        self._hard_delete = config["hard_delete"]
        self._metadata = _METADATA if config["add_record_metadata"] else ()
        self._connection = self._connect(config["lock_timeout"])
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("BEGIN")
        self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(self._schema)}")

    def _connect(self, timeout: int) -> duckdb.DuckDBPyConnection:
        if not self.folder.is_dir():
            raise LoadError(f"{self._path}: there is no folder {self.folder}")
        remaining = float(timeout)
        while True:
            try:
                # Nothing is fetched from the network.
                return duckdb.connect(
                    str(self.folder / self._path.name),
                    config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
                )
            except duckdb.Error as error:
                if "Could not set lock" not in str(error):
                    raise self.explained(error) from error
                if remaining <= 0:
                    holder = re.search(r"lock is held in (.+?\))", str(error))
                    who = holder[1] if holder else "another process"
                    text = f"{self._path} is open in {who}, and still was after {timeout} s (lock_timeout)"
                    raise LoadError(text) from error
            time.sleep(_POLL)
            remaining -= _POLL

    def load(self, sink: DuckDBSink, *, activate: bool = False) -> None:
        """Load what a sink has staged, into a table that is made or changed as the SCHEMA wants.

        Args:
            sink: has the rows.
            activate: whether the table's other rows are deleted or marked as deleted.

        Raises:
            LoadError: the rows cannot be loaded without loss.
        """
        try:
            table = self._prepare(sink.stream_name, sink.columns)
            if activate:
                # Of these rows, those that the run brought lose the mark, or come back, in the next step.
                self._remove_all(table)
            self._merge(table, sink)
        except duckdb.ConversionException as error:
            self._connection.execute("ROLLBACK")
            raise self._misfit(sink) from error
        except duckdb.Error as error:
            raise self.explained(error, sink.stream_name) from error

    def close(self) -> None:
        """Close the file, without what was not committed."""
        self._connection.close()

    def commit(self) -> None:
        """Commit the run, and close the file.

        Raises:
            LoadError: DuckDB could not.
        """
        try:
            self._connection.execute("COMMIT")
            self.close()
        except duckdb.Error as error:
            raise self.explained(error) from error

    def explained(self, error: duckdb.Error, stream: str = "") -> LoadError:
        """Return the error in one line that has no value of a row."""
        text = str(error).split("\n", 1)[0]
        if not isinstance(error, _NAMES_NO_VALUE) and "Failed to commit: Could not write" not in text[:60]:
            text = type(error).__name__
        return LoadError(": ".join(filter(None, (str(self._path), stream, text))))

    def _prepare(self, stream: str, columns: Sequence[Column]) -> _Table:
        """Return the stream's table, which has a column for each of these."""
        table = _Table(f"{_quoted(self._schema)}.{_quoted(stream)}", self._columns(stream))
        wanted = {column.name: column.type for column in columns}
        own = {folded(name) for name in wanted}
        wanted |= {name: "TIMESTAMP" for name in self._metadata if folded(name) not in own}
        keys = [column.name for column in columns if column.key]
        if not table.types:
            definitions = [f"{_quoted(name)} {type_}" for name, type_ in wanted.items()]
            self._connection.execute(f"CREATE TABLE {table.name} ({', '.join(definitions)})")
            table.types.update(wanted)
        for name, type_ in wanted.items():
            old = next((each for each in table.types if folded(each) == folded(name)), None)
            if old is None:
                self._add(table, name, type_)
                continue
            if old != name:
                self._connection.execute(f"ALTER TABLE {table.name} RENAME {_quoted(old)} TO {_quoted(name)}")
                table.types[name] = table.types.pop(old)
            self._change_type(table, name, type_, stream, is_key=name in keys)
        return table

    def _add(self, table: _Table, name: str, type_: str) -> None:
        self._connection.execute(f"ALTER TABLE {table.name} ADD COLUMN {_quoted(name)} {type_}")
        table.types[name] = type_

    def _columns(self, stream: str) -> dict[str, str]:
        """Return the types of the columns of a stream's table, by name; none if there is no table."""
        query = """SELECT column_name, data_type FROM duckdb_columns()
            WHERE database_name = current_database() AND lower(schema_name) = lower(?)
            AND lower(table_name) = lower(?) ORDER BY column_index"""
        return dict(self._connection.execute(query, [self._schema, stream]).fetchall())

    def _change_type(self, table: _Table, name: str, new: str, stream: str, *, is_key: bool) -> None:
        old = table.types[name]
        whole = old in _INTEGERS and new in _INTEGERS
        # A wider type stays, and so does a narrower one under a primary key, which DuckDB cannot alter.
        if old == new or (whole and (is_key or _INTEGERS.index(old) > _INTEGERS.index(new))):
            return
        column = _quoted(name)
        changed = column
        if old == "VARCHAR" and new.startswith("TIMESTAMP"):
            # The text of a time has many forms. Only by way of a zone is its offset obeyed.
            changed = f"CAST(try_cast({column} AS TIMESTAMPTZ) AS {new})"
            lost = f"{changed} IS NULL"
        elif "JSON" in (old, new):
            lost = "true"  # The text "5" and the number 5 would become the same.
        else:
            changed = f"try_cast({column} AS {new})"
            lost = f"try_cast({changed} AS {old}) IS DISTINCT FROM {column}"
        query = f"SELECT count(*) FROM {table.name} WHERE {column} IS NOT NULL AND {lost}"
        if count := self._connection.execute(query).fetchall()[0][0]:
            raise LoadError(
                f"{stream}: {name} is {old} in the table and {new} in the SCHEMA,"
                f" and {count} of its values cannot change without loss"
            )
        self._connection.execute(f"ALTER TABLE {table.name} ALTER {column} TYPE {new} USING {changed}")
        table.types[name] = new

    def _remove_all(self, table: _Table) -> None:
        """Delete each row of a table, or mark it as deleted if it is not yet."""
        if self._hard_delete:
            self._connection.execute(f"DELETE FROM {table.name}")
            return
        if not any(folded(name) == folded(_DELETED_AT) for name in table.types):
            self._add(table, _DELETED_AT, "TIMESTAMP")
        self._connection.execute(f"UPDATE {table.name} SET {_DELETED_AT} = now() WHERE {_DELETED_AT} IS NULL")

    def _merge(self, table: _Table, sink: DuckDBSink) -> None:
        """Add the staged rows, each in the place of the row that has its key."""
        if not sink.rows:
            return
        staged = _staged(sink)
        values = dict.fromkeys(table.types, "NULL")
        if "_sdc_extracted_at" in values:
            values["_sdc_extracted_at"] = "CAST(CAST(time_extracted AS TIMESTAMPTZ) AS TIMESTAMP)"
            values["_sdc_batched_at"] = "CAST(now() AS TIMESTAMP)"
        for column in sink.columns:
            value = f"record.{_quoted(column.name)}"
            is_cast = column.read_as != table.types[column.name]
            values[column.name] = f"CAST({value} AS {table.types[column.name]})" if is_cast else value
        names = ", ".join(map(_quoted, values))
        selected = ", ".join(f"{value} AS {_quoted(name)}" for name, value in values.items())
        rows = f"SELECT {selected} FROM {staged}"
        keys = [_quoted(column.name) for column in sink.columns if column.key]
        if not keys:
            self._connection.execute(f"INSERT INTO {table.name} ({names}) {rows}")
            return
        key_values = ", ".join(values[column.name] for column in sink.columns if column.key)
        last = f"row_number() OVER (PARTITION BY {key_values} ORDER BY position_ DESC) = 1"
        same = " AND ".join(f"loaded.{key} = staged.{key}" for key in keys)
        update = ", ".join(
            f"{_quoted(name)} = staged.{_quoted(name)}" for name in values if _quoted(name) not in keys
        )
        insert = ", ".join(f"staged.{_quoted(name)}" for name in values)
        self._connection.execute(
            f"MERGE INTO {table.name} AS loaded USING ({rows} QUALIFY {last}) AS staged ON {same}"
            + (f" WHEN MATCHED THEN UPDATE SET {update}" if update else "")
            + f" WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({insert})"
        )

    def _misfit(self, sink: DuckDBSink) -> LoadError:
        """Return the error of staged values that have the form of their type, such as the date 2026-02-30."""
        for column in sink.columns:
            value = f"record.{_quoted(column.name)}"
            wrong = f"{value} IS NOT NULL AND try_cast({value} AS {column.type}) IS NULL"
            query = f"SELECT 1 FROM {_staged(sink)} WHERE {wrong} LIMIT 1"
            if self._connection.execute(query).fetchall():
                return LoadError(f"{sink.stream_name}: a value of {column.name} does not fit {column.type}")
        return LoadError(f"{sink.stream_name}: a value does not fit the type of its column in the table")


class _Table:
    """A table, and the types of its columns by their names."""

    def __init__(self, name: str, types: dict[str, str]) -> None:
        self.name = name
        self.types = types


def _staged(sink: DuckDBSink) -> str:
    """Return the table function that reads what a sink staged. It guesses nothing."""
    row = ", ".join(f"{_quoted(column.name)} {column.read_as}" for column in sink.columns)
    columns = f"{{position_: 'BIGINT', time_extracted: 'VARCHAR', record: {_literal(f'STRUCT({row})')}}}"
    return (
        f"read_json('/dev/fd/{sink.file.fileno()}', columns = {columns}, format = 'newline_delimited',"
        f" compression = 'uncompressed', maximum_object_size = {max(sink.longest + 1, _SMALLEST_OBJECT)})"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
