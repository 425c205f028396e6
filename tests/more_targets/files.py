"""Targets that write files."""

from __future__ import annotations

import csv
import gzip
import json
from typing import Any, Final

from typing_extensions import override

from tests.harness import ROOT
from tests.more_targets.piped import Piped


class CSV(Piped):
    """A file for each stream, which each run replaces; of null and an empty text it makes the same."""

    lock = "meltanolabs-target-csv"
    command = "target-csv"
    empty_text = None
    upserts = False

    @override
    def config(self) -> dict[str, Any]:
        return {**self.documented(), "output_path": str(self.workplace.output)}

    @override
    def records(self, stream: str) -> list[dict[str, Any]]:
        schema = json.loads((ROOT / "schemas" / f"{stream}.json").read_text(encoding="utf-8"))
        integers: Final = {name for name, each in schema["properties"].items() if "integer" in each["type"]}
        with (self.workplace.output / f"{stream}.csv").open(encoding="utf-8", newline="") as file:
            return [
                {name: int(text) if text and name in integers else text or None for name, text in row.items()}
                for row in csv.DictReader(file)
            ]


class SingerJSONL(Piped):
    """Keeps the messages, a file for each stream and run, and ends with an error on ACTIVATE_VERSION."""

    lock = "target-singer-jsonl"
    command = "target-singer-jsonl"
    upserts = False
    takes_versions = False

    @override
    def config(self) -> dict[str, Any]:
        return {**self.documented(), "local": {"folder": str(self.workplace.output)}}

    @override
    def records(self, stream: str) -> list[dict[str, Any]]:
        last = max((self.workplace.output / stream).iterdir())
        messages = map(json.loads, gzip.decompress(last.read_bytes()).splitlines())
        return [message["record"] for message in messages if message["type"] == "RECORD"]
