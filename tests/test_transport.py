"""An answer belongs to a call: no connection carries the answer of one call to another tenant's."""

from __future__ import annotations

import gzip
import io
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
from urllib3.util.ssltransport import SSLTransport
from urllib3.util.wait import wait_for_read

from tap_ivrflow.aicc.connections import Bounded, _Reader
from tap_ivrflow.aicc.errors import CallError, Failure
from tap_ivrflow.aicc.network_errors import call_error
from tap_ivrflow.aicc.responses import Response, parse_object
from tap_ivrflow.aicc.retry import is_retried
from tap_ivrflow.aicc.tokens import Token
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
    # A call ends with its body, the CONNECT of a proxy with its head.
    while request and not request.endswith(b"\r\n\r\n" if request.startswith(b"CONNECT") else b"{}"):
        request += connection.recv(65536)
    return request


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
            with closing(connection), suppress(OSError), closing(self.wrap(connection)) as wrapped:
                self.talk(wrapped)

    def talk(self, connection: socket.socket) -> None:
        while self.answers and receive(connection):
            following = self.answers.pop(0)
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
    return TRANSPORT.post(session, url or server.url, headers={}, body={}, auth=Token("t", 0.0))


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


@pytest.mark.parametrize("behind", [answer(b'{"a": 1}'), b"x"])
def test_an_answer_with_something_behind_it_ends_its_connection(behind: bytes) -> None:
    first = answer(b'{"a": 1}') + behind
    with serving(first, answer(b'{"b": 2}')) as server, TRANSPORT.session() as session:
        assert [post(server, session).body for _ in range(2)] == [b'{"a": 1}', b'{"b": 2}']
        assert server.connections == 2


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


READ_AT_ONCE = io.DEFAULT_BUFFER_SIZE
"""Bytes that are asked of TLS at once: it holds the rest of its record, of up to 16 KiB."""


def answer_of(length: int) -> bytes:
    """An answer of some bytes, its head included."""
    whole = answer(b"a" * 1000)
    return answer(b"a" * (1000 + length - len(whole)))


@pytest.mark.parametrize("length", [READ_AT_ONCE - 1, READ_AT_ONCE, READ_AT_ONCE + 1])
def test_what_tls_holds_behind_an_answer_ends_the_connection(tls: ssl.SSLContext, length: int) -> None:
    answers = [answer_of(length) + answer(b'{"late": 1}'), answer(b'{"b": 2}')]
    with (
        serving(*answers, wrap=partial(tls.wrap_socket, server_side=True)) as server,
        TRANSPORT.session() as session,
    ):
        url = server.url.replace("http", "https")
        assert post(server, session, url).body.startswith(b"aa")
        assert post(server, session, url).body == b'{"b": 2}'
        assert server.connections == 2


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


def test_a_connection_of_tls_within_tls_ends_with_its_answer(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Server:
        """The context of a server, for a class that knows clients only."""

        @staticmethod
        def wrap_bio(incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, **_: object) -> ssl.SSLObject:
            return tls.wrap_bio(incoming, outgoing, server_side=True)

    def wrap(connection: socket.socket) -> Any:
        outer = tls.wrap_socket(connection, server_side=True)
        assert outer.recv(65536).startswith(b"CONNECT")
        outer.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        return SSLTransport(outer, Server)  # type: ignore[arg-type] # all that it needs of a context

    answers = [answer_of(READ_AT_ONCE) + answer(b'{"late": 1}'), answer(b'{"b": 2}')]
    with serving(*answers, wrap=wrap) as proxy, TRANSPORT.session() as session:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("http", "https"))
        monkeypatch.setenv("NO_PROXY", "")
        bodies = [post(proxy, session, "https://127.0.0.1:9/").body[:8] for _ in range(2)]
        assert bodies == [b"a" * 8, b'{"b": 2}']
        assert proxy.connections == 2


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


@pytest.mark.parametrize("first", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_informational_responses_are_passed_over(first: bytes) -> None:
    informed = b"HTTP/1.1 " + first + b"\r\nLink: x\r\n\r\n"
    with serving(informed * 3 + answer(b'{"a": 1}')) as server, TRANSPORT.session() as session:
        assert post(server, session).body == b'{"a": 1}'


ENDLESS = [
    (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    (HEAD + b"\r\n", b" "),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"Trailer: 1\r\n"),
]


class Endless(Scripted):
    """A server whose answer goes on until the client has had enough."""

    @override
    def talk(self, connection: socket.socket) -> None:
        first, more = self.answers
        connection.recv(65536)
        connection.sendall(first)
        while True:
            connection.sendall(more)


@pytest.mark.parametrize("answers", ENDLESS)
def test_an_answer_without_an_end_is_given_up(answers: tuple[bytes, bytes]) -> None:
    transport = Transport(longest_call=0.1)
    with serving(*answers, kind=Endless) as server, transport.session() as session:
        with pytest.raises(CallError, match=r"did not end in time \(raise call_timeout") as caught:
            transport.post(session, server.url, headers={}, body={}, auth=Token("t", 0.0))
        assert caught.value.failure is Failure.ENDLESS_RESPONSE
        assert not is_retried(caught.value)


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
        with pytest.raises(CallError, match="answered with more than 1 MiB"):
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
        pytest.raises(CallError, match=f"had an answer .*{reason}") as caught,
    ):
        post(server, session)
    assert is_retried(caught.value)


