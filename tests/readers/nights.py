"""What the readers read: the files of some nights, and the tables of the last one, made by the tap and its targets."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

from simulator.server import Simulator
from tests.harness import TAP
from tests.more_targets.buckets import S3Parquet
from tests.more_targets.files import CSV
from tests.more_targets.piped import Piped
from tests.more_targets.places import Places
from tests.targets.postgres import Database
from tests.targets.project import Project, finish, start
from tests.targets.service import flow

Records: TypeAlias = dict[str, list[dict[str, Any]]]
"""The rows of each stream."""

BIGGEST: Final = 2**63 - 1
JSONL: Final = 40
"""Nights of JSON Lines: DuckDB looks at the first 32 files."""
OTHERS: Final = 3
"""Nights of the other files: no reader looks further than the first file."""
WORDS: Final = ("NULL", "N/A", "nan", "true", "1e5", "2026-01-31", 'say "hi"', "one\ntwo", "a, b; c", "客服")
"""Names of queues that look like something else, or that a file has to quote."""


def quiet() -> list[dict[str, Any]]:
    """The service in all nights but the last: codes that look like numbers, and columns that are null."""
    return [
        {
            "name": name,
            "flows": [flow(1, "", accessCode="90500"), flow(2, accessCode="90501")],
            "routes": [_route(0, "4008001001", None), _route(1, "4008001002", "7")],
            "access_codes": [_hotline(0, "4008001001"), _hotline(1, "4008001002")],
            "queues": [{"skillId": 11, "name": "support"}],
            "survey": _survey(enabled=True),
        }
        for name in ("north", "south", "east")
    ]


def last() -> list[dict[str, Any]]:
    """The service in the last night, in which a flow is gone too; the flows of `east` cannot be read then."""
    north, south, east = quiet()
    north["flows"] = [
        flow(1, "", accessCode="90500"),
        flow(3, maxCallNum=30, accessCode="0900500"),
        flow(BIGGEST, maxCallNum=BIGGEST, accessCode="90503"),
    ]
    north["routes"] += [_route(2, "4008001002", "*90"), _route(3, "4008001002", "90#1")]
    north["access_codes"] += [{**_hotline(2, "01012345678"), "n400Number": "0900500"}]
    north["queues"] = [{"skillId": 11 + number, "name": word} for number, word in enumerate(WORDS)]
    south["survey"] = _survey(enabled=False)
    east["survey"] = _survey(enabled=None)
    return [north, south, east]


def _route(number: int, hotline: str, extension: str | None) -> dict[str, Any]:
    return {
        "id": f"{1125397061153369092 + number}",
        "accessCode": hotline,
        "extCode": extension,
        "devicetype": 3,
        "deviceId": number or None,
        "deviceDesc": "2026-01-31",
        "mediatypeId": 5,
    }


def _hotline(number: int, code: str) -> dict[str, Any]:
    return {"id": f"{1124167935465633791 + number}", "accessCode": code, "mediatypeId": 5, "numCallAttr": 3}


def _survey(*, enabled: bool | None) -> dict[str, Any]:
    return {"enabled": enabled, "data": [{"ivrId": "1", "feedbackType": "IVR", "accessCode": "0900500"}]}


class Nights:
    """The files, such as `ivr_flows-01.jsonl`, and the databases, with what the tap sent.

    Attributes:
        folder: where the files are, and `ivrflow.duckdb`.
        variables: how PostgreSQL's clients reach its database.
        sent: the rows of all nights of a kind of files, and those of the last night of a table.
    """

    def __init__(
        self, folder: Path, service: Simulator, project: Project, places: Places, database: Database
    ) -> None:
        """Let the nights pass."""
        self.folder: Final = folder
        self.sent: Final[dict[str, Records]] = {}
        self.variables: Final = {
            f"PG{name}": database.variables[f"TARGET_POSTGRES_{name}"]
            for name in ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")
        }
        self._service: Final = service
        self._project: Final = project
        self._environments: Final = places.environments
        csv, parquet = CSV(*places.own()), S3Parquet(*places.own(), places.s3())
        folder.mkdir()
        for night in range(1, JSONL + 1):
            messages = self._read(quiet()) if night < JSONL else self._read(last(), fails="east")
            self._jsonl(night, messages)
            if night > JSONL - OTHERS:
                self._csv(night, messages, csv)
                self._parquet(night, messages, parquet)
        self._keep("postgres", messages)
        self._keep("duckdb", messages)
        project.variables.update(database.variables)
        self._plugin("target-postgres", messages)
        duckdb = {"path": str(folder / "ivrflow.duckdb"), "default_target_schema": "tap_ivrflow"}
        self._plugin("target-duckdb", messages, duckdb)

    def _read(self, served: list[dict[str, Any]], fails: str = "") -> Path:
        """Run the tap for all lists; the file of its messages. The flows of one tenant may fail."""
        tenants = [
            {**each, "app_key": f"key-{each['name']}", "app_secret": "s3cret-of-the-simulator"}
            for each in served
        ]
        self._service.set_tenants(tenants)
        if fails:
            self._service.fault(call="ivr_flows", tenant=fails, status=503, times=None)
        self._project.serves(self._service.url, tenants)
        catalog, messages = self._project.folder / "catalog.json", self._project.folder / "messages.jsonl"
        catalog.write_text(json.dumps(_everything()), encoding="utf-8")
        with messages.open("w", encoding="utf-8") as file:
            command = [str(TAP), "--config=ENV", f"--catalog={catalog}"]
            environment = self._project.environment(TAP_IVRFLOW_MAX_RETRIES="0")
            done = finish(start(command, self._project.folder, environment, stdout=file))
        assert done.code == (1 if fails else 0), done
        return messages

    def _jsonl(self, night: int, messages: Path) -> None:
        output = self._project.output
        self._plugin("target-jsonl", messages, {"destination_path": str(output), "do_timestamp_file": True})
        for path in output.glob("*.jsonl"):
            # By its number: two nights may be one second apart here.
            path.rename(self.folder / f"{path.name.rpartition('-')[0]}-{night:02}.jsonl")
        self._keep("jsonl", messages)

    def _csv(self, night: int, messages: Path, target: CSV) -> None:
        self._pipe(target, messages)
        for path in target.workplace.output.glob("*.csv"):
            path.rename(self.folder / f"{path.stem}-{night:02}.csv")
        self._keep("csv", messages)

    def _parquet(self, night: int, messages: Path, target: S3Parquet) -> None:
        before = target.bucket.objects().keys()
        self._pipe(target, messages)
        for name in target.bucket.objects().keys() - before:
            stream = name.split("/")[1]
            (self.folder / f"{stream}-{night:02}.parquet").write_bytes(target.bucket.get(name))
        self._keep("parquet", messages)

    def _plugin(self, plugin: str, messages: Path, config: dict[str, Any] | None = None) -> None:
        with messages.open(encoding="utf-8") as stdin:
            _succeed(self._project.target(plugin, stdin, config))

    def _pipe(self, target: Piped, messages: Path) -> None:
        config = target.workplace.folder / "target.json"
        config.write_text(json.dumps(target.config()), encoding="utf-8")
        command = [str(self._environments.command(target.lock, target.command)), "--config", str(config)]
        with messages.open(encoding="utf-8") as stdin:
            _succeed(start(command, config.parent, target.workplace.environment(), stdin=stdin))

    def _keep(self, kind: str, messages: Path) -> None:
        for line in messages.read_text(encoding="utf-8").splitlines():
            message = json.loads(line)
            if message["type"] == "RECORD":
                rows = self.sent.setdefault(kind, {}).setdefault(message["stream"], [])
                rows.append(message["record"])


@cache
def _everything() -> dict[str, Any]:
    """The catalog with every list selected."""
    catalog: dict[str, Any] = json.loads(
        subprocess.run([TAP, "--discover"], stdout=subprocess.PIPE, check=True).stdout
    )
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            entry["metadata"]["selected"] = True
    return catalog


def _succeed(process: subprocess.Popen[str]) -> None:
    done = finish(process)
    assert done.code == 0, done
