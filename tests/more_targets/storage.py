"""Buckets as the tests see them: stand-ins for S3 and Google Cloud Storage, and what lies in a bucket."""

from __future__ import annotations

import abc
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree as ET

import requests
from typing_extensions import override

from tests.more_targets.environments import Environments

SERVICES: Final = Path(__file__).with_name("services.py")


@contextmanager
def running(service: str, environments: Environments) -> Iterator[str]:
    """Run a service; the address on which it is."""
    command = [str(environments.command("services", "python")), str(SERVICES), service]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          encoding="utf-8") as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


class Bucket(abc.ABC):
    """A bucket of a service."""

    def __init__(self, url: str, name: str) -> None:
        self.url: Final = url
        self.name: Final = name
        self.create()

    @abc.abstractmethod
    def create(self) -> None:
        """Make the bucket."""

    @abc.abstractmethod
    def objects(self) -> dict[str, str]:
        """The names of what lies in it, each with what differs when the content does."""

    @abc.abstractmethod
    def get(self, name: str) -> bytes:
        """The content of an object."""


class S3(Bucket):
    """One of moto's, which wants to be shown a key and takes any."""

    _SIGNED: Final = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=reader/20260101/us-east-1/s3/aws4_request"
    }

    @override
    def create(self) -> None:
        requests.put(f"{self.url}/{self.name}", headers=self._SIGNED, timeout=60).raise_for_status()

    @override
    def objects(self) -> dict[str, str]:
        listed = requests.get(f"{self.url}/{self.name}?list-type=2", headers=self._SIGNED, timeout=60)
        found = ET.fromstring(listed.content).iterfind("{*}Contents")  # noqa: S314 - moto's
        return {each.findtext("{*}Key", ""): each.findtext("{*}ETag", "") for each in found}

    @override
    def get(self, name: str) -> bytes:
        got = requests.get(f"{self.url}/{self.name}/{quote(name)}", headers=self._SIGNED, timeout=60)
        got.raise_for_status()
        return got.content


class GCS(Bucket):
    """One of fake-gcs-server's."""

    @override
    def create(self) -> None:
        requests.post(f"{self.url}/storage/v1/b", json={"name": self.name}, timeout=60).raise_for_status()

    @override
    def objects(self) -> dict[str, str]:
        listed = requests.get(f"{self.url}/storage/v1/b/{self.name}/o", timeout=60).json()
        return {each["name"]: each["md5Hash"] for each in listed.get("items", [])}

    @override
    def get(self, name: str) -> bytes:
        path = f"/download/storage/v1/b/{self.name}/o/{quote(name, safe='')}?alt=media"
        got = requests.get(f"{self.url}{path}", timeout=60)
        got.raise_for_status()
        return got.content
