"""What docs/scaling.md and its examples say is what the tap, and a shell, make of them."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tap_ivrflow.settings import SETTINGS
from tap_ivrflow.tenants import tenants_of
from tests.harness import ROOT

PAGE: Final = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
EXAMPLES: Final = {
    path.name: path.read_text(encoding="utf-8")
    for path in (ROOT / "docs" / "examples").iterdir()
    if path.is_file()
}
JOB: Final[dict[str, Any]] = yaml.safe_load(EXAMPLES["kubernetes-job.yaml"])
CONTAINER: Final[dict[str, Any]] = JOB["spec"]["template"]["spec"]["containers"][0]
SCHEDULES: Final[list[dict[str, Any]]] = yaml.safe_load(EXAMPLES["meltano-schedule.yml"])["schedules"]
CRONJOB: Final[dict[str, Any]] = yaml.safe_load(EXAMPLES["kubernetes-cronjob.yaml"])
MELTANO: Final[dict[str, Any]] = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
EIGHT: Final = ["1/8", "2/8", "3/8", "4/8", "5/8", "6/8", "7/8", "8/8"]
SUFFIXES: Final = [f"shard-{shard}-of-8" for shard in range(1, 9)]


class Shell:
    """Runs commands by `sh`, with a `meltano` that only notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        meltano = folder / "meltano"
        meltano.write_text(
            '#!/bin/sh\necho "$TAP_IVRFLOW_TENANT_SHARD"\necho "$MELTANO_SYS_DIR_ROOT"\necho "$*"\n',
            encoding="utf-8",
        )
        meltano.chmod(0o755)

    def __call__(self, *command: str, **variables: str) -> list[str]:
        """Return the lines that the command printed."""
        path = os.pathsep.join([str(self.folder), str(Path(sys.executable).parent), os.defpath])
        run = subprocess.run(
            command, env={"PATH": path, **variables}, stdout=subprocess.PIPE, check=True, encoding="utf-8"
        )
        return run.stdout.splitlines()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def of_the_dag() -> dict[str, Any]:
    """What the Airflow file assigns at its top, and its task without the decorator. Airflow is not needed."""
    tree = ast.parse(EXAMPLES["airflow_dag.py"])
    found: list[ast.stmt] = [statement for statement in tree.body if isinstance(statement, ast.Assign)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "load":
            node.decorator_list.clear()
            found.append(node)
    names: dict[str, Any] = {"timedelta": timedelta}
    exec(compile(ast.Module(found, []), "airflow_dag.py", "exec"), names)  # noqa: S102 - the repository's own
    return names


def test_the_pages_link_every_example() -> None:
    pages = PAGE + (ROOT / "docs" / "operation.md").read_text(encoding="utf-8")
    assert {name for name in EXAMPLES if f"](examples/{name})" in pages} == EXAMPLES.keys()


RAN: Final = {
    "Dockerfile": {"meltano"},
    "airflow_dag.py": {
        "apache-airflow",
        "apache-airflow-providers-postgres",
        "dbt-postgres",
        "meltano",
        "meltanolabs-target-postgres",
    },
    "dagster_assets.py": {"dagster", "meltano", "meltanolabs-target-postgres"},
    "kubernetes-cronjob.yaml": {"kubernetes-validate"},
    "kubernetes-job.yaml": {"kubernetes-validate", "meltano", "meltanolabs-target-postgres"},
    "meltano-schedule.yml": {"meltano", "meltanolabs-target-postgres"},
    "nightly.sh": {"dbt-duckdb", "meltano", "target-duckdb-exact"},
}
"""What each example runs."""


@pytest.mark.parametrize("document", sorted(EXAMPLES))
def test_every_example_says_when_and_with_which_of_the_locked_versions_it_last_ran(document: str) -> None:
    said = re.search(r"Last run on \d{4}-\d{2}-\d{2} with (.*?)[.:]\s", EXAMPLES[document], re.DOTALL)
    assert said is not None
    named = set(re.findall(r"([a-z][a-z-]+) (\d+(?:\.\d+)+)", said[1]))
    assert {name for name, _ in named} == RAN[document]
    assert named - locked() == set()


def locked() -> set[tuple[str, str]]:
    """Every package and version in the project's locks, except that of the oldest Meltano."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    found = {(package["name"], package["version"]) for package in lock["package"]}
    locks = [*(ROOT / "plugins").glob("*.txt"), *(ROOT / "tests").glob("*/locks/*.txt")]
    for path in locks:
        if path.name == "meltano-4.0.txt":
            continue
        found.update(re.findall(r"^([\w-]+)==([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    return found


@pytest.mark.parametrize("document", [*sorted(EXAMPLES), "scaling.md"])
def test_every_variable_of_the_tap_is_a_setting_of_it(document: str) -> None:
    named = re.findall(r"\bTAP_IVRFLOW_([A-Z_]+)", EXAMPLES.get(document, PAGE))
    assert {name.lower() for name in named} <= SETTINGS.to_dict()["properties"].keys()


@pytest.mark.parametrize("document", sorted(EXAMPLES))
def test_every_variable_of_the_target_is_a_setting_in_meltano_yml(document: str) -> None:
    target = next(each for each in MELTANO["plugins"]["loaders"] if each["name"] == "target-postgres")
    named = re.findall(r"\bTARGET_POSTGRES_([A-Z_]+)", EXAMPLES[document])
    assert {name.lower() for name in named} <= {setting["name"] for setting in target["settings"]}


@pytest.mark.parametrize("name", ["north", "tenant-0042", "Zürich 北"])
def test_the_pages_command_finds_the_shard_that_the_tap_finds(shell: Shell, name: str) -> None:
    command = next(line for line in PAGE.splitlines() if line.startswith("python3 -c"))
    [shard] = shell("sh", "-c", command.replace('"north"', '"$0"'), name, PYTHONUTF8="1")
    config = {
        "api_url": "https://service.besclouds.com",
        "tenants": [{"name": name, "app_key": "key", "app_secret": "secret"}],
    }
    keeping = [text for text in EIGHT if tenants_of({**config, "tenant_shard": text})]
    assert keeping == [f"{shard}/8"]


def test_the_jobs_command_reads_shards_from_1_at_indexes_from_0(shell: Shell) -> None:
    given = {each["name"]: each["value"] for each in CONTAINER["env"]}
    runs = [
        shell(*CONTAINER["command"], SHARDS=given["SHARDS"], JOB_COMPLETION_INDEX=str(index))
        for index in range(JOB["spec"]["completions"])
    ]
    assert [run[0] for run in runs] == EIGHT
    assert [run[2] for run in runs] == [
        f"run --no-install --state-id-suffix={suffix} tap-ivrflow target-postgres" for suffix in SUFFIXES
    ]


def test_the_job_has_an_index_for_each_shard_and_retries_it_alone() -> None:
    spec = JOB["spec"]
    assert {"name": "SHARDS", "value": str(spec["completions"])} in CONTAINER["env"]
    assert (spec["completionMode"], spec["template"]["spec"]["restartPolicy"]) == ("Indexed", "Never")
    assert spec["backoffLimitPerIndex"] > 0


def test_the_cronjob_has_the_same_job_and_starts_none_beside_one_that_goes_on() -> None:
    assert CRONJOB["spec"]["jobTemplate"]["spec"] == JOB["spec"]
    assert CRONJOB["spec"]["concurrencyPolicy"] == "Forbid"


def test_the_image_has_what_the_project_has() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", EXAMPLES["Dockerfile"], re.MULTILINE)
    sources = [source for line in copied for source in line.split()]
    assert len(sources) > len(copied) > 0
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_the_image_has_the_meltano_that_is_tested() -> None:
    assert f"meltano=={importlib.metadata.version('meltano')}\n" in EXAMPLES["Dockerfile"]


def test_the_dag_has_the_check_of_the_page_about_proofs() -> None:
    page = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    check = re.search(r"## Check that.*?```sql\n(.*?)```", page, re.DOTALL)
    assert check is not None
    assert check[1] in EXAMPLES["airflow_dag.py"]


def test_the_dag_maps_its_task_over_eight_shards() -> None:
    assert of_the_dag()["SHARDS"] == EIGHT
    calls = [node for node in ast.walk(ast.parse(EXAMPLES["airflow_dag.py"])) if isinstance(node, ast.Call)]
    assert [ast.unparse(call) for call in calls if ast.unparse(call.func).endswith(".expand")] == [
        "load.expand(shard=SHARDS)"
    ]


def test_the_dags_command_reads_its_shard_in_a_system_folder_of_its_own(shell: Shell) -> None:
    dag = of_the_dag()
    assert [shell("sh", "-c", dag["load"](shard)) for shard in dag["SHARDS"]] == [
        [shard, f".meltano/{suffix}", f"run --state-id-suffix={suffix} tap-ivrflow target-postgres"]
        for shard, suffix in zip(EIGHT, SUFFIXES, strict=True)
    ]


def test_the_schedules_read_eight_shards_each_in_a_system_folder_of_its_own() -> None:
    assert [schedule["env"] for schedule in SCHEDULES] == [
        {
            "TAP_IVRFLOW_TENANT_SHARD": shard,
            "MELTANO_RUN_STATE_ID_SUFFIX": suffix,
            "MELTANO_SYS_DIR_ROOT": f".meltano/{suffix}",
        }
        for shard, suffix in zip(EIGHT, SUFFIXES, strict=True)
    ]


def test_the_schedules_run_a_job_of_meltano_yml_under_names_of_their_own() -> None:
    jobs = {job["name"]: job["tasks"] for job in MELTANO["jobs"]}
    assert [jobs[schedule["job"]] for schedule in SCHEDULES] == [["tap-ivrflow target-postgres"]] * 8
    loads, builds = jobs["ivr-flows-to-postgres"]
    assert (loads, builds.split()[0]) == ("tap-ivrflow target-postgres", "dbt-postgres:build")
    names = [schedule["name"] for schedule in [*SCHEDULES, *MELTANO["schedules"]]]
    assert len(set(names)) == len(names)


def test_the_table_of_targets_names_the_locked_versions() -> None:
    page = (ROOT / "docs" / "targets.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[([\w-]+)\]\(#[\w-]+\)[^|]* \| (\d[\d.]+) \|", page, re.MULTILINE)
    assert len(rows) == 12
    assert set(rows) - locked() == set()
