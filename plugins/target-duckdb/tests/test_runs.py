"""One run is one transaction, and whatever ends it otherwise is one line."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import duckdb
import pytest
from singer_sdk import Target

from loading import (
    COMMAND,
    INTEGER,
    TEXT,
    Loader,
    errors,
    lines,
    record,
    records,
    schema,
    state,
    version,
)
from target_duckdb_exact.database import Database
from target_duckdb_exact.errors import LoadError

HEAD: Final = schema({"id": INTEGER, "text": TEXT, "any": {}})
OTHER: Final = schema({"id": INTEGER}, stream="other")
KILLED: Final = (sys.executable, Path(__file__).with_name("killed.py"))


def test_the_last_state_is_printed_once_all_is_committed(loader: Loader) -> None:
    assert loader.load(HEAD, record(id=1), state(1), OTHER, record("other", id=2), state(2)) == [
        {"bookmarks": {"rows": 2}}
    ]


def test_the_command_loads_what_it_reads(loader: Loader) -> None:
    done = loader.run(HEAD, record(id=1, text="'x'"), state(1))
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"bookmarks": {"rows": 1}}
    assert loader.rows("id", "text") == [(1, "'x'")]


def test_the_command_loads_a_file(loader: Loader, tmp_path: Path) -> None:
    messages = tmp_path / "messages"
    messages.write_bytes(lines([HEAD, record(id=1)]))
    assert loader.run(command=(COMMAND, "--input", messages)).returncode == 0
    assert loader.rows("id") == [(1,)]


def test_nothing_in_is_nothing_done(loader: Loader) -> None:
    assert loader.load() == []
    assert not loader.path.exists()


@pytest.mark.parametrize(
    "line",
    [
        b'{"type": "RECORD", "stream": "rows", "record": {"id": 2, "text": "s3cr',  # the tap was killed here
        b"s3cret\n", b"\n", b"[]\n", b"null\n", b'{"type": "RECORD"}\n', b'{"stream": "rows"}\n',
        b'{"type":"RECORD","stream":"rows","record":[1]}\n',
        b'{"type":"RECORD","stream":"unknown","record":{"id":1}}\n',
        b'{"type":"ACTIVATE_VERSION","stream":"unknown","version":1}\n',
        b'{"type":"RECORD","stream":"rows","record":{"id":2,"text":"\xff s3cret"}}\n',
        b'{"type":"RECORD","stream":"rows","record":{"id":2,"text":"\\ud800 s3cret"}}\n',
        b'{"type":"RECORD","stream":"rows","record":{"id":2,"text":NaN}}\n',
        b'{"type":"SCHEMA","stream":"rows","schema":{"type":"object"},"key_properties":[]}\n',
        b'{"type":"SCHEMA","stream":"rows","schema":{"properties":{"id":{}}},"key_properties":"id"}\n',
        b'{"type":"STATE"}\n',
        b'{"type":"BATCH","stream":"rows","encoding":{"format":"jsonl"},"manifest":[]}\n',
        b"[" * 100_000 + b"\n",
        b'{"type":"RECORD","stream":"rows","record":{"id":2,"any":"\xff s3cret"}}\n',
        b'{"type":"RECORD","stream":"rows","record":{"id":2,"any":%b}}\n' % (b"[" * 100_000),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_loaded_is_named_and_nothing_is_committed(loader: Loader, line: bytes) -> None:
    loader.load(HEAD, record(id=0))
    with pytest.raises(LoadError, match=r"^line 4: ") as caught:
        loader.load(HEAD, record(id=1), state(1), line)
    assert "s3cr" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert loader.rows("id") == [(0,)]


def test_the_command_says_an_error_in_one_line(loader: Loader) -> None:
    done = loader.run(HEAD, record(id=1), state(1), b"s3cret\n")
    (line,) = errors(done)
    assert "line 4" in line
    assert b"s3cret" not in done.stderr


def test_a_stream_map_that_is_invalid_is_one_line(loader: Loader) -> None:
    (line,) = errors(loader.run(HEAD, record(id=1), stream_maps={"rows": {"text": "upper("}}))
    assert "upper(" in line


def test_an_unexpected_error_is_one_line_without_its_text(loader: Loader) -> None:
    maps = {"rows": {"text": "int(text)"}}
    done = loader.run(HEAD, record(id=1, text="s3cret"), stream_maps=maps)
    (line,) = errors(done)
    assert "unexpected" in line
    assert b"s3cret" not in done.stderr


def test_motherduck_is_refused(loader: Loader) -> None:
    with pytest.raises(LoadError, match="MotherDuck"):
        loader.load(HEAD, path="md:warehouse")


def test_a_folder_that_is_not_there(loader: Loader) -> None:
    with pytest.raises(LoadError, match=r"missing/file\.duckdb: the folder .*missing does not exist"):
        loader.load(HEAD, path="missing/file.duckdb")


def test_a_configuration_that_is_not_there(loader: Loader) -> None:
    (line,) = errors(loader.run(HEAD, command=(COMMAND, "--config", "missing.json")))
    assert "missing.json" in line


def test_a_commit_that_fails_is_one_line(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "load", lambda self, *_, **__: self.close())
    with pytest.raises(LoadError, match=r"warehouse\.duckdb: ConnectionException"):
        loader.load(HEAD, record(id=1), state(1))


def test_an_unknown_setting_is_an_error(loader: Loader) -> None:
    done = loader.run(HEAD, add_metadata_columns=True)
    assert "add_metadata_columns" in errors(done)[0]


def test_a_file_that_is_not_a_database(loader: Loader) -> None:
    loader.path.write_text("s3cret" * 10_000)
    with pytest.raises(LoadError, match=r"warehouse\.duckdb") as caught:
        loader.load(HEAD)
    assert "s3cret" not in str(caught.value)


def test_a_database_that_is_damaged_is_called_so(loader: Loader) -> None:
    loader.load(HEAD)
    content = bytearray(loader.path.read_bytes())
    content[20] ^= 255
    loader.path.write_bytes(content)
    with pytest.raises(LoadError, match=r"warehouse\.duckdb: Corrupt database file"):
        loader.load(HEAD)


@pytest.mark.parametrize("stream", ["loaded", "rows"])
def test_a_file_with_the_name_of_the_schema(tmp_path: Path, stream: str) -> None:
    loader = Loader(tmp_path / "loaded.duckdb")
    for number in (1, 2):
        loader.load(schema({"id": INTEGER}, stream=stream), record(stream, id=number))
    assert loader.ask(f"select id from loaded.loaded.{stream} order by 1") == [(1,), (2,)]  # noqa: S608


@pytest.mark.parametrize("empty", ["", None])
def test_a_schema_of_the_database_that_is_empty_is_main(loader: Loader, empty: str | None) -> None:
    loader.load(HEAD, record(id=1), default_target_schema=empty)
    assert loader.ask("select id from main.rows") == [(1,)]


def test_more_streams_than_a_process_may_have_files_open(loader: Loader) -> None:
    streams = [f"stream_{number}" for number in range(100)]
    messages = [m for s in streams for m in (schema({"id": INTEGER}, stream=s), record(s, id=1))]
    limited = ("sh", "-c", 'ulimit -Sn 64 && exec "$0" "$@"', COMMAND)
    assert loader.run(*messages, command=limited).returncode == 0
    assert loader.ask("select count(*) from duckdb_tables()") == [(len(streams),)]


def test_a_state_that_cannot_be_printed_is_one_line(loader: Loader) -> None:
    done = loader.run(HEAD, record(id=1), state(1), command=("sh", "-c", '"$0" "$@" > /dev/full', COMMAND))
    (line,) = errors(done)
    assert "is committed" in line
    assert "STATE" in line
    assert loader.rows("id") == [(1,)]


def test_what_was_loaded_stays_if_the_state_cannot_be_printed(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Target) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Target, "process_endofpipe", fail)
    with pytest.raises(LoadError, match=r"is committed.*STATE.*No space left"):
        loader.load(HEAD, record(id=1), state(1))
    assert loader.rows("id") == [(1,)]


def test_a_view_in_the_place_of_the_table(loader: Loader) -> None:
    with duckdb.connect(str(loader.path)) as connection:
        connection.execute("create schema loaded; create view loaded.rows as select 1 as id")
    with pytest.raises(LoadError, match="rows"):
        loader.load(HEAD, record(id=1))


@pytest.fixture
def held(loader: Loader) -> subprocess.Popen[str]:
    """Another process that has the file open until its stdin is closed."""
    program = f"import duckdb, sys; c = duckdb.connect({str(loader.path)!r}); print('open', flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def test_a_file_that_another_process_has_open_is_one_line(
    loader: Loader, held: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    with held, pytest.raises(LoadError) as caught:
        loader.load(HEAD, record(id=1), lock_timeout=60)
    assert str(loader.path) in str(caught.value)
    assert f"PID {held.pid}" in str(caught.value)
    assert "lock_timeout" in str(caught.value)
    assert sum(waits) == 60


def test_a_file_that_another_process_has_open_is_waited_for(
    loader: Loader, held: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: held.communicate())
    loader.load(HEAD, record(id=1), lock_timeout=1)
    assert loader.rows("id") == [(1,)]


def test_a_process_without_a_name(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object, **__: object) -> None:
        raise duckdb.IOException('IO Error: Could not set lock on file "x": no details')

    monkeypatch.setattr(duckdb, "connect", connect)
    with pytest.raises(LoadError, match="is open in another process"):
        loader.load(HEAD)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_without_a_commit(loader: Loader, number: signal.Signals) -> None:
    loader.load(HEAD, record(id=0))
    config = loader.path.with_suffix(".json")
    config.write_text(json.dumps(loader.config({})))
    with subprocess.Popen(
        [COMMAND, "--config", config], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        # A change of the SCHEMA is logged: what came before it was read.
        other = schema({"id": INTEGER})
        process.stdin.write(lines([HEAD, record(id=1), state(1), other]))
        process.stdin.flush()
        while b"have changed" not in process.stderr.readline():
            pass
        process.send_signal(number)
        out, _ = process.communicate()
    assert (process.returncode, out) == (128 + number, b"")
    assert loader.rows("id") == [(0,)]


BEFORE: Final = [HEAD, OTHER, *records({"id": i, "text": f"'{i}'"} for i in range(50)), record("other", id=1)]
AFTER: Final = [
    HEAD, *records({"id": i, "text": "after"} for i in range(25)), version(),
    schema({"id": INTEGER, "text": TEXT, "more": TEXT}), *records({"id": i, "more": "x" * 5_000} for i in range(25, 99)),
    OTHER, record("other", id=2), version("other"), state(2),
]  # fmt: skip


def content(loader: Loader) -> list[object]:
    """The tables and their rows, without times of the machine's clock."""
    metadata = "_sdc_batched_at, _sdc_deleted_at"
    query = f"select * exclude ({metadata}), _sdc_deleted_at is null from loaded.{{}} order by all"  # noqa: S608
    tables = loader.ask("select table_name, sql from duckdb_tables() order by 1")
    return [tables, *(loader.ask(query.format(name)) for name, _ in tables)]


