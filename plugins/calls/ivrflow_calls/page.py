"""Makes the page of the rows: what stands where, then a template that escapes every text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import jinja2

from ivrflow_calls.warehouse import LATEST_CHANGES, Row, Tables

FRESH_HOURS: Final = 26
"""A list that was read longer ago is marked, as dbt's test `lists_are_fresh` warns."""
LISTS: Final = {
    "ivr_flows": "whether what calls lead to exists and is loaded",
    "called_routes": "where the numbers lead",
    "access_codes": "which hotlines have no route",
    "skill_queues": "where the queues overflow",
    "satisfaction_config": "which flow the survey after a call uses",
}
"""For each list, what is not known where it was not loaded."""

_CHART: Final = (300, 48)
"""Width and height of a chart."""


@dataclass
class Way:
    """What leads to one flow or queue, and where that overflows: one row of the map."""

    target: Row | str
    """The flow or queue, or what is missing where none is known."""
    sources: list[tuple[Row, Row]] = field(default_factory=list)
    """The edge and the number or survey that it comes from, in the state of this edge."""
    overflows: list[tuple[Row, Row]] = field(default_factory=list)
    """The edge and the flow or queue that it leads to."""

    @property
    def worst(self) -> int:
        """Rank of the worst state in the row; broken is 0."""
        states = [each["state"] for edge in (*self.sources, *self.overflows) for each in edge]
        return min(_STATES.index(state) for state in [*states, "ok"])


_STATES: Final = ("broken", "not loaded", "unknown", "ok")


@dataclass
class CallMap:
    """The picture of one tenant space."""

    ways: list[Way]
    unreferenced: list[Row]
    """Flows and queues that nothing known leads to."""
    counts: Counter[str]
    """Numbers, flows and queues by kind, and what is broken or not loaded by state."""


@dataclass
class Tenant:
    """Everything that the page shows of one tenant space."""

    name: str
    map: CallMap
    findings: list[Row]
    """Errors and warnings."""
    freshness: dict[str, Row]
    chart: Chart | None

    @property
    def is_bad(self) -> bool:
        """Whether something is broken or not loaded that calls lead to."""
        return bool(self.map.counts["broken"] or self.map.counts["not loaded"])


@dataclass
class Chart:
    """Flows over time as points of polylines, in the units of the picture."""

    first: Row
    last: Row
    lines: dict[str, str]


def render(tables: Tables, now: datetime) -> str:
    """Return the page.

    Args:
        tables: the rows, sorted by tenant.
        now: when the page is made, in UTC.
    """
    tenants = tenants_of(tables)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ivrflow_calls"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cut"] = lambda text: (
        text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"
    )
    environment.filters["count"] = lambda number, noun: f"{number} {noun}{'' if number == 1 else 's'}"
    return environment.get_template("calls.html.jinja").render(
        tenants=sorted(tenants, key=lambda tenant: (not tenant.is_bad, tenant.name)),
        broken=sum(tenant.map.counts["broken"] for tenant in tenants),
        not_loaded=sum(tenant.map.counts["not loaded"] for tenant in tenants),
        longest_name=_LONGEST_NAME,
        changes=tables.changes,
        has_more_changes=len(tables.changes) == LATEST_CHANGES,
        lists=LISTS,
        missing={name: sum(name not in tenant.freshness for tenant in tenants) for name in LISTS},
        fresh_hours=FRESH_HOURS,
        chart=_CHART,
        now=now,
    )


_LONGEST_NAME: Final = 44
"""Characters of a name in the picture; the rest stands in its title."""


def tenants_of(tables: Tables) -> list[Tenant]:
    """Return what the page shows of each tenant, by name."""
    parts = {name: _by_tenant(rows) for name, rows in tables._asdict().items()}
    # A tenant that was retired has a past only.
    present = ("nodes", "edges", "findings", "freshness")
    names = sorted({name for part in present for name in parts[part]})
    return [
        Tenant(
            name=name,
            map=_map(parts["nodes"][name], parts["edges"][name]),
            findings=[row for row in parts["findings"][name] if row["severity"] != "info"],
            freshness={row["stream"]: row for row in parts["freshness"][name]},
            chart=_chart(parts["days"][name]),
        )
        for name in names
    ]


def _by_tenant(rows: Iterable[Row]) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["tenant"]].append(row)
    return found


def _map(nodes: Sequence[Row], edges: Sequence[Row]) -> CallMap:
    """Return the rows of the map, what stands outside them, and what to count."""
    named = {node["node"]: node for node in nodes}
    ways: dict[str, Way] = {}
    for edge in edges:
        source, target = named[edge["from_node"]], named[edge["to_node"]]
        if edge["from_kind"] == "queue":
            ways.setdefault(source["node"], Way(source)).overflows.append((edge, target))
        else:
            # A number with several routes may be broken in one of them only.
            here = {**source, "state": edge["state"], "why": edge["why"]}
            ways.setdefault(target["node"], Way(target)).sources.append((edge, here))
    linked = {edge[end] for edge in edges for end in ("from_node", "to_node")}
    alone = [node for node in nodes if node["node"] not in linked]
    lost = [node for node in alone if node["kind"] in {"number", "survey"}]
    for node in lost:
        missing = _missing(node)
        ways.setdefault(missing, Way(missing)).sources.append(({"reason": "", "state": node["state"]}, node))
    # A flow or queue that is broken does not exist.
    counts = Counter(
        node["kind"] for node in nodes if node["kind"] in {"number", "survey"} or node["state"] != "broken"
    )
    counts.update(each["state"] for each in (*edges, *lost) if each["state"] in _STATES[:2])
    return CallMap(
        ways=sorted(ways.values(), key=lambda way: way.worst),
        unreferenced=[node for node in alone if node not in lost],
        counts=counts,
    )


def _missing(node: Row) -> str:
    """Return what a number or survey without an edge lacks."""
    if node["kind"] == "survey":
        return "no flow"
    return "no route" if node["state"] == "broken" else "not known"


def _chart(days: Sequence[Row]) -> Chart | None:
    """Return the chart of a tenant's days, or None where there are fewer than two."""
    if len(days) < 2:  # noqa: PLR2004 - one point is not a line
        return None
    width, height = _CHART
    names = ("flows", "loaded_flows", "broken")
    highest = max(day[name] or 0 for day in days for name in names) or 1
    start, span = days[0]["day"], (days[-1]["day"] - days[0]["day"]).days

    def line(name: str) -> str:
        # What was broken before the findings had a history is null.
        known = [day for day in days if day[name] is not None]
        points = [
            (
                round((day["day"] - start).days * width / span),
                round(height - 1 - day[name] * (height - 2) / highest),
            )
            for day in known
        ]
        # A level stretch is drawn by its ends, or the years would outgrow the map.
        inner = {at for at in range(1, len(points) - 1) if len({y for _, y in points[at - 1 : at + 2]}) == 1}
        return " ".join(f"{x},{y}" for at, (x, y) in enumerate(points) if at not in inner)

    return Chart(days[0], days[-1], {name: line(name) for name in names})
