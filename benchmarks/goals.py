"""The goals, and whether the measured figures meet them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from benchmarks.contest import Result


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the table."""

    case: str
    contestant: str
    quantity: Literal["wall", "memory"]

    def find(self, results: Mapping[str, Result]) -> float | None:
        """Return the number; None when it was not measured."""
        result = results.get(self.case)
        run = result.medians.get(self.contestant) if result else None
        if run is None:
            return None
        return run.wall if self.quantity == "wall" else run.memory


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that is to be at most so many times another one."""

    figure: Figure
    reference: Figure
    at_most: float

    @property
    def text(self) -> str:
        """The goal in words."""
        whose = self.reference.contestant if self.reference.case == self.figure.case else self.reference.case
        return f"{self.figure.case}: {self.figure.quantity}, to that of {whose}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a goal was met.

    Attributes:
        goal: which one.
        measured: how many times its reference the figure is; None when one of them was not measured.
    """

    goal: Goal
    measured: float | None

    @property
    def met(self) -> bool | None:
        """Whether the goal was met; None when it was not measured."""
        return None if self.measured is None else self.measured <= self.goal.at_most


GOALS: Final = (
    Goal(Figure("start-up", "tap", "wall"), Figure("start-up", "baseline", "wall"), 0.80),
    Goal(Figure("100k", "tap", "wall"), Figure("100k", "baseline", "wall"), 0.30),
    Goal(Figure("100k", "tap", "memory"), Figure("100k", "baseline", "memory"), 0.85),
    # As the rows, of which there are ten times as many.
    Goal(Figure("1m", "tap", "memory"), Figure("100k", "tap", "memory"), 10),
    Goal(Figure("200x50", "tap", "wall"), Figure("200x50", "baseline", "wall"), 0.06),
    Goal(Figure("200x50", "tap", "wall"), Figure("200x50", "limit", "wall"), 1.35),
    Goal(Figure("1000x1500", "tap", "wall"), Figure("1000x1500", "limit", "wall"), 3),
    Goal(Figure("1000x1500", "tap", "memory"), Figure("200x1500", "tap", "memory"), 1.3),
)


def judge(results: Mapping[str, Result]) -> list[Verdict]:
    """Compare the results, by the names of their cases, with all goals."""
    return [_verdict(goal, results) for goal in GOALS]


def _verdict(goal: Goal, results: Mapping[str, Result]) -> Verdict:
    figure, reference = goal.figure.find(results), goal.reference.find(results)
    return Verdict(goal, None if figure is None or reference is None else figure / reference)