class Killed:
    """A file with rows, and runs that would change them but are ended."""

    def __init__(self, loader: Loader, folder: Path) -> None:
        self.loader = loader
        loader.load(*BEFORE)
        self._untouched = folder / "untouched"
        shutil.copy(loader.path, self._untouched)
        self.before = content(loader)
        complete = loader.run(*AFTER, command=(*KILLED, "kill", "0"))
        self.calls = int(complete.stderr.split()[-1])
        self.after = content(loader)
        assert self.after != self.before
        assert self.calls > 100

    def run(self, how: str, number: int) -> subprocess.CompletedProcess[bytes]:
        self.loader.path.with_suffix(".duckdb.wal").unlink(missing_ok=True)
        shutil.copy(self._untouched, self.loader.path)
        return self.loader.run(*AFTER, command=(*KILLED, how, str(number)))

    def is_loaded_by(self, how: str, number: int) -> bool:
        """Whether the run that is killed at a point had committed; the run after it is right in any case."""
        done = self.run(how, number)
        assert done.returncode in {-signal.SIGKILL, -signal.SIGXFSZ}, (how, number, done)
        found = content(self.loader)
        assert found in (self.before, self.after)
        # A state that was printed for rows that are not there would be a loss.
        assert found == self.after or done.stdout == b""
        self.loader.load(*AFTER)
        assert content(self.loader) == self.after
        return found == self.after


