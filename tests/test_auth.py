"""A token is fetched on first need, used until shortly before its end, and renewed."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Barrier, Event
from typing import Any

import pytest
from typing_extensions import override

from tap_ivrflow.aicc.calls import IVR_FLOWS
from tap_ivrflow.aicc.client import Client, Shared
from tap_ivrflow.aicc.errors import AuthenticationError, CallError, DeadHostError
from tap_ivrflow.aicc.responses import Response
from tap_ivrflow.aicc.retry import Retry
from tap_ivrflow.aicc.tokens import TOKEN_PATH, Token, Tokens, parse_token
from tap_ivrflow.aicc.transport import Headers, Session, Transport


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def response(expires: object = "600", value: str = "a-token-1") -> dict[str, Any]:
    return {"AccessToken": value, "ApplyType": "Bearer", "Expires": expires}


class Service:
    """Answers token calls, and counts them."""

    def __init__(self, clock: Clock, lifetime: int = 600, wait: Callable[[], object] = int) -> None:
        self.clock = clock
        self.lifetime = lifetime
        self.wait = wait
        self.calls = 0

    def ask(self) -> Token:
        self.calls += 1
        asked = self.clock()
        self.wait()
        fields = response(str(self.lifetime), f"a-token-{self.calls}")
        return parse_token(fields, asked=asked, lifetime=3600, mask=str)


def started(**options: Any) -> tuple[Clock, Service, Tokens]:
    clock = Clock()
    return clock, Service(clock, **options), Tokens(clock)


def test_a_token_is_reused_until_a_tenth_of_its_life_is_left() -> None:
    clock, service, tokens = started()
    assert service.calls == 0
    assert tokens.get(service.ask).value == "a-token-1"
    clock.now += 539
    assert tokens.get(service.ask).value == "a-token-1"
    clock.now += 1
    assert tokens.get(service.ask).value == "a-token-2"


def test_a_token_that_has_no_life_left_is_still_handed_out_once() -> None:
    _, service, tokens = started(lifetime=0)
    assert [tokens.get(service.ask).value for _ in range(2)] == ["a-token-1", "a-token-2"]


def test_a_dropped_token_is_replaced_and_a_newer_one_is_left_alone() -> None:
    _, service, tokens = started()
    old = tokens.get(service.ask)
    assert tokens.is_current(old)
    assert tokens.drop(old)
    new = tokens.get(service.ask)
    assert not tokens.drop(old)
    assert not tokens.is_current(old)
    assert tokens.get(service.ask) is new
    assert service.calls == 2


def race(tokens: Tokens, ask: Callable[[], Token], waiting: Event) -> list[str | CallError]:
    """What eight threads get that want a token at the same time."""
    begun = Barrier(8)

    def fetch() -> str | CallError:
        # By the time that the first call is answered, all the others want a token too.
        if begun.wait(60) == 0:
            waiting.set()
        try:
            return tokens.get(ask).value
        except CallError as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(fetch) for _ in range(8)]
    return [future.result() for future in futures]


def test_threads_share_one_token_call() -> None:
    waiting = Event()
    _, service, tokens = started(wait=lambda: waiting.wait(60))
    assert race(tokens, service.ask, waiting) == ["a-token-1"] * 8
    assert service.calls == 1


def test_a_failure_that_may_pass_is_shared_by_those_that_wait_only() -> None:
    waiting = Event()

    def fail() -> None:
        waiting.wait(60)
        raise CallError("got no answer")

    _, service, tokens = started(wait=fail)
    assert list(map(str, race(tokens, service.ask, waiting))) == ["got no answer"] * 8
    shared = service.calls
    with pytest.raises(CallError) as caught:
        tokens.get(service.ask)
    assert not caught.value.is_repeated
    assert service.calls == shared + 1


def test_a_dead_host_is_new_to_those_only_that_called_it() -> None:
    waiting = Event()

    def fail() -> None:
        waiting.wait(60)
        raise DeadHostError("was not made")

    _, service, tokens = started(wait=fail)
    errors = [each for each in race(tokens, service.ask, waiting) if isinstance(each, CallError)]
    assert len(errors) == 8
    assert [error.is_repeated for error in errors].count(False) == service.calls


def test_a_key_pair_that_is_refused_is_asked_about_once() -> None:
    def refuse() -> None:
        raise AuthenticationError("answered 403", 403)

    _, service, tokens = started(wait=refuse)
    for is_repeated in (False, True, True):
        with pytest.raises(AuthenticationError, match="403") as caught:
            tokens.get(service.ask)
        assert caught.value.is_repeated == is_repeated
    assert service.calls == 1


@pytest.mark.parametrize(
    ("expires", "seconds"),
    [
        *[("600", 600), ("60", 60), (600, 600), ("0", 0)],
        *[(odd, 3600) for odd in ("", None, "soon", "-5", "6e2", "1.5", "٦", "9" * 20, True)],
    ],
)
def test_the_lifetime_is_what_the_answer_says_if_it_says_a_number(expires: object, seconds: int) -> None:
    assert parse_token(response(expires), asked=50.0, lifetime=3600, mask=str).deadline == pytest.approx(
        50 + seconds * 0.9
    )


def test_an_answer_without_expires_falls_back_to_the_setting() -> None:
    assert parse_token(
        {"AccessToken": "a-token-1"}, asked=0.0, lifetime=100, mask=str
    ).deadline == pytest.approx(90)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        "12",
        "token-7",
        "token 1234",
        "token-1\nb",
        "token-12\n",
        "tokén-123",
        1234567890,
        [],
        {},
    ],
)
def test_a_token_that_a_header_cannot_carry_is_refused_without_being_shown(value: object) -> None:
    with pytest.raises(CallError) as caught:
        parse_token({"AccessToken": value, "message": ["odd"]}, asked=0.0, lifetime=60, mask=str)
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
        parse_token(fields, asked=0.0, lifetime=60, mask=str)
    assert caught.value.server_message == words


def test_a_token_does_not_show_itself() -> None:
    assert "tok" not in repr(Token("tok+/=", 0.0)).removeprefix("Token")


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("a-token-1", True),
        ("tokén-123", True),
        ("a-token-1\n", True),
        ("a-token\n", False),
        (12345678, False),
    ],
)
def test_a_token_is_masked_unless_it_is_short_or_a_number(value: object, *, masked: bool) -> None:
    told: list[object] = []
    with suppress(CallError):
        parse_token({"AccessToken": value}, asked=0.0, lifetime=60, mask=told.append)
    assert told == [str(value).strip() if masked else ""]


class Revoking(Transport):
    """Refuses each list call until another thread has replaced the token so many times."""

    def __init__(self, replacements: int) -> None:
        super().__init__()
        self.replacements = replacements
        self.sent: list[str] = []
        self.tokens: Tokens

    @override
    def post(self, session: Session, url: str, *, headers: Headers, **_: object) -> Response:
        if url.endswith(TOKEN_PATH):
            return Response(200, json.dumps(response(value=f"a-token-{len(self.sent)}")).encode())
        self.sent.append(headers["Authorization"] or "")
        if len(self.sent) > self.replacements:
            return Response(200, b'{"retCode": "0", "result": []}')
        self.tokens.drop(self.tokens.get(pytest.fail))
        self.tokens.get(lambda: Token(f"another-{len(self.sent)}", 10**9))
        return Response(403, b"{}")


@pytest.mark.parametrize(("replacements", "sends"), [(3, 4), (99, 8)])
def test_a_refusal_of_a_token_that_was_replaced_does_not_count(replacements: int, sends: int) -> None:
    transport = Revoking(replacements)
    shared = Shared(transport=transport, retry=Retry(0))
    transport.tokens = shared.tokens("http://x", "http://x", "key", "secret")
    client = Client("key", "secret", api_url="http://x", shared=shared)
    if replacements < sends:
        assert client.fetch(IVR_FLOWS) == []
    else:
        with pytest.raises(AuthenticationError, match="403"):
            client.fetch(IVR_FLOWS)
    assert len(transport.sent) == sends
