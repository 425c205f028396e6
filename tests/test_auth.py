"""A token is fetched on first need, used until shortly before its end, and renewed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier, Event
from typing import Any, TypeVar

import pytest
import requests

from tap_ivrflow.aicc.errors import AuthenticationError, CallError
from tap_ivrflow.aicc.responses import Response
from tap_ivrflow.aicc.tokens import TOKEN_PATH, Authenticator, Token, parse_token

T = TypeVar("T")


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def response(expires: object = "600", value: str = "tok-1") -> dict[str, Any]:
    return {"AccessToken": value, "ApplyType": "Bearer", "Expires": expires}


class Caller:
    """A client whose token call is answered from here."""

    def __init__(self, lifetime: int = 600, wait: Callable[[], object] = int) -> None:
        self.lifetime = lifetime
        self.wait = wait
        self.calls = 0

    def post_unsigned(self, path: str, *, headers: Mapping[str, str], body: object) -> Response:
        assert path == TOKEN_PATH
        assert headers == {"X-Token-Expire": "3600"}
        assert body == {"app_key": "key", "app_secret": "secret"}
        self.calls += 1
        self.wait()
        return Response(200, json.dumps(response(str(self.lifetime), f"tok-{self.calls}")).encode())

    def retry_token_call(self, attempt: Callable[[], T]) -> T:
        return attempt()


def authenticator(clock: Clock, mask: Callable[[str], object] = str) -> Authenticator:
    return Authenticator("key", "secret", lifetime=3600, mask=mask, clock=clock)


def test_a_token_is_reused_until_a_tenth_of_its_life_is_left() -> None:
    clock, caller, masked = Clock(), Caller(), list[str]()
    auth = authenticator(clock, masked.append)
    assert caller.calls == 0
    assert auth.token(caller).value == "tok-1"
    clock.now += 539
    assert auth.token(caller).value == "tok-1"
    clock.now += 1
    assert auth.token(caller).value == "tok-2"
    assert masked == ["tok-1", "tok-2"]


def test_a_slow_token_call_shortens_the_use_of_its_token() -> None:
    clock = Clock()

    def take_a_minute() -> None:
        clock.now += 60

    assert authenticator(clock).token(Caller(wait=take_a_minute)).deadline == pytest.approx(1540)


def test_a_token_that_has_no_life_left_is_still_handed_out_once() -> None:
    caller, auth = Caller(lifetime=0), authenticator(Clock())
    assert [auth.token(caller).value for _ in range(2)] == ["tok-1", "tok-2"]


def test_an_invalidated_token_is_replaced_and_a_newer_one_is_left_alone() -> None:
    caller, auth = Caller(), authenticator(Clock())
    old = auth.token(caller)
    auth.invalidate(old)
    new = auth.token(caller)
    auth.invalidate(old)
    assert auth.token(caller) is new
    assert caller.calls == 2


def test_a_refused_token_is_renewed_once() -> None:
    caller, auth, sent = Caller(), authenticator(Clock()), []

    def send(token: Token) -> None:
        sent.append(token.value)
        raise AuthenticationError("answered 403")

    with pytest.raises(AuthenticationError):
        auth.signed(caller, send)
    assert sent == ["tok-1", "tok-2"]
    # It may be the list that is refused, and not the token, which others use.
    assert auth.token(caller).value == "tok-2"


@pytest.mark.parametrize(("replacements", "sends"), [(3, 4), (99, 8)])
def test_a_refusal_of_a_token_that_was_replaced_does_not_count(replacements: int, sends: int) -> None:
    caller, auth, sent = Caller(), authenticator(Clock()), []

    def send(token: Token) -> str:
        sent.append(token)
        if len(sent) > replacements:
            return "rows"
        # What another thread does meanwhile.
        auth.invalidate(token)
        auth.token(caller)
        raise AuthenticationError("answered 403")

    if replacements < sends:
        assert auth.signed(caller, send) == "rows"
    else:
        with pytest.raises(AuthenticationError):
            auth.signed(caller, send)
    assert len(sent) == sends


def test_threads_share_one_token_call() -> None:
    begun = Barrier(8)
    waiting = Event()
    # By the time that the first call is answered, all the others want a token too.
    caller = Caller(wait=lambda: waiting.wait(60))
    auth = authenticator(Clock())

    def fetch() -> str:
        if begun.wait(60) == 0:
            waiting.set()
        return auth.token(caller).value

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(fetch) for _ in range(8)]
    assert [future.result() for future in futures] == ["tok-1"] * 8
    assert caller.calls == 1


def test_threads_share_the_failure_of_one_token_call() -> None:
    begun = Barrier(8)
    waiting = Event()

    def fail() -> None:
        waiting.wait(60)
        raise CallError("got no answer")

    caller = Caller(wait=fail)
    auth = authenticator(Clock())

    def fetch() -> str:
        if begun.wait(60) == 0:
            waiting.set()
        with pytest.raises(CallError, match="got no answer"):
            auth.token(caller)
        return "failed"

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(fetch) for _ in range(8)]
    assert [future.result() for future in futures] == ["failed"] * 8
    shared = caller.calls
    with pytest.raises(CallError):
        auth.token(caller)  # Later it may be there again.
    assert caller.calls == shared + 1


@pytest.mark.parametrize(
    ("expires", "seconds"),
    [
        *[("600", 600), ("60", 60), (600, 600), ("0", 0)],
        *[(odd, 3600) for odd in ("", None, "soon", "-5", "6e2", "1.5", "٦", "9" * 20, True)],
    ],
)
def test_the_lifetime_is_what_the_answer_says_if_it_says_a_number(expires: object, seconds: int) -> None:
    assert parse_token(response(expires), asked=50.0, lifetime=3600).deadline == pytest.approx(
        50 + seconds * 0.9
    )


def test_an_answer_without_expires_falls_back_to_the_setting() -> None:
    assert parse_token({"AccessToken": "t"}, asked=0.0, lifetime=100).deadline == pytest.approx(90)


@pytest.mark.parametrize("value", [None, "", " ", "a b", "a\nb", "é", 7, [], {}])
def test_a_token_that_a_header_cannot_carry_is_refused_without_being_shown(value: object) -> None:
    with pytest.raises(CallError) as caught:
        parse_token({"AccessToken": value, "message": ["odd"]}, asked=0.0, lifetime=60)
    assert (
        str(caught.value)
        == "answered 200 without a usable AccessToken (check app_key, app_secret and api_url)"
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"retCode": "7", "AccessToken": ""}, "7"),
        ({"error": "invalid_client", "error_description": "no such app"}, "no such app"),
        ({"error": "invalid_client"}, "invalid_client"),
        ({"resultCode": 12}, "12"),
        ({"resultCode": "7", "resultDesc": "locked"}, "locked"),
        ({"errorMsg": "suspended", "errorCode": "9"}, "suspended"),
        ({"error": {"code": "9", "message": "deep"}, "message": "failed"}, "deep"),
        ({"error": {"code": "9"}, "message": "outer"}, "outer"),
        ({"code": "APIG.0301", "msg": "wrong"}, "wrong"),
        ({"error": ["x"], "retCode": "0", "errorCode": 0, "code": True}, ""),
    ],
)
def test_a_service_that_gives_no_token_is_told_in_its_own_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(AuthenticationError) as caught:
        parse_token(fields, asked=0.0, lifetime=60)
    assert caught.value.server_message == words


def test_a_token_signs_a_request_with_one_space_and_does_not_show_itself() -> None:
    token = Token("tok+/=", 0.0)
    request = requests.Request("POST", "http://127.0.0.1/", auth=token).prepare()
    assert request.headers["Authorization"] == "Bearer tok+/="
    assert "tok" not in repr(token)
