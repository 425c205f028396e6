"""Every line of docs/reading.md is run on what the tap and its targets wrote."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from typing import Any, Final

import pytest

from scripts.reading import READERS, TRAITS, Reader, result
from tests.harness import ROOT
from tests.more_targets.environments import Environments
from tests.readers.nights import BIGGEST, Nights
from tests.readers.seen import Trial, version

pytestmark = pytest.mark.targets

HINT: Final = "a reader does something else now: RECORD=1 make test-readers, look at git diff, make docs"


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.recorded.stem)
def test_a_reader_does_what_the_page_says(reader: Reader, nights: Nights, environments: Environments) -> None:
    trial = Trial(reader, nights, environments)
    seen = {
        kind: {which: trial.look(kind, text) for which, text in lines.both().items()}
        for kind, lines in reader.lines.items()
    }
    found = {"version": version(reader), **seen}
    if "RECORD" in os.environ:
        reader.recorded.write_text(f"{json.dumps(found, indent=1, ensure_ascii=False)}\n", encoding="utf-8")
    assert found == result(reader), HINT


def test_the_newest_list_of_each_tenant_comes_out_of_the_files_of_all_nights(
    nights: Nights, environments: Environments
) -> None:
    page, proof = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("reading.md", "proof.md"))
    (views,) = re.findall(r"```sql\n(create view .*?)```", page, re.DOTALL)
    _, query, *_ = re.findall(r"```sql\n(.*?)```", proof, re.DOTALL)
    assert "max(extraction)" in query
    (found,) = Trial(READERS[0], nights, environments).read([views + query])

    sent = nights.sent["jsonl"]
    newest = {row["tenant"]: row["extraction"] for row in sent["extractions"] if row["stream"] == "ivr_flows"}
    expected = [row for row in sent["ivr_flows"] if row["extraction"] == newest[row["tenant"]]]
    assert newest["east"] < newest["north"] == newest["south"], "the last list of east failed"
    assert [(row["tenant"], row["id"]) for row in expected] == [
        ("east", 1), ("east", 2), ("north", 1), ("north", 3), ("north", BIGGEST), ("south", 1), ("south", 2),
    ]  # fmt: skip
    assert found is not None
    assert counted(found) == counted(expected)


def counted(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True) for row in rows)


def test_every_trait_is_in_what_was_sent(nights: Nights) -> None:
    for kind, sent in nights.sent.items():
        for trait in TRAITS:
            values = [row[column] for stream, column in trait.columns for row in sent[stream]]
            assert len(values) > 1, kind
            assert trait.value is None or trait.value in values, f"{kind}: {trait.name}"
