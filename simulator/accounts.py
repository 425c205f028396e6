"""What the service holds of a tenant: its key pair, and its list of flows encoded once."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Required, TypedDict, cast

from simulator.data import Tenant
from simulator.fields import FieldsError, Types, checked
from simulator.http import Answer

_REQUIRED: Final = ("name", "app_key", "app_secret")
_TYPES: Final[Types] = {
    "name": (str,),
    "app_key": (str,),
    "app_secret": (str,),
    "tenant_space_id": (str, type(None)),
    "flows": (object,),
    "result_under_schema": (bool,),
    "gzip": (bool,),
    "charset": (str,),
    "lists": (dict,),
}


class TenantFields(TypedDict, total=False):
    """A tenant as the control interface takes it; `flows` may have any shape and may be absent."""

    name: Required[str]
    app_key: Required[str]
    app_secret: Required[str]
    tenant_space_id: str | None
    flows: object
    result_under_schema: bool
    gzip: bool
    charset: str
    lists: dict[str, Any]


@dataclass(frozen=True)
class Account:
    """A tenant with the answer to its query ready to send: lists of a million flows are served often."""

    name: str
    app_key: str
    app_secret: str
    tenant_space_id: str | None
    answer: Answer
    lists: Mapping[str, Any] = field(default_factory=dict)


def accounts_of(tenants: Iterable[Tenant]) -> tuple[Account, ...]:
    """Encode the lists of tenants, and only once the one that several of them share."""
    answers: dict[int, Answer] = {}
    accounts = []
    for tenant in tenants:
        answer = answers.get(id(tenant.flows))
        if answer is None:
            answer = answers[id(tenant.flows)] = _answer(_fields(tenant))
        accounts.append(Account(tenant.name, tenant.app_key, tenant.app_secret, None, answer, tenant.lists))
    return tuple(accounts)


def parse_accounts(data: object) -> tuple[Account, ...]:
    """Read the list of tenants that the control interface was given.

    Raises:
        FieldsError: for anything but a list of well-formed tenants with different names and keys.
    """
    if not isinstance(data, list):
        raise FieldsError("the tenants must be a list")
    accounts = tuple(_parse_account(element) for element in data)
    if len({account.name for account in accounts}) < len(accounts):
        raise FieldsError("two tenants have the same name")
    return accounts


def _parse_account(data: object) -> Account:
    given = checked("tenant", data, _TYPES)
    if not all(given.get(name) for name in _REQUIRED):
        raise FieldsError(f"a tenant needs {', '.join(_REQUIRED)}")
    fields = cast("TenantFields", given)
    space = fields.get("tenant_space_id")
    return Account(
        fields["name"],
        fields["app_key"],
        fields["app_secret"],
        space,
        _answer(fields),
        fields.get("lists", {}),
    )


def _fields(tenant: Tenant) -> TenantFields:
    return {
        "name": tenant.name,
        "app_key": tenant.app_key,
        "app_secret": tenant.app_secret,
        "flows": tenant.flows,
    }


def _answer(fields: TenantFields) -> Answer:
    result = {"result": fields["flows"]} if "flows" in fields else {}
    envelope: dict[str, object] = {**result, "retCode": "0", "message": "success"}
    if fields.get("result_under_schema"):
        envelope = {"schema": envelope}
    charset = fields.get("charset")
    body = _encoded(envelope, charset or "utf-8")
    headers = {"content-type": "application/json"}
    if charset:
        # The byte order mark is Python's idea of a charset, not a name that a service would send.
        headers["content-type"] += f";charset={charset.removesuffix('-sig')}"
    if fields.get("gzip"):
        body = gzip.compress(body, mtime=0)
        headers["content-encoding"] = "gzip"
    return Answer(200, body, headers)


def _encoded(envelope: dict[str, object], charset: str) -> bytes:
    try:
        codecs.lookup(charset)
        return json.dumps(envelope, ensure_ascii=False).encode(charset)
    except UnicodeEncodeError:
        # A character that the charset lacks, or half a surrogate pair: JSON can still escape it.
        return json.dumps(envelope).encode(charset)
    except LookupError as error:
        raise FieldsError(str(error)) from error
