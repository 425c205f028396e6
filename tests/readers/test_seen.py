"""What the matrix of docs/reading.md calls kept, changed or an error, and that its record is complete."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from scripts.reading import READERS, RESULTS, TRAITS, Reader, Trait, result
from tests.harness import ROOT
from tests.readers.seen import became, version

TRAIT: Final = Trait("leading zeros", (("ivr_flows", "accessCode"),), "0900500")


@pytest.mark.parametrize(
    ("sent", "found", "state"),
    [
        (["0900500", None], ["0900500", None], "kept"),
        ([30, 2**63 - 1], [30, 2**63 - 1], "kept"),
        ([30, 2**63 - 1, True], ["30", "9223372036854775807", "True"], "as text"),
        (["90500", "0900500"], [90500, 900500], 'changed: `"0900500"` → `900500`'),
        (["90500"], [90500], 'changed: `"90500"` → `90500`'),
        ([30], [30.0], "changed: `30` → `30.0`"),
        ([True], [1], "changed: `true` → `1`"),
        ([""], [None], 'changed: `""` → `null`'),
        (["2026-11-28T02:21:14.767505Z"], [{"type": "datetime"}], 'changed: `"2026-01-31T02:00:00.123456Z"` → a time'),
        (["a", "b"], ["a"], "changed: 1 of 2 rows"),
        (["a"], None, "error"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_column(sent: list[Any], found: list[Any] | None, state: str) -> None:
    assert became(TRAIT, sent, found) == state


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.recorded.stem)
def test_the_record_is_of_the_locked_version_and_the_right_line_keeps_every_value(reader: Reader) -> None:
    recorded = result(reader)
    assert recorded.pop("version") == version(reader)
    assert recorded.keys() == reader.lines.keys()
    for kind, lines in reader.lines.items():
        assert recorded[kind].keys() == lines.both().keys()
        *_, right = recorded[kind].values()
        assert list(right) == [trait.name for trait in TRAITS]
        lost = {name for name, state in right.items() if state not in {"kept", "as text"}}
        assert lost == lines.loses.keys()


def test_every_record_is_of_a_reader() -> None:
    assert set(RESULTS.iterdir()) == {reader.recorded for reader in READERS}


def test_every_target_that_is_tested_leads_to_how_its_rows_are_read() -> None:
    page = (ROOT / "docs" / "targets.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[[^|]*\]\(#[^|]*\|[^|]*\|[^|]*\|([^|]*)\|", page, re.MULTILINE)
    places = [place for place in rows if not re.search("fakesnow|recorder|gzip", place)]
    assert len(rows) == 12
    assert len(places) == 8
    assert all("](reading.md#" in place for place in places)
