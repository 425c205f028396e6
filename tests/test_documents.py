"""What the documents repeat is what the tap says of itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any, Final

import pytest

from tap_ivrflow.settings import SETTINGS
from tests.harness import ROOT, Command

README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
BUILT_IN: Final = {
    "stream_maps",
    "stream_map_config",
    "faker_config",
    "flattening_enabled",
    "flattening_max_depth",
    "flattening_max_key_length",
    "flattening_separator",
    "batch_config",
}


def table(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading of the README, without its head."""
    section = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


def about(tap: Command) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(tap(None, "--about", "--format=json").stdout)
    return told


def kind(declared: dict[str, Any]) -> str:
    types: list[str] = declared["type"] if isinstance(declared["type"], list) else [declared["type"]]
    return next(each for each in types if each != "null") + (", secret" if declared.get("secret") else "")


def default(declared: dict[str, Any]) -> str:
    return f"`{json.dumps(declared['default']).strip(chr(34))}`" if "default" in declared else ""


def test_the_readmes_settings_are_the_taps(tap: Command) -> None:
    settings = about(tap)["settings"]["properties"]
    assert settings.keys() - BUILT_IN == SETTINGS.to_dict()["properties"].keys()
    assert table("Settings") == [
        [f"`{name}`", kind(declared), default(declared), declared["description"]]
        for name, declared in settings.items()
        if name not in BUILT_IN
    ]


def test_the_readme_names_the_sdks_settings_too(tap: Command) -> None:
    assert about(tap)["settings"]["properties"].keys() >= BUILT_IN
    assert all(f"`{name}`" in README for name in BUILT_IN)


def test_the_readmes_columns_are_the_schemas() -> None:
    schema = json.loads((ROOT / "schemas" / "ivr_flows.json").read_text(encoding="utf-8"))
    assert table("The stream `ivr_flows`") == [
        [
            f"`{name}`",
            " or ".join([declared["type"]] if isinstance(declared["type"], str) else declared["type"]),
            declared["description"],
        ]
        for name, declared in schema["properties"].items()
    ]


def test_the_example_of_the_environment_has_every_setting_commented_out() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
    named = {match[1].lower() for line in lines if (match := re.match(r"# ?TAP_IVRFLOW_([A-Z_]+)=", line))}
    assert named >= SETTINGS.to_dict()["properties"].keys()


@pytest.mark.parametrize(
    "document",
    ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/scaling.md", "docs/targets.md"],
)
def test_every_link_within_the_repository_leads_somewhere(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


RESULTS: Final = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
MEASURED: Final = {
    row["case"]: row | {"seconds": f"{row['wall']:.3g} s", "room": f"{row['memory']:.0f} MiB"}
    for row in RESULTS["results"]
    if row["program"] == "tap"
}


def ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}" if value < 0.1 else f"{value:.2f}"


def test_the_readmes_measurements_are_those_of_the_benchmark() -> None:
    measured = MEASURED.values()
    columns = [
        [row["seconds"], ratio(row["to_baseline"]), ratio(row["to_limit"]), row["room"]] for row in measured
    ]
    assert [row[1:] for row in table("How fast")] == columns
    assert f"`make bench` on {RESULTS['date']}" in README
    assert f"Python {RESULTS['python']})" in README


def test_the_scaling_guides_measurement_is_that_of_the_benchmark() -> None:
    scaling = " ".join((ROOT / "docs" / "scaling.md").read_text(encoding="utf-8").split())
    row = MEASURED["1000x1500"]
    assert f"1,000 tenants of 1,500 flows each took {row['wall']:.0f} s and {row['room']}" in scaling


def test_every_place_that_the_readme_names_exists() -> None:
    named = [part.strip("`") for row in table("Development") for part in row[1].split(", ")]
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_words_of_the_readmes_failures_are_those_of_the_code() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tap_ivrflow").glob("*.py"))
    quoted = [text for row in table("When something fails") for text in re.findall(r"`([^`]+)`", row[0])]
    phrases = [
        part.strip()
        for text in quoted
        for part in re.split(r"…|\d+|5xx|SIG\w+", text)
        if len(part.strip()) > 6
    ]
    unknown = [
        phrase
        for phrase in phrases
        if phrase not in code and not all(word in code for word in phrase.split() if word.isalpha())
    ]
    assert unknown == []


def test_what_meltano_installs_for_the_tap_is_what_the_lock_file_names() -> None:
    export = [sys.executable, "-m", "uv", "export", "--quiet", "--locked", "--offline"]
    options = ["--no-default-groups", "--no-emit-project", "--no-hashes", "--no-header"]
    locked = subprocess.run([*export, *options], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    lines = (ROOT / "plugins" / "tap-ivrflow.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == locked.splitlines()
