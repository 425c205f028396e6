"""Rows of the models, for the tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ivrflow_calls.warehouse import Tables

NOW = datetime(2026, 11, 28, 2, 30, tzinfo=UTC)


def node(tenant: str, node: str, name: str | None = None, state: str = "ok") -> dict[str, Any]:
    kind, _, object_id = node.partition(" ")
    return {
        "tenant": tenant,
        "node": node,
        "kind": kind,
        "object_id": object_id,
        "name": name,
        "state": state,
        "why": f"Why {node} is {state}.",
    }


def edge(tenant: str, source: str, target: str, reason: str = "dialled", state: str = "ok") -> dict[str, Any]:
    return {
        "tenant": tenant,
        "from_node": source,
        "to_node": target,
        "from_kind": source.partition(" ")[0],
        "reason": reason,
        "state": state,
        "why": f"Why {source} leads to {target}.",
    }


def tables(**rows: list[dict[str, Any]]) -> Tables:
    return Tables(**{name: rows.get(name, []) for name in Tables._fields})


NORTH = {
    "nodes": [
        node("north", "number 100", "100"),
        node("north", "number 200", "200", "broken"),
        node("north", "number 300", "300", "broken"),
        node("north", "queue 11", "sales"),
        node("north", "flow 1", "Welcome"),
        node("north", "flow 2", "Night", "not loaded"),
        node("north", "flow 9", None, "broken"),
        node("north", "flow 4", "Spare"),
        node("north", "survey 0", "audio"),
    ],
    "edges": [
        edge("north", "number 100", "queue 11"),
        edge("north", "number 200", "flow 9", state="broken"),
        edge("north", "queue 11", "flow 2", "busy", "not loaded"),
        edge("north", "queue 11", "flow 1", "no agents"),
        edge("north", "survey 0", "flow 1", "after a call"),
    ],
}