@pytest.fixture
def killed(loader: Loader, tmp_path: Path) -> Killed:
    return Killed(loader, tmp_path)


def test_a_run_that_is_killed_leaves_the_file_as_it_was(killed: Killed) -> None:
    # The last call is made after the commit.
    points = [killed.calls // 2, killed.calls - 2, killed.calls]
    assert [killed.is_loaded_by("kill", each) for each in points] == [False, False, True]


@pytest.mark.targets
def test_a_run_that_is_killed_at_any_of_twenty_points_leaves_the_file_as_it_was(killed: Killed) -> None:
    size = killed.loader.path.stat().st_size
    points = [("kill", 1 + (killed.calls - 1) * each // 11) for each in range(12)]
    points += [("size", size * each // 8) for each in range(8)]
    assert {killed.is_loaded_by(*point) for point in points} == {False, True}


@pytest.mark.parametrize("calls_before_the_end", [100, 2])
def test_a_disk_that_is_full_is_one_line(killed: Killed, calls_before_the_end: int) -> None:
    (line,) = errors(killed.run("full", killed.calls - calls_before_the_end))
    assert "File too large" in line or "ould not write" in line
    assert content(killed.loader) == killed.before
    killed.loader.load(*AFTER)
    assert content(killed.loader) == killed.after


def test_no_file_is_left_beside_the_database(loader: Loader) -> None:
    loader.load(*BEFORE)
    assert os.listdir(loader.path.parent) == [loader.path.name]  # noqa: PTH208 - names
