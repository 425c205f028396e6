"""How often a call is made, which waits lie between, who else waits, and which hosts are given up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tap_ivrflow.aicc.errors import AuthenticationError, CallError, DeadHostError, Failure
from tap_ivrflow.aicc.retry import Retry, parse_retry_after


class World:
    """A clock that only sleeping moves, and dice that always fall on the highest side."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def retry(self, max_retries: int = 5) -> Retry:
        return Retry(max_retries, sleep=self.sleep, clock=lambda: self.now, uniform=lambda _, high: high)


def failing(times: int, error: Callable[[], CallError]) -> Callable[[], str]:
    left = iter(range(times))

    def attempt() -> str:
        if next(left, None) is not None:
            raise error()
        return "answer"

    return attempt


def test_a_passing_failure_is_forgotten_after_waits_that_double() -> None:
    world = World()
    assert world.retry()("call", failing(5, lambda: CallError("broke", Failure.CUT_RESPONSE))) == "answer"
    assert world.slept == [2, 4, 8, 16, 30]


def test_a_lasting_failure_is_final_after_all_attempts() -> None:
    world = World()
    with pytest.raises(CallError, match=r'broke, 3 attempts, it says: "w" \(a\)') as caught:
        world.retry(2)(
            "call",
            failing(9, lambda: CallError("broke", Failure.CUT_RESPONSE, server_message="w", advice="a")),
        )
    assert caught.value.attempts == 3
    assert not caught.value.is_retried
    assert len(world.slept) == 2


def test_without_retries_there_is_one_attempt() -> None:
    with pytest.raises(CallError, match="broke, 1 attempt"):
        World().retry(0)("call", failing(9, lambda: CallError("broke", Failure.CUT_RESPONSE)))


@pytest.mark.parametrize("error", [CallError("no"), AuthenticationError("no")])
def test_only_transient_failures_are_tried_again(error: CallError) -> None:
    world = World()
    with pytest.raises(CallError) as caught:
        world.retry()("call", failing(1, lambda: error))
    assert caught.value is error
    assert world.slept == []


def test_too_many_calls_slow_the_others_down_too() -> None:
    world = World()
    retry = world.retry()
    retry("one", failing(1, lambda: CallError("no", 429, retry_after=9)))
    assert world.slept == [9]
    world.now -= 5
    retry("another", failing(0, lambda: CallError("never")))
    assert world.slept == [9, 5, 1]
    retry("a third", failing(0, lambda: CallError("never")))
    assert world.slept == [9, 5, 1]


def test_too_many_calls_on_the_last_attempt_slow_the_others_down_too() -> None:
    world = World()
    retry = world.retry(0)
    with pytest.raises(CallError):
        retry("one", failing(9, lambda: CallError("no", 429, retry_after=9)))
    retry("another", failing(0, lambda: CallError("never")))
    assert world.slept == [9, 1]


def test_a_wish_that_grows_while_somebody_waits_is_waited_for_too() -> None:
    world = World()
    retry = world.retry()
    retry("one", failing(1, lambda: CallError("no", 429, retry_after=5)))
    world.now -= 5
    sleep = world.sleep

    def sleep_and_meet_another(seconds: float) -> None:
        sleep(seconds)
        if len(world.slept) == 2:
            with pytest.raises(CallError):
                Retry.__call__(retry, "two", failing(9, lambda: AuthenticationError("no")))
            retry._hold(20)  # noqa: SLF001 (what a 429 of another thread does meanwhile)

    retry._sleep = sleep_and_meet_another  # noqa: SLF001 (it needs the object that it is given to)
    retry("three", failing(0, lambda: CallError("never")))
    assert world.slept == [5, 5, 20, 1]


def test_other_failures_slow_down_nobody_else() -> None:
    world = World()
    retry = world.retry()
    retry("one", failing(1, lambda: CallError("no", 503, retry_after=9)))
    world.now -= 5
    retry("another", failing(0, lambda: CallError("never")))
    assert world.slept == [9]


def test_a_shorter_wish_does_not_shorten_a_longer_one() -> None:
    world = World()
    retry = world.retry()
    retry("one", failing(1, lambda: CallError("no", 429, retry_after=50)))
    world.now -= 50
    retry("two", failing(1, lambda: CallError("no", 429, retry_after=1)))
    assert world.slept == [50, 50, 1, 1]


@pytest.mark.parametrize(
    ("header", "seconds"), [("0", 0), ("5", 5), (" 120 ", 120), (None, None), ("", None)]
)
def test_seconds_are_read(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header) == seconds


@pytest.mark.parametrize(
    "header", ["soon", "-1", "1.5", "2100-01-01", "Fri, 99 Dec 2100 23:59:59 GMT", "9" * 30]
)
def test_what_is_neither_seconds_nor_a_date_asks_for_nothing(header: str) -> None:
    assert parse_retry_after(header) is None


def test_a_date_is_read_as_the_seconds_until_then() -> None:
    assert (parse_retry_after("Fri, 31 Dec 2100 23:59:59 GMT") or 0) > 10**9
    assert parse_retry_after("Fri, 31 Dec 1999 23:59:59 GMT") == 0


GONE = CallError("got no answer", Failure.NO_CONNECTION)
GONE.host = "a"
BUSY = CallError("answered 503", 503)
BUSY.host = "a"


@pytest.mark.parametrize("failure", [Failure.NO_CONNECTION, Failure.ENDLESS_RESPONSE, Failure.PROXY_REFUSED])
@pytest.mark.parametrize(("concurrency", "failures"), [(1, 5), (5, 5), (8, 8)])
def test_a_host_is_dead_after_as_many_failures_as_calls_at_the_same_time(
    concurrency: int, failures: int, failure: Failure
) -> None:
    retry = Retry(0, concurrency=concurrency)
    error = CallError("gone", failure)
    error.host = "a"
    for _ in range(failures):
        retry.require_alive("a")
        retry.failed(error)
    for is_repeated in (False, True):
        with pytest.raises(DeadHostError, match=f"a gave no answer to {failures} lists in a row") as caught:
            retry.require_alive("a")
        assert caught.value.is_repeated == is_repeated
    retry.require_alive("b")


@pytest.mark.parametrize("error", [BUSY, None])
def test_an_answer_restarts_the_count(error: CallError | None) -> None:
    retry = Retry(0)
    for _ in range(4):
        retry.failed(GONE)
    if error is None:
        retry.answered("a")
    else:
        retry.failed(error)
    for _ in range(4):
        retry.failed(GONE)
    retry.require_alive("a")


def test_a_dead_host_stays_dead() -> None:
    retry = Retry(0)
    for _ in range(5):
        retry.failed(GONE)
    retry.answered("a")
    with pytest.raises(DeadHostError):
        retry.require_alive("a")


@pytest.mark.parametrize("retry_after", [None, 0.0])
def test_waits_after_too_many_calls_outlast_a_minute(retry_after: float | None) -> None:
    world = World()
    retry = Retry(5, sleep=world.sleep, clock=lambda: world.now, uniform=lambda low, _: low)
    error = CallError("answered 429", 429, retry_after=retry_after)
    assert retry("call", failing(5, lambda: error)) == "answer"
    assert sum(world.slept) > 60
