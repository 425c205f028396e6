"""What any target does with what it is sent, and how the tests look at what it loaded."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeAlias

from tests.targets.project import Finished, Workplace
from tests.targets.service import Flow, Key

Rows: TypeAlias = dict[Key, Flow]


@dataclass(frozen=True)
class Loaded:
    """What is in a place: the rows by their keys, and the keys of two kinds of them.

    Attributes:
        marked: those that are marked as deleted.
        present: those that are still there, by the stream `extractions`.
    """

    rows: Rows
    marked: set[Key]
    present: set[Key]


class Destination(abc.ABC):
    """A target that loads into a place of its own. What is said here is the rule, the subclasses deviate."""

    empty_text: ClassVar[str | None] = ""
    """What an empty text becomes."""
    nul: ClassVar[str] = "\0"
    """What the character NUL becomes."""
    upserts: ClassVar[bool] = True
    """Whether a later load changes the rows of an earlier one, or leaves them and writes its own."""
    marks: ClassVar[bool] = True
    """Whether ACTIVATE_VERSION marks the rows that are gone."""
    takes_versions: ClassVar[bool] = True
    """Whether it can be sent ACTIVATE_VERSION at all."""
    types: ClassVar[Mapping[str, str]] = {}
    """The types of the columns, where columns have types."""

    def __init__(self, workplace: Workplace) -> None:
        """Load into a place that only this workplace has."""
        self.workplace: Final = workplace

    @abc.abstractmethod
    def load(self) -> Finished:
        """Load what the service has."""

    @abc.abstractmethod
    def read(self) -> list[dict[str, Any]]:
        """The rows, in the tap's columns with `extraction`, and `deleted`, whether a row is marked."""

    @abc.abstractmethod
    def proofs(self) -> list[dict[str, Any]]:
        """The rows of the stream `extractions`."""

    def look(self) -> Loaded:
        """What is there now; no two rows may have the same key."""
        found = self.read()
        rows = {(row["tenant"], row["id"]): row for row in found}
        assert len(rows) == len(found), "two rows with one key"
        marked = {key for key, row in rows.items() if row.pop("deleted")}
        proven = {row["tenant"]: row["extraction"] for row in self.proofs() if row["stream"] == "ivr_flows"}
        read = {key: row.pop("extraction") for key, row in rows.items()}
        present = {key for key in read if key[0] in proven and read[key] >= proven[key[0]]}
        return Loaded(rows, marked, present)

    def column_types(self) -> Mapping[str, str]:
        """The types of the tap's columns as the place has them."""
        return {}

    def expected(self, rows: Mapping[Key, Flow]) -> Rows:
        """What rows become in this target."""
        return {key: {name: self._value(value) for name, value in row.items()} for key, row in rows.items()}

    def _value(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        return value.replace("\0", self.nul) or self.empty_text
