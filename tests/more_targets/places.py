"""The places that targets load into: each asks for what it needs, which is started for the first."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Final

from tests.more_targets.environments import Environments
from tests.more_targets.recorders import Elasticsearch, Stitch, answering
from tests.more_targets.storage import GCS, S3, running
from tests.targets.postgres import Database, Server, postgres
from tests.targets.project import Workplace

_NUMBERS: Final = count(1)


class Places:
    """Everything that a target may need; it ends with the stack."""

    def __init__(self, folder: Path, environments: Environments, stack: ExitStack) -> None:
        self.environments: Final = environments
        self._folder: Final = folder
        self._stack: Final = stack

    def own(self) -> tuple[Workplace, Environments]:
        """A workplace of its own, and where targets are installed."""
        return Workplace(self._folder / f"work-{next(_NUMBERS)}"), self.environments

    def s3(self) -> S3:
        """An empty bucket."""
        return S3(self._s3, f"bucket-{next(_NUMBERS)}")

    def gcs(self) -> GCS:
        """An empty bucket."""
        return GCS(self._gcs, f"bucket-{next(_NUMBERS)}")

    def database(self) -> Database:
        """An empty database."""
        return self._postgres.database(f"warehouse_{next(_NUMBERS)}")

    def stitch(self) -> tuple[Stitch, str]:
        """An empty warehouse behind Stitch, and its address."""
        recorder = Stitch()
        return recorder, self._stack.enter_context(answering(recorder))

    def elasticsearch(self) -> tuple[Elasticsearch, str]:
        """An empty cluster, and its address."""
        recorder = Elasticsearch()
        return recorder, self._stack.enter_context(answering(recorder))

    @cached_property
    def _postgres(self) -> Server:
        return self._stack.enter_context(postgres())

    @cached_property
    def _s3(self) -> str:
        return self._stack.enter_context(running("s3", self.environments))

    @cached_property
    def _gcs(self) -> str:
        return self._stack.enter_context(running("gcs", self.environments))
