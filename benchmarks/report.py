"""`results.json` as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.cases import GOALS


def tables(results: Mapping[str, Any]) -> str:
    """Return the results and the goals as Markdown."""
    rows = {(row["case"], row["program"]): row for row in results["results"]}
    shown = [
        [
            row["title"],
            row["program"],
            f"{row['wall']:.3g} s",
            f"{row['cpu']:.3g} s",
            f"{row['memory']:.0f} MiB",
        ]
        for row in results["results"]
    ]
    goals = []
    for goal in GOALS:
        tap, other = rows.get((goal.case, "tap")), rows.get((goal.other_case or goal.case, goal.program))
        ratio = tap[goal.quantity] / other[goal.quantity] if tap and other else None
        text = f"{goal.quantity} to {goal.program}{' in ' if goal.other_case else ''}{goal.other_case}"
        met = "not measured" if ratio is None else "yes" if ratio <= goal.at_most else "**no**"
        goals.append([goal.case, text, f"{goal.at_most:g}", "" if ratio is None else f"{ratio:.2g}", met])
    facts = f"{results['code']}, {results['date']}, {results['machine']}; `commit` is {results['commit']}"
    table = _table("case | program | wall | cpu | memory", shown)
    return f"Measured at {facts}.\n\n{table}\n{_table('case | goal | at most | measured | met', goals)}"


def _table(head: str, rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {head} |", f"|{'---|' * len(head.split('|'))}", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join([*lines, ""])
