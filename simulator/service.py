"""The service's own behaviour: what it checks in a call, and what it answers."""

from __future__ import annotations

import base64
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Final

from simulator.data import Tenant
from simulator.http import Call, Response, json_response
from simulator.lists import LISTS, asked_page, content

_LONGEST_LIFETIME: Final = 3600
"""Seconds; a longer wish is an incorrect request, as documented."""


class Refusal(Exception):  # noqa: N818 - an answer of the service, not an error of this program
    """The service refuses a call: a status, and a body in the shape of its gateway."""

    def __init__(self, status: HTTPStatus, info: str) -> None:
        """`info` must hold nothing that the call brought: the service does not echo secrets by itself."""
        super().__init__(info)
        code = "0" if status is HTTPStatus.FORBIDDEN else str(status.value)
        self.response: Final = json_response(status, {"errorCode": code, "exceptionInfo": info})


@dataclass
class _Token:
    app_key: str
    deadline: float


@dataclass(frozen=True)
class _Account:
    """A tenant, how often each list was asked for, and the lists without pages, each encoded once."""

    tenant: Tenant
    calls: Counter[str] = field(default_factory=Counter)
    encoded: dict[str, Response] = field(default_factory=dict)

    def respond(self, stream: str, page: tuple[int, int]) -> Response:
        """Answer a list call that was checked."""
        tenant, rows = self.tenant, getattr(self.tenant, LISTS[stream].field)
        if stream in self.encoded:
            return self.encoded[stream]
        number = self.calls[stream]
        self.calls[stream] += 1
        fields = content(
            stream, rows(number) if callable(rows) else rows, tenant.paging_of(stream), page, number
        )
        response = json_response(
            200, {"schema": fields} if tenant.result_under_schema else fields, tenant.charset
        )
        response = response.compressed() if tenant.gzip else response
        if LISTS[stream].number is None and not callable(rows):
            self.encoded[stream] = response
        return response


