"""Each way in which no response comes is told apart."""

from __future__ import annotations

import errno
import ssl

import pytest
import urllib3

from tap_ivrflow.aicc.network_errors import call_error


def tls(reason: str | None) -> ssl.SSLError:
    error = ssl.SSLError(1, "a text that may hold anything")
    error.reason = reason or ""
    return error


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        (
            "TLSV13_ALERT_CERTIFICATE_REQUIRED",
            "was not made: TLS failed: TLSV13_ALERT_CERTIFICATE_REQUIRED (perhaps the service wants a client certificate, which this tap cannot send)",
        ),
        ("NO_CIPHERS", "was not made: TLS failed: NO_CIPHERS (check api_url and the proxy settings)"),
        (None, "was not made: TLS failed: unknown (check api_url and the proxy settings)"),
    ],
)
def test_tls_that_fails_is_named_by_its_reason(reason: str | None, line: str) -> None:
    error = call_error(tls(reason), 60)
    assert str(error) == line
    assert not error.is_retried


def test_a_call_that_could_not_be_made_is_named_by_its_type() -> None:
    error = call_error(UnicodeError("a text"), 60)
    assert str(error) == "was not made: UnicodeError (check api_url and the proxy settings)"
    assert not error.is_retried


def test_a_file_of_authorities_that_is_junk_is_not_the_proxys_fault() -> None:
    junk = tls("NO_CERTIFICATE_OR_CRL_FOUND")
    junk.library = "X509"
    error = call_error(urllib3.exceptions.ProxyError("a text", junk), 60)
    assert str(error) == "was not made: REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names no file of certificates"


def test_advice_about_the_proxys_tls_names_the_proxy_settings() -> None:
    error = call_error(urllib3.exceptions.ProxyError("a text", tls("NO_CIPHERS")), 60)
    assert str(error) == (
        "was not made: at the proxy: TLS failed: NO_CIPHERS (check the proxy settings: https or http? "
        "REQUESTS_CA_BUNDLE names the file of a private authority)"
    )


@pytest.mark.parametrize("reason", ["UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"])
def test_tls_that_is_too_old_is_named(reason: str) -> None:
    error = call_error(tls(reason), 60)
    assert "TLS 1.1 or older" in str(error)
    assert not error.is_retried


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_too_many_open_files_are_named(number: int) -> None:
    cause = OSError(number, "Too many open files")
    for error in (urllib3.exceptions.NewConnectionError(None, "text"), urllib3.exceptions.SSLError(cause)):  # type: ignore[arg-type] # only its text is used
        error.__cause__ = cause
        line = str(call_error(error, 60))
        assert "too many open files" in line
        assert "ulimit -n" in line
        assert "concurrency" in line
