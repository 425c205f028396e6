"""The files of the dbt project: what is described is there, and what is there is described."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.harness import ROOT

TRANSFORM: Final = ROOT / "transform"
FOLDERS: Final = [
    *((path, "models") for path in sorted((TRANSFORM / "models").iterdir()) if path.is_dir()),
    (TRANSFORM / "snapshots", "snapshots"),
    (TRANSFORM / "seeds", "seeds"),
]


def described(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The entries of one kind in the yml files of a folder."""
    return [
        entry
        for path in sorted(folder.glob("*.yml"))
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")).get(kind, [])
    ]


@pytest.mark.parametrize(("folder", "kind"), FOLDERS, ids=lambda part: getattr(part, "name", part))
def test_each_folder_describes_what_is_in_it(folder: Path, kind: str) -> None:
    entries = described(folder, kind)
    files = sorted(path.stem for suffix in ("*.sql", "*.csv") for path in folder.glob(suffix))
    # A snapshot has no file but its yml.
    assert sorted(entry["name"] for entry in entries) == (files or sorted({e["name"] for e in entries}))
    assert entries
    assert all(entry["description"] for entry in entries)


def test_no_yml_has_an_anchor() -> None:
    # Without `target`, where dbt writes folders with such names.
    paths = [each for each in TRANSFORM.rglob("*.yml") if "target" not in each.relative_to(TRANSFORM).parts]
    assert len(paths) >= 10
    for path in paths:
        assert not re.search(r"(?:: |- )[&*]\w", path.read_text(encoding="utf-8")), path.name


def test_a_deprecated_name_says_until_when() -> None:
    entries = described(TRANSFORM / "models" / "deprecated", "models")
    assert all(entry["deprecation_date"] for entry in entries)
    assert all(entry["description"].startswith("Deprecated") for entry in entries)


def test_every_snapshot_keeps_a_history_that_sees_deletions() -> None:
    for entry in described(TRANSFORM / "snapshots", "snapshots"):
        config = entry["config"]
        assert (config["strategy"], config["hard_deletes"]) == ("check", "invalidate"), entry["name"]
        assert config["unique_key"][0] == "tenant"
