"""What is written is what the SDK's own writer would write, in fewer and larger pieces."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from decimal import Decimal
from threading import Event
from typing import Any

import pytest
from singer_sdk import Stream
from singer_sdk.singerlib.encoding import SimpleSingerWriter
from singer_sdk.singerlib.encoding.simple import Message, RecordMessage, StateMessage
from typing_extensions import override

from tap_ivrflow.aicc import Client
from tap_ivrflow.singer.errors import OutputError
from tap_ivrflow.singer.messages import MessageWriter
from tap_ivrflow.singer.stream import SingerStream
from tap_ivrflow.streams import ListStream
from tap_ivrflow.tap import TapIVRFlow
from tap_ivrflow.tenants import Tenant
from tests.harness import FLOW, HANG, TENANT, Command

ODD = [
    FLOW,
    {**FLOW, "id": 2**53 + 1, "description": '客服 "quoted" back\\slash\nline\ttab \u2028 \x00 \x7f 📞'},
    {**FLOW, "id": -1, "description": "", "accessCode": None, "maxCallNum": "7"},
]


TEXTS = [
    '}\n{"a":1}',
    '"*":null',
    "\\",
    '\\"',
    "'",
    "0090",
    "",
    None,
    " }{ ",
    "Ünïcödé 客 \U0001f4de \x00 \ufffd",
]
"""Texts that could break lines that are put together."""
NUMBERS = [0, -1, 2**63 - 1, -(2**63), None]


def odd_lists() -> dict[str, Any]:
    """Rows with odd values for each list, more of them than are encoded at once."""
    odd = [(text, number) for text in TEXTS for number in NUMBERS] * 6
    return {
        "flows": [
            {**FLOW, "id": place, "description": text, "accessCode": text, "maxCallNum": number}
            for place, (text, number) in enumerate(odd)
        ],
        "routes": [
            {"id": str(place), "accessCode": text, "deviceDesc": text, "deviceId": number}
            for place, (text, number) in enumerate(odd)
        ],
        "access_codes": [
            {"id": str(place), "accessCode": text, "description": text, "mediatypeId": number}
            for place, (text, number) in enumerate(odd)
        ],
        "queues": [
            {"skillId": place, "name": text, "maxWaitTime": number, "skillParam": {"busy": {"value": number}}}
            for place, (text, number) in enumerate(odd)
        ],
        "survey": {
            "enabled": True,
            "data": [{"ivrId": "1", "feedbackType": text, "accessCode": text} for text, _ in odd],
        },
    }


class Plain(SimpleSingerWriter):
    """The SDK's writer, with the one thing that the stream asks of its own."""

    def flush(self) -> None:
        """Nothing is ever pending."""

    def require_reader(self) -> None:
        """There is one."""


def emitted(config: dict[str, Any], writer: MessageWriter | Plain, *, test: bool) -> list[dict[str, Any]]:
    with redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)) as stdout:
        tap = TapIVRFlow(config=json.loads(json.dumps(config)), message_writer=writer)
        tap.run_connection_test() if test else tap.sync_all()
    raw = stdout.buffer
    assert isinstance(raw, io.BytesIO)
    messages = [json.loads(line) for line in raw.getvalue().splitlines()]
    for message in messages:
        for changing in ("time_extracted", "version", "manifest"):
            if changing in message:
                message[changing] = "some"
        for changing in message.get("record", {}).keys() & {"extraction", "extracted_at"}:
            message["record"][changing] = "some"
    return messages


@pytest.mark.parametrize("activate", [False, True])
@pytest.mark.parametrize("name", ['}{"a":1}', '"*":null', "\\", '\\"'])
def test_rows_are_written_at_once_as_the_sdk_would_write_them_one_by_one(
    tap: Command, monkeypatch: pytest.MonkeyPatch, name: str, *, activate: bool
) -> None:
    tenant = {**TENANT, "name": name}
    tap.service.set_tenants([{**tenant, **odd_lists()}])
    config = tap.config([tenant], emit_activate_version_messages=activate)
    monkeypatch.setattr(ListStream, "selected_by_default", True)
    at_once = emitted(config, MessageWriter(), test=False)
    monkeypatch.setattr(SingerStream, "is_plain", False)
    one_by_one = emitted(config, Plain(), test=False)
    assert at_once == one_by_one
    records = [message for message in at_once if message["type"] == "RECORD"]
    assert len(records) == 5 * 6 * len(TEXTS) * len(NUMBERS) + 5
    assert all(message["time_extracted"] == "some" for message in records)


