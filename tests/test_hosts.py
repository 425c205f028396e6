"""A host that gives no answer is not called for ever."""

from __future__ import annotations

import pytest

from tap_ivrflow.aicc.errors import CallError, DeadHostError, Failure
from tap_ivrflow.aicc.hosts import Hosts

GONE = CallError("got no answer", failure=Failure.NO_CONNECTION)


@pytest.mark.parametrize("error", [GONE, CallError("goes on", failure=Failure.ENDLESS_RESPONSE)])
@pytest.mark.parametrize(("concurrency", "failures"), [(1, 5), (5, 5), (8, 8)])
def test_a_host_is_dead_after_as_many_failures_as_calls_at_the_same_time(
    concurrency: int, failures: int, error: CallError
) -> None:
    hosts = Hosts(concurrency)
    for _ in range(failures):
        hosts.require_alive("a")
        hosts.failed("a", error)
    with pytest.raises(DeadHostError, match=f"a gave no answer to {failures} lists in a row"):
        hosts.require_alive("a")
    hosts.require_alive("b")


@pytest.mark.parametrize("error", [CallError("answered 503", status=503), None])
def test_an_answer_begins_the_count_anew(error: CallError | None) -> None:
    hosts = Hosts()
    for _ in range(4):
        hosts.failed("a", GONE)
    if error is None:
        hosts.answered("a")
    else:
        hosts.failed("a", error)
    for _ in range(4):
        hosts.failed("a", CallError("had no answer", failure=Failure.TIMEOUT))
    hosts.require_alive("a")


def test_a_dead_host_stays_dead() -> None:
    hosts = Hosts()
    for _ in range(5):
        hosts.failed("a", GONE)
    hosts.answered("a")
    with pytest.raises(DeadHostError):
        hosts.require_alive("a")
