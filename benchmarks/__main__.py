"""`python -m benchmarks`: measure, compare with the goals, and keep the results.

A missed goal is a result like any other, and ends with 0: a benchmark is no test. A run that failed
ends with 1.
"""

from __future__ import annotations

import argparse
import compileall
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.cases import CASES, quick
from benchmarks.chart import draw
from benchmarks.contest import Result, contest
from benchmarks.goals import judge
from benchmarks.installation import installation
from benchmarks.measuring import RunFailedError
from benchmarks.report import as_json, circumstances, goal_lines, rows_of, table

_FOLDER: Final = Path(__file__).resolve().parent
_COMPILED: Final = ("tap_ivrflow", "schemas", "benchmarks")
_METHOD: Final = """\
Whole processes, measured from outside: medians of runs in which the contestants took turns, after one run
of each that does not count and whose records were compared. CPU and peak memory are what the kernel says
of that very process. Output goes to a pipe of the usual size and is read, counted and thrown away. They
run in an environment that holds what the tap requires and no more. Bytecode is compiled; variables of
Python's, such as PYTHONDONTWRITEBYTECODE, are unset.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks, and return the exit code."""
    options = _parser().parse_args(arguments)
    chosen = [case for case in CASES if options.case in (None, case.name)]
    cases = [quick(case) for case in chosen] if options.quick else chosen
    for folder in _COMPILED:
        compileall.compile_dir(_FOLDER.parent / folder, quiet=1)
    try:
        with installation() as python:
            results = [contest(case, python, _say) for case in cases]
    except RunFailedError as error:
        _say(str(error))
        return 1
    finally:
        _say("")
    _report(results, options.output or (None if options.quick or options.case else _FOLDER))
    if options.quick:
        _show("\nThese sizes are tiny: the figures say nothing about the goals.")
    return 0


def _report(results: Sequence[Result], folder: Path | None) -> None:
    """Print the table and the goals, and write them to a folder if there is one."""
    where = circumstances()
    rows = rows_of(results)
    verdicts = judge({result.case.name: result for result in results})
    packages = ", ".join(f"{name} {version}" for name, version in where.packages.items())
    _show(f"{where.line}\n{packages}\n{_METHOD}\n{table(rows)}\n\n{goal_lines(verdicts)}")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps(as_json(where, rows, verdicts), indent=2)
        (folder / "results.json").write_text(content + "\n", encoding="utf-8")
        draw(where, rows, folder / "results.svg")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that everything works")
    parser.add_argument("--case", choices=[case.name for case in CASES], help="this case only")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where to write results.json and results.svg (default: benchmarks/, after a full run only)",
    )
    return parser


def _say(text: str) -> None:
    """Tell who waits where it is, on a terminal in one line that is written over."""
    end = "" if sys.stderr.isatty() else "\n"
    print(f"\r\x1b[K{text}" if not end else text, end=end, file=sys.stderr, flush=True)  # noqa: T201 (progress)


def _show(text: str) -> None:
    print(text)  # noqa: T201 (the result)


if __name__ == "__main__":
    sys.exit(main())
