"""What it means that no response came: a line with the cause, what to do, and whether it is retried.

Of the original error only what the standard library and OpenSSL say is kept: the rest may hold a proxy's
password or a header.
"""

from __future__ import annotations

import http.client
import os
import ssl
from collections.abc import Iterator
from typing import Final

import requests
import urllib3

from tap_ivrflow.aicc.connections import EndlessResponseError
from tap_ivrflow.aicc.errors import CallError, Failure

_CERTIFICATE_HINTS: Final = {
    10: "renew it on the service's side, or check the clock here",  # expired
    9: "check the clock here",  # not yet valid
    62: "check api_url: the certificate is one of another host",  # host name mismatch
    64: "check api_url: the certificate is one of another address",  # IP address mismatch
}
"""What to do about OpenSSL's codes."""
_FAULTY: Final = "the certificate of the service or of its authority has to be replaced"
_STRICT: Final = range(80, 94)
"""OpenSSL's codes for what only Python 3.13 and newer refuse, mostly of an authority."""
_UNTRUSTED: Final = frozenset({18, 19, 20, 21})
"""OpenSSL's codes for an authority that is not known here."""
_CLOSED_TLS: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""TLS that was closed, as any connection may be."""
_NO_TLS: Final = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST")
_CERTIFICATE_WANTED: Final = ("CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE")
"""How a service refuses a client without a certificate, in TLS 1.3 and 1.2. Others close the connection."""
_NO_CERTIFICATE: Final = "perhaps the service wants a client certificate, which this tap cannot send"


def call_error(error: Exception, timeout: float) -> CallError:
    """Return the error for what `requests` or urllib3 raised.

    Args:
        error: what was raised.
        timeout: bound in seconds on connecting, and on each read.
    """
    causes = list(_causes(error))
    tls_error = _tls_error(causes)
    is_of_proxy = any(isinstance(cause, urllib3.exceptions.ProxyError) for cause in causes)
    if is_of_proxy and tls_error and tls_error.hint:
        tls_error.reason = tls_error.reason.replace(": ", ": at the proxy: ", 1)
        hint = tls_error.hint.replace("the service", "the proxy").replace("api_url and ", "")
        tls_error.hint = hint.replace("api_url", "the proxy settings")
    return tls_error or _proxy_error(error, causes) or _network_error(error, causes, timeout)


def _tls_error(causes: list[BaseException]) -> CallError | None:
    """Return the error if TLS failed. Another try helps only where the connection was closed."""
    for cause in causes:
        if _is_bundle_error(cause):
            return CallError(
                "was not made: REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names no file of certificates"
            )
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _certificate_error(cause)
        if isinstance(cause, _CLOSED_TLS):
            reason = "got no answer: the TLS connection was closed"
            return CallError(reason, hint=f"check api_url; {_NO_CERTIFICATE}", failure=Failure.CLOSED)
        if isinstance(cause, ssl.SSLError):
            reason = str(cause.reason or "unknown")
            if reason in _NO_TLS:
                return CallError("was not made: no TLS is spoken there", hint="check api_url: https or http?")
            is_wanted = reason.endswith(_CERTIFICATE_WANTED)
            hint = _NO_CERTIFICATE if is_wanted else "check api_url and the proxy settings"
            return CallError(f"was not made: TLS failed: {reason}", hint=hint)
    return None


def _is_bundle_error(cause: BaseException) -> bool:
    """Tell whether `requests` misses the file of authorities, or urllib3 cannot load it."""
    if isinstance(cause, ssl.SSLError):
        return getattr(cause, "library", "") == "X509"
    if isinstance(cause, urllib3.exceptions.SSLError) and isinstance(cause.__cause__, PermissionError):
        return True
    return "TLS CA certificate bundle" in str(cause)


def _certificate_error(cause: ssl.SSLCertVerificationError) -> CallError:
    """Return the error for a certificate that was refused, with OpenSSL's reason and what to do about it."""
    if cause.verify_code in _UNTRUSTED:
        hint = f"set {_bundle()} to the file of the authority that issued it"
    elif cause.verify_code in _STRICT:
        hint = f"{_FAULTY}; Python 3.12 accepts it"
    else:
        hint = _CERTIFICATE_HINTS.get(cause.verify_code, _FAULTY)
    return CallError(f"was not made: the certificate is not trusted: {cause.verify_message}", hint=hint)


def _bundle() -> str:
    """Return the variable that names the file of authorities, as `requests` looks for it."""
    is_other = not os.environ.get("REQUESTS_CA_BUNDLE") and os.environ.get("CURL_CA_BUNDLE")
    return "CURL_CA_BUNDLE" if is_other else "REQUESTS_CA_BUNDLE"


def _proxy_error(error: Exception, causes: list[BaseException]) -> CallError | None:
    """Return the error if a proxy refused the call or cannot be used."""
    for cause in causes:
        text = str(cause)
        # The standard library's own text; it holds what the proxy's status line says.
        if isinstance(cause, OSError) and text.startswith("Tunnel connection failed: "):
            status = text.removeprefix("Tunnel connection failed: ")[:3]
            return CallError(
                f"was not made: the proxy answered {status}",
                hint="check HTTPS_PROXY and what the proxy allows",
                failure=Failure.PROXY_BUSY if status.startswith("5") else Failure.PROXY_REFUSED,
            )
    if isinstance(error, requests.exceptions.InvalidSchema):
        return CallError(
            "was not made: the proxy is of a kind that is not supported",
            hint="check the proxy settings: http:// is supported",
        )
    return None


def _network_error(error: Exception, causes: list[BaseException], timeout: float) -> CallError:
    """Return the error for a connection that failed or a response that was cut."""
    if any(isinstance(cause, EndlessResponseError) for cause in causes):
        return CallError(
            "had an answer that did not end in time",
            hint="raise call_timeout if it lasts",
            failure=Failure.ENDLESS_RESPONSE,
        )
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return CallError(
            f"had no answer within {timeout:g} s",
            hint="raise request_timeout if it lasts",
            failure=Failure.TIMEOUT,
        )
    if isinstance(error, urllib3.exceptions.ProtocolError | urllib3.exceptions.DecodeError):
        return CallError("had an answer that was cut or cannot be decoded", failure=Failure.CUT_RESPONSE)
    if any(isinstance(cause, urllib3.exceptions.InvalidHeader) for cause in causes):
        return CallError("had an answer with two different lengths", failure=Failure.CUT_RESPONSE)
    if isinstance(error, ValueError) and not isinstance(error, requests.ConnectionError):
        return CallError(f"was not made: {type(error).__name__}", hint="check api_url and the proxy settings")
    reason = next((cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror), None)
    is_closed = any(
        isinstance(cause, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError)
        for cause in causes
    )
    return CallError(
        f"got no answer: {reason or type(causes[-1]).__name__}",
        hint="check api_url, the network and the proxy settings",
        failure=Failure.CLOSED if is_closed else Failure.NO_CONNECTION,
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and what it came from, the last being the first that happened."""
    while error is not None:
        yield error
        # urllib3 hands some errors on as an argument only.
        wrapped = next((each for each in error.args if isinstance(each, BaseException)), None)
        error = error.__cause__ or error.__context__ or wrapped
