"""Runs the installed command as a user would, and reads what it printed."""

from __future__ import annotations

import json
import os
import re
import select
import selectors
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import IO, Any, Final, Self

from simulator.server import Simulator

ROOT: Final = Path(__file__).resolve().parent.parent
TAP: Final = Path(sys.executable).with_name("tap-ivrflow")
TENANT: Final = {"name": "north", "app_key": "key-north-77", "app_secret": 's3cret-n0rth+/=%ü"x'}
FLOW: Final = {
    "isLoad": 1,
    "accessCode": "0090500",
    "maxCallNum": None,
    "description": "Exception handling",
    "id": 1,
    "flowFileName": "defaultIVR.GSL",
    "flowType": 1,
}

HANG: Final = 60
"""Seconds after which a command under test is taken to hang. Nothing waits this long when it works."""


@dataclass(frozen=True)
class Run:
    """A finished run of the command."""

    code: int
    stdout: bytes
    stderr: str
    waits: list[float] = field(default_factory=list)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Every line of stdout, each of which must be a Singer message."""
        assert self.stdout == b"" or self.stdout.endswith(b"\n"), "stdout ends inside a line"
        messages = [json.loads(line) for line in self.stdout.splitlines()]
        assert all(message["type"] in TYPES for message in messages)
        return messages

    @property
    def lists(self) -> list[dict[str, Any]]:
        """The messages before those of the stream `extractions`, which comes last."""
        messages = self.messages
        streams = [message.get("stream") for message in messages]
        return messages[: streams.index("extractions")] if "extractions" in streams else messages

    @property
    def types(self) -> list[str]:
        """The types of the messages of the lists."""
        return [message["type"] for message in self.lists]

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records of the lists, without the number of the extraction, which differs in every run."""
        return [
            {name: value for name, value in message["record"].items() if name != "extraction"}
            for message in self.lists
            if message["type"] == "RECORD"
        ]

    @property
    def proofs(self) -> list[dict[str, Any]]:
        """The records of the stream `extractions`."""
        return [
            message["record"]
            for message in self.messages
            if message.get("stream") == "extractions" and message["type"] == "RECORD"
        ]

    @property
    def ids(self) -> list[tuple[str, int]]:
        return [(record["tenant"], record["id"]) for record in self.records]

    def lines(self, level: str) -> list[str]:
        """The texts of the log lines of a level."""
        parts = [line.split(" | ", 3) for line in self.stderr.splitlines()]
        return [part[3] for part in parts if len(part) == 4 and part[1].strip() == level]

    @property
    def errors(self) -> list[str]:
        return self.lines("ERROR")

    @property
    def warnings(self) -> list[str]:
        return self.lines("WARNING")


TYPES: Final = {"SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION"}


class Forked:
    """A process that the fork server started, with the part of `subprocess.Popen` that tests use."""

    def __init__(self, server: ForkServer, pid: int, lives: int, stdout: int | None, stderr: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdout: IO[bytes] | None = None if stdout is None else os.fdopen(stdout, "rb", 0)
        self.stderr: IO[bytes] | None = os.fdopen(stderr, "rb", 0)
        self._server = server
        # The process holds the other end, until it ends.
        self.lives = os.fdopen(lives, "rb", 0)

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self.lives], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("tap-ivrflow", timeout or 0)
            self.lives.close()
            self.returncode = self._server.reap(self.pid)
        return self.returncode

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self.lives], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Read both pipes to their ends, and wait; no wait for a piece may take longer than the timeout."""
        read: dict[Any, bytes] = {}
        with selectors.DefaultSelector() as open_pipes:
            for pipe in filter(None, (self.stdout, self.stderr)):
                read[pipe] = b""
                open_pipes.register(pipe, selectors.EVENT_READ)
            while open_pipes.get_map():
                ready = open_pipes.select(timeout)
                if not ready:
                    raise subprocess.TimeoutExpired("tap-ivrflow", timeout or 0)
                for key, _ in ready:
                    piece = os.read(key.fd, 64 * 1024)
                    read[key.fileobj] += piece
                    if not piece:
                        open_pipes.unregister(key.fileobj)
        for pipe in read:
            pipe.close()
        self.wait(timeout)
        return read.get(self.stdout, b""), read.get(self.stderr, b"")

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


Started = subprocess.Popen[bytes] | Forked
"""A process of the command, whichever way it was started."""


class ForkServer:
    """Starts processes of the command by forking one that has imported it: importing takes most of a run.

    Each run is still a process, with its own pipes, environment, folder, exit code and signals.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._client, server = socket.socketpair()
        self._lock = Lock()
        with server:
            self.process = subprocess.Popen(
                [sys.executable, ROOT / "tests" / "fork_server.py", str(server.fileno())],
                pass_fds=[server.fileno()],
                # Python looks at what its streams are: pipes, as those of a run.
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environment),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()  # The server ends, and with it what still runs.
        try:
            self.process.communicate(timeout=HANG)
        finally:
            self.process.kill()

    def start(
        self, arguments: list[str], *, stdout: int, environment: Mapping[str, str], folder: Path
    ) -> Forked:
        """Start a process; `stdout` is a descriptor, `subprocess.PIPE` or `subprocess.DEVNULL`."""
        request = {"arguments": arguments, "environment": dict(environment), "folder": str(folder)}
        with ExitStack() as ours:
            lives, process_lives = _pipe(ours)
            stderr, process_stderr = _pipe(ours)
            read: int | None = None
            if stdout == subprocess.PIPE:
                read, stdout = _pipe(ours)
            elif stdout == subprocess.DEVNULL:
                stdout = ours.enter_context(open(os.devnull, "wb")).fileno()  # noqa: PTH123
            pid = self._ask(request, stdout, process_stderr, process_lives)
        return Forked(self, pid, lives, read, stderr)

    def reap(self, pid: int) -> int:
        """Return the exit code of a process that has ended."""
        return self._ask({"reap": pid})

    def _ask(self, request: Mapping[str, Any], *descriptors: int) -> int:
        with self._lock:
            if descriptors:
                socket.send_fds(self._client, [b"\n"], descriptors)
            else:
                self._client.sendall(b"\n")
            self._client.sendall(json.dumps(request).encode() + b"\n")
            response = self._client.recv(32)
        if not response:
            raise RuntimeError(self.process.communicate()[1].decode())
        return int(response)


