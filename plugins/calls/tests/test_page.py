from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from ivrflow_calls.page import LISTS, render
from ivrflow_calls.warehouse import LATEST_CHANGES
from rows import NORTH, NOW, edge, node, tables


class Elements(HTMLParser):
    """Collects the attributes and the text of every element."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], list[str]]] = []
        self.open: list[list[str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        text: list[str] = []
        self.found.append((tag, {name: value or "" for name, value in attrs}, text))
        if tag not in {"meta", "use", "path", "polyline"}:
            self.open.append(text)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}, []))

    def handle_endtag(self, tag: str) -> None:
        del tag
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for text in self.open:
            text.append(data)

    def of_class(self, *names: str) -> Iterator[tuple[dict[str, str], str]]:
        for _, attributes, text in self.found:
            if {*names} <= {*attributes.get("class", "").split()}:
                yield attributes, " ".join("".join(text).split())

    def texts(self, tag: str) -> list[str]:
        return [" ".join("".join(text).split()) for name, _, text in self.found if name == tag]


def test_every_node_and_every_edge_is_drawn() -> None:
    drawn = Elements(render(tables(**NORTH), NOW))
    nodes = [text for attributes, text in drawn.of_class("node") if "copy" not in attributes["class"]]
    flows = ["Flow 1 Welcome", "Flow 4 Spare", "Flow 9 broken"]
    others = ["100", "200 broken", "300 broken", "Queue 11 sales", "Survey audio", "no route"]
    assert sorted(nodes) == sorted([*flows, *others])
    assert [text for _, text in drawn.of_class("node", "copy")] == [
        "Flow 2 Night not loaded",
        "Flow 1 Welcome",
    ]
    assert len([*drawn.of_class("edge")]) == len(NORTH["edges"]) + 1  # and the number without a route
    assert [text for _, text in drawn.of_class("edge", "not-loaded")] == ["busy"]


def test_what_is_broken_says_why_and_is_counted_in_the_heading() -> None:
    drawn = Elements(render(tables(**NORTH), NOW))
    assert {attributes["title"] for attributes, _ in drawn.of_class("node", "broken")} == {
        "200 – Why number 200 leads to flow 9.",
        "300 – Why number 300 is broken.",
        "Why flow 9 is broken.",
    }
    assert drawn.texts("summary") == ["north: 2 broken, 1 not loaded, 3 numbers, 3 flows, 1 queue"]
    assert drawn.texts("title") == ["Where calls go: 2 broken, 1 not loaded"]


def test_tenants_with_something_broken_come_first_and_open() -> None:
    good = {"nodes": [node("a", "flow 1")], "edges": []}
    drawn = Elements(render(tables(nodes=good["nodes"] + NORTH["nodes"], edges=NORTH["edges"]), NOW))
    assert [("open" in attributes) for tag, attributes, _ in drawn.found if tag == "details"] == [True, False]
    assert [text.partition(":")[0] for text in drawn.texts("summary")] == ["north", "a"]


def test_a_number_with_two_routes_is_broken_only_where_it_leads_nowhere() -> None:
    nodes = [node("t", "number 1", "1", "broken"), node("t", "flow 1"), node("t", "flow 9", None, "broken")]
    edges = [edge("t", "number 1", "flow 1"), edge("t", "number 1", "flow 9", state="broken")]
    drawn = Elements(render(tables(nodes=nodes, edges=edges), NOW))
    assert [text for _, text in drawn.of_class("node")] == ["1 broken", "Flow 9 broken", "1", "Flow 1"]


def test_what_leads_nowhere_known_says_what_is_missing() -> None:
    nodes = [
        node("t", "number 1", "1", "broken"),
        node("t", "number 2", "2", "unknown"),
        node("t", "survey 0", "audio", "unknown"),
    ]
    drawn = Elements(render(tables(nodes=nodes), NOW))
    assert [text for _, text in drawn.of_class("node")] == [
        *("1 broken", "no route"),
        *("2 unknown", "not known"),
        *("Survey audio unknown", "no flow"),
    ]
    assert drawn.texts("summary") == ["t: 1 broken, 2 numbers, 0 flows, 0 queues"]


def test_the_direction_of_a_name_ends_with_it() -> None:
    nodes = [node("t", "flow 1", "\u202ename", "broken"), node("t", "number 1", "\u202e1", "broken")]
    drawn = Elements(render(tables(nodes=nodes), NOW))
    assert drawn.texts("bdi") == ["\u202e1", "\u202ename"]


NASTY = """<script>alert("1")</script> & 'x' ${y} {{ z }} </style> \u202e"""


def test_every_text_of_the_service_is_escaped() -> None:
    rows = {
        "nodes": [node(NASTY, "flow 1", NASTY, "broken") | {"why": NASTY}, node(NASTY, "number x", NASTY)],
        "edges": [edge(NASTY, "number x", "flow 1", NASTY)],
        "findings": [{"tenant": NASTY, "severity": "error", "sentence": NASTY, "first_seen": None}],
        "changes": [
            {"noticed_at": NOW, "tenant": NASTY, "object": NASTY, "object_id": NASTY, "change": NASTY}
            | {"field": NASTY, "old_value": NASTY, "new_value": NASTY}
        ],
        "freshness": [{"tenant": NASTY, "stream": NASTY, "extracted_at": NOW, "hours_ago": 1}],
        "days": [
            {"tenant": NASTY, "day": date(2026, 11, day), "flows": day, "loaded_flows": 1, "broken": None}
            for day in (1, 2)
        ],
    }
    page = render(tables(**rows), NOW)
    assert "<script" not in page
    assert page.count("</style>") == 1
    drawn = Elements(page)
    shown = " ".join(NASTY.split())
    assert drawn.texts("summary")[0].startswith(shown)
    assert shown in drawn.texts("td")


def test_a_long_name_is_cut_in_the_picture_and_complete_in_its_title() -> None:
    name = "n" * 300
    drawn = Elements(render(tables(nodes=[node("t", "flow 1", name)]), NOW))
    ((attributes, text),) = drawn.of_class("node", "flow")
    assert attributes["title"] == name
    assert text == "Flow 1 " + "n" * 43 + "…"


def test_a_long_value_that_changed_is_complete_in_its_title() -> None:
    long = "v" * 300
    change = {"noticed_at": NOW, "tenant": "a", "object": "flow", "object_id": "1", "change": "changed"}
    change |= {"field": "description", "old_value": "short", "new_value": long}
    drawn = Elements(render(tables(changes=[change]), NOW))
    titles = {"".join(text): attributes.get("title") for tag, attributes, text in drawn.found if tag == "td"}
    assert titles["short"] is None
    assert titles["v" * 43 + "…"] == long


def test_findings_for_information_are_not_shown_as_broken() -> None:
    rows = [{"tenant": "a", "severity": "info", "sentence": "No known reference.", "first_seen": NOW}]
    fresh = [{"tenant": "a", "stream": stream, "extracted_at": NOW, "hours_ago": 1} for stream in LISTS]
    drawn = Elements(render(tables(findings=rows, freshness=fresh), NOW))
    assert "Nothing was found." in drawn.texts("p")
    assert "Finding" not in drawn.texts("th")


def test_nothing_found_in_a_part_of_the_lists_is_no_good_news() -> None:
    fresh = [{"tenant": "a", "stream": "ivr_flows", "extracted_at": NOW, "hours_ago": 1}]
    drawn = Elements(render(tables(freshness=fresh), NOW))
    assert "Nothing was found in the lists that are loaded." in drawn.texts("p")


def test_a_list_that_was_not_loaded_is_named_with_what_is_not_known() -> None:
    fresh = [
        {"tenant": "a", "stream": "ivr_flows", "extracted_at": NOW, "hours_ago": 3},
        {"tenant": "a", "stream": "called_routes", "extracted_at": NOW, "hours_ago": 27},
        {"tenant": "b", "stream": "ivr_flows", "extracted_at": NOW, "hours_ago": 3},
    ]
    drawn = Elements(render(tables(freshness=fresh), NOW))
    assert [text for _, text in drawn.of_class("late")][:2] == [
        "2026-11-28 02:30, 27 hours ago",
        "not loaded",
    ]
    paragraphs = drawn.texts("p")
    assert (
        "called_routes is not loaded for 1 of 2 tenants, so it is not known where the numbers lead."
        in paragraphs
    )
    assert (
        "skill_queues is not loaded for any tenant, so it is not known where the queues overflow."
        in paragraphs
    )


def test_flows_over_time_are_a_line_from_the_second_day_on() -> None:
    days = [
        {"tenant": "a", "day": date(2026, 11, 1), "flows": 10, "loaded_flows": 5, "broken": 0},
        {"tenant": "a", "day": date(2026, 11, 3), "flows": 20, "loaded_flows": 20, "broken": 0},
        {"tenant": "b", "day": date(2026, 11, 3), "flows": 20, "loaded_flows": 20, "broken": 1},
    ]
    drawn = Elements(render(tables(days=days, nodes=[node("a", "flow 1"), node("b", "flow 1")]), NOW))
    assert drawn.texts("figcaption") == ["a: 10 flows on 2026-11-01, 20 on 2026-11-03 (20 loaded, 0 errors)"]
    points = {
        attributes["class"]: attributes["points"] for tag, attributes, _ in drawn.found if tag == "polyline"
    }
    assert points == {"flows": "0,24 300,1", "loaded_flows": "0,36 300,1", "broken": "0,47 300,47"}


def test_more_errors_than_flows_stay_in_the_chart() -> None:
    days = [
        {"tenant": "a", "day": date(2026, 11, day), "flows": 2, "loaded_flows": 2, "broken": broken}
        for day, broken in [(1, None), (2, 40), (3, 1)]
    ]
    drawn = Elements(render(tables(days=days, nodes=[node("a", "flow 1"), node("b", "flow 1")]), NOW))
    assert drawn.texts("figcaption") == ["a: 2 flows on 2026-11-01, 2 on 2026-11-03 (2 loaded, 1 error)"]
    points = {
        attributes["class"]: attributes["points"] for tag, attributes, _ in drawn.found if tag == "polyline"
    }
    assert points["broken"] == "150,1 300,46", "unknown on the first day"
    assert points["flows"] == "0,45 300,45"


def test_a_level_stretch_of_a_chart_is_drawn_by_its_ends() -> None:
    days = [
        {"tenant": "a", "day": date(2026, 11, day), "flows": flows, "loaded_flows": 5, "broken": 0}
        for day, flows in enumerate([5, 5, 5, 5, 9, 9, 9], start=1)
    ]
    drawn = Elements(render(tables(days=days, nodes=[node("a", "flow 1")]), NOW))
    points = {
        attributes["class"]: attributes["points"] for tag, attributes, _ in drawn.found if tag == "polyline"
    }
    assert points == {
        "flows": "0,21 150,21 200,1 300,1",
        "loaded_flows": "0,21 300,21",
        "broken": "0,47 300,47",
    }


def test_changes_are_cut_at_a_number_and_the_page_says_so() -> None:
    change = {"noticed_at": NOW, "tenant": "a", "object": "flow", "object_id": "1", "change": "added"}
    change |= {"field": None, "old_value": None, "new_value": None}
    few = render(tables(changes=[change]), NOW)
    many = render(tables(changes=[change] * LATEST_CHANGES), NOW)
    assert "These are the latest" not in few
    assert f"These are the latest {LATEST_CHANGES}" in many


def test_a_tenant_of_which_only_the_past_is_known_is_in_the_changes_only() -> None:
    change = {"noticed_at": NOW, "tenant": "retired", "object": "flow", "object_id": "1", "change": "deleted"}
    change |= {"field": None, "old_value": None, "new_value": None}
    days = [
        {"tenant": "retired", "day": date(2026, 11, day), "flows": 0, "loaded_flows": 0, "broken": 0}
        for day in (1, 2)
    ]
    fresh = [{"tenant": "a", "stream": stream, "extracted_at": NOW, "hours_ago": 1} for stream in LISTS]
    drawn = Elements(render(tables(changes=[change], days=days, freshness=fresh), NOW))
    assert [text.partition(":")[0] for text in drawn.texts("summary")] == ["a"]
    assert drawn.texts("figcaption") == []
    assert not [text for text in drawn.texts("p") if "is not loaded for" in text]
    assert "retired" in drawn.texts("td")


def test_an_empty_warehouse_is_a_page() -> None:
    drawn = Elements(render(tables(), NOW))
    assert drawn.texts("p")[0] == "0 tenant spaces: 0 broken, 0 not loaded. Made 2026-11-28 02:30 UTC."
    assert "Nothing was found." in drawn.texts("p")


@pytest.fixture(scope="module")
def large() -> str:
    """200 tenants, each with 50 numbers, 50 flows, 5 queues and three years with a new flow every two weeks."""
    rows: dict[str, list[dict[str, Any]]] = {"nodes": [], "edges": [], "days": []}
    for number in range(200):
        tenant = f"tenant-{number:04}"
        rows["nodes"] += [node(tenant, f"number 40080010{n:02}", f"40080010{n:02}") for n in range(50)]
        rows["nodes"] += [node(tenant, f"flow {n}", f"Description of flow {n}") for n in range(50)]
        rows["nodes"] += [node(tenant, f"queue {n}", f"Queue {n}") for n in range(5)]
        rows["edges"] += [edge(tenant, f"number 40080010{n:02}", f"flow {n}") for n in range(45)]
        rows["edges"] += [edge(tenant, f"number 40080010{n:02}", f"queue {n - 45}") for n in range(45, 50)]
        rows["edges"] += [edge(tenant, f"queue {n}", f"flow {n}", "busy") for n in range(5)]
        rows["days"] += [
            {
                "tenant": tenant,
                "day": date(2026, 9, 1) + timedelta(n),
                "flows": 50 + n // 14,
                "loaded_flows": 50,
                "broken": 1,
            }
            for n in range(3 * 365)
        ]
    return render(tables(**rows), NOW)


def test_the_page_of_200_tenants_is_under_5_mb(large: str) -> None:
    assert len(large.encode()) < 5_000_000


def test_nothing_is_fetched_and_nothing_runs(large: str) -> None:
    references = {
        value
        for _, attributes, _ in Elements(large).found
        for name, value in attributes.items()
        if name in {"href", "src"}
    }
    assert {reference[:1] for reference in references} == {"#"}
    assert not re.search(r"https?:|url\(|@import|<script|\bon\w+=", large)
