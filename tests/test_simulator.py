"""The stand-in keeps to the service's contract, and breaks it only where a test orders a fault."""

from __future__ import annotations

import base64
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import pytest
import requests
import trustme

from simulator.accounts import accounts_of
from simulator.control import Calls, Control, running
from simulator.data import Flow, Tenant, documented_example, generated_flows, tenants
from simulator.http import QUERY_PATH, TOKEN_PATH, Answer, Call
from simulator.service import Service
from simulator.traffic import LISTS, LOG_LENGTH, Traffic

ROOT: Final = Path(__file__).resolve().parent.parent
TENANT: Final = tenants(1)[0]
BOUND: Final = 60.0  # seconds; only there so that a defect fails instead of hanging
NEVER: Final = 3600.0  # seconds that no test waits for
IMPATIENT: Final = 0.2  # seconds after which a client gives up an answer that never comes

DOCUMENTED: Final = """{"result": [
  {"isLoad": 1, "accessCode": "90500", "maxCallNum": null, "description": "Exception handling", "id": 1,
   "flowFileName": "defaultIVR.GSL", "flowType": 1},
  {"isLoad": 1, "accessCode": "90501", "maxCallNum": null, "description": "1015", "id": 2,
   "flowFileName": "defaultIVR.GSL", "flowType": 1}],
 "retCode": "0", "message": "success"}"""
COUNTS: Final = dict.fromkeys(("token", *LISTS), 0)
EXPIRED: Final = {
    "errorCode": "0",
    "exceptionInfo": "auth fail! please apply or refresh the access token from the server!",
}


