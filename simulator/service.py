"""The service's own behaviour: what it checks in a call, and what it answers."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Final

from simulator import lists
from simulator.accounts import Account
from simulator.http import Answer, Call, json_answer
from simulator.tokens import Tokens

LONGEST_LIFETIME: Final = 3600
"""Seconds; a longer wish is an incorrect request, as documented."""

_UNDOCUMENTED_LIFETIME: Final = 600
_AUTH_FAIL: Final = "auth fail! please apply or refresh the access token from the server!"


class Refusal(Exception):  # noqa: N818 - an answer of the service, not a fault of this program
    """The service refuses a call: a status, and a body in the shape of its gateway."""

    def __init__(self, status: HTTPStatus, info: str) -> None:
        """`info` must hold nothing that the call brought: the service does not echo secrets by itself."""
        super().__init__(info)
        code = "0" if status is HTTPStatus.FORBIDDEN else str(status.value)
        self.answer: Final = json_answer(status, {"errorCode": code, "exceptionInfo": info})


class Service:
    """The token call and the query over a set of tenants."""

    def __init__(
        self,
        accounts: Iterable[Account],
        *,
        forced_lifetime: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Hold `accounts`; `forced_lifetime` in seconds overrules what a caller wishes."""
        self.accounts: tuple[Account, ...] = tuple(accounts)
        self.tokens: Final = Tokens(clock)
        self._forced_lifetime = forced_lifetime

    def account_of(self, call: Call) -> Account | None:
        """Tell whose call this is: by the key that asks for a token, or by the token of a query."""
        if call.kind == "token":
            return self._by_key(_sent_pair(call)[0])
        token = self.tokens.find(call.bearer)
        return None if token is None else self._by_key(token.app_key)

    def answer(self, call: Call, *, revoke: bool = False) -> Answer:
        """Check the call and answer it; with `revoke` the token that it uses or gets is ended."""
        try:
            if call.kind == "token":
                return self._token(call, revoke=revoke)
            if call.kind != "other":
                return self._list(call, revoke=revoke)
        except Refusal as refusal:
            return refusal.answer
        return Refusal(HTTPStatus.NOT_FOUND, "no such path").answer

    def _token(self, call: Call, *, revoke: bool) -> Answer:
        _check_post_of_json(call)
        lifetime = _wished_lifetime(call)
        key, secret = _sent_pair(call)
        if not key or not secret:
            raise Refusal(HTTPStatus.BAD_REQUEST, "the body must be an object with app_key and app_secret")
        account = self._by_key(key)
        if account is None or account.app_secret != secret:
            raise Refusal(HTTPStatus.FORBIDDEN, "auth fail! the app key or the app secret is wrong!")
        if self._forced_lifetime is not None:
            lifetime = self._forced_lifetime
        token = self.tokens.issue(key, lifetime)
        if revoke:
            self.tokens.revoke(token)
        return json_answer(
            HTTPStatus.OK,
            {
                "AccessToken": token,
                "ApplyType": "Bearer",
                "CreateTime": str(int(time.time())),
                "Expires": str(lifetime),
                "Scope": "default",
                "AppKey": key,
                "UserID": account.name,
            },
        )

    def _list(self, call: Call, *, revoke: bool) -> Answer:
        _check_post_of_json(call)
        if revoke:
            self.tokens.revoke(call.bearer)
        token = self.tokens.find(call.bearer)
        account = None if token is None else self._by_key(token.app_key)
        if token is None or account is None:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "unauthorized! no access token of this server was sent!")
        if not self.tokens.is_live(token):
            raise Refusal(HTTPStatus.FORBIDDEN, _AUTH_FAIL)
        if call.headers.get("x-app-key", account.app_key) != account.app_key:
            raise Refusal(HTTPStatus.FORBIDDEN, "auth fail! X-APP-Key is not the access token's!")
        space = account.tenant_space_id
        if space is not None and call.headers.get("x-tenantspaceid", space) != space:
            raise Refusal(HTTPStatus.FORBIDDEN, "auth fail! X-TenantSpaceID is not the access token's!")
        if call.kind == "ivr_flows":
            if call.body and _json(call.body) != {}:
                raise Refusal(HTTPStatus.BAD_REQUEST, "the body must be an empty object")
            return account.answer
        if account.lists.get(call.kind) is None:
            raise Refusal(HTTPStatus.FORBIDDEN, "this list was not bought")
        answer = lists.answer(call.kind, call.body, account.lists[call.kind])
        if answer is None:
            raise Refusal(HTTPStatus.BAD_REQUEST, "the body is not as documented")
        return json_answer(HTTPStatus.OK, answer)

    def _by_key(self, app_key: str) -> Account | None:
        return next((account for account in self.accounts if account.app_key == app_key), None)


class CallSecrets:
    """The secrets that a call brought or gets, for faults that make the service echo them."""

    def __init__(self, service: Service, call: Call, *, revoke: bool) -> None:
        """With `revoke` a token that is issued to be echoed is dead from the start."""
        self._service = service
        self._call = call
        self._account = service.account_of(call)
        self._revoke = revoke
        self._token: str | None = None

    def __getitem__(self, name: str) -> str:
        """Give `app_key`, `app_secret` or `token`; an empty text when the call has none."""
        if name == "token":
            if self._token is None:
                self._token = self._used_or_issued()
            return self._token
        if self._call.kind == "token":
            return _sent_pair(self._call)[name == "app_secret"]
        return "" if self._account is None else getattr(self._account, name)

    def _used_or_issued(self) -> str:
        if self._call.kind != "token":
            return self._call.bearer or ""
        if self._account is None:
            return ""
        token = self._service.tokens.issue(self._account.app_key, _UNDOCUMENTED_LIFETIME)
        if self._revoke:
            self._service.tokens.revoke(token)
        return token


def _check_post_of_json(call: Call) -> None:
    if call.method != "POST":
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "the method must be POST")
    media_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refusal(HTTPStatus.BAD_REQUEST, "Content-Type must be application/json")


def _wished_lifetime(call: Call) -> int:
    text = call.headers.get("x-token-expire", "")
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= LONGEST_LIFETIME:
        raise Refusal(HTTPStatus.BAD_REQUEST, f"X-Token-Expire must be 1 to {LONGEST_LIFETIME} seconds")
    return int(text)


def _sent_pair(call: Call) -> tuple[str, str]:
    content = _json(call.body)
    if not isinstance(content, dict):
        return "", ""
    key, secret = content.get("app_key"), content.get("app_secret")
    return key if isinstance(key, str) else "", secret if isinstance(secret, str) else ""


def _json(body: bytes) -> object:
    """Parse a body; `None` when it is not JSON, which no call may send anyway."""
    try:
        content: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content
