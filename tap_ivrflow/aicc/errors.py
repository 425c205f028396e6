"""Every way in which a call of the service can fail, and what each cause means.

::

    ServiceError
    ├── CallError               a call failed, or was not made
    │   ├── AuthenticationError the service gives no token, or refuses it
    │   └── DeadHostError       a host that did not respond is not called any more
    └── RowError                a row cannot be converted to the columns

The text of each is one line. It contains no body, header or row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple

from typing_extensions import override

_MAX_NAMES: Final = 10
_LONGEST_NAME: Final = 100
_LONGEST_MESSAGE: Final = 200
"""Characters of the service's message that an error repeats."""


class Rule(NamedTuple):
    """What a cause of failure means.

    Attributes:
        advice: what to do; `{url}` stands for the setting that names the host which was called.
        retried: whether another attempt may help.
        silent: whether the host did not respond, which counts towards a dead host.
        for_key_pair: the advice for the token call, if it differs.
    """

    advice: str = ""
    retried: bool = False
    silent: bool = False
    for_key_pair: str = ""


_PROXY: Final = "check HTTPS_PROXY and what the proxy allows"
_NO_CERTIFICATE: Final = "perhaps the service wants a client certificate, which this tap cannot send"


class Failure(Enum):
    """Causes other than an HTTP status."""

    NO_CONNECTION = Rule("check {url}, the network and the proxy settings", retried=True, silent=True)
    CLOSED_TLS = Rule(f"check {{url}}; {_NO_CERTIFICATE}", retried=True, silent=True)
    TIMEOUT = Rule("raise request_timeout if it lasts", retried=True, silent=True)
    ENDLESS_RESPONSE = Rule("raise call_timeout if it lasts", silent=True)
    CUT_RESPONSE = Rule(retried=True)
    BAD_HEADERS = Rule("check {url} and what is between here and the service")
    LIST_CHANGED = Rule("run again when nobody edits the list", retried=True)
    TOTAL_MISMATCH = Rule("if it lasts, the two never agree: report it to the service", retried=True)
    PROXY_BUSY = Rule(_PROXY, retried=True, silent=True)
    PROXY_REFUSED = Rule(_PROXY, silent=True)
    PROXY_UNUSABLE = Rule("check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY: a proxy is http://host:port")
    PROXY_TLS = Rule(
        "check the proxy settings: https or http? REQUESTS_CA_BUNDLE names the file of a private authority"
    )
    NOT_TLS = Rule("check {url}: https or http?")
    OLD_TLS = Rule("the service speaks only TLS 1.1 or older, which is refused here: have it updated")
    CLIENT_CERTIFICATE = Rule(_NO_CERTIFICATE)
    UNKNOWN_AUTHORITY = Rule(
        "set REQUESTS_CA_BUNDLE to the file of the authority that issued it, or check {url}"
    )
    CERTIFICATE = Rule("check {url} and the clock here, or have the certificate replaced")
    OPEN_FILES = Rule("raise the limit of open files (ulimit -n), or lower concurrency", retried=True)
    NOT_SENT = Rule("check {url} and the proxy settings")
    WRONG_URL = Rule("check {url}")
    HTML = Rule("it looks like HTML, a login or firewall page: check {url}")
    UNDOCUMENTED = Rule("unknown means failure")
    NO_TOKEN = Rule("check app_key, app_secret and {url}")
    DEAD_HOST = Rule("nothing more is called there in this run")
    OTHER = Rule()


STATUSES: Final[Mapping[int, Rule]] = {
    **dict.fromkeys(range(300, 400), Rule("check {url}: it must name the service itself")),
    400: Rule("incorrect request: check {url} and tenant_space_id", for_key_pair="check {url}"),
    401: Rule("unauthorized: was the service bought, and what is the account's state?"),
    403: Rule(
        "check the rights of the app key, tenant_space_id and the IP allow-list",
        for_key_pair="check app_key, app_secret and the IP allow-list",
    ),
    404: Rule("not found: check {url}, the path is unknown there"),
    407: Rule("a proxy asks for credentials: check HTTP_PROXY"),
    408: Rule("the service gave up waiting", retried=True),
    418: Rule("the firewall refuses the host name: check {url}"),
    429: Rule("too many calls: lower concurrency", retried=True),
    **dict.fromkeys(range(500, 600), Rule(retried=True)),
    500: Rule(
        "business failure on the service's side: check tenant_space_id if it lasts",
        retried=True,
        for_key_pair="failure on the service's side: run again later",
    ),
    502: Rule("the gateway cannot reach the service: run again later", retried=True),
    503: Rule("the service is not available: run again later", retried=True),
    504: Rule("the service did not answer its gateway in time: run again later", retried=True),
}
_UNLISTED: Final = Rule("an undocumented status")


class ServiceError(Exception):
    """Base of every error that this client raises on purpose."""


class CallError(ServiceError):
    """A call of the service failed.

    Attributes:
        call: name of the call. The client sets this attribute and those below.
        host: scheme, host and port that were called.
        setting: the setting that names this host.
        is_token_call: whether it was the call for a token.
        attempts: attempts that were made, once no more follow.
        is_repeated: whether the cause was raised before in this run, for another list.
    """

    def __init__(
        self,
        reason: str,
        cause: Failure | int = Failure.OTHER,
        *,
        advice: str = "",
        server_message: str = "",
        retry_after: float | None = None,
    ) -> None:
        """Describe the failure.

        Args:
            reason: what happened, such as ``answered 404``.
            cause: the HTTP status, or what went wrong if it was not the status.
            advice: what to do, if not what the rule says.
            server_message: the service's own words, which may hold a secret until the client has masked them.
            retry_after: seconds that the service asks to wait.
        """
        super().__init__(reason)
        self.call = ""
        self.host = ""
        self.setting = "api_url"
        self.is_token_call = False
        self.attempts = 0
        self.is_repeated = False
        self.reason = reason
        self.cause = cause
        self.advice = advice
        self.server_message = server_message
        self.retry_after = retry_after

    @property
    def rule(self) -> Rule:
        """What the cause means."""
        return self.cause.value if isinstance(self.cause, Failure) else STATUSES.get(self.cause, _UNLISTED)

    @property
    def is_retried(self) -> bool:
        """Whether another attempt may help. An error that has used up its attempts is final."""
        return self.rule.retried and not self.attempts

    @override
    def __str__(self) -> str:
        """Return one line; the service's message is quoted, printable and cut."""
        line = f"{self.call} {self.reason}".lstrip()
        if self.attempts:
            line += f", {self.attempts} {'attempt' if self.attempts == 1 else 'attempts'}"
        if message := " ".join("".join(c if c.isprintable() else " " for c in self.server_message).split()):
            line += f', it says: "{_cut(message, _LONGEST_MESSAGE)}"'
        general = (self.is_token_call and self.rule.for_key_pair) or self.rule.advice
        if advice := self.advice or general.format(url=self.setting):
            line += f" ({advice})"
        return line


class AuthenticationError(CallError):
    """The service does not accept the caller: 401, 403, or a token call without a token."""


class DeadHostError(CallError):
    """A host is not called any more in this run."""


class RowError(ServiceError):
    """A row of a response cannot be converted to the stream's columns, so no row of it is used."""


def shortened(names: Sequence[object]) -> str:
    """Return the first ten of many names, each cut to a length that a line can hold, and how many more."""
    # As in a literal: characters that could change how a line looks are escaped.
    first = [_cut(repr(str(name))[1:-1], _LONGEST_NAME) for name in names[:_MAX_NAMES]]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + "…"
