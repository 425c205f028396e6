"""The service's own behaviour: what it checks in a call, and how it responds."""

from __future__ import annotations

import base64
import re
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from simulator.data import Tenant
from simulator.lists import LISTS, documented_paging, fields, requested_page
from simulator.messages import Call, json_response

_LONGEST_LIFETIME: Final = 3600
"""Seconds; a longer lifetime is an incorrect request, as documented."""


class Refusal(Exception):  # noqa: N818 - a response of the service, not an error of this program
    """The service refuses a call with a status, and a body in the form of its gateway."""

    def __init__(self, status: HTTPStatus, info: str) -> None:
        """`info` must not repeat the call: the service does not echo secrets by itself."""
        super().__init__(info)
        code = "0" if status is HTTPStatus.FORBIDDEN else str(status.value)
        self.response: Final = json_response(status, {"errorCode": code, "exceptionInfo": info})


class Service:
    """The token call and the list calls of a set of tenants."""

    def __init__(self, token_lifetime: int | None) -> None:
        """Begin without tenants. `token_lifetime` in seconds overrides the requested lifetime."""
        self.tokens: dict[str, tuple[str, float]] = {}
        """The app key and the deadline of each token that was issued, oldest first."""
        self._token_lifetime = token_lifetime
        self.set_tenants([])

    def set_tenants(self, tenants: Iterable[Tenant], *, new_token_ends_old: bool = False) -> None:
        """Replace all tenants. A token stays valid as long as a tenant has its key."""
        by_key = defaultdict[str, list[Tenant]](list)
        for tenant in tenants:
            by_key[tenant.app_key].append(tenant)
        self._by_key = by_key
        self._new_token_ends_old = new_token_ends_old
        self._encoded: dict[tuple[str, int], Response] = {}
        self._pages: Counter[tuple[str, str]] = Counter()

    def tenant_of(self, call: Call) -> Tenant | None:
        """Find the caller: by the key of a token call, by the token and the tenant space of another call."""
        tenants = self._tenants_of(call)
        return _of_space(tenants, call) or next(iter(tenants), None)

    def respond(self, call: Call, *, expire_token: bool = False) -> Response:
        """Check the call and respond. `expire_token` ends the token that it uses or gets."""
        try:
            _check_request(call)
            if call.name == "token":
                return self._token(call, expire_token=expire_token)
            if expire_token:
                self.end_token(call.bearer)
            return self._list(call)
        except Refusal as refusal:
            return refusal.response

    def end_token(self, value: str) -> None:
        """End a token now, if it was issued."""
        if value in self.tokens:
            self.tokens[value] = (self.tokens[value][0], float("-inf"))

    def secrets(self, call: Call, *, expire_token: bool) -> dict[str, str]:
        """Return the secrets of a call by name; empty if it has none. A token call gets a token here."""
        tenant, token = self.tenant_of(call), call.bearer
        key, secret = (tenant.app_key, tenant.app_secret) if tenant else ("", "")
        if call.name == "token":
            key, secret = call.key_pair
            token = self._issue(key, 600, expire_token=expire_token) if tenant else ""
        return {"app_key": key, "app_secret": secret, "token": token}

    def _issue(self, key: str, lifetime: int, *, expire_token: bool) -> str:
        """Make a token. Its 32 bytes end in `=` as base64, so URL-encoding always changes it."""
        if self._new_token_ends_old:
            for value in [value for value, (owner, _) in self.tokens.items() if owner == key]:
                self.end_token(value)
        value = f"tok-{len(self.tokens) + 1}-{base64.b64encode(secrets.token_bytes(32)).decode()}"
        self.tokens[value] = (key, float("-inf") if expire_token else time.monotonic() + lifetime)
        return value

    def _token(self, call: Call, *, expire_token: bool) -> Response:
        requested = call.headers.get("x-token-expire", "")
        if not re.fullmatch("[0-9]{1,9}", requested) or not 1 <= int(requested) <= _LONGEST_LIFETIME:
            raise Refusal(HTTPStatus.BAD_REQUEST, f"X-Token-Expire must be 1 to {_LONGEST_LIFETIME} seconds")
        key, secret = call.key_pair
        if not key or not secret:
            raise Refusal(HTTPStatus.BAD_REQUEST, "the body must be an object with app_key and app_secret")
        names = [tenant.name for tenant in self._tenants_of(call) if tenant.app_secret == secret]
        if not names:
            raise Refusal(HTTPStatus.FORBIDDEN, "auth fail! the app key or the app secret is wrong!")
        lifetime = int(requested) if self._token_lifetime is None else self._token_lifetime
        token = self._issue(key, lifetime, expire_token=expire_token)
        content = {"AccessToken": token, "ApplyType": "Bearer", "CreateTime": str(int(time.time()))}
        content |= {"Expires": str(lifetime), "Scope": "default", "AppKey": key, "UserID": names[0]}
        return json_response(HTTPStatus.OK, content)

    def _list(self, call: Call) -> Response:
        tenants = self._tenants_of(call)
        if not tenants:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "unauthorized! no access token of this server was sent!")
        key, deadline = self.tokens[call.bearer]
        if time.monotonic() >= deadline:
            info = "auth fail! please apply or refresh the access token from the server!"
            raise Refusal(HTTPStatus.FORBIDDEN, info)
        if call.headers.get("x-app-key", key) != key:
            raise Refusal(HTTPStatus.FORBIDDEN, "auth fail! X-APP-Key is not the access token's!")
        tenant = _of_space(tenants, call)
        if tenant is None:
            raise Refusal(HTTPStatus.FORBIDDEN, "auth fail! X-TenantSpaceID is not the access token's!")
        try:
            page = requested_page(LISTS[call.name].number, call.sent, call.content)
        except ValueError as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from error
        rows, total = getattr(tenant, LISTS[call.name].field), None
        if not LISTS[call.name].number:
            return self._encode_once(call.name, rows)
        if isinstance(rows, list | tuple):
            paging = tenant.paging or documented_paging
            rows, total = paging(rows, *page, self._pages[tenant.name, call.name])
            self._pages[tenant.name, call.name] += 1
        return json_response(HTTPStatus.OK, fields(call.name, rows, total))

    def _encode_once(self, stream: str, rows: object) -> Response:
        """Return the response of a list without pages. Tenants that share a list share its response."""
        key = stream, id(rows)
        if key not in self._encoded:
            self._encoded[key] = json_response(HTTPStatus.OK, fields(stream, rows, None))
        return self._encoded[key]

    def _tenants_of(self, call: Call) -> list[Tenant]:
        """Return the tenants of the call's key pair."""
        key = call.key_pair[0] if call.name == "token" else self.tokens.get(call.bearer, ("",))[0]
        return self._by_key.get(key, [])


def _check_request(call: Call) -> None:
    if call.name == "other":
        raise Refusal(HTTPStatus.NOT_FOUND, "no such path")
    if call.method != "POST":
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "the method must be POST")
    media_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refusal(HTTPStatus.BAD_REQUEST, "Content-Type must be application/json")


def _of_space(tenants: list[Tenant], call: Call) -> Tenant | None:
    """Choose among the tenants of one key pair; None if none of them has the call's tenant space."""
    space = call.headers.get("x-tenantspaceid")
    for tenant in tenants:
        if tenant.tenant_space_id == space:
            return tenant
    return tenants[0] if len(tenants) == 1 and None in {space, tenants[0].tenant_space_id} else None
