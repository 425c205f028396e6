"""`make docs`: write every copy of a fact that is declared in one place.

Settings are declared in `tap_ivrflow/settings.py`, columns in `schemas/`, versions and links in
pyproject.toml, measurements in `benchmarks/results.json`, readers in `scripts/reading.py`. A copy is a
complete file, or the text between two marks. A test fails if a copy is stale.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from benchmarks.report import tables
from scripts import reading

ROOT: Final = Path(__file__).resolve().parent.parent
TAP: Final = Path(sys.executable).with_name("tap-ivrflow")

GROUPS: Final = [["app_key", "app_secret"], ["tenants"]]
"""The two forms of credentials, of which one must be set. The JSON Schema of settings cannot say that."""
NESTED: Final = {"faker_config": "TAP_IVRFLOW_FAKER_CONFIG_SEED"}
"""Settings that Meltano knows only by their parts, with the variable of one part."""

EXAMPLES: Final = {
    "stream_maps": {"ivr_flows": {"description": "__NULL__"}},
    "stream_map_config": {"name": "value"},
    "faker_config": {"seed": "1", "locale": "en_US"},
    "flattening_enabled": True,
    "flattening_max_depth": 1,
    "flattening_max_key_length": 64,
    "flattening_separator": "__",
}
"""What `.env.example` shows for the SDK's settings; those of the tap declare their own examples."""


@cache
def about() -> dict[str, Any]:
    """Return what the tap says about itself."""
    return _run("--about", "--format=json")


@cache
def streams() -> list[dict[str, Any]]:
    """Return the streams of the catalog, as the tap discovers them."""
    found: list[dict[str, Any]] = _run("--discover")["streams"]
    return found


def _run(*arguments: str) -> dict[str, Any]:
    shown = subprocess.run([TAP, *arguments], check=True, capture_output=True)  # noqa: S603 - the project's own
    printed: dict[str, Any] = json.loads(shown.stdout)
    return printed


def outputs() -> dict[str, str]:
    """Return the content that each file with a copy must have, by its path in the repository."""
    declared = about()["settings"]["properties"]
    measured = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    blocks = {
        "meltano.yml": {"settings": _plugin_settings()},
        ".env.example": {"settings": _variables(declared)},
        "README.md": {"streams": _streams_table()},
        "docs/settings.md": {"settings": _settings_table(declared)},
        "docs/streams.md": {"columns": _columns_tables()},
        "findings/README.md": {"findings": _findings()},
        "docs/performance.md": {"results": f"\n{tables(measured)}\n"},
        "docs/reading.md": reading.blocks(),
    }
    return {
        **{path: _with_blocks(path, parts) for path, parts in blocks.items()},
        "hub/tap-ivrflow.yml": "# Written by `make docs`.\n"
        + yaml.safe_dump(definition(about(), project), width=100, allow_unicode=True),
        "transform/models/columns.md": _doc_blocks(),
    }


def _findings() -> str:
    """Return the index of `findings/`, made of the heads of the scripts."""

    def cells(script: Path) -> list[str]:
        head = script.read_text(encoding="utf-8").split("set -eu\n")[0].removeprefix("#!/bin/sh\n")
        text, facts = re.sub(r"(?m)^# ?", "", head).split("\n\n")
        versions = " ".join(facts.split("Source: ")[0].removeprefix("Versions: ").split())
        return [f"[`{script.stem}`]({script.name})", " ".join(text.split()).replace("|", "\\|"), versions]

    rows = map(cells, sorted((ROOT / "findings").glob("*.sh")))
    return _table("finding | what happens, and what one would expect | seen with", rows)


def _with_blocks(path: str, parts: Mapping[str, str]) -> str:
    """Return a file with the text between each pair of marks replaced.

    Raises:
        ValueError: a pair of marks is missing.
    """
    text = (ROOT / path).read_text(encoding="utf-8")
    for name, content in parts.items():
        marks = rf"(?ms)(^[^\n]*made by make docs: {name}\b[^\n]*\n).*?(^[^\n]*end of {name}\b)"
        match = re.search(marks, text)
        if match is None:
            hint = "`meltano select` and `meltano config set` remove comments: undo that with git"
            raise ValueError(f"{path} has no marks for {name} ({hint})")
        text = text[: match.end(1)] + content + text[match.start(2) :]
    return text


def _table(head: str, rows: Iterator[list[str]]) -> str:
    line = "|".join("---" for _ in head.split(" | "))
    return "".join([f"| {head} |\n|{line}|\n", *(f"| {' | '.join(row)} |\n" for row in rows)])


def _settings_table(declared: Mapping[str, Any]) -> str:
    """Return a Markdown table of settings."""

    def cells(name: str, setting: Mapping[str, Any]) -> list[str]:
        type_ = next(each for each in _types(setting) if each != "null")
        default = f"`{json.dumps(setting['default']).strip(chr(34))}`" if "default" in setting else ""
        secret = ", secret" if setting.get("secret") else ""
        return [f"`{name}`", type_ + secret, default, " ".join(setting["description"].split())]

    return _table("setting | type | default | meaning", (cells(*each) for each in declared.items()))


def _types(declared: Mapping[str, Any]) -> list[str]:
    types = declared["type"]
    return [types] if isinstance(types, str) else types