def test_a_kept_connection_that_broke_is_opened_anew_once() -> None:
    with serving(answer(b'{"a": 1}'), b"", answer(b'{"b": 2}')) as server, TRANSPORT.session() as session:
        post(server, session)
        assert post(server, session).body == b'{"b": 2}'


def test_a_new_connection_that_broke_is_a_failure() -> None:
    with serving(b"", b"") as server, TRANSPORT.session() as session:
        with pytest.raises(CallError, match="got no answer") as caught:
            post(server, session)
        assert caught.value.failure is Failure.CLOSED


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.mark.parametrize(
    ("host", "reason", "hint"),
    [
        ("127.0.0.1", "self.signed certificate|unable to get local issuer", "set REQUESTS_CA_BUNDLE"),
        ("example.com", "mismatch", "one of another address"),
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
        assert hint in caught.value.hint
        assert caught.value.failure is None


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
        "(the certificate of the service or of its authority has to be replaced; Python 3.12 accepts it)"
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
    assert not is_retried(caught.value)


YEARS = timedelta(days=3650)


@pytest.mark.parametrize(
    ("options", "reason", "hint"),
    [
        (
            {"not_before": NOW - YEARS, "not_after": NOW - YEARS / 2},
            "expired",
            "renew it on the service's side",
        ),
        ({"not_before": NOW + YEARS / 2}, "not yet valid", "check the clock here"),
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
    assert hint in caught.value.hint


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
    assert caught.value.hint.endswith(
        "perhaps the service wants a client certificate, which this tap cannot send"
    )


@pytest.mark.parametrize(
    ("code", "variables", "hint"),
    [
        (20, {}, "set REQUESTS_CA_BUNDLE to the file"),
        (19, {"CURL_CA_BUNDLE": "/a"}, "set CURL_CA_BUNDLE to the file"),
        (19, {"CURL_CA_BUNDLE": "/a", "REQUESTS_CA_BUNDLE": "/b"}, "set REQUESTS_CA_BUNDLE to the file"),
        (26, {}, "the certificate of the service or of its authority has to be replaced"),
        (62, {}, "the certificate is one of another host"),
    ],
)
def test_the_advice_fits_what_openssl_says(
    monkeypatch: pytest.MonkeyPatch, code: int, variables: dict[str, str], hint: str
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    error = ssl.SSLCertVerificationError("a text")
    error.verify_code, error.verify_message = code, "a reason"
    assert hint in call_error(error, 60).hint


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
        with pytest.raises(CallError, match=f"the proxy answered {status}") as caught:
            post(proxy, session, "https://service.invalid/")
        assert caught.value.failure is failure
        assert is_retried(caught.value) == (status == "503")


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
    assert not is_retried(caught.value)
    if is_encrypted:
        assert "was not made: at the proxy: the certificate is not trusted: " in str(caught.value)
        assert caught.value.hint == "set REQUESTS_CA_BUNDLE to the file of the authority that issued it"
    else:
        line = "was not made: at the proxy: no TLS is spoken there (check the proxy settings: https or http?)"
        assert str(caught.value) == line


def answer_in_plain_text(connection: socket.socket) -> socket.socket:
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    return connection


@pytest.mark.parametrize("first", [b"100 Continue", b"102 Processing"])
def test_an_informational_response_of_a_proxy_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, first: bytes
) -> None:
    informed = b"HTTP/1.1 " + first + b"\r\nVia: x\r\n\r\nHTTP/1.1 407 No\r\n\r\n"
    with serving(informed) as proxy, TRANSPORT.session() as session:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        with pytest.raises(CallError, match="the proxy answered 407"):
            post(proxy, session, "https://service.invalid/")


@pytest.mark.parametrize("status", ["403", "407", "503"])
def test_a_proxy_that_may_have_answered_a_plain_call_is_named(
    monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    with serving(answer(b"", status.encode() + b" No")) as proxy, TRANSPORT.session() as session:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        response = post(proxy, session, "http://service.invalid/")
    with pytest.raises(CallError, match=f"answered {status} .*; or the proxy answered: check HTTP_PROXY"):
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


def test_a_reader_may_be_closed_again() -> None:
    one, other = socket.socketpair()
    with one, other, one.makefile("rb", buffering=0) as raw:
        reader = _Reader(Bounded(raw, 1), one)
        reader.close()
        reader.close()
        assert reader.closed
