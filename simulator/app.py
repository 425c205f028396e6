"""The application: the service and its faults behind HTTP, and what a program may tell it to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulator.connection import Connection
from simulator.data import Tenant
from simulator.faults import Fault, take
from simulator.messages import Call, json_response
from simulator.service import Service
from simulator.traffic import Traffic


class Simulator:
    """A running simulator. Any thread may call its public methods."""

    url: str
    """Scheme, host and port."""

    def __init__(self, start: Iterable[Tenant], latency: float, token_lifetime: int | None) -> None:
        """Begin with the tenants of `start`, to which `reset` returns. The times are in seconds."""
        self._service: Final = Service(token_lifetime)
        self._latency: Final = latency
        self._start: Final = tuple(start)
        self.reset()

    def set_tenants(
        self, tenants: Iterable[Tenant | Mapping[str, Any]], *, new_token_ends_old: bool = False
    ) -> None:
        """Replace all tenants. With `new_token_ends_old` a new token ends the others of its key pair."""
        made = [each if isinstance(each, Tenant) else Tenant(**each) for each in tenants]
        self._service.set_tenants(made, new_token_ends_old=new_token_ends_old)
        self._tenants = made

    def fault(self, **fields: Any) -> None:  # noqa: ANN401 - `Fault` knows its fields
        """Add a fault, with the fields of `Fault`, after the pending ones."""
        self._faults.append(Fault(**fields))

    def clear_faults(self) -> None:
        """Drop the pending faults."""
        self._faults: list[Fault] = []

    def calls(self) -> dict[str, Any]:
        """Report what reached the service.

        Returns:
            Counts of `token` and of each list, `open_connections_peak`, `concurrent_peak` and the `log` of
            calls: call, tenant, headers, body (parsed JSON) and status (None if there was no HTTP response).
        """
        return self._traffic.report()

    def clear_calls(self) -> None:
        """Forget the calls so far. An open connection counts again with its next call."""
        self._traffic = Traffic()

    def tokens(self) -> list[str]:
        """List every token that was issued since the last reset."""
        return list(self._service.tokens)

    def reset(self) -> None:
        """Go back to the start: its tenants, no faults, no calls, no tokens."""
        self.set_tenants(self._start)
        self._service.tokens = {}
        self.clear_faults()
        self.clear_calls()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call, up to the last byte of its response or to the end that a fault makes."""
        connection: Connection = scope["state"]["connection"]
        call = Call(scope, receive)
        try:
            await call.load()
        except ClientDisconnect:
            return
        if scope["path"] == "/tenants":
            await self._administer(call)(scope, receive, send)
            return
        tenant = self._service.tenant_of(call)
        name = None if tenant is None else tenant.name
        with self._traffic.in_progress(call, name, connection) as entry:
            fault = take(self._faults, call.name, name)
            await connection.pause(fault.delay + (0 if call.name == "other" else self._latency))
            if connection.lost.is_set():
                return
            if fault.reset:
                connection.reset()
            elif fault.close or fault.raw is not None:
                await connection.end(fault.raw or b"", fault.repeat)
            else:
                response = self._respond(call, fault)
                entry["status"] = response.status_code
                if await _is_delivered(response, fault, connection, send):
                    return
        # uvicorn reports an error if an application returns without a complete response while the connection
        # is open.
        while (await receive())["type"] != "http.disconnect":
            pass

    def _respond(self, call: Call, fault: Fault) -> Response:
        expire = fault.expire_token
        secrets = self._service.secrets(call, expire_token=expire) if fault.has_placeholders else {}
        response = fault.response(secrets)
        if response is None:
            response = self._service.respond(call, expire_token=expire)
        elif expire:
            self._service.end_token(call.bearer)
        return fault.change(response, secrets)

    def _administer(self, call: Call) -> Response:
        """Show the tenants as JSON, and replace them first if the method is PUT. The real service cannot."""
        if call.method == "PUT":
            try:
                self.set_tenants(call.content if isinstance(call.content, list) else [call.content])
            except TypeError as error:
                return json_response(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        shown = [{**vars(tenant), "paging": None} for tenant in self._tenants]
        return json_response(HTTPStatus.OK, shown)


async def _is_delivered(response: Response, fault: Fault, connection: Connection, send: Send) -> bool:
    """Send a response. Return False if a fault cut it and closed the connection."""
    body, is_cut = response.body[: fault.cut_after], fault.cut_after is not None
    start = {"status": response.status_code, "headers": response.raw_headers}
    await send({"type": "http.response.start", **start})
    if fault.delay_body:
        await send({"type": "http.response.body", "body": body[:1], "more_body": True})
        await connection.pause(fault.delay_body)
        body = body[1:]
    await send({"type": "http.response.body", "body": body, "more_body": is_cut})
    if is_cut:
        await connection.end()
    return not is_cut
