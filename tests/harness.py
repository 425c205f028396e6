"""Runs the installed command as a user would, and reads what it printed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

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


TYPES: Final = {"SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION", "BATCH"}


@dataclass
class Command:
    """The command `tap-ivrflow` against the stand-in service, in an environment of its own."""

    service: Simulator
    folder: Path

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
        catalog = _catalog()
        for stream in catalog["streams"]:
            root = next(entry["metadata"] for entry in stream["metadata"] if not entry["breadcrumb"])
            root["selected"] = stream["stream"] in {*streams, "extractions"}
        path = self.folder / "catalog.json"
        path.write_text(json.dumps(catalog))
        return ["--catalog", str(path)]

    def environment(self, **extra: str) -> dict[str, str]:
        """What the command sees of the machine: no proxies, no netrc, no settings of the developer's."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
        waits = {"PYTHONPATH": str(ROOT / "tests" / "waits"), "WAITS": str(self.folder / "waits")}
        return {**kept, **coverage, **waits, "HOME": str(self.folder), "LANG": "C.UTF-8", **extra}

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
    ) -> subprocess.Popen[bytes]:
        """Start the command."""
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
            stdout, stderr = process.communicate(timeout=HANG)
        finally:
            process.kill()
        waited = [float(line) for line in waits.read_text().split()] if waits.exists() else []
        return Run(process.returncode, stdout, stderr.decode(), waited)


def copy_checkout(folder: Path) -> None:
    """Copy the files that git has, or would have, to a folder."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def _catalog() -> dict[str, Any]:
    """What the command discovers."""
    catalog: dict[str, Any] = json.loads(_discovered())
    return catalog


@cache
def _discovered() -> bytes:
    return subprocess.run([TAP, "--discover"], stdout=subprocess.PIPE, check=True).stdout


SETTABLE: Final = {"name", "app_key", "app_secret", "api_url", "tenant_space_id"}
KEPT: Final = ("PATH", "TMPDIR", "SYSTEMROOT")
