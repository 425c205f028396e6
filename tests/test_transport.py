"""An answer belongs to a call: no connection carries the answer of one call to another tenant's."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest
import trustme

from tap_ivrflow.auth import Token
from tap_ivrflow.envelope import Response
from tap_ivrflow.errors import CallError, Failure
from tap_ivrflow.transport import Session, Transport

Answers = list[bytes]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    head = b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\n"
    return head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


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
            with closing(connection):
                try:
                    self.talk(self.wrap(connection))
                except OSError:
                    continue

    def talk(self, connection: socket.socket) -> None:
        while self.answers and (request := connection.recv(65536)):
            # A call ends with its body, the CONNECT of a proxy with its head.
            while not request.endswith(b"\r\n\r\n" if request.startswith(b"CONNECT") else b"{}"):
                request += connection.recv(65536)
            following = self.answers.pop(0)
            if not following:  # Close in place of an answer.
                return
            connection.sendall(following)


@contextmanager
def serving(
    *answers: bytes, wrap: Callable[[socket.socket], socket.socket] | None = None
) -> Iterator[Scripted]:
    server = Scripted(list(answers), wrap)
    try:
        yield server
    finally:
        server.answers.clear()
        # Wakes the server, if it still waits for a connection.
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        server.thread.join(60)


TRANSPORT = Transport(timeout=30)


def post(server: Scripted, session: Session, url: str = "") -> Response:
    return TRANSPORT.post(session, url or server.url, headers={}, body={}, auth=Token("t", 0.0))


def test_a_connection_is_kept_after_a_clean_success() -> None:
    with serving(answer(b'{"a": 1}'), answer(b'{"b": 2}')) as server, Session() as session:
        assert [post(server, session).body for _ in range(2)] == [b'{"a": 1}', b'{"b": 2}']
        assert server.connections == 1


@pytest.mark.parametrize("status", [b"503 Busy", b"504 Late", b"408 Slow", b"404 None"])
def test_a_connection_ends_with_an_answer_that_is_no_success(status: bytes) -> None:
    late = answer(b"{}", status) + answer(b'{"late": 1}')
    with serving(late, answer(b'{"b": 2}')) as server, Session() as session:
        assert post(server, session).status == int(status[:3])
        assert post(server, session).body == b'{"b": 2}'
        assert server.connections == 2


def test_what_comes_behind_a_204_is_no_answer() -> None:
    behind = b"HTTP/1.1 204 None\r\n\r\n" + answer(b'{"late": 1}')
    with serving(behind, answer(b'{"b": 2}')) as server, Session() as session:
        assert post(server, session).status == 204
        assert post(server, session).body == b'{"b": 2}'


def test_an_answer_that_is_sent_twice_is_taken_once() -> None:
    twice = answer(b'{"a": 1}') * 2
    with serving(twice, answer(b'{"b": 2}')) as server, Session() as session:
        assert [post(server, session).body for _ in range(2)] == [b'{"a": 1}', b'{"b": 2}']


@pytest.mark.parametrize("first", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_informational_responses_are_passed_over(first: bytes) -> None:
    informed = b"HTTP/1.1 " + first + b"\r\nLink: x\r\n\r\n"
    with serving(informed * 3 + answer(b'{"a": 1}')) as server, Session() as session:
        assert post(server, session).body == b'{"a": 1}'


def test_a_kept_connection_that_broke_is_opened_anew_once() -> None:
    with serving(answer(b'{"a": 1}'), b"", answer(b'{"b": 2}')) as server, Session() as session:
        post(server, session)
        assert post(server, session).body == b'{"b": 2}'


def test_a_new_connection_that_broke_is_a_failure() -> None:
    with serving(b"", b"") as server, Session() as session:
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

    with serving(b"never", wrap=wrap) as server, Session() as session:
        with pytest.raises(CallError, match=f"not trusted: .*({reason})") as caught:
            post(server, session, server.url.replace("http", "https"))
        assert hint in caught.value.hint
        assert caught.value.failure is None


@pytest.mark.parametrize(("status", "failure"), [("407", None), ("403", None), ("503", Failure.PROXY_BUSY)])
def test_a_proxy_that_refuses_is_named(
    monkeypatch: pytest.MonkeyPatch, status: str, failure: Failure | None
) -> None:
    with serving(f"HTTP/1.1 {status} No\r\n\r\n".encode()) as proxy, Session() as session:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with pytest.raises(CallError, match=f"the proxy answered {status}") as caught:
            post(proxy, session, "https://service.invalid/")
        assert caught.value.failure is failure
