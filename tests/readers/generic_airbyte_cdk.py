"""Reads the routes by a declarative source of Airbyte's CDK, and prints what came: URL TOKEN LIMIT."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from airbyte_cdk.models import (  # type: ignore[import-not-found]
    AirbyteStream,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
    Type,
)
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (  # type: ignore[import-not-found]
    ConcurrentDeclarativeSource,
)

url, token, limit = sys.argv[1:]
schema: dict[str, Any] = {"type": "object", "additionalProperties": True, "properties": {}}
stream: dict[str, Any] = {
    "type": "DeclarativeStream",
    "name": "called_routes",
    "primary_key": "id",
    "retriever": {
        "type": "SimpleRetriever",
        "requester": {
            "type": "HttpRequester",
            "url_base": url,
            "path": "/apiaccess/rest/cc-management/v1/calledRoute/queryCalledRoute",
            "http_method": "POST",
            "authenticator": {"type": "BearerAuthenticator", "api_token": token},
        },
        "record_selector": {
            "type": "RecordSelector",
            "extractor": {"type": "DpathExtractor", "field_path": ["data", "calledRouteList"]},
        },
        "paginator": {
            "type": "DefaultPaginator",
            "page_size_option": {"type": "RequestOption", "inject_into": "body_json", "field_name": "limit"},
            "page_token_option": {
                "type": "RequestOption",
                "inject_into": "body_json",
                "field_name": "offset",
            },
            "pagination_strategy": {
                "type": "OffsetIncrement",
                "page_size": int(limit),
                "inject_on_first_request": True,
            },
        },
    },
    "transformations": [
        {"type": "AddFields", "fields": [{"path": ["extension"], "value": "{{ record['extCode'] }}"}]}
    ],
    "schema_loader": {"type": "InlineSchemaLoader", "schema": schema},
}
manifest = {
    "version": "6.0.0",
    "type": "DeclarativeSource",
    "check": {"type": "CheckStream", "stream_names": ["called_routes"]},
    "streams": [stream],
}
catalog = ConfiguredAirbyteCatalog(
    streams=[
        ConfiguredAirbyteStream(
            stream=AirbyteStream(
                name="called_routes", json_schema=schema, supported_sync_modes=[SyncMode.full_refresh]
            ),
            sync_mode=SyncMode.full_refresh,
            destination_sync_mode=DestinationSyncMode.overwrite,
        )
    ]
)
source = ConcurrentDeclarativeSource(catalog=catalog, config={}, state=None, source_config=manifest)
rows, status = [], ""
for message in source.read(logging.getLogger("airbyte"), {}, catalog, []):
    if message.type is Type.RECORD:
        rows.append(message.record.data)
    if message.type is Type.TRACE and message.trace.stream_status:
        status = message.trace.stream_status.status.value
extension = rows[0]["extension"] if rows else None
print(json.dumps({"rows": len(rows), "status": status, "extension": extension}))  # noqa: T201 - what it is for
