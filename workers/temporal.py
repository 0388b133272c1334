"""The connection to Temporal, its search attributes and schedules."""

from __future__ import annotations

from datetime import timedelta

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)
from temporalio.envconfig import ClientConfig

from activities.messages import ListChanges
from mappers.registry import watched_resources
from workers.config import Config
from workers.converter import data_converter
from workflows.attributes import ALL
from workflows.keeping import PostingWatch, Watchdog


async def connect(config: Config) -> Client:
    """Temporal's own environment variables and profiles count; the connector's address wins where it is given."""
    stated = dict(ClientConfig.load_client_connect_config())
    if config.temporal_address:
        stated["target_host"] = config.temporal_address
    if config.temporal_namespace:
        stated["namespace"] = config.temporal_namespace
    stated.setdefault("target_host", "localhost:7233")
    return await Client.connect(**stated, data_converter=data_converter)  # type: ignore[arg-type]  # a TypedDict


async def register_attributes(client: Client) -> list[str]:
    """Add the search attributes that the namespace lacks: without them a workflow task blocks silently. Returns what was
    added."""
    there = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    wanted = {k.name for k in ALL} - set(there.custom_attributes)
    if wanted:
        keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=client.namespace, search_attributes=dict.fromkeys(sorted(wanted), keyword)
            )
        )
    return sorted(wanted)


async def ensure_schedules(client: Client, config: Config, erp_companies: list[str]) -> None:
    """The watchdog, and for each CMiC company the posting watch and its nightly full list. Existing ones stay as they are,
    so that an operator's pause is kept."""
    watchdog = ScheduleActionStartWorkflow(Watchdog.run, id="watchdog", task_queue=config.task_queue)
    await _ensure(client, "watchdog", watchdog, config.watchdog_every)
    for company in erp_companies:
        for resource in watched_resources():
            await _ensure_posting(client, config, company, resource)


async def _ensure_posting(client: Client, config: Config, company: str, resource: str) -> None:
    for name, full, every in (("posting", False, config.posting_every), ("posting-full", True, timedelta(days=1))):
        number = f"{name}:{company}:{resource}"
        asked = ListChanges(erp_company=company, resource=resource, full=full)
        action = ScheduleActionStartWorkflow(
            PostingWatch.run, args=[asked, config.erp_queue], id=number, task_queue=config.task_queue
        )
        await _ensure(client, number, action, every, offset=timedelta(hours=2) if full else timedelta())


async def _ensure(
    client: Client, number: str, action: ScheduleActionStartWorkflow, every: timedelta, offset: timedelta = timedelta()
) -> None:
    schedule = Schedule(
        action=action,
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every, offset=offset)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=1)),
    )
    try:
        await client.create_schedule(number, schedule)
    except ScheduleAlreadyRunningError:
        return