@pytest.mark.parametrize(
    ("settings", "is_plain"),
    [
        ({}, True),
        ({"emit_activate_version_messages": True}, True),
        ({"stream_maps": {"called_routes": {"dnid": None}}}, True),
        ({"stream_maps": {"ivr_flows": {"description": None}}}, False),
        ({"stream_maps": {"copy": {"__source__": "ivr_flows"}}}, False),
        ({"flattening_enabled": True, "flattening_max_depth": 1}, False),
    ],
)
def test_rows_are_written_at_once_only_where_the_sdk_changes_none(
    settings: dict[str, Any], *, is_plain: bool
) -> None:
    config = {"app_key": "key-of-north-7", "app_secret": "secret", **settings}
    stream = TapIVRFlow(config=config).streams["ivr_flows"]
    assert isinstance(stream, SingerStream)
    assert stream.is_plain is is_plain


def test_the_records_of_a_list_have_the_time_at_which_it_was_read(tap: Command) -> None:
    tap.serve(*ODD)
    run = tap(tap.config())
    times = {message["time_extracted"] for message in run.lists if message["type"] == "RECORD"}
    assert times == {run.proofs[0]["extracted_at"]}


def test_every_record_that_is_written_at_once_is_counted(tap: Command) -> None:
    tap.serve(*odd_lists()["flows"])
    (metric,) = (
        line
        for line in tap(tap.config()).stderr.splitlines()
        if "record_count" in line and "ivr_flows" in line
    )
    assert json.loads(metric.partition("METRIC: ")[2])["value"] == 6 * len(TEXTS) * len(NUMBERS)


@pytest.mark.parametrize("test", [False, True])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"emit_activate_version_messages": True},
        {
            "stream_maps": {
                "ivr_flows": {
                    "f": "float(record['id']) / 3",
                    "h": "md5(record['accessCode'] or '')",
                    "__key_properties__": ["f"],
                    "__else__": None,
                }
            }
        },
        {
            "stream_maps": {
                "ivr_flows": {"__filter__": "record['id'] > 0", "__alias__": "x"},
                "__else__": "__NULL__",
            }
        },
        {"flattening_enabled": True, "flattening_max_depth": 2},
    ],
)
def test_the_messages_are_those_of_the_sdks_writer(
    tap: Command, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], *, test: bool
) -> None:
    tap.serve(*ODD)
    config = tap.config(**settings)
    ours = emitted(config, MessageWriter(), test=test)
    monkeypatch.setattr(SingerStream, "is_plain", False)
    assert ours == emitted(config, Plain(), test=test)


@pytest.mark.parametrize(
    "value",
    [
        Decimal("1.10"),
        datetime(2026, 1, 2, tzinfo=UTC),
        [1, {"a": None}],
    ],
    ids=repr,
)
def test_a_value_is_written_as_the_sdk_writes_it(value: object) -> None:
    message = RecordMessage("s", {"x": value})
    ours = json.loads(MessageWriter().format_message(message))
    theirs = json.loads(SimpleSingerWriter().format_message(message))
    if isinstance(value, datetime):
        ours["record"]["x"] = ours["record"]["x"].replace("Z", "+00:00")
    assert ours == theirs


class Pipe(io.RawIOBase):
    """A stdout that takes a few bytes at a time, as a pipe does when it is nearly full."""

    def __init__(self, most: int = 10**9) -> None:
        super().__init__()
        self.most = most
        self.pieces: list[bytes] = []

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: Any, /) -> int:
        self.pieces.append(bytes(data[: self.most]))
        return len(self.pieces[-1])

    @property
    def lines(self) -> list[bytes]:
        return b"".join(self.pieces).splitlines()


@contextmanager
def stdout(pipe: Pipe) -> Iterator[MessageWriter]:
    with redirect_stdout(io.TextIOWrapper(io.BufferedWriter(pipe))):
        yield MessageWriter()


def record(number: int, text: str = "") -> Message:
    return RecordMessage("s", {"id": number, "text": text})


def test_records_are_written_in_groups_of_whole_lines() -> None:
    with stdout(pipe := Pipe()) as writer:
        for number in range(1000):
            writer.write_message(record(number, "x" * 500))
        writer.flush()
    assert len(pipe.lines) == 1000
    assert len(pipe.pieces) < 20
    assert all(len(piece) <= 64 * 1024 and piece.endswith(b"\n") for piece in pipe.pieces)


def test_other_messages_are_written_at_once() -> None:
    with stdout(pipe := Pipe()) as writer:
        writer.write_message(record(1))
        assert pipe.pieces == []
        writer.write_message(StateMessage({}))
        assert len(pipe.lines) == 2


def test_a_nearly_full_pipe_gets_everything_in_the_end() -> None:
    with stdout(pipe := Pipe(most=7)) as writer:
        for number in range(100):
            writer.write_message(record(number, "x" * number * 100))
        writer.flush()
    assert [json.loads(line)["record"]["id"] for line in pipe.lines] == list(range(100))


def test_a_signal_between_writes_is_obeyed_at_once() -> None:
    with stdout(Pipe()) as writer:
        stopped: list[str] = []
        writer.between_writes(lambda: stopped.append("now"))
        assert stopped == ["now"]


