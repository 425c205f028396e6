"""An answer belongs to a call: no connection carries the answer of one call to another tenant's."""

from __future__ import annotations

import gzip
import io
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import trustme
from cryptography import x509
from typing_extensions import override
from urllib3.util.ssl_ import create_urllib3_context
from urllib3.util.wait import wait_for_read

from simulator.server import Simulator
from tap_ivrflow.aicc.calls import IVR_FLOWS
from tap_ivrflow.aicc.client import Client, Shared
from tap_ivrflow.aicc.errors import CallError, Failure
from tap_ivrflow.aicc.network_errors import call_error
from tap_ivrflow.aicc.responses import Response, parse_object
from tap_ivrflow.aicc.retry import Retry
from tap_ivrflow.aicc.transport import Session, Transport

Answers = list[bytes]
NOW = datetime.now(tz=UTC)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    head = b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\n"
    return head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def receive(connection: socket.socket) -> bytes:
    """The next call; nothing once the client has closed."""
    request = connection.recv(65536)
    while request and not is_complete(request):
        request += connection.recv(65536)
    return request


def is_complete(request: bytes) -> bool:
    """Whether a call has come with its body; the CONNECT of a proxy has none."""
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return b"\r\n\r\n" in request and len(body) >= (int(length[1]) if length else 0)


class Scripted:
    """A server that gives each call the next bytes, and counts the connections."""

    def __init__(
        self, answers: Answers, wrap: Callable[[socket.socket], socket.socket] | None = None
    ) -> None:
        self.answers = answers
        self.wrap = wrap or (lambda connection: connection)
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.thread = Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        while self.answers:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            # A call may still come when the test is over, and no answers are left.
            ended = suppress(OSError, IndexError)
            with closing(connection), ended, closing(self.wrap(connection)) as wrapped:
                self.talk(wrapped)

    def talk(self, connection: socket.socket) -> None:
        while self.answers and receive(connection):
            following = self.answers.pop(0) if self.answers else b""  # The test may have ended.
            if not following:  # Close in place of an answer.
                return
            connection.sendall(following)


@contextmanager
def serving(
    *answers: bytes,
    wrap: Callable[[socket.socket], socket.socket] | None = None,
    kind: type[Scripted] = Scripted,
) -> Iterator[Scripted]:
    server = kind(list(answers), wrap)
    try:
        yield server
    finally:
        server.answers.clear()
        # Wakes the server, if it still waits for a connection.
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        server.thread.join(60)


TRANSPORT = Transport(timeout=30)


@pytest.fixture(autouse=True)
def forget_the_environment() -> None:
    """Each test has an environment of its own."""
    TRANSPORT._environment.clear()  # noqa: SLF001 - kept for a run, of which a process has one


def post(server: Scripted, session: Session, url: str = "") -> Response:
    return TRANSPORT.post(session, url or server.url, headers={}, body={})


def test_a_connection_is_kept_after_a_clean_success() -> None:
    with serving(answer(b'{"a": 1}'), answer(b'{"b": 2}')) as server, TRANSPORT.session() as session:
        assert [post(server, session).body for _ in range(2)] == [b'{"a": 1}', b'{"b": 2}']
        assert server.connections == 1


@pytest.mark.parametrize("status", [b"503 Busy", b"504 Late", b"408 Slow", b"404 None"])
def test_a_connection_ends_with_an_answer_that_is_no_success(status: bytes) -> None:
    late = answer(b"{}", status) + answer(b'{"late": 1}')
    with serving(late, answer(b'{"b": 2}')) as server, TRANSPORT.session() as session:
        assert post(server, session).status == int(status[:3])
        assert post(server, session).body == b'{"b": 2}'
        assert server.connections == 2


def test_what_comes_behind_a_204_is_no_answer() -> None:
    behind = b"HTTP/1.1 204 None\r\n\r\n" + answer(b'{"late": 1}')
    with serving(behind, answer(b'{"b": 2}')) as server, TRANSPORT.session() as session:
        assert post(server, session).status == 204
        assert post(server, session).body == b'{"b": 2}'


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    return trusted(tmp_path, monkeypatch)


