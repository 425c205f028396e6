"""What the documents repeat is what the tap says of itself."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from dotenv import dotenv_values

from scripts.docs import ROOT, outputs, stale, streams
from tap_ivrflow.settings import SETTINGS
from tests.harness import Command

COPIES: Final = (
    ".env.example",
    "README.md",
    "docs/performance.md",
    "docs/reading.md",
    "docs/settings.md",
    "docs/streams.md",
    "findings/README.md",
    "hub/tap-ivrflow.yml",
    "meltano.yml",
    "transform/models/columns.md",
)
DOCUMENTS: Final = sorted(
    str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
)
FINDINGS: Final = sorted((ROOT / "findings").glob("*.sh"))
HEAD: Final = r"#!/bin/sh\n(# .+\n)+#\n# Versions: .+ 20\d\d\b.*\n(#   .+\n)*# Source: .+\n(#   .+\n)*# Guess: .+\n(#   .+\n)*"
"""What, when and where, and what was expected, each in the head of a finding."""


@pytest.mark.parametrize("path", COPIES)
def test_no_copy_is_stale(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == outputs()[path], "run make docs"


def test_every_copy_is_compared() -> None:
    assert sorted(outputs()) == sorted(COPIES)
    assert stale() == {}


def test_a_stale_copy_is_named_and_only_written_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from scripts import docs

    monkeypatch.setattr(docs, "outputs", lambda: {"a.md": "new"})
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    (tmp_path / "a.md").write_text("old")
    monkeypatch.setattr(sys, "argv", ["docs", "--check"])
    assert docs.main() == 1
    assert capsys.readouterr().err == "a.md is stale: run make docs\n"
    assert (tmp_path / "a.md").read_text() == "old"
    monkeypatch.setattr(sys, "argv", ["docs"])
    assert docs.main() == 0
    assert (tmp_path / "a.md").read_text() == "new"
    assert docs.main() == 0


def test_a_document_without_marks_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scripts import docs

    monkeypatch.setattr(docs, "ROOT", tmp_path)
    (tmp_path / "a.md").write_text("no marks")
    with pytest.raises(ValueError, match=r"a\.md has no marks for settings .*meltano select.*git"):
        docs._with_blocks("a.md", {"settings": "x"})  # noqa: SLF001 (a mark that is lost is a copy that is lost)


def test_make_docs_says_in_one_line_what_to_do_about_lost_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    from scripts import docs

    def fail() -> dict[str, str]:
        raise ValueError("meltano.yml has no marks for settings")

    monkeypatch.setattr(docs, "outputs", fail)
    with pytest.raises(SystemExit, match=r"^make docs: meltano\.yml has no marks for settings$"):
        docs.main()


@pytest.mark.parametrize("script", FINDINGS, ids=lambda script: script.stem)
def test_a_finding_has_a_head_pinned_packages_and_an_expectation(script: Path) -> None:
    head, body = script.read_text(encoding="utf-8").split("set -eu\n")
    assert re.fullmatch(HEAD, head)
    assert "One would expect" in " ".join(head.replace("\n#", "").split())
    (packages,) = re.findall(r"(?m)^install (.+)$", body)
    assert [package for package in packages.split() if "==" not in package] == []
    assert re.search(r"\nexpect <<'SEEN'\n(.+\n)+SEEN\n$", body)


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 165


def test_the_settings_page_has_every_setting() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in page for name in SETTINGS.to_dict()["properties"])
    assert all(f"| `{name}` |" in page for name in ("stream_maps", "faker_config"))


def test_the_example_of_the_environment_is_commented_out_and_works(tap: Command) -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
    named = dict(re.findall(r"(?m)^#(TAP_IVRFLOW_[A-Z_]+)=(.*)$", "\n".join(lines)))
    assert {name.removeprefix("TAP_IVRFLOW_").lower() for name in named} >= SETTINGS.to_dict()[
        "properties"
    ].keys()
    # One of two forms; a shard and the extras of the package need more than a value.
    for name in ("TENANT", "TENANTS", "TENANT_SHARD", "FAKER_CONFIG"):
        del named[f"TAP_IVRFLOW_{name}"]
    run = tap(
        None, "--config=ENV", "--test=schema", **{name: text.strip("'") for name, text in named.items()}
    )
    assert (run.code, run.errors) == (0, [])


def test_a_secret_that_meltano_would_change_arrives_as_the_example_says() -> None:
    [dollar] = re.findall(r"(?m)^#(DOLLAR=.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"))
    secrets = {"A": "'a${HOME}b'", "B": "'a${DOLLAR}{HOME}b'"}
    lines = "\n".join([dollar, *(f"{name}={value}" for name, value in secrets.items())])
    read = dotenv_values(stream=io.StringIO(lines))  # Meltano reads the file by this function.
    assert (read["A"], read["B"]) == (f"a{os.environ['HOME']}b", "a${HOME}b")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_within_the_repository_leads_somewhere(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_every_file_that_is_named_is_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"[` ]((?!_data/)(?:[\w-]+/)*[\w-]+\.(?:py|sh|yml|toml|json))[`, ]", text)
    places = (ROOT, ROOT / "tap_ivrflow", ROOT / "tap_ivrflow" / "aicc", ROOT / "tap_ivrflow" / "singer")
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_every_module_is_on_the_page_of_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = {path.name for path in (ROOT / "tap_ivrflow").rglob("*.py")}
    listed = set(re.findall(r"(?<= )\w+\.py", page))
    assert modules - listed == {"__init__.py"}


def failures() -> list[list[str]]:
    """What a user sees, in each table of the page about errors."""
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    tables = re.findall(r"(?m)^\|---.*\n((?:\| .*\n)+)", page)
    return [[line.strip("|").split(" | ")[0] for line in table.splitlines()] for table in tables]


def test_the_documented_failures_are_sorted() -> None:
    tables = [[re.sub(r"^\W+", "", row).lower() for row in table] for table in failures()]
    assert len(tables) == 6
    assert tables == [sorted(table) for table in tables]


def test_the_words_of_the_documented_failures_are_those_of_the_code() -> None:
    packages = (ROOT / "tap_ivrflow", ROOT / "plugins" / "target-duckdb" / "target_duckdb_exact")
    paths = [path for package in packages for path in package.rglob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    rows = [row for table in failures() for row in table]
    quoted = [text for row in rows for text in re.findall(r"`([^`]+)`", row)]
    phrases = [
        part.strip()
        for text in quoted
        for part in re.split(r"…|\d+|5xx|SIG\w+", text)
        if len(part.strip()) > 6
    ]
    assert len(rows) > 20
    unknown = [
        phrase
        for phrase in phrases
        if phrase not in code and not all(word in code for word in phrase.split() if word.isalpha())
    ]
    assert unknown == []


def test_the_script_of_the_architecture_prints_the_flows(tap: Command) -> None:
    tap.serve(*({"id": number, "description": f"flow {number}"} for number in (1, 2)))
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    script = re.findall(r"```python\n(from tap_ivrflow.*?)```", page, re.DOTALL)[0]
    assert len([line for line in script.splitlines() if line]) <= 6
    tenant = tap.config()["tenants"][0]
    for placeholder, value in {
        '"your app key"': repr(tenant["app_key"]),
        '"your app secret"': repr(tenant["app_secret"]),
        '"https://service.besclouds.com"': repr(tap.service.url),
    }.items():
        assert placeholder in script
        script = script.replace(placeholder, value)
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "1 flow 1\n2 flow 2\n"


def test_adding_a_list_is_as_the_architecture_shows() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.split("## Adding a list", 1)[1].split("\n## ", 1)[0]
    code = "\n".join(
        (ROOT / "tap_ivrflow" / name).read_text(encoding="utf-8") for name in ("aicc/calls.py", "streams.py")
    )
    blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 2
    assert [block for block in blocks if block.strip() not in code] == []
    assert sum(len(block.splitlines()) for block in blocks) <= 20


@pytest.mark.parametrize("stream", streams(), ids=lambda stream: stream["stream"])
def test_dbt_describes_every_column(stream: dict[str, Any]) -> None:
    path = ROOT / "transform" / "models" / "staging" / "_sources.yml"
    (source,) = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
    (table,) = (table for table in source["tables"] if table["name"] == stream["stream"])
    described = {column["name"]: column["description"] for column in table["columns"]}
    name = stream["stream"]
    assert table["description"] == f"{{{{ doc('{name}') }}}}"
    assert {column: described.get(column) for column in stream["schema"]["properties"]} == {
        column: f"{{{{ doc('{name}__{column}') }}}}" for column in stream["schema"]["properties"]
    }


def test_the_seed_of_flow_types_has_the_documented_ones() -> None:
    flows = next(stream for stream in streams() if stream["stream"] == "ivr_flows")
    description = flows["schema"]["properties"]["flowType"]["description"]
    documented = re.findall(r"(\d) ([^,.]+(?:, [^\d,.]+)*)", description)
    with (ROOT / "transform" / "seeds" / "flow_types.csv").open(encoding="utf-8", newline="") as seed:
        assert [(row["flow_type"], row["flow_type_name"]) for row in csv.DictReader(seed)] == documented
    assert len(documented) == 7


def test_what_meltano_installs_for_the_tap_is_what_the_lock_file_names() -> None:
    export = [sys.executable, "-m", "uv", "export", "--quiet", "--locked", "--offline"]
    options = ["--no-default-groups", "--no-emit-project", "--no-hashes", "--no-header"]
    locked = subprocess.run([*export, *options], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    lines = (ROOT / "plugins" / "tap-ivrflow.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == locked.splitlines()
