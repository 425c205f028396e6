"""The targets that `meltano.yml` does not have are told the same scenario as those that it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from simulator.server import Simulator
from tests.more_targets.buckets import S3JSONL, GoogleJSONL, S3Parquet
from tests.more_targets.databases import PipelineWisePostgres
from tests.more_targets.files import CSV, SingerJSONL
from tests.more_targets.piped import Piped
from tests.more_targets.places import Places
from tests.more_targets.recorded import ToElasticsearch, ToStitch
from tests.targets.scenario import play
from tests.targets.test_matrix import behaviours

pytestmark = pytest.mark.targets


MAKE: Final[dict[str, Callable[[Places], Piped]]] = {
    "meltanolabs-target-csv": lambda places: CSV(*places.own()),
    "target-singer-jsonl": lambda places: SingerJSONL(*places.own()),
    "target-s3-jsonl": lambda places: S3JSONL(*places.own(), places.s3()),
    "plinxore-target-s3": lambda places: S3Parquet(*places.own(), places.s3()),
    "pipelinewise-target-postgres": lambda places: PipelineWisePostgres(*places.own(), places.database()),
    "target-stitch": lambda places: ToStitch(*places.own(), *places.stitch()),
    "target-elasticsearch": lambda places: ToElasticsearch(*places.own(), *places.elasticsearch()),
    "target-gcs": lambda places: GoogleJSONL(*places.own(), places.gcs()),
}


@pytest.mark.parametrize("name", MAKE)
def test_target(name: str, service: Simulator, places: Places, subtests: pytest.Subtests) -> None:
    scenario = play(MAKE[name](places), service)
    for behaviour in behaviours(scenario.target):
        with subtests.test(behaviour.__name__):
            behaviour(scenario)