class Service:
    """The token call and the list calls over a set of tenants."""

    def __init__(self, *, token_lifetime: int | None, clock: Callable[[], float]) -> None:
        """Begin without tenants; `token_lifetime` in seconds overrules what a caller wishes."""
        self.new_token_ends_old = False
        self.token_port: int | None = None
        """The port for token calls alone, if there is one."""
        self.tokens: dict[str, _Token] = {}
        """All tokens that were sent out, oldest first."""
        self._token_lifetime = token_lifetime
        self._clock = clock
        self._accounts: Mapping[str, list[_Account]] = {}

    def set_tenants(self, tenants: Iterable[Tenant]) -> None:
        """Replace all tenants; a token lives on as long as there is a tenant with its key."""
        accounts: dict[str, list[_Account]] = {}
        for tenant in tenants:
            accounts.setdefault(tenant.app_key, []).append(_Account(tenant))
        self._accounts = accounts

    def names(self) -> list[str]:
        """Name the tenants."""
        return [account.tenant.name for accounts in self._accounts.values() for account in accounts]

    def tenant_of(self, call: Call) -> Tenant | None:
        """Find the caller: by the key of a token call, by the token and the tenant space of any other."""
        accounts = self._accounts_of(call)
        account = _of_space(accounts, call) or next(iter(accounts), None)
        return None if account is None else account.tenant

    def respond(self, call: Call, *, expire_token: bool = False) -> Response:
        """Check the call and answer it; with `expire_token` the token that it uses or gets ends now."""
        try:
            self._check_request(call)
            if call.name == "token":
                return self._token(call, expire_token=expire_token)
            if expire_token:
                self.end_token(call.bearer)
            return self._list(call)
        except Refusal as refusal:
            return refusal.response

    def end_token(self, value: str) -> None:
        """End a token now; one that was never issued stays unknown."""
        if value in self.tokens:
            self.tokens[value].deadline = float("-inf")

    def secrets(self, call: Call, *, expire_token: bool) -> Callable[[str], str]:
        """Return what gives the secrets that a call brought or gets, by name; empty for what it has not."""

        @cache
        def secret(name: str) -> str:
            tenant = self.tenant_of(call)
            if name == "token":
                if call.name != "token" or tenant is None:
                    return call.bearer
                return self._issue(tenant.app_key, 600, expire_token=expire_token)
            if call.name == "token":
                return call.key_pair[name == "app_secret"]
            return getattr(tenant, name, "")

        return secret

    def _check_request(self, call: Call) -> None:
        is_elsewhere = self.token_port is not None and (call.port == self.token_port) != (
            call.name == "token"
        )
        if call.name == "other" or is_elsewhere:
            raise Refusal(HTTPStatus.NOT_FOUND, "no such path")
        if call.method != "POST":
            raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "the method must be POST")
        media_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise Refusal(HTTPStatus.BAD_REQUEST, "Content-Type must be application/json")

    def _issue(self, key: str, lifetime: int, *, expire_token: bool) -> str:
        """Make a token; its 32 bytes end in a `=` as base64, so that URL-encoding always changes it."""
        if self.new_token_ends_old:
            for token in self.tokens.values():
                token.deadline = float("-inf") if token.app_key == key else token.deadline
        value = f"tok-{len(self.tokens) + 1}-{base64.b64encode(secrets.token_bytes(32)).decode()}"
        self.tokens[value] = _Token(key, float("-inf") if expire_token else self._clock() + lifetime)
        return value

    def _token(self, call: Call, *, expire_token: bool) -> Response:
        wished = call.headers.get("x-token-expire", "")
        if not re.fullmatch("[0-9]{1,9}", wished) or not 1 <= int(wished) <= _LONGEST_LIFETIME:
            raise Refusal(HTTPStatus.BAD_REQUEST, f"X-Token-Expire must be 1 to {_LONGEST_LIFETIME} seconds")
        key, secret = call.key_pair
        if not key or not secret:
            raise Refusal(HTTPStatus.BAD_REQUEST, "the body must be an object with app_key and app_secret")
        names = [each.tenant.name for each in self._accounts_of(call) if each.tenant.app_secret == secret]
        if not names:
            raise Refusal(HTTPStatus.FORBIDDEN, "auth fail! the app key or the app secret is wrong!")
        lifetime = int(wished) if self._token_lifetime is None else self._token_lifetime
        token = self._issue(key, lifetime, expire_token=expire_token)
        fields = {"AccessToken": token, "ApplyType": "Bearer", "CreateTime": str(int(time.time()))}
        fields |= {"Expires": str(lifetime), "Scope": "default", "AppKey": key, "UserID": names[0]}
        return json_response(HTTPStatus.OK, fields)

    def _list(self, call: Call) -> Response:
        token, accounts = self.tokens.get(call.bearer), self._accounts_of(call)
        if token is None or not accounts:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "unauthorized! no access token of this server was sent!")
        if self._clock() >= token.deadline:
            info = "auth fail! please apply or refresh the access token from the server!"
            raise Refusal(HTTPStatus.FORBIDDEN, info)
        if call.headers.get("x-app-key", token.app_key) != token.app_key:
            raise Refusal(HTTPStatus.FORBIDDEN, "auth fail! X-APP-Key is not the access token's!")
        account = _of_space(accounts, call)
        if account is None:
            raise Refusal(HTTPStatus.FORBIDDEN, "auth fail! X-TenantSpaceID is not the access token's!")
        try:
            page = asked_page(LISTS[call.name].number, call.body, call.json)
        except ValueError as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from error
        return account.respond(call.name, page)

    def _accounts_of(self, call: Call) -> list[_Account]:
        """Return the tenants of the call's key pair."""
        if call.name == "token":
            return self._accounts.get(call.key_pair[0], [])
        token = self.tokens.get(call.bearer)
        return [] if token is None else self._accounts.get(token.app_key, [])


def _of_space(accounts: list[_Account], call: Call) -> _Account | None:
    """Choose among the tenants of one key pair; None if the call's tenant space is that of none of them."""
    space = call.headers.get("x-tenantspaceid")
    for account in accounts:
        if account.tenant.tenant_space_id == space:
            return account
    if len(accounts) == 1 and None in {space, accounts[0].tenant.tenant_space_id}:
        return accounts[0]
    return None
