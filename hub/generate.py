#!/usr/bin/env python3
"""Write the tap's definition for MeltanoHub from what `tap-ivrflow --about` and pyproject.toml say.

`python -m hub.generate` writes it; with `--check` it only compares, exit 1 when the file differs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

ROOT: Final = Path(__file__).resolve().parent.parent
DEFINITION: Final = ROOT / "hub" / "tap-ivrflow.yml"
TAP: Final = Path(sys.executable).with_name("tap-ivrflow")

GROUPS: Final = [["app_key", "app_secret"], ["tenants"]]
"""The two forms of credentials: what must be set, in terms that a JSON Schema of settings cannot say."""


def definition(about: Mapping[str, Any], project: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition, in the Hub's form but for the order of keys.

    Args:
        about: what `--about --format=json` prints.
        project: the table `project` of pyproject.toml.
    """
    repository: str = project["urls"]["Homepage"]
    return {
        "name": about["name"],
        "namespace": about["name"].replace("-", "_"),
        "variant": urlsplit(repository).path.split("/")[1],  # The Hub calls a variant by its owner.
        "label": "Huawei Cloud AICC / CEC IVR flows",
        "description": project["description"],
        "domain_url": "https://www.huaweicloud.com",
        "repo": repository,
        "docs": project["urls"]["Documentation"],
        "pip_url": project["name"],
        "executable": about["name"],
        "maintenance_status": "beta",
        "keywords": sorted({*project["keywords"], "api", "meltano_sdk"}),
        "capabilities": sorted(about["capabilities"]),
        "settings_group_validation": GROUPS,
        "settings": sorted(settings(about["settings"]), key=lambda setting: setting["name"]),
    }


def settings(schema: Mapping[str, Any], prefix: str = "") -> Iterator[dict[str, Any]]:
    """Yield a Hub setting for each that a JSON Schema declares; one with parts is as many, with dots.

    Args:
        schema: the schema of an object.
        prefix: what the names begin with.
    """
    for name, declared in schema["properties"].items():
        # An object with a schema for further keys is a map whose keys are the user's.
        if declared.get("properties") and not isinstance(declared.get("additionalProperties"), dict):
            yield from settings(declared, f"{prefix}{name}.")
            continue
        setting: dict[str, Any] = {
            "name": f"{prefix}{name}",
            "label": declared["title"],
            "description": declared["description"],
            "kind": kind(declared),
        }
        if "default" in declared:
            setting["value"] = declared["default"]
        if "enum" in declared:
            setting["options"] = [{"label": value, "value": value} for value in declared["enum"]]
        if declared.get("secret"):
            setting["sensitive"] = True
        yield setting


def kind(declared: Mapping[str, Any]) -> str:
    """Return Meltano's word for a setting's type.

    Raises:
        ValueError: the type has no such word.
    """
    if "enum" in declared:
        return "options"
    # Of a secret list that it cannot read, Meltano prints the value. The tap reads JSON from text itself.
    if declared.get("secret") or "oneOf" in declared:
        return "string"
    match [name for name in declared["type"] if name != "null"]:
        case ["string" | "integer" | "boolean" | "object" | "array" as only]:
            return str(only)
        case others:
            raise ValueError(f"no kind for the type {others}")


def text() -> str:
    """Return the definition as the Hub keeps it: YAML with sorted keys."""
    shown = subprocess.run([TAP, "--about", "--format=json"], check=True, capture_output=True)  # noqa: S603 - the project's own
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    content = definition(json.loads(shown.stdout), project)
    return "# Written by hub/generate.py.\n" + yaml.safe_dump(content, width=100, allow_unicode=True)


def main(arguments: Sequence[str] | None = None, path: Path = DEFINITION) -> int:
    """Write or compare; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only compare, exit 1 when the file differs")
    check: bool = parser.parse_args(arguments).check

    wanted = text()
    if path.exists() and path.read_text(encoding="utf-8") == wanted:
        return 0
    if check:
        sys.stderr.write(f"{path.name} differs from what the tap says: run python -m hub.generate\n")
        return 1
    path.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
