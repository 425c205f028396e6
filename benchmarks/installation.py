"""Where the contestants' environment is made: an installation of the tap, and nothing beside it."""

from __future__ import annotations

import importlib.metadata
import sysconfig
import tempfile
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import Distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

_TAP: Final = "tap-ivrflow"
_ROOT: Final = Path(__file__).resolve().parent.parent


@contextmanager
def installation() -> Iterator[Path]:
    """Make an environment of links to this one, for as long as the block lasts, and give its Python.

    It holds the tap as its wheel would, what the tap requires, and this benchmark. Not an editable tap:
    the hook that finds one takes a twentieth of the start-up. And no package of the developers: joblib,
    which the SDK imports, also imports numpy and psutil where they are installed, as they are here for
    the chart and for Meltano, and that takes a fifth.
    """
    here = Path(sysconfig.get_path("purelib"))
    installed = {
        canonicalize_name(each.name): each for each in importlib.metadata.distributions(path=[str(here)])
    }
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, symlinks=True)
        there = Path(sysconfig.get_path("purelib", "venv", {"base": folder}))
        # Holds the bytecode of modules that are no packages.
        names = {"__pycache__"}
        for distribution in _required(installed).values():
            names |= {file.parts[0] for file in distribution.files or () if file.parts[0] != ".."}
        for name in names:
            if name != "tap_ivrflow" and not name.startswith("__editable__"):
                (there / name).symlink_to(here / name)
        (there / "tap_ivrflow").mkdir()
        for entry in (_ROOT / "tap_ivrflow").iterdir():
            (there / "tap_ivrflow" / entry.name).symlink_to(entry)
        (there / "tap_ivrflow" / "schemas").symlink_to(_ROOT / "schemas")
        (there / "benchmarks").symlink_to(_ROOT / "benchmarks")
        yield Path(folder, "bin", "python")


def _required(installed: Mapping[NormalizedName, Distribution]) -> dict[NormalizedName, Distribution]:
    """Return the tap and all that it requires, of what is installed."""
    found: dict[NormalizedName, Distribution] = {}
    waiting = [Requirement(_TAP)]
    seen: set[tuple[NormalizedName, str]] = set()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        found[name] = installed[name]
        for extra in {"", *wanted.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                requirements = map(Requirement, installed[name].requires or ())
                waiting += [
                    each for each in requirements if not each.marker or each.marker.evaluate({"extra": extra})
                ]
    return found
