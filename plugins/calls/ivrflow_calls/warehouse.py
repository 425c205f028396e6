"""Reads the models that the page shows, from DuckDB or PostgreSQL, with one set of queries."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

Row: TypeAlias = dict[str, Any]

LATEST_CHANGES: Final = 200
"""Changes that the page shows at most; the model `changes` has all."""

_QUERIES: Final = {
    "nodes": "select tenant, node, kind, object_id, name, state, why from {schema}.call_map_nodes"
    " order by tenant, kind, node",
    "edges": "select tenant, from_node, to_node, from_kind, reason, state, why "
    "from {schema}.call_map_edges order by tenant, from_node, reason, to_node",
    "findings": "select tenant, severity, sentence, first_seen from {schema}.findings"
    " order by tenant, case severity when 'error' then 1 when 'warning' then 2 else 3 end, sentence",
    "changes": "select noticed_at, tenant, object, object_id, change, field, old_value, new_value"
    " from {schema}.changes order by noticed_at desc, tenant, object, object_id, field limit {changes}",
    "freshness": "select tenant, stream, extracted_at, hours_ago from {schema}.tenant_freshness"
    " where extracted_at is not null order by tenant, stream",
    "days": "select tenant, day, flows, loaded_flows, broken"
    " from {schema}.flows_per_day order by tenant, day",
}


class Tables(NamedTuple):
    """Rows of each model, sorted by tenant."""

    nodes: list[Row]
    edges: list[Row]
    findings: list[Row]
    changes: list[Row]
    freshness: list[Row]
    days: list[Row]


class WarehouseError(Exception):
    """The models cannot be read; the text is one line without credentials."""


def read_duckdb(database: Path, schema: str) -> Tables:
    """Return the models of a DuckDB file.

    Raises:
        WarehouseError: there is no such file, it is in use, or the models were not built.
    """
    import duckdb  # It comes with dbt-duckdb only.

    if not database.is_file():
        raise WarehouseError("TARGET_DUCKDB_PATH does not name a file: load into DuckDB first")
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            return _read(connection.cursor(), schema)
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise _not_built(schema) from error
    except duckdb.Error as error:
        raise WarehouseError(str(error).partition("\n")[0]) from error


def read_postgres(variables: Mapping[str, str], schema: str) -> Tables:
    """Return the models of a PostgreSQL database, by the variables that target-postgres and dbt read.

    Raises:
        WarehouseError: the database cannot be reached, or the models were not built.
    """
    import psycopg2  # It comes with dbt-postgres only.

    named = {
        "host": "TARGET_POSTGRES_HOST",
        "port": "TARGET_POSTGRES_PORT",
        "user": "TARGET_POSTGRES_USER",
        "password": "TARGET_POSTGRES_PASSWORD",
        "dbname": "TARGET_POSTGRES_DATABASE",
    }
    given = {name: variables[variable] for name, variable in named.items() if variables.get(variable)}
    try:
        with closing(psycopg2.connect(**given)) as connection:  # type: ignore[call-overload] # all are text
            return _read(connection.cursor(), schema)
    except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn) as error:
        raise _not_built(schema) from error
    except psycopg2.Error as error:
        raise WarehouseError(str(error).strip().partition("\n")[0]) from error


def _not_built(schema: str) -> WarehouseError:
    return WarehouseError(f"the schema {schema} lacks a model of this version: run dbt build first")


def _read(cursor: Any, schema: str) -> Tables:  # noqa: ANN401 - a cursor of either library
    quoted = '"' + schema.replace('"', '""') + '"'
    found = {}
    for table, query in _QUERIES.items():
        cursor.execute(query.format(schema=quoted, changes=LATEST_CHANGES))
        names = [column[0] for column in cursor.description]
        found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return Tables(**found)
