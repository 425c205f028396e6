"""The oldest Meltano with which the tap works in a project of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from simulator.server import Simulator
from tests.engines.engine import Engine
from tests.harness import FLOW, ROOT, TAP, TENANT
from tests.targets.project import Finished

pytestmark = pytest.mark.engines


@pytest.fixture
def meltano(tmp_path: Path) -> Engine:
    engine = Engine("meltano-4.0", tmp_path / "project", NO_COLOR="1")
    block = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))["plugins"]["extractors"][0]
    del block["pip_url"]
    project = {"version": 1, "plugins": {"extractors": [{**block, "executable": str(TAP)}]}}
    (engine.folder / "meltano.yml").write_text(yaml.safe_dump(project), encoding="utf-8")
    return engine


def invoke(meltano: Engine, service: Simulator) -> Finished:
    tenant = {f"TAP_IVRFLOW_{name.upper()}": TENANT[name] for name in ("app_key", "app_secret")}
    return meltano("meltano", "invoke", "tap-ivrflow", TAP_IVRFLOW_API_URL=service.url, **tenant)


def test_the_oldest_meltano_reads_what_is_selected(meltano: Engine, service: Simulator) -> None:
    service.set_tenants([{**TENANT, "flows": [FLOW]}])
    done = invoke(meltano, service)
    assert done.code == 0, done
    records = [json.loads(line) for line in done.stdout.splitlines() if '"RECORD"' in line]
    assert [record["stream"] for record in records] == ["ivr_flows", "extractions"]


def test_the_oldest_meltano_shows_the_taps_own_line(meltano: Engine, service: Simulator) -> None:
    """It disables the loggers that are there before its configuration."""
    service.set_tenants([{**TENANT, "flows": [FLOW]}])
    service.fault(call="token", times=None, status=403, body='{"exceptionInfo": "wrong pair"}')
    done = invoke(meltano, service)
    assert done.code != 0
    assert "tenant 'default', ivr_flows: tokenByAkSk answered 403, it says: \"wrong pair\"" in done.stderr, (
        done
    )
