"""The simulator keeps to the service's contract, and breaks it only where a test asks for it."""

from __future__ import annotations

import base64
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import pytest
import requests
import trustme

from simulator.data import Tenant, generated_flows, tenants
from simulator.http import TOKEN_PATH
from simulator.lists import LISTS, Paging
from simulator.server import Simulator, running
from tests.harness import HANG, ROOT

TENANT: Final = tenants(1)[0]
PAIR: Final = {"name": TENANT.name, "app_key": TENANT.app_key, "app_secret": TENANT.app_secret}
PAGED: Final = [stream for stream, facts in LISTS.items() if facts.number]
NEVER: Final = 3600.0  # seconds that no test waits for
IMPATIENT: Final = 0.2  # seconds after which a client gives up a response that never comes
DOCUMENTED: Final = """{"result": [
  {"isLoad": 1, "accessCode": "90500", "maxCallNum": null, "description": "Exception handling", "id": 1,
   "flowFileName": "defaultIVR.GSL", "flowType": 1},
  {"isLoad": 1, "accessCode": "90501", "maxCallNum": null, "description": "1015", "id": 2,
   "flowFileName": "defaultIVR.GSL", "flowType": 1}],
 "retCode": "0", "message": "success"}"""
EXPIRED: Final = {
    "errorCode": "0",
    "exceptionInfo": "auth fail! please apply or refresh the access token from the server!",
}