def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The context of a server whose authority is trusted."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_a_connection_over_tls_is_kept_after_a_clean_success(tls: ssl.SSLContext) -> None:
    answers = [answer(b'{"a": 1}'), answer(b'{"b": 2}')]
    with (
        serving(*answers, wrap=partial(tls.wrap_socket, server_side=True)) as server,
        TRANSPORT.session() as session,
    ):
        assert [post(server, session, server.url.replace("http", "https")).status for _ in answers] == [
            200
        ] * 2
        assert server.connections == 1


class Late(Scripted):
    """A server that sends one answer more than it was asked for, once the first was read."""

    is_read: Event

    @override
    def talk(self, connection: socket.socket) -> None:
        if self.connections == 1:
            receive(connection)
            connection.sendall(self.answers.pop(0))
            self.is_read.wait(60)
            connection.sendall(answer(b'{"late": 1}'))
        super().talk(connection)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_answer_that_comes_between_two_calls_is_nobodys(tls: ssl.SSLContext, scheme: str) -> None:
    def wrap(connection: socket.socket) -> socket.socket:
        return tls.wrap_socket(connection, server_side=True) if scheme == "https" else connection

    Late.is_read = Event()
    answers = [answer(b'{"a": 1}'), answer(b'{"b": 2}')]
    with serving(*answers, wrap=wrap, kind=Late) as server, TRANSPORT.session() as session:
        url = server.url.replace("http", scheme)
        assert post(server, session, url).body == b'{"a": 1}'
        pools = session.get_adapter(url).poolmanager.pools  # type: ignore[attr-defined] # an `Adapter`
        (kept,) = [pools[key].pool.queue[-1] for key in pools.keys()]  # noqa: SIM118 - it cannot be iterated
        Late.is_read.set()
        assert wait_for_read(kept.sock, 60)
        assert post(server, session, url).body == b'{"b": 2}'
        assert server.connections == 2


TOKEN = answer(b'{"AccessToken": "token-of-a-tenant", "Expires": "600"}')
SECOND = b'{"retCode": "0", "result": [{"id": 666}]}'


def flows(number: int) -> bytes:
    return answer(b'{"retCode": "0", "result": [{"id": %d}]}' % number)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_second_response_is_never_taken_by_another_tenant_or_list(tls: ssl.SSLContext, scheme: str) -> None:
    def wrap(connection: socket.socket) -> socket.socket:
        return tls.wrap_socket(connection, server_side=True) if scheme == "https" else connection

    answers = [TOKEN, flows(1) + answer(SECOND), flows(2) + answer(SECOND), TOKEN, flows(3)]
    with serving(*answers, wrap=wrap) as server:
        url = server.url.replace("http", scheme).rstrip("/")
        shared = Shared(transport=TRANSPORT, retry=Retry(0))
        north = Client("key-north", "secret", api_url=url, shared=shared)
        assert north.fetch(IVR_FLOWS) == [{"id": 1}]
        assert north.fetch(IVR_FLOWS) == [{"id": 2}]
        assert Client("key-south", "secret", api_url=url, shared=shared).fetch(IVR_FLOWS) == [{"id": 3}]
        assert server.connections == 3


def test_a_second_response_that_tls_holds_back_is_a_failure(tls: ssl.SSLContext) -> None:
    # As long as what is asked of TLS at once: TLS holds the rest, and a look at the socket does not show it.
    token = b'{"AccessToken": "token-of-a-tenant"}'.ljust(
        io.DEFAULT_BUFFER_SIZE - len(answer(b" " * 1000)) + 1000
    )
    wrap = partial(tls.wrap_socket, server_side=True)
    with serving(answer(token) + TOKEN, flows(1), wrap=wrap) as server:
        url = server.url.replace("http", "https").rstrip("/")
        client = Client("key", "secret", api_url=url, shared=Shared(transport=TRANSPORT, retry=Retry(0)))
        with pytest.raises(CallError, match=r"queryIVRFlowList .* without a retCode"):
            client.fetch(IVR_FLOWS)


