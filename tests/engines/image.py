"""The steps of the Dockerfile without Docker: taken in a folder, which is then used as the container uses it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.engines.engine import EXAMPLES, TOO_LONG, UV
from tests.harness import ROOT
from tests.targets.project import Finished, finish, installing_environment, start


class Image:
    """The file system of the image, in a folder that everybody may enter."""

    def __init__(self, folder: Path) -> None:
        """Take the steps in their order."""
        folder.chmod(0o755)
        self.folder: Final = folder
        self.user: int | None = None
        self._project = folder
        self._variables: Final[dict[str, str]] = {}
        text = (EXAMPLES / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
        for instruction, rest in re.findall(r"^([A-Z]+) +(.+)$", text, re.MULTILINE):
            self._take(instruction, rest)

    def _take(self, instruction: str, rest: str) -> None:
        match instruction:
            case "FROM":
                assert rest.startswith("python:3."), rest
                self._install_python_and_what_meltano_needs()
            case "ENV":
                name, _, value = rest.partition("=")
                self._variables[name] = value
            case "WORKDIR":
                self._project = self._inside(rest)
                self._project.mkdir()
            case "COPY":
                *sources, target = rest.split()
                for source in sources:
                    _copy(ROOT / source, self._project / target)
            case "RUN":
                # Everything that the steps need of pip is there.
                self._succeed("sh", "-euc", rest, PIP_NO_INDEX="1")
            case "USER":
                self.user = int(rest)
            case _:
                raise AssertionError(f"no one knows how to take the step {instruction}")

    def _install_python_and_what_meltano_needs(self) -> None:
        """Copy the tests' own Python, since another user may not be able to read it, and install by hashes."""
        base, python = Path(sys.base_prefix), self._inside("/python")
        library = Path(os.__file__).parent.relative_to(base)
        unneeded = shutil.ignore_patterns("site-packages", "dist-packages", "test", "__pycache__")
        shutil.copytree(base / library, python / library, ignore=unneeded)
        for shared in (base / "lib").glob("libpython*.so*"):
            shutil.copy(shared, python / "lib")
        (python / "bin").mkdir()
        executable = shutil.copy(Path(sys.executable).resolve(), python / "bin")
        site = self._inside("/site")
        self._succeed(executable, "-m", "venv", site)
        lock = self._inside("/meltano.txt")
        export = ("--locked", "--only-group=demo", "--no-emit-project", "--output-file", lock)
        self._succeed(UV, "export", "--quiet", "--project", ROOT, *export)
        self._succeed(UV, "pip", "install", "--quiet", "--require-hashes", "--python", site, "-r", lock)

    def mount(self, folders: Iterable[str]) -> None:
        """Make all but these folders read-only."""
        for folder in folders:
            self._inside(folder).mkdir(exist_ok=True)
        self._succeed("chmod", "-R", "a-w", self.folder)
        for folder in folders:
            self._inside(folder).chmod(0o777)

    def run(self, *command: str, **variables: str) -> Finished:
        """Run a command as the image's user; who is not root cannot be that user, and has no rights either."""
        assert self.user, "the image has a user who is not root"
        user = {"user": self.user, "group": self.user, "extra_groups": ()} if os.geteuid() == 0 else {}
        return self._run(command, variables, **user)

    def inside(self, text: str) -> str:
        """A text in which the container's paths are those of the folder."""
        return re.sub(r"/(?:project|tmp)\b", lambda path: f"{self.folder}{path[0]}", text)

    def _inside(self, path: str) -> Path:
        return self.folder / path.removeprefix("/")

    def _succeed(self, *command: str | Path, **variables: str) -> None:
        done = self._run(map(str, command), {**installing_environment(), **variables})
        assert done.code == 0, done

    def _run(self, command: Iterable[str], variables: Mapping[str, str], **user: Any) -> Finished:
        path = os.pathsep.join([str(self._inside("/site/bin")), os.defpath])
        own = {"PATH": path, "LD_LIBRARY_PATH": str(self._inside("/python/lib")), "LANG": "C.UTF-8"}
        environment = {**variables, **self._variables, **own}
        return finish(start(list(command), self._project, environment, **user), TOO_LONG)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)
