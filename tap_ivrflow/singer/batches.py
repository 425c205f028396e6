"""What a batch configuration must be, and which options need more to be installed."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from singer_sdk.helpers._batch import BatchConfig


def offer_gzip_only(batch_config: dict[str, Any]) -> None:
    """Remove `none` from the schema of a batch configuration: the SDK compresses those files as well."""
    batch_config["properties"]["encoding"]["properties"]["compression"]["enum"] = ["gzip"]


def with_compression(batch_config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a batch configuration that says what the SDK does: it compresses JSON Lines by gzip."""
    encoding = batch_config["encoding"]
    if encoding["format"] == "jsonl":
        encoding = {**encoding, "compression": "gzip"}
    return {**batch_config, "encoding": encoding}


def problems_of_batches(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the problems of a configuration with batches."""
    batch_config = config["batch_config"]
    for setting in ("stream_maps", "flattening_enabled"):
        if config.get(setting):
            yield f"batch_config cannot be used with {setting}, which the SDK's batch files ignore"
    if not _is_batch_config(batch_config):
        yield "batch_config is not valid"
        return
    if batch_config["encoding"]["format"] == "parquet":
        yield from missing_extra("batch_config.encoding.format parquet", "pyarrow", "parquet")
    root = batch_config["storage"]["root"]
    if re.match(r"[\w+.-]*:", root) and not root.startswith(("file://", "s3://")):
        yield "batch_config.storage.root must be a path, file:// or s3://"
    if root.startswith("s3://"):
        yield from missing_extra("batch_config.storage.root s3://", "s3fs", "s3")


def missing_extra(what: str, module: str, extra: str) -> Iterator[str]:
    """Yield a line if a module is not installed that something needs."""
    if importlib.util.find_spec(module) is None:
        yield f"{what} needs what is not installed: the extra {extra}, see docs/settings.md"


def _is_batch_config(config: Mapping[str, Any]) -> bool:
    """Tell whether the SDK can work with a batch configuration: of an odd one it makes no rows at all.

    What it makes of one is asked of the SDK itself, whose class stands in a module that is called private.
    """
    try:
        batch = BatchConfig.from_dict(deepcopy(dict(config)))
    except (TypeError, ValueError, KeyError, AttributeError):
        return False
    return type(batch.batch_size) is int and batch.batch_size > 0 and isinstance(batch.storage.root, str)