def test_a_failed_attempt_leaves_no_connection_behind() -> None:
    changed = answer(b'{"retCode": "0", "result": [{"id": 1')
    with serving(TOKEN, changed + answer(SECOND), flows(2)) as server:
        retry = Retry(1, sleep=lambda _: None)
        client = Client(
            "key", "secret", api_url=server.url.rstrip("/"), shared=Shared(transport=TRANSPORT, retry=retry)
        )
        assert client.fetch(IVR_FLOWS) == [{"id": 2}]


def test_a_100_is_passed_over_and_any_other_informational_response_is_a_failure() -> None:
    informed = b"HTTP/1.1 %b\r\nLink: x\r\n\r\n"
    answers = [informed % b"100 Continue" * 3 + answer(b'{"a": 1}'), informed % b"103 Early Hints"]
    with serving(*answers) as server, TRANSPORT.session() as session:
        assert post(server, session).body == b'{"a": 1}'
        assert post(server, session).status == 103


ENDLESS = [(HEAD + b"\r\n", b" "), (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")]


@pytest.mark.parametrize(("first", "more"), ENDLESS)
def test_a_response_without_an_end_is_given_up(service: Simulator, first: bytes, more: bytes) -> None:
    service.fault(raw=first, repeat=more)
    transport, url = Transport(longest_call=0.1), service.url + IVR_FLOWS.path
    with transport.session() as session:
        with pytest.raises(CallError, match=r"did not end in time \(raise call_timeout") as caught:
            transport.post(session, url, headers={}, body={})
        assert caught.value.cause is Failure.ENDLESS_RESPONSE
        assert not caught.value.is_retried


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_an_answer_that_is_too_large_is_given_up(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setattr("tap_ivrflow.aicc.transport.LARGEST_RESPONSE", 2**20)
    monkeypatch.setattr("tap_ivrflow.aicc.transport._PIECE", 2**16)
    body = b" " * 2**20
    large = [gzip.compress(text) if encoding == "gzip" else text for text in (body, body + b" ")]
    head = HEAD + b"Content-Encoding: " + encoding.encode() + b"\r\n"
    answers = [head + b"Content-Length: %d\r\n\r\n%b" % (len(text), text) for text in large]
    with serving(*answers) as server, TRANSPORT.session() as session:
        assert post(server, session).body == body
        with pytest.raises(CallError, match="more than 1 MiB"):
            post(server, session)


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (HEAD + b"Content-Length: 10000000000000\r\n\r\n{}", "was cut or cannot be decoded"),
        (HEAD + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}", "with two different lengths"),
        (CHUNKED + b"-5\r\n{}\r\n0\r\n\r\n", "was cut or cannot be decoded"),
        (CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", "was cut or cannot be decoded"),
        (CHUNKED + b"ffffffffffff\r\n{}\r\n0\r\n\r\n", "was cut or cannot be decoded"),
    ],
)
def test_an_answer_whose_length_cannot_be_is_a_cut_answer(broken: bytes, reason: str) -> None:
    with (
        serving(broken) as server,
        TRANSPORT.session() as session,
        pytest.raises(CallError, match=f"had a response .*{reason}") as caught,
    ):
        post(server, session)
    assert caught.value.is_retried


def test_a_connection_that_broke_is_a_failure() -> None:
    with serving(b"", b"") as server, TRANSPORT.session() as session:
        with pytest.raises(CallError) as caught:
            post(server, session)
        assert caught.value.cause is Failure.NO_CONNECTION


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.mark.parametrize(
    ("host", "reason", "hint"),
    [
        ("127.0.0.1", "self.signed certificate|unable to get local issuer", "set REQUESTS_CA_BUNDLE"),
        ("example.com", "mismatch", "check api_url and the clock here"),
    ],
)
def test_openssls_own_reason_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, host: str, reason: str, hint: str
) -> None:
    authority = trustme.CA()
    if host != "127.0.0.1":
        authority.cert_pem.write_to_path(folder / "ca.pem")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)

    def wrap(connection: socket.socket) -> socket.socket:
        return context.wrap_socket(connection, server_side=True)

    with serving(b"never", wrap=wrap) as server, TRANSPORT.session() as session:
        with pytest.raises(CallError, match=f"not trusted: .*({reason})") as caught:
            post(server, session, server.url.replace("http", "https"))
        assert hint in str(caught.value)
        assert not caught.value.is_retried