class Client:
    """A caller of the service who does everything right unless told otherwise."""

    def __init__(self, url: str, token_url: str | None = None, ca: Path | None = None) -> None:
        self.url, self.token_url = url, token_url or url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(ca) if ca else True

    def post(self, path: str, body: bytes | None = b"", **headers: str | None) -> requests.Response:
        named = {"Content-Type": "application/json"} | {
            name.replace("_", "-"): text for name, text in headers.items()
        }
        url = self.token_url if path == TOKEN_PATH else self.url
        return self.session.post(url + path, data=body, headers=named, timeout=HANG)

    def ask_token(
        self, body: bytes | None = None, tenant: Tenant = TENANT, **headers: str | None
    ) -> requests.Response:
        pair = json.dumps({"app_key": tenant.app_key, "app_secret": tenant.app_secret}).encode()
        return self.post(TOKEN_PATH, pair if body is None else body, **{"X_Token_Expire": "600", **headers})

    def token(self, tenant: Tenant = TENANT) -> str:
        return str(self.ask_token(tenant=tenant).json()["AccessToken"])

    def ask(
        self, stream: str = "ivr_flows", token: str | None = None, body: object = None, **headers: str | None
    ) -> requests.Response:
        """Call a list, with a new token unless one is given."""
        sent = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        bearer = {"Authorization": f"Bearer {token or self.token()}"}
        return self.post(LISTS[stream].path, sent, **{**bearer, **headers})

    def rows(self, stream: str, limit: int, offset: int) -> Any:
        """The rows of one page, and its total."""
        number = LISTS[stream].number or int
        content = self.ask(stream, body={"limit": number(limit), "offset": number(offset)}).json()
        data = content["data"]
        if isinstance(data, dict):
            return data["calledRouteList"], data.get("total")
        return data, content.get("total")

    def raw(self) -> socket.socket:
        """Send a token call over a socket of its own, to see what comes back byte by byte."""
        body = json.dumps({"app_key": TENANT.app_key, "app_secret": TENANT.app_secret})
        head = f"POST {TOKEN_PATH} HTTP/1.1\r\nHost: simulator\r\nContent-Type: application/json\r\n"
        address = urlsplit(self.url)
        connection = socket.create_connection((address.hostname, address.port), timeout=HANG)
        connection.sendall(f"{head}X-Token-Expire: 600\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        return connection


def received(connection: socket.socket) -> bytes:
    """Read until the service closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture
def client(service: Simulator) -> Iterator[Client]:
    client = Client(service.url)
    with client.session:
        yield client


# The token call


def test_a_token_response_is_flat_and_all_its_values_are_strings(client: Client) -> None:
    content = client.ask_token(X_Token_Expire="900").json()

    assert " ".join(content) == "AccessToken ApplyType CreateTime Expires Scope AppKey UserID"
    assert all(isinstance(value, str) for value in content.values())
    assert (content["ApplyType"], content["Expires"], content["AppKey"]) == ("Bearer", "900", TENANT.app_key)
    assert re.fullmatch("[0-9]{10}", content["CreateTime"])
    assert quote(content["AccessToken"], safe="") != content["AccessToken"]


@pytest.mark.parametrize("field", ["app_key", "app_secret"])
def test_a_wrong_pair_is_forbidden(client: Client, field: str) -> None:
    refused = client.ask_token(json.dumps({**PAIR, field: "wrong-9f"}).encode())
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "0")
    assert "wrong-9f" not in refused.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"app_key": "k"}', b'{"app_key": 1, "app_secret": 2}', b"\xff"]
)
def test_a_token_call_without_a_pair_is_incorrect(client: Client, body: bytes) -> None:
    assert client.ask_token(body).status_code == 400


@pytest.mark.parametrize("wish", [None, "", "0", "-1", "3601", "1.5", "soon"])
def test_a_wished_lifetime_that_is_not_1_to_3600_is_incorrect(client: Client, wish: str | None) -> None:
    assert client.ask_token(X_Token_Expire=wish).status_code == 400


@pytest.mark.parametrize("path", [TOKEN_PATH, *(facts.path for facts in LISTS.values())])
def test_another_method_path_or_content_type_is_refused(client: Client, path: str) -> None:
    assert client.session.get(client.url + path, timeout=HANG).status_code == 405
    assert client.post(path, Content_Type="text/plain").status_code == 400
    assert client.post(f"{path}s").status_code == 404
    assert set(client.post(f"{path}s").json()) == {"errorCode", "exceptionInfo"}


def test_a_token_ends_with_its_lifetime_and_not_with_a_new_one() -> None:
    now = [1000.0]
    with running(clock=lambda: now[0]) as simulator:
        client = Client(simulator.url)
        with client.session:
            token, _ = client.token(), client.token()
            now[0] += 599.9
            assert client.ask(token=token).status_code == 200
            now[0] += 0.1
            assert client.ask(token=token).json() == EXPIRED


def test_a_new_token_can_end_the_old_ones_of_its_key_pair(client: Client, service: Simulator) -> None:
    first, second = tenants(2)
    service.set_tenants([first, second], new_token_ends_old=True)
    old, other, new = client.token(first), client.token(second), client.token(first)
    assert [client.ask(token=token).status_code for token in (old, other, new)] == [403, 200, 200]
    service.reset()
    assert [client.ask(token=token).status_code for token in (client.token(), client.token())] == [200, 200]


def test_the_token_call_can_have_a_port_of_its_own() -> None:
    with running(token_port=True) as simulator:
        client = Client(simulator.url, simulator.token_url)
        with client.session:
            assert simulator.token_url != simulator.url
            assert client.ask().status_code == 200
            for url, path in (
                (simulator.url, TOKEN_PATH),
                (simulator.token_url, LISTS["ivr_flows"].path),
            ):
                assert client.session.post(url + path, timeout=HANG).status_code == 404


# The list calls


def test_the_first_tenant_has_the_documented_example(client: Client) -> None:
    response = client.ask()
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert response.json() == json.loads(DOCUMENTED)


@pytest.mark.parametrize(
    "shape", [None, "Bearer", "{}", "Bearer  {}", "bearer {}", "Bearer {} x", "Bearer x"]
)
def test_a_call_without_a_token_of_the_service_is_unauthorized(client: Client, shape: str | None) -> None:
    assert client.ask(Authorization=shape and shape.format(client.token())).status_code == 401


def test_the_app_key_must_be_that_of_the_token(client: Client) -> None:
    assert client.ask(X_APP_Key=TENANT.app_key).status_code == 200
    assert client.ask(X_APP_Key="key-0002-5f0c").status_code == 403


def test_the_tenant_space_must_be_the_tenants(client: Client, service: Simulator) -> None:
    assert client.ask(X_TenantSpaceID="any").status_code == 200
    service.set_tenants([{**PAIR, "tenant_space_id": "space-1"}])
    spaces = (None, "space-1", "space-2")
    assert [client.ask(X_TenantSpaceID=space).status_code for space in spaces] == [200, 200, 403]


def test_tenants_of_one_key_pair_are_told_apart_by_their_spaces(client: Client, service: Simulator) -> None:
    names = ("north", "south")
    service.set_tenants({**PAIR, "name": name, "tenant_space_id": name, "flows": [name]} for name in names)
    for name in names:
        assert client.ask(X_TenantSpaceID=name).json()["result"] == [name]
    assert [client.ask(X_TenantSpaceID=space).status_code for space in (None, "west")] == [403, 403]
    assert service.calls()["by_tenant"]["south"]["ivr_flows"] == 1


@pytest.mark.parametrize(
    ("stream", "good", "bad"),
    [
        *((stream, [b"", b"{}", b" { }\n"], [b"[]", b"null", b"{", b"\xff", b'{"limit": 1}']) for stream in LISTS if stream not in PAGED),
        *(
            (stream, [b'{"limit": 0, "offset": -1}', b'{"limit": 500}'], [b'{"limit": "1"}', b'{"limit": 1.0}', b'{"offset": true}', b'{"limit": -1}', b'{"page": 1}'])
            for stream in ("called_routes", "access_codes")
        ),
        ("skill_queues", [b'{"limit": "100", "offset": "0"}'], [b'{"limit": 100}', b'{"offset": "x"}', b'{"limit": ""}']),
    ],
)  # fmt: skip
def test_a_request_has_the_documented_body(
    client: Client, stream: str, good: list[bytes], bad: list[bytes]
) -> None:
    assert {client.ask(stream, body=body).status_code for body in good} == {200}
    assert {client.ask(stream, body=body).status_code for body in bad} == {400}


@pytest.mark.parametrize(
    ("stream", "content"),
    [
        ("called_routes", {"data": {"total": 1, "calledRouteList": ["row"]}}),
        ("access_codes", {"data": {"total": 1, "calledRouteList": ["row"]}}),
        ("skill_queues", {"total": 1, "data": ["row"]}),
        ("satisfaction_config", {"enabled": True, "data": ["row"]}),
    ],
)
def test_each_list_has_its_documented_shape(
    client: Client, service: Simulator, stream: str, content: dict[str, Any]
) -> None:
    rows = {"routes": ["row"], "access_codes": ["row"], "queues": ["row"]}
    service.set_tenants([{**PAIR, **rows, "survey": {"enabled": True, "data": ["row"]}}])
    assert client.ask(stream).json() == {"returnCode": "0", "description": "success", **content}


@pytest.mark.parametrize("rows", [None, {}, "text", 5, [1, None, [{}]]])
def test_rows_of_any_shape_are_passed_through(client: Client, service: Simulator, rows: object) -> None:
    service.set_tenants([{**PAIR, "flows": rows, "routes": rows}])
    assert client.ask().json()["result"] == rows
    assert client.ask("called_routes").json()["data"]["calledRouteList"] == rows


@pytest.mark.parametrize("stream", PAGED)
@pytest.mark.parametrize(
    ("paging", "asked", "page", "total"),
    [
        (Paging(), (100, 0), range(100), 250),
        (Paging(), (100, 200), range(200, 250), 250),
        (Paging(), (500, -5), range(100), 250),
        (Paging(), (100, 250), (), 250),
        (Paging(past_end="null"), (100, 250), None, 250),
        (Paging(past_end="short"), (100, 300), range(200, 250), 250),
        (Paging(cap=20), (100, 100), range(100, 120), 250),
        (Paging(short_pages=30), (100, 100), range(70, 140), 250),
        (Paging(ignores_offset=True), (100, 200), range(100), 250),
        (Paging(clamps_offset=100), (100, 200), range(100, 200), 250),
        (Paging(as_array=True), (100, 200), range(200, 250), None),
        (Paging(total="text"), (1, 0), (0,), "250"),
        (Paging(total="absent"), (1, 0), (0,), None),
        (Paging(total=7), (1, 0), (0,), 7),
    ],
)
def test_a_list_is_paged_as_documented_and_as_the_documentation_leaves_open(
    client: Client,
    service: Simulator,
    stream: str,
    paging: Paging,
    asked: tuple[int, int],
    page: Any,
    total: Any,
) -> None:
    rows = [*range(250)]
    service.set_tenants([{**PAIR, LISTS[stream].field: rows, "paging": {stream: paging}}])
    assert client.rows(stream, *asked) == (None if page is None else [*page], total)


def test_rows_and_totals_can_change_between_calls(client: Client, service: Simulator) -> None:
    service.set_tenants(
        [{**PAIR, "routes": lambda call: [call, call + 1], "paging": Paging(total="changing")}]
    )
    assert [client.rows("called_routes", 1, 0) for _ in range(3)] == [([0], 2), ([1], 3), ([2], 4)]


def test_a_list_larger_than_the_buffers_arrives_whole(client: Client, service: Simulator) -> None:
    flows = generated_flows(20_000)
    service.set_tenants([{**PAIR, "flows": flows}])
    assert client.ask().json()["result"] == flows


def test_responses_can_lie_under_schema_and_be_compressed(client: Client, service: Simulator) -> None:
    service.set_tenants([{**PAIR, "flows": [], "result_under_schema": True, "gzip": True}])
    response = client.ask()
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.json() == {"schema": {"result": [], "retCode": "0", "message": "success"}}


@pytest.mark.parametrize(
    ("charset", "label", "start"),
    [("utf-8-sig", "utf-8", b'\xef\xbb\xbf{"'), ("utf-16", "utf-16", b"\xff\xfe{\0"), ("gbk", "gbk", b'{"')],
)
def test_a_response_can_have_another_charset(
    client: Client, service: Simulator, charset: str, label: str, start: bytes
) -> None:
    for text in ("客服热线", "📞\ud800"):
        service.set_tenants([{**PAIR, "flows": [text], "charset": charset}])
        response = client.ask()
        assert response.headers["Content-Type"] == f"application/json;charset={label}"
        assert response.content.startswith(start)
        assert json.loads(response.content.decode(charset))["result"] == [text]


def test_a_token_outlives_its_tenants_rows_but_not_its_tenant(client: Client, service: Simulator) -> None:
    token = client.token()
    service.set_tenants([PAIR])
    assert client.ask(token=token).json()["result"] == []
    service.set_tenants([])
    assert client.ask(token=token).status_code == 401


# Faults


@pytest.mark.parametrize(
    ("faults", "statuses"),
    [
        ([{}], [503, 200]),
        ([{"times": 2}], [503, 503, 200]),
        ([{"times": None}], [503, 503, 503]),
        ([{"skip": 2}], [200, 200, 503, 200]),
        ([{}, {"status": 429}], [503, 429, 200]),
        ([{"skip": 1}, {"status": 429}], [429, 503, 200]),
        ([{"tenant": TENANT.name}, {"tenant": "other"}], [503, 200]),
        ([{"call": "ivr_flows"}, {"call": None}], [200]),
    ],
)
def test_faults_meet_calls_in_their_order(
    client: Client, service: Simulator, faults: list[dict[str, Any]], statuses: list[int]
) -> None:
    for fault in faults:
        service.fault(**{"call": "token", "status": 503, **fault})
    assert [client.ask_token().status_code for _ in statuses] == statuses
    service.clear_faults()
    assert client.ask_token().status_code == 200


def test_a_fault_meets_its_list_or_all_lists(client: Client, service: Simulator) -> None:
    service.fault(call="skill_queues", status=503)
    service.fault(status=502, times=4, skip=1)
    statuses = [client.ask(stream).status_code for stream in [*LISTS, "skill_queues"]]
    assert statuses == [200, 502, 502, 503, 502, 502]


def test_a_misspelt_fault_is_an_error(service: Simulator) -> None:
    with pytest.raises(TypeError):
        service.fault(call="token", stauts=503)
    with pytest.raises(ValueError, match="unknown call 'query'"):
        service.fault(call="query", status=503)
    with pytest.raises(TypeError):
        service.set_tenants([{**PAIR, "flow": []}])


@pytest.mark.parametrize("status", [204, 304, 418])
def test_a_fault_can_have_status_headers_and_body(client: Client, service: Simulator, status: int) -> None:
    service.fault(call="token", status=status, headers={"content-type": "text/html", "A": "1"}, body="<p>")
    response = client.ask_token()
    assert response.status_code == status
    assert (response.headers["A"], response.headers["Content-Type"]) == ("1", "text/html")
    assert response.text == ("<p>" if status == 418 else "")


@pytest.mark.parametrize("body", ["text", b"\x00\xff{{token}}"])
def test_a_fault_with_a_body_alone_is_a_200(client: Client, service: Simulator, body: str | bytes) -> None:
    service.fault(call="token", body=body, gzip=True)
    response = client.ask_token()
    assert (response.status_code, response.headers["Content-Encoding"]) == (200, "gzip")
    assert response.content == (body.encode() if isinstance(body, str) else body)


def test_headers_can_be_put_on_the_services_own_response(client: Client, service: Simulator) -> None:
    service.fault(headers={"Content-Type": "text/plain", "Set-Cookie": "a=b"}, gzip=True)
    response = client.ask()
    assert (response.headers["Content-Type"], response.headers["Set-Cookie"]) == ("text/plain", "a=b")
    assert response.json() == json.loads(DOCUMENTED)


def echoed(secret: str) -> str:
    return f"{secret} {base64.b64encode(secret.encode()).decode()} {quote(secret, safe='')}"


@pytest.mark.parametrize("call", ["token", "ivr_flows"])
def test_a_fault_can_echo_the_secrets_of_its_call(client: Client, service: Simulator, call: str) -> None:
    echo = "{{app_key}} {{app_secret}} {{base64:app_secret}} {{url:app_secret}} {{token}} {{base64:token}} {{url:token}}"
    service.fault(call=call, status=500, headers={"X-Echo": "{{token}}"}, body=echo)
    response = client.ask_token() if call == "token" else client.ask()
    (token,) = service.tokens()
    assert response.headers["X-Echo"] == token
    assert response.text == f"{TENANT.app_key} {echoed(TENANT.app_secret)} {echoed(token)}"
    assert client.ask(token=token).status_code == 200
    service.fault(call="token", body="{{app_key}} {{app_secret}} {{token}}.")
    assert client.ask_token(b'{"app_key": "other", "app_secret": "s p"}').text == "other s p ."


@pytest.mark.parametrize(
    "fault",
    [{}, {"status": 401}, {"call": "token"}, {"call": "token", "body": '{"AccessToken": "{{token}}"}'}],
)
def test_a_token_can_be_ended(client: Client, service: Simulator, fault: dict[str, Any]) -> None:
    service.fault(expire_token=True, **fault)
    token = client.token()
    assert client.ask(token=token).status_code == fault.get("status", 403)
    assert client.ask(token=token).json() == EXPIRED
    assert client.ask().status_code == 200


def test_a_delay_outlasts_an_impatient_client(client: Client, service: Simulator) -> None:
    service.fault(call="token", delay=0.001)
    assert client.ask_token().status_code == 200
    service.fault(call="token", delay=NEVER)
    with pytest.raises(requests.ReadTimeout):
        client.session.post(client.url + TOKEN_PATH, timeout=IMPATIENT)
    while len(service.calls()["log"]) < 2:  # a busy machine may not have noticed the call yet
        pass
    assert [call["status"] for call in service.calls()["log"]] == [200, None]


def test_a_delay_of_the_body_lets_headers_and_first_byte_through(client: Client, service: Simulator) -> None:
    service.fault(delay_body=0.001)
    assert client.ask().json() == json.loads(DOCUMENTED)
    service.fault(call="token", body="0123456789", delay_body=NEVER)
    with closing(client.raw()) as connection:
        start = b""
        while not start.endswith(b"\r\n\r\n0"):
            start += connection.recv(65536)
    assert b"content-length: 10" in start


@pytest.mark.parametrize("delay_body", [0, 0.001])
@pytest.mark.parametrize("length", [0, 1, 4, 10, 50])
def test_a_cut_body_ends_early_under_its_full_length(
    client: Client, service: Simulator, length: int, delay_body: float
) -> None:
    service.fault(call="token", body="0123456789", cut_after=length, delay_body=delay_body)
    with closing(client.raw()) as connection:
        head, _, body = received(connection).partition(b"\r\n\r\n")
    assert b"content-length: 10" in head
    assert body == b"0123456789"[:length]


@pytest.mark.parametrize(
    ("fault", "bytes_"),
    [({"close": True}, b""), ({"raw": b"SSH-2.0-x\r\n\x00"}, b"SSH-2.0-x\r\n\x00"), ({"reset": True}, None)],
)
def test_a_connection_can_end_without_http(
    client: Client, service: Simulator, fault: dict[str, Any], bytes_: bytes | None
) -> None:
    service.fault(call="token", **fault)
    with closing(client.raw()) as connection:
        if bytes_ is None:
            with pytest.raises(ConnectionResetError):
                received(connection)
        else:
            assert received(connection) == bytes_
    assert client.ask_token().status_code == 200
    assert [call["status"] for call in service.calls()["log"]] == [None, 200]


# What reached the service


def test_calls_are_counted_and_logged(client: Client, service: Simulator) -> None:
    first, second = tenants(2)
    service.set_tenants([first, second])
    client.rows("called_routes", 3, 0)
    client.ask(token="unknown")
    client.post("/elsewhere?a=b", X_Two="1, 2")
    calls = service.calls()

    none = dict.fromkeys(("token", *LISTS), 0)
    assert {name: calls[name] for name in none} == {**none, "token": 1, "called_routes": 1, "ivr_flows": 1}
    assert calls["by_tenant"] == {first.name: {**none, "token": 1, "called_routes": 1}, second.name: none}
    token, routes, _, other = calls["log"]
    assert (token["call"], token["method"], token["path"]) == ("token", "POST", TOKEN_PATH)
    assert (token["tenant"], token["status"], token["body"]["app_key"]) == (first.name, 200, first.app_key)
    assert routes["headers"]["authorization"] == f"Bearer {service.tokens()[0]}"
    assert (routes["call"], routes["body"]) == ("called_routes", {"limit": 3, "offset": 0})
    assert (other["call"], other["path"], other["tenant"]) == ("other", "/elsewhere", None)
    assert (other["status"], other["headers"]["x-two"]) == (404, "1, 2")
    assert (calls["open_connections_peak"], calls["concurrent_peak"]) == (1, 1)

    service.clear_calls()
    assert (service.calls()["log"], service.calls()["open_connections_peak"]) == ([], 0)


@pytest.mark.parametrize(("fault", "peak"), [({"delay_body": NEVER}, 3), ({"close": True}, 1)])
def test_the_peaks_count_what_was_open_at_one_time(
    client: Client, service: Simulator, fault: dict[str, Any], peak: int
) -> None:
    service.fault(call="token", times=None, **fault)
    connections = []
    for _ in range(3):
        connections.append(client.raw())
        connections[-1].recv(1)
    calls = service.calls()
    for connection in connections:
        connection.close()
    assert (calls["open_connections_peak"], calls["concurrent_peak"]) == (peak, peak)


def test_a_reset_brings_everything_back_to_the_start(client: Client, service: Simulator) -> None:
    token = client.token()
    service.set_tenants([])
    service.fault(call="token", status=503)
    service.reset()
    assert (service.calls()["log"], service.tokens()) == ([], [])
    assert client.ask(token=token).status_code == 401
    assert client.ask().json() == json.loads(DOCUMENTED)


# The tenants' data


@pytest.mark.parametrize("flows", [None, 0, 1500])
def test_flows_are_plausible_and_unique_within_their_tenant(flows: int | None) -> None:
    for tenant in tenants(20, flows):
        assert [flow["id"] for flow in tenant.flows] == [*range(1, len(tenant.flows) + 1)]
        assert len({flow["accessCode"] for flow in tenant.flows}) == len(tenant.flows)
        for flow in tenant.flows:
            assert re.fullmatch("[0-9*#]{1,24}", flow["accessCode"])
            assert len(flow["description"]) <= 50
            assert flow["maxCallNum"] is None or 0 <= flow["maxCallNum"] <= 65535
            assert (flow["isLoad"] in {0, 1}, flow["flowType"] in range(7)) == (True, True)
        assert flows is None or len(tenant.flows) == flows


@pytest.mark.parametrize("flows", [tenants(2)[1].flows, generated_flows(100)])
def test_awkward_values_are_among_the_flows(flows: list[dict[str, Any]]) -> None:
    codes = " ".join(flow["accessCode"] for flow in flows)
    assert codes.startswith("0")
    assert {"*", "#"} <= {*codes}
    assert None in [flow["maxCallNum"] for flow in flows]
    assert not all(flow["description"].isascii() for flow in flows)


def test_the_lists_of_a_tenant_hang_together() -> None:
    assert tenants(12) == tenants(12)
    tenant = tenants(2)[1]
    flows = {flow["id"]: flow for flow in tenant.flows}
    queues = {queue["skillId"] for queue in tenant.queues}
    routed = {(route["devicetype"], route["deviceId"]) for route in tenant.routes}
    to_flows = {number for kind, number in routed if kind == 3}
    events = [
        event for queue in tenant.queues for event in queue["skillParam"].values() if "transferType" in event
    ]
    overflows = {(event.get("deviceType"), event.get("value")) for event in events}
    hotlines = {code["accessCode"] for code in tenant.access_codes}
    dialled = {route["accessCode"] for route in tenant.routes}
    (survey,) = tenant.survey["data"]

    assert {number for kind, number in routed if kind == 1} <= queues
    assert len(to_flows - flows.keys()) == 1
    assert any(not flows[number]["isLoad"] for number in to_flows & flows.keys())
    assert flows.keys() - to_flows
    assert {kind for kind, _ in overflows} == {"1", "3", None}
    assert all(number in (flows if kind == "3" else queues) for kind, number in overflows if kind)
    assert dialled < hotlines
    assert dialled.isdisjoint(flow["accessCode"] for flow in tenant.flows)
    assert (tenant.survey["enabled"], survey["accessCode"]) == (
        True,
        flows[int(survey["ivrId"])]["accessCode"],
    )


# The command and the server


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    line = (sys.executable, "-m", "simulator", *arguments)
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=HANG, check=False)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_where_it_listens_and_ends_with_0_on_a_signal(ending: signal.Signals) -> None:
    options = ("--port", "0", "--tenants", "2", "--flows", "30", "--routes", "250", "--token-lifetime", "60")
    line = (sys.executable, "-m", "simulator", *options)
    with subprocess.Popen(line, cwd=ROOT, stdout=-1, stderr=-1, text=True) as process:
        assert process.stdout is not None
        announced = process.stdout.readline()
        assert re.fullmatch(r"listening on http://127\.0\.0\.1:[1-9][0-9]*\n", announced)
        client = Client(announced.split()[-1])
        with client.session:
            assert client.ask_token().json()["Expires"] == "60"
            assert client.ask(token=client.token(tenants(2)[1])).json()["result"] == generated_flows(30)
            assert client.rows("called_routes", 100, 200)[1] == 250
        process.send_signal(ending)
        rest, complaints = process.communicate(timeout=HANG)
    assert (rest, complaints, process.returncode) == ("", "", 0)


@pytest.mark.parametrize(
    ("arguments", "config"),
    [
        ((), {"api_url": "http://127.0.0.1:8080", **{name: PAIR[name] for name in ("app_key", "app_secret")}}),
        (("--tenants", "1", "--port", "9", "--certificate", "c", "--private-key", "k"), {"api_url": "https://127.0.0.1:9", "app_key": TENANT.app_key, "app_secret": TENANT.app_secret}),
        (("--tenants", "2", "--host", "localhost"), {"api_url": "http://localhost:8080", "tenants": [{"name": each.name, "app_key": each.app_key, "app_secret": each.app_secret} for each in tenants(2)]}),
    ],
)  # fmt: skip
def test_the_command_prints_the_taps_configuration(
    arguments: tuple[str, ...], config: dict[str, Any]
) -> None:
    assert json.loads(command("--print-config", *arguments).stdout) == config


@pytest.mark.parametrize(
    "line",
    ["--tenants one", "--tenants 0", "--flows -1", "--latency -1", "--latency nan", "--certificate c", "--certificate c --private-key k", "--print-config --port 0", "--prot 0"],
)  # fmt: skip
def test_a_wrong_command_line_is_refused(line: str) -> None:
    refused = command(*line.split())
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "error: " in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_port_in_use_is_an_error(service: Simulator) -> None:
    port = urlsplit(service.url).port
    with pytest.raises(OSError, match="in use"), running(port=port or 0):
        pass


def test_the_end_does_not_wait_for_calls_in_progress() -> None:
    with running(latency=NEVER) as simulator:
        connection = Client(simulator.url).raw()
        while not simulator.calls()["log"]:
            pass
    with closing(connection):
        assert received(connection) == b""


def test_the_service_can_speak_https(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    chain, key, ca = (tmp_path / name for name in ("chain.pem", "key.pem", "ca.pem"))
    issued.cert_chain_pems[0].write_to_path(chain)
    issued.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(ca)
    with running(certificate=(chain, key)) as simulator:
        client = Client(simulator.url, ca=ca)
        with client.session:
            assert client.ask().json() == json.loads(DOCUMENTED)
            for fault in ({"reset": True}, {"close": True}, {"cut_after": 30}):
                simulator.fault(call="token", **fault)
                with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
                    client.ask_token()
