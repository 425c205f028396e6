"""The paragraph of README.md about a Meltano project of one's own, in an empty folder."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

import duckdb
import pytest

from simulator.data import tenants
from simulator.server import Simulator
from tests.harness import ROOT, copy_checkout
from tests.targets.project import MELTANO, TOO_LONG, finish, installing_environment, start

pytestmark = pytest.mark.targets

README: Final = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Load your own tenant\n")[2]
SOURCE: Final = "git+https://github.com/tap-ivrflow/tap-ivrflow"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """What GitHub would have, if this state of the project were pushed."""
    folder = tmp_path / "repository"
    copy_checkout(folder)
    author = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    for arguments in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        (*author, "commit", "--message=test"),
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def test_the_blocks_load_into_duckdb(repository: Path, tmp_path: Path, service: Simulator) -> None:
    (blocks,) = re.findall(r"```yaml\n(.*?)```", README.partition("**Without Meltano**")[0], re.DOTALL)
    assert blocks.count(SOURCE) == 2
    dotenv = re.search(r"```sh\n(TAP_IVRFLOW_.*?)```", README, re.DOTALL)
    command = re.search(r"run `meltano (run [^`]+)`", README)
    assert dotenv
    assert command
    (tenant,) = tenants(1)
    service.set_tenants([tenant])
    project = tmp_path / "project"
    project.mkdir()
    (project / "meltano.yml").write_text(blocks.replace(SOURCE, f"git+{repository.as_uri()}"))
    (project / ".env").write_text(
        dotenv[1].replace("your app key", tenant.app_key).replace("your app secret", tenant.app_secret)
    )

    environment = {
        **installing_environment(),
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        "TAP_IVRFLOW_API_URL": service.url,
        "NO_PROXY": "127.0.0.1",
    }
    done = finish(start([str(MELTANO), *command[1].split()], project, environment), 2 * TOO_LONG)
    assert done.code == 0, done
    with duckdb.connect(str(project / "ivrflow.duckdb"), read_only=True) as connection:
        found = connection.execute(
            'select id, "accessCode", description from tap_ivrflow.ivr_flows'
        ).fetchall()
        proofs = connection.execute("select stream, records from tap_ivrflow.extractions").fetchall()
    assert sorted(found) == sorted((row["id"], row["accessCode"], row["description"]) for row in tenant.flows)
    assert proofs == [("ivr_flows", len(tenant.flows))]
