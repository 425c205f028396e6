"""Measure the tap beside a plain tap and a bare script, compare it with the goals, and measure whole loads.

It exits with 1 if a program failed. A missed goal is a result and exits with 0.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from benchmarks.cases import CASES, JOBS
from benchmarks.jobs import measure_loads
from benchmarks.measuring import RunFailedError, fresh_environment, measure
from benchmarks.report import report

_FOLDER: Final = Path(__file__).resolve().parent
_METHOD: Final = """
Medians of whole processes, after a run of each that does not count. The programs take turns in an environment
that has only the tap and what it requires. The records of all programs are compared and counted.
The loads through Meltano take turns too, each into an empty place. Every value that was loaded is compared.
"""


def main() -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--quick", action="store_true", help="tiny sizes, to see that everything works")
    add("--case", choices=[case.name for case in (*CASES, JOBS)], help="measure only this case")
    add("--output", type=Path, help="folder for results.json (default: benchmarks, after a full run only)")
    options = parser.parse_args()
    chosen = [case for case in (*CASES, JOBS) if options.case in (None, case.name)]
    measured, jobs, failures = [], [], 0
    with fresh_environment() as python:
        for case in [each.reduced() for each in chosen] if options.quick else chosen:
            try:
                if case.name == JOBS.name:
                    jobs.append((case, measure_loads(case, _log)))
                else:
                    measured.append((case, measure(case, python, _log)))
            except RunFailedError as error:
                _log(f"{case.name} failed: {error}")
                failures += 1
    text, content = report(measured, jobs)
    print(_METHOD, text, sep="\n")  # noqa: T201 (the result)
    if options.quick:
        _log("These sizes are tiny: the figures say nothing about the goals.")
    folder = options.output or (None if options.quick or options.case else _FOLDER)
    if folder and not failures:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").write_text(content, encoding="utf-8")
    return 1 if failures else 0


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 (progress)


if __name__ == "__main__":
    sys.exit(main())
