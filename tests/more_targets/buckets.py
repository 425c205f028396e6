"""Targets that write objects into a bucket, new ones in every run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import duckdb
from typing_extensions import override

from tests.more_targets.environments import Environments
from tests.more_targets.piped import Piped
from tests.more_targets.storage import Bucket
from tests.targets.project import Finished, Workplace

KEYS: Final = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}


class InBucket(Piped):
    """A target that writes objects; the rows are those of the last run's."""

    upserts = False

    def __init__(self, workplace: Workplace, environments: Environments, bucket: Bucket) -> None:
        super().__init__(workplace, environments)
        self.bucket: Final = bucket
        self.latest: list[str] = []
        """Names of the objects that the last run wrote."""

    @override
    def load(self, **settings: Any) -> Finished:
        before = self.bucket.objects().items()
        done = super().load(**settings)
        self.latest = [name for name, _ in self.bucket.objects().items() - before]
        return done

    @override
    def records(self, stream: str) -> list[dict[str, Any]]:
        names = [name for name in self.latest if stream in name.split("/")]
        return [row for name in names for row in self.rows(self.bucket.get(name))]

    def rows(self, content: bytes) -> list[dict[str, Any]]:
        """The rows of an object."""
        return [json.loads(line) for line in content.splitlines()]


class S3JSONL(InBucket):
    """Writes the rows as they are."""

    lock = "target-s3-jsonl"
    command = "target-s3-jsonl"

    @override
    def config(self) -> dict[str, Any]:
        return {
            **self.documented(),
            **KEYS,
            "s3_bucket": self.bucket.name,
            "aws_endpoint_url": self.bucket.url,
            "work_dir": str(self.workplace.output),
        }


class S3Parquet(InBucket):
    """Writes Parquet, whose columns have types."""

    lock = "plinxore-target-s3"
    command = "target-s3"
    types: ClassVar[Mapping[str, str]] = {
        "tenant": "VARCHAR",
        "id": "BIGINT",
        "accessCode": "VARCHAR",
        "description": "VARCHAR",
        "flowFileName": "VARCHAR",
        "isLoad": "BIGINT",
        "flowType": "BIGINT",
        "maxCallNum": "BIGINT",
        "extraction": "BIGINT",
    }

    @override
    def config(self) -> dict[str, Any]:
        settings = self.documented()
        own = {**KEYS, "aws_bucket": self.bucket.name, "aws_endpoint_override": self.bucket.url}
        settings["cloud_provider"]["aws"].update(own)
        return settings

    def ask(self, content: bytes, query: str) -> list[dict[str, Any]]:
        """Ask what an object holds; the query calls it `rows`."""
        path = self.workplace.output / "rows.parquet"
        path.write_bytes(content)
        with duckdb.connect() as connection:
            connection.execute(f"create view rows as select * from read_parquet('{path}')")  # noqa: S608 - no input
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @override
    def rows(self, content: bytes) -> list[dict[str, Any]]:
        return self.ask(content, "select columns(name -> not starts_with(name, '_sdc_')) from rows")

    @override
    def column_types(self) -> Mapping[str, str]:
        (name,) = (name for name in self.latest if "/ivr_flows/" in name)
        columns = self.ask(self.bucket.get(name), "describe rows")
        return {column["column_name"]: column["column_type"] for column in columns}


class GoogleJSONL(InBucket):
    """Writes the rows as they are."""

    lock = "target-gcs"
    command = "target-gcs"

    @override
    def config(self) -> dict[str, Any]:
        return {**self.documented(), "bucket_name": self.bucket.name}

    @override
    def variables(self) -> Mapping[str, str]:
        return {"STORAGE_EMULATOR_HOST": self.bucket.url, "GOOGLE_CLOUD_PROJECT": "warehouse"}
