"""Report what was measured as tables, and as `results.json`.

There `results` are Rows, `goals` are GoalResults, and `jobs` has LoadRows.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from benchmarks.cases import GOALS, Case, Goal, Variant
from benchmarks.jobs import Loads
from benchmarks.measuring import Run

_PACKAGES: Final = ("tap-ivrflow", "singer-sdk", "requests", "urllib3", "msgspec", "meltano")


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


@dataclass(frozen=True, slots=True)
class LoadRow:
    """The medians of one variant of the job: times in seconds, peak memory in MiB.

    Begin and ends are since Meltano's start. The ratio is of wall time.
    """

    title: str
    target: str
    settings: Mapping[str, str]
    runs: int
    plugins_begin: float
    tap_end: float
    target_end: float
    wall: float
    meltano_cpu: float
    tap_cpu: float
    target_cpu: float
    target_memory: float
    to_shipped: float
    rows_per_second: int


def report(
    measured: Sequence[tuple[Case, Mapping[str, Run]]], jobs: Sequence[tuple[Case, Loads]]
) -> tuple[str, str]:
    """Return the report on cases, with the median runs of their programs, as text and as JSON."""
    medians = {case.name: runs for case, runs in measured}
    rows = [_row(case, program, runs) for case, runs in measured for program in runs]
    goals = [_goal_result(goal, medians) for goal in GOALS]
    loads = [row for case, variants in jobs for row in _load_rows(case, variants)]
    date = datetime.now(UTC).date().isoformat()
    machine = {
        "date": date,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    packages = {name: importlib.metadata.version(name) for name in _PACKAGES}
    facts = ", ".join(f"{name} {value}" for name, value in {**machine, **packages}.items())
    results = {"results": [asdict(row) for row in rows], "goals": [asdict(goal) for goal in goals]}
    loaded = {"jobs": {"date": date, "loads": [asdict(load) for load in loads]}}
    content = json.dumps({**machine, "packages": packages, **results, **loaded}, indent=2)
    return f"{facts}\n\n{_table(rows, goals)}\n\n{_load_table(loads)}", content + "\n"


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


def _load_table(loads: list[LoadRow]) -> str:
    if not loads:
        return ""
    titles = [Variant(load.target, load.settings).title for load in loads]
    width = max(map(len, titles))
    head = f"{'target':15} {'settings':{width}}  begin  tap end  target end  whole CPU: Meltano   tap  target"
    lines = [
        f"{load.target:15} {title:{width}} {load.plugins_begin:6.2f} {load.tap_end:8.2f}"
        f" {load.target_end:11.2f} {load.wall:6.2f} {load.meltano_cpu:12.2f} {load.tap_cpu:5.2f}"
        f" {load.target_cpu:7.2f} {load.target_memory:11.1f} {_ratio(load.to_shipped):>10}"
        f" {load.rows_per_second:8,}"
        for load, title in zip(loads, titles, strict=True)
    ]
    note = "Seconds, the first four since Meltano's start. The target loads while the tap reads."
    return "\n".join([f"{head}  target MiB  / shipped   rows/s", *lines, f"{loads[0].title}. {note}"])


def _load_rows(case: Case, loads: Loads) -> list[LoadRow]:
    shipped = {variant.target: load for variant, load in loads if not variant.settings}
    return [
        LoadRow(
            title=case.title,
            target=variant.target,
            settings=variant.settings,
            runs=case.runs["changed" if variant.settings else "shipped"],
            **{name: round(used, 3) for name, used in load._asdict().items()},
            to_shipped=round(load.wall / shipped[variant.target].wall, 3),
            rows_per_second=round(case.tenants * case.rows / load.wall),
        )
        for variant, load in loads
    ]


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
