"""The limit: a bare script for the same service, with as little as can be done. No SDK, no checks.

It takes the same configuration, holds as many connections, and writes the same Singer messages. What it
leaves out is what a tap is for: settings checked, faults told apart and retried, values made to fit,
secrets kept, catalogs, stream maps. To run it: `python -m benchmarks.limit --config FILE`.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec
import urllib3

_STREAM: Final = "ivr_flows"
_TOKEN_PATH: Final = "/apigovernance/api/oauth/tokenByAkSk"  # noqa: S105 (a path)
_FLOWS_PATH: Final = "/apiaccess/rest/cc-management/v1/ivrFlow/queryIVRFlowList"
_LINES: Final = 1000
"""Messages that are encoded and written at a time."""


class Flow(msgspec.Struct, gc=False):
    """A row as the service sends it, with room for the tenant's label."""

    id: int
    accessCode: str | None  # noqa: N815 (the service's name, as those below)
    description: str | None
    flowFileName: str | None  # noqa: N815
    isLoad: int | None  # noqa: N815
    flowType: int | None  # noqa: N815
    maxCallNum: int | None  # noqa: N815
    tenant: str = ""


class Answer(msgspec.Struct, gc=False):
    """A successful answer."""

    retCode: str  # noqa: N815
    result: list[Flow]


class RecordMessage(msgspec.Struct, gc=False):
    """A RECORD message; the order is the one in which it is written."""

    type: str
    stream: str
    record: Flow
    time_extracted: datetime


class Reader:
    """Makes the two calls of a tenant, over connections that all tenants share."""

    def __init__(self, config: Mapping[str, Any], concurrency: int) -> None:
        """Prepare."""
        self._api_url = config["api_url"]
        self._lifetime = str(config.get("token_lifetime", 3600))
        self._pool = urllib3.PoolManager(maxsize=concurrency, block=True, retries=False)

    def read(self, tenant: Mapping[str, Any]) -> bytes:
        """Return the body of the query's answer."""
        url = tenant.get("api_url") or self._api_url
        pair = {"app_key": tenant["app_key"], "app_secret": tenant["app_secret"]}
        body = self._post(url + _TOKEN_PATH, msgspec.json.encode(pair), {"X-Token-Expire": self._lifetime})
        token = msgspec.json.decode(body)["AccessToken"]
        headers = {"Authorization": f"Bearer {token}", "X-APP-Key": tenant["app_key"]}
        return self._post(url + _FLOWS_PATH, b"{}", headers)

    def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        response = self._pool.request(
            "POST", url, body=body, headers={"Content-Type": "application/json", **headers}
        )
        if response.status != 200:  # noqa: PLR2004 (the one success)
            sys.exit(f"status {response.status}")
        return response.data


def main() -> None:
    """Read the tenants of the configuration that `--config` names, and write their rows."""
    config = msgspec.json.decode(Path(sys.argv[sys.argv.index("--config") + 1]).read_bytes())
    tenants = config.get("tenants") or [{**config, "name": config.get("tenant", "default")}]
    concurrency = config.get("concurrency", 8)
    schema = msgspec.json.decode(files("tap_ivrflow.schemas").joinpath(f"{_STREAM}.json").read_bytes())
    _write([{"type": "SCHEMA", "stream": _STREAM, "schema": schema, "key_properties": ["tenant", "id"]}])
    decoder = msgspec.json.Decoder(Answer)
    for tenant, body in in_order(Reader(config, concurrency).read, tenants, concurrency):
        answer = decoder.decode(body)
        if answer.retCode != "0":
            sys.exit(f"retCode {answer.retCode}")
        write_rows(tenant["name"], answer.result)
    _write([{"type": "STATE", "value": {"bookmarks": {_STREAM: {}}}}])


def in_order(
    read: Callable[[Mapping[str, Any]], bytes], tenants: Iterable[Mapping[str, Any]], concurrency: int
) -> Iterator[tuple[Mapping[str, Any], bytes]]:
    """Yield each tenant with its body in their order, with no more than `concurrency` bodies at a time."""
    window: deque[tuple[Mapping[str, Any], Future[bytes]]] = deque()
    with ThreadPoolExecutor(concurrency) as pool:
        for tenant in tenants:
            done = _oldest(window) if len(window) == concurrency else None
            window.append((tenant, pool.submit(read, tenant)))
            if done is not None:
                yield done
        while window:
            yield _oldest(window)


def _oldest(window: deque[tuple[Mapping[str, Any], Future[bytes]]]) -> tuple[Mapping[str, Any], bytes]:
    tenant, reading = window.popleft()
    return tenant, reading.result()


def write_rows(tenant: str, rows: list[Flow]) -> None:
    """Write the rows of one tenant."""
    now = datetime.now(UTC)
    for row in rows:
        row.tenant = tenant
    for start in range(0, len(rows), _LINES):
        _write([RecordMessage("RECORD", _STREAM, row, now) for row in rows[start : start + _LINES]])


def _write(messages: list[Any]) -> None:
    sys.stdout.buffer.write(msgspec.json.Encoder().encode_lines(messages))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
