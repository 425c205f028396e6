"""Each way in which no response comes is told apart.

Which of them a broken connection shows may depend on who is first. So each is proven here on an exception as
the libraries raise it; the tests of the transport prove that they raise it.
"""

from __future__ import annotations

import errno
import http.client
import ssl

import pytest
import requests
import urllib3

from tap_ivrflow.aicc.errors import Failure
from tap_ivrflow.aicc.network_errors import call_error
from tests.harness import names

TEXT = "a text that may hold a password"


def tls(reason: str | None, kind: type[ssl.SSLError] = ssl.SSLError, **attributes: object) -> ssl.SSLError:
    error = kind(1, TEXT)
    error.reason = reason or ""
    for name, value in attributes.items():
        setattr(error, name, value)
    return error


def certificate(code: int) -> ssl.SSLError:
    kind = ssl.SSLCertVerificationError
    return tls("CERTIFICATE_VERIFY_FAILED", kind, verify_code=code, verify_message="what OpenSSL says")


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def from_requests(cause: Exception) -> Exception:
    """Wrapped as `requests` does, which hands urllib3's error on as an argument."""
    return requests.ConnectionError(cause)


CLOSED_TLS = "TLS connection closed api_url client certificate"


@pytest.mark.parametrize(
    ("error", "cause", "words"),
    [
        # TLS that is closed has a class of its own in each of two orders of events.
        (tls("UNEXPECTED_EOF_WHILE_READING", ssl.SSLEOFError), Failure.CLOSED_TLS, CLOSED_TLS),
        (tls(None, ssl.SSLZeroReturnError), Failure.CLOSED_TLS, CLOSED_TLS),
        (tls("WRONG_VERSION_NUMBER"), Failure.NOT_TLS, "no TLS api_url https http"),
        (tls("RECORD_LAYER_FAILURE"), Failure.NOT_TLS, "no TLS api_url https http"),
        (tls("HTTP_REQUEST"), Failure.NOT_TLS, "no TLS api_url https http"),
        (
            tls("TLSV13_ALERT_CERTIFICATE_REQUIRED"),
            Failure.CLIENT_CERTIFICATE,
            "TLSV13_ALERT_CERTIFICATE_REQUIRED client certificate",
        ),
        (tls("SSLV3_ALERT_HANDSHAKE_FAILURE"), Failure.CLIENT_CERTIFICATE, "SSLV3_ALERT_HANDSHAKE_FAILURE"),
        *(
            (tls(reason), Failure.OLD_TLS, f"TLS {reason} 1.1")
            for reason in ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "WRONG_SSL_VERSION")
        ),
        (tls("NO_CIPHERS"), Failure.NOT_SENT, "TLS NO_CIPHERS api_url proxy settings"),
        (tls(None), Failure.NOT_SENT, "TLS unknown"),
        *(
            (certificate(code), Failure.UNKNOWN_AUTHORITY, "certificate OpenSSL REQUESTS_CA_BUNDLE")
            for code in (18, 19, 20, 21)
        ),
        *(
            (certificate(code), Failure.CERTIFICATE, "certificate OpenSSL clock api_url")
            for code in (9, 10, 62, 64, 85)
        ),
        (
            urllib3.exceptions.ProxyError(TEXT, tls("NO_CIPHERS")),
            Failure.PROXY_TLS,
            "proxy TLS NO_CIPHERS proxy settings REQUESTS_CA_BUNDLE",
        ),
        (
            urllib3.exceptions.ProxyError(TEXT, certificate(20)),
            Failure.PROXY_TLS,
            "proxy certificate OpenSSL",
        ),
        (
            OSError(f"Could not find a suitable TLS CA certificate bundle, {TEXT}"),
            Failure.OTHER,
            "REQUESTS_CA_BUNDLE",
        ),
        (
            tls("NO_CERTIFICATE_OR_CRL_FOUND", library="X509"),
            Failure.OTHER,
            "REQUESTS_CA_BUNDLE CURL_CA_BUNDLE",
        ),
        (
            urllib3.exceptions.ProxyError(TEXT, tls("NO_CERTIFICATE_OR_CRL_FOUND", library="X509")),
            Failure.OTHER,
            "REQUESTS_CA_BUNDLE",
        ),
        (
            caused(urllib3.exceptions.SSLError(TEXT), PermissionError(13, TEXT)),
            Failure.OTHER,
            "REQUESTS_CA_BUNDLE",
        ),
        (
            urllib3.exceptions.ProxyError(TEXT, OSError("Tunnel connection failed: 503 busy")),
            Failure.PROXY_BUSY,
            "proxy 503 HTTPS_PROXY",
        ),
        (
            urllib3.exceptions.ProxyError(TEXT, OSError("Tunnel connection failed: 407 who?")),
            Failure.PROXY_REFUSED,
            "proxy 407 HTTPS_PROXY",
        ),
        (
            requests.exceptions.InvalidSchema(TEXT),
            Failure.PROXY_UNUSABLE,
            "proxy HTTPS_PROXY http://host:port",
        ),
        (from_requests(TimeoutError(TEXT)), Failure.TIMEOUT, "60 s request_timeout"),
        *(
            (caused(kind, OSError(number, TEXT)), Failure.OPEN_FILES, "open files ulimit concurrency")
            for number in (errno.EMFILE, errno.ENFILE)
            for kind in (urllib3.exceptions.HTTPError(TEXT), urllib3.exceptions.SSLError(TEXT))
        ),
        (urllib3.exceptions.HeaderParsingError([], TEXT), Failure.BAD_HEADERS, "headers api_url"),
        (urllib3.exceptions.ProtocolError(TEXT), Failure.CUT_RESPONSE, "cut"),
        (urllib3.exceptions.DecodeError(TEXT), Failure.CUT_RESPONSE, "decoded"),
        (from_requests(urllib3.exceptions.InvalidHeader(TEXT)), Failure.CUT_RESPONSE, "two lengths"),
        (UnicodeError(TEXT), Failure.NOT_SENT, "UnicodeError api_url"),
        (from_requests(ConnectionResetError(104, "reset")), Failure.NO_CONNECTION, "reset"),
        (from_requests(BrokenPipeError(32, "broken")), Failure.NO_CONNECTION, "broken"),
        (from_requests(http.client.RemoteDisconnected(TEXT)), Failure.NO_CONNECTION, "RemoteDisconnected"),
        (
            from_requests(ConnectionRefusedError(111, "refused")),
            Failure.NO_CONNECTION,
            "refused api_url network",
        ),
        (from_requests(http.client.BadStatusLine(TEXT)), Failure.NO_CONNECTION, "BadStatusLine"),
    ],
    ids=lambda value: repr(value) if isinstance(value, Exception) else None,
)
def test_what_was_raised_is_told_by_its_cause(error: Exception, cause: Failure, words: str) -> None:
    told = call_error(error, 60)
    assert told.cause is cause
    assert names(str(told), *words.split(" ")), str(told)
    assert TEXT not in str(told)


def test_the_first_that_happened_is_found_behind_others() -> None:
    try:
        try:
            raise ConnectionResetError(104, "reset")
        except OSError:
            raise urllib3.exceptions.NewConnectionError(None, TEXT)  # type: ignore[arg-type] # noqa: B904 - as its context
    except urllib3.exceptions.HTTPError as error:
        assert call_error(from_requests(error), 60).cause is Failure.NO_CONNECTION
