"""What may import what: the root imports `singer` and `aicc`, and neither imports anything of the root or of the other."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.server import Simulator
from tests.harness import FLOW, ROOT, TENANT

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


@pytest.mark.parametrize("path", sorted((PACKAGE / "aicc").glob("*.py")), ids=lambda path: path.stem)
def test_aicc_imports_nothing_of_the_tap_and_nothing_of_singer(path: Path) -> None:
    found = imports(path)
    assert {name for name in found if name.startswith("tap_ivrflow.") and ".aicc" not in name} == set()
    assert not {name.partition(".")[0] for name in found} & {"singer_sdk", "singer"}


ALONE = """
import sys

class Wall:
    def find_spec(self, name, *_):
        inside = name in {"tap_ivrflow", "tap_ivrflow.aicc"} or name.startswith("tap_ivrflow.aicc.")
        if name.startswith(("singer", "tap_ivrflow")) and not inside:
            raise ImportError(name)

sys.meta_path.insert(0, Wall())
"""


def test_the_client_works_where_singer_is_not_installed(service: Simulator) -> None:
    service.set_tenants([{**TENANT, "flows": [FLOW, {**FLOW, "id": 2}]}])
    key, secret = TENANT["app_key"], TENANT["app_secret"]
    script = f"""
from tap_ivrflow.aicc import IVR_FLOWS, Client

client = Client({key!r}, {secret!r}, api_url={service.url!r})
for flow in client.fetch(IVR_FLOWS):
    print(flow["id"], flow["description"])
"""
    assert len(script.strip().splitlines()) <= 6
    ran = subprocess.run([sys.executable, "-c", ALONE + script], capture_output=True, text=True, check=True)
    assert ran.stdout == "1 Exception handling\n2 Exception handling\n"


def test_the_package_shows_at_most_twelve_entries() -> None:
    entries = {path.name for path in PACKAGE.iterdir()} - {"__pycache__"}
    assert {"singer", "aicc", "__init__.py", "py.typed"} <= entries
    assert len(entries) <= 12
