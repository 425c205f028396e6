"""Where a case is run: the service is started once, and its contestants take turns."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.cases import Case
from benchmarks.measuring import Arena, Contestant, Run, RunFailedError, checksum, measure
from simulator.__main__ import tap_config
from simulator.control import running
from simulator.world import tenants


@dataclass(frozen=True, slots=True)
class Result:
    """The medians of all contestants of a case, by the contestant's name."""

    case: Case
    medians: Mapping[str, Run]


def contest(case: Case, python: Path, say: Callable[[str], None]) -> Result:
    """Measure a case.

    Every contestant first makes a run that does not count: it warms the caches, and its records are
    compared with the others'. Then they take turns, so that a busy moment of the machine meets them all.

    Args:
        case: what to measure.
        python: the interpreter of the contestants' environment.
        say: told of every run.

    Raises:
        RunFailedError: a run failed, or two contestants do not emit the same records.
    """
    arguments = ("--tenants", case.tenants, "--flows", case.flows, "--latency", case.latency)
    with running(*map(str, arguments)) as service, tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.json"
        settings = tap_config(service.url, tenants(case.tenants, flows=0))
        config.write_text(json.dumps({**settings, "concurrency": case.concurrency}))
        arena = Arena(python, config)
        _warm_up(case, arena, say)
        runs = _take_turns(case, arena, say)
    return Result(case, {contestant.name: _median(runs[contestant]) for contestant in runs})


def _warm_up(case: Case, arena: Arena, say: Callable[[str], None]) -> None:
    """Let every contestant run once, and compare what they emit."""
    checksums = {}
    for contestant in case.runs:
        say(f"{case.name}: {contestant.name}, warm-up")
        checksums[contestant.name] = checksum(contestant, arena)
    if len(set(checksums.values())) != 1:
        raise RunFailedError(f"{case.name}: {', '.join(checksums)} do not emit the same records")


def _take_turns(case: Case, arena: Arena, say: Callable[[str], None]) -> dict[Contestant, list[Run]]:
    """Measure: first A, B and C, then again A, B and C, as often as each of them has runs."""
    runs: dict[Contestant, list[Run]] = {contestant: [] for contestant in case.runs}
    for turn in range(max(case.runs.values())):
        for contestant, wanted in case.runs.items():
            if turn < wanted:
                run = measure(contestant, arena, case.rows)
                say(f"{case.name}: {contestant.name}, {run.wall:.2f} s")
                runs[contestant].append(run)
    return runs


def _median(runs: list[Run]) -> Run:
    return Run(
        wall=median(run.wall for run in runs),
        cpu=median(run.cpu for run in runs),
        memory=median(run.memory for run in runs),
    )
