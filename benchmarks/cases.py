"""What is measured: the cases, and who takes part in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.measuring import Contestant

BASELINE: Final = Contestant("baseline", "benchmarks.baseline")
TAP: Final = Contestant("tap", "tap_ivrflow")
LIMIT: Final = Contestant("limit", "benchmarks.limit")


@dataclass(frozen=True, slots=True)
class Case:
    """A service of a certain size, and how often each contestant reads it.

    Attributes:
        name: as `--case` takes it.
        tenants: tenant spaces.
        flows: flows in each of them.
        latency: seconds before each answer of the service.
        concurrency: tenants read at the same time, by those that can.
        runs: measured runs of each contestant that takes part; their medians count.
    """

    name: str
    tenants: int
    flows: int
    latency: float
    concurrency: int
    runs: Mapping[Contestant, int]

    @property
    def rows(self) -> int:
        """Rows that a run must emit."""
        return self.tenants * self.flows

    @property
    def title(self) -> str:
        """The sizes in words."""
        tenants = f"{self.tenants:,} tenant{'s' if self.tenants > 1 else ''}"
        latency = f", {self.latency * 1000:g} ms" if self.latency else ""
        return f"{tenants} x {self.flows:,} flows{latency}"


CASES: Final = (
    Case("start-up", 1, 2, 0, 8, {BASELINE: 21, TAP: 21, LIMIT: 21}),
    Case("100k", 1, 100_000, 0, 8, {BASELINE: 5, TAP: 5, LIMIT: 5}),
    Case("1m", 1, 1_000_000, 0, 8, {TAP: 2, LIMIT: 2}),
    # One tenant after another, with two calls each, the baseline takes 40 seconds.
    Case("200x50", 200, 50, 0.1, 32, {BASELINE: 1, TAP: 5, LIMIT: 5}),
    Case("200x1500", 200, 1_500, 0.1, 32, {TAP: 3, LIMIT: 3}),
    Case("1000x1500", 1_000, 1_500, 0.1, 32, {TAP: 5, LIMIT: 5}),
)
"""The table of the benchmark, which as a whole has to end within ten minutes."""

_QUICK_TENANTS: Final = 5
_QUICK_FLOWS: Final = 100
_QUICK_LATENCY: Final = 0.01


def quick(case: Case) -> Case:
    """Return the case with tiny sizes and one run each, to see that everything works."""
    return replace(
        case,
        tenants=min(case.tenants, _QUICK_TENANTS),
        flows=min(case.flows, _QUICK_FLOWS),
        latency=min(case.latency, _QUICK_LATENCY),
        runs=dict.fromkeys(case.runs, 1),
    )
