"""The streams. Here the two sides meet: lists are fetched on the wire, their rows go to Singer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

from msgspec.structs import asdict
from singer_sdk import metrics
from typing_extensions import override

from tap_ivrflow.aicc import calls
from tap_ivrflow.aicc.errors import shortened
from tap_ivrflow.aicc.rows import Columns
from tap_ivrflow.errors import IncompleteRunError
from tap_ivrflow.ledger import Proof
from tap_ivrflow.singer.stream import SingerStream
from tap_ivrflow.tenants import tenants_of
from tap_ivrflow.threads import in_order

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context

    from tap_ivrflow.aicc.envelope import Page
    from tap_ivrflow.tenants import Tenant

Record: TypeAlias = dict[str, Any]
"""A row of a stream: one value for each column, in the columns' order."""

ADDED: Final = ("tenant", "extraction")
"""Columns that the tap adds to those of the service, the first and the last of each list."""


class ListStream(SingerStream):
    """Base of streams that list one resource of every tenant space in full.

    A subclass is a name, keys, and the facts of a call. The tenants are no partitions of the SDK: those
    would be read one by one, and each would leave an entry in the state.
    """

    selected_by_default = False
    """A tenant may not have bought the list, and that must not fail the job of one who wants flows."""

    call: ClassVar[calls.Call]

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the rows of all tenants, in the order of the settings and of the service.

        The rows of a tenant come when its whole list was judged, or not at all. A tenant that fails
        does not stop the others: the run fails once all lists were read.
        """
        if not self.selected:
            return
        tenants = tenants_of(self.config)
        ledger = self._run.ledger
        ledger.expect([tenant.name for tenant in tenants], len(self._run.lists))
        if not tenants:
            self.logger.warning("no tenant falls into shard %s", self.config["tenant_shard"])
        columns = self._columns()
        number = {"extraction": self._run.initialized_at} if self.has_column("extraction") else {}
        has_proof = self._has_proof()
        unknown: set[str] = set()
        try:
            for tenant, future in in_order(self._extractor(columns), tenants, self.config["concurrency"]):
                error = future.exception()
                if error is not None:
                    self._fail(tenant, error)
                    continue
                begun, page = future.result()
                self._warn(tenant, page)
                unknown |= page.unknown_fields
                for row in page.rows:
                    yield {"tenant": tenant.name, **asdict(row), **number}
                ledger.succeed(Proof(tenant.name, self.name, begun, len(set(page.keys))), is_proven=has_proof)
        finally:  # A test of the connection ends in the middle.
            self._warn_of_unknown(unknown)

    def _columns(self) -> Columns:
        """Return the columns that come from the service, without those that a catalog lacks."""
        columns = {name: each for name, each in self.schema["properties"].items() if name not in ADDED}
        return Columns(self.call, columns, self.effective_schema["properties"])

    def _extractor(self, columns: Columns) -> Callable[[Tenant], tuple[datetime, Page]]:
        """Return the function that reads one tenant's list. It is called in the pool's threads."""

        def extract(tenant: Tenant) -> tuple[datetime, Page]:
            begun = datetime.now(tz=UTC)
            return begun, self._run.client(tenant).fetch_parsed(self.call, columns.parse)

        return extract

    def _has_proof(self) -> bool:
        """Tell whether the rows say which extraction read them; warn if they do not."""
        if not self.has_column("extraction"):
            reason = "--catalog: %s lacks the column extraction, so its lists have no proof: discover again"
        elif any("extraction" not in each.transformed_schema["properties"] for each in self.stream_maps):
            reason = "stream_maps: %s loses the column extraction, so its lists have no proof"
        else:
            return True
        self.logger.warning(reason, self.name)
        return False

    def _warn(self, tenant: Tenant, page: Page) -> None:
        """Warn about what is odd in a tenant's list."""
        if page.is_absent:
            self.logger.warning(
                "tenant %r, %s: no list in a successful answer: treated as empty", tenant.name, self.name
            )
        if len(set(page.keys)) < len(page.keys):
            duplicates = sorted(key for key, times in Counter(page.keys).items() if times > 1)
            self.logger.warning(
                "tenant %r, %s: duplicate id(s): %s", tenant.name, self.name, shortened(duplicates)
            )

    def _warn_of_unknown(self, fields: set[str]) -> None:
        """Warn about fields of all tenants that no column is for."""
        if fields:
            self.logger.warning(
                "%s: field(s) unknown to this version of the tap were dropped: %s",
                self.name,
                shortened(sorted(fields)),
            )

    def _fail(self, tenant: Tenant, error: BaseException) -> None:
        """Note that a tenant's list failed.

        Raises:
            IncompleteRunError: this is a test of the connection (`--test`), which has failed with it.
        """
        self._timer.tags[metrics.Tag.STATUS] = metrics.Status.FAILED
        ledger = self._run.ledger
        if self.ABORT_AT_RECORD_COUNT is not None:
            raise IncompleteRunError(ledger.line(tenant.name, self.name, error)) from error
        ledger.fail(tenant.name, self.name, error)


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


class Extractions(SingerStream):
    """Proof of each list that was read and emitted whole: one row for each list of each tenant."""

    name = "extractions"
    primary_keys = ("tenant", "stream")
    emit_activate_version_messages = False
    """A list that failed has no row in this run, and keeps that of the last good one."""

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the proofs of the lists that were read before."""
        for proof in self._run.ledger.proofs:
            yield {
                "tenant": proof.tenant,
                "stream": proof.stream,
                "extraction": self._run.initialized_at,
                "extracted_at": proof.extracted_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "records": proof.records,
            }


LISTS: Final[tuple[type[ListStream], ...]] = (
    IVRFlows,
    CalledRoutes,
    AccessCodes,
    SkillQueues,
    SatisfactionConfig,
)
STREAMS: Final[tuple[type[SingerStream], ...]] = (*LISTS, Extractions)
"""All streams, in the order in which they are synced: the proof of the others comes last."""
