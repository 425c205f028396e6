"""What transform/README.md shows: an analyst's five questions, and the project as a package of another one."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.harness import ROOT
from tests.targets.conftest import MakeWarehouse
from tests.targets.service import flow
from tests.targets.warehouse import Warehouse

pytestmark = pytest.mark.targets

PAGE: Final = (ROOT / "transform" / "README.md").read_text(encoding="utf-8")
HISTORIES: Final = ("flow", "route", "queue", "hotline", "survey", "finding")
FIRST: Final = "2026-11-10 01:15:00"


@pytest.fixture(scope="module")
def two_nights(make_warehouse: MakeWarehouse) -> Warehouse:
    """Flow 3 was deleted in the second night. The first is said to have been on 10 November."""
    warehouse = make_warehouse("questions")
    route = {"id": "1", "accessCode": "4008001003", "devicetype": 3, "deviceId": 3, "deviceDesc": "label"}
    warehouse.load("called_routes", "north", [route])
    warehouse.load("ivr_flows", "north", [flow(1), flow(3, "Christmas")])
    warehouse.build()
    for name in HISTORIES:
        warehouse.change(f"update ivr_analytics.{name}_history set dbt_valid_from = '{FIRST}'")  # noqa: S608 - names of ours
    warehouse.change(f"update ivr_analytics.builds set began_at = '{FIRST}'")  # noqa: S608 - as above
    warehouse.load("called_routes", "north", [route], extraction=2)
    warehouse.load("ivr_flows", "north", [flow(1)], extraction=2)
    warehouse.build()
    return warehouse


def answer(warehouse: Warehouse, question: str) -> list[tuple[Any, ...]]:
    """The rows of the one query under a question."""
    found = re.search(rf"\*\*{re.escape(question)}.*?```sql\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    query: Any = found[1]
    return [tuple(row.values()) for row in warehouse.ask(query)]


def test_there_are_five_questions() -> None:
    section = PAGE.split("## Five questions", 1)[1].split("\n## ", 1)[0]
    assert len(re.findall(r"^\*\*.*\?\*\*", section, re.MULTILINE)) == section.count("```sql") == 5


def test_which_numbers_lead_nowhere(two_nights: Warehouse) -> None:
    ((tenant, sentence, first_seen),) = answer(two_nights, "Which numbers lead nowhere?")
    assert (tenant, sentence) == ("north", "Number 4008001003 leads to flow 3, which is gone.")
    assert first_seen > dt.datetime.fromisoformat(FIRST)


def test_what_changed_last_night(two_nights: Warehouse) -> None:
    assert answer(two_nights, "What changed last night?") == [
        ("north", "flow", "3", "deleted", None, None, None)
    ]


def test_how_many_flows_does_a_tenant_have_over_time(two_nights: Warehouse) -> None:
    rows = answer(two_nights, "How many flows does each tenant have over time?")
    today = dt.datetime.now(tz=dt.UTC).date()
    first = dt.date.fromisoformat(FIRST[:10])
    assert rows[0] == ("north", first, 2, 2, 2, 0, 0, False)
    assert rows[1] == ("north", first + dt.timedelta(days=1), 2, 2, 0, 0, 0, True)
    # The first built before midnight, the second after it: that is both days.
    assert rows[-1] in {("north", day, 1, 1, 0, 1, 1, False) for day in (today, today - dt.timedelta(days=1))}
    assert [row[1] for row in rows] == [first + dt.timedelta(days=number) for number in range(len(rows))]


def test_what_did_a_number_lead_to_at_a_moment(two_nights: Warehouse) -> None:
    assert answer(two_nights, "What did 4008001003 lead to on 12 November at 14:00?") == [
        ("flow", 3, "Christmas", True, True)
    ]


def test_which_lists_were_not_read(two_nights: Warehouse) -> None:
    rows = answer(two_nights, "Which lists were not read?")
    assert [(row[1], row[2] is None) for row in rows] == [
        ("access_codes", True),
        ("called_routes", False),
        ("ivr_flows", False),
        ("satisfaction_config", True),
        ("skill_queues", True),
    ]
    assert rows[0][-1] == "hotline_without_route"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of a user, which has this one as a package from git, by the files that the README shows."""
    repository = tmp_path / "repository"
    shutil.copytree(
        ROOT / "transform", repository / "transform", ignore=shutil.ignore_patterns("target", "logs")
    )
    git = ["git", "-c", "user.name=tests", "-c", "user.email=tests@example.com", "-C", str(repository)]
    for arguments in (
        ["init", "--quiet"],
        ["add", "."],
        ["commit", "--quiet", "--message", "All"],
        ["tag", "v1"],
    ):
        subprocess.run([*git, *arguments], check=True)
    folder = tmp_path / "analytics"
    (folder / "models").mkdir(parents=True)
    packages, project = re.findall(r"```yaml\n# (?:packages|dbt_project)\.yml\n(.*?)```", PAGE, re.DOTALL)
    listed = yaml.safe_load(packages)
    (package,) = listed["packages"]
    package.update(git=f"file://{repository}", revision="v1")
    (folder / "packages.yml").write_text(yaml.safe_dump(listed), encoding="utf-8")
    own = {
        "name": "analytics",
        "profile": "ivrflow",
        **yaml.safe_load(project.replace("my_project", "analytics")),
    }
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(own), encoding="utf-8")
    (folder / "models" / "loose_ends.sql").write_text(
        "select tenant, count(*) as found from {{ ref('findings') }} group by tenant", encoding="utf-8"
    )
    return folder


@pytest.fixture
def warehouse(make_warehouse: MakeWarehouse) -> Warehouse:
    warehouse = make_warehouse("package")
    warehouse.load("called_routes", "north", [{"id": "1", "accessCode": "9", "devicetype": 3, "deviceId": 3}])
    warehouse.load("ivr_flows", "north", [flow(1)])
    return warehouse


def test_the_project_is_a_package_of_a_users_own_project(warehouse: Warehouse, project: Path) -> None:
    done = warehouse.dbt("deps", project=project)
    assert done.code == 0, done
    before = dt.datetime.now(tz=dt.UTC).replace(tzinfo=None)
    warehouse.build(project=project)
    assert warehouse.ask("select * from ivr_analytics.loose_ends") == [{"tenant": "north", "found": 2}]
    (state,) = warehouse.ask("select dbt_valid_from from ivr_analytics.flow_history")
    assert before <= state["dbt_valid_from"] <= dt.datetime.now(tz=dt.UTC).replace(tzinfo=None)


def test_a_package_that_may_not_date_the_histories_says_what_is_missing(
    warehouse: Warehouse, project: Path
) -> None:
    path = project / "dbt_project.yml"
    own = yaml.safe_load(path.read_text(encoding="utf-8"))
    del own["dispatch"]
    path.write_text(yaml.safe_dump(own), encoding="utf-8")
    assert warehouse.dbt("deps", project=project).code == 0
    done = warehouse.dbt("build", project=project)
    assert done.code != 0, done
    assert done.stdout.count("dbt_project.yml needs `dispatch:`") == 1
