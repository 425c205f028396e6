"""Teaches fakesnow the user stage `@~`, through which target-snowflake loads, and which fakesnow lacks.

fakesnow turns the tree of a statement into DuckDB's SQL, and the trees of these statements hold nothing of
the user stage that a rule could go by: sqlglot gives a bare command or a string. So they are known by their
words. That is safe here because target-snowflake always uses the same ones and both packages are pinned to
the digit, and it is loud: a statement in other words reaches fakesnow, which refuses what it does not know.

What it cannot show: signing in, roles, warehouses, and how Snowflake itself merges.
"""

import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from fakesnow.cursor import FakeSnowflakeCursor  # type: ignore[import-not-found]

_Execute = Callable[..., Any]

_PUT: Final = re.compile(r"put %\(file_uri\)s '@~/(?P<path>[^']+)'")
_MERGE: Final = re.compile(
    r"(?P<into>merge into (?P<schema>\S+\.\S+)\.\S+ d using )"
    r"\((?P<select>select .+) from '@~/(?P<path>[^']+)'\(file_format => .+?\) "
    r"(?P<latest>QUALIFY ROW_NUMBER\(\) OVER \(PARTITION BY .+ ORDER BY )SEQ8\(\)(?P<only> DESC\) = 1)\)"
    r"(?P<rest> s on .+)"
)
_REMOVE: Final = re.compile(r"remove '@~/(?P<path>[^']+)/'")
_DROP_FORMAT: Final = re.compile(r"drop file format if exists .+")
_DONE: Final = "select 'done' as status"


def teach_user_stage() -> None:
    """From now on every cursor of fakesnow knows the user stage."""
    stage = Path(tempfile.mkdtemp(prefix="user-stage-"))
    known: _Execute = FakeSnowflakeCursor.execute

    def execute(
        cursor: Any, command: str, params: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        if match := _PUT.fullmatch(command):
            assert params is not None
            folder = stage / match["path"]
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(url2pathname(urlsplit(params["file_uri"]).path), folder)
            return known(cursor, _DONE)
        if match := _MERGE.fullmatch(command):
            # A MERGE of fakesnow's wants a session with a schema, which this target's has not.
            known(cursor, f"use schema {match['schema']}")
            _read(cursor, stage / match["path"])
            known(
                cursor,
                "create or replace temporary table STAGED_ROWS as select * exclude (LINE_NUMBER) from ("  # noqa: S608 - the words of the target
                f"{match['select'].replace('$1:', 'LINE:')}, LINE_NUMBER from STAGED_LINES"
                f") {match['latest']}LINE_NUMBER{match['only']}",
            )
            return known(cursor, f"{match['into']}STAGED_ROWS{match['rest']}")
        if match := _REMOVE.fullmatch(command):
            shutil.rmtree(stage / match["path"])
            return known(cursor, _DONE)
        if _DROP_FORMAT.fullmatch(command):
            return known(cursor, _DONE)
        return known(cursor, command, params, *args, **kwargs)

    # The target commits its streams side by side, and fakesnow is not safe under threads.
    alone = threading.RLock()

    def execute_alone(*args: Any, **kwargs: Any) -> Any:
        with alone:
            return execute(*args, **kwargs)

    FakeSnowflakeCursor.execute = execute_alone


def _read(cursor: Any, folder: Path) -> None:
    """Read the lines of the staged files, in their order."""
    duckdb = cursor._duck_conn  # noqa: SLF001 - the stand-in has no other way to a file
    duckdb.execute("create or replace temp table STAGED_LINES (LINE json, LINE_NUMBER bigint)")
    for path in sorted(folder.iterdir()):
        duckdb.execute(
            "insert into STAGED_LINES select json, row_number() over () +"
            " (select count(*) from STAGED_LINES) from read_json_objects(?, format='newline_delimited')",
            [str(path)],
        )
