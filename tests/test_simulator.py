"""The simulator keeps to the service's contract, and breaks it only where a test asks for it."""

from __future__ import annotations

import base64
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
import requests

from simulator.data import Tenant, generated_flows, tenants
from simulator.lists import LISTS
from simulator.messages import TOKEN_PATH
from simulator.server import Simulator, running
from tests.harness import HANG, ROOT

TENANT: Final = tenants(1)[0]
PAIR: Final = {"name": TENANT.name, "app_key": TENANT.app_key, "app_secret": TENANT.app_secret}
PAGED: Final = [stream for stream, facts in LISTS.items() if facts.number]
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
    """A caller of the service whose calls are correct unless a test changes them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    def post(self, path: str, body: bytes = b"", **headers: str | None) -> requests.Response:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        headers_sent = {"Content-Type": "application/json", **named}
        return self.session.post(self.url + path, data=body, headers=headers_sent, timeout=HANG)

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


@pytest.fixture
def client(service: Simulator) -> Iterator[Client]:
    client = Client(service.url)
    with client.session:
        yield client


# The contract


def test_a_token_response_is_flat_and_all_its_values_are_strings(client: Client) -> None:
    content = client.ask_token(X_Token_Expire="900").json()
    assert " ".join(content) == "AccessToken ApplyType CreateTime Expires Scope AppKey UserID"
    assert all(isinstance(value, str) for value in content.values())
    assert (content["ApplyType"], content["Expires"], content["AppKey"]) == ("Bearer", "900", TENANT.app_key)
    assert quote(content["AccessToken"], safe="") != content["AccessToken"]


@pytest.mark.parametrize("field", ["app_key", "app_secret"])
def test_a_wrong_pair_is_forbidden(client: Client, field: str) -> None:
    refused = client.ask_token(json.dumps({**PAIR, field: "wrong-9f"}).encode())
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "0")
    assert "wrong-9f" not in refused.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"app_key": "k"}', b'{"app_key": 1, "app_secret": 2}'])
def test_a_token_call_without_a_pair_is_incorrect(client: Client, body: bytes) -> None:
    assert client.ask_token(body).status_code == 400


@pytest.mark.parametrize("lifetime", [None, "", "0", "-1", "3601", "1.5", "soon"])
def test_a_requested_lifetime_is_1_to_3600(client: Client, lifetime: str | None) -> None:
    assert client.ask_token(X_Token_Expire=lifetime).status_code == 400


@pytest.mark.parametrize("path", [TOKEN_PATH, *(facts.path for facts in LISTS.values())])
def test_another_method_path_or_content_type_is_refused(client: Client, path: str) -> None:
    assert client.session.get(client.url + path, timeout=HANG).status_code == 405
    assert client.post(path, Content_Type="text/plain").status_code == 400
    assert client.post(f"{path}s").status_code == 404


def test_an_expired_token_is_forbidden() -> None:
    with running(token_lifetime=0) as simulator:
        client = Client(simulator.url)
        with client.session:
            refused = client.ask()
    assert (refused.status_code, refused.json()) == (403, EXPIRED)


def test_a_new_token_ends_the_old_ones_of_its_key_pair_only_if_it_is_told_to(
    client: Client, service: Simulator
) -> None:
    first, second = tenants(2)
    service.set_tenants([first, second], new_token_ends_old=True)
    old, other, new = client.token(first), client.token(second), client.token(first)
    assert [client.ask(token=token).status_code for token in (old, other, new)] == [403, 200, 200]
    service.reset()
    assert [client.ask(token=token).status_code for token in (client.token(), client.token())] == [200, 200]


def test_the_first_tenant_has_the_documented_example(client: Client) -> None:
    response = client.ask()
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert response.json() == json.loads(DOCUMENTED)


@pytest.mark.parametrize("form", [None, "Bearer", "{}", "Bearer  {}", "bearer {}", "Bearer {} x", "Bearer x"])
def test_a_call_without_a_token_of_the_service_is_unauthorized(client: Client, form: str | None) -> None:
    assert client.ask(Authorization=form and form.format(client.token())).status_code == 401


def test_the_app_key_and_the_tenant_space_must_fit_the_token(client: Client, service: Simulator) -> None:
    assert [client.ask(X_APP_Key=key).status_code for key in (TENANT.app_key, "other")] == [200, 403]
    assert client.ask(X_TenantSpaceID="any").status_code == 200
    service.set_tenants([{**PAIR, "tenant_space_id": "space-1"}])
    spaces = (None, "space-1", "space-2")
    assert [client.ask(X_TenantSpaceID=space).status_code for space in spaces] == [200, 200, 403]


def test_tenants_with_one_key_pair_differ_in_their_spaces(client: Client, service: Simulator) -> None:
    names = ("north", "south")
    service.set_tenants({**PAIR, "name": name, "tenant_space_id": name, "flows": [name]} for name in names)
    for name in names:
        assert client.ask(X_TenantSpaceID=name).json()["result"] == [name]
    assert [client.ask(X_TenantSpaceID=space).status_code for space in (None, "west")] == [403, 403]


@pytest.mark.parametrize("stream", LISTS)
def test_a_request_has_the_documented_body(client: Client, stream: str) -> None:
    number = LISTS[stream].number
    page = {"limit": number(500), "offset": number(0)} if number else {}
    assert [client.ask(stream, body=body).status_code for body in (b"", page)] == [200, 200]
    wrong = [b"[]", b"null", b"{", b"\xff", {"limit": 1.0}, {"limit": True}, {"page": 1}, {"limit": "-1"}]
    assert {client.ask(stream, body=body).status_code for body in wrong} == {400}


@pytest.mark.parametrize(
    ("stream", "content"),
    [
        ("called_routes", {"data": {"total": 1, "calledRouteList": ["row"]}}),
        ("access_codes", {"data": {"total": 1, "calledRouteList": ["row"]}}),
        ("skill_queues", {"total": 1, "data": ["row"]}),
        ("satisfaction_config", {"enabled": True, "data": ["row"]}),
    ],
)
def test_each_list_has_its_documented_form(
    client: Client, service: Simulator, stream: str, content: dict[str, Any]
) -> None:
    rows = {"routes": ["row"], "access_codes": ["row"], "queues": ["row"]}
    service.set_tenants([{**PAIR, **rows, "survey": {"enabled": True, "data": ["row"]}}])
    assert client.ask(stream).json() == {"returnCode": "0", "description": "success", **content}


@pytest.mark.parametrize("stream", PAGED)
def test_a_list_is_paged_as_documented_or_as_a_test_says(
    client: Client, service: Simulator, stream: str
) -> None:
    def ask(limit: int, offset: int) -> tuple[Any, Any]:
        number = LISTS[stream].number or int
        content = client.ask(stream, body={"limit": number(limit), "offset": number(offset)}).json()
        content = content if isinstance(content["data"], list) else content["data"]
        return content.get("data", content.get("calledRouteList")), content.get("total")

    rows = {LISTS[stream].field: [*range(250)]}
    service.set_tenants([{**PAIR, **rows}])
    for limit, offset, page in [(100, 200, range(200, 250)), (500, -5, range(100)), (100, 250, ())]:
        assert ask(limit, offset) == ([*page], 250)
    odd = {"paging": lambda rows, limit, offset, call: ([len(rows), limit, offset, call], None)}
    service.set_tenants([{**PAIR, **rows, **odd}])
    assert [ask(3, 6), ask(0, 0)] == [([250, 3, 6, 0], None), ([250, 0, 0, 1], None)]


# Faults


@pytest.mark.parametrize(
    ("faults", "statuses"),
    [
        ([{}], [503, 200]),
        ([{"times": None}], [503, 503, 503]),
        ([{"skip": 1}, {"status": 429}], [429, 503, 200]),
        ([{"tenant": TENANT.name, "times": 2}, {"tenant": "other"}], [503, 503, 200]),
        ([{"call": "ivr_flows"}, {"call": None}], [200]),
    ],
)
def test_faults_change_matching_calls_in_their_order(
    client: Client, service: Simulator, faults: list[dict[str, Any]], statuses: list[int]
) -> None:
    for fault in faults:
        service.fault(**{"call": "token", "status": 503, **fault})
    assert [client.ask_token().status_code for _ in statuses] == statuses


def test_a_misspelt_fault_is_an_error(service: Simulator) -> None:
    with pytest.raises(TypeError):
        service.fault(call="token", stauts=503)
    with pytest.raises(ValueError, match="unknown call 'query'"):
        service.fault(call="query", status=503)


@pytest.mark.parametrize("call", ["token", "ivr_flows"])
def test_a_fault_can_echo_the_secrets_of_its_call(client: Client, service: Simulator, call: str) -> None:
    texts = [f"{{{{{form}{name}}}}}" for name in ("app_secret", "token") for form in ("", "base64:", "url:")]
    service.fault(call=call, status=500, headers={"X-Echo": "{{app_key}}"}, body=" ".join(texts))
    response = client.ask_token() if call == "token" else client.ask()
    (token,) = service.tokens()
    forms = [
        [text, base64.b64encode(text.encode()).decode(), quote(text, safe="")]
        for text in (TENANT.app_secret, token)
    ]
    assert response.headers["X-Echo"] == TENANT.app_key
    assert response.text.split() == forms[0] + forms[1]


# The command


def test_the_command_serves_and_its_data_can_be_changed_meanwhile(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    line = (
        sys.executable,
        "-m",
        "simulator",
        "--port",
        "0",
        "--tenants",
        "2",
        "--flows",
        "30",
        "--config",
        config,
    )
    process = subprocess.Popen(line, cwd=ROOT, stdout=-1, stderr=-1, text=True)
    try:
        assert process.stdout is not None
        announced = process.stdout.readline()
        assert re.fullmatch(r"listening on http://127\.0\.0\.1:[1-9][0-9]*\n", announced)
        written = json.loads(config.read_text(encoding="utf-8"))
        client = Client(announced.split()[-1])
        with client.session as session:
            assert client.ask().json()["result"] == generated_flows(30)
            shown = session.get(f"{client.url}/tenants", timeout=HANG).json()
            assert written["tenants"] == [{name: tenant[name] for name in PAIR} for tenant in shown]
            shown[0]["flows"] = ["changed"]
            assert session.put(f"{client.url}/tenants", json=shown, timeout=HANG).json() == shown
            wrongs: tuple[object, ...] = ({}, "text", [{"nmae": "north"}], [None], [{**PAIR, "app_key": []}])
            for wrong in wrongs:
                refused = session.put(f"{client.url}/tenants", json=wrong, timeout=HANG)
                assert (refused.status_code, [*refused.json()]) == (400, ["error"])
            assert client.ask().json()["result"] == ["changed"]
    finally:
        process.send_signal(signal.SIGTERM)
        ended = process.communicate(timeout=HANG)
    assert (*ended, process.returncode) == ("", "", 0)


@pytest.mark.parametrize(
    "arguments", [("--tenants", "one"), ("--port", "-1"), ("--prot", "0"), ("--config", "/")]
)
def test_a_wrong_command_line_is_refused(arguments: tuple[str, ...]) -> None:
    line = (sys.executable, "-m", "simulator", "--port", "0", *arguments)
    refused = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=HANG, check=False)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "error: " in refused.stderr.splitlines()[-1]
    assert "Traceback" not in refused.stderr
