"""The database file: one transaction for a run."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from target_duckdb_exact.columns import quoted
from target_duckdb_exact.errors import LoadError
from target_duckdb_exact.table import METADATA, Table

if TYPE_CHECKING:
    from target_duckdb_exact.sink import DuckDBSink

_POLL: Final = 0.5
"""Seconds between two attempts to open a file that another process has open."""

_SHOWN: Final = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.DependencyException,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.ParserException,
)
"""Errors whose text names tables, columns and files. The text of others may repeat values."""

_SHOWN_TEXTS: Final = "Corrupt database file|.{,40}Failed to commit: Could not write"
"""Texts of the other errors that are shown too."""


class Database:
    """A database file, which no other process can open until it is closed."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Open the file, and wait while another process has it open.

        Raises:
            LoadError: the file cannot be opened.
        """
        self._config = config
        self._path = Path(config["path"]).expanduser()
        self.folder = self._path.absolute().parent
        if re.match("(md|motherduck):", config["path"]):
            raise LoadError("path: MotherDuck is not supported")
        if not self.folder.is_dir():
            raise LoadError(f"{self._path}: the folder {self.folder} does not exist")
        with self._errors():
            self._connection = self._connect(config["lock_timeout"])
            self._connection.execute("SET TimeZone = 'UTC'")
            ((database,),) = self._connection.execute("SELECT current_database()").fetchall()
        # Meltano gives an empty text where no extractor is run. The database has the name of the file, which
        # may be that of the schema.
        self._schema = f"{quoted(database)}.{quoted(config['default_target_schema'] or 'main')}"

    def begin(self) -> None:
        """Begin the transaction, which gives `now()` its value, and make the schema if it is missing.

        Raises:
            LoadError: DuckDB could not.
        """
        with self._errors():
            self._connection.execute("BEGIN")
            self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")

    def load(self, sink: DuckDBSink, *, activate: bool) -> None:
        """Load what a sink has staged, into a table that is made or changed as the SCHEMA wants.

        Args:
            sink: has the rows.
            activate: whether the table's other rows are deleted, or marked as deleted.

        Raises:
            LoadError: the rows cannot be loaded without loss.
        """
        with self._errors(sink.stream_name):
            table = Table(self._connection, self._schema, sink.stream_name)
            table.fit(sink.columns, METADATA if self._config["add_record_metadata"] else ())
            if activate:
                # Rows that the run brought come back, or lose the mark, in the next step.
                table.remove_all(hard=self._config["hard_delete"])
            if sink.rows:
                try:
                    table.merge(sink.staged, sink.columns, sink.rows)
                except duckdb.ConversionException as error:
                    self._connection.execute("ROLLBACK")
                    raise self._misfit(sink) from error

    def commit(self) -> None:
        """Commit the run, and close the file.

        Raises:
            LoadError: DuckDB could not.
        """
        with self._errors():
            self._connection.execute("COMMIT")
            self.close()

    def close(self) -> None:
        """Close the file, without what was not committed."""
        self._connection.close()

    def _connect(self, timeout: int) -> duckdb.DuckDBPyConnection:
        remaining = float(timeout)
        while True:
            try:
                # Nothing is fetched from the network.
                options = dict.fromkeys(("autoinstall_known_extensions", "autoload_known_extensions"), False)
                return duckdb.connect(str(self.folder / self._path.name), config={**options})
            except duckdb.IOException as error:
                if "Could not set lock" not in str(error):
                    raise
                if remaining <= 0:
                    holder = re.search(r"lock is held in (.+?\))", str(error))
                    who = holder[1] if holder else "another process"
                    text = f"{self._path} is open in {who}, and still was after {timeout} s (lock_timeout)"
                    raise LoadError(text) from error
            time.sleep(_POLL)
            remaining -= _POLL

    @contextmanager
    def _errors(self, stream: str = "") -> Iterator[None]:
        """Turn an error of DuckDB into one line that has no value of a row."""
        try:
            yield
        except duckdb.Error as error:
            text = str(error).split("\n", 1)[0]
            is_shown = isinstance(error, _SHOWN) or re.match(_SHOWN_TEXTS, text)
            said = (str(self._path), stream, text if is_shown else type(error).__name__)
            raise LoadError(": ".join(filter(None, said))) from error

    def _misfit(self, sink: DuckDBSink) -> LoadError:
        """Return the error of staged values that have the form of their type, such as the date 2026-02-30."""
        for column in sink.columns:
            wrong = f"{column.staged} IS NOT NULL AND try_cast({column.staged} AS {column.type}) IS NULL"
            query = f"SELECT 1 FROM {sink.staged} WHERE {wrong} LIMIT 1"  # noqa: S608 - names are quoted
            if self._connection.execute(query).fetchall():
                return LoadError(f"{sink.stream_name}: a value of {column.name} does not fit {column.type}")
        return LoadError(
            f"{sink.stream_name}: a value or time_extracted does not fit the type of its column in the table"
        )
