"""The definition for MeltanoHub and the plugin in meltano.yml say what the tap says of itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.docs import kind, settings
from tests.harness import FLOW, ROOT, TAP, TENANT, Command

DEFINITION = ROOT / "hub" / "tap-ivrflow.yml"


@pytest.fixture(scope="module")
def about() -> dict[str, Any]:
    shown = subprocess.run([TAP, "--about", "--format=json"], check=True, capture_output=True)
    loaded: dict[str, Any] = json.loads(shown.stdout)
    return loaded


@pytest.fixture
def hub() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def meltano() -> dict[str, Any]:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    (plugin,) = project["plugins"]["extractors"]
    loaded: dict[str, Any] = plugin
    return loaded


def by_name(listed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The settings of a definition; no name may stand twice."""
    found = {setting["name"]: setting for setting in listed}
    assert len(found) == len(listed)
    return found


def test_every_top_level_setting_of_the_tap_is_in_the_definition(
    about: dict[str, Any], hub: dict[str, Any]
) -> None:
    named = {setting["name"].partition(".")[0] for setting in hub["settings"]}

    assert named == set(about["settings"]["properties"])


def test_the_secrets_of_the_tap_are_sensitive_and_text_and_nothing_else_is(
    about: dict[str, Any], hub: dict[str, Any]
) -> None:
    secret = {name for name, declared in about["settings"]["properties"].items() if declared.get("secret")}

    found = {setting["name"]: setting["kind"] for setting in hub["settings"] if setting.get("sensitive")}

    assert found == dict.fromkeys(secret, "string")


def test_defaults_of_the_tap_are_values_of_the_definition(about: dict[str, Any], hub: dict[str, Any]) -> None:
    defaults = {
        name: declared["default"]
        for name, declared in about["settings"]["properties"].items()
        if "default" in declared
    }

    assert {
        setting["name"]: setting["value"] for setting in hub["settings"] if "value" in setting
    } == defaults


def test_credentials_groups_name_settings(hub: dict[str, Any]) -> None:
    names = {setting["name"] for setting in hub["settings"]}

    assert {name for group in hub["settings_group_validation"] for name in group} <= names


def test_meltano_yml_has_the_settings_of_the_tap_and_no_default_of_its_own(
    about: dict[str, Any], meltano: dict[str, Any]
) -> None:
    # `tenants` included: a secret list is text in both, for the reason that stands in meltano.yml.
    wanted = by_name(list(settings(about["settings"])))
    for setting in wanted.values():
        setting.pop("value", None)

    assert by_name(meltano["settings"]) == wanted


@pytest.mark.parametrize(
    "fact", ["select", "capabilities", "executable", "name", "namespace", "settings_group_validation"]
)
def test_meltano_yml_and_the_definition_agree_on(
    fact: str, hub: dict[str, Any], meltano: dict[str, Any]
) -> None:
    assert meltano[fact] == hub[fact]


def test_a_project_can_take_the_plugin_from_the_definition(tmp_path: Path, hub: dict[str, Any]) -> None:
    project = tmp_path / "meltano.yml"
    # Said so that Meltano asks nobody on the net.
    project.write_text("send_anonymous_usage_stats: false\ncli: {disable_version_check: true}\n")

    subprocess.run(
        [TAP.with_name("meltano"), "add", "tap-ivrflow", "--from-ref", DEFINITION, "--no-install"],
        check=True,
        capture_output=True,
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},  # No project of the developer's.
    )

    (plugin,) = yaml.safe_load(project.read_text(encoding="utf-8"))["plugins"]["extractors"]
    assert by_name(plugin["settings"]) == by_name(hub["settings"])
    assert plugin["pip_url"] == hub["pip_url"]


def test_the_tap_runs_with_every_value_of_the_definition(tap: Command, hub: dict[str, Any]) -> None:
    tap.serve(FLOW)
    values = {setting["name"]: setting["value"] for setting in hub["settings"] if "value" in setting}
    tenants = json.dumps(tap.config()["tenants"])

    run = tap({**values, "tenants": tenants, "api_url": tap.service.url})

    assert (run.code, run.ids) == (0, [(TENANT["name"], FLOW["id"])])


@pytest.mark.parametrize(
    ("declared", "word"),
    [
        ({"type": ["string", "null"]}, "string"),
        ({"type": ["integer"]}, "integer"),
        ({"type": ["boolean", "null"]}, "boolean"),
        ({"type": ["object", "null"]}, "object"),
        ({"type": ["array", "null"]}, "array"),
        ({"type": ["array", "null"], "secret": True}, "string"),
        ({"oneOf": [{"type": ["number"]}, {"type": ["string"]}]}, "string"),
    ],
)
def test_kind_of_a_declared_type(declared: dict[str, Any], word: str) -> None:
    assert kind(declared) == word


@pytest.mark.parametrize("types", [["number", "null"], ["string", "integer"]])
def test_a_type_without_a_kind_is_an_error_of_the_script(types: list[str]) -> None:
    with pytest.raises(ValueError, match="no kind for the type"):
        kind({"type": types})


def test_there_is_one_truth_about_where_the_package_comes_from(hub: dict[str, Any]) -> None:
    documents = [path for path in sorted((ROOT / "docs").rglob("*.*")) if path.suffix != ".png"]
    files = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *documents]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    sources = re.findall(r"git\+https://[\w./-]*\w", text)
    assert len(sources) >= 3
    assert {*sources} == {hub["pip_url"]}
    # From an index it cannot be installed.
    assert not re.search(r"(install|pip_url:|pipx run|uvx) ['\"]?tap-ivrflow", text)


@pytest.mark.parametrize(
    ("target", "values"),
    [
        ("target-duckdb", {"add_record_metadata": None, "hard_delete": None}),
        ("target-postgres", {"use_copy": True, "validate_records": False}),
        ("target-snowflake", {"validate_records": False}),
    ],
)
def test_the_targets_have_the_settings_that_serve_best(target: str, values: dict[str, bool | None]) -> None:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    (plugin,) = (each for each in project["plugins"]["loaders"] if each["name"] == target)
    found = by_name(plugin["settings"])
    assert {name: found[name].get("value") for name in values} == values
