"""The stand-in: the service behind its faults, with everything that passes counted."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from simulator.accounts import accounts_of
from simulator.connection import Connection
from simulator.data import Tenant
from simulator.faults import Fault, FaultQueue
from simulator.http import Answer, Call, joined_headers
from simulator.service import CallSecrets, Service
from simulator.traffic import Traffic

_CHUNK: Final = 256 * 1024
"""Bytes given to the transport at a time: it would keep a second copy of 100 MB written at once."""

_BODILESS: Final = frozenset({204, 304})


class StandIn:
    """The ASGI application for every path that is not of the control interface."""

    def __init__(
        self, tenants: Iterable[Tenant], *, latency: float = 0, forced_lifetime: int | None = None
    ) -> None:
        """Serve `tenants`, each call of theirs after `latency` seconds."""
        self._start: Final = accounts_of(tenants)
        self._latency = latency
        self.service: Final = Service(self._start, forced_lifetime=forced_lifetime)
        self.faults: Final = FaultQueue()
        self.traffic: Final = Traffic()

    def reset(self) -> None:
        """Go back to the start: its tenants, no faults, no counts, no tokens."""
        self.service.accounts = self._start
        self.service.tokens.clear()
        self.faults.clear()
        self.traffic.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one call from its arrival to the last byte of its answer, or to the end that a fault makes."""
        connection = Connection.of(scope)
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        call = Call(scope["method"], scope["path"], joined_headers(scope["headers"]), body)
        account = self.service.account_of(call)
        tenant = None if account is None else account.name
        with self.traffic.in_progress(call, tenant, connection) as entry:
            fault = self.faults.take(call.kind, tenant)
            await connection.pause(fault.delay + (0 if call.kind == "other" else self._latency))
            if connection.is_lost:
                return
            if not _hung_up(connection, fault):
                answer = self._answer(call, fault)
                entry.status = answer.status
                if await _delivered(answer, fault, connection, send):
                    return
        # uvicorn takes it for a defect when an application returns without a complete answer while the
        # connection still stands.
        while (await receive())["type"] != "http.disconnect":
            pass

    def _answer(self, call: Call, fault: Fault) -> Answer:
        secrets = CallSecrets(self.service, call, revoke=fault.expire_token)
        if not fault.replaces_answer:
            return fault.dressed(self.service.answer(call, revoke=fault.expire_token), secrets)
        if fault.expire_token:
            self.service.tokens.revoke(call.bearer)
        return fault.replacement(secrets)


def _hung_up(connection: Connection, fault: Fault) -> bool:
    """End the connection instead of answering, if the fault asks for it."""
    if fault.reset:
        connection.reset()
    elif fault.raw_base64 is not None:
        connection.close(last_words=base64.b64decode(fault.raw_base64))
    elif fault.close:
        connection.close()
    else:
        return False
    return True


async def _delivered(answer: Answer, fault: Fault, connection: Connection, send: Send) -> bool:
    """Send an answer; false when it was cut and the connection closed."""
    body = b"" if answer.status in _BODILESS else answer.body
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    if answer.status not in _BODILESS:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    end = len(body) if fault.cut_after is None else min(fault.cut_after, len(body))
    sent = 0
    if fault.delay_body:
        sent = min(1, end)
        await send({"type": "http.response.body", "body": body[:sent], "more_body": True})
        await connection.pause(fault.delay_body)
    while end - sent > _CHUNK:
        await send({"type": "http.response.body", "body": body[sent : sent + _CHUNK], "more_body": True})
        sent += _CHUNK
    cut = fault.cut_after is not None
    await send({"type": "http.response.body", "body": body[sent:end], "more_body": cut})
    if cut:
        connection.close()
    return not cut
