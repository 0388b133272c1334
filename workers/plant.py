"""The composition root: the one place where ports meet systems, and the ledger meets PostgreSQL (design §2)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from temporalio.client import Client

from activities.adopting import Adopting
from activities.adopting_erp import AdoptingErp
from activities.bringing import Bringing
from activities.bulk import Bulk
from activities.cmic import CMiC
from activities.comparing import Comparing
from activities.computing import Computing
from activities.exporting import Exporting
from activities.judging import Judging
from activities.keeping import Keeping
from activities.posting import PostingWatcher
from activities.proposing import Proposing
from activities.pulling import Pulling
from activities.staging import Staging
from activities.unlinking import Unlinking
from ledger.adoptions import PgAdoptions
from ledger.incoming_reading import IncomingReading
from ledger.incoming_rows import PgIncoming
from ledger.pool import open_pool
from ledger.reading import Reading
from ledger.reports import Reports
from ledger.staged import StagedRecords
from ledger.store import PgLedger
from systems.cmic.gateway import CmicGateway
from systems.procore.gateway import ProcoreGateway
from systems.procore.gateway import open_gateway as open_procore
from workers.config import Config
from workers.temporal import connect
from workflows.asking import Asking
from workflows.ordering import Ordering


@dataclass
class Office:
    """What people's doors need: the ledger, and somebody to ask."""

    config: Config
    client: Client
    ledger: PgLedger
    incoming: PgIncoming
    ordering: Ordering
    staged: StagedRecords
    adoptions: PgAdoptions
    imports: IncomingReading
    reports: Reports
    reading: Reading
    asking: Asking
    keeping: Keeping


@dataclass
class Plant(Office):
    """What a worker needs besides: the two systems."""

    procore: ProcoreGateway
    cmic: CmicGateway

    @property
    def lifecycle_activities(self) -> list[Callable[..., Any]]:
        judging, exporting = Judging(self.ledger, self.procore), Exporting(self.ledger, self.procore)
        unlinking = Unlinking(self.ledger, self.procore)
        bringing = Bringing(self.incoming, self.procore)
        staging = Staging(self.ledger, self.incoming, self.staged, self.procore, self.asking, self.ordering)
        adopting = Adopting(self.ledger, self.incoming, self.adoptions, self.procore, self.asking, self.ordering)
        return [
            judging.load,
            judging.judge,
            judging.give_up,
            exporting.prepare,
            exporting.write_back,
            unlinking.unlink,
            self.keeping.wake,
            self.keeping.start_lost,
            self.keeping.wake_releasable,
            Bulk(self.ledger, self.asking).ask_one,
            bringing.begin,
            bringing.places_of,
            bringing.push,
            bringing.finish,
            staging.act_on_staged,
            adopting.begin_adoption,
            adopting.propose_adoption,
            adopting.adopt_item,
            adopting.adopt_codes,
            adopting.end_adoption,
            Proposing(self.incoming, self.staged, self.procore).propose,
            Comparing(self.incoming, self.procore).compare,
            Computing(self.incoming).compute,
        ]

    @property
    def cmic_activities(self) -> list[Callable[..., Any]]:
        pulling = Pulling(self.incoming, self.cmic)
        cmic, watcher = CMiC(self.ledger, self.cmic), PostingWatcher(self.ledger, self.cmic)
        return [
            cmic.write,
            cmic.look,
            cmic.job_codes,
            cmic.describe,
            watcher.list_changes,
            pulling.pull,
            pulling.job_gaps,
            AdoptingErp(self.adoptions, self.ledger, self.cmic).read_job,
        ]


@asynccontextmanager
async def open_office(config: Config) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        yield Office(**await _office(config, stack))


@asynccontextmanager
async def open_plant(config: Config) -> AsyncIterator[Plant]:
    async with AsyncExitStack() as stack:
        office = await _office(config, stack)
        procore, cmic = open_procore(config.procore), CmicGateway.open(config.cmic)
        stack.push_async_callback(procore.aclose)
        stack.push_async_callback(cmic.aclose)
        yield Plant(**office, procore=procore, cmic=cmic)


async def _office(config: Config, stack: AsyncExitStack) -> dict[str, Any]:
    pool = await open_pool(config.database_url.get_secret_value())
    stack.push_async_callback(pool.close)
    client = await connect(config)
    ledger, incoming = PgLedger(pool), PgIncoming(pool)
    places = {"task_queue": config.task_queue, "erp_queue": config.erp_queue, "timing": config.timing}
    return {
        "config": config,
        "client": client,
        "ledger": ledger,
        "incoming": incoming,
        "staged": StagedRecords(pool),
        "adoptions": PgAdoptions(pool),
        "imports": IncomingReading(pool),
        "reports": Reports(pool),
        "ordering": Ordering(client, incoming, **places),  # type: ignore[arg-type]  # three keywords of three types
        "reading": Reading(pool),
        "asking": Asking(client, ledger, **places),  # type: ignore[arg-type]  # three keywords of three types
        "keeping": Keeping(ledger, client, **places),  # type: ignore[arg-type]  # three keywords of three types
    }
