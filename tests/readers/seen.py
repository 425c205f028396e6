"""What a reader makes of each trait of what the tap sent."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from scripts.reading import TRAITS, Reader, Trait, columns, line
from tests.more_targets.environments import Environments
from tests.readers.nights import Nights, Records
from tests.targets.project import Finished, run

FOLDER: Final = Path(__file__).parent
LOCKS: Final = FOLDER / "locks"
TABLES: Final = {"duckdb", "postgres"}
PYTHONS: Final = {"chdb", "duckdb", "python"}
"""Languages that `read.py` runs; `read.mjs` has the others, but for the shell's."""
WORST: Final = ("kept", "as text", "changed", "error")
"""What may become of a trait; behind `changed` stands an example."""

Rows: TypeAlias = list[dict[str, Any]]
Seen: TypeAlias = dict[str, str]
"""What became of each trait, by its name."""


@dataclass(frozen=True)
class Trial:
    """A reader in its environment, on the files and tables of some nights."""

    reader: Reader
    nights: Nights
    environments: Environments

    def look(self, kind: str, template: str) -> Seen:
        """What becomes of each trait, when every stream is read by a line."""
        sent = self.nights.sent[kind]
        lines = [line(template, self.reader, stream) for stream in sent]
        found = dict(zip(sent, self.read(lines), strict=True))
        if kind in TABLES:  # whose rows have no order
            sent = {stream: _ordered(stream, rows) for stream, rows in sent.items()}
            found = {stream: rows and _ordered(stream, rows) for stream, rows in found.items()}
        # A CSV file has the same for null and an empty text.
        empty = None if kind == "csv" else ""
        return {trait.name: _trait(trait, sent, found, empty) for trait in TRAITS}

    def read(self, lines: list[str]) -> list[Rows | None]:
        """The rows that each line gives, or None where it ends with an error."""
        language = self.reader.language
        if language in PYTHONS:  # whose libraries take a second to import
            done = self._run("python", str(FOLDER / "read.py"), language, *lines)
            assert done.code == 0, done
            found: list[Rows | None] = json.loads(done.stdout)
            return found
        command = ["sh", "-euc"] if language == "sh" else ["node", str(FOLDER / "read.mjs"), language]
        runs = [self._run(*command, each) for each in lines]
        return [_rows(done.stdout) if done.code == 0 else None for done in runs]

    def _run(self, program: str, *arguments: str) -> Finished:
        """Run a program of the reader's environment in the folder of the files."""
        environment = self.environments.command(self.reader.lock, "python").parent.parent
        # PostgreSQL's own programs come in a package.
        places = [environment / "bin", *environment.glob("lib/*/site-packages/*/pginstall/bin")]
        path = os.pathsep.join([*map(str, places), os.defpath])
        folder = self.nights.folder
        (folder / "calls.db").unlink(missing_ok=True)
        variables = {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "NODE_MODULES": str(environment)}
        return run(
            [shutil.which(program, path=path) or program, *arguments],
            folder,
            {**self.nights.variables, **variables},
        )


def version(reader: Reader) -> str:
    """The version of a reader's package, by its lock."""
    text = (LOCKS / f"{reader.lock}.txt").read_text(encoding="utf-8")
    for found in re.findall(rf"^{reader.package}==(\S+)", text, re.MULTILINE):
        return str(found)
    modules = json.loads((LOCKS / reader.lock / "package.json").read_text(encoding="utf-8"))
    return str(modules["dependencies"][reader.package])


def _rows(printed: str) -> Rows:
    """The rows of JSON, of lines of JSON behind other lines, or of CSV."""
    printed = printed.lstrip()
    if printed.startswith("["):
        rows: Rows = json.loads(printed)
        return rows
    lines = [line for line in printed.splitlines() if line.startswith("{")]
    if lines:
        return [json.loads(line) for line in lines]
    return [
        {name: text or None for name, text in row.items()}
        for row in csv.DictReader(io.StringIO(printed, newline=""))
    ]


def _ordered(stream: str, rows: Rows) -> Rows:
    """The rows in the order of their keys, which are the first two columns."""
    names = [*columns(stream)][:2]
    return sorted(rows, key=lambda row: [str(row[name]) for name in names])


def _trait(trait: Trait, sent: Records, found: Mapping[str, Rows | None], empty: str | None) -> str:
    columns = [
        became(trait, _values(sent[stream], column, empty) or [], _values(found[stream], column, empty))
        for stream, column in trait.columns
    ]
    return max(columns, key=lambda state: WORST.index(state.split(":")[0]))


def _values(rows: Rows | None, column: str, empty: str | None) -> list[Any] | None:
    """The values of a column, in the order of the nights."""
    if rows is None:
        return None
    values = [row[column] for row in sorted(rows, key=lambda row: int(row["extraction"]))]
    return [empty if value == "" else value for value in values]


def became(trait: Trait, sent: Sequence[Any], found: Sequence[Any] | None) -> str:
    """What the values of a column became; of those that changed the trait's is shown, or the first."""
    if found is None:
        return "error"
    if _counted(sent) == _counted(found):
        return "kept"
    if _counted(map(_text, sent)) == _counted(found):
        return "as text"
    if len(sent) != len(found):
        return f"changed: {len(found)} of {len(sent)} rows"
    changed = [(one, other) for one, other in zip(sent, found, strict=True) if _typed(one) != _typed(other)]
    one, other = next((pair for pair in changed if pair[0] == trait.value), changed[0])
    return f"changed: {_shown(one)} → {_shown(other)}"


def _counted(values: Iterable[Any]) -> Counter[tuple[str, str]]:
    return Counter(map(_typed, values))


def _typed(value: object) -> tuple[str, str]:
    return type(value).__name__, repr(value)


def _text(value: object) -> object:
    """What a reader without types has of a whole number or a boolean."""
    return str(value) if isinstance(value, int) else value


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a time"
    # The same in every run.
    return re.sub(
        r"[\d-]+T[\d:.]+", "2026-01-31T02:00:00.123456", f"`{json.dumps(value, ensure_ascii=False)}`"
    )
