"""Where results become text and JSON."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from benchmarks.contest import Result
from benchmarks.goals import Verdict
from benchmarks.measuring import Run

_MIB: Final = 2**20
_PACKAGES: Final = ("tap-ivrflow", "singer-sdk", "requests", "urllib3", "msgspec")
_HEADINGS: Final = ("case", "who", "wall s", "CPU s", "peak MiB", "/ baseline", "/ limit", "rows/s")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When and on what was measured; nothing that names the machine.

    Attributes:
        date: in UTC.
        cores: processor cores.
        system: operating system and architecture.
        python: its version.
        packages: the versions that matter.
    """

    date: str
    cores: int
    system: str
    python: str
    packages: dict[str, str]

    @property
    def line(self) -> str:
        """All of it but the packages, as a caption."""
        return f"{self.date}, {self.cores} cores, {self.system}, Python {self.python}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        case: the case's name.
        title: the case's sizes in words.
        contestant: the contestant's name.
        runs: how many the medians are of.
        wall: seconds.
        cpu: seconds.
        memory: peak, in MiB.
        to_baseline: wall divided by the baseline's, if it took part.
        to_limit: wall divided by the limit's, if it took part.
        rows_per_second: of wall time.
    """

    case: str
    title: str
    contestant: str
    runs: int
    wall: float
    cpu: float
    memory: float
    to_baseline: float | None
    to_limit: float | None
    rows_per_second: int


def circumstances() -> Circumstances:
    """Look at the clock and at what is installed."""
    return Circumstances(
        date=datetime.now(UTC).date().isoformat(),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        packages={name: importlib.metadata.version(name) for name in _PACKAGES},
    )


def rows_of(results: Sequence[Result]) -> list[Row]:
    """Return the table."""
    return [
        Row(
            case=result.case.name,
            title=result.case.title,
            contestant=contestant.name,
            runs=runs,
            wall=round(run.wall, 3),
            cpu=round(run.cpu, 3),
            memory=round(run.memory / _MIB, 1),
            to_baseline=_ratio(run, result.medians.get("baseline")),
            to_limit=_ratio(run, result.medians.get("limit")),
            rows_per_second=round(result.case.rows / run.wall),
        )
        for result in results
        for contestant, runs in result.case.runs.items()
        for run in [result.medians[contestant.name]]
    ]


def table(rows: Sequence[Row]) -> str:
    """Return the table as text."""
    cells = [
        _HEADINGS,
        *(
            (
                row.title,
                row.contestant,
                f"{row.wall:.2f}",
                f"{row.cpu:.2f}",
                f"{row.memory:.1f}",
                _times(row.to_baseline),
                _times(row.to_limit),
                f"{row.rows_per_second:,}",
            )
            for row in rows
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if position < 2 else cell.rjust(width)  # noqa: PLR2004 (the columns of words)
            for position, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    return "\n".join([lines[0], "─" * max(map(len, lines)), *lines[1:]])


def goal_lines(verdicts: Sequence[Verdict]) -> str:
    """Return a line a goal: what it is, what was measured, and whether it is met."""
    words = {True: "met", False: "NOT MET", None: "not measured"}
    width = max(len(verdict.goal.text) for verdict in verdicts)
    return "\n".join(
        f"{verdict.goal.text.ljust(width)}  ≤ {verdict.goal.at_most:5.2f}  "
        f"measured {_times(verdict.measured):>5}  {words[verdict.met]}"
        for verdict in verdicts
    )


def as_json(where: Circumstances, rows: Sequence[Row], verdicts: Sequence[Verdict]) -> dict[str, object]:
    """Return everything, ready for JSON."""
    goals = [
        {
            "goal": verdict.goal.text,
            "at_most": verdict.goal.at_most,
            "measured": None if verdict.measured is None else round(verdict.measured, 3),
            "met": verdict.met,
        }
        for verdict in verdicts
    ]
    return {**asdict(where), "results": [asdict(row) for row in rows], "goals": goals}


def _ratio(run: Run, reference: Run | None) -> float | None:
    return None if reference is None else round(run.wall / reference.wall, 3)


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.3f}" if ratio < 0.1 else f"{ratio:.2f}"  # noqa: PLR2004 (digits)
