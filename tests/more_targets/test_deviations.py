"""Where these targets lose something, or need a setting. `test_matrix` has what they make of values."""

from __future__ import annotations

import pytest

from simulator.server import Simulator
from tests.more_targets.buckets import S3JSONL, S3Parquet
from tests.more_targets.files import CSV, SingerJSONL
from tests.more_targets.piped import Piped
from tests.more_targets.places import Places
from tests.more_targets.recorded import ToElasticsearch
from tests.targets.service import Tenants, as_served, flow, rows

pytestmark = pytest.mark.targets

TENANTS: Tenants = {"north": [flow(1), flow(2)], "south": [flow(1, "another flow")]}


def _serve(target: Piped, service: Simulator, served: Tenants) -> None:
    service.set_tenants(as_served(served))
    target.workplace.serves(service.url, as_served(served))


def test_csv_files_are_replaced_even_when_told_to_append(service: Simulator, places: Places) -> None:
    target = CSV(*places.own())
    for served in (TENANTS, {"north": [flow(3)]}):
        _serve(target, service, served)
        assert target.load(overwrite_behavior="append_records").code == 0
        assert target.look().rows == rows(served)
    assert target.load(file_naming_scheme="{stream_name}-{timestamp}.csv").code == 0
    assert list(target.workplace.output.glob("ivr_flows-*.csv")), "a file of its own keeps the others"


def test_csv_makes_the_same_of_null_and_an_empty_text(service: Simulator, places: Places) -> None:
    target = CSV(*places.own())
    _serve(target, service, {"north": [flow(1, None), flow(1, "")]})
    assert target.load().code == 0
    _, *lines = (target.workplace.output / "ivr_flows.csv").read_text(encoding="utf-8").splitlines()
    assert len({line.rpartition(",")[0] for line in lines}) == 1


def test_singer_jsonl_ends_with_an_error_on_activate_version_and_writes_nothing(
    service: Simulator, places: Places
) -> None:
    target = SingerJSONL(*places.own())
    _serve(target, service, TENANTS)
    target.workplace.variables["TAP_IVRFLOW_EMIT_ACTIVATE_VERSION_MESSAGES"] = "true"
    done = target.load()
    assert done.code != 0
    assert "Unknown message type ACTIVATE_VERSION" in done.stderr
    assert not list(target.workplace.output.iterdir())


def test_in_elasticsearch_an_id_that_is_not_the_whole_key_loses_other_tenants_rows(
    service: Simulator, places: Places
) -> None:
    target = ToElasticsearch(*places.own(), *places.elasticsearch())
    _serve(target, service, TENANTS)
    for _ in range(2):
        assert target.load(metadata_fields={"ivr_flows": {"_id": "id"}}).code == 0
    assert {(row["tenant"], row["id"]) for row in target.records("ivr_flows")} == {("north", 2), ("south", 1)}
    assert len(target.records("ivr_flows")) == 2
    assert len(target.records("extractions")) == 2 * 2, "without an id every run adds its rows"


def test_in_s3_every_run_leaves_objects_of_its_own(service: Simulator, places: Places) -> None:
    for target in (S3JSONL(*places.own(), places.s3()), S3Parquet(*places.own(), places.s3())):
        _serve(target, service, TENANTS)
        for times in (1, 2):
            assert target.load().code == 0
            assert len(target.bucket.objects()) == 2 * times, "one for each of the two streams"


def test_parquet_has_times_in_whole_seconds_and_wants_a_prefix(service: Simulator, places: Places) -> None:
    target = S3Parquet(*places.own(), places.s3())
    _serve(target, service, TENANTS)
    assert target.load(add_record_metadata=True).code == 0
    (flows,) = (name for name in target.latest if name.startswith("raw/ivr_flows/"))
    query = (
        "select distinct date_part('microsecond', _sdc_extracted_at) % 1000000 as micro,"
        " typeof(_sdc_extracted_at) as type from rows"
    )
    expected = {"micro": 0, "type": "TIMESTAMP WITH TIME ZONE"}
    assert target.ask(target.bucket.get(flows), query) == [expected]
    assert target.load(prefix=None).code == 0
    assert all(name.startswith("None/") for name in target.latest)


def test_parquet_under_raw_stream_names_has_the_last_batch_only(service: Simulator, places: Places) -> None:
    target = S3Parquet(*places.own(), places.s3())
    _serve(target, service, TENANTS)
    assert target.load(use_raw_stream_name=True, max_batch_size=2).code == 0
    assert target.latest.count("raw/ivr_flows") == 1
    query = "select tenant, id from rows"
    assert target.ask(target.bucket.get("raw/ivr_flows"), query) == [{"tenant": "south", "id": 1}]
