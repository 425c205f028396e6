"""`make docs`: write every copy of what is declared once.

Settings are declared in `tap_ivrflow/settings.py`, columns in `schemas/`, versions and links in
pyproject.toml, measurements in `benchmarks/results.json`. Their copies are whole files, or stand between
two marks. A test fails when a copy is stale.
"""

from __future__ import annotations

import csv
import io
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

ROOT: Final = Path(__file__).resolve().parent.parent
TAP: Final = Path(sys.executable).with_name("tap-ivrflow")

GROUPS: Final = [["app_key", "app_secret"], ["tenants"]]
"""The two forms of credentials: what must be set, in terms that a JSON Schema of settings cannot say."""
COMMON: Final = (
    "api_url",
    "app_key",
    "app_secret",
    "tenant",
    "tenants",
    "concurrency",
    "emit_activate_version_messages",
)
"""The settings that most people need."""
NESTED: Final = {"faker_config": "TAP_IVRFLOW_FAKER_CONFIG_SEED"}
"""Settings that Meltano knows by their parts only, with the variable of one part."""

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
    """Return what the tap says of itself."""
    return _run("--about", "--format=json")


@cache
def streams() -> list[dict[str, Any]]:
    """Return the streams of the catalog, as the tap discovers them."""
    found: list[dict[str, Any]] = _run("--discover")["streams"]
    return found


def measurements() -> dict[str, Any]:
    """Return what `make bench` measured."""
    results: dict[str, Any] = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    return results


def _run(*arguments: str) -> dict[str, Any]:
    shown = subprocess.run([TAP, *arguments], check=True, capture_output=True)  # noqa: S603 - the project's own
    printed: dict[str, Any] = json.loads(shown.stdout)
    return printed


