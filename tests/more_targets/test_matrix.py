"""The targets that `meltano.yml` does not have are told the same scenario as those that it has."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from simulator.server import Simulator
from tests.more_targets.environments import Environments
from tests.more_targets.files import CSV
from tests.more_targets.piped import Piped, Proven
from tests.targets.project import Workplace
from tests.targets.scenario import Scenario, keys, play
from tests.targets.service import Key
from tests.targets.test_matrix import BEHAVIOURS

pytestmark = pytest.mark.targets


def the_proof_says_which_rows_are_there(scenario: Scenario) -> None:
    for step in (scenario.first, scenario.again, scenario.changed, scenario.good):
        assert _present(step.loaded) == keys(step.served)
    # A failed tenant keeps its rows and its proof where both are replaced by key, and has none in a new file.
    kept = {"south": scenario.changed.served["south"]} if scenario.target.upserts else {}
    read = {name: flows for name, flows in scenario.half.served.items() if name != "south"}
    assert _present(scenario.half.loaded) == keys({**read, **kept})


def _present(loaded: object) -> set[Key]:
    assert isinstance(loaded, Proven)
    return loaded.present


FILES: Final = (CSV,)


@pytest.mark.parametrize("target", FILES, ids=lambda target: target.lock)
def test_target(
    target: type[Piped],
    service: Simulator,
    environments: Environments,
    tmp_path: Path,
    subtests: pytest.Subtests,
) -> None:
    scenario = play(target(Workplace(tmp_path / "work"), environments), service)
    for behaviour in (*BEHAVIOURS, the_proof_says_which_rows_are_there):
        with subtests.test(behaviour.__name__):
            behaviour(scenario)
