"""The wire side alone: what is sent, what the environment changes, when the token is renewed."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from simulator.server import Simulator, running
from tap_ivrflow.aicc.calls import IVR_FLOWS
from tap_ivrflow.aicc.client import Client, Shared
from tap_ivrflow.aicc.errors import CallError, DeadHostError, Failure
from tap_ivrflow.aicc.listing import Page, parse_page
from tap_ivrflow.aicc.responses import Response
from tap_ivrflow.aicc.retry import Retry
from tap_ivrflow.aicc.tokens import TOKEN_PATH
from tap_ivrflow.aicc.transport import Session, Transport, to_utf8
from tests.harness import FLOW, TENANT, Command


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def client(simulator: Simulator, clock: Clock) -> Client:
    shared = Shared(retry=Retry(0), token_lifetime=600, clock=clock)
    return Client(TENANT["app_key"], TENANT["app_secret"], api_url=simulator.url, shared=shared)


def counts(service: Simulator) -> tuple[int, int]:
    calls = service.calls()
    return calls["token"], calls["ivr_flows"]


def test_it_reads_flows_without_singer(tap: Command) -> None:
    tap.serve(FLOW)
    assert client(tap.service, Clock()).fetch(IVR_FLOWS) == [FLOW]


def test_the_token_is_reused_and_renewed_before_it_ends(tap: Command) -> None:
    tap.serve(FLOW)
    clock = Clock()
    reader = client(tap.service, clock)
    for now, tokens in ((0, 1), (539, 1), (541, 2)):
        clock.now = now
        reader.fetch(IVR_FLOWS)
        assert counts(tap.service)[0] == tokens


def test_a_token_that_ends_while_a_retry_waits_is_renewed_for_it(tap: Command) -> None:
    tap.serve(FLOW)
    clock = Clock()

    def sleep(_: float) -> None:
        clock.now += 1000

    shared = Shared(retry=Retry(1, sleep=sleep, clock=clock), token_lifetime=600, clock=clock)
    tap.service.fault(call="ivr_flows", status=503)
    reader = Client(TENANT["app_key"], TENANT["app_secret"], api_url=tap.service.url, shared=shared)
    assert reader.fetch(IVR_FLOWS) == [FLOW]
    assert counts(tap.service) == (2, 2)


def test_a_token_that_the_service_ended_is_renewed_once(tap: Command) -> None:
    tap.serve(FLOW)
    reader = client(tap.service, Clock())
    reader.fetch(IVR_FLOWS)
    tap.service.fault(call="ivr_flows", expire_token=True)
    assert reader.fetch(IVR_FLOWS) == [FLOW]
    assert counts(tap.service) == (2, 3)


def test_a_tenant_that_is_refused_with_a_new_token_leaves_it_to_the_others(tap: Command) -> None:
    tap.serve(FLOW)
    reader = client(tap.service, Clock())
    tap.service.fault(call="ivr_flows", times=2, status=403)
    with pytest.raises(CallError, match="queryIVRFlowList answered 403"):
        reader.fetch(IVR_FLOWS)
    assert reader.fetch(IVR_FLOWS) == [FLOW]
    assert counts(tap.service) == (2, 3)


def test_a_connection_is_lent_to_one_tenant(tap: Command) -> None:
    tenants = [{**TENANT, "name": name, "app_key": f"key-{name}"} for name in ("north", "south")]
    tap.service.set_tenants([{**tenant, "flows": [{**FLOW, "id": n}]} for n, tenant in enumerate(tenants)])
    shared = Shared(retry=Retry(0))
    north, south = (
        Client(each["app_key"], each["app_secret"], api_url=tap.service.url, shared=shared)
        for each in tenants
    )
    inner = []

    def parse(response: Response) -> Page:
        # North is between two calls: its connection is open, and free.
        inner.extend(south.fetch(IVR_FLOWS))
        return parse_page(response, IVR_FLOWS)

    outer = north.fetch_page(IVR_FLOWS, parse).rows
    assert [row["id"] for row in (*outer, *inner)] == [0, 1]
    assert tap.service.calls()["open_connections_peak"] == 2


def test_the_calls_are_as_documented(tap: Command) -> None:
    tap.service.set_tenants([{**TENANT, "flows": [FLOW], "tenant_space_id": "space-9"}])
    tenant = {**TENANT, "tenant_space_id": "space-9"}
    run = tap(tap.config([tenant], token_lifetime=600, user_agent="me/1"))
    token, query = tap.service.calls()["log"]
    (issued,) = tap.service.tokens()

    assert run.code == 0
    assert token["headers"]["x-token-expire"] == "600"
    assert "authorization" not in token["headers"]
    assert query["headers"]["authorization"] == f"Bearer {issued}"
    assert query["headers"]["x-app-key"] == TENANT["app_key"]
    assert query["headers"]["x-tenantspaceid"] == "space-9"
    assert query["headers"]["content-length"] == "2"
    for call in (token, query):
        assert call["headers"]["content-type"] == "application/json"
        assert call["headers"]["user-agent"] == "me/1"


def test_no_space_is_sent_unless_it_is_set_and_the_tap_names_itself(tap: Command) -> None:
    tap.serve(FLOW)
    tap(tap.config())
    query = tap.service.calls()["log"][1]
    assert "x-tenantspaceid" not in query["headers"]
    assert query["headers"]["user-agent"] == "tap-ivrflow/0.1.0"


def test_an_entry_of_netrc_never_replaces_the_token(tap: Command) -> None:
    tap.serve(FLOW)
    (tap.folder / ".netrc").write_text("machine 127.0.0.1 login me password mine\n")
    assert tap(tap.config()).code == 0
    assert [call["headers"].get("authorization", "")[:6] for call in tap.service.calls()["log"]] == [
        "",
        "Bearer",
    ]


def test_a_cookie_never_travels_to_another_call(tap: Command) -> None:
    tenants = [{**TENANT, "name": name, "app_key": f"key-{name}"} for name in "ab"]
    tap.service.set_tenants([{**tenant, "flows": [FLOW]} for tenant in tenants])
    tap.service.fault(call="token", headers={"Set-Cookie": "session=a"})
    assert tap(tap.config(tenants, concurrency=1)).code == 0
    assert all("cookie" not in call["headers"] for call in tap.service.calls()["log"])


def test_no_more_calls_are_made_at_one_time_than_the_concurrency(tap: Command) -> None:
    tenants = [{**TENANT, "name": f"t{number}", "app_key": f"key-{number}"} for number in range(40)]
    tap.service.set_tenants([{**tenant, "flows": [FLOW]} for tenant in tenants])
    assert tap(tap.config(tenants, concurrency=4)).code == 0
    calls = tap.service.calls()
    assert (calls["token"], calls["ivr_flows"]) == (40, 40)
    assert calls["concurrent_peak"] <= 4


def test_the_proxy_of_the_environment_is_used(tap: Command) -> None:
    tap.serve(FLOW)
    run = tap(tap.config(max_retries=0), http_proxy="http://me:hidden@127.0.0.1:9")
    assert run.code == 1
    assert "got no answer: Connection refused" in run.errors[0]
    assert "hidden" not in run.stderr
    assert counts(tap.service) == (0, 0)


def test_the_proxys_exceptions_are_honoured_for_both_calls(tap: Command) -> None:
    tap.serve(FLOW)
    run = tap(tap.config(max_retries=0), http_proxy="http://127.0.0.1:9", no_proxy="127.0.0.1")
    assert run.code == 0
    assert counts(tap.service) == (1, 1)


def test_a_proxy_that_cannot_be_used_is_named_without_being_shown(tap: Command) -> None:
    run = tap(tap.config(), http_proxy="socks5://me:hidden@127.0.0.1:9")
    assert run.code == 1
    assert "HTTP_PROXY" in run.errors[0]
    assert "hidden" not in run.stderr
    assert run.waits == []


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def encrypted(
    authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Simulator, Path]]:
    folder = tmp_path_factory.mktemp("certificates")
    issued = authority.issue_cert("127.0.0.1")
    chain, key, ca = folder / "chain.pem", folder / "key.pem", folder / "ca.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(ca)
    with running(certificate=(chain, key)) as simulator:
        simulator.set_tenants([{**TENANT, "flows": [FLOW]}])
        yield simulator, ca


def test_the_ca_bundle_of_the_environment_is_trusted_for_both_calls(
    tap: Command, encrypted: tuple[Simulator, Path]
) -> None:
    simulator, ca = encrypted
    run = tap({**tap.config(), "api_url": simulator.url}, REQUESTS_CA_BUNDLE=str(ca))
    assert (run.code, run.ids) == (0, [("north", 1)])
    assert run.warnings == []


def test_an_untrusted_certificate_ends_the_run_before_credentials_are_sent(
    tap: Command, encrypted: tuple[Simulator, Path]
) -> None:
    simulator, _ = encrypted
    simulator.clear_calls()
    run = tap({**tap.config(), "api_url": simulator.url})
    assert run.code == 1
    (error,) = run.errors
    assert "certificate is not trusted" in error
    assert "REQUESTS_CA_BUNDLE" in error
    assert counts(simulator) == (0, 0)


def test_a_ca_bundle_that_is_missing_is_named(tap: Command, encrypted: tuple[Simulator, Path]) -> None:
    simulator, _ = encrypted
    run = tap({**tap.config(), "api_url": simulator.url}, REQUESTS_CA_BUNDLE="nowhere.pem")
    assert run.code == 1
    assert run.errors[0].endswith("REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names no file of certificates")


def test_https_to_a_service_that_speaks_http_is_named_and_not_retried(tap: Command) -> None:
    run = tap({**tap.config(max_retries=1), "api_url": tap.service.url.replace("http", "https")})
    assert run.code == 1
    assert (
        "was not made: no TLS is spoken there (check api_url or token_api_url: https or http?)"
        in run.errors[0]
    )
    assert run.waits == []


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("é".encode(), "application/json", "é"),
        ("é".encode(), "application/json;charset=ISO-8859-1", "é"),
        ("é".encode("latin-1"), 'application/json; charset="iso-8859-1"', "é"),
        ("é".encode("latin-1"), "application/json", b"\xe9"),
        ("é".encode("latin-1"), "application/json; charset=martian", b"\xe9"),
        ("客".encode("gb18030"), "application/json;Charset=GB18030", "客"),
        *[
            ("客㐂𠀀".encode("gb18030"), f"text/json; charset={name}", "客㐂𠀀")
            for name in ("gb2312", "GBK", "euc-cn")
        ],
        ('{"客": 1}'.encode("utf-16"), "text/json; charset=UTF-16", '{"客": 1}'),
        *[
            (text.encode(name), f"text/json; charset={name}", '{"a": 1}')
            for name in ("UTF-16LE", "utf-16be", "UTF-32LE")
            for text in ('{"a": 1}', '\ufeff{"a": 1}')
        ],
        (b"\xef\xbb\xbf{}", "", "{}"),
        (b"", "", ""),
    ],
)
def test_a_body_becomes_utf_8_if_it_can_be_decoded(body: bytes, content_type: str, text: str | bytes) -> None:
    assert to_utf8(body, content_type) == (text if isinstance(text, bytes) else text.encode())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    head=st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"]),
    rest=st.binary(),
)
def test_any_bytes_that_come_are_rows_or_a_typed_error(tap: Command, head: bytes, rest: bytes) -> None:
    tap.serve(FLOW)
    tap.service.clear_faults()
    tap.service.fault(call="ivr_flows", times=None, raw=head + rest)
    try:
        rows = client(tap.service, Clock()).fetch(IVR_FLOWS)
    except CallError as error:
        assert "\n" not in str(error)
    else:
        assert json.loads(rest)["result"] == rows


def test_the_standard_library_still_names_an_untrusted_certificate_as_it_did() -> None:
    assert issubclass(ssl.SSLCertVerificationError, OSError)


@pytest.mark.parametrize("value", [12, "12", 1234567890])
def test_a_token_that_cannot_be_one_is_refused_and_not_masked(tap: Command, value: object) -> None:
    tap.serve(FLOW)
    tap.service.fault(call="token", body=json.dumps({"AccessToken": value, "message": f"no {value}"}))
    shared = Shared(retry=Retry(0))
    reader = Client(TENANT["app_key"], TENANT["app_secret"], api_url=tap.service.url, shared=shared)
    with pytest.raises(CallError, match=rf"usable AccessToken.*no {value}"):
        reader.fetch(IVR_FLOWS)
    assert shared.redact(f"at {value}") == f"at {value}"


def test_the_client_alone_warns_of_an_odd_list(tap: Command, caplog: pytest.LogCaptureFixture) -> None:
    tap.serve(FLOW)
    tap.service.fault(call="ivr_flows", body='{"retCode": "0"}')
    assert client(tap.service, Clock()).fetch(IVR_FLOWS) == []
    assert "queryIVRFlowList: no list in a successful response" in caplog.text


def test_the_client_alone_masks_its_secret_too(tap: Command) -> None:
    secret = TENANT["app_secret"]
    tap.service.fault(call="token", status=403, body=json.dumps({"message": f"no such pair: key, {secret}"}))
    with pytest.raises(CallError, match=r"no such pair: key, \*\*\*") as caught:
        client(tap.service, Clock()).fetch(IVR_FLOWS)
    assert secret not in str(caught.value)


@pytest.mark.parametrize("proxy", ["http://me:hidden@", "http://", "http://:3128", "me:hidden@"])
def test_a_proxy_without_a_host_is_named(tap: Command, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(CallError, match=r"proxy has no host .*HTTPS_PROXY") as caught:
        client(tap.service, Clock()).fetch(IVR_FLOWS)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("address", ["", "x@host:3128", "host:port", "[::1"])
def test_a_proxy_that_cannot_be_parsed_is_an_error_like_any_other(
    tap: Command, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("http_proxy", f"http://me:pass/word#{address}")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(CallError, match="proxy") as caught:
        client(tap.service, Clock()).fetch(IVR_FLOWS)
    assert "pass" not in str(caught.value)


def test_the_password_of_a_proxy_that_cannot_be_parsed_is_masked_at_debug(tap: Command) -> None:
    proxy = "http://me:hidden#secret@127.0.0.1:9"
    run = tap(tap.config(max_retries=0), http_proxy=proxy, TAP_IVRFLOW_LOGLEVEL="DEBUG")
    assert run.code == 1
    assert "Traceback" in run.stderr
    assert "hidden" not in run.stderr
    assert "#secret" not in run.stderr


class Silent(Transport):
    """Some hosts do not answer; the others give a token that is used at once, or an empty list."""

    hosts: tuple[str, ...] = ()

    @override
    def post(self, session: Session, url: str, **_: object) -> Response:
        if url.startswith(self.hosts):
            raise CallError("got no answer", Failure.NO_CONNECTION)
        if url.endswith(TOKEN_PATH):
            return Response(200, b'{"AccessToken": "a-token-1", "Expires": "0"}')
        return Response(200, b'{"retCode": "0", "result": []}')


def test_each_host_that_does_not_answer_is_counted_apart() -> None:
    transport = Silent()
    shared = Shared(transport=transport, retry=Retry(0))
    reader = Client("key", "secret", api_url="http://lists", token_api_url="http://tokens", shared=shared)
    # The one list call in between restarts the count of the token's host, and not that of its own.
    for host in (*["http://tokens"] * 4, *["http://lists"] * 5, *["http://tokens"] * 4):
        transport.hosts = (host,)
        with pytest.raises(CallError, match="got no answer"):
            reader.fetch(IVR_FLOWS)
    transport.hosts = ()
    with pytest.raises(DeadHostError, match=r"queryIVRFlowList .*http://lists gave no answer to 5 lists"):
        reader.fetch(IVR_FLOWS)
