"""A run says what came of each tenant."""

from __future__ import annotations

from tap_ivrflow.errors import error_line
from tests.harness import FLOW, TENANT, Command


def test_each_tenant_that_was_read_is_a_line(tap: Command) -> None:
    tenants = [{**TENANT, "name": name, "app_key": f"key-{name}"} for name in "abc"]
    tap.service.set_tenants(
        [{**tenant, "flows": [FLOW] if tenant["name"] == "b" else []} for tenant in tenants]
    )
    run = tap(tap.config(tenants))
    assert [line for line in run.lines("INFO") if line.startswith("tenant")] == [
        "tenant 'a': 0 records of ivr_flows (1 of 3)",
        "tenant 'b': 1 records of ivr_flows (2 of 3)",
        "tenant 'c': 0 records of ivr_flows (3 of 3)",
    ]
    assert not any("Skipping parse" in line for line in run.lines("INFO"))


def test_an_unexpected_error_is_named_by_its_type() -> None:
    assert (
        error_line(ValueError("a record")) == "unexpected ValueError (TAP_IVRFLOW_LOGLEVEL=DEBUG shows where)"
    )
