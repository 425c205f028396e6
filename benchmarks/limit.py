"""The limit: a bare script that reads one list without the SDK: `python -m benchmarks.limit FILE STREAM`.

It takes the tap's configuration, reads as many tenants at the same time, and writes the same records. It does
not check settings, retry, convert values, mask secrets or use a catalog.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from types import GenericAlias
from typing import Any, Final

import msgspec
import urllib3

_TOKEN_PATH: Final = "/apigovernance/api/oauth/tokenByAkSk"  # noqa: S105 (a path)
_PATHS: Final = {
    "ivr_flows": "/apiaccess/rest/cc-management/v1/ivrFlow/queryIVRFlowList",
    "called_routes": "/apiaccess/rest/cc-management/v1/calledRoute/queryCalledRoute",
}
_PAGE: Final = 100  # Rows on a full page of routes.
_GROUP: Final = 1000  # Messages to encode and write at a time.


class Message(msgspec.Struct, gc=False):
    """A RECORD message, with its fields in their order."""

    type: str
    stream: str
    record: msgspec.Struct
    time_extracted: datetime


class Reader:
    """Reads lists, over connections that all threads share."""

    def __init__(self, stream: str, columns: Iterable[str], config: Mapping[str, Any]) -> None:
        """Make the type of the responses."""
        row = msgspec.defstruct("Row", [(column, Any, None) for column in columns], gc=False)
        rows = GenericAlias(list, (row,))
        page = msgspec.defstruct("Page", [("calledRouteList", rows)])
        codes = [("retCode", str, "0"), ("returnCode", str, "0")]
        response = msgspec.defstruct("Response", [*codes, ("result", rows, None), ("data", page, None)])
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(response).decode
        self._url, self._path = config["api_url"], _PATHS[stream]
        self._pool = urllib3.PoolManager(maxsize=config["concurrency"], block=True, retries=False)

    def read(self, tenant: Mapping[str, str]) -> list[Any]:
        """Return all rows of a tenant."""
        pair = {"app_key": tenant["app_key"], "app_secret": tenant["app_secret"]}
        token = msgspec.json.decode(self._post(_TOKEN_PATH, pair, {"X-Token-Expire": "3600"}))["AccessToken"]
        headers = {"Authorization": f"Bearer {token}", "X-APP-Key": tenant["app_key"]}
        if self._path == _PATHS["ivr_flows"]:
            return list(self._list({}, headers).result)
        rows: list[Any] = []
        while True:
            page = self._list({"limit": _PAGE, "offset": len(rows)}, headers).data.calledRouteList
            rows += page
            if len(page) < _PAGE:
                return rows

    def _list(self, request: object, headers: Mapping[str, str]) -> Any:  # noqa: ANN401 (its type is made above)
        response = self._decode(self._post(self._path, request, headers))
        if response.retCode != "0" or response.returnCode != "0":
            sys.exit("the service returned an error code")
        return response

    def _post(self, path: str, request: object, headers: Mapping[str, str]) -> bytes:
        headers = {"Content-Type": "application/json", **headers}
        response = self._pool.request("POST", self._url + path, json=request, headers=headers)
        if response.status != HTTPStatus.OK:
            sys.exit(f"status {response.status}")
        return response.data


def main(file: str, stream: str) -> None:
    """Read a list of each tenant in a configuration, and write its rows."""
    config = msgspec.json.decode(Path(file).read_bytes())
    schema = msgspec.json.decode(files("tap_ivrflow.schemas").joinpath(f"{stream}.json").read_bytes())
    _write([{"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": ["tenant", "id"]}])
    extraction = int(datetime.now(UTC).timestamp() * 1000)
    reader = Reader(stream, schema["properties"], config)
    with ThreadPoolExecutor(config["concurrency"]) as executor:
        for tenant, rows in zip(config["tenants"], executor.map(reader.read, config["tenants"]), strict=True):
            now = datetime.now(UTC)
            for row in rows:
                row.tenant, row.extraction = tenant["name"], extraction
            for start in range(0, len(rows), _GROUP):
                _write([Message("RECORD", stream, row, now) for row in rows[start : start + _GROUP]])
    _write([{"type": "STATE", "value": {"bookmarks": {stream: {}}}}])


def _write(messages: list[Any]) -> None:
    sys.stdout.buffer.write(msgspec.json.Encoder().encode_lines(messages))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
