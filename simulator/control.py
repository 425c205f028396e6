"""The client side of the control interface: start the stand-in, order faults, ask what reached it."""

from __future__ import annotations

import selectors
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Final, TypedDict, Unpack, cast

import requests

from simulator.data import Tenant
from simulator.faults import FaultFields
from simulator.http import Kind

_ROOT: Final = Path(__file__).resolve().parent.parent
_READY_WITHIN: Final = 120.0
"""Seconds; a million flows take a while to encode on a busy machine."""
_END_WITHIN: Final = 30.0
_CALL_TIMEOUT: Final = 60.0
_LISTENING: Final = "listening on "


class LoggedCall(TypedDict):
    """One call as the log reports it; the status is null when no HTTP answer was given."""

    call: Kind
    tenant: str | None
    path: str
    method: str
    headers: dict[str, str]
    status: int | None


class Counts(TypedDict):
    """The calls of one tenant."""

    token: int
    ivr_flows: int
    called_routes: int
    access_codes: int
    skill_queues: int
    satisfaction_config: int


class Calls(TypedDict):
    """What reached the service since the start or the last reset."""

    token: int
    ivr_flows: int
    called_routes: int
    access_codes: int
    skill_queues: int
    satisfaction_config: int
    by_tenant: dict[str, Counts]
    open_connections_peak: int
    concurrent_peak: int
    log: list[LoggedCall]


class Control:
    """A running stand-in at `url`; every method raises `ValueError` with the reason when it is refused."""

    def __init__(self, url: str, *, ca: str | None = None) -> None:
        """`ca` is the PEM file to trust when the stand-in serves HTTPS."""
        self.url: Final = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = ca or True

    def put_tenants(self, tenants: Iterable[Tenant | Mapping[str, object]]) -> None:
        """Replace all tenants; the fields of a mapping are those of `simulator.accounts.TenantFields`."""
        self._ask("PUT", "/tenants", [vars(each) if isinstance(each, Tenant) else each for each in tenants])

    def fault(self, **fault: Unpack[FaultFields]) -> None:
        """Order a fault after those that wait already."""
        self._ask("POST", "/faults", fault)

    def clear_faults(self) -> None:
        """Drop the faults that are not used up."""
        self._ask("DELETE", "/faults")

    def calls(self) -> Calls:
        """Report what reached the service."""
        return cast("Calls", self._ask("GET", "/calls").json())

    def clear_calls(self) -> None:
        """Begin counting anew."""
        self._ask("DELETE", "/calls")

    def tokens(self) -> list[str]:
        """List every token that was issued since the last reset."""
        return cast("list[str]", self._ask("GET", "/tokens").json())

    def reset(self) -> None:
        """Bring the stand-in back to its start: tenants, faults, calls and tokens."""
        self._ask("DELETE", "")

    def close(self) -> None:
        """Close the connection to the control interface."""
        self._session.close()

    def _ask(self, method: str, path: str, content: object = None) -> requests.Response:
        response = self._session.request(
            method, f"{self.url}/_simulator{path}", json=content, timeout=_CALL_TIMEOUT
        )
        if not response.ok:
            raise ValueError(f"the simulator refused {method} {path}: {response.status_code} {response.text}")
        return response


@contextmanager
def running(*arguments: str, ca: str | None = None) -> Iterator[Control]:
    """Run `python -m simulator` with `arguments` on a free port for as long as the block lasts.

    What it wrote on stderr, warnings and errors only, is passed on at the end.

    Raises:
        RuntimeError: it ended, or took too long, before it was ready; with what it wrote on stderr.
    """
    command = (sys.executable, "-m", "simulator", "--port", "0", *arguments)
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as complaints,
        subprocess.Popen(  # noqa: S603 - this package itself
            command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as process,
    ):
        try:
            url = _announced_url(process, complaints)
            try:
                with closing(Control(url, ca=ca)) as control:
                    yield control
            finally:
                _end(process)
                sys.stderr.write(_written(complaints))
        finally:
            _end(process)


def _announced_url(process: subprocess.Popen[str], complaints: IO[str]) -> str:
    assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        # The line comes in one write, so that what is readable is the whole of it, or the end of the process.
        line = process.stdout.readline() if selector.select(_READY_WITHIN) else ""
    if not line.startswith(_LISTENING):
        _end(process)
        raise RuntimeError(
            f"the simulator is not listening (exit status {process.returncode}): {_written(complaints)}"
        )
    return line.removeprefix(_LISTENING).strip()


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_END_WITHIN)
    except subprocess.TimeoutExpired:
        sys.stderr.write(f"the simulator had to be killed: it did not end within {_END_WITHIN} seconds\n")
        process.kill()


def _written(complaints: IO[str]) -> str:
    complaints.seek(0)
    return complaints.read()