def _pipe(ours: ExitStack) -> tuple[int, int]:
    """Return the ends of a pipe; the one for writing is closed once a process has it."""
    read, write = os.pipe()
    ours.callback(os.close, write)
    return read, write


READ_LATE: Final = re.compile(
    r"TAP_IVRFLOW_.*|LOGLEVEL|SINGER_SDK_.*|.*_PROXY|REQUESTS_CA_BUNDLE|NETRC", re.IGNORECASE
)
"""Variables that no module reads when it is imported, so that a forked process obeys them too."""


@dataclass
class Command:
    """The command `tap-ivrflow` against the stand-in service, in an environment of its own."""

    service: Simulator
    folder: Path
    forks: ForkServer | None = None
    """Starts the processes; without it each imports everything itself."""

    def config(self, tenants: Iterable[Mapping[str, Any]] = (TENANT,), **settings: Any) -> dict[str, Any]:
        """A configuration for tenants of the stand-in."""
        return {
            "api_url": self.service.url,
            "tenants": [
                {name: value for name, value in tenant.items() if name in SETTABLE} for tenant in tenants
            ],
            **settings,
        }

    def serve(self, *flows: Any, **extra: Any) -> None:
        """Let the stand-in have one tenant with these flows."""
        self.service.set_tenants([{**TENANT, "flows": list(flows), **extra}])

    def select(self, *streams: str) -> list[str]:
        """The arguments that select these streams and the proof."""
        catalog = discovered()
        for stream in catalog["streams"]:
            root = next(entry["metadata"] for entry in stream["metadata"] if not entry["breadcrumb"])
            root["selected"] = stream["stream"] in {*streams, "extractions"}
        path = self.folder / "catalog.json"
        path.write_text(json.dumps(catalog))
        return ["--catalog", str(path)]

    def environment(self, **extra: str) -> dict[str, str]:
        """What the command sees of the machine: no proxies, no netrc, no settings of the developer's."""
        return environment(self.folder) | extra

    def arguments(self, config: Mapping[str, Any] | None, *arguments: str) -> list[str]:
        """The command line, with the configuration in a file."""
        if config is None:
            return [str(TAP), *arguments]
        path = self.folder / "config.json"
        path.write_text(json.dumps(config), encoding="utf-8")
        return [str(TAP), "--config", str(path), *arguments]

    def start(
        self,
        config: Mapping[str, Any] | None,
        *arguments: str,
        stdout: int = subprocess.PIPE,
        variables: Mapping[str, str] | None = None,
    ) -> Started:
        """Start the command."""
        if self.forks and all(map(READ_LATE.fullmatch, variables or ())):
            return self.forks.start(
                self.arguments(config, *arguments),
                stdout=stdout,
                environment=self.environment(**(variables or {})),
                folder=self.folder,
            )
        return subprocess.Popen(
            self.arguments(config, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=self.environment(**(variables or {})),
            cwd=self.folder,
        )

    def __call__(self, config: Mapping[str, Any] | None, *arguments: str, **variables: str) -> Run:
        """Run the command to its end."""
        waits = self.folder / "waits"
        waits.unlink(missing_ok=True)
        process = self.start(config, *arguments, variables=variables)
        try:
            run = finish(process)
        finally:
            process.kill()
        if waits.exists():
            run.waits.extend(float(line) for line in waits.read_text().split())
        return run


def finish(process: Started, begun: bytes = b"") -> Run:
    """Wait for the end of a process, of whose stdout some was read."""
    stdout, stderr = process.communicate(timeout=HANG)
    return Run(process.wait(), begun + (stdout or b""), stderr.decode())


def names(line: str, *words: str) -> bool:
    """Whether a message names all of these: a setting, say, and not a longer one that it is a part of."""
    return all(re.search(rf"(?<![\w.\]]){re.escape(word)}(?![\w\[]|\.\w)", line) for word in words)


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a command whose home and working directory is a folder."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    waits = {"PYTHONPATH": str(ROOT / "tests" / "waits"), "WAITS": str(folder / "waits")}
    return {**kept, **coverage, **waits, "HOME": str(folder), "LANG": "C.UTF-8"}


def copy_checkout(folder: Path) -> None:
    """Copy the files that git has, or would have, to a folder."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def discovered() -> dict[str, Any]:
    """Return the catalog that the command discovers, to be changed at will."""
    catalog: dict[str, Any] = json.loads(_discovered())
    return catalog


@cache
def _discovered() -> bytes:
    return subprocess.run([TAP, "--discover"], stdout=subprocess.PIPE, check=True).stdout


SETTABLE: Final = {"name", "app_key", "app_secret", "api_url", "tenant_space_id"}
KEPT: Final = ("PATH", "TMPDIR", "SYSTEMROOT")