def _streams_table() -> str:
    """Return a Markdown table of streams, with the key and whether each is selected by default."""

    def cells(stream: Mapping[str, Any]) -> list[str]:
        name, text = stream["stream"], stream["schema"]["description"]
        selected = "yes" if _is_selected(stream) else "no"
        keys = ", ".join(f"`{key}`" for key in stream["key_properties"])
        return [f"[`{name}`](schemas/{name}.json)", keys, selected, text]

    return _table("stream | key | selected by default | rows", map(cells, streams()))


def _is_selected(stream: Mapping[str, Any]) -> bool:
    """Whether the tap selects a stream by default."""
    [root] = [each["metadata"] for each in stream["metadata"] if not each["breadcrumb"]]
    return bool(root.get("selected-by-default"))


def _columns_tables() -> str:
    """Return a Markdown table of columns for each stream."""

    def table(stream: Mapping[str, Any]) -> str:
        rows = (
            [f"`{name}`", " or ".join(sorted(_types(declared), key="null".__eq__)), declared["description"]]
            for name, declared in stream["schema"]["properties"].items()
        )
        title = f"## `{stream['stream']}`\n\n{stream['schema']['description']}\n\n"
        return f"{title}{_table('column | type | meaning', rows)}\n"

    return "\n" + "".join(map(table, streams()))


def _plugin_settings() -> str:
    """Return the settings of the plugin in meltano.yml; no default has a copy there."""
    listed = [
        {name: value for name, value in setting.items() if name != "value"}
        for setting in settings(about()["settings"])
    ]
    text = yaml.safe_dump(listed, width=100, allow_unicode=True, sort_keys=False)
    return "".join(f"    {line}\n" for line in text.splitlines())


def _variables(declared: Mapping[str, Any]) -> str:
    """Return the lines of `.env.example` for the tap's settings."""
    lines = []
    for name, setting in declared.items():
        example = (
            setting["examples"][0] if "examples" in setting else setting.get("default", EXAMPLES.get(name))
        )
        value = example if isinstance(example, str) else json.dumps(example)
        lines.append(f"# {' '.join(setting['description'].split())}")
        if name in NESTED:
            part = f"through Meltano {NESTED[name]} and the like (see meltano.yml)"
            lines.append(f"# This variable is for --config=ENV; {part}.")
        quoted = f"'{value}'" if " " in value else value
        lines.append(f"#TAP_IVRFLOW_{name.upper()}={quoted}")
    return "".join(f"{line}\n" for line in lines)


def _doc_blocks() -> str:
    """Return a dbt doc block for each stream and column; yml files quote one as `{{ doc('name') }}`."""
    texts = {stream["stream"]: stream["schema"]["description"] for stream in streams()}
    for stream in streams():
        for name, declared in stream["schema"]["properties"].items():
            texts[f"{stream['stream']}__{name}"] = declared["description"]
    blocks = (f"\n{{% docs {name} %}}\n{text}\n{{% enddocs %}}\n" for name, text in texts.items())
    return "<!-- Written by `make docs` from schemas/. -->\n" + "".join(blocks)


def definition(about: Mapping[str, Any], project: Mapping[str, Any]) -> dict[str, Any]:
    """Make the plugin definition of the Hub from `--about` and the table `project` of pyproject.toml."""
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
        "pip_url": f"git+{repository}",
        "executable": about["name"],
        "maintenance_status": "beta",
        "keywords": sorted({*project["keywords"], "api", "meltano_sdk"}),
        "capabilities": sorted(about["capabilities"]),
        # Without it Meltano selects every list, and one that was not bought fails the job.
        "select": [f"{stream['stream']}.*" for stream in streams() if _is_selected(stream)],
        "settings_group_validation": GROUPS,
        "settings": sorted(settings(about["settings"]), key=lambda setting: setting["name"]),
    }


def settings(schema: Mapping[str, Any], prefix: str = "") -> Iterator[dict[str, Any]]:
    """Yield the Hub's settings for the properties of a JSON Schema; an object becomes one for each part."""
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
        if declared.get("secret"):
            setting["sensitive"] = True
        yield setting


def kind(declared: Mapping[str, Any]) -> str:
    """Return Meltano's word for a setting's type.

    Raises:
        ValueError: Meltano has no word for it.
    """
    # Meltano prints the value of a list that it cannot parse, secrets included. The tap parses such a text.
    if declared.get("secret") or "oneOf" in declared:
        return "string"
    match [name for name in declared["type"] if name != "null"]:
        case ["string" | "integer" | "boolean" | "object" | "array" as only]:
            return str(only)
        case others:
            raise ValueError(f"no kind for the type {others}")


def stale() -> dict[str, str]:
    """Return the right content of each stale file, by its path in the repository."""
    return {
        path: content
        for path, content in outputs().items()
        if not (ROOT / path).exists() or (ROOT / path).read_text(encoding="utf-8") != content
    }


def main() -> int:
    """Write the stale copies, or with `--check` only name them and return 1."""
    try:
        found = stale()
    except ValueError as error:
        sys.exit(f"make docs: {error}")
    for path, content in found.items():
        if "--check" in sys.argv:
            sys.stderr.write(f"{path} is stale: run make docs\n")
        else:
            (ROOT / path).write_text(content, encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")
    return 1 if found and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
