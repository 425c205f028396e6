"""The SDK's own tests, and what this tap relies on in the SDK."""

from __future__ import annotations

from typing import Any, Final

import pytest
from singer_sdk import PluginBase, Stream, Tap
from singer_sdk.mapper import CustomStreamMap, PluginMapper
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from simulator.server import Simulator
from tap_ivrflow.streams import STREAMS
from tap_ivrflow.tap import TapIVRFlow
from tests.harness import FLOW, TENANT

CONFIG: dict[str, Any] = {"api_url": "http://127.0.0.1:9", "tenants": [TENANT]}

NOT_SELECTED: Final = [vars(stream)["name"] for stream in STREAMS if not stream.selected_by_default]
TestTheSDKs = get_tap_test_class(
    TapIVRFlow,
    config=CONFIG,
    parse_env_config=False,
    suite_config=SuiteConfig(ignore_no_records_for_streams=[*NOT_SELECTED, "extractions"]),
)


@pytest.fixture(autouse=True, scope="module")
def served(simulator: Simulator) -> None:
    """Let there be a service for the class above, which is made before there is one."""
    simulator.reset()
    simulator.set_tenants([{**TENANT, "flows": [{**FLOW, "maxCallNum": 3}, {**FLOW, "id": 2}]}])
    CONFIG["api_url"] = simulator.url


def test_the_sdks_tests_reach_the_service(simulator: Simulator) -> None:
    before = simulator.calls()["ivr_flows"]
    assert TapIVRFlow(config=dict(CONFIG)).run_connection_test()
    assert simulator.calls()["ivr_flows"] == before + 1


def test_the_sdk_still_writes_the_version_where_this_tap_holds_it_back() -> None:
    """If one of these goes, look at `tap_ivrflow/singer/` again: what it relies on is private."""
    assert hasattr(Stream, "_write_activate_version_message")
    assert hasattr(PluginBase, "_handle_termination")
    assert hasattr(PluginBase, "_validate_config")
    assert "_env_var_config" in PluginBase.__init__.__code__.co_names
    assert "log_sync_costs" in Tap.sync_all.__code__.co_names
    assert hasattr(CustomStreamMap, "_eval")
    assert hasattr(CustomStreamMap, "_eval_type")
    # What PluginMapper makes is looked up in its module.
    assert "CustomStreamMap" in PluginMapper.register_raw_stream_schema.__code__.co_names
