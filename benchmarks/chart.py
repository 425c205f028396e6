"""Where results become a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.report import Circumstances, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS: Final = {"baseline": "#9aa0a6", "tap": "#0b6bcb", "limit": "#3aa76d"}
_BAR: Final = 0.26
"""Height of a bar, where two cases are 1 apart."""


def draw(where: Circumstances, rows: Sequence[Row], file: Path) -> None:
    """Draw wall time and peak memory of every case as SVG, the same bytes for the same figures."""
    # Here, not above: none of it may run while something is measured.
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # Text stays text: a twentieth of the size that outlines have.
    with mpl.rc_context({"svg.hashsalt": "tap-ivrflow", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(10, 5.5), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        _bars(left, rows, lambda row: row.wall, "wall time in seconds", "{:.2f}")
        _bars(right, rows, lambda row: row.memory, "peak memory in MiB", "{:.0f}")
        left.invert_yaxis()
        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=len(labels), frameon=False)
        figure.suptitle("Shorter is better; both axes are logarithmic", x=0.01, ha="left", fontsize=9)
        figure.supxlabel(f"{where.line}, singer-sdk {where.packages['singer-sdk']}", fontsize=8)
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})


def _bars(axes: Axes, rows: Sequence[Row], value: Callable[[Row], float], label: str, words: str) -> None:
    """Draw one figure of all rows, grouped by case."""
    titles = {row.case: row.title for row in rows}
    places = {case: place for place, case in enumerate(titles)}
    for number, (contestant, colour) in enumerate(_COLOURS.items()):
        own = [row for row in rows if row.contestant == contestant]
        heights = [places[row.case] + (number - 1) * _BAR for row in own]
        bars = axes.barh(heights, [value(row) for row in own], _BAR * 0.9, color=colour, label=contestant)
        axes.bar_label(bars, [words.format(value(row)) for row in own], padding=3, fontsize=8)
    axes.set_xscale("log")
    axes.margins(x=0.12)
    axes.set_xlabel(label)
    axes.set_yticks(range(len(titles)), list(titles.values()))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.spines[["top", "right"]].set_visible(False)
