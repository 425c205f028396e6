from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import psycopg
import pytest
from psycopg.sql import SQL

from ivrflow_calls.__main__ import main
from tests.targets.postgres import postgres as postgres_server

MODELS = {
    "call_map_nodes": "tenant text, node text, kind text, object_id text, name text, state text, why text",
    "call_map_edges": "tenant text, from_node text, to_node text, from_kind text, reason text, state text, why text",
    "findings": "tenant text, severity text, sentence text, first_seen timestamp",
    "changes": "noticed_at timestamp, tenant text, object text, object_id text, change text, field text,"
    " old_value text, new_value text",
    "tenant_freshness": "tenant text, stream text, extracted_at timestamp, hours_ago bigint",
    "flows_per_day": "tenant text, day date, flows bigint, loaded_flows bigint, broken bigint",
}


POSTGRES = ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")


def run(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], *arguments: str) -> None:
    for name in (
        "TARGET_DUCKDB_PATH",
        "MELTANO_PROJECT_ROOT",
        "DBT_SCHEMA",
        *(f"TARGET_POSTGRES_{each}" for each in POSTGRES),
    ):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["ivrflow-calls", *arguments])
    main()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "ivrflow.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute('create schema "my ""schema"')
        for name, columns in MODELS.items():
            connection.execute(f'create table "my ""schema".{name} ({columns})')
        connection.execute(
            """insert into "my ""schema".call_map_nodes values ('north', 'flow 1', 'flow', '1', 'Welcome', 'ok', '')"""
        )
    return path


def test_the_page_is_written_beside_the_database(
    database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, {"TARGET_DUCKDB_PATH": str(database), "DBT_SCHEMA": 'my "schema'}, "duckdb")
    page = database.with_name("calls.html")
    assert capsys.readouterr().out == f"{page}\n"
    assert "Welcome" in page.read_text(encoding="utf-8")
    assert sorted(path.name for path in database.parent.iterdir()) == ["calls.html", "ivrflow.duckdb"]


def test_the_default_database_is_that_of_the_meltano_project(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = database.parent / "output"
    output.mkdir()
    database.rename(output / database.name)
    variables = {"MELTANO_PROJECT_ROOT": str(database.parent), "DBT_SCHEMA": 'my "schema'}
    run(monkeypatch, variables, "duckdb")
    assert (output / "calls.html").exists()


@pytest.mark.parametrize("other", ["duckdb", "psycopg2"])
def test_the_library_of_the_other_warehouse_is_not_needed(other: str) -> None:
    code = f"import sys; sys.modules[{other!r}] = None; import ivrflow_calls.__main__"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_page_is_written_where_the_option_says(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = database.with_name("other.html")
    variables = {"TARGET_DUCKDB_PATH": str(database), "DBT_SCHEMA": 'my "schema'}
    run(monkeypatch, variables, "duckdb", "--output", str(page))
    assert page.exists()


def test_a_page_that_cannot_be_written_leaves_nothing_behind(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = database.with_name("calls.html")
    page.mkdir()
    with pytest.raises(SystemExit, match=r"ivrflow-calls: .*directory"):
        run(monkeypatch, {"TARGET_DUCKDB_PATH": str(database), "DBT_SCHEMA": 'my "schema'}, "duckdb")
    assert sorted(path.name for path in database.parent.iterdir()) == ["calls.html", "ivrflow.duckdb"]


def test_a_failure_is_one_line_that_says_what_to_do(
    database: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("not a database")
    for variables, said in [
        ({}, "TARGET_DUCKDB_PATH"),
        ({"TARGET_DUCKDB_PATH": str(tmp_path / "none.duckdb")}, "load into DuckDB first"),
        ({"TARGET_DUCKDB_PATH": str(database)}, "dbt build"),
        ({"TARGET_DUCKDB_PATH": str(other)}, "not a valid DuckDB database"),
    ]:
        with pytest.raises(SystemExit) as ended:
            run(monkeypatch, variables, "duckdb")
        line = str(ended.value)
        assert line.startswith("ivrflow-calls: ")
        assert said in line
        assert "\n" not in line


@pytest.fixture(scope="module")
def postgres() -> Iterator[dict[str, str]]:
    """The variables of a server of the tests' own, with the models."""
    with postgres_server() as server:
        database = server.database("calls")
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute("create schema ivr_analytics")
            for name, columns in MODELS.items():
                connection.execute(SQL(f"create table ivr_analytics.{name} ({columns})"))  # type: ignore[arg-type] # text of this file
        yield database.variables


def test_the_page_is_made_from_postgresql_too(
    postgres: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    run(monkeypatch, postgres, "postgres")
    assert "0 tenant spaces" in (tmp_path / "calls.html").read_text(encoding="utf-8")


def test_a_failure_of_postgresql_is_one_line(
    postgres: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variables, said in [
        ({**postgres, "DBT_SCHEMA": "nothing_here"}, "dbt build"),
        ({**postgres, "TARGET_POSTGRES_PASSWORD": "wrong"}, "password authentication failed"),
    ]:
        with pytest.raises(SystemExit) as ended:
            run(monkeypatch, variables, "postgres")
        line = str(ended.value)
        assert said in line
        assert "\n" not in line
        assert postgres["TARGET_POSTGRES_PASSWORD"] not in line
