"""The cases that are measured, and the goals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

CONCURRENCY: Final = 32
"""Tenants read at the same time, by the programs that can."""


@dataclass(frozen=True, slots=True)
class Case:
    """A service of a certain size, and the programs that read one list of it.

    Attributes:
        name: as `--case` takes it.
        tenants: number of tenant spaces.
        rows: number of rows in the list of each tenant.
        runs: number of measured runs of each program, by its name; of `JOBS`, by what the settings are.
        latency: seconds before each answer of the service.
        kind: what the rows are. Flows come in one answer, routes in pages of 100.
    """

    name: str
    tenants: int
    rows: int
    runs: Mapping[str, int]
    latency: float = 0
    kind: Literal["flows", "routes"] = "flows"

    @property
    def stream(self) -> str:
        """The stream that has the rows."""
        return {"flows": "ivr_flows", "routes": "called_routes"}[self.kind]

    @property
    def title(self) -> str:
        """The sizes in words."""
        tenants = f"{self.tenants:,} tenant{'s' if self.tenants > 1 else ''}"
        pages = f" ({math.ceil(self.rows / 100)} pages)" if self.kind == "routes" else ""
        distance = f", {self.latency * 1000:g} ms away, {CONCURRENCY} at a time" if self.latency else ""
        return f"{tenants} x {self.rows:,} {self.kind}{pages}{distance}"

    def reduced(self) -> Case:
        """Return the case with tiny sizes and one run of each program."""
        tenants, rows, latency = min(self.tenants, 5), min(self.rows, 250), min(self.latency, 0.01)
        runs = dict.fromkeys(self.runs, 1)
        return replace(self, tenants=tenants, rows=rows, latency=latency, runs=runs)


@dataclass(frozen=True, slots=True)
class Variant:
    """A target, and those of its settings that are not as in `meltano.yml`."""

    target: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The settings in words."""
        return ", ".join(f"{name}: {value}" for name, value in self.settings.items()) or "as in meltano.yml"

    @property
    def variables(self) -> dict[str, str]:
        """The settings as variables of the environment."""
        prefix = self.target.upper().replace("-", "_")
        return {f"{prefix}_{name.upper()}": value for name, value in self.settings.items()}


@dataclass(frozen=True, slots=True)
class Goal:
    """The tap's wall time or memory in a case, divided by another program's, is at most a number.

    The other figure may be one of another case.
    """

    case: str
    quantity: Literal["wall", "memory"]
    at_most: float
    program: str
    other_case: str = ""

    @property
    def text(self) -> str:
        """The goal in words."""
        other = f"{self.program} in {self.other_case}" if self.other_case else self.program
        return f"{self.case}: {self.quantity}, tap / {other}"


# These cases together must end within ten minutes. The baseline reads one tenant after another, so it takes
# part in small cases only. It has no paged list.
CASES: Final = (
    Case("start-up", 1, 2, {"baseline": 21, "tap": 21, "limit": 21}),
    Case("100k", 1, 100_000, {"baseline": 5, "tap": 5, "limit": 5}),
    Case("1m", 1, 1_000_000, {"tap": 2, "limit": 2}),
    Case("200x50", 200, 50, {"baseline": 1, "tap": 5, "limit": 5}, latency=0.1),
    Case("200x1500", 200, 1_500, {"tap": 3, "limit": 3}, latency=0.1),
    Case("1000x1500", 1_000, 1_500, {"tap": 5, "limit": 5}, latency=0.1),
    Case("200x250-routes", 200, 250, {"tap": 5, "limit": 5}, latency=0.1, kind="routes"),
)

JOBS: Final = Case("jobs", 100, 1_000, {"shipped": 3, "changed": 3})
"""Loads through Meltano, with the settings of `meltano.yml` and with others."""

VARIANTS: Final = (
    Variant("target-duckdb"),
    Variant("target-postgres"),
    Variant("target-postgres", {"use_copy": "false"}),
    Variant("target-postgres", {"validate_records": "true"}),
    Variant("target-postgres", {"use_copy": "false", "validate_records": "true"}),
    Variant("target-postgres", {"sanitize_null_text_characters": "true"}),
    Variant("target-postgres", {"batch_size_rows": "100000"}),
)

GOALS: Final = (
    Goal("start-up", "wall", 0.80, "baseline"),
    Goal("100k", "wall", 0.30, "baseline"),
    Goal("100k", "memory", 0.85, "baseline"),
    Goal("1m", "memory", 10, "tap", "100k"),  # Ten times as many rows.
    Goal("200x50", "wall", 0.06, "baseline"),
    Goal("200x50", "wall", 1.35, "limit"),
    Goal("1000x1500", "wall", 3, "limit"),
    Goal("1000x1500", "memory", 1.3, "tap", "200x1500"),
    Goal("200x250-routes", "wall", 1.35, "limit"),
)
