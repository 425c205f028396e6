"""Where the targets, readers and servers of the tests are installed, each in its own environment."""

from __future__ import annotations

import fcntl
import shutil
import sys
from pathlib import Path
from typing import Final

from tests.targets.project import installing_environment, run

LOCKS: Final = Path(__file__).with_name("locks")
UV: Final = Path(sys.executable).with_name("uv")


class Environments:
    """The environments, each made from a lock with hashes, once for all workers of a test session."""

    def __init__(self, folder: Path, locks: Path = LOCKS) -> None:
        """Keep the environments in a folder that the workers share; `locks` is the folder of the locks."""
        self._folder: Final = folder
        self._locks: Final = locks
        folder.mkdir(exist_ok=True)

    def command(self, lock: str, name: str) -> Path:
        """A command of the environment of a lock, which is installed if it is not there yet."""
        folder = self._folder / lock
        with folder.with_suffix(".lock").open("w") as alone:
            fcntl.flock(alone, fcntl.LOCK_EX)
            if not (folder / "installed").exists():
                _uv("venv", "--python", sys.executable, str(folder))
                python = str(folder / "bin" / "python")
                _uv("pip", "sync", "--require-hashes", "--python", python, str(self._locks / f"{lock}.txt"))
                if (self._locks / lock).is_dir():
                    _npm(folder, self._locks / lock)
                (folder / "installed").touch()
        return folder / "bin" / name


def _uv(*arguments: str) -> None:
    done = run([str(UV), *arguments, "--quiet"], LOCKS, installing_environment())
    assert done.code == 0, done


def _npm(folder: Path, lock: Path) -> None:
    """Install the packages of Node that a folder locks, by the npm of the environment."""
    shutil.copytree(lock, folder, dirs_exist_ok=True)
    done = run([str(folder / "bin" / "npm"), "ci", "--silent"], folder, installing_environment())
    assert done.code == 0, done
