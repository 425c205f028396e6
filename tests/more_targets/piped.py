"""A target by itself: the tap's command is piped into the target's, as any runner of Singer does."""

from __future__ import annotations

import abc
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from typing_extensions import override

from tests.harness import ROOT, TAP
from tests.more_targets.environments import Environments
from tests.targets.destination import Destination
from tests.targets.project import Finished, Workplace, finish, start
from tests.targets.service import COLUMNS


class Piped(Destination):
    """A target that is not in `meltano.yml`. Few of them act on ACTIVATE_VERSION."""

    lock: ClassVar[str]
    """Name of its lock."""
    command: ClassVar[str]
    marks = False

    def __init__(self, workplace: Workplace, environments: Environments) -> None:
        super().__init__(workplace)
        self._command: Final = environments.command(self.lock, self.command)

    @abc.abstractmethod
    def config(self) -> dict[str, Any]:
        """The settings of the target: what the document has, with this place's in their stead."""

    def documented(self) -> dict[str, Any]:
        """The settings in the target's section of `docs/targets.md`."""
        page = (ROOT / "docs" / "targets.md").read_text(encoding="utf-8")
        (section,) = (part for part in page.split("\n### ") if part.startswith(f"{self.lock}\n"))
        settings: dict[str, Any] = json.loads(section.partition("```json\n")[2].partition("```")[0])
        return settings

    @abc.abstractmethod
    def records(self, stream: str) -> list[dict[str, Any]]:
        """The rows of a stream, in the tap's columns: of targets that write a file a run, those of the last."""

    def variables(self) -> Mapping[str, str]:
        """What the target has to find in its environment besides."""
        return {}

    @override
    def load(self, **settings: Any) -> Finished:
        """Load what the service has; some settings of the target may be others than in `config`."""
        config = self.workplace.folder / "target.json"
        config.write_text(json.dumps({**self.config(), **settings}), encoding="utf-8")
        folder, log = self.workplace.folder, self.workplace.folder / "tap.log"
        with log.open("w") as stderr:
            tap = start([str(TAP), "--config=ENV"], folder, self.workplace.environment(), stderr=stderr)
            target = start([str(self._command), "--config", str(config)], folder,
                           self.workplace.environment(**self.variables()), stdin=tap.stdout)  # fmt: skip
            assert tap.stdout is not None
            tap.stdout.close()  # The target has it now: the tap has to see when it ends.
            done = finish(target)
            tap.wait()
        said = log.read_text(encoding="utf-8")
        return Finished(tap.returncode or done.code, done.stdout, said + done.stderr)

    @override
    def read(self) -> list[dict[str, Any]]:
        columns = (*COLUMNS, "extraction")
        return [
            {**{name: row[name] for name in columns}, "deleted": row.get("deleted", False)}
            for row in self.records("ivr_flows")
        ]

    @override
    def proofs(self) -> list[dict[str, Any]]:
        return self.records("extractions")
