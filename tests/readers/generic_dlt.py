"""Loads the routes into DuckDB by dlt's REST source, and prints what the table holds: URL TOKEN LIMIT."""

from __future__ import annotations

import json
import sys
from typing import Any

import dlt  # type: ignore[import-not-found]
from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found]

url, token, limit = sys.argv[1:]
source: Any = {
    "client": {"base_url": url, "auth": {"type": "bearer", "token": token}},
    "resources": [
        {
            "name": "called_routes",
            "write_disposition": "replace",
            "endpoint": {
                "path": "/apiaccess/rest/cc-management/v1/calledRoute/queryCalledRoute",
                "method": "POST",
                "json": {},
                "data_selector": "data.calledRouteList",
                "paginator": {
                    "type": "offset",
                    "limit": int(limit),
                    "offset_body_path": "offset",
                    "limit_body_path": "limit",
                    "total_path": "data.total",
                },
            },
        }
    ],
}
pipeline = dlt.pipeline(
    "routes",
    pipelines_dir="pipelines",
    destination=dlt.destinations.duckdb("loaded.duckdb"),
    dataset_name="routes",
)
pipeline.run(rest_api_source(source))
with pipeline.sql_client() as client:
    ((rows, extension),) = client.execute_sql("select count(*), max(ext_code) from called_routes")
print(json.dumps({"rows": rows, "status": "success", "extension": extension}))  # noqa: T201 - what it is for