@pytest.mark.parametrize("length", [10, 5_000])
def test_a_signal_during_a_write_is_obeyed_at_its_end(length: int) -> None:
    stopped: list[bytes] = []

    class Signalled(Pipe):
        @override
        def write(self, data: Any, /) -> int:
            taken = super().write(data)
            if len(self.pieces) == 1:
                writer.between_writes(lambda: stopped.append(b"".join(self.pieces)))
                assert stopped == []
            return taken

    with stdout(Signalled(most=30)) as writer:
        writer.write_message(record(1, "y" * length))
        writer.flush()
    assert json.loads(stopped[0])["record"]["text"] == "y" * length


def test_a_full_group_is_written_without_being_asked_for() -> None:
    with stdout(pipe := Pipe()) as writer:
        for number in range(1000):
            writer.write_message(record(number, "x" * 100))
        assert len(pipe.lines) > 500


def test_rows_do_not_wait_for_a_state(tap: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    tap.serve(*ODD)
    monkeypatch.setattr(Stream, "_write_state_message", lambda _: None)
    messages = emitted(tap.config(), MessageWriter(), test=False)
    assert [message["type"] for message in messages] == ["SCHEMA", *["RECORD"] * len(ODD), "SCHEMA", "RECORD"]


def test_a_stdout_that_does_not_block_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[tuple[Any, ...]] = []
    monkeypatch.setattr("select.select", lambda *files: waits.append(files))

    class Full(Pipe):
        """Takes 10 bytes, and then none until it was waited for."""

        @override
        def write(self, data: Any, /) -> int | None:  # type: ignore[override]
            if len(waits) < len(self.pieces):
                return None
            assert len(waits) == len(self.pieces), "waited twice"
            return super().write(data)

    with stdout(pipe := Full(10)) as writer:
        writer.write_message(StateMessage({}))
        assert [json.loads(line) for line in pipe.lines] == [{"type": "STATE", "value": {}}]
        assert waits == [([], [pipe], [])] * (len(pipe.pieces) - 1)


def test_all_rows_come_through_a_stdout_that_does_not_block(tap: Command) -> None:
    tap.serve(*({**FLOW, "id": number} for number in range(5_000)))
    reader, output = os.pipe()
    os.set_blocking(output, False)
    process = tap.start(tap.config(), stdout=output)
    os.close(output)
    with os.fdopen(reader, "rb") as lines:
        records = [line for line in lines if b'"RECORD"' in line]
    process.communicate(timeout=HANG)
    assert process.returncode == 0
    assert len(records) == 5_001


def test_a_stdout_that_takes_nothing_more_is_an_error() -> None:
    class Full(Pipe):
        @override
        def write(self, data: Any, /) -> int:
            raise OSError(28, "No space left on device")

    with stdout(Full()) as writer, pytest.raises(OutputError, match="stdout: No space left on device"):
        writer.write_message(StateMessage({}))


def test_a_reader_that_is_gone_is_noticed_without_a_write() -> None:
    reader, output = os.pipe()
    with os.fdopen(output, "w") as file, redirect_stdout(file):
        writer = MessageWriter()
        writer.require_reader()
        os.close(reader)
        with pytest.raises(OutputError, match="stdout"):
            writer.require_reader()


def test_a_stdout_that_cannot_be_polled_is_left_to_the_next_write(monkeypatch: pytest.MonkeyPatch) -> None:
    class Device(io.StringIO):
        """As /dev/null on macOS, where poll() calls each device invalid."""

        @override
        def fileno(self) -> int:
            return closed

    closed = os.dup(1)
    os.close(closed)
    monkeypatch.setattr("sys.stdout", Device())
    MessageWriter().require_reader()


def test_a_run_whose_reader_is_gone_calls_no_more_tenants(
    tap: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenants = [{**TENANT, "name": f"t{number}", "app_key": f"key-{number}-77"} for number in range(3)]
    tap.service.set_tenants([{**tenant, "flows": []} for tenant in tenants])
    is_over, begun = Event(), []
    client = TapIVRFlow.client

    def client_of(self: TapIVRFlow, tenant: Tenant) -> Client:
        begun.append(tenant.name)
        if tenant.name != "t0":  # Read ahead, while the first list is emitted.
            is_over.wait(HANG)
            raise LookupError(tenant.name)
        return client(self, tenant)

    def gone(_: MessageWriter) -> None:
        raise OutputError("gone")

    monkeypatch.setattr(TapIVRFlow, "client", client_of)
    monkeypatch.setattr(MessageWriter, "require_reader", gone)
    with pytest.raises(OutputError, match="gone"):
        emitted(tap.config(tenants, concurrency=1), MessageWriter(), test=False)
    is_over.set()
    assert "t2" not in begun
