"""A batch configuration says what is written, and an extra is asked for only where it is missing."""

from __future__ import annotations

import pytest

from tap_ivrflow.singer.batches import missing_extra, with_compression


@pytest.mark.parametrize("encoding", [{"format": "parquet"}, {"format": "parquet", "compression": "gzip"}])
def test_parquet_is_compressed_as_it_says(encoding: dict[str, str]) -> None:
    batch = {"encoding": encoding, "storage": {"root": "x"}}
    assert with_compression(batch) == batch


def test_what_is_installed_needs_no_extra() -> None:
    assert list(missing_extra("json", "json", "x")) == []
    assert list(missing_extra("y", "no_such_module", "x")) == [
        "y needs what is not installed: the extra x, see docs/settings.md"
    ]
