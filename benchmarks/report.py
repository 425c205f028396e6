"""Report measured runs as a table, and as `results.json`: `results` are Rows, `goals` are GoalResults."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from benchmarks.cases import GOALS, Case, Goal
from benchmarks.measuring import Run

_PACKAGES: Final = ("tap-ivrflow", "singer-sdk", "requests", "urllib3", "msgspec")


@dataclass(frozen=True, slots=True)
class Row:
    """The medians of one program in one case: times in seconds, peak memory in MiB.

    The ratios are of wall time; None if the other program did not run.
    """

    case: str
    title: str
    program: str
    runs: int
    wall: float
    cpu: float
    memory: float
    to_baseline: float | None
    to_limit: float | None
    rows_per_second: int


@dataclass(frozen=True, slots=True)
class GoalResult:
    """A goal, the measured ratio, and whether it meets the goal; None where a figure is missing."""

    goal: str
    at_most: float
    measured: float | None
    met: bool | None


def report(measured: Sequence[tuple[Case, Mapping[str, Run]]]) -> tuple[str, str]:
    """Return the report on cases, with the median runs of their programs, as text and as JSON."""
    medians = {case.name: runs for case, runs in measured}
    rows = [_row(case, program, runs) for case, runs in measured for program in runs]
    goals = [_goal_result(goal, medians) for goal in GOALS]
    machine = {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    packages = {name: importlib.metadata.version(name) for name in _PACKAGES}
    facts = ", ".join(f"{name} {value}" for name, value in {**machine, **packages}.items())
    results = {"results": [asdict(row) for row in rows], "goals": [asdict(goal) for goal in goals]}
    content = json.dumps({**machine, "packages": packages, **results}, indent=2)
    return f"{facts}\n\n{_table(rows, goals)}", content + "\n"


def _table(rows: list[Row], goals: list[GoalResult]) -> str:
    width = max((len(row.title) for row in rows), default=0)
    words = {True: "met", False: "NOT MET", None: "not measured"}
    lines = [f"{'case':{width}} program   wall s   CPU s  peak MiB  / baseline  / limit     rows/s"]
    lines += [
        f"{row.title:{width}} {row.program:8} {row.wall:7.2f} {row.cpu:7.2f} {row.memory:9.1f}"
        f" {_ratio(row.to_baseline):>11} {_ratio(row.to_limit):>8} {row.rows_per_second:10,}"
        for row in rows
    ]
    lines.append("")
    lines += [
        f"{goal.goal:40} at most {goal.at_most:5.2f}, measured {_ratio(goal.measured):>5}: {words[goal.met]}"
        for goal in goals
    ]
    return "\n".join(lines)


def _row(case: Case, program: str, runs: Mapping[str, Run]) -> Row:
    run = runs[program]
    baseline, limit = (runs[name].wall if name in runs else None for name in ("baseline", "limit"))
    return Row(
        case=case.name,
        title=case.title,
        program=program,
        runs=case.runs[program],
        wall=round(run.wall, 3),
        cpu=round(run.cpu, 3),
        memory=round(run.memory / 2**20, 1),
        to_baseline=baseline and round(run.wall / baseline, 3),
        to_limit=limit and round(run.wall / limit, 3),
        rows_per_second=round(case.tenants * case.rows / run.wall),
    )


def _goal_result(goal: Goal, medians: Mapping[str, Mapping[str, Run]]) -> GoalResult:
    tap = medians.get(goal.case, {}).get("tap")
    other = medians.get(goal.other_case or goal.case, {}).get(goal.program)
    if tap is None or other is None:
        return GoalResult(goal.text, goal.at_most, None, None)
    ratio = tap.wall / other.wall if goal.quantity == "wall" else tap.memory / other.memory
    return GoalResult(goal.text, goal.at_most, round(ratio, 3), ratio <= goal.at_most)


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.3f}" if ratio < 0.1 else f"{ratio:.2f}"  # noqa: PLR2004 (digits)
