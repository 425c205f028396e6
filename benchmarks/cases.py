"""The cases that are measured, and the goals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

CONCURRENCY: Final = 32
"""Tenants read at the same time, by the programs that can."""

COMMIT: Final = "a0b40fc"
"""The commit to compare with, unless `--commit` names another."""


@dataclass(frozen=True, slots=True)
class Case:
    """A service of a certain size, and the programs that are compared on it.

    Attributes:
        name: as `--case` takes it.
        title: the sizes in words.
        tenants: number of tenant spaces.
        rows: number of rows in the list of each tenant.
        runs: number of measured runs of each program, by its name.
        latency: seconds before each response of the service.
        kind: the list that is read, in one response (flows) or in pages of 100 (routes); or `meltano run`
            into DuckDB (job); or the target alone, into an empty table (load) or a filled one (reload).
        silent: number of tenants whose hosts never answer.
    """

    name: str
    title: str
    tenants: int
    rows: int
    runs: Mapping[str, int]
    latency: float = 0
    kind: Literal["flows", "routes", "job", "load", "reload"] = "flows"
    silent: int = 0

    @property
    def stream(self) -> str:
        """The stream that has the rows."""
        return "called_routes" if self.kind == "routes" else "ivr_flows"

    def reduced(self) -> Case:
        """Return the case with tiny sizes and one run of each program."""
        small = replace(
            self, tenants=min(self.tenants, 5), rows=min(self.rows, 250), silent=min(self.silent, 2)
        )
        runs, latency = dict.fromkeys(self.runs, 1), min(self.latency, 0.01)
        return replace(small, title=f"{self.title}, reduced", runs=runs, latency=latency)


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure of `tap`, divided by that of another program or another case, is at most a number."""

    case: str
    quantity: Literal["wall", "cpu", "memory"]
    at_most: float
    program: str
    other_case: str = ""


_TURNS: Final = {"tap": 5, "limit": 5}
_PAIR: Final = {"commit": 3, "tap": 3}
# `plain tap` reads one tenant after another, so it takes part in small cases only. It has no paged list.
# `commit` is the same program at an older commit. `one tenant` is the tap with a silent tenant only.
CASES: Final = (
    Case("start-up", "1 tenant x 2 flows", 1, 2, {"plain tap": 21, "tap": 21, "limit": 21}),
    Case("100k", "1 tenant x 100,000 flows", 1, 100_000, {"plain tap": 5, "commit": 5, **_TURNS}),
    Case("1m", "1 tenant x 1,000,000 flows", 1, 1_000_000, {"tap": 2, "limit": 2}),
    Case("200x50", "200 tenants x 50 flows, 100 ms away", 200, 50, {"plain tap": 1, **_TURNS}, 0.1),
    Case("200x1500", "200 tenants x 1,500 flows, 100 ms away", 200, 1_500, {"tap": 3, "limit": 3}, 0.1),
    Case("1000x1500", "1,000 tenants x 1,500 flows, 100 ms away", 1_000, 1_500, _TURNS, 0.1),
    Case("200x250", "200 tenants x 250 routes in 3 pages, 100 ms away", 200, 250, _TURNS, 0.1, "routes"),
    Case("silent", "40 tenants, 5 on silent hosts", 40, 50, {"tap": 3, "one tenant": 3}, 0.1, silent=5),
    Case("load", "the target, 100,000 flows into an empty table", 1, 100_000, _PAIR, 0, "load"),
    Case("reload", "the target, 100,000 flows into a filled table", 1, 100_000, _PAIR, 0, "reload"),
    Case("job", "`meltano run`, 100 tenants x 1,000 flows", 100, 1_000, _PAIR, 0, "job"),
)

GOALS: Final = (
    Goal("start-up", "wall", 0.72, "plain tap"),
    Goal("100k", "wall", 0.14, "plain tap"),
    Goal("100k", "cpu", 0.5, "commit"),
    Goal("100k", "memory", 0.67, "plain tap"),
    Goal("1m", "memory", 10, "tap", "100k"),  # Ten times as many rows.
    Goal("200x50", "wall", 0.06, "plain tap"),
    Goal("200x50", "wall", 1.2, "limit"),
    Goal("1000x1500", "wall", 2, "limit"),
    Goal("1000x1500", "memory", 1.3, "tap", "200x1500"),
    Goal("200x250", "wall", 1.25, "limit"),
    Goal("silent", "wall", 1.5, "one tenant"),
    *(Goal(case, "cpu", 0.45, "commit") for case in ("load", "reload")),
    *(Goal(case, "memory", 0.7, "commit") for case in ("load", "reload")),
    Goal("job", "wall", 0.75, "commit"),
)
