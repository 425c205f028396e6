"""The manifests against the published schema, and what the Job's container does, in the image that it does it in."""

from __future__ import annotations

import json
import re
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from simulator.server import Simulator
from tests.engines.engine import EXAMPLES, TENANTS, Engine
from tests.engines.image import Image
from tests.targets.conftest import MakeProject
from tests.targets.destinations import Postgres
from tests.targets.postgres import Database
from tests.targets.service import as_served, rows

pytestmark = pytest.mark.engines

JOB: Final = "kubernetes-job.yaml"
MANIFESTS: Final = (JOB, "kubernetes-cronjob.yaml")
OLDEST: Final = "1.29.0"
"""The version of Kubernetes from which docs/scaling.md says that the Job works."""


@pytest.fixture(scope="module")
def kubernetes(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine("kubernetes", tmp_path_factory.mktemp("kubernetes") / "engine")


@pytest.mark.parametrize("manifest", MANIFESTS)
@pytest.mark.parametrize("version", [[], ["--kubernetes-version", OLDEST]], ids=["newest", "oldest"])
def test_the_manifests_are_valid(kubernetes: Engine, manifest: str, version: list[str]) -> None:
    done = kubernetes("kubernetes-validate", "--strict", *version, str(EXAMPLES / manifest))
    assert done.code == 0, done
    assert "passed for resource" in str(done)


def test_a_field_that_is_unknown_or_of_another_type_is_not_valid(kubernetes: Engine) -> None:
    text = (EXAMPLES / JOB).read_text(encoding="utf-8")
    for old, new in (("parallelism: 4", "parallelism: four"), ("parallelism", "paralelism")):
        broken = kubernetes.folder / "broken.yaml"
        broken.write_text(text.replace(old, new), encoding="utf-8")
        assert kubernetes("kubernetes-validate", "--strict", str(broken)).code != 0


@pytest.fixture
def image() -> Iterator[Image]:
    # Not below pytest's own folder, which another user may not enter.
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        yield Image(Path(folder))


def test_the_image_runs_the_first_and_last_shard_in_read_only_folders_as_a_user_without_rights(
    image: Image, make_project: MakeProject, service: Simulator, database: Database
) -> None:
    text = (EXAMPLES / JOB).read_text(encoding="utf-8")
    spec: dict[str, Any] = yaml.safe_load(text)["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    assert image.user == pod["securityContext"]["runAsUser"]
    service.set_tenants(as_served(TENANTS))
    target = Postgres(make_project(Postgres.plugin), database)
    target.project.serves(service.url, as_served(TENANTS))
    secret = {
        "TAP_IVRFLOW_API_URL": service.url,
        "TAP_IVRFLOW_TENANTS": target.project.variables["TAP_IVRFLOW_TENANTS"],
        "TARGET_POSTGRES_SQLALCHEMY_URL": database.url,
    }
    documented = dict(re.findall(r"^#   ([A-Z_]+)=(.+)$", text, re.MULTILINE))
    assert documented.keys() == secret.keys()
    assert json.loads(documented["TAP_IVRFLOW_TENANTS"].replace("...", ""))[0].keys() == {
        "name",
        "app_key",
        "app_secret",
    }
    variables = {each["name"]: image.inside(each["value"]) for each in container["env"]}
    image.mount([mount["mountPath"] for mount in container["volumeMounts"]])

    refused = image.run("sh", "-c", "touch meltano.yml || touch new || touch .meltano/new")
    assert (refused.code, refused.stderr.count("ermission denied")) == (1, 3), refused
    last = spec["completions"] - 1
    for index in (0, last):
        done = image.run(*container["command"], **secret, **variables, JOB_COMPLETION_INDEX=str(index))
        assert done.code == 0, done

    read = {
        tenant: flows for tenant, flows in TENANTS.items() if zlib.crc32(tenant.encode()) % 8 in (0, last)
    }
    assert target.look().rows == rows(read)
