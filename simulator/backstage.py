"""The control interface under `/_simulator/`: how tests change the stand-in and learn what happened in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPStatus
from typing import Final, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from simulator.accounts import parse_accounts
from simulator.app import StandIn
from simulator.faults import parse_faults

PREFIX: Final = "/_simulator"

_Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def application(stand_in: StandIn) -> Router:
    """Join the control interface and the service, which gets every other path."""
    backstage = Backstage(stand_in)
    endpoints: tuple[tuple[str, str, _Endpoint], ...] = (
        ("DELETE", "", backstage.reset),
        ("PUT", "/tenants", backstage.put_tenants),
        ("POST", "/faults", backstage.add_faults),
        ("DELETE", "/faults", backstage.clear_faults),
        ("GET", "/calls", backstage.calls),
        ("DELETE", "/calls", backstage.clear_calls),
        ("GET", "/tokens", backstage.tokens),
    )
    routes = [
        Route(PREFIX + path, _explained(endpoint), methods=[method]) for method, path, endpoint in endpoints
    ]
    routes.append(Route(PREFIX + "/{rest:path}", _unknown, methods=["GET", "PUT", "POST", "DELETE"]))
    return Router(routes, redirect_slashes=False, default=stand_in)


class Backstage:
    """The endpoints; they answer 204, or JSON where something was asked."""

    def __init__(self, stand_in: StandIn) -> None:
        """Control `stand_in`."""
        self._stand_in = stand_in

    async def reset(self, _: Request) -> Response:
        """Bring everything back to the start."""
        self._stand_in.reset()
        return _done()

    async def put_tenants(self, request: Request) -> Response:
        """Replace all tenants; a token lives on as long as there is a tenant with its key."""
        self._stand_in.service.accounts = parse_accounts(await request.json())
        return _done()

    async def add_faults(self, request: Request) -> Response:
        """Order faults, all or none."""
        for fault in parse_faults(await request.json()):
            self._stand_in.faults.add(fault)
        return _done()

    async def clear_faults(self, _: Request) -> Response:
        """Drop the faults that are not used up."""
        self._stand_in.faults.clear()
        return _done()

    async def calls(self, _: Request) -> Response:
        """Report what reached the service."""
        names = [account.name for account in self._stand_in.service.accounts]
        return JSONResponse(self._stand_in.traffic.report(names))

    async def clear_calls(self, _: Request) -> Response:
        """Begin counting anew."""
        self._stand_in.traffic.clear()
        return _done()

    async def tokens(self, _: Request) -> Response:
        """List every token that was issued, so that tests can search output for them."""
        return JSONResponse(self._stand_in.service.tokens.values())


def _explained(endpoint: _Endpoint) -> _Endpoint:
    """Answer 400 with the reason where what was sent is wrong."""

    @wraps(endpoint)
    async def explaining(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, HTTPStatus.BAD_REQUEST)

    return explaining


async def _unknown(_: Request) -> Response:
    return JSONResponse({"error": "no such path of the control interface"}, HTTPStatus.NOT_FOUND)


def _done() -> Response:
    return Response(status_code=HTTPStatus.NO_CONTENT)
