"""The facts of each list call, one value for each: all that tells the calls of the service apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_LISTS: Final = "/apiaccess/rest/cc-management/v1/"


@dataclass(frozen=True, slots=True)
class Call:
    """What the service documents of a list call.

    Attributes:
        path: what follows the host. Its last part names the call in messages.
        rows_at: names that lead from the response's object to the list of rows.
        code: name of the field that says whether a 200 is a success; "0" is one.
        message: name of the field in which the service explains itself.
        key: name of the field that identifies a row within its tenant space.
    """

    path: str
    rows_at: tuple[str, ...]
    code: str
    message: str
    key: str

    @property
    def name(self) -> str:
        """Name of the call, such as ``queryIVRFlowList``."""
        return self.path.rpartition("/")[2]


IVR_FLOWS: Final = Call(
    f"{_LISTS}ivrFlow/queryIVRFlowList", rows_at=("result",), code="retCode", message="message", key="id"
)
