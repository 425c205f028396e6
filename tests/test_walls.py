"""What may import what: the root imports `singer` and `aicc`, and neither imports anything of the root or of the other."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.harness import ROOT

PACKAGE = ROOT / "tap_ivrflow"


def imports(path: Path) -> set[str]:
    """The modules that a module imports, at its top, inside functions and for types."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


@pytest.mark.parametrize("path", sorted((PACKAGE / "singer").glob("*.py")), ids=lambda path: path.stem)
def test_singer_imports_nothing_of_the_tap_and_does_no_http(path: Path) -> None:
    found = imports(path)
    assert {name for name in found if name.startswith("tap_ivrflow.") and ".singer" not in name} == set()
    assert not {name.partition(".")[0] for name in found} & {"requests", "urllib3", "http"}


def test_the_package_shows_at_most_twelve_entries() -> None:
    entries = {path.name for path in PACKAGE.iterdir()} - {"__pycache__"}
    assert {"singer", "aicc", "__init__.py", "py.typed"} <= entries
    assert len(entries) <= 12