def outputs() -> dict[str, str]:
    """Return the content that each file with a copy should have, by its path in the repository."""
    declared = about()["settings"]["properties"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    blocks = {
        "meltano.yml": {"settings": _plugin_settings()},
        ".env.example": {"settings": _variables(declared)},
        "README.md": {
            "settings": _settings_table({name: declared[name] for name in COMMON}),
            "streams": _streams_table(),
        },
        "docs/settings.md": {"settings": _settings_table(declared)},
        "docs/streams.md": {"columns": _columns_tables()},
        "docs/performance.md": {
            "results": _results_table(),
            "jobs": _jobs_table(),
            "variants": _variants_table(),
        },
        "docs/proof.md": {"queries": _queries()},
    }
    return {
        **{path: _with_blocks(path, parts) for path, parts in blocks.items()},
        "hub/tap-ivrflow.yml": "# Written by `make docs`.\n"
        + yaml.safe_dump(definition(about(), project), width=100, allow_unicode=True),
        "transform/models/columns.md": _doc_blocks(),
        "transform/seeds/flow_types.csv": _flow_types(),
    }


def _with_blocks(path: str, parts: Mapping[str, str]) -> str:
    """Return a file with the text between each pair of marks replaced.

    Raises:
        ValueError: a pair of marks is not there.
    """
    text = (ROOT / path).read_text(encoding="utf-8")
    for name, content in parts.items():
        marks = re.compile(
            rf"(^[^\n]*made by make docs: {name}\b[^\n]*\n).*?(^[^\n]*end of {name}\b)",
            re.DOTALL | re.MULTILINE,
        )
        match = marks.search(text)
        if match is None:
            raise ValueError(f"{path} has no marks for {name}")
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
        selected = "yes" if root_of(stream).get("selected-by-default") else "no"
        keys = ", ".join(f"`{key}`" for key in stream["key_properties"])
        return [
            f"[`{stream['stream']}`](schemas/{stream['stream']}.json)",
            keys,
            selected,
            stream["schema"]["description"],
        ]

    return _table("stream | key | selected by default | rows", map(cells, streams()))


def root_of(stream: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of a stream itself in the catalog."""
    root: dict[str, Any] = next(entry["metadata"] for entry in stream["metadata"] if not entry["breadcrumb"])
    return root


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


def _queries() -> str:
    """Return the query with the check built in, for each list but the flows."""
    page = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    (query,) = re.findall(r"```sql\n(with whole as .*?from ivr_flows f.*?```)\n", page, re.DOTALL)
    others = [each for each in streams() if each["tap_stream_id"] not in {"ivr_flows", "extractions"}]
    return "\n".join(
        "```sql\n"
        + query.replace("ivr_flows", each["tap_stream_id"]).replace(
            "f.id", f"f.{_quoted(each['key_properties'][1])}"
        )
        + "\n"
        for each in others
    )


def _quoted(column: str) -> str:
    return column if column.islower() else f'"{column}"'


def _results_table() -> str:
    """Return a Markdown table of the tap's measurements."""
    results = measurements()

    def ratio(value: float | None) -> str:
        return "" if value is None else f"{value:.2g}" if value < 0.1 else f"{value:.2f}"  # noqa: PLR2004 (two digits)

    rows = (
        [
            row["title"],
            f"{row['wall']:.3g} s",
            ratio(row["to_baseline"]),
            ratio(row["to_limit"]),
            f"{row['memory']:.0f} MiB",
        ]
        for row in results["results"]
        if row["program"] == "tap"
    )
    table = _table("case | wall | to the plain tap | to the limit | peak memory", rows)
    return f"\n{_measured_on(results['date'])}\n\n{table}\n"


def _jobs_table() -> str:
    """Return a Markdown table of how the time of a job divides."""
    jobs = measurements()["jobs"]
    shipped = [load for load in jobs["loads"] if not load["settings"]]
    ends = ("plugins_begin", "tap_end", "target_end", "wall")
    processes = ("meltano_cpu", "tap_cpu", "target_cpu")
    rows = (
        [f"`{load['target']}`", *(f"{load[name]:.1f} s" for name in ends + processes)] for load in shipped
    )
    head = "plugins begin | tap ends | target ends | whole | CPU of Meltano | of the tap | of the target"
    title = f"{shipped[0]['title']} into"
    return f"\n{_measured_on(jobs['date'])}\n\n{_table(f'{title} | {head}', rows)}\n"


def _variants_table() -> str:
    """Return a Markdown table of what each setting of a target costs."""

    def cells(load: Mapping[str, Any]) -> list[str]:
        changed = ", ".join(f"`{name}: {value}`" for name, value in load["settings"].items())
        return [
            f"`{load['target']}`",
            changed or "as in `meltano.yml`",
            str(load["runs"]),
            f"{load['wall']:.1f} s",
            f"{load['to_shipped']:.2f}",
            f"{load['target_cpu']:.1f} s",
            f"{load['target_memory']:.0f} MiB",
        ]

    head = "target | settings | runs | whole | to that of `meltano.yml` | CPU of the target | its peak memory"
    return f"\n{_table(head, map(cells, measurements()['jobs']['loads']))}\n"


def _measured_on(date: str) -> str:
    results = measurements()
    return f"Measured on {date}, {results['cores']} cores, {results['system']}, Python {results['python']}."


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
            setting.get("default", EXAMPLES.get(name))
            if "examples" not in setting
            else setting["examples"][0]
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


def _flow_types() -> str:
    """Return the documented types of a flow as CSV: the list in `Type of the flow: 0 a name, 1 another.`."""
    flows = next(stream for stream in streams() if stream["stream"] == "ivr_flows")
    _, _, listed = flows["schema"]["properties"]["flowType"]["description"].removesuffix(".").partition(": ")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["flow_type", "flow_type_name"])
    writer.writerows(item.split(" ", 1) for item in re.split(r", (?=\d)", listed))
    return out.getvalue()


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
        "pip_url": f"git+{repository}",
        "executable": about["name"],
        "maintenance_status": "beta",
        "keywords": sorted({*project["keywords"], "api", "meltano_sdk"}),
        "capabilities": sorted(about["capabilities"]),
        # Without it Meltano selects every list, and one that was not bought fails the job.
        "select": [
            f"{stream['stream']}.*" for stream in streams() if root_of(stream).get("selected-by-default")
        ],
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


def stale() -> dict[str, str]:
    """Return the content of each file that is not as it should be, by its path in the repository."""
    return {
        path: content
        for path, content in outputs().items()
        if not (ROOT / path).exists() or (ROOT / path).read_text(encoding="utf-8") != content
    }


def main() -> int:
    """Write every copy that is stale, or with `--check` only name them, exit code 1."""
    found = stale()
    for path, content in found.items():
        if "--check" in sys.argv:
            sys.stderr.write(f"{path} is stale: run make docs\n")
        else:
            (ROOT / path).write_text(content, encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")
    return 1 if found and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
