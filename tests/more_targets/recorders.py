"""Stand-ins for services that targets write to over HTTP: each keeps what it is sent, as the real one would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final, Protocol

from typing_extensions import override


class Recorder(Protocol):
    """What answers the calls of a target."""

    def answer(self, method: str, path: str, lines: list[Any]) -> tuple[int, Any]:
        """Return status and content for a call with these lines of JSON."""


class Stitch:
    """The import API: rows are replaced by key, and those of an older version are gone with its activation."""

    def __init__(self) -> None:
        self.batches: Final[list[dict[str, Any]]] = []

    def answer(self, method: str, path: str, lines: list[Any]) -> tuple[int, Any]:
        assert (method, path) == ("POST", "/v2/import/batch")
        self.batches.extend(lines)
        return 200, {"status": "OK", "message": "Batch accepted!"}

    def table(self, name: str) -> list[dict[str, Any]]:
        """The rows, each with `deleted`, whether it is gone."""
        rows: dict[tuple[object, ...], dict[str, Any]] = {}
        active = 0
        for batch in self.batches:
            if batch["table_name"] != name:
                continue
            version = batch.get("table_version", 0)
            for message in batch["messages"]:
                if message["action"] == "activate_version":
                    active = version
                    continue
                row = message["data"]
                rows[tuple(row[key] for key in batch["key_names"])] = {**row, "version": version}
        return [{**row, "deleted": row["version"] < active} for row in rows.values()]


class Elasticsearch:
    """Indices, in which a document replaces that with the same id."""

    def __init__(self) -> None:
        self.mappings: Final[dict[str, dict[str, Any]]] = {}
        self.documents: Final[dict[str, dict[str, dict[str, Any]]]] = {}

    def answer(self, method: str, path: str, lines: list[Any]) -> tuple[int, Any]:
        if path.startswith("/_bulk"):
            assert method in {"POST", "PUT"}
            return 200, {"errors": False, "items": [*map(self._index, lines[::2], lines[1::2])]}
        _, index, *rest = path.split("/")
        if method == "HEAD":
            return (200 if index in self.mappings else 404), None
        if method == "PUT":
            self.mappings[index] = lines[0]["mappings"]["properties"]
            self.documents[index] = {}
            return 200, {"acknowledged": True, "shards_acknowledged": True, "index": index}
        assert (method, rest[:2]) == ("GET", ["_mapping", "field"])
        fields = {name: {"mapping": {name: declared}} for name, declared in self.mappings[index].items()}
        return 200, {index: {"mappings": fields}}

    def _index(self, action: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
        index = action["index"]["_index"]
        # The server makes an id for a document that has none.
        key = action["index"].get("_id", f"made-{len(self.documents[index])}")
        self.documents[index][key] = document
        return {"index": {"_index": index, "_id": key, "status": 200, "result": "created"}}


@contextmanager
def answering(recorder: Recorder) -> Iterator[str]:
    """Let a recorder answer; the address at which it does."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            lines = [json.loads(line) for line in body.split(b"\n") if line]
            status, content = recorder.answer(self.command, self.path, lines)
            answer = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("X-Elastic-Product", "Elasticsearch")  # Without it the client refuses to go on.
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_HEAD = do_POST = do_PUT = _answer  # noqa: N815 - as the library calls them

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
