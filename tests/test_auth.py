"""A token is fetched on first need, used until shortly before its end, and renewed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier, Event
from typing import Any

import pytest
import requests

from tap_ivrflow.auth import Authenticator, Token, read_token
from tap_ivrflow.errors import CallError


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def answer(expires: object = "600", value: str = "tok-1") -> dict[str, Any]:
    return {"AccessToken": value, "ApplyType": "Bearer", "Expires": expires}


class Service:
    def __init__(self, clock: Clock, lifetime: int = 600) -> None:
        self.clock = clock
        self.lifetime = lifetime
        self.calls = 0

    def fetch(self) -> Token:
        self.calls += 1
        return read_token(answer(str(self.lifetime), f"tok-{self.calls}"), asked=self.clock(), lifetime=3600)


def test_a_token_is_reused_until_a_tenth_of_its_life_is_left() -> None:
    clock = Clock()
    service = Service(clock)
    authenticator = Authenticator(service.fetch, clock=clock)
    assert service.calls == 0
    assert authenticator.token().value == "tok-1"
    clock.now += 539
    assert authenticator.token().value == "tok-1"
    clock.now += 1
    assert authenticator.token().value == "tok-2"


def test_a_token_that_has_no_life_left_is_still_handed_out_once() -> None:
    clock = Clock()
    service = Service(clock, lifetime=0)
    authenticator = Authenticator(service.fetch, clock=clock)
    assert [authenticator.token().value for _ in range(2)] == ["tok-1", "tok-2"]


def test_an_invalidated_token_is_replaced_and_a_newer_one_is_left_alone() -> None:
    clock = Clock()
    service = Service(clock)
    authenticator = Authenticator(service.fetch, clock=clock)
    old = authenticator.token()
    authenticator.invalidate(old)
    new = authenticator.token()
    authenticator.invalidate(old)
    assert authenticator.token() is new
    assert service.calls == 2


def test_threads_share_one_token_call() -> None:
    begun = Barrier(8)
    waiting = Event()
    calls = []

    def fetch() -> Token:
        calls.append("token")
        # By the time that the first call is answered, all the others want a token too.
        assert waiting.wait(60)
        return Token("tok", 1e9)

    authenticator = Authenticator(fetch, clock=Clock())

    def read() -> str:
        if begun.wait(60) == 0:
            waiting.set()
        return authenticator.token().value

    with ThreadPoolExecutor(8) as pool:
        readings = [pool.submit(read) for _ in range(8)]
    assert [reading.result() for reading in readings] == ["tok"] * 8
    assert calls == ["token"]


@pytest.mark.parametrize(
    ("expires", "seconds"),
    [
        *[("600", 600), ("60", 60), (600, 600), ("0", 0)],
        *[(odd, 3600) for odd in ("", None, "soon", "-5", "6e2", "1.5", "٦", "9" * 20, True)],
    ],
)
def test_the_lifetime_is_what_the_answer_says_if_it_says_a_number(expires: object, seconds: int) -> None:
    assert read_token(answer(expires), asked=50.0, lifetime=3600).deadline == pytest.approx(
        50 + seconds * 0.9
    )


def test_an_answer_without_expires_falls_back_to_the_setting() -> None:
    assert read_token({"AccessToken": "t"}, asked=0.0, lifetime=100).deadline == pytest.approx(90)


@pytest.mark.parametrize("value", [None, "", " ", "a b", "a\nb", "é", 7, [], {}])
def test_a_token_that_a_header_cannot_carry_is_refused_without_being_shown(value: object) -> None:
    with pytest.raises(CallError) as caught:
        read_token({"AccessToken": value, "message": ["odd"]}, asked=0.0, lifetime=60)
    assert (
        str(caught.value)
        == "answered 200 without a usable AccessToken (check app_key, app_secret and api_url)"
    )


def test_a_token_signs_a_request_with_one_space_and_does_not_show_itself() -> None:
    token = Token("tok+/=", 0.0)
    request = requests.Request("POST", "http://127.0.0.1/", auth=token).prepare()
    assert request.headers["Authorization"] == "Bearer tok+/="
    assert "tok" not in repr(token)
