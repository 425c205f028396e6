"""Why no response came: a line with the cause.

Of the original error only what the standard library and OpenSSL say is kept: the rest may hold a proxy's
password or a header.
"""

from __future__ import annotations

import errno
import ssl
from collections.abc import Iterator, Mapping
from typing import Final

import requests
import urllib3

from tap_ivrflow.aicc.errors import CallError, Failure

_TOO_MANY_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE})
_UNTRUSTED: Final = frozenset({18, 19, 20, 21})
"""OpenSSL's codes for an authority that is not known here."""
_TLS: Final[Mapping[str, Failure]] = {
    "WRONG_VERSION_NUMBER": Failure.NOT_TLS,
    "RECORD_LAYER_FAILURE": Failure.NOT_TLS,
    "HTTP_REQUEST": Failure.NOT_TLS,
    "UNSUPPORTED_PROTOCOL": Failure.OLD_TLS,
    "TLSV1_ALERT_PROTOCOL_VERSION": Failure.OLD_TLS,
    "WRONG_SSL_VERSION": Failure.OLD_TLS,
    # TLS 1.3 and 1.2. Other services close the connection.
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": Failure.CLIENT_CERTIFICATE,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": Failure.CLIENT_CERTIFICATE,
}
"""OpenSSL's names of what went wrong."""


def call_error(error: Exception, timeout: float) -> CallError:
    """Return the error for what `requests` or urllib3 raised; `timeout` is in seconds."""
    causes = list(_causes(error))
    if any(isinstance(cause, OSError) and cause.errno in _TOO_MANY_FILES for cause in causes):
        return CallError("was not made: too many open files", Failure.OPEN_FILES)
    return _tls_error(causes) or _proxy_error(error, causes) or _network_error(error, causes, timeout)


def _tls_error(causes: list[BaseException]) -> CallError | None:
    """Return the error if TLS failed, else None. Another attempt helps only if the connection was closed."""
    if any(_is_bundle_error(cause) for cause in causes):
        return CallError("was not made: REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names no file of certificates")
    cause = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if cause is None:
        return None
    if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return CallError("got no answer: the TLS connection was closed", Failure.CLOSED_TLS)
    if isinstance(cause, ssl.SSLCertVerificationError):
        text = f"the certificate is not trusted: {cause.verify_message}"
        failure = Failure.UNKNOWN_AUTHORITY if cause.verify_code in _UNTRUSTED else Failure.CERTIFICATE
    else:
        reason = str(cause.reason or "unknown")
        failure = _TLS.get(reason, Failure.NOT_SENT)
        text = "no TLS is spoken there" if failure is Failure.NOT_TLS else f"TLS failed: {reason}"
    if any(isinstance(each, urllib3.exceptions.ProxyError) for each in causes):
        return CallError(f"was not made: at the proxy: {text}", Failure.PROXY_TLS)
    return CallError(f"was not made: {text}", failure)


def _is_bundle_error(cause: BaseException) -> bool:
    """Whether `requests` misses the file of authorities, or urllib3 cannot load it."""
    if isinstance(cause, ssl.SSLError):
        return getattr(cause, "library", "") == "X509"
    if isinstance(cause, urllib3.exceptions.SSLError) and isinstance(cause.__cause__, PermissionError):
        return True
    return "TLS CA certificate bundle" in str(cause)


def _proxy_error(error: Exception, causes: list[BaseException]) -> CallError | None:
    """Return the error if a proxy refused the call or cannot be used, else None."""
    for cause in causes:
        text = str(cause)
        # The standard library's own text; it holds what the proxy's status line says.
        if isinstance(cause, OSError) and text.startswith("Tunnel connection failed: "):
            status = text.removeprefix("Tunnel connection failed: ")[:3]
            failure = Failure.PROXY_BUSY if status.startswith("5") else Failure.PROXY_REFUSED
            return CallError(f"was not made: the proxy answered {status}", failure)
    if isinstance(error, requests.exceptions.InvalidSchema):
        return CallError("was not made: the proxy is of a kind that is not supported", Failure.PROXY_UNUSABLE)
    return None


def _network_error(error: Exception, causes: list[BaseException], timeout: float) -> CallError:
    """Return the error for a connection that failed or a response that was cut."""
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return CallError(f"had no answer within {timeout:g} s", Failure.TIMEOUT)
    if isinstance(error, urllib3.exceptions.HeaderParsingError):
        return CallError("had headers that cannot be read", Failure.BAD_HEADERS)
    if isinstance(error, urllib3.exceptions.ProtocolError | urllib3.exceptions.DecodeError):
        return CallError("had a response that was cut or cannot be decoded", Failure.CUT_RESPONSE)
    if any(isinstance(cause, urllib3.exceptions.InvalidHeader) for cause in causes):
        return CallError("had a response with two different lengths", Failure.CUT_RESPONSE)
    if isinstance(error, ValueError) and not isinstance(error, requests.ConnectionError):
        return CallError(f"was not made: {type(error).__name__}", Failure.NOT_SENT)
    reason = next((cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror), None)
    return CallError(f"got no answer: {reason or type(causes[-1]).__name__}", Failure.NO_CONNECTION)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and those that led to it, the last being the first that happened."""
    while error is not None:
        yield error
        # urllib3 passes some errors on as an argument only.
        wrapped = next((each for each in error.args if isinstance(each, BaseException)), None)
        error = error.__cause__ or error.__context__ or wrapped