class Client:
    """A caller of the service who does everything right unless told otherwise."""

    def __init__(self, control: Control, session: requests.Session) -> None:
        self.control = control
        self.session = session

    def post(self, path: str, headers: Mapping[str, str | None], body: bytes | None) -> requests.Response:
        headers = {"Content-Type": "application/json", **headers}
        return self.session.post(self.control.url + path, data=body, headers=headers, timeout=BOUND)

    def ask_token(
        self,
        headers: Mapping[str, str | None] | None = None,
        body: bytes | None = None,
        tenant: Tenant = TENANT,
    ) -> requests.Response:
        if body is None:
            body = json.dumps({"app_key": tenant.app_key, "app_secret": tenant.app_secret}).encode()
        return self.post(TOKEN_PATH, {"X-Token-Expire": "600", **(headers or {})}, body)

    def token(self, tenant: Tenant = TENANT) -> str:
        answer = self.ask_token(tenant=tenant)
        assert answer.status_code == 200
        token = answer.json()["AccessToken"]
        assert isinstance(token, str)
        return token

    def query(
        self, token: str, headers: Mapping[str, str | None] | None = None, body: bytes = b"{}"
    ) -> requests.Response:
        return self.post(QUERY_PATH, {"Authorization": f"Bearer {token}", **(headers or {})}, body)

    def answer(self) -> requests.Response:
        """Query with a new token."""
        return self.query(self.token())

    def raw(self, path: str = TOKEN_PATH) -> socket.socket:
        """Send a token call over a socket of its own, to see what comes back byte by byte."""
        body = json.dumps({"app_key": TENANT.app_key, "app_secret": TENANT.app_secret})
        head = f"POST {path} HTTP/1.1\r\nHost: simulator\r\nContent-Type: application/json\r\n"
        address = urlsplit(self.control.url)
        connection = socket.create_connection((address.hostname, address.port), timeout=BOUND)
        connection.sendall(f"{head}X-Token-Expire: 600\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        return connection


def wait_for_a_call(control: Control) -> Calls:
    """Ask until the service has noticed a call that was sent and not answered."""
    deadline = time.monotonic() + BOUND
    while not (calls := control.calls())["log"] and time.monotonic() < deadline:
        pass
    return calls


def received(connection: socket.socket) -> bytes:
    """Read until the service closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture(scope="session")
def shared() -> Iterator[Control]:
    with running() as control:
        yield control


@pytest.fixture
def simulator(shared: Control) -> Iterator[Control]:
    yield shared
    shared.reset()


@pytest.fixture
def client(simulator: Control) -> Iterator[Client]:
    with requests.Session() as session:
        session.trust_env = False
        yield Client(simulator, session)


def tenant(**fields: object) -> dict[str, object]:
    """Give tenant 1 as the control interface takes it, without flows."""
    pair = {"app_key": TENANT.app_key, "app_secret": TENANT.app_secret}
    return {"name": TENANT.name, **pair, **fields}


# The token call


def test_a_token_answer_is_flat_and_all_its_values_are_strings(client: Client) -> None:
    answer = client.ask_token({"X-Token-Expire": "900"})

    content = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert list(content) == [
        "AccessToken",
        "ApplyType",
        "CreateTime",
        "Expires",
        "Scope",
        "AppKey",
        "UserID",
    ]
    assert all(isinstance(value, str) for value in content.values())
    assert content["ApplyType"] == "Bearer"
    assert content["Expires"] == "900"
    assert content["AppKey"] == TENANT.app_key
    assert re.fullmatch("[0-9]{10}", content["CreateTime"])


def test_tokens_differ_and_change_under_url_encoding(client: Client) -> None:
    first, second = client.token(), client.token()

    assert first.removeprefix("tok-1-") != second.removeprefix("tok-2-")
    assert quote(first, safe="") != first


def test_a_new_token_does_not_end_the_one_before(client: Client) -> None:
    first, second = client.token(), client.token()

    assert client.query(first).status_code == 200
    assert client.query(second).status_code == 200


@pytest.mark.parametrize("field", ["app_key", "app_secret"])
def test_a_wrong_pair_is_forbidden(client: Client, field: str) -> None:
    pair = {"app_key": TENANT.app_key, "app_secret": TENANT.app_secret, field: "wrong-9f"}

    answer = client.ask_token(body=json.dumps(pair).encode())

    assert answer.status_code == 403
    assert answer.json()["errorCode"] == "0"
    assert answer.json()["exceptionInfo"].startswith("auth fail!")
    assert "wrong-9f" not in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"app_key": "k"}', b'{"app_key": 1, "app_secret": 2}', b"\xff"]
)
def test_a_token_call_without_a_pair_is_incorrect(client: Client, body: bytes) -> None:
    assert client.ask_token(body=body).status_code == 400


@pytest.mark.parametrize("wish", [None, "", "0", "-1", "3601", "1.5", "1e3", "soon", "9" * 5000])
def test_a_wished_lifetime_that_is_not_1_to_3600_is_incorrect(client: Client, wish: str | None) -> None:
    assert client.ask_token({"X-Token-Expire": wish}).status_code == 400


@pytest.mark.parametrize("wish", ["1", "600", "3600"])
def test_a_wished_lifetime_up_to_3600_is_granted(client: Client, wish: str) -> None:
    assert client.ask_token({"X-Token-Expire": wish}).json()["Expires"] == wish


@pytest.mark.parametrize("path", [TOKEN_PATH, QUERY_PATH])
@pytest.mark.parametrize(
    "media_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx"]
)
def test_another_content_type_is_incorrect(client: Client, path: str, media_type: str | None) -> None:
    headers = {
        "Content-Type": media_type,
        "X-Token-Expire": "600",
        "Authorization": f"Bearer {client.token()}",
    }

    assert client.post(path, headers, b"{}").status_code == 400


def test_a_content_type_may_have_parameters(client: Client) -> None:
    assert client.ask_token({"Content-Type": "Application/JSON; charset=utf-8"}).status_code == 200


@pytest.mark.parametrize("path", [TOKEN_PATH, QUERY_PATH])
def test_another_method_is_not_allowed(client: Client, path: str) -> None:
    answer = client.session.get(client.control.url + path, timeout=BOUND)

    assert answer.status_code == 405


@pytest.mark.parametrize(
    "path", ["/", "/apigovernance", TOKEN_PATH + "/", QUERY_PATH + "s", QUERY_PATH.upper(), "/_simulators"]
)
def test_an_unknown_path_is_not_found(client: Client, path: str) -> None:
    answer = client.post(path, {}, b"{}")

    assert answer.status_code == 404
    assert set(answer.json()) == {"errorCode", "exceptionInfo"}


# The query


def test_the_query_gives_the_documented_example(client: Client) -> None:
    answer = client.answer()

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == json.loads(DOCUMENTED)
    assert list(answer.json()["result"][0]) == list(json.loads(DOCUMENTED)["result"][0])


@pytest.mark.parametrize(
    "shape", [None, "", "Bearer", "{}", "Bearer  {}", "bearer {}", "Basic {}", "Bearer {} x"]
)
def test_a_query_without_a_well_formed_bearer_is_unauthorized(client: Client, shape: str | None) -> None:
    token = client.token()

    answer = client.query(token, {"Authorization": shape and shape.format(token)})

    assert answer.status_code == 401


def test_a_token_that_was_never_issued_is_unauthorized(client: Client) -> None:
    assert client.query("tok-1-AAAA").status_code == 401


def test_a_token_ends_with_its_lifetime() -> None:
    now = [1000.0]
    service = Service(accounts_of([TENANT]), clock=lambda: now[0])
    pair = json.dumps({"app_key": TENANT.app_key, "app_secret": TENANT.app_secret}).encode()
    headers = {"content-type": "application/json"}
    granted = service.answer(Call("POST", TOKEN_PATH, {**headers, "x-token-expire": "60"}, pair))
    bearer = f"Bearer {json.loads(granted.body)['AccessToken']}"

    def queried() -> Answer:
        return service.answer(Call("POST", QUERY_PATH, {**headers, "authorization": bearer}, b"{}"))

    now[0] += 59.9
    assert queried().status == 200
    now[0] += 0.1
    assert queried().status == 403
    assert json.loads(queried().body) == EXPIRED


def test_the_app_key_of_a_query_must_be_that_of_its_token(client: Client) -> None:
    token = client.token()

    assert client.query(token, {"X-APP-Key": TENANT.app_key}).status_code == 200
    assert client.query(token, {"X-APP-Key": "key-0002-5f0c"}).status_code == 403


def test_the_tenant_space_must_match_where_the_tenant_has_one(client: Client) -> None:
    client.control.put_tenants([tenant(tenant_space_id="space-1", flows=[])])
    token = client.token()

    assert client.query(token).status_code == 200
    assert client.query(token, {"X-TenantSpaceID": "space-1"}).status_code == 200
    assert client.query(token, {"X-TenantSpaceID": "space-2"}).status_code == 403


def test_any_tenant_space_will_do_where_the_tenant_has_none(client: Client) -> None:
    assert client.query(client.token(), {"X-TenantSpaceID": "space-2"}).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{}", b" { }\n"])
def test_a_query_has_an_empty_body(client: Client, body: bytes) -> None:
    assert client.query(client.token(), body=body).status_code == 200


@pytest.mark.parametrize("body", [b" ", b"[]", b"null", b'{"limit": 1}', b"{", b"\xff", b"[" * 100_000])
def test_a_query_with_anything_in_its_body_is_incorrect(client: Client, body: bytes) -> None:
    assert client.query(client.token(), body=body).status_code == 400


# The tenants


def test_each_tenant_gets_its_own_flows(client: Client) -> None:
    pair = tenants(2)
    client.control.put_tenants(pair)

    for each in pair:
        assert client.query(client.token(each)).json()["result"] == each.flows


def test_a_list_larger_than_the_buffers_arrives_whole(client: Client) -> None:
    flows = generated_flows(20_000)
    client.control.put_tenants([tenant(flows=flows)])

    assert client.answer().json()["result"] == flows


@pytest.mark.parametrize(
    "flows", [None, [], {}, "text", 5, [1, None, [{}]], [{"id": "01", "x": {"y": [1.5]}}]]
)
def test_flows_of_any_shape_are_passed_through(client: Client, flows: object) -> None:
    client.control.put_tenants([tenant(flows=flows)])

    assert client.answer().json() == {"result": flows, "retCode": "0", "message": "success"}


def test_a_tenant_without_flows_has_an_answer_without_result(client: Client) -> None:
    client.control.put_tenants([tenant()])

    assert client.answer().json() == {"retCode": "0", "message": "success"}


def test_the_answer_can_lie_under_the_schema_of_the_documented_table(client: Client) -> None:
    client.control.put_tenants([tenant(flows=[], result_under_schema=True)])

    assert client.answer().json() == {"schema": {"result": [], "retCode": "0", "message": "success"}}


def test_an_answer_can_be_compressed(client: Client) -> None:
    client.control.put_tenants([tenant(flows=documented_example(), gzip=True)])

    answer = client.answer()

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.json() == json.loads(DOCUMENTED)


@pytest.mark.parametrize(
    ("charset", "label", "start"),
    [
        ("utf-8", "utf-8", b'{"'),
        ("utf-8-sig", "utf-8", b'\xef\xbb\xbf{"'),
        ("utf-16", "utf-16", "\ufeff{".encode("utf-16-le")),
        ("gbk", "gbk", b'{"'),
    ],
)
def test_an_answer_can_have_another_charset(client: Client, charset: str, label: str, start: bytes) -> None:
    flows = [{"description": "客服热线"}]
    client.control.put_tenants([tenant(flows=flows, charset=charset)])

    answer = client.answer()

    assert answer.headers["Content-Type"] == f"application/json;charset={label}"
    assert answer.content.startswith(start)
    assert "客服热线" in answer.content.decode(charset)
    assert json.loads(answer.content.decode(charset))["result"] == flows


@pytest.mark.parametrize(("charset", "text"), [("gbk", "📞"), ("utf-8", "\ud800")])
def test_what_a_charset_lacks_is_escaped(client: Client, charset: str, text: str) -> None:
    client.control.put_tenants([tenant(flows=[text], charset=charset)])

    assert json.loads(client.answer().content.decode(charset))["result"] == [text]


@pytest.mark.parametrize(
    "replacement",
    [
        {},
        [5],
        [{"name": "a"}],
        [tenant(name="")],
        [tenant(app_key=1)],
        [tenant(flow=[])],
        [tenant(gzip="yes")],
        [tenant(charset="no-such")],
        [tenant(), tenant(app_key="other")],
    ],
)
def test_malformed_tenants_are_refused_and_change_nothing(client: Client, replacement: object) -> None:
    answer = client.session.put(f"{client.control.url}/_simulator/tenants", json=replacement, timeout=BOUND)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert client.answer().json() == json.loads(DOCUMENTED)


def test_a_token_outlives_its_tenants_flows_but_not_its_tenant(client: Client) -> None:
    token = client.token()

    client.control.put_tenants([tenant(flows=[])])
    assert client.query(token).json()["result"] == []

    client.control.put_tenants([])
    assert client.query(token).status_code == 401


# Faults: which calls they meet


def statuses(client: Client, calls: int) -> list[int]:
    """Make some token calls."""
    return [client.ask_token().status_code for _ in range(calls)]


def test_a_fault_meets_one_call_by_default(client: Client) -> None:
    client.control.fault(call="token", status=503)

    assert statuses(client, 2) == [503, 200]


def test_a_fault_can_meet_a_number_of_calls(client: Client) -> None:
    client.control.fault(call="token", status=503, times=2)

    assert statuses(client, 3) == [503, 503, 200]


def test_a_fault_can_last_until_it_is_cleared(client: Client) -> None:
    client.control.fault(call="token", status=503, times=None)

    assert statuses(client, 3) == [503, 503, 503]
    client.control.clear_faults()
    assert statuses(client, 1) == [200]


def test_a_fault_can_let_calls_through_first(client: Client) -> None:
    client.control.fault(call="token", status=503, skip=2)

    assert statuses(client, 4) == [200, 200, 503, 200]


def test_faults_are_used_in_order(client: Client) -> None:
    client.control.fault(call="token", status=503)
    client.control.fault(call="token", status=429)

    assert statuses(client, 3) == [503, 429, 200]


def test_a_call_that_a_fault_skips_is_met_by_the_next(client: Client) -> None:
    client.control.fault(call="token", status=503, skip=1)
    client.control.fault(call="token", status=429)

    assert statuses(client, 3) == [429, 503, 200]


def test_a_fault_meets_only_its_call(client: Client) -> None:
    client.control.fault(call="ivr_flows", status=503)

    token = client.token()
    assert client.query(token).status_code == 503
    assert client.query(token).status_code == 200


def test_a_fault_meets_only_its_tenant(client: Client) -> None:
    first, second = tenants(2)
    client.control.put_tenants([first, second])
    client.control.fault(call="token", tenant=second.name, status=503)
    client.control.fault(call="ivr_flows", tenant=second.name, status=502)

    assert client.ask_token(tenant=first).status_code == 200
    assert client.ask_token(tenant=second).status_code == 503
    tokens = client.token(first), client.token(second)
    assert [client.query(token).status_code for token in tokens] == [200, 502]


def test_a_fault_of_any_tenant_meets_callers_that_are_none(client: Client) -> None:
    client.control.fault(call="ivr_flows", status=503)

    assert client.query("unknown").status_code == 503


def test_several_faults_can_be_ordered_at_once(client: Client) -> None:
    faults = [{"call": "token", "status": 503}, {"call": "token", "status": 500}]

    client.session.post(f"{client.control.url}/_simulator/faults", json=faults, timeout=BOUND)

    assert statuses(client, 3) == [503, 500, 200]


@pytest.mark.parametrize(
    "fault",
    [
        5,
        {},
        {"call": "other"},
        {"call": "token", "stauts": 503},
        {"call": "token", "status": "503"},
        {"call": "token", "status": True},
        {"call": "token", "status": 600},
        {"call": "token", "status": 0},
        {"call": "token", "times": 0},
        {"call": "token", "skip": -1},
        {"call": "token", "cut_after": -1},
        {"call": "token", "delay": -1},
        {"call": "token", "body_base64": "!"},
        {"call": "token", "raw_base64": "a"},
        {"call": "token", "headers": {"A": 1}},
        {"call": "token", "headers": {"A b": "1"}},
        {"call": "token", "headers": {"A": "1\r\nB: 2"}},
        {"call": "token", "headers": {"Content-Length": "1"}},
    ],
)
def test_a_malformed_fault_is_refused_with_all_that_came_with_it(client: Client, fault: object) -> None:
    faults = [{"call": "token", "status": 503}, fault]

    answer = client.session.post(f"{client.control.url}/_simulator/faults", json=faults, timeout=BOUND)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert statuses(client, 1) == [200]


# Faults: what they do


def test_a_fault_can_have_status_headers_and_body(client: Client) -> None:
    client.control.fault(
        call="token",
        status=429,
        headers={"Retry-After": "7", "content-type": "text/html"},
        body="<p>wait</p>",
    )

    answer = client.ask_token()

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.text == "<p>wait</p>"


def test_a_fault_with_a_body_alone_is_json_with_status_200(client: Client) -> None:
    client.control.fault(call="ivr_flows", body='{"retCode": "100"}')

    answer = client.answer()

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"retCode": "100"}


@pytest.mark.parametrize("status", [204, 304, 503])
def test_a_fault_with_a_status_alone_has_no_body(client: Client, status: int) -> None:
    client.control.fault(call="token", status=status)

    answer = client.ask_token()

    assert answer.status_code == status
    assert answer.content == b""


def test_the_bytes_of_a_fault_win_over_its_text(client: Client) -> None:
    client.control.fault(
        call="token", body="text", body_base64=base64.b64encode(b"\x00\xff{{token}}").decode()
    )

    assert client.ask_token().content == b"\x00\xff{{token}}"


def test_a_fault_can_be_compressed(client: Client) -> None:
    client.control.fault(call="token", body="text", gzip=True)

    answer = client.ask_token()

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.text == "text"


def test_a_fault_of_headers_puts_them_on_the_services_own_answer(client: Client) -> None:
    client.control.fault(
        call="ivr_flows", headers={"Content-Type": "text/plain", "Set-Cookie": "a=b"}, gzip=True
    )

    answer = client.answer()

    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Set-Cookie"] == "a=b"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.json() == json.loads(DOCUMENTED)


def encoded(secret: str) -> str:
    """Give the forms that the placeholders have."""
    return f"{secret} {base64.b64encode(secret.encode()).decode()} {quote(secret, safe='')}"


PLACEHOLDERS: Final = " ".join(
    ["{{app_key}}"]
    + [f"{{{{{form}{name}}}}}" for name in ("app_secret", "token") for form in ("", "base64:", "url:")]
)


def test_a_query_can_be_made_to_echo_its_secrets(client: Client) -> None:
    token = client.token()
    client.control.fault(call="ivr_flows", headers={"X-Echo": PLACEHOLDERS}, body=PLACEHOLDERS)

    answer = client.query(token)

    assert answer.text == f"{TENANT.app_key} {encoded(TENANT.app_secret)} {encoded(token)}"
    assert answer.headers["X-Echo"] == answer.text


def test_a_token_call_can_be_made_to_echo_the_pair_and_a_token_that_works(client: Client) -> None:
    client.control.fault(call="token", status=500, headers={"X-Echo": "{{token}}"}, body=PLACEHOLDERS)

    answer = client.ask_token()

    token = answer.headers["X-Echo"]
    assert answer.text == f"{TENANT.app_key} {encoded(TENANT.app_secret)} {encoded(token)}"
    assert client.control.tokens() == [token]
    assert client.query(token).status_code == 200


def test_a_pair_is_echoed_as_it_was_sent(client: Client) -> None:
    client.control.fault(call="token", status=403, body="{{app_key}} {{app_secret}} {{token}}.")

    answer = client.ask_token(body=b'{"app_key": "other", "app_secret": "s p"}')

    assert answer.text == "other s p ."


def test_no_token_is_issued_where_a_fault_does_not_ask_for_it(client: Client) -> None:
    client.control.fault(call="token", status=500, body="{{app_key}} {{secret}}")

    assert client.ask_token().text == f"{TENANT.app_key} {{{{secret}}}}"
    assert client.control.tokens() == []


def test_the_token_of_a_query_can_be_ended(client: Client) -> None:
    token = client.token()
    client.control.fault(call="ivr_flows", expire_token=True)

    answer = client.query(token)

    assert answer.status_code == 403
    assert answer.json() == EXPIRED
    assert client.query(token).status_code == 403
    assert client.answer().status_code == 200


def test_the_token_of_a_query_can_be_ended_with_another_answer(client: Client) -> None:
    token = client.token()
    client.control.fault(call="ivr_flows", expire_token=True, status=401)

    assert client.query(token).status_code == 401
    assert client.query(token).json() == EXPIRED


@pytest.mark.parametrize("body", [None, '{"AccessToken": "{{token}}"}'])
def test_a_token_can_be_dead_when_it_is_issued(client: Client, body: str | None) -> None:
    client.control.fault(call="token", expire_token=True, body=body)

    answer = client.answer()

    assert answer.status_code == 403
    assert answer.json() == EXPIRED


def test_a_delay_comes_before_the_services_own_answer(client: Client) -> None:
    client.control.fault(call="token", delay=0.001)

    assert client.ask_token().json()["ApplyType"] == "Bearer"


def test_a_delay_outlasts_an_impatient_client(client: Client) -> None:
    client.control.fault(call="token", delay=NEVER)

    with pytest.raises(requests.ReadTimeout):
        client.session.post(client.control.url + TOKEN_PATH, timeout=IMPATIENT)
    assert [call["status"] for call in wait_for_a_call(client.control)["log"]] == [None]


def test_a_delay_of_the_body_lets_headers_and_first_byte_through(client: Client) -> None:
    client.control.fault(call="token", body="0123456789", delay_body=NEVER)

    with closing(client.raw()) as connection:
        start = b""
        while not start.endswith(b"\r\n\r\n0"):
            start += connection.recv(65536)

    assert b"content-length: 10" in start


def test_a_body_comes_whole_after_its_delay(client: Client) -> None:
    client.control.fault(call="ivr_flows", delay_body=0.001)

    assert client.answer().json() == json.loads(DOCUMENTED)


@pytest.mark.parametrize("delay_body", [0, 0.001])
@pytest.mark.parametrize("bytes_sent", [0, 1, 4, 10, 50])
def test_a_cut_body_ends_early_under_its_full_length(
    client: Client, bytes_sent: int, delay_body: float
) -> None:
    client.control.fault(call="token", body="0123456789", cut_after=bytes_sent, delay_body=delay_body)

    with closing(client.raw()) as connection:
        head, _, body = received(connection).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"content-length: 10" in head
    assert body == b"0123456789"[:bytes_sent]


def test_the_services_own_answer_can_be_cut(client: Client) -> None:
    token = client.token()
    client.control.fault(call="ivr_flows", cut_after=30)

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="30 bytes read"):
        client.query(token)


def test_a_connection_can_be_closed_without_an_answer(client: Client) -> None:
    client.control.fault(call="token", close=True)

    with closing(client.raw()) as connection:
        assert received(connection) == b""


def test_a_connection_can_be_reset(client: Client) -> None:
    client.control.fault(call="token", reset=True)

    with closing(client.raw()) as connection, pytest.raises(ConnectionResetError):
        received(connection)


def test_raw_bytes_can_take_the_place_of_http(client: Client) -> None:
    client.control.fault(call="token", raw_base64=base64.b64encode(b"SSH-2.0-x\r\n\x00").decode())

    with closing(client.raw()) as connection:
        assert received(connection) == b"SSH-2.0-x\r\n\x00"


@pytest.mark.parametrize("ending", ["reset", "close"])
def test_the_service_goes_on_after_it_ended_a_connection(client: Client, ending: str) -> None:
    client.control.fault(call="token", reset=ending == "reset", close=ending == "close")

    with pytest.raises(requests.ConnectionError):
        client.ask_token()
    assert client.ask_token().status_code == 200
    assert [call["status"] for call in client.control.calls()["log"]] == [None, 200]


# What reached the service


def test_calls_are_counted_by_kind_and_tenant(client: Client) -> None:
    first, second = tenants(2)
    client.control.put_tenants([first, second])
    client.query(client.token(second))
    client.query(client.token(second))
    client.ask_token(body=b"{}")
    client.query("unknown")

    calls = client.control.calls()

    assert (calls["token"], calls["ivr_flows"]) == (3, 3)
    assert calls["by_tenant"] == {first.name: COUNTS, second.name: {**COUNTS, "token": 2, "ivr_flows": 2}}


def test_the_log_tells_each_call(client: Client) -> None:
    client.answer()
    client.post("/elsewhere?a=b", {"X-Two": "1, 2"}, b"{}")

    token, query, other = client.control.calls()["log"]

    assert (token["call"], token["method"], token["path"]) == ("token", "POST", TOKEN_PATH)
    assert (token["tenant"], token["status"]) == (TENANT.name, 200)
    assert token["headers"]["x-token-expire"] == "600"
    assert (query["call"], query["path"], query["tenant"]) == ("ivr_flows", QUERY_PATH, TENANT.name)
    assert query["headers"]["authorization"] == f"Bearer {client.control.tokens()[0]}"
    assert (other["call"], other["path"], other["tenant"]) == ("other", "/elsewhere", None)
    assert (other["status"], other["headers"]["x-two"]) == (404, "1, 2")


def test_the_log_has_the_status_that_a_fault_gave(client: Client) -> None:
    client.control.fault(call="token", status=418)
    client.ask_token()

    assert client.control.calls()["log"][0]["status"] == 418


def test_the_log_is_capped_while_the_counts_go_on() -> None:
    class Open:
        is_lost = False

    traffic, call = Traffic(), Call("POST", TOKEN_PATH, {}, b"")
    for _ in range(LOG_LENGTH + 5):
        with traffic.in_progress(call, None, Open()):
            pass

    report = traffic.report([])

    assert report["token"] == LOG_LENGTH + 5
    assert isinstance(report["log"], list)
    assert len(report["log"]) == LOG_LENGTH == 2000


def test_control_requests_are_no_calls(client: Client) -> None:
    client.control.calls()
    client.session.get(f"{client.control.url}/_simulator/nothing", timeout=BOUND)

    calls = client.control.calls()

    assert calls["log"] == []
    assert (calls["open_connections_peak"], calls["concurrent_peak"]) == (0, 0)


def test_counts_can_be_cleared_alone(client: Client) -> None:
    client.control.fault(call="token", status=503, skip=1)
    client.token()
    client.control.clear_calls()

    calls = client.control.calls()
    assert (calls["token"], calls["log"], calls["open_connections_peak"]) == (0, [], 0)
    assert len(client.control.tokens()) == 1
    assert statuses(client, 1) == [503]


def test_the_peaks_count_what_was_open_and_answered_at_one_time(client: Client) -> None:
    client.control.fault(call="token", body="0123456789", delay_body=NEVER, times=None)
    with ExitStack() as stack:
        for _ in range(3):
            connection = stack.enter_context(closing(client.raw()))
            assert connection.recv(1) == b"H"

        calls = client.control.calls()

    assert (calls["open_connections_peak"], calls["concurrent_peak"]) == (3, 3)


def test_connections_one_after_the_other_are_not_open_at_one_time(client: Client) -> None:
    for _ in range(3):
        client.control.fault(call="token", close=True)
        with closing(client.raw()) as connection:
            received(connection)

    calls = client.control.calls()

    assert calls["token"] == 3
    assert (calls["open_connections_peak"], calls["concurrent_peak"]) == (1, 1)


def test_calls_over_one_connection_count_it_once(client: Client) -> None:
    statuses(client, 3)

    calls = client.control.calls()

    assert (calls["open_connections_peak"], calls["concurrent_peak"]) == (1, 1)


def test_every_token_is_listed(client: Client) -> None:
    tokens = [client.token(), client.token()]

    assert client.control.tokens() == tokens


def test_a_reset_brings_everything_back_to_the_start(client: Client) -> None:
    token = client.token()
    client.control.put_tenants([])
    client.control.fault(call="token", status=503)
    client.control.reset()

    assert client.control.calls()["log"] == []
    assert client.control.tokens() == []
    assert client.query(token).status_code == 401
    assert client.answer().json() == json.loads(DOCUMENTED)


def test_a_refused_order_raises_with_the_reason(simulator: Control) -> None:
    with pytest.raises(ValueError, match="'status' of a fault must be 200 to 599"):
        simulator.fault(call="token", status=99)


def test_an_unknown_path_of_the_control_interface_is_not_found(client: Client) -> None:
    answer = client.session.delete(f"{client.control.url}/_simulator/fault", timeout=BOUND)

    assert answer.status_code == 404


# The tenants' data


def test_the_example_is_the_documented_one() -> None:
    assert documented_example() == json.loads(DOCUMENTED)["result"]


def test_tenants_are_the_same_in_every_run() -> None:
    twelfth = tenants(12)[11]

    assert (twelfth.name, twelfth.app_key) == ("tenant-0012", "key-0012-5f0c")
    assert twelfth.app_secret == "secret-0012-9b1d+/7c%e"
    assert tenants(12) == tenants(12)
    assert tenants(1)[0].flows == documented_example()


def in_documented_range(flow: Flow) -> bool:
    limit = flow["maxCallNum"]
    return (
        bool(re.fullmatch("[0-9*#]{1,24}", str(flow["accessCode"])))
        and len(str(flow["description"])) <= 50
        and len(str(flow["flowFileName"])) <= 255
        and (limit is None or (isinstance(limit, int) and 0 <= limit <= 65535))
        and flow["isLoad"] in {0, 1}
        and flow["flowType"] in range(7)
    )


@pytest.mark.parametrize("flows", [None, 0, 1, 1500])
def test_flows_are_plausible_and_unique_within_their_tenant(flows: int | None) -> None:
    for each in tenants(20, flows):
        assert [flow["id"] for flow in each.flows] == [*range(1, len(each.flows) + 1)]
        assert len({flow["accessCode"] for flow in each.flows}) == len(each.flows)
        assert all(in_documented_range(flow) for flow in each.flows)
        assert flows is None or len(each.flows) == flows


def test_the_second_tenant_has_every_awkward_value() -> None:
    flows = tenants(2)[1].flows
    codes = "".join(f" {flow['accessCode']}" for flow in flows)
    descriptions = [str(flow["description"]) for flow in flows]

    assert " 0" in codes
    assert "*" in codes
    assert "#" in codes
    assert None in [flow["maxCallNum"] for flow in flows]
    assert "" in descriptions
    assert '"' in "".join(descriptions)
    assert not "".join(descriptions).isascii()


def test_large_lists_vary_too() -> None:
    flows = generated_flows(100)

    assert any(str(flow["accessCode"]).startswith("0") for flow in flows)
    assert {flow["flowType"] for flow in flows} == {*range(7)}
    assert None in [flow["maxCallNum"] for flow in flows]
    assert not all(str(flow["description"]).isascii() for flow in flows)


# The command


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    line = (sys.executable, "-m", "simulator", *arguments)
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=BOUND, check=False)


def test_the_command_says_where_it_listens_and_ends_with_0_on_sigterm() -> None:
    line = (sys.executable, "-m", "simulator", "--port", "0")
    with subprocess.Popen(
        line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        announcement = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        rest, complaints = process.communicate(timeout=BOUND)

    assert re.fullmatch(r"listening on http://127\.0\.0\.1:[1-9][0-9]*\n", announcement)
    assert (rest, complaints, process.returncode) == ("", "", 0)


@pytest.mark.parametrize("spoilt", ["delay", "delay_body"])
def test_sigterm_does_not_wait_for_a_call_in_progress(spoilt: str, capfd: pytest.CaptureFixture[str]) -> None:
    with ExitStack() as stack, requests.Session() as session:
        with running() as control:
            delays = (NEVER, 0) if spoilt == "delay" else (0, NEVER)
            control.fault(call="token", delay=delays[0], delay_body=delays[1])
            connection = stack.enter_context(closing(Client(control, session).raw()))
            wait_for_a_call(control)
        assert b"UserID" not in received(connection)

    # Neither a complaint of the server nor the word that it had to be killed.
    assert capfd.readouterr().err == ""


def test_the_configuration_of_one_tenant_has_the_short_form() -> None:
    printed = command("--print-config")

    assert printed.returncode == 0
    assert json.loads(printed.stdout) == {
        "api_url": "http://127.0.0.1:8080",
        "app_key": TENANT.app_key,
        "app_secret": TENANT.app_secret,
    }


def test_the_configuration_of_several_tenants_has_a_list() -> None:
    printed = command("--print-config", "--tenants", "3", "--port", "9", "--host", "localhost")

    names = [
        {"name": each.name, "app_key": each.app_key, "app_secret": each.app_secret} for each in tenants(3)
    ]
    assert json.loads(printed.stdout) == {"api_url": "http://localhost:9", "tenants": names}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--tenants", "0"),
        ("--tenants", "one"),
        ("--flows", "-1"),
        ("--latency", "-1"),
        ("--latency", "nan"),
        ("--token-lifetime", "1.5"),
        ("--certificate", "cert.pem"),
        ("--certificate", "missing.pem", "--private-key", "missing.pem"),
        ("--print-config", "--port", "0"),
        ("--prot", "0"),
    ],
)
def test_a_wrong_command_line_is_refused(arguments: tuple[str, ...]) -> None:
    refused = command(*arguments)

    assert refused.returncode == 2
    assert refused.stdout == ""
    assert "error: " in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_start_that_fails_is_told_with_its_reason(simulator: Control) -> None:
    taken = str(urlsplit(simulator.url).port)

    with (
        pytest.raises(RuntimeError, match=r"not listening \(exit status 3\).*address already in use"),
        running("--port", taken),
    ):
        pass


def test_the_options_set_tenants_flows_and_lifetime() -> None:
    options = ("--tenants", "2", "--flows", "30", "--token-lifetime", "0")
    with running(*options) as control, requests.Session() as session:
        session.trust_env = False
        client = Client(control, session)

        for each in tenants(2):
            granted = client.ask_token(tenant=each).json()
            assert granted["Expires"] == "0"
            assert client.query(granted["AccessToken"]).json() == EXPIRED
        assert [*control.calls()["by_tenant"]] == ["tenant-0001", "tenant-0002"]


def test_generated_flows_are_served() -> None:
    with running("--flows", "30") as control, requests.Session() as session:
        session.trust_env = False

        assert Client(control, session).answer().json()["result"] == generated_flows(30)


@pytest.mark.parametrize("path", [TOKEN_PATH, QUERY_PATH])
def test_latency_is_on_both_calls(path: str) -> None:
    with running("--latency", str(NEVER)) as control, requests.Session() as session:
        session.trust_env = False

        with pytest.raises(requests.ReadTimeout):
            session.post(control.url + path, timeout=IMPATIENT)
        assert session.post(control.url, timeout=BOUND).status_code == 404


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str]:
    """Give the files of a certificate, its private key and its authority."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return str(folder / "certificate.pem"), str(folder / "key.pem"), str(folder / "ca.pem")


def test_the_service_can_speak_https(certified: tuple[str, str, str]) -> None:
    certificate, key, ca = certified
    options = ("--certificate", certificate, "--private-key", key)
    with running(*options, ca=ca) as control, requests.Session() as session:
        session.trust_env = False
        session.verify = ca
        client = Client(control, session)

        assert control.url.startswith("https://127.0.0.1:")
        assert client.answer().json() == json.loads(DOCUMENTED)
        for fault in ("reset", "close"):
            control.fault(call="token", reset=fault == "reset", close=fault == "close")
            with pytest.raises(requests.ConnectionError):
                client.ask_token()
        control.fault(call="ivr_flows", cut_after=30)
        token = client.token()
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            client.query(token)


def test_a_stranger_to_the_authority_is_not_trusted(certified: tuple[str, str, str]) -> None:
    certificate, key, ca = certified
    with running("--certificate", certificate, "--private-key", key, ca=ca) as control:
        address = urlsplit(control.url)
        with (
            closing(socket.create_connection((address.hostname, address.port), timeout=BOUND)) as connection,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            ssl.create_default_context().wrap_socket(connection, server_hostname=address.hostname)


def test_the_configuration_of_a_service_with_a_certificate_is_https(certified: tuple[str, str, str]) -> None:
    printed = command("--print-config", "--certificate", certified[0], "--private-key", certified[1])

    assert json.loads(printed.stdout)["api_url"] == "https://127.0.0.1:8080"