def test_an_authority_that_only_python_3_13_refuses_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(
        self: x509.CertificateBuilder, extension: x509.ExtensionType, *, critical: bool
    ) -> x509.CertificateBuilder:
        is_critical = critical and not isinstance(extension, x509.BasicConstraints)
        return added(self, extension, critical=is_critical)

    added = x509.CertificateBuilder.add_extension
    monkeypatch.setattr(x509.CertificateBuilder, "add_extension", add)
    strict = partial(create_urllib3_context, verify_flags=ssl.VERIFY_X509_STRICT)
    monkeypatch.setattr("urllib3.connection.create_urllib3_context", strict)
    context = trusted(tmp_path, monkeypatch)
    with (
        serving(b"never", wrap=partial(context.wrap_socket, server_side=True)) as server,
        TRANSPORT.session() as session,
        pytest.raises(CallError) as caught,
    ):
        post(server, session, server.url.replace("http", "https"))
    assert str(caught.value) == (
        "was not made: the certificate is not trusted: Basic Constraints of CA cert not marked critical "
        "(check api_url and the clock here, or have the certificate replaced)"
    )


@pytest.mark.parametrize(
    "text", ["junk", "", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n", None]
)
def test_a_file_of_authorities_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "junk.pem").write_text(text or "")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "junk.pem"))
    if text is None:  # As root, every file can be read.
        monkeypatch.setattr("ssl.SSLContext.load_verify_locations", deny)
    with serving(b"never") as server, TRANSPORT.session() as session, pytest.raises(CallError) as caught:
        post(server, session, server.url.replace("http", "https"))
    assert (
        str(caught.value)
        == "was not made: REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names no file of certificates"
    )
    assert not caught.value.is_retried


YEARS = timedelta(days=3650)


@pytest.mark.parametrize(
    ("options", "reason", "hint"),
    [
        (
            {"not_before": NOW - YEARS, "not_after": NOW - YEARS / 2},
            "expired",
            "have the certificate replaced",
        ),
        ({"not_before": NOW + YEARS / 2}, "not yet valid", "the clock here"),
    ],
)
def test_a_certificate_that_is_out_of_its_time_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], reason: str, hint: str
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "time.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "time.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", **options).configure_cert(context)
    with (
        serving(b"never", wrap=partial(context.wrap_socket, server_side=True)) as server,
        TRANSPORT.session() as session,
        pytest.raises(CallError, match=f"not trusted: .*{reason}") as caught,
    ):
        post(server, session, server.url.replace("http", "https"))
    assert hint in str(caught.value)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_certificate_that_is_asked_for_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, version: ssl.TLSVersion
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "client.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "client.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with (
        serving(b"never", wrap=partial(context.wrap_socket, server_side=True)) as server,
        TRANSPORT.session() as session,
        pytest.raises(CallError, match=r"TLS failed|the TLS connection was closed") as caught,
    ):
        post(server, session, server.url.replace("http", "https"))
    assert "perhaps the service wants a client certificate, which this tap cannot send" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (20, "set REQUESTS_CA_BUNDLE to the file"),
        (19, "set REQUESTS_CA_BUNDLE"),
        (26, "certificate replaced"),
    ],
)
def test_the_advice_fits_what_openssl_says(code: int, advice: str) -> None:
    error = ssl.SSLCertVerificationError("a text")
    error.verify_code, error.verify_message = code, "a reason"
    assert advice in str(call_error(error, 60))


