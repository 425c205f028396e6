"""Finds the Pythons of this machine. As a command: prints the newest, unless it is the one that runs this."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

VERSIONS: Final = ("3.11", "3.12", "3.13", "3.14")
"""Those that are supported, the newest last."""


def interpreter(version: str) -> Path | None:
    """Return the Python of a version: on the path, or among those of pyenv. None if there is none."""
    versions = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    on_path = filter(None, [shutil.which(f"python{version}")])
    for found in (*map(Path, on_path), *sorted(versions.glob(f"{version}.*/bin/python3"))):
        says = subprocess.run([found, "--version"], capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - a Python
        if says.stdout.startswith(f"Python {version}."):
            return found
    return None


def newest() -> str:
    """Return the newest version that is there: at least the one that runs this."""
    return next((each for each in reversed(VERSIONS) if interpreter(each)), _THIS)


_THIS: Final = f"{sys.version_info.major}.{sys.version_info.minor}"

if __name__ == "__main__" and (found := newest()) != _THIS:
    print(interpreter(found))  # noqa: T201 - what it is asked for
