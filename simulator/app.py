"""The ASGI application: the service behind its faults, with everything that passes counted."""

from __future__ import annotations

from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from simulator.connection import Connection
from simulator.faults import Fault, FaultQueue
from simulator.http import Call, Response
from simulator.service import Service
from simulator.traffic import Traffic

_CHUNK: Final = 256 * 1024
"""Bytes given to the transport at a time: it would keep a second copy of 100 MB written at once."""

_BODILESS: Final = frozenset({204, 304})


class App:
    """Answers each call of `service` after `latency` seconds, unless a fault says otherwise."""

    def __init__(self, service: Service, latency: float) -> None:
        """Begin without faults and with nothing counted."""
        self._service: Final = service
        self._faults: Final = FaultQueue()
        self._traffic: Final = Traffic()
        self._latency = latency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one call to the last byte of its response, or to the end that a fault makes."""
        connection, request = Connection.of(scope), Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        call = Call(scope["method"], scope["path"], scope["server"][1], dict(request.headers), body)
        tenant = self._service.tenant_of(call)
        name = None if tenant is None else tenant.name
        with self._traffic.in_progress(call, name, connection) as entry:
            fault = self._faults.take(call.name, name)
            await connection.pause(fault.delay + (0 if call.name == "other" else self._latency))
            if connection.is_lost:
                return
            if fault.repeat:
                await connection.repeat(fault.raw or b"", fault.repeat)
            elif not _hung_up(connection, fault):
                response = self._respond(call, fault)
                entry["status"] = response.status
                if await _delivered(response, fault, connection, send):
                    return
        # uvicorn takes it for a defect when an application returns without a complete response while the
        # connection still stands.
        while (await receive())["type"] != "http.disconnect":
            pass

    def _respond(self, call: Call, fault: Fault) -> Response:
        secret = self._service.secrets(call, expire_token=fault.expire_token)
        if not fault.replaces_response:
            response = self._service.respond(call, expire_token=fault.expire_token)
            return fault.with_headers(response, secret)
        if fault.expire_token:
            self._service.end_token(call.bearer)
        return fault.response(secret)


def _hung_up(connection: Connection, fault: Fault) -> bool:
    """End the connection in place of a response, if the fault asks for it."""
    if fault.reset:
        connection.reset()
    elif fault.close or fault.raw is not None:
        connection.close(last_words=fault.raw or b"")
    else:
        return False
    return True


async def _delivered(response: Response, fault: Fault, connection: Connection, send: Send) -> bool:
    """Send a response; false when it was cut and the connection closed."""
    body = b"" if response.status in _BODILESS else response.body
    headers = [(name.encode(), value.encode("latin-1")) for name, value in response.headers.items()]
    if response.status not in _BODILESS:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    end, sent = min(len(body), len(body) if fault.cut_after is None else fault.cut_after), 0
    if fault.delay_body:
        sent = min(1, end)
        await send({"type": "http.response.body", "body": body[:sent], "more_body": True})
        await connection.pause(fault.delay_body)
    while end - sent > _CHUNK:
        await send({"type": "http.response.body", "body": body[sent : sent + _CHUNK], "more_body": True})
        sent += _CHUNK
    is_cut = fault.cut_after is not None
    await send({"type": "http.response.body", "body": body[sent:end], "more_body": is_cut})
    if is_cut:
        connection.close()
    return not is_cut
