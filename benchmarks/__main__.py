"""Measure the tap next to a plain tap and a bare script, and the complete job next to an older commit.

A missed goal is a result, and exits with 0.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.cases import CASES, COMMIT
from benchmarks.measuring import measure
from benchmarks.programs import Places
from benchmarks.report import tables

_RESULTS: Final = Path(__file__).with_name("results.json")


def main() -> None:
    """Run the command line, print the results, and write those of a full run to `results.json`."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--quick", action="store_true", help="tiny sizes, to see that everything works")
    add(
        "--case", choices=[case.name for case in CASES], action="append", help="measure only this; repeatable"
    )
    add("--commit", default=COMMIT, help="the commit to compare with (default: %(default)s)")
    options = parser.parse_args()
    chosen = [case for case in CASES if options.case is None or case.name in options.case]
    code = subprocess.check_output(["git", "describe", "--always", "--dirty"], text=True).strip()  # noqa: S607
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        places = Places(Path(folder), options.commit)
        for case in [each.reduced() for each in chosen] if options.quick else chosen:
            for name, run in measure(case, places).items():
                facts = {"case": case.name, "title": case.title, "program": name, "runs": case.runs[name]}
                rows.append(facts | {quantity: round(value, 3) for quantity, value in run._asdict().items()})
    results = {
        "date": datetime.now(UTC).date().isoformat(),
        "code": code,
        "commit": options.commit,
        "machine": f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        "results": rows,
    }
    print(tables(results))  # noqa: T201 (the result)
    if not (options.quick or options.case):
        _RESULTS.write_text(f"{json.dumps(results, indent=2)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
