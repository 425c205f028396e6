"""The streams. Here the client's lists become Singer records."""

from __future__ import annotations

import json
import logging
from abc import abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from msgspec.structs import asdict
from typing_extensions import override

from tap_ivrflow.aicc import calls
from tap_ivrflow.aicc.errors import shortened
from tap_ivrflow.aicc.rows import Columns
from tap_ivrflow.ledger import Proof
from tap_ivrflow.singer.messages import ROW
from tap_ivrflow.singer.stream import SingerStream
from tap_ivrflow.threads import in_order

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context, Record

    from tap_ivrflow.aicc.listing import Page
    from tap_ivrflow.aicc.responses import Response
    from tap_ivrflow.tap import TapIVRFlow
    from tap_ivrflow.tenants import Tenant

ADDED: Final = ("tenant", "extraction")
"""Columns that the tap adds to those of the service, the first and the last of each list."""

MOST_WAITING: Final = 2**27
"""Bytes of responses whose rows may wait for earlier tenants; as rows they take twice as much memory."""


class _Read(NamedTuple):
    """A tenant's list: when its reading began (in UTC), its rows, and the bytes of its responses."""

    begun: datetime
    page: Page
    size: int


class TapStream(SingerStream):
    """Base of the streams. A subclass has a name and keys, and a schema file of that name."""

    _tap: TapIVRFlow

    def __init__(self, tap: TapIVRFlow) -> None:
        """Read the schema once: the SDK would ask its descriptor for schema files again for every record."""
        schema = files("tap_ivrflow.schemas").joinpath(f"{self.name}.json")
        super().__init__(tap, json.loads(schema.read_text(encoding="utf-8")))

    @abstractmethod
    def records(self) -> Iterator[Record]:
        """Yield the rows: one value for each column, in the columns' order."""

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the rows; only the first for `--test`. The SDK would log the stream as failed."""
        return islice(self.records(), self.ABORT_AT_RECORD_COUNT)


class ListStream(TapStream):
    """Base of streams that list one resource of every tenant space.

    A subclass has a name, keys and a `Call`. Tenants are not SDK partitions, which would be read one by one
    and each add an entry to the state.
    """

    selected_by_default = False
    """Off by default: a tenant that has not bought a list must not fail a job for flows."""

    call: ClassVar[calls.Call]

    @override
    def records(self) -> Iterator[Record]:
        """Yield the rows of all tenants, in the order of the settings and of the service.

        A tenant's rows are emitted only after its complete list was checked. A tenant that fails does not
        stop the others: the run fails once all lists were read.
        """
        ledger, tenants = self._tap.ledger, self._tap.tenants
        if self.name not in ledger.lists:  # `--test` selects every stream.
            return
        if not tenants:
            self.logger.warning("shard %s has no tenants", self.config["tenant_shard"])
        number = {"extraction": self._tap.initialized_at} if self.has_column("extraction") else {}
        unknown: set[str] = set()
        read = partial(self._read, self._columns())
        try:
            for tenant, future in in_order(
                read, tenants, self.config["concurrency"], weigh=attrgetter("size"), limit=MOST_WAITING
            ):
                self._tap.message_writer.require_reader()
                error = future.exception()
                if error is not None:
                    self.fail()
                    is_test = self.ABORT_AT_RECORD_COUNT is not None
                    ledger.fail(tenant.name, self.name, error, at_once=is_test)
                    continue
                begun, page, _ = future.result()
                for oddity in page.warnings():
                    self.logger.warning("tenant %r, %s: %s", tenant.name, self.name, oddity)
                unknown |= page.unknown_fields
                if self.is_plain:
                    self.write_rows({"tenant": tenant.name, ROW: None, **number}, page.rows, begun)
                else:
                    for row in page.rows:
                        yield {"tenant": tenant.name, **asdict(row), **number}
                ledger.succeed(Proof(tenant.name, self.name, begun, len(set(page.keys))))
        finally:  # `--test` stops the generator early.
            if unknown:
                line = "%s: field(s) unknown to this version of the tap were dropped: %s"
                self.logger.warning(line, self.name, shortened(sorted(unknown)))

    def _columns(self) -> Columns:
        """Return the columns that come from the service, without those that a catalog lacks."""
        columns = {name: each for name, each in self.schema["properties"].items() if name not in ADDED}
        return Columns(self.call, columns, self.effective_schema["properties"])

    def _read(self, columns: Columns, tenant: Tenant) -> _Read:
        """Return a tenant's list. Called in the pool's threads."""
        sizes: list[int] = []

        def parse(response: Response) -> Page:
            sizes.append(len(response.body))
            return columns.parse(response)

        begun = datetime.now(tz=UTC)
        try:
            page = self._tap.client(tenant).fetch_page(self.call, parse)
        except Exception as error:
            # These hold the response, and any number of failures may wait for the tenants before them.
            if not self.logger.isEnabledFor(logging.DEBUG):
                error.__traceback__ = error.__cause__ = error.__context__ = None
            raise
        return _Read(begun, page, sum(sizes))


class IVRFlows(ListStream):
    """The IVR flows of every tenant space."""

    name = "ivr_flows"
    primary_keys = ("tenant", "id")
    selected_by_default = True
    call = calls.IVR_FLOWS


class CalledRoutes(ListStream):
    """Which dialled number leads to which flow or queue."""

    name = "called_routes"
    primary_keys = ("tenant", "id")
    call = calls.CALLED_ROUTES


class AccessCodes(ListStream):
    """The hotlines."""

    name = "access_codes"
    primary_keys = ("tenant", "id")
    call = calls.ACCESS_CODES


class SkillQueues(ListStream):
    """The skill queues, and where each overflows to."""

    name = "skill_queues"
    primary_keys = ("tenant", "skillId")
    call = calls.SKILL_QUEUES


class SatisfactionConfig(ListStream):
    """The survey after a call."""

    name = "satisfaction_config"
    primary_keys = ("tenant", "position")
    call = calls.SATISFACTION_CONFIG


class Extractions(TapStream):
    """Proof of each complete list: one row for each list of each tenant."""

    name = "extractions"
    primary_keys = ("tenant", "stream")
    emit_activate_version_messages = False
    """A list that failed has no row in this run, and keeps that of the last good one."""

    @override
    def records(self) -> Iterator[Record]:
        """Yield the proofs of the lists that were read before."""
        for proof in self._tap.ledger.proofs:
            yield {
                "tenant": proof.tenant,
                "stream": proof.stream,
                "extraction": self._tap.initialized_at,
                "extracted_at": proof.extracted_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "records": proof.records,
            }

    @override
    def log_sync_costs(self) -> None:
        """End the run. The SDK calls this after all streams, even if this one is not selected.

        Raises:
            IncompleteRunError: a list failed.
        """
        self._tap.ledger.end()


LISTS: Final[tuple[type[ListStream], ...]] = (
    IVRFlows,
    CalledRoutes,
    AccessCodes,
    SkillQueues,
    SatisfactionConfig,
)
STREAMS: Final[tuple[type[TapStream], ...]] = (*LISTS, Extractions)
"""All streams, in the order in which they are synced: the proof of the others comes last."""