@pytest.mark.parametrize(
    ("status", "failure"),
    [("407", Failure.PROXY_REFUSED), ("403", Failure.PROXY_REFUSED), ("503", Failure.PROXY_BUSY)],
)
def test_a_proxy_that_refuses_is_named(
    monkeypatch: pytest.MonkeyPatch, status: str, failure: Failure | None
) -> None:
    with serving(f"HTTP/1.1 {status} No\r\n\r\n".encode()) as proxy, TRANSPORT.session() as session:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with pytest.raises(CallError, match=f"proxy .*{status}") as caught:
            post(proxy, session, "https://service.invalid/")
        assert caught.value.cause is failure
        assert caught.value.is_retried == (status == "503")


@pytest.mark.parametrize(
    ("variable", "is_encrypted"), [("HTTP_PROXY", False), ("HTTPS_PROXY", False), ("HTTPS_PROXY", True)]
)
def test_tls_that_fails_at_the_proxy_is_the_proxys(
    monkeypatch: pytest.MonkeyPatch, *, variable: str, is_encrypted: bool
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    wrap = partial(context.wrap_socket, server_side=True) if is_encrypted else answer_in_plain_text
    with serving(b"never", wrap=wrap) as proxy, TRANSPORT.session() as session:
        monkeypatch.setenv(variable, proxy.url.replace("http", "https"))
        monkeypatch.setenv("NO_PROXY", "")
        with pytest.raises(CallError) as caught:
            post(proxy, session, variable.partition("_")[0].lower() + "://service.invalid/")
    assert not caught.value.is_retried
    if is_encrypted:
        assert "was not made: at the proxy: the certificate is not trusted: " in str(caught.value)
        assert "REQUESTS_CA_BUNDLE names the file of a private authority" in str(caught.value)
    else:
        line = "was not made: at the proxy: no TLS is spoken there (check the proxy settings: https or http?"
        assert line in str(caught.value)


def answer_in_plain_text(connection: socket.socket) -> socket.socket:
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    return connection


@pytest.mark.parametrize("status", ["403", "407", "503"])
def test_a_proxy_that_may_have_answered_a_plain_call_is_named(
    monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    with serving(answer(b"", status.encode() + b" No")) as proxy, TRANSPORT.session() as session:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        response = post(proxy, session, "http://service.invalid/")
    with pytest.raises(CallError, match=f"{status}, perhaps by the proxy of HTTP_PROXY"):
        parse_object(response)


def test_without_a_proxy_none_is_named() -> None:
    with serving(answer(b"", b"403 No")) as server, TRANSPORT.session() as session:
        response = post(server, session)
    with pytest.raises(CallError) as caught:
        parse_object(response)
    assert "proxy" not in str(caught.value)


def test_the_environment_is_looked_at_once_for_each_host(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts: list[str] = []

    def look(host: str, **_: object) -> dict[str, str]:
        hosts.append(host)
        return {}

    monkeypatch.setattr("requests.sessions.get_environ_proxies", look)
    with serving(*[answer(b"{}")] * 4) as one, serving(answer(b"{}")) as other:
        for server in (one, one, other):
            with TRANSPORT.session() as session:
                post(server, session)
    assert hosts == [one.url, other.url]


MALFORMED = [b"X-FRAME-OPTIONS : SAMEORIGIN", "Größe: 1".encode(), b"no header", b": empty"]


@pytest.mark.parametrize("line", MALFORMED[:3])
def test_a_length_behind_a_malformed_header_fails_at_once(line: bytes) -> None:
    broken = HEAD + line + b"\r\nContent-Length: 2\r\n\r\n{}"
    with serving(broken, b"never") as server, TRANSPORT.session() as session:
        with pytest.raises(CallError, match="headers that cannot be read") as caught:
            post(server, session)
        assert not caught.value.is_retried


@pytest.mark.parametrize("line", MALFORMED)
def test_a_malformed_header_behind_the_length_does_no_harm(line: bytes) -> None:
    with (
        serving(HEAD + b"Content-Length: 2\r\n" + line + b"\r\n\r\n{}") as server,
        TRANSPORT.session() as session,
    ):
        assert post(server, session).body == b"{}"
